"""Batches of Spark are gathered into slices in which every person is whole."""

from __future__ import annotations

from itertools import pairwise

import pyarrow as pa
import pytest

from opentrd.cohort.engines.spark import PERSON, whole_persons


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 100])
def test_no_person_is_cut_in_two(rows: int) -> None:
    persons = ["a", "a", "b", "c", "c", "c", "c", "d"]
    for size in range(1, len(persons) + 1):
        batches = (
            pa.RecordBatch.from_arrays([pa.array(persons[n : n + size])], names=[PERSON])
            for n in range(0, len(persons), size)
        )
        parts = [part.column(PERSON).to_pylist() for part in whole_persons(batches, rows)]
        assert [one for part in parts for one in part] == persons
        starts = [part[0] for part in parts]
        assert len(set(starts)) == len(starts)
        assert all(set(a).isdisjoint(b) for a, b in pairwise(parts))
