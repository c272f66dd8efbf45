"""Slices: the persons of sorted record tables, cut into ranges small enough for one process.

Record tables are sorted by ``person_id``, so a range of persons is a range of rows, and only the row groups
that hold it are read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.dataset as ds
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
    person = ds.field("person_id")
    inside = (person >= part.first) & (person <= part.last)
    found = {}
    for table in SCHEMAS:
        path = folder / f"{table}.parquet"
        if path.exists():
            form = ds.ParquetFileFormat(dictionary_columns=set(_FEW[table]))
            found[table] = ds.dataset(path, format=form).to_table(filter=inside, use_threads=False)
    return found
