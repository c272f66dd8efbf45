"""Slices: the persons of a population cut into ranges small enough for a process, with their record tables.

The lines of a CDM are mapped for the persons of a slice. Record tables are sorted by ``person_id``, so a
range of persons is a range of rows, and only the row groups that hold it are read.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from opentrd.records.omop.kept import FILE, read_lines
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
    """So many persons, in the order of their ids (as text), after the first ``before``."""

    number: int
    before: int
    persons: int

    @property
    def name(self) -> str:
        """The name of its folder, in the order of the slices."""
        return f"{self.number:06d}"


def cut(persons: int, most: int) -> list[Slice]:
    """Cut persons into slices of ``most`` where they are many, of fewer where they are few.

    So that the last slice does not leave the other processes idle for long.
    """
    size = min(most, max(_LEAST, -(-persons // _MANY)))
    return [
        Slice(number, before, min(size, persons - before))
        for number, before in enumerate(range(0, persons, size))
    ]


def read_slice(folder: Path, part: Slice) -> dict[str, pa.Table]:
    """Return the rows of a slice's persons from every record table, whatever they are made from.

    ``folder`` is what ``Source.prepare`` left: the lines of a CDM, or record tables.
    """
    lines = folder / FILE
    if lines.exists():
        return read_lines(lines, part.before, part.persons)
    persons = _persons(folder / "person.parquet", part)
    ids = persons.column("person_id")
    found = {"person": persons}
    for table in SCHEMAS:
        path = folder / f"{table}.parquet"
        if table != "person" and path.exists():
            found[table] = _of_persons(path, ids[0].as_py(), ids[-1].as_py(), _FEW[table])
    return found


def _persons(path: Path, part: Slice) -> pa.Table:
    """Return a slice's rows of the file of persons."""
    metadata = _groups(path, path.stat().st_mtime_ns).metadata
    sizes = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    ends = list(accumulate(sizes))
    wanted = range(bisect_right(ends, part.before), bisect_left(ends, part.before + part.persons) + 1)
    rows = _read(path, metadata, list(wanted), _FEW["person"])
    return rows.slice(part.before - (ends[wanted.start] - sizes[wanted.start]), part.persons)


def _of_persons(path: Path, first: str, last: str, few: Sequence[str]) -> pa.Table:
    """Return the rows of a sorted file that belong to the persons from ``first`` to ``last``."""
    groups = _groups(path, path.stat().st_mtime_ns)
    wanted = slice(bisect_left(groups.lasts, first), bisect_right(groups.firsts, last))
    rows = _read(path, groups.metadata, groups.numbers[wanted], few)
    persons = rows.column("person_id")
    begin = pc.sum(pc.less(persons, first)).as_py() or 0
    end = pc.sum(pc.less_equal(persons, last)).as_py() or 0
    return rows.slice(begin, end - begin)


def _read(path: Path, metadata: pq.FileMetaData, groups: list[int], few: Sequence[str]) -> pa.Table:
    there = [name for name in few if name in metadata.schema.names]
    with pq.ParquetFile(path, metadata=metadata, read_dictionary=there) as file:
        return file.read_row_groups(groups, use_threads=False)


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
