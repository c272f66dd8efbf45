"""Writes the record tables of a CDM: sorted by person, each file whole or not there.

One range of persons after the other is mapped from the lines that are kept sorted, and appended: memory is
bounded, whatever the size of the source.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from opentrd.records.omop.kept import Progress, show_some
from opentrd.records.omop.mapping import Mapper, plain
from opentrd.records.omop.opening import Cdm, broken
from opentrd.records.tables.columns import SCHEMAS

#: Rows that are mapped at once, and rows of a row group of what is written: a slice of persons reads whole
#: row groups, so that small ones spare it the rows of others.
_ROWS: Final = 250_000
_GROUP: Final = 20_000


def write(cdm: Cdm, folder: Path, persons: int, rows: int, progress: Progress) -> None:
    """Write all record tables into ``folder``, of what is kept of a source: so many persons and rows.

    Raises ``InputError`` where the source cannot be read.
    """
    connection = cdm.connection
    step = max(1, -(-persons // max(1, -(-rows // _ROWS))))
    try:
        with _writers(folder) as writers, ThreadPoolExecutor(1) as beside:
            last: Future[None] | None = None
            mapper = Mapper(connection)
            for first in range(0, max(persons, 1), step):
                progress("making record tables", first, persons)
                show_some(connection, first, step)
                for table, writer in writers.items():
                    found = mapper.mapped(table)
                    if last is not None:
                        last.result()
                    last = beside.submit(_append, writer, table, found)
            if last is not None:
                last.result()
            progress("making record tables", persons, persons)
    except duckdb.Error as error:
        raise broken(cdm.name, "", error) from None


def _append(writer: pq.ParquetWriter, table: str, found: pa.Table) -> None:
    """Write what was mapped, while the next is."""
    writer.write_table(plain(table, found), row_group_size=_GROUP)


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
