"""The last day on which a source saw anybody: of any kind, by the record tables that were made of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb

from opentrd.records.tables.write import table_file

#: The day by which a row of a table shows that somebody was seen.
_SEEN: Final = {
    "exposure": "start_latest",
    "score": "day_latest",
    "condition": "onset_latest",
    "observation": "day_latest",
}


def last_day(folder: Path, until: date) -> int | None:
    """Return the last day (an ordinal) of any row that lies not after ``until``; ``None`` where none has one.

    ``until`` is the day on which the source was made: days beyond are mistakes or plans.
    """
    days = []
    with duckdb.connect() as base:
        for table, column in _SEEN.items():
            path = table_file(folder, table)
            if not path.exists() or column not in _columns(base, path):
                continue
            row = base.execute(
                f'SELECT max("{column}") FROM read_parquet($file) WHERE "{column}" <= $until',  # noqa: S608
                {"file": str(path), "until": until},
            ).fetchone()
            if row and isinstance(row[0], date):
                days.append(row[0].toordinal())
    return max(days, default=None)


def _columns(base: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    rows = base.execute("DESCRIBE SELECT * FROM read_parquet($file)", {"file": str(path)}).fetchall()
    return [row[0] for row in rows]


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
