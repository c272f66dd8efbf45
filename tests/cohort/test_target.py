"""Nothing of a source, nor of anybody else, is overwritten by results or record tables."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from opentrd.cli import app
from opentrd.cohort.sources.opening import open_source
from opentrd.cohort.target import CONVERTING
from opentrd.errors import InputError
from opentrd.knowledge.loader import load
from tests.cohort.populations import put, shared_folder, simulated

PERSONS = 300


def run(*command: str) -> Result:
    return CliRunner().invoke(app, [*command, "--processes", "1"], env={"COLUMNS": "120"})


def contents(folder: Path) -> Mapping[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    there = shared_folder(tmp_path_factory) / "source-of-targets"
    if not there.exists():
        made = tmp_path_factory.mktemp("made") / "source"
        shutil.copytree(simulated(tmp_path_factory, PERSONS, "omop"), made)
        put(made, there)
    return there


def refused(done: Result, said: str) -> None:
    assert isinstance(done.exception, InputError), done.output
    assert said in str(done.exception) and "name a" in str(done.exception)


@pytest.mark.parametrize("command", ["cohort", "convert"])
@pytest.mark.parametrize("inside", ["", "results", "deep/er"])
def test_a_source_is_not_written_into(source: Path, command: str, inside: str) -> None:
    before = contents(source)
    refused(run(command, str(source), "--out", str(source / inside)), "the source")
    assert contents(source) == before


def test_a_link_to_the_source_is_the_source(source: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(source, target_is_directory=True)
    refused(run("cohort", str(source), "--out", str(link)), "the source itself")


@pytest.mark.parametrize("name", ["trials.parquet", "settings.json", "notes.txt"])
@pytest.mark.parametrize("command", ["cohort", "convert"])
def test_a_folder_of_others_is_left_alone(source: Path, tmp_path: Path, command: str, name: str) -> None:
    (tmp_path / name).write_text('{"mine": 1}')
    refused(run(command, str(source), "--out", str(tmp_path)), "the folder")
    assert contents(tmp_path) == {name: b'{"mine": 1}'}


def test_results_are_written_again(source: Path, tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").write_text("")
    for definition in ("fife_2018", "sforzini_2022"):
        done = run("cohort", str(source), "--out", str(tmp_path), "--definition", definition)
        assert done.exit_code == 0, done.output
    (tmp_path / "settings.json").unlink()
    refused(run("cohort", str(source), "--out", str(tmp_path)), "something else")


def test_record_tables_are_made_once_and_gone_on_with(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "tables"
    command = ("convert", str(source), "--out", str(out))
    assert run(*command).exit_code == 0
    before = contents(out)
    assert CONVERTING not in before
    refused(run(*command), "not empty")
    assert contents(out) == before


def test_a_conversion_that_was_stopped_goes_on(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "tables"
    command = ("convert", str(source), "--out", str(out))
    with monkeypatch.context() as stopped:
        stopped.setattr("opentrd.cohort.commands_source.end_tables", _stop)
        assert run(*command).exit_code != 0
    assert CONVERTING in contents(out)
    other = tmp_path / "other"
    other.mkdir()
    for path in out.glob("*.parquet"):
        (other / path.name).write_bytes(path.read_bytes())
    refused(run("convert", str(other), "--out", str(out)), "no unfinished work on this source")
    assert run(*command).exit_code == 0
    assert CONVERTING not in contents(out)


def _stop(_: Path) -> None:
    raise KeyboardInterrupt


def test_record_tables_keep_what_the_check_of_their_source_found(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """A third of the persons is not in the table person: the tables tell it as the source does."""
    broken, tables = tmp_path / "broken", tmp_path / "tables"
    shutil.copytree(simulated(tmp_path_factory, PERSONS, "omop"), broken)
    persons = pq.read_table(broken / "person.parquet")
    pq.write_table(persons.slice(PERSONS // 3), broken / "person.parquet")
    assert run("convert", str(broken), "--out", str(tables)).exit_code == 0
    found, again = (open_source(str(folder), load()).check() for folder in (broken, tables))
    warnings = [finding for finding in found if finding.level == "warning"]
    assert sum(finding.what == "source_found.stranger" for finding in warnings) > 2
    assert [finding for finding in again if finding.level == "warning"] == warnings
    told = run("cohort", str(tables), "--out", str(tmp_path / "results"), "--definition", "fife_2018")
    assert told.exit_code == 0, told.output
    said = " ".join(told.output.split())
    assert f"The check of the source has {len(warnings)} warnings" in said
    assert (
        "names persons who are not in the table person" in (tmp_path / "results" / "report.html").read_text()
    )
