"""Writes the record tables of a CDM: sorted by person, each file whole or not there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import msgspec

from opentrd.knowledge.loader import Knowledge
from opentrd.records.omop.cdm import EVENTS, OF_PERSONS
from opentrd.records.omop.mapping import record_sql, use_maps
from opentrd.records.omop.maps import make_maps
from opentrd.records.omop.opening import Cdm, broken
from opentrd.records.tables.columns import SCHEMAS

#: Rows of a row group: small enough that a slice of persons reads little more than its own rows.
_GROUP: Final = 100_000
#: Why rows are not used that no table knows, by table of the source.
_UNKNOWN: Final = {
    "procedure_occurrence": "not_relevant",
    "condition_occurrence": "unknown_code",
    "measurement": "unknown_code",
    "observation": "unknown_code",
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
    cdm: Cdm,
    knowledge: Knowledge,
    folder: Path,
    *,
    memory_mb: int,
    threads: int,
    progress: Callable[[str, int, int | None], None],
) -> Written:
    """Write all record tables into ``folder``. Sorting spills into it where memory does not suffice."""
    spill = folder / ".spill"
    connection = cdm.connection
    folder.mkdir(parents=True, exist_ok=True)
    connection.execute("SET memory_limit = ?", [f"{memory_mb}MB"])
    connection.execute("SET temp_directory = ?", [str(spill)])
    connection.execute("SET threads = ?", [max(1, threads)])
    steps = len(SCHEMAS) + 2
    try:
        progress("looking up what the codes mean", 0, steps)
        use_maps(connection, make_maps(connection, knowledge))
        for number, table in enumerate(SCHEMAS, 1):
            progress(f"sorting by person: {table}", number, steps)
            _write(connection, table, folder)
        progress("counting", steps - 1, steps)
        written = Written(tables=_counts(cdm), persons=cdm.count("person"), last_day=last_day(connection))
        progress("counting", steps, steps)
    except duckdb.Error as error:
        raise broken(cdm.name, "", error) from None
    finally:
        shutil.rmtree(spill, ignore_errors=True)
    return written


def _write(connection: duckdb.DuckDBPyConnection, table: str, folder: Path) -> None:
    part = folder / f"{table}.parquet.part"
    connection.execute(
        f"COPY ({record_sql(table)}) TO '{str(part).replace(chr(39), chr(39) * 2)}' "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_GROUP})"
    )
    part.replace(folder / f"{table}.parquet")


def _counts(cdm: Cdm) -> list[Count]:
    """Count the rows of each table, and those that were not used by reason."""
    lines = cdm.connection.execute(
        "SELECT origin, reason, count(*) FROM ("
        "SELECT 'drug_exposure' AS origin, reason FROM drug_line "
        "UNION ALL SELECT 'procedure_occurrence', reason FROM procedure_line "
        "UNION ALL SELECT origin, reason FROM condition_line "
        "UNION ALL SELECT origin, reason FROM result_line) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    counts = []
    for table in OF_PERSONS:
        read = cdm.count(table)
        own = {reason: count for origin, reason, count in lines if origin == table}
        unused = {reason: count for reason, count in own.items() if reason is not None}
        left = read - sum(own.values())
        if table in _UNKNOWN and left:
            unused[_UNKNOWN[table]] = unused.get(_UNKNOWN[table], 0) + left
        elif table in ("death", "observation_period"):
            strange = _strangers(cdm.connection, table)
            unused |= {"no_subject": strange} if strange else {}
        counts.append(
            Count(
                table=table, read=read, used=read - sum(unused.values()), unused=dict(sorted(unused.items()))
            )
        )
    return counts


def _strangers(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM {table} ANTI JOIN person USING (person_id)").fetchone()
    return int(found[0]) if found else 0


def last_day(connection: duckdb.DuckDBPyConnection) -> int | None:
    """Return the last day on which the source saw anybody, as far as its release allows; an ordinal."""
    days = " UNION ALL ".join(
        f"SELECT max({e.day}) AS day FROM {e.table} WHERE {e.day} <= limit_day" for e in EVENTS
    )
    query = (
        "WITH until AS ("
        "SELECT coalesce(max(source_release_date), DATE '9999-12-31') AS limit_day FROM cdm_source) "
        f"SELECT max(day) FROM ({days.replace('limit_day', '(SELECT limit_day FROM until)')})"
    )
    found = connection.execute(query).fetchone()
    day = found[0] if found else None
    return day.toordinal() if isinstance(day, date) else None
