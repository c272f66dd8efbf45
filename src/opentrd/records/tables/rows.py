"""Record tables back to records: a slice of sorted Arrow tables gives the records of its persons.

Columns are read whole, and turned into Python values for some persons at a time, which bounds memory; rows
are made by position. So a person of a population costs microseconds. The tables are those of
``records/tables/columns.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise, repeat
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opentrd.kleene import NO, UNKNOWN, YES
from opentrd.records.model import Person, Record
from opentrd.records.tables.columns import CODES, IDS, ITEMS, ROWS, SCHEMAS, is_answer, is_day, whole

R = TypeVar("R", bound=msgspec.Struct)
Values: TypeAlias = Callable[[int, int], Iterable[Any]]
"""The values of a column as rows hold them, from one row up to another."""

#: The ordinal of 1970-01-01, from which Arrow counts days.
EPOCH: Final = 719163
#: Persons whose rows are made at a time.
_BLOCK: Final = 512

_OF_PERSON: Final = ("exposure", "score", "condition", "observation")


def records(tables: Mapping[str, pa.Table]) -> Iterator[Record]:
    """Return the records of the persons of a slice, in the order of their ids.

    ``tables`` holds the rows of these persons and of no others, each table sorted by ``person_id``; a table
    that is absent is empty. Rows of a person who is not in ``person`` are not read: a check of the source
    finds them. Which lines were used is left out: no rule asks for it (``accounted`` adds it).
    """
    persons = _Rows(Person, tables["person"])
    tables_of_each = [_placed(name, tables) for name in _OF_PERSON]
    for begin in range(0, persons.count, _BLOCK):
        end = min(begin + _BLOCK, persons.count)
        of_each = [table.of_each(begin, end) for table in tables_of_each]
        for person, exposures, scores, conditions, observations in zip(
            persons.made(begin, end), *of_each, strict=True
        ):
            yield Record(
                person=person,
                exposures=exposures,
                scores=scores,
                conditions=conditions,
                observations=observations,
            )


def accounted(tables: Mapping[str, pa.Table]) -> Iterator[Record]:
    """Return the records of ``records`` with the lines of each that were used, and those that were not."""
    persons = tables["person"]
    listed: list[Any] = [None] * len(persons)
    if "used_ids" in persons.column_names:
        listed = persons.column("used_ids").to_pylist()
    unused = _placed("unused", tables).of_each(0, len(persons))
    for record, used, lines in zip(records(tables), listed, unused, strict=True):
        record.used = _used(record) if used is None else used
        record.unused = lines
        yield record


def _used(record: Record) -> list[str]:
    """The lines that rows name, where the source does not list what it used."""
    named = dict.fromkeys(record.person.source_ids)
    for group in (record.exposures, record.scores, record.conditions, record.observations):
        for row in group:
            named.update(dict.fromkeys(row.source_ids))
    return list(named)


def rows(cls: type[R], table: pa.Table) -> Iterator[R]:
    """Return the rows of a table of one kind of row."""
    return _Rows(cls, table).made(0, table.num_rows)


class _Rows:
    """The rows of a table, of which some can be made."""

    def __init__(self, cls: type[msgspec.Struct], table: pa.Table) -> None:
        self._cls: Any = cls
        self.count = table.num_rows
        self._columns = [_column(field, table) for field in msgspec.structs.fields(cls)]
        while self._columns and self._columns[-1] is None:
            self._columns.pop()  # the row's own defaults say the same
        fields = msgspec.structs.fields(cls)[: len(self._columns)]
        self._defaults = [_default(field) for field in fields]

    def made(self, begin: int, end: int) -> Iterator[Any]:
        """Make the rows from ``begin`` up to ``end``."""
        if begin == end:
            return iter(())
        pairs = zip(self._columns, self._defaults, strict=True)
        return map(self._cls, *(repeat(default) if of is None else of(begin, end) for of, default in pairs))


class _Placed(_Rows):
    """Rows of persons: those of the person at a place stand from ``firsts[place]`` up to the next."""

    firsts: list[int]

    def of_each(self, begin: int, end: int) -> Iterator[list[Any]]:
        """Make the rows of each person from the place ``begin`` up to ``end``."""
        first = self.firsts[begin]
        made = list(self.made(first, self.firsts[end]))
        for place in range(begin, end):
            yield made[self.firsts[place] - first : self.firsts[place + 1] - first]


def _placed(name: str, tables: Mapping[str, pa.Table]) -> _Placed:
    """Find the rows of each person in a table sorted by person, without those of nobody."""
    persons = _encoded(whole(tables["person"].column("person_id")))
    ids = persons.dictionary.take(persons.indices)
    table = tables[name] if name in tables else SCHEMAS[name].empty_table()
    own = _encoded(whole(table.column("person_id")))
    places = pc.index_in(own.dictionary, ids).take(own.indices)
    if places.null_count:
        table, places = table.filter(places.is_valid()), places.drop_null()
    placed = _Placed(ROWS[name], table)
    placed.firsts = np.searchsorted(places.to_numpy(), np.arange(len(ids) + 1)).tolist()
    return placed


def _column(field: msgspec.structs.FieldInfo, table: pa.Table) -> Values | None:
    """Return a column's values as a row holds them; ``None`` where it is absent or nothing is known."""
    if table.num_rows == 0 or field.name not in table.column_names:
        return None
    column = whole(table.column(field.name))
    if column.null_count == len(column):
        return None
    if is_day(field.name):
        return _numbers(pc.add(column.cast(pa.int32()), pa.scalar(EPOCH, pa.int32())))
    if is_answer(field):
        told = pc.if_else(column, pa.scalar(YES, pa.int8()), pa.scalar(NO, pa.int8()))
        return _numbers(told.fill_null(UNKNOWN))
    return _values(column, _default(field))


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return None if field.default is msgspec.NODEFAULT else field.default


def _values(column: pa.Array, default: Any) -> Values:
    kind = column.type
    if kind == IDS:
        texts = column.flatten()
        return _lists(column, lambda begin, end: texts.slice(begin, end - begin).to_pylist())
    if kind == CODES:
        parts = column.flatten()
        return _lists(column, _both(*(_values(parts.field(name), None) for name in ("system", "code"))))
    if kind == ITEMS:
        parts = column.flatten()
        items = _lists(column, _both(*(_numbers(parts.field(name)) for name in ("item", "value"))))
        return lambda begin, end: map(dict, items(begin, end))
    if pa.types.is_string(kind) or pa.types.is_dictionary(kind):
        return _coded(_encoded(column), default)
    return _numbers(column)


def _both(one: Values, other: Values) -> Callable[[int, int], list[Any]]:
    return lambda begin, end: list(zip(one(begin, end), other(begin, end), strict=True))


def _encoded(column: pa.Array) -> pa.DictionaryArray:
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


def _coded(column: pa.DictionaryArray, default: Any) -> Values:
    """Return what a dictionary says for each row; each distinct value is made once."""
    own = column.dictionary
    told = own.to_pylist() if pa.types.is_string(own.type) else list(_values(own, default)(0, len(own)))
    texts = [*(default if one is None else one for one in told), default]
    values = np.fromiter(texts, object, len(texts))
    places = column.indices.cast(pa.int32()).fill_null(len(told)).to_numpy()
    return lambda begin, end: values[places[begin:end]].tolist()


def _lists(column: pa.Array, flat: Callable[[int, int], list[Any]]) -> Values:
    """Cut flat values into the tuples that a list column holds; an unknown list is an empty one."""
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
    ends = np.concatenate(([0], np.cumsum(lengths)))

    def values(begin: int, end: int) -> Iterable[tuple[Any, ...]]:
        first, last = int(ends[begin]), int(ends[end])
        if first == last:
            return repeat((), end - begin)
        found = flat(first, last)
        if (lengths[begin:end] == 1).all():
            return zip(found)
        places = (ends[begin : end + 1] - first).tolist()
        return [tuple(found[a:b]) for a, b in pairwise(places)]

    return values


def _numbers(column: pa.Array) -> Values:
    if column.null_count == 0:
        known = column.to_numpy()
        return lambda begin, end: known[begin:end].tolist()
    filled = column.fill_null(0).to_numpy()
    missing = column.is_null().to_numpy(zero_copy_only=False)

    def values(begin: int, end: int) -> list[Any]:
        found = filled[begin:end].astype(object)
        found[missing[begin:end]] = None
        return list(found.tolist())

    return values
