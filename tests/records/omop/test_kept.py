"""Lines that are kept sorted: mapped for some persons at a time, they give the record tables of the whole."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from opentrd.cohort.slices import Slice, read_slice
from opentrd.cohort.sources.omop import OmopSource
from opentrd.knowledge.loader import Knowledge
from opentrd.records.omop import kept
from opentrd.records.omop.mapping import plain
from opentrd.records.tables.columns import SCHEMAS
from tests.records.omop import cdm as c
from tests.records.omop.test_sources import parquet, whole

ASKED: dict[str, Any] = {"memory_mb": 500, "processes": 1, "progress": lambda *_: None}


def source(knowledge: Knowledge, folder: Path) -> OmopSource:
    """Persons whose ids sort otherwise as texts than as numbers, one of them without any line."""
    tables = whole()
    [one] = tables["person"][:1]
    tables["person"] += [one | {"person_id": number} for number in (100, 11)]
    tables["drug_exposure"] += [c.drug(person_id=100, drug_exposure_id=900), c.drug(person_id=5000)]
    return OmopSource(parquet(folder, tables), knowledge)


@pytest.mark.parametrize("persons", [1, 2, 4, 10])
def test_slices_are_the_record_tables_of_their_persons(
    persons: int, knowledge: Knowledge, tmp_path: Path
) -> None:
    given = source(knowledge, tmp_path / "in")
    records, lines = tmp_path / "records", tmp_path / "lines"
    converted = given.convert(records, **ASKED)
    assert given.prepare(lines, **ASKED) == converted
    assert [path.name for path in lines.iterdir()] == [kept.FILE]
    seen = 0
    for before in range(0, converted.persons, persons):
        part = Slice(0, before, min(persons, converted.persons - before))
        mapped, read = read_slice(lines, part), read_slice(records, part)
        for table in SCHEMAS:
            assert plain(table, mapped[table]).to_pylist() == read[table].to_pylist(), table
        seen += mapped["exposure"].num_rows
    assert seen > 3


def test_what_a_stopped_run_left_is_not_gone_on_from(knowledge: Knowledge, tmp_path: Path) -> None:
    """Neither a half-written file nor the log that DuckDB keeps beside it."""
    lines = tmp_path / "lines"
    lines.mkdir()
    with duckdb.connect(str(lines / f"{kept.FILE}.part")) as connection:
        connection.execute("CREATE TABLE person AS SELECT 1 AS person_id")
        connection.execute("CHECKPOINT")
        connection.execute("CREATE TABLE death AS SELECT 1 AS person_id")
        for path in list(lines.iterdir()):
            shutil.copyfile(path, lines / f"{path.name}.copy")
    for path in list(lines.glob("*.copy")):
        path.replace(path.with_suffix(""))
    assert {path.suffix for path in lines.iterdir()} == {".part", ".wal"}
    source(knowledge, tmp_path / "in").prepare(lines, **ASKED)
    assert [path.name for path in lines.iterdir()] == [kept.FILE]
    assert read_slice(lines, Slice(0, 0, 10))["person"].num_rows == 5


def test_what_a_check_found_out_is_not_found_out_again(knowledge: Knowledge, tmp_path: Path) -> None:
    """The same lines with the maps of the check as without one."""
    checked, unchecked = (source(knowledge, tmp_path / name) for name in ("one", "other"))
    checked.check()
    told: list[str] = []
    asked = ASKED | {"progress": lambda stage, *_: told.append(stage)}
    assert checked.prepare(tmp_path / "a", **asked) == unchecked.prepare(tmp_path / "b", **ASKED)
    assert "looking up what the codes mean" not in told
    part = Slice(0, 0, 10)
    one, other = (read_slice(tmp_path / name, part) for name in ("a", "b"))
    assert {name: rows.to_pylist() for name, rows in one.items()} == {
        name: rows.to_pylist() for name, rows in other.items()
    }
