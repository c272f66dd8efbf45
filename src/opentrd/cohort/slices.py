"""Slices: the persons of sorted record tables, cut into ranges small enough for one process.

Record tables are sorted by ``person_id``, so a range of persons is a range of rows, and only the row groups
that hold it are read.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from opentrd.records.tables.columns import SCHEMAS

#: Columns with few distinct texts: each text is made once a slice.
_FEW: Final = {
    "exposure": (
        "treatment",
        "kind",
        "origin",
        "product_text",
        "formulation",
        "route",
        "strength_unit",
        "dose_unit",
        "session_detail",
        "reported_response",
        "indication",
        "status",
        "doubt",
    ),
    "score": ("scale",),
    "condition": ("concept", "text", "clinical_status", "verification", "severity", "family_member"),
    "observation": ("concept", "kind", "unit", "value_text", "value_code", "comparator", "substance"),
    "person": ("sex",),
    "unused": ("resource", "reason", "detail"),
}

#: So many slices at least where there are persons enough, and so many persons a slice at least.
_MANY: Final = 16
_LEAST: Final = 256


class Slice(msgspec.Struct, frozen=True):
    """Persons from ``first`` to ``last``, both included, and how many they are."""

    number: int
    first: str
    last: str
    persons: int

    @property
    def name(self) -> str:
        """The name of its folder, in the order of the slices."""
        return f"{self.number:06d}"


def cut(folder: Path, persons: int) -> list[Slice]:
    """Cut the persons of record tables into slices of so many."""
    file = pq.ParquetFile(folder / "person.parquet")
    slices: list[Slice] = []
    for batch in file.iter_batches(batch_size=persons, columns=["person_id"]):
        ids = batch.column(0)
        slices.append(Slice(len(slices), ids[0].as_py(), ids[-1].as_py(), len(ids)))
    return slices


def slice_size(folder: Path, most: int) -> int:
    """Return how many persons a slice is to have: ``most`` where they are many, of few persons fewer.

    So that the last slice does not leave the other processes idle for long.
    """
    persons: int = pq.read_metadata(folder / "person.parquet").num_rows
    return min(most, max(_LEAST, -(-persons // _MANY)))


def read_slice(folder: Path, part: Slice) -> dict[str, pa.Table]:
    """Return the rows of a slice's persons from every table that is there."""
    found = {}
    for table in SCHEMAS:
        path = folder / f"{table}.parquet"
        if path.exists():
            found[table] = _of_persons(path, part, _FEW[table])
    return found


def _of_persons(path: Path, part: Slice, few: Sequence[str]) -> pa.Table:
    """Return the rows of a sorted file that belong to a slice's persons."""
    groups = _groups(path, path.stat().st_mtime_ns)
    wanted = slice(bisect_left(groups.lasts, part.first), bisect_right(groups.firsts, part.last))
    there = [name for name in few if name in groups.metadata.schema.names]
    with pq.ParquetFile(path, metadata=groups.metadata, read_dictionary=there) as file:
        rows = file.read_row_groups(groups.numbers[wanted], use_threads=False)
    persons = rows.column("person_id")
    begin = pc.sum(pc.less(persons, part.first)).as_py() or 0
    end = pc.sum(pc.less_equal(persons, part.last)).as_py() or 0
    return rows.slice(begin, end - begin)


class _Groups(msgspec.Struct):
    """The row groups of a file sorted by person that hold rows of anybody: the first and last of each."""

    metadata: pq.FileMetaData
    numbers: list[int]
    firsts: list[str]
    lasts: list[str]


@lru_cache(maxsize=len(SCHEMAS))
def _groups(path: Path, changed: int) -> _Groups:
    """Read once a process what a file has in its row groups; ``changed`` is when it was written."""
    with pq.ParquetFile(path) as file:
        paths = [file.schema.column(n).path for n in range(len(file.schema))]
        place = paths.index("person_id")
        found = _Groups(file.metadata, [], [], [])
        for number in range(file.num_row_groups):
            ends = _ends(file, number, place)
            if ends is not None:
                found.numbers.append(number)
                found.firsts.append(ends[0])
                found.lasts.append(ends[1])
        return found


def _ends(file: pq.ParquetFile, group: int, place: int) -> tuple[str, str] | None:
    """Return the first and the last person of a row group, by its statistics or else its rows."""
    told = file.metadata.row_group(group).column(place).statistics
    if told is not None and told.has_min_max:
        return told.min, told.max
    persons = file.read_row_group(group, columns=["person_id"]).column(0).drop_null()
    return (persons[0].as_py(), persons[-1].as_py()) if len(persons) else None
