"""A folder of results as DuckDB sees it: the result tables, and who is counted.

``people`` has a row a person with the steps that all definitions share; ``verdict`` a row a person and
definition: the best verdict over episodes (met before undetermined before excluded), and since when.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import duckdb

from opentrd.cohort.summing.lines import OUTSIDE
from opentrd.cohort.summing.small_cells import Shown
from opentrd.cohort.tables import FILES
from opentrd.knowledge.definition import Definition
from opentrd.knowledge.loader import Knowledge

T = TypeVar("T")
#: A sum whose counts are noted, and which is made when it is known what may be shown.
Draft: TypeAlias = Callable[[Shown], T]
Parameters: TypeAlias = "list[Any] | dict[str, Any] | None"


def listed(names: Iterable[str]) -> str:
    """Return names of ours as a list in SQL."""
    return "(" + ", ".join(f"'{name}'" for name in names) + ")"


#: Roles of trials that are no treatment of depression, for SQL.
OUTSIDE_SQL: Final = listed(sorted(OUTSIDE))

_VERDICT: Final = """
    CREATE TEMP TABLE verdict AS
    SELECT person_id, definition,
           CASE max(CASE verdict WHEN 'met' THEN 4 WHEN 'undetermined' THEN 3 WHEN 'excluded' THEN 2
                                 WHEN 'not_met' THEN 1 ELSE 0 END)
             WHEN 4 THEN 'met' WHEN 3 THEN 'undetermined' WHEN 2 THEN 'excluded'
             WHEN 1 THEN 'not_met' ELSE 'not_applicable' END AS verdict,
           min(first_met) FILTER (verdict = 'met') AS first_met,
           arg_min(episode, first_met) FILTER (verdict = 'met') AS episode,
           max(possible) AS possible
    FROM status GROUP BY person_id, definition
"""
#: All that a definition says of those treated, in two numbers.
_SAID: Final = """
    SELECT definition, sum(hash(person_id || '/' || verdict)), count(*)
    FROM verdict JOIN people USING (person_id) WHERE treated GROUP BY definition
"""
_PEOPLE: Final = """
    CREATE TEMP TABLE people AS
    SELECT person_id, as_of, least(as_of, observed_end, death_date) AS last_day, scores,
           applicable IS DISTINCT FROM 'not_applicable.no_depression' AS depressive,
           applicable IS NULL AS adult,
           applicable IS NULL AND person.treated IS TRUE AS treated
    FROM person
"""


class Results:
    """The result tables, and the definitions that were judged; ``trials``: whether there are trials."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, knowledge: Knowledge, *, trials: bool) -> None:
        self._connection = connection
        self.knowledge = knowledge
        self.trials = trials
        found = self.rows("SELECT DISTINCT definition FROM status ORDER BY definition")
        self.definitions: dict[str, Definition] = {
            name: knowledge.definitions[name] for (name,) in found if name in knowledge.definitions
        }

    def rows(self, sql: str, parameters: Parameters = None) -> list[tuple[Any, ...]]:
        """Return the rows that a query finds."""
        return self._connection.execute(sql, parameters).fetchall()

    def one(self, sql: str, parameters: Parameters = None) -> tuple[Any, ...]:
        """Return the one row that a query finds."""
        return self.rows(sql, parameters)[0]

    def patterns(self, rows: str) -> list[tuple[list[str], int]]:
        """Return which definitions persons are in together, in some rows of these, and how many they are."""
        return self.rows(
            "SELECT pattern, count(*) FROM (SELECT list(definition ORDER BY definition) AS pattern "
            f"FROM {rows} GROUP BY person_id) GROUP BY pattern"
        )

    def twins(self, names: Iterable[str]) -> list[tuple[str, str]]:
        """Return those of some definitions that say of everybody what one before says, each with that one.

        Two of the same rule do; who knows that they do reads of one of them what the other hides.
        """
        firsts: dict[tuple[int, int], str] = {}
        pairs = ((name, firsts.setdefault(self._said[name], name)) for name in names if name in self._said)
        return [(name, first) for name, first in pairs if name != first]

    @cached_property
    def _said(self) -> dict[str, tuple[int, int]]:
        return {name: (said, count) for name, said, count in self.rows(_SAID)}

    @property
    def headline(self) -> list[str]:
        """The definitions that speak for treatment-resistant depression; all, where none of them does."""
        return [n for n, d in self.definitions.items() if d.headline] or list(self.definitions)


@contextmanager
def open_results(folder: Path, knowledge: Knowledge, memory_mb: int, threads: int) -> Iterator[Results]:
    """Open a folder of results; what does not fit into memory is spilled beside it and removed."""
    with tempfile.TemporaryDirectory(prefix=".sums-", dir=folder) as spill:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_mb}MB",
            "threads": threads,
            "temp_directory": spill,
        }
        with duckdb.connect(":memory:", config=config) as connection:
            there = {table: folder / file for table, file in FILES.items() if (folder / file).exists()}
            for table, path in there.items():
                connection.read_parquet(str(path)).create_view(table)
            connection.execute(_VERDICT)
            connection.execute(_PEOPLE)
            yield Results(connection, knowledge, trials="trial" in there)
