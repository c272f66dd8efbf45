"""A run for verdicts alone: the same verdicts as a run with everything, and nothing that needs trials."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import Result

from opentrd.cohort.tables import FILES, VERDICTS
from tests.cohort.populations import command, results, simulated

PERSONS = 2000
#: Columns of persons that tell of trials.
OF_TRIALS = ["first_treatment", "last_treatment"]
UNLIKE = set(FILES) - set(VERDICTS)


def run(source: Path, out: Path, *options: str) -> Result:
    return command(str(source), "--out", str(out), *options)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulated(tmp_path_factory, PERSONS, "omop")


@pytest.fixture(scope="module")
def alone(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("verdicts") / "results"
    done = run(source, out, "--verdicts-only")
    assert done.exit_code == 0, done.output
    return out


def test_the_verdicts_are_those_of_a_run_with_everything(
    alone: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    everything = results(tmp_path_factory, PERSONS, "omop")
    for table in VERDICTS:
        one, all_ = (pq.read_table(folder / FILES[table]) for folder in (alone, everything))
        if table == "person":
            assert all(one.column(name).null_count == one.num_rows for name in OF_TRIALS)
            one, all_ = one.drop_columns(OF_TRIALS), all_.drop_columns(OF_TRIALS)
        assert one.num_rows > 0 and one.equals(all_), table
    assert pq.read_table(alone / "cohort.parquet").equals(pq.read_table(everything / "cohort.parquet"))


def test_it_leaves_no_table_of_trials_and_says_so(alone: Path) -> None:
    names = {path.name for path in alone.iterdir()}
    assert names >= {"report.html", "attrition.csv", "summary.json", *(FILES[table] for table in VERDICTS)}
    assert not names & {FILES[table] for table in UNLIKE}
    page = (alone / "report.html").read_text()
    assert 'id="sizes"' in page and 'id="overlap"' in page and 'id="flow"' not in page
    assert "This run judged verdicts alone" in page
    assert json.loads((alone / "settings.json").read_text())["trials"] is False
    sums = json.loads((alone / "summary.json").read_text())
    assert sums["flow"] is sums["following"] is None and sums["treated"] > 0


def test_tables_of_an_earlier_run_do_not_stay(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "results"
    asked = ("--definition", "fabbri_2021")
    assert run(source, out, *asked).exit_code == 0
    assert (out / FILES["trial"]).exists()
    assert run(source, out, *asked, "--verdicts-only").exit_code == 0
    assert not any((out / FILES[table]).exists() for table in UNLIKE)
    assert run(source, out, *asked).exit_code == 0
    assert all((out / file).exists() for file in FILES.values())


@pytest.mark.parametrize(
    "option",
    [
        ("--staging",),
        ("--list-persons",),
        ("--truth", "somewhere"),
        ("--compare", "fife_2018", "--compare", "sforzini_2022"),
    ],
)
def test_what_needs_trials_cannot_be_asked_for_beside_it(
    source: Path, tmp_path: Path, option: tuple[str, ...]
) -> None:
    done = run(source, tmp_path / "out", "--verdicts-only", *option)
    assert done.exit_code == 2 and option[0] in done.output
    assert not (tmp_path / "out").exists()
