"""The tables of all buckets become one file a table, sorted by person; shared lines are counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import duckdb

from opentrd.errors import InputError
from opentrd.folders import in_sql
from opentrd.records.bulk.reading import USES
from opentrd.records.tables.columns import SCHEMAS
from opentrd.records.tables.write import ROW_GROUP, table_file

#: Rows in the order of the record within each person; each person is in one bucket.
_ORDER: Final = {"person": "person_id", "unused": "person_id NULLS LAST, source_id, reason, detail"}
_SET_ASIDE: Final = ("duplicate", "superseded", "deleted")
#: Of the memory that a run may take, the share that DuckDB is given; the rest is what it takes beside.
_SHARE: Final = 0.6


def merge(
    buckets: list[Path],
    folder: Path,
    spill: Path,
    *,
    memory_mb: int,
    threads: int,
    told: Callable[[int], None],
) -> None:
    """Put the tables of buckets together in a folder, each file whole or not there.

    Raises ``InputError`` where lines of a person stand within lines of another, so that its record is in
    pieces.
    """
    spill.mkdir(parents=True, exist_ok=True)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{max(int(memory_mb * _SHARE), 256)}MB",
        "temp_directory": str(spill),
        "threads": threads,
    }
    with duckdb.connect(config=settings) as base:
        base.execute(
            "CREATE TABLE uses AS SELECT source_id, min(person_id) AS person_id "
            "FROM read_parquet($files) GROUP BY source_id",
            {"files": _files(buckets, USES)},
        )
        for number, table in enumerate(SCHEMAS):
            told(number)
            files = _files(buckets, f"{table}.parquet")
            if table == "person":
                _check_once(base, files)
            made = folder / f"{table}.parquet.part"
            base.execute(
                f"COPY ({_select(table)}) TO {in_sql(made)} "
                f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})",
                {"files": files},
            )
            made.replace(table_file(folder, table))
        told(len(SCHEMAS))


def _select(table: str) -> str:
    columns = ", ".join(f't."{name}"' for name in SCHEMAS[table].names)
    order = _ORDER.get(table, "person_id, file_row_number")
    rows = "read_parquet($files, file_row_number = true) AS t"
    if table == "person":
        columns = columns.replace(
            't."used_ids"',
            "CASE WHEN u.more IS NULL THEN t.used_ids "
            "ELSE list_sort(list_concat(t.used_ids, u.more)) END AS used_ids",
        )
        rows += " LEFT JOIN (SELECT person_id, list(source_id) AS more FROM uses GROUP BY person_id) AS u"
        rows += " USING (person_id)"
    if table == "unused":
        reasons = ", ".join(f"'{reason}'" for reason in _SET_ASIDE)
        rows += f" WHERE person_id IS NOT NULL OR reason IN ({reasons})"
        rows += " OR NOT EXISTS (FROM uses WHERE uses.source_id = t.source_id)"
    return f"SELECT {columns} FROM {rows} ORDER BY {order}"  # noqa: S608


def _check_once(base: duckdb.DuckDBPyConnection, files: list[str]) -> None:
    twice = base.execute(
        "SELECT person_id FROM read_parquet($files) GROUP BY person_id HAVING count(*) > 1 "
        "ORDER BY person_id LIMIT 1",
        {"files": files},
    ).fetchone()
    if twice is not None:
        raise InputError(
            f"Patient/{twice[0]}",
            "",
            "lines of this person stand within lines of another person (contained)",
            "export again without contained resources of other persons",
        )


def unused_counts(folder: Path) -> dict[str, Counter[str]]:
    """Return how many lines were not used, by type of resource and reason."""
    with duckdb.connect() as base:
        rows = base.execute(
            "SELECT resource, reason, count(*) FROM read_parquet($file) GROUP BY ALL ORDER BY ALL",
            {"file": str(table_file(folder, "unused"))},
        ).fetchall()
    found: dict[str, Counter[str]] = {}
    for resource, reason, count in rows:
        found.setdefault(resource, Counter())[reason] = count
    return found


def persons_and_used(folder: Path) -> tuple[int, int]:
    """Return how many persons there are and how many lines were used for them."""
    with duckdb.connect() as base:
        row = base.execute(
            "SELECT count(*), coalesce(sum(len(used_ids)), 0) FROM read_parquet($file)",
            {"file": str(table_file(folder, "person"))},
        ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _files(buckets: list[Path], name: str) -> list[str]:
    return [str(bucket / name) for bucket in buckets]
