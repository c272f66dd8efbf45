"""Record tables back to records: a slice of sorted Arrow tables gives the records of its persons.

A whole column is turned into Python values at once and rows are made by position, so that a person of a
population costs microseconds. The tables are those of ``records/tables/columns.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, repeat
from operator import attrgetter
from typing import Any, Final, TypeVar

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opentrd.kleene import NO, UNKNOWN, YES
from opentrd.records.model import Person, Record, Unused
from opentrd.records.tables.columns import CODES, IDS, ITEMS, ROWS, is_answer, is_day

R = TypeVar("R", bound=msgspec.Struct)

#: The ordinal of 1970-01-01, from which Arrow counts days.
EPOCH: Final = 719163

_OF_PERSON: Final = ("exposure", "score", "condition", "observation")


def records(tables: Mapping[str, pa.Table]) -> Iterator[Record]:
    """Return the records of the persons of a slice, in the order of their ids.

    ``tables`` holds the rows of these persons and of no others, each table sorted by ``person_id``; a table
    that is absent is empty. Rows of a person who is not in ``person`` are not read: a check of the source
    finds them.
    """
    persons = list(rows(Person, tables["person"]))
    used = _ids(tables["person"], "used_ids")
    of = {name: _by_person(ROWS[name], tables[name]) for name in _OF_PERSON if name in tables}
    unused = _unused(tables["unused"]) if "unused" in tables else {}
    for person, more in zip(persons, used, strict=True):
        key = person.person_id
        found = {name: of[name].get(key, []) if name in of else [] for name in _OF_PERSON}
        yield Record(
            person=person,
            exposures=found["exposure"],
            scores=found["score"],
            conditions=found["condition"],
            observations=found["observation"],
            used=list(more) if more is not None else _used(person, found),
            unused=unused.get(key, []),
        )


def rows(cls: type[R], table: pa.Table) -> Iterator[R]:
    """Return the rows of a table of one kind of row."""
    columns = [_column(field, table) for field in msgspec.structs.fields(cls)]
    if all(isinstance(column, repeat) for column in columns):
        return iter(())
    return map(cls, *columns)


def _by_person(cls: type[msgspec.Struct], table: pa.Table) -> dict[str, list[Any]]:
    return {key: list(group) for key, group in groupby(rows(cls, table), attrgetter("person_id"))}


def _unused(table: pa.Table) -> dict[str, list[Unused]]:
    found: dict[str, list[Unused]] = {}
    for person, row in zip(_strings(_one(table, "person_id")), rows(Unused, table), strict=True):
        found.setdefault(person, []).append(row)
    return found


def _used(person: Person, found: Mapping[str, list[Any]]) -> list[str]:
    """The lines that rows name, where the source does not list what it used."""
    named = dict.fromkeys(person.source_ids)
    for group in found.values():
        for row in group:
            named.update(dict.fromkeys(row.source_ids))
    return list(named)


def _column(field: msgspec.structs.FieldInfo, table: pa.Table) -> Iterable[Any]:
    """Return a column's values as a row holds them; its default again and again where it is absent."""
    default = _default(field)
    if table.num_rows == 0 or field.name not in table.column_names:
        return repeat(default)
    column = _one(table, field.name)
    if column.null_count == len(column):
        return repeat(default)
    if is_day(field.name):
        return _days(column)
    if is_answer(field):
        return _answers(column)
    return _values(column, default)


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return None if field.default is msgspec.NODEFAULT else field.default


def _one(table: pa.Table, name: str) -> pa.Array:
    column = table.column(name)
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _values(column: pa.Array, default: Any) -> list[Any]:
    kind = column.type
    if kind == IDS:
        return _lists(column, _strings(column.flatten()))
    if kind == CODES:
        flat = column.flatten()
        pairs = zip(_strings(flat.field("system")), _strings(flat.field("code")), strict=True)
        return _lists(column, list(pairs))
    if kind == ITEMS:
        flat = column.flatten()
        items = list(zip(flat.field("item").to_pylist(), flat.field("value").to_pylist(), strict=True))
        return [dict(items[start:end]) for start, end in _spans(_lengths(column))]
    if pa.types.is_string(kind) or pa.types.is_dictionary(kind):
        found = _strings(column)
        return found if default is None else [default if one is None else one for one in found]
    return _filled(column)


def _strings(column: pa.Array) -> list[Any]:
    """Return texts; each distinct one of a dictionary is made once."""
    if not pa.types.is_dictionary(column.type):
        return list(column.to_pylist())
    texts = column.dictionary.to_pylist()
    if column.null_count == 0:
        return [texts[n] for n in column.indices.to_numpy().tolist()]
    return [None if n is None else texts[n] for n in column.indices.to_pylist()]


def _lists(column: pa.Array, flat: list[Any]) -> list[tuple[Any, ...]]:
    """Cut a flat list into the tuples that a list column holds; an unknown list is an empty one."""
    lengths = _lengths(column)
    if (lengths == 1).all():
        return list(zip(flat, strict=True))
    return [tuple(flat[start:end]) for start, end in _spans(lengths)]


def _spans(lengths: Any) -> Iterator[tuple[int, int]]:
    """Return where lists of these lengths begin and end in their flat values."""
    ends = np.cumsum(lengths).tolist()
    return zip([0, *ends[:-1]], ends, strict=True)


def _lengths(column: pa.Array) -> Any:
    """Return how long each list of a column is; an unknown one is empty."""
    return pc.fill_null(pc.list_value_length(column), 0).to_numpy()


def _days(column: pa.Array) -> list[int | None]:
    return _filled(pc.add(column.cast(pa.int32()), pa.scalar(EPOCH, pa.int32())))


def _filled(column: pa.Array) -> list[Any]:
    return list(column.to_numpy().tolist()) if column.null_count == 0 else list(column.to_pylist())


def _answers(column: pa.Array) -> list[int]:
    return [UNKNOWN if one is None else YES if one else NO for one in column.to_pylist()]


def _ids(table: pa.Table, name: str) -> list[tuple[str, ...] | None]:
    if name not in table.column_names:
        return [None] * table.num_rows
    return [None if one is None else tuple(one) for one in table.column(name).to_pylist()]
