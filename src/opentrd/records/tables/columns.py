"""Record tables: the columns of each table of a record, derived from ``records.model``.

Days are ``date32`` (calendar days without a time zone), yes and no are ``bool``, unknown is null. One Parquet
file a table, named as the table, sorted by ``person_id``; a column that is absent reads as unknown.
"""

from __future__ import annotations

from typing import Final

import msgspec
import pyarrow as pa

from opentrd.kleene import UNKNOWN
from opentrd.records.model import Condition, Exposure, Observation, Person, Score, Unused

#: The tables of a record, in the order in which they are read, and the rows that they hold.
ROWS: Final[dict[str, type[msgspec.Struct]]] = {
    "person": Person,
    "exposure": Exposure,
    "score": Score,
    "condition": Condition,
    "observation": Observation,
    "unused": Unused,
}

IDS: Final = pa.list_(pa.string())
CODES: Final = pa.list_(pa.struct([("system", pa.string()), ("code", pa.string())]))
ITEMS: Final = pa.list_(pa.struct([("item", pa.int32()), ("value", pa.int32())]))

_LISTS: Final = {"source_ids": IDS, "stop_reasons": IDS, "codes": CODES, "items": ITEMS}
_WHOLE: Final = ("supply_days", "sessions_low", "sessions_high", "suicide_item")
_NUMBERS: Final = (
    "strength",
    "dose_low",
    "dose_high",
    "taken_low",
    "taken_high",
    "value",
    "range_low",
    "range_high",
)
_DAYS: Final = ("_earliest", "_latest", "observed_start", "observed_end")
#: Beside the fields of the row: lines that were used and made no row; the person of a line that was not used.
_MORE: Final = {"person": [("used_ids", IDS)], "unused": [("person_id", pa.string())]}


def is_day(column: str) -> bool:
    """Tell whether a column holds calendar days (ordinals in the rows, ``date32`` in the tables)."""
    return column.endswith(_DAYS)


def is_answer(field: msgspec.structs.FieldInfo) -> bool:
    """Tell whether a field is yes, no or unknown (``Tri`` in the rows, ``bool`` or null in the tables)."""
    return field.default is UNKNOWN and field.name in ("ongoing", "collected", "negated")


def _type(field: msgspec.structs.FieldInfo) -> pa.DataType:
    name = field.name
    if name in _LISTS:
        return _LISTS[name]
    if is_day(name):
        return pa.date32()
    if is_answer(field):
        return pa.bool_()
    if name in _WHOLE:
        return pa.int32()
    if name in _NUMBERS:
        return pa.float64()
    return pa.string()


def _schema(table: str) -> pa.Schema:
    fields = msgspec.structs.fields(ROWS[table])
    columns: list[tuple[str, pa.DataType]] = [(field.name, _type(field)) for field in fields]
    return pa.schema([*columns, *_MORE.get(table, [])])


#: Table to its Arrow schema.
SCHEMAS: Final[dict[str, pa.Schema]] = {table: _schema(table) for table in ROWS}


def whole(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece; what is in one piece already is not copied."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
