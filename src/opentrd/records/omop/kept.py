"""The lines of a CDM sorted by person, with its maps: some persons' record tables are mapped from them.

Lines are narrow, and only of rows that a map knows. They are kept in a database of DuckDB: in memory where
one process maps them all, in a file where several do. DuckDB keeps on the disk what memory does not hold.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

import duckdb
import msgspec
import pyarrow as pa

from opentrd.folders import in_sql
from opentrd.records.omop.cdm import OF_PERSONS
from opentrd.records.omop.counting import Count, count, lines, strangers
from opentrd.records.omop.mapping import Mapper, use_maps
from opentrd.records.omop.maps import SCHEMAS as MAPS
from opentrd.records.omop.opening import Cdm, broken
from opentrd.records.omop.views import connected

Progress = Callable[[str, int, int | None], None]

#: The file that processes read, in a folder of its own; and a place in memory, for one process alone.
FILE: Final = "lines.duckdb"
IN_MEMORY: Final = ":memory:"
#: Memory (MB) of a process for the lines of its persons.
_MEMORY_MB: Final = 256
#: What is kept sorted, and by which column within a person.
_SORTED: Final = {
    "person": "person_id",
    "observation_period": "observation_period_id",
    "death": "death_date",
    "drug_line": "line",
    "procedure_line": "line",
    "condition_line": "line",
    "result_line": "line",
}


class Kept(msgspec.Struct, kw_only=True, frozen=True):
    """What was kept: counts by table of the source, persons, and the rows that a map knows."""

    tables: list[Count]
    persons: int
    rows: int


def keep(cdm: Cdm, maps: Mapping[str, pa.Table], place: str, progress: Progress) -> Kept:
    """Keep the lines of a source at a place, as ``kept`` of its connection; those of no person are left out.

    Raises ``InputError`` where the source cannot be read.
    """
    connection = cdm.connection
    try:
        connection.execute(f"ATTACH {in_sql(place)} AS kept")
        use_maps(connection, maps)
        read = {table: cdm.count(table) for table in OF_PERSONS}
        strange = strangers(connection)
        _sort(connection, progress)
        for name in MAPS:
            connection.execute(f"CREATE TABLE kept.{name} AS SELECT * FROM {name}")
        show(connection)
        known = lines(connection)
    except duckdb.Error as error:
        raise broken(cdm.name, "", error) from None
    tables = [count(table, read[table], strange[table], known) for table in OF_PERSONS]
    return Kept(tables=tables, persons=read["person"], rows=known.total())


def _sort(connection: duckdb.DuckDBPyConnection, progress: Progress) -> None:
    """Sort what the record tables are made of by person, without the rows of no person."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE ranked AS SELECT person_id, "
        "(row_number() OVER (ORDER BY person_id::VARCHAR) - 1)::INTEGER AS rank FROM person"
    )
    for number, (table, own) in enumerate(_SORTED.items()):
        progress(f"sorting by person: {table}", number, len(_SORTED))
        connection.execute(
            f"CREATE TABLE kept.{table} AS SELECT t.*, r.rank FROM {table} t "
            f"JOIN ranked r ON r.person_id = t.person_id ORDER BY r.rank, t.{own}"
        )
    progress("sorting by person", len(_SORTED), len(_SORTED))


def close(cdm: Cdm) -> None:
    """Let go of what is kept; the file is whole then. Raises ``InputError`` where it cannot be."""
    try:
        cdm.connection.execute("CHECKPOINT kept")
        cdm.connection.execute("DETACH kept")
    except duckdb.Error as error:
        raise broken(cdm.name, "", error) from None


def show(connection: duckdb.DuckDBPyConnection, which: str = "") -> None:
    """Make what is kept the tables and lines of the connection: all of it, or the rows ``which``."""
    for table in _SORTED:
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {table} AS SELECT * EXCLUDE (rank) FROM kept.{table} {which}"
        )


def show_some(connection: duckdb.DuckDBPyConnection, before: int, persons: int) -> None:
    """Make so many persons what the connection has, in the order of their ids, after the first ``before``."""
    show(connection, f"WHERE rank >= {before} AND rank < {before + persons}")


def read_lines(path: Path, before: int, persons: int) -> dict[str, pa.Table]:
    """Return the record tables (as ``Mapper`` does) of so many persons, after the first ``before``."""
    connection, mapper = _opened(path, path.stat().st_mtime_ns)
    show_some(connection, before, persons)
    return mapper.tables()


@lru_cache(maxsize=1)
def _opened(path: Path, changed: int) -> tuple[duckdb.DuckDBPyConnection, Mapper]:
    """Open a file of lines once a process; ``changed`` is when it was written."""
    connection = connected()
    connection.execute("SET threads = 1")
    connection.execute("SET memory_limit = ?", [f"{_MEMORY_MB}MB"])
    connection.execute("SET temp_directory = ?", [str(path.with_name(f".spill-{os.getpid()}"))])
    connection.execute(f"ATTACH {in_sql(path)} AS kept (READ_ONLY)")
    for name in MAPS:
        connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM kept.{name}")
    show(connection)
    return connection, Mapper(connection)
