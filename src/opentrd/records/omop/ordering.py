"""Sorts the rows of a record table by person: numbers are sorted, and the wide rows moved once, if at all."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_LAST: Final = np.iinfo(np.int32).max


def by_person(table: pa.Table, *then: str) -> pa.Table:
    """Return a table sorted by ``person_id`` (as text) and the columns ``then`` (days or texts).

    What is unknown comes last; rows that are equal in all these keep their order.
    """
    places = [_places(table.column(name)) for name in ("person_id", *then)]
    order = np.lexsort(places[::-1])
    if (order[1:] > order[:-1]).all():
        return table
    return table.combine_chunks().take(pa.array(order))


def _places(column: pa.ChunkedArray) -> Any:
    """Return for each value a number that sorts as the value does."""
    if pa.types.is_date32(column.type):
        return column.cast(pa.int32()).fill_null(_LAST).to_numpy()
    told = column.combine_chunks().dictionary_encode()
    ranks = np.empty(len(told.dictionary), np.int32)
    ranks[pc.sort_indices(told.dictionary).to_numpy()] = np.arange(len(ranks), dtype=np.int32)
    if told.null_count == 0:
        return ranks[told.indices.to_numpy()]
    return np.where(told.is_valid(), ranks[told.indices.fill_null(0).to_numpy()], _LAST)
