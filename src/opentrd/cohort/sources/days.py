"""The last day on which a source saw anybody: of any kind, by the record tables that are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb
import msgspec

from opentrd.folders import in_sql
from opentrd.records.tables.columns import SCHEMAS
from opentrd.records.tables.write import table_file

#: The day by which a row of a table shows that somebody was seen.
_SEEN: Final = {
    "exposure": "start_latest",
    "score": "day_latest",
    "condition": "onset_latest",
    "observation": "day_latest",
}


class LastDays(msgspec.Struct, frozen=True):
    """The last day of any row, and of any time of observation (ordinals); ``None`` where there is none."""

    row: int | None
    observed: int | None


def last_days(folder: Path, until: date) -> LastDays:
    """Return the last days of record tables, of rows that lie not after ``until``.

    ``until`` is the day on which the source was made: days beyond are mistakes or plans.
    """
    with duckdb.connect() as base:
        paths = {table: table_file(folder, table) for table in SCHEMAS}
        rows = {table: f"read_parquet({in_sql(path)})" for table, path in paths.items() if path.exists()}
        return last_days_of(base, rows, until)


def last_days_of(base: duckdb.DuckDBPyConnection, tables: Mapping[str, str], until: date) -> LastDays:
    """Return the last days as ``last_days`` does; ``tables``: what DuckDB reads each record table from."""
    seen = {
        table: _last(base, tables[table], column, f"\"{column}\" <= DATE '{until}'")
        for table, column in _SEEN.items()
        if table in tables
    }
    end = _last(base, tables["person"], "observed_end", "true")
    days = [day for day in seen.values() if day is not None]
    return LastDays(max(days, default=None), None if end is None else end - 1)


def _last(base: duckdb.DuckDBPyConnection, rows: str, column: str, which: str) -> int | None:
    own = base.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()  # noqa: S608
    if column not in [name for name, *_ in own]:
        return None
    [(day,)] = base.execute(f'SELECT max("{column}") FROM {rows} WHERE {which}').fetchall()  # noqa: S608
    return day.toordinal() if isinstance(day, date) else None


def written(paths: list[Path], released: date | None = None) -> date:
    """Return the last day of which a source can tell: days beyond are mistakes or plans.

    That is its own day of release where it has one that has come, else the day after that on which the newest
    of its files was written (late enough anywhere), or after today where it has no files.
    """
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    if released is not None:
        return min(released, tomorrow)
    times = [path.stat().st_mtime for path in paths if path.exists()]
    return datetime.fromtimestamp(max(times), UTC).date() + timedelta(days=1) if times else tomorrow
