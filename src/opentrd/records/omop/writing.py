"""Writes the record tables of a CDM: sorted by person, each file whole or not there.

First the lines of the source (narrow, and only of rows that a map knows) are sorted by person: DuckDB keeps
in the folder what memory does not hold. Then one range of persons after the other is mapped and appended, by
the same SQL that ``map_slice`` uses: memory is bounded, whatever the size of the source.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from opentrd.knowledge.loader import Knowledge
from opentrd.records.omop.cdm import OF_PERSONS
from opentrd.records.omop.counting import Count, count, lines, strangers
from opentrd.records.omop.mapping import in_order, mapped, use_maps
from opentrd.records.omop.maps import make_maps
from opentrd.records.omop.opening import Cdm, broken
from opentrd.records.tables.columns import SCHEMAS

Progress = Callable[[str, int, int | None], None]

#: Rows that are mapped at once, and rows of a row group of what is written: a slice of persons reads whole
#: row groups, so that small ones spare it the rows of others.
_ROWS: Final = 250_000
_GROUP: Final = 20_000
#: Memory (MB) for what is not DuckDB's: the program itself and the wide rows of a range.
_BESIDE: Final = 450
#: What is sorted, and by which column within a person.
_SORTED: Final = {
    "person": "person_id",
    "observation_period": "observation_period_id",
    "death": "death_date",
    "drug_line": "line",
    "procedure_line": "line",
    "condition_line": "line",
    "result_line": "line",
}


class Written(msgspec.Struct, kw_only=True, frozen=True):
    """What was written: counts by table of the source, and persons."""

    tables: list[Count]
    persons: int


def write(
    cdm: Cdm, knowledge: Knowledge, folder: Path, *, memory_mb: int, threads: int, progress: Progress
) -> Written:
    """Write all record tables into ``folder``. Raises ``InputError`` where the source cannot be read."""
    spill = folder / ".spill"
    shutil.rmtree(spill, ignore_errors=True)
    spill.mkdir(parents=True)
    connection = cdm.connection
    connection.execute("SET memory_limit = ?", [f"{max(memory_mb // 2, memory_mb - _BESIDE)}MB"])
    connection.execute("SET temp_directory = ?", [str(spill)])
    connection.execute("SET threads = ?", [max(1, threads)])
    try:
        progress("looking up what the codes mean", 0, None)
        use_maps(connection, make_maps(connection, knowledge))
        read = {table: cdm.count(table) for table in OF_PERSONS}
        strange = strangers(connection)
        _sort(connection, progress)
        _show(connection)
        known = lines(connection)
        _map(connection, folder, read["person"], known.total(), progress)
        return Written(
            tables=[count(table, read[table], strange[table], known) for table in OF_PERSONS],
            persons=read["person"],
        )
    except duckdb.Error as error:
        raise broken(cdm.name, "", error) from None
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _sort(connection: duckdb.DuckDBPyConnection, progress: Progress) -> None:
    """Sort what the record tables are made of by person, without the rows of no person."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE ranked AS SELECT person_id, "
        "(row_number() OVER (ORDER BY person_id::VARCHAR) - 1)::INTEGER AS rank FROM person"
    )
    for number, (table, own) in enumerate(_SORTED.items()):
        progress(f"sorting by person: {table}", number, len(_SORTED))
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE sorted_{table} AS SELECT t.*, r.rank FROM {table} t "
            f"JOIN ranked r ON r.person_id = t.person_id ORDER BY r.rank, t.{own}"
        )


def _map(
    connection: duckdb.DuckDBPyConnection, folder: Path, persons: int, rows: int, progress: Progress
) -> None:
    """Map one range of persons after the other, from what is sorted."""
    step = max(1, -(-persons // max(1, -(-rows // _ROWS))))
    with _writers(folder) as writers, ThreadPoolExecutor(1) as beside:
        last: Future[None] | None = None
        for first in range(0, max(persons, 1), step):
            progress("making record tables", first, persons)
            _show(connection, f"WHERE rank >= {first} AND rank < {first + step}")
            for table, writer in writers.items():
                found = mapped(connection, table)
                if last is not None:
                    last.result()
                last = beside.submit(_append, writer, table, found)
        if last is not None:
            last.result()
        progress("making record tables", persons, persons)


def _append(writer: pq.ParquetWriter, table: str, found: pa.Table) -> None:
    """Sort and write what was mapped, while the next is."""
    writer.write_table(in_order(table, found), row_group_size=_GROUP)


def _show(connection: duckdb.DuckDBPyConnection, which: str = "") -> None:
    """Make what is sorted the tables and lines of the connection: all of it, or the rows ``which``."""
    for table in _SORTED:
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {table} AS SELECT * EXCLUDE (rank) FROM sorted_{table} {which}"
        )


@contextmanager
def _writers(folder: Path) -> Iterator[dict[str, pq.ParquetWriter]]:
    """Open a file for each record table; give them their names only where all went well."""
    parts = {table: folder / f"{table}.parquet.part" for table in SCHEMAS}
    with ExitStack() as stack:
        yield {table: stack.enter_context(_writer(path, table)) for table, path in parts.items()}
    for table, path in parts.items():
        path.replace(folder / f"{table}.parquet")


def _writer(path: Path, table: str) -> pq.ParquetWriter:
    """Open a file; texts that repeat (all but the ids of lines) are written once a row group."""
    texts = [each.name for each in SCHEMAS[table] if each.type == pa.string() and each.name != "source_id"]
    lists = ["stop_reasons.list.element", "codes.list.element.system", "codes.list.element.code"]
    return pq.ParquetWriter(
        path,
        SCHEMAS[table],
        compression="zstd",
        use_dictionary=[*texts, *lists],
        write_statistics=["person_id"],  # all that a slice is found by: of many row groups the rest is long
    )
