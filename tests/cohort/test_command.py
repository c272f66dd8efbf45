"""``opentrd cohort`` as its user meets it: what it says, what it leaves, how it ends."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from opentrd.cohort.tables import FILES
from opentrd.errors import InputError
from tests.cohort.populations import command as run
from tests.cohort.populations import simulated

PERSONS = 600
SAMPLE = Path(__file__).parents[3] / "shared" / "omop_sample"
TWO = ("--definition", "sforzini_2022", "--definition", "fife_2018")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulated(tmp_path_factory, PERSONS, "omop")


def test_it_says_how_many_and_leaves_the_folder_of_results(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "results"
    done = run(str(source), "--out", str(out), *TWO, "--truth", str(source))
    assert done.exit_code == 0, done.output
    assert "treated for depression" in done.output
    assert "EU-PEARL" in done.output and "Fife" in done.output
    assert "resistant of those found" in " ".join(done.output.split())
    names = {path.name for path in out.iterdir()}
    assert names >= {*FILES.values(), "cohort.parquet", "cohort_definition.csv", "attrition.csv"}
    assert names >= {"settings.json", "report.html", "validity.csv"} and ".work" not in names
    assert "care_gaps.csv" not in names
    settings = json.loads((out / "settings.json").read_text())
    assert settings["definitions"] == ["fife_2018", "sforzini_2022"] and not settings["staging"]
    cohort = pq.read_table(out / "cohort.parquet")
    assert cohort.schema.names == [
        "cohort_definition_id",
        "subject_id",
        "cohort_start_date",
        "cohort_end_date",
    ]
    met = {
        (row["definition"], row["person_id"])
        for row in pq.read_table(out / "status.parquet").to_pylist()
        if row["verdict"] == "met"
    }
    assert cohort.num_rows == len(met) > 0


def test_persons_are_listed_only_where_asked(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "results"
    compare = ("--compare", "fife_2018", "--compare", "sforzini_2022", "--list-persons")
    done = run(str(source), "--out", str(out), "--definition", "fife_2018", *compare, "--language", "es")
    assert done.exit_code == 0, done.output
    assert {"care_gaps.csv", "differences.csv"} <= {path.name for path in out.iterdir()}
    assert 'lang="es"' in (out / "report.html").read_text()


def test_results_of_two_runs_never_lie_side_by_side(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "results"
    compare = ("--compare", "fife_2018", "--compare", "sforzini_2022", "--list-persons")
    done = run(str(source), "--out", str(out), *TWO, *compare, "--truth", str(source))
    assert done.exit_code == 0, done.output
    settings = json.loads((out / "settings.json").read_text())
    assert settings["compare"] == ["fife_2018", "sforzini_2022"]
    assert settings["list_persons"] is settings["truth"] is True
    assert {"care_gaps.csv", "differences.csv", "validity.csv"} <= {path.name for path in out.iterdir()}
    done = run(str(source), "--out", str(out), *TWO)
    assert done.exit_code == 0, done.output
    settings = json.loads((out / "settings.json").read_text())
    assert (settings["compare"], settings["list_persons"], settings["truth"]) == ([], False, False)
    fresh = tmp_path / "fresh"
    assert run(str(source), "--out", str(fresh), *TWO).exit_code == 0
    assert {path.name for path in out.iterdir()} == {path.name for path in fresh.iterdir()}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--definition", "no_such"), "no_such"),
        (("--compare", "no_such"), "no_such"),
        (("--compare", "fife_2018"), "two or more"),
        (("--compare", "fife_2018", "--compare", "fife_2018"), "two or more"),
        (("--engine", "spark"), "--as-of DATE"),
        (("--as-of", "yesterday"), "yesterday"),
        (("--instrument", "no_such"), "no_such"),
    ],
)
def test_wrong_options_end_with_two(
    source: Path, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    done = run(str(source), "--out", str(tmp_path / "out"), *options)
    assert done.exit_code == 2 and said in done.output
    assert not (tmp_path / "out").exists()


def test_a_source_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run(str(tmp_path / "empty"), "--out", str(tmp_path / "out"))
    assert isinstance(done.exception, InputError)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("language", ["en", "es"])
def test_where_nobody_was_treated_it_says_so_and_leaves_everything(
    source: Path, tmp_path: Path, language: str
) -> None:
    out = tmp_path / "results"
    early = ("--as-of", "1990-01-01", "--compare", "fife_2018", "--compare", "sforzini_2022")
    done = run(str(source), "--out", str(out), *early, "--language", language)
    assert done.exit_code == 0, done.output
    said = {"en": "Nobody in this source was treated", "es": "Nadie en esta fuente fue tratado"}[language]
    assert done.output.startswith(said)
    names = {path.name for path in out.iterdir()}
    assert names >= {*FILES.values(), "cohort.parquet", "attrition.csv", "summary.json", "settings.json"}
    page = (out / "report.html").read_text()
    assert said in page and 'id="attrition"' in page and 'id="flow"' not in page
    with (out / "attrition.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["persons"] for row in rows if row["step"] in ("treated", "met")} == {"0"}
    judged = json.loads((out / "settings.json").read_text())["definitions"]
    assert {row["definition"] for row in rows} == set(judged)


@pytest.mark.skipif(not SAMPLE.is_dir(), reason="the public sample is not there")
def test_a_public_sample_without_treatment(tmp_path: Path) -> None:
    done = run(str(SAMPLE), "--out", str(tmp_path / "results"))
    assert done.exit_code == 0, done.output
    assert done.output.startswith("Nobody in this source")


def test_a_day_after_everybody_was_last_seen_is_told(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "results"
    done = run(str(source), "--out", str(out), "--definition", "fife_2018", "--as-of", "2031-01-01")
    assert done.exit_code == 0, done.output
    said = "1 January 2031 lies after the last day on which anybody was seen"
    assert said in " ".join(done.output.split())
    assert said in (out / "report.html").read_text()
    done = run(str(source), "--out", str(out), "--definition", "fife_2018")
    assert "lies after" not in done.output


def test_names_in_the_terminal_are_in_the_language(source: Path, tmp_path: Path) -> None:
    done = run(str(source), "--out", str(tmp_path / "results"), *TWO, "--language", "es")
    assert "Consenso Delphi EU-PEARL (2022)" in done.output
    assert "consensus" not in done.output
