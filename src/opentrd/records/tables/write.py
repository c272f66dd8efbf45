"""Records to record tables: rows become Arrow columns, and those Parquet files that are whole or not there.

The reverse of ``records/tables/rows.py``: what is written here and read there is the same record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from opentrd.kleene import UNKNOWN, YES
from opentrd.records.model import Record, Unused
from opentrd.records.tables.columns import CODES, ITEMS, ROWS, SCHEMAS, is_answer, is_day
from opentrd.records.tables.rows import EPOCH

#: Records that are turned into columns at a time.
BATCH: Final = 2_000
COMPRESSION: Final = "zstd"
#: Rows of a group in record tables: what is read for a range of persons is whole groups.
ROW_GROUP: Final = 65_536


class RecordWriter:
    """Writes records into a folder, one Parquet file a table, in the order in which they are given.

    The files appear at ``close``, all whole; left with an error, none appears. Records must come sorted by
    ``person_id`` where the folder shall be record tables.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._writers = {
            table: pq.ParquetWriter(_part(folder, table), schema, compression=COMPRESSION)
            for table, schema in SCHEMAS.items()
        }
        self._waiting: list[Record] = []

    def __enter__(self) -> RecordWriter:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self._drop()

    def write(self, record: Record) -> None:
        """Add a record."""
        self._waiting.append(record)
        if len(self._waiting) >= BATCH:
            self._flush()

    def nobody(self, unused: Iterable[Unused]) -> None:
        """Add lines that belong to no person: rows of ``unused`` without ``person_id``."""
        rows = list(unused)
        if rows:
            self._writers["unused"].write_table(_unused([(None, row) for row in rows]))

    def close(self) -> None:
        """Write what waits and put all files in place."""
        self._flush()
        for writer in self._writers.values():
            writer.close()
        for table in SCHEMAS:
            _part(self._folder, table).rename(table_file(self._folder, table))

    def _flush(self) -> None:
        records, self._waiting = self._waiting, []
        for table, found in arrow(records).items():
            if found.num_rows:
                self._writers[table].write_table(found)

    def _drop(self) -> None:
        for writer in self._writers.values():
            writer.close()
        for table in SCHEMAS:
            _part(self._folder, table).unlink(missing_ok=True)


def table_file(folder: Path, table: str) -> Path:
    """Return the file of a table in a folder of record tables."""
    return folder / f"{table}.parquet"


def _part(folder: Path, table: str) -> Path:
    return folder / f"{table}.parquet.part"


def write(records: Iterable[Record], folder: Path) -> None:
    """Write records, sorted by ``person_id``, as record tables."""
    with RecordWriter(folder) as writer:
        for record in sorted(records, key=lambda each: each.person.person_id):
            writer.write(record)


def arrow(records: Sequence[Record]) -> dict[str, pa.Table]:
    """Return the record tables of some records, in their order."""
    return {
        "person": _table("person", [record.person for record in records]).append_column(
            SCHEMAS["person"].field("used_ids"),
            pa.array([record.used for record in records], SCHEMAS["person"].field("used_ids").type),
        ),
        "exposure": _table("exposure", [row for record in records for row in record.exposures]),
        "score": _table("score", [row for record in records for row in record.scores]),
        "condition": _table("condition", [row for record in records for row in record.conditions]),
        "observation": _table("observation", [row for record in records for row in record.observations]),
        "unused": _unused([(record.person.person_id, row) for record in records for row in record.unused]),
    }


def _unused(rows: Sequence[tuple[str | None, Unused]]) -> pa.Table:
    table = _table("unused", [row for _, row in rows])
    return table.append_column(
        SCHEMAS["unused"].field("person_id"), pa.array([person for person, _ in rows], pa.string())
    )


def _table(name: str, rows: Sequence[msgspec.Struct]) -> pa.Table:
    fields = msgspec.structs.fields(ROWS[name])
    schema = pa.schema([SCHEMAS[name].field(field.name) for field in fields])
    columns = [_column(field, schema.field(field.name).type, rows) for field in fields]
    return pa.table(columns, schema=schema)


def _column(field: msgspec.structs.FieldInfo, kind: pa.DataType, rows: Sequence[msgspec.Struct]) -> pa.Array:
    """Return a field of all rows as the column of its table."""
    values: list[Any] = [getattr(row, field.name) for row in rows]
    if is_day(field.name):
        days = [None if day is None else day - EPOCH for day in values]
        return pa.array(days, pa.int32()).cast(kind)
    if is_answer(field):
        return pa.array([None if one == UNKNOWN else one == YES for one in values], kind)
    if kind == CODES:
        codes = [[{"system": system, "code": code} for system, code in one] for one in values]
        return pa.array(codes, kind)
    if kind == ITEMS:
        items = [[{"item": item, "value": value} for item, value in one.items()] for one in values]
        return pa.array(items, kind)
    return pa.array(values, kind)
