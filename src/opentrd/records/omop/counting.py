"""What becomes of the rows of a CDM, by table and reason: of a whole source, or of some persons."""

from __future__ import annotations

from collections import Counter
from typing import Final

import duckdb
import msgspec

from opentrd.records.omop.cdm import OF_PERSONS

#: Why a row is not used whose person is not in the source.
UNKNOWN_PERSON: Final = "unknown_person"
#: Why rows are not used that no map knows; ``unknown_code`` where nothing is said here.
_NOT_KNOWN: Final = {"procedure_occurrence": "not_relevant"}
#: Tables that are used as they are; of the others, their lines.
_AS_THEY_ARE: Final = ("person", "observation_period", "death")


class Count(msgspec.Struct, kw_only=True, frozen=True):
    """What became of the rows of a table: ``read == used + sum(unused.values())``."""

    table: str
    read: int
    used: int
    unused: dict[str, int]


def counts(connection: duckdb.DuckDBPyConnection) -> list[Count]:
    """Count the rows of all tables that belong to persons, where these and their lines are shown."""
    each = (f"SELECT '{table}', count(*) FROM {table}" for table in OF_PERSONS)
    read = dict(connection.execute(" UNION ALL ".join(each)).fetchall())
    strange, known = strangers(connection), lines(connection)
    return [count(table, read[table], strange[table], known) for table in OF_PERSONS]


def strangers(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Count the rows of persons who are not in the source, by table."""
    each = (
        f"SELECT '{table}', count(*) FROM {table} t ANTI JOIN person p ON p.person_id = t.person_id"
        for table in OF_PERSONS
    )
    return dict(connection.execute(" UNION ALL ".join(each)).fetchall())


def lines(connection: duckdb.DuckDBPyConnection) -> Counter[tuple[str, str | None]]:
    """Count the rows that the maps know, by table of the source and reason why they are not used.

    Without those of persons who are not in the source: ``strangers`` counts these.
    """
    each = (
        *(
            f"SELECT '{table}' AS origin, NULL AS reason FROM {table} SEMI JOIN person USING (person_id)"
            for table in _AS_THEY_ARE
        ),
        "SELECT 'drug_exposure', reason FROM drug_line",
        "SELECT 'procedure_occurrence', reason FROM procedure_line",
        "SELECT origin, reason FROM condition_line",
        "SELECT origin, reason FROM result_line",
    )
    rows = connection.execute(
        f"SELECT origin, reason, count(*) FROM ({' UNION ALL '.join(each)}) "
        f"WHERE reason IS DISTINCT FROM '{UNKNOWN_PERSON}' GROUP BY ALL"
    ).fetchall()
    return Counter({(origin, reason): count for origin, reason, count in rows})


def count(table: str, read: int, strange: int, known: Counter[tuple[str, str | None]]) -> Count:
    """Put together what became of the rows of a table."""
    own = {reason: count for (origin, reason), count in known.items() if origin == table}
    unused = Counter({reason: count for reason, count in own.items() if reason is not None})
    unused[UNKNOWN_PERSON] += strange
    unused[_NOT_KNOWN.get(table, "unknown_code")] += read - strange - sum(own.values())
    told = {reason: count for reason, count in sorted(unused.items()) if count}
    return Count(table=table, read=read, used=read - sum(told.values()), unused=told)
