"""Columns to Arrow tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from opentrd.simulate.chance import Bools, Ints

Column = Any  #: an array, or one value for all rows


def table(schema: pa.Schema, size: int, columns: Mapping[str, Column]) -> pa.Table:
    """Return a table: arrays as they are, single values repeated, columns that are not given empty."""
    arrays = []
    for field in schema:
        value = columns.get(field.name)
        if value is None:
            arrays.append(pa.nulls(size, field.type))
        elif isinstance(value, np.ndarray | pa.Array):
            arrays.append(pa.array(value).cast(field.type))
        else:
            arrays.append(pa.repeat(pa.scalar(value, field.type), size))
    return pa.table(arrays, schema=schema)


def days(values: Ints, unknown: Bools | None = None) -> pa.Array:
    """Return days since 1970 as dates; unknown ones are null."""
    return pa.array(values.astype(np.int32), mask=unknown).cast(pa.date32())


def whole(values: Ints, unknown: Bools | None = None) -> pa.Array:
    """Return whole numbers; unknown ones are null."""
    return pa.array(values, mask=unknown)


def words(choices: Sequence[str | None], places: Ints) -> pa.Array:
    """Return texts by their places among choices."""
    return pa.array(choices, pa.string()).take(pa.array(places))


def turns(person: Ints) -> Ints:
    """Return the turn of each row among those of its person; rows go by person."""
    if not len(person):
        return person
    start = np.flatnonzero(np.r_[True, person[1:] != person[:-1]])
    return np.arange(len(person)) - np.repeat(start, np.diff(np.r_[start, len(person)]))
