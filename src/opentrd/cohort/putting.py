"""Putting together: judged slices become the files of a folder of results, and the cohort in OMOP form.

DuckDB reads what an engine wrote, in the order of persons, and writes each file once. Slices lie in that
order; what Spark wrote is sorted, spilling to disk.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import duckdb
import pyarrow.parquet as pq

from opentrd.cohort.slices import Slice
from opentrd.cohort.sources.model import Progress
from opentrd.cohort.tables import FILES, RESULTS
from opentrd.knowledge.definition import Definition
from opentrd.rules.status import is_part

DEFINITIONS: Final = "cohort_definition.csv"
#: Where the rows of a result table are, in their order.
Rows: TypeAlias = Callable[[str], duckdb.DuckDBPyRelation]

_COHORT: Final = """
    SELECT cohort_definition_id::INTEGER AS cohort_definition_id, subject_id,
           min(first_met) AS cohort_start_date,
           greatest(any_value(coalesce(observed_end, as_of)), min(first_met)) AS cohort_end_date
    FROM status JOIN person USING (person_id) JOIN definition USING (definition)
    WHERE verdict = 'met' AND first_met IS NOT NULL
    GROUP BY cohort_definition_id, subject_id
    ORDER BY cohort_definition_id, subject_id
"""
#: Tells whether an id is a whole number that is written like one: no other id gives the same.
_WHOLE: Final = "try_cast(person_id AS BIGINT)::VARCHAR IS NOT DISTINCT FROM person_id"


def connect(memory_mb: int, spill: Path, threads: int) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB of this process that keeps to a memory limit and spills into a folder."""
    spill.mkdir(parents=True, exist_ok=True)
    limits: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_mb}MB",
        "threads": threads,
        "temp_directory": str(spill),
    }
    return duckdb.connect(":memory:", config=limits)


def put_together(rows: Rows, tables: Sequence[str], out: Path, progress: Progress) -> dict[str, int]:
    """Write result tables into ``out``; return how many rows each has."""
    counts = {}
    for done, table in enumerate(tables):
        progress("write", done, len(tables))
        found = rows(table)
        counts[table] = _write(_numbered(found) if table == "person" else found, out / FILES[table])
    progress("write", len(tables), len(tables))
    return counts


def _numbered(persons: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Give persons the number that ``cohort.parquet`` knows them by, as OMOP allows no other id.

    It is their own id where all ids of the source are whole numbers (as in OMOP), else the number of their
    row, from 1.
    """
    ((whole,),) = persons.aggregate(f"bool_and({_WHOLE})").fetchall()
    number = "person_id::BIGINT" if whole else "row_number() OVER ()"
    return persons.project(f"{number} AS subject_id, *")


def of_slices(slices: Path, parts: list[Slice], connection: duckdb.DuckDBPyConnection) -> Rows:
    """Return where the rows are that the pool of processes wrote, slice by slice."""
    return lambda table: connection.read_parquet(
        [str(slices / part.name / f"{table}.parquet") for part in parts]
    )


def of_stacked(stacked: Path, connection: duckdb.DuckDBPyConnection) -> Rows:
    """Return where the rows are that Spark stacked (``engines/spark.py``)."""

    def rows(table: str) -> duckdb.DuckDBPyRelation:
        found = _stacked(stacked, table, connection)
        if found is None:
            return connection.from_arrow(RESULTS[table].empty_table())
        return found.order(f"{table}.person_id, __number").project(f"{table}.*")

    return rows


def row_counts(stacked: Path, connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str | None, int]]:
    """Return what became of the rows of each table of the source: by reason, ``None`` for those used."""
    found: dict[str, dict[str | None, int]] = {}
    rows = _stacked(stacked, "counted", connection)
    if rows is not None:
        each = rows.project("counted.*").aggregate('"table", reason, sum("rows")::BIGINT')
        for table, reason, count in each.fetchall():
            found.setdefault(table, {})[reason] = count
    return found


def _stacked(
    stacked: Path, table: str, connection: duckdb.DuckDBPyConnection
) -> duckdb.DuckDBPyRelation | None:
    files = sorted(str(path) for path in (stacked / f"__table={table}").glob("*.parquet"))
    return connection.read_parquet(files) if files else None


def write_cohort(out: Path, definitions: Iterable[Definition], connection: duckdb.DuckDBPyConnection) -> None:
    """Write who meets what since when, in the form of the OMOP table ``cohort``.

    ``subject_id`` is that of ``persons.parquet``. The end is the last day of observation, or the day of
    assessment.
    """
    write_definitions(out / DEFINITIONS, definitions)
    connection.read_parquet(str(out / FILES["person"])).create_view("person")
    connection.read_parquet(str(out / FILES["status"])).create_view("status")
    connection.read_csv(str(out / DEFINITIONS)).create_view("definition")
    _write(connection.sql(_COHORT), out / "cohort.parquet")


def write_definitions(path: Path, definitions: Iterable[Definition]) -> None:
    """Write the number of each definition with its name and source."""
    whole = sorted((d for d in definitions if not is_part(d)), key=lambda d: d.definition)
    made = _beside(path)
    with made.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("cohort_definition_id", "definition", "cohort_definition_name", "kind", "source"))
        for number, d in enumerate(whole, 1):
            rows.writerow((number, d.definition, d.name, d.kind, d.source))
    made.replace(path)


def _write(found: duckdb.DuckDBPyRelation, path: Path) -> int:
    """Write what DuckDB finds as Parquet, whole or not at all; return how many rows."""
    made = _beside(path)
    found.write_parquet(str(made), compression="zstd")
    made.replace(path)
    return int(pq.ParquetFile(path).metadata.num_rows)


def _beside(path: Path) -> Path:
    """Return where a file is until it is whole; what a killed run left there the next one replaces."""
    return path.with_name(f".{path.name}.part")
