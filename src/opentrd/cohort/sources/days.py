"""The last day on which record tables saw anybody."""

from __future__ import annotations

from datetime import UTC, date, datetime
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


def last_day(folder: Path, until: int | None) -> int | None:
    """Return the last day of any row that lies not after ``until`` (ordinals); ``None`` where no row has one.

    ``until`` is the day on which the source was written: days beyond are mistakes or plans.
    """
    days = []
    with duckdb.connect() as base:
        for table, column in _SEEN.items():
            path = table_file(folder, table)
            if not path.exists() or column not in _columns(base, path):
                continue
            limit = date.max if until is None else date.fromordinal(until)
            row = base.execute(
                f'SELECT max("{column}") FROM read_parquet($file) WHERE "{column}" <= $until',  # noqa: S608
                {"file": str(path), "until": limit},
            ).fetchone()
            if row and isinstance(row[0], date):
                days.append(row[0].toordinal())
    return max(days, default=None)


def _columns(base: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    rows = base.execute("DESCRIBE SELECT * FROM read_parquet($file)", {"file": str(path)}).fetchall()
    return [row[0] for row in rows]


def written(paths: list[Path]) -> int | None:
    """Return the day after that on which the newest of some files was written: late enough anywhere."""
    times = [path.stat().st_mtime for path in paths if path.exists()]
    if not times:
        return None
    return datetime.fromtimestamp(max(times), UTC).date().toordinal() + 1
