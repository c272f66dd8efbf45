"""An export read in buckets gives what reading it whole gives, whatever its files look like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from opentrd.records.read import read
from tests.records.bulk.exports import (
    SAMPLES,
    converted,
    export,
    nobody,
    of_tables,
    samples,
    tables,
)
from tests.spec.rows import KNOWLEDGE


@pytest.mark.parametrize(
    "shape",
    [
        {"lines": 10_000},
        {"lines": 10_000, "packed": True},
        {"lines": 7, "packed": True, "seed": 1},
        {"lines": 40, "seed": 2},
    ],
    ids=["plain", "gzip", "many shuffled gzip", "shuffled"],
)
def test_what_reading_the_whole_gives(tmp_path: Path, shape: dict[str, Any]) -> None:
    source = export(tmp_path / "export", samples(), **shape)
    whole = read(source, KNOWLEDGE)
    out = converted(source, tmp_path / "out", memory_mb=1)
    assert of_tables(tmp_path / "out") == list(whole)
    assert nobody(tmp_path / "out") == [msgspec.structs.asdict(row) for row in whole.unused]
    assert out.persons == len(whole) == len(SAMPLES)
    assert not (tmp_path / "out" / ".reading").exists()
    counted = sum(out.read.values())
    used = sum(len(record.used) for record in whole)
    assert counted == used + sum(sum(reasons.values()) for reasons in out.unused.values())


def test_each_person_is_as_in_its_own_bundle(tmp_path: Path) -> None:
    """Organizations aside, which name nobody: the person's in a bundle of one, nobody's in an export."""
    source = export(tmp_path / "export", samples(), packed=True, lines=25)
    converted(source, tmp_path / "out", processes=2)
    found = {record.person.person_id: record for record in of_tables(tmp_path / "out")}
    assert len(found) == len(SAMPLES)
    for path in SAMPLES:
        expected = read(path, KNOWLEDGE).one()
        expected.unused = [row for row in expected.unused if row.resource != "Organization"]
        assert found[expected.person.person_id] == expected, path.name


def test_the_tables_are_sorted(tmp_path: Path) -> None:
    converted(export(tmp_path / "export", samples()), tmp_path / "out", memory_mb=1, processes=3)
    for name, table in tables(tmp_path / "out").items():
        persons = [one for one in table.column("person_id").to_pylist() if one is not None]
        assert persons == sorted(persons), name
