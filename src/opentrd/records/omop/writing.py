"""Writes the record tables of a CDM: sorted by person, each file whole or not there.

First the rows of each table are sorted by person as they are (DuckDB, spilling to the folder), without those
that no map knows. Then one range of persons after the other is mapped in memory and appended, by the same SQL
that ``map_slice`` uses: memory is bounded by the range, whatever the size of the source.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import msgspec
import pyarrow.parquet as pq

from opentrd.knowledge.loader import Knowledge
from opentrd.records.omop.cdm import EVENT, EVENTS, OF_PERSONS
from opentrd.records.omop.mapping import record_table, use_maps
from opentrd.records.omop.maps import make_maps
from opentrd.records.omop.opening import Cdm, broken
from opentrd.records.omop.views import LINES, create_lines
from opentrd.records.tables.columns import SCHEMAS

Progress = Callable[[str, int, int | None], None]

#: Rows of the source that are mapped at once, and rows of a row group of what is written.
_ROWS: Final = 500_000
_GROUP: Final = 100_000
#: The maps that say which rows of a table are of use, and why the others are not.
_RELEVANT: Final = {
    "procedure_occurrence": (("map_procedure",), "not_relevant"),
    "condition_occurrence": (("map_condition",), "unknown_code"),
    "measurement": (("map_result",), "unknown_code"),
    "observation": (("map_result", "map_noted"), "unknown_code"),
}


class Count(msgspec.Struct, kw_only=True, frozen=True):
    """What became of the rows of a table: ``read == used + sum(unused.values())``."""

    table: str
    read: int
    used: int
    unused: dict[str, int]


class Written(msgspec.Struct, kw_only=True, frozen=True):
    """What was written: counts by table of the source, persons, the last day with an event (ordinal)."""

    tables: list[Count]
    persons: int
    last_day: int | None


def write(
    cdm: Cdm, knowledge: Knowledge, folder: Path, *, memory_mb: int, threads: int, progress: Progress
) -> Written:
    """Write all record tables into ``folder``. Raises ``InputError`` where the source cannot be read."""
    spill = folder / ".spill"
    shutil.rmtree(spill, ignore_errors=True)
    spill.mkdir(parents=True)
    connection = cdm.connection
    connection.execute("SET memory_limit = ?", [f"{memory_mb}MB"])
    connection.execute("SET temp_directory = ?", [str(spill / "sorting")])
    connection.execute("SET threads = ?", [max(1, threads)])
    try:
        progress("looking up what the codes mean", 0, None)
        use_maps(connection, make_maps(connection, knowledge))
        read = {table: cdm.count(table) for table in OF_PERSONS}
        last = last_day(connection)
        kept = _sort(connection, spill, progress)
        lines = _map(connection, spill, folder, kept, progress)
        return Written(
            tables=[_count(table, read[table], kept[table], lines) for table in OF_PERSONS],
            persons=read["person"],
            last_day=last,
        )
    except duckdb.Error as error:
        raise broken(cdm.name, "", error) from None
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _sort(
    connection: duckdb.DuckDBPyConnection, spill: Path, progress: Progress
) -> dict[str, tuple[int, int]]:
    """Sort each table by person; return how many rows were of persons, and how many of those are kept."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE ranked AS SELECT person_id, "
        "(row_number() OVER (ORDER BY person_id::VARCHAR) - 1)::INTEGER AS rank FROM person"
    )
    kept: dict[str, tuple[int, int]] = {}
    for number, table in enumerate(OF_PERSONS):
        progress(f"sorting by person: {table}", number, len(OF_PERSONS))
        maps, _ = _RELEVANT.get(table, ((), ""))
        known = f" WHERE {' OR '.join(_known(table, name) for name in maps)}" if maps else ""
        path = _quoted(spill / f"{table}.parquet")
        connection.execute(
            f"COPY (SELECT t.*, r.rank FROM {table} t JOIN ranked r ON r.person_id = t.person_id{known} "
            f"ORDER BY r.rank) TO {path} (FORMAT parquet, COMPRESSION lz4)"
        )
        found = connection.execute(f"SELECT count(*) FROM {path}").fetchone()
        rows = int(found[0]) if found else 0
        strangers = connection.execute(
            f"SELECT count(*) FROM {table} t ANTI JOIN ranked r ON r.person_id = t.person_id"
        ).fetchone()
        kept[table] = int(strangers[0]) if strangers else 0, rows
    return kept


def _known(table: str, name: str) -> str:
    e = EVENT[table]
    said = f"(t.{e.concept}, t.{e.source_concept}, t.{e.source_value})"
    return f"{said} IN (SELECT (concept, source_concept, source_value) FROM {name})"


def _map(
    connection: duckdb.DuckDBPyConnection,
    spill: Path,
    folder: Path,
    kept: dict[str, tuple[int, int]],
    progress: Progress,
) -> Counter[tuple[str, str]]:
    """Map one range of persons after the other; return the rows that are not used, by table and reason."""
    persons = kept["person"][1]
    ranges = max(1, -(-sum(rows for _, rows in kept.values()) // _ROWS))
    step = max(1, -(-persons // ranges))
    unused: Counter[tuple[str, str]] = Counter()
    for line in reversed(LINES):
        connection.execute(f"DROP VIEW {line}")
    with _writers(folder) as writers:
        for first in range(0, max(persons, 1), step):
            progress("making record tables", first, persons)
            for table in OF_PERSONS:
                connection.execute(
                    f"CREATE OR REPLACE TEMP TABLE {table}_now AS SELECT * EXCLUDE (rank) "
                    f"FROM {_quoted(spill / f'{table}.parquet')} "
                    f"WHERE rank >= {first} AND rank < {first + step}"
                )
                connection.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS SELECT * FROM {table}_now")
            create_lines(connection, kind="TABLE")
            for table, writer in writers.items():
                writer.write_table(record_table(connection, table), row_group_size=_GROUP)
            unused.update(_reasons(connection))
        progress("making record tables", persons, persons)
    return unused


@contextmanager
def _writers(folder: Path) -> Iterator[dict[str, pq.ParquetWriter]]:
    """Open a file for each record table; give them their names only where all went well."""
    parts = {table: folder / f"{table}.parquet.part" for table in SCHEMAS}
    with ExitStack() as stack:
        yield {
            table: stack.enter_context(pq.ParquetWriter(path, SCHEMAS[table], compression="zstd"))
            for table, path in parts.items()
        }
    for table, path in parts.items():
        path.replace(folder / f"{table}.parquet")


def _reasons(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], int]:
    rows = connection.execute(
        "SELECT origin, reason, count(*) FROM ("
        "SELECT 'drug_exposure' AS origin, reason FROM drug_line "
        "UNION ALL SELECT 'procedure_occurrence', reason FROM procedure_line "
        "UNION ALL SELECT origin, reason FROM condition_line "
        "UNION ALL SELECT origin, reason FROM result_line) WHERE reason IS NOT NULL GROUP BY ALL"
    ).fetchall()
    return {(origin, reason): count for origin, reason, count in rows}


def _count(table: str, read: int, kept: tuple[int, int], lines: Counter[tuple[str, str]]) -> Count:
    strangers, rows = kept
    unused = Counter({reason: count for (origin, reason), count in lines.items() if origin == table})
    unused["no_subject"] += strangers
    unused[_RELEVANT.get(table, ((), "unknown_code"))[1]] += read - strangers - rows
    told = {reason: count for reason, count in sorted(unused.items()) if count}
    return Count(table=table, read=read, used=read - sum(told.values()), unused=told)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def last_day(connection: duckdb.DuckDBPyConnection) -> int | None:
    """Return the last day on which the source saw anybody, as far as its release allows; an ordinal."""
    each = [f"SELECT max(day) AS day FROM ({_days(event.table, event.day)})" for event in EVENTS]
    days = " UNION ALL ".join(each)
    found = connection.execute(f"SELECT max(day) FROM ({days})").fetchone()
    day = found[0] if found else None
    return day.toordinal() if isinstance(day, date) else None


def _days(table: str, day: str) -> str:
    limit = "(SELECT coalesce(max(source_release_date), DATE '9999-12-31') FROM cdm_source)"
    return f"SELECT {day} AS day FROM {table} WHERE {day} <= {limit}"
