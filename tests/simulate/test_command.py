"""The command ``opentrd simulate``: what it leaves, what it says, what it refuses."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest

from opentrd.cohort.measures.reading import Reading
from opentrd.errors import InputError
from opentrd.knowledge.loader import load
from opentrd.records.read import read
from opentrd.simulate.chance import BLOCK
from opentrd.simulate.command import ABOUT, run
from opentrd.simulate.course.weeks import run_course
from opentrd.simulate.keeping.record import keep
from opentrd.simulate.parameters import parameters, switches
from opentrd.simulate.products import medicines
from opentrd.simulate.sizing import weeks_for


def test_it_says_what_it_made_and_keeps_what_it_was_made_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new"
    run(load(), out, persons=50, seed=3, form="omop", quality="high", without=("all",), processes=1)
    said = capsys.readouterr().out
    about = msgspec.yaml.decode((out / ABOUT).read_bytes())
    truth = pq.read_table(out / "truth.parquet")
    assert about["seed"] == 3 and about["quality"] == "high"
    assert about["without"] == list(switches(load()))
    assert about["rows"]["person"] == 50
    assert about["resistant"] == sum(truth.column("resistant").to_pylist())
    assert "50 simulated persons" in said and f"{about['resistant']:,} of them" in said
    assert not list(out.rglob("*.unfinished"))


def test_a_folder_of_fhir_is_read_as_it_is(tmp_path: Path) -> None:
    out = tmp_path / "new"
    run(load(), out, persons=20, seed=3, form="fhir", quality="high", processes=1)
    found = read(out, load())
    assert len(found) == 20
    assert ABOUT in {line.source_id for line in found.unused if line.reason == "not_a_record"}
    assert len(list(Reading(load()).read(out))) == 20


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        run(load(), tmp_path, persons=10, seed=1, form="omop", quality="low")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_switch_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"duplicate.*there are .*duplicates"):
        run(load(), tmp_path / "x", persons=10, seed=1, form="omop", quality="low", without=("duplicate",))
    assert not (tmp_path / "x").exists()


def test_records_are_made_long_enough_for_so_many_lines() -> None:
    knowledge, m = load(), medicines(load())
    weeks = weeks_for(knowledge, 5, 2, "high", ())
    p = parameters(knowledge, "high", weeks=weeks)
    lines = len(keep(run_course(2, 0, p, m), p, m, 2, 0).lines)
    assert 4.5 < lines / BLOCK < 5.5
