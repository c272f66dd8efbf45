"""Slices of record tables: the rows of some persons, wherever the file's row groups begin and end."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from opentrd.cohort.slices import Slice, cut, read_slice

#: Persons with so many rows each; the last rows belong to nobody.
PERSONS = {"10": 1, "2": 4, "30": 0, "31": 2, "a": 5, "b": 1}
NOBODYS = 4


def written(folder: Path, rows: int, *, statistics: bool) -> None:
    """Write persons, their scores and unused lines in row groups of so many rows, one of them empty."""
    of = [person for person, count in PERSONS.items() for _ in range(count)]
    tables = {
        "person": {"person_id": list(PERSONS)},
        "score": {"person_id": of, "scale": ["PHQ-9"] * len(of), "number": range(len(of))},
        "unused": {"person_id": [*of, *[None] * NOBODYS], "number": range(len(of) + NOBODYS)},
    }
    for name, columns in tables.items():
        table = pa.table(columns)
        with pq.ParquetWriter(folder / f"{name}.parquet", table.schema, write_statistics=statistics) as file:
            file.write_table(table.slice(0, 0))
            file.write_table(table, row_group_size=rows)


@pytest.mark.parametrize(
    ("persons", "most", "sizes"),
    [
        (0, 10, []),
        (3, 10, [3]),
        (256, 4096, [256]),
        (600, 4096, [256, 256, 88]),
        (16 * 300, 4096, [300] * 16),
        (16 * 300, 200, [200] * 24),
    ],
)
def test_persons_are_cut_into_slices_without_a_rest(persons: int, most: int, sizes: list[int]) -> None:
    """Of few persons so that all processes have some, of many so many at most; nobody twice, nobody left."""
    parts = cut(persons, most)
    assert [part.persons for part in parts] == sizes
    assert [part.before for part in parts] == [sum(sizes[:n]) for n in range(len(sizes))]


@pytest.mark.parametrize("statistics", [True, False])
@pytest.mark.parametrize("rows", [1, 2, 3, 100])
@pytest.mark.parametrize("persons", [1, 2, 4, 100])
def test_slices_are_all_rows_of_their_persons_and_no_others(
    tmp_path: Path, persons: int, rows: int, statistics: bool
) -> None:
    written(tmp_path, rows, statistics=statistics)
    seen: list[int] = []
    for before in range(0, len(PERSONS), persons):
        own = dict(list(PERSONS.items())[before : before + persons])
        found = read_slice(tmp_path, Slice(0, before, len(own)))
        assert found["person"].column("person_id").to_pylist() == list(own)
        of = found["score"].column("person_id").to_pylist()
        assert of == [person for person, count in own.items() for _ in range(count)]
        assert found["unused"].column("person_id").to_pylist() == of
        assert found["unused"].column("number").to_pylist() == found["score"].column("number").to_pylist()
        seen += found["score"].column("number").to_pylist()
    assert seen == list(range(sum(PERSONS.values())))


def test_a_file_that_was_written_anew_is_read_anew(tmp_path: Path) -> None:
    part = Slice(0, 0, len(PERSONS))
    written(tmp_path, 2, statistics=True)
    before = read_slice(tmp_path, part)["score"].num_rows
    pq.write_table(
        pa.table({"person_id": ["2"], "scale": ["PHQ-9"], "number": [1]}), tmp_path / "score.parquet"
    )
    assert (before, read_slice(tmp_path, part)["score"].num_rows) == (sum(PERSONS.values()), 1)
