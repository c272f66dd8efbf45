"""The command and what it writes: text, JSON and MeasureReports, with small counts hidden."""

import json
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from typer.testing import CliRunner

from opentrd.cli import app
from opentrd.cohort.measures.data import read
from opentrd.errors import InputError
from tests.measures.people import bundle

VISIT = {
    "what": "visit",
    "code": "telephone_visits",
    "from": "2025-06-21T08:00:00Z",
    "to": "2025-06-21T08:15:00Z",
}
NEGATIVE = {
    "what": "result",
    "code": "adult_screening",
    "from": "2025-06-21T08:01:00Z",
    "answer": "screening_negative",
}


def run(*arguments: object) -> str:
    """Run ``opentrd measures`` and return what it wrote."""
    done = CliRunner().invoke(app, ["measures", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """Twelve persons with a visit: three screened, nine not."""
    for number in range(12):
        text = bundle([VISIT, NEGATIVE] if number < 3 else [VISIT], {}).decode()
        text = text.replace('"Patient/p"', f'"Patient/p{number}"').replace('"id": "p"', f'"id": "p{number}"')
        (tmp_path / f"{number:02d}.json").write_text(text)
    return tmp_path


def rate(text: str) -> dict[str, Any]:
    """Return the only rate of a JSON answer."""
    (measure,) = json.loads(text)["measures"]
    (group,) = measure["groups"]
    return dict(group)


def test_small_counts_and_what_gives_them_away_are_hidden(clinic: Path) -> None:
    found = rate(run(clinic, "--period", 2025, "--measure", "CMS2", "--format", "json"))
    assert found["populations"]["initial-population"] == 12
    assert found["populations"]["numerator"] is None
    assert found["share"] is None


def test_what_was_read_does_not_tell_them(clinic: Path) -> None:
    """Three results that were used are the three who were screened."""
    asked = (clinic, "--period", 2025, "--measure", "CMS2", "--format", "json")
    hidden, listed = json.loads(run(*asked)), json.loads(run(*asked, "--list-persons"))
    assert told(listed) == {("Encounter", "used"): 12, ("Observation", "used"): 3}
    assert told(hidden) == {("Encounter", "used"): 12, ("Observation", "used"): None}


def test_of_many_resources_a_few_are_not_told_by_the_rest() -> None:
    shown = read({("Observation", "used"): 95, ("Observation", "in_no_value_set"): 3}, hide=True)
    assert [row["count"] for row in shown] == [None, None]


def told(data: dict[str, Any]) -> dict[tuple[str, str], int | None]:
    return {(row["resource"], row["result"]): row["count"] for row in data["read"]}


def test_text_says_that_counts_are_hidden_and_how_to_see_them(clinic: Path) -> None:
    text = run(clinic, "--period", 2025, "--measure", "CMS2")
    assert "not shown" in text
    assert "--list-persons" in text
    assert "p0" not in text


def test_listed_persons_are_shown_with_reasons_and_all_counts(clinic: Path) -> None:
    text = run(clinic, "--period", 2025, "--measure", "CMS2", "--list-persons")
    assert "3 of 12" in text
    assert "was negative" in text
    data = json.loads(run(clinic, "--period", 2025, "--format", "json", "--list-persons"))
    assert [person["person_id"] for person in data["listed"]] == sorted(f"p{n}" for n in range(12))
    assert not data["small_counts_hidden"]
    why = data["listed"][0]["measures"][0]["why"]
    assert {"population", "met", "text", "sources"} <= set(why[0])


def test_one_person_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_bytes(bundle([VISIT, NEGATIVE], {}))
    assert "1 of 1" in run(path, "--period", 2025, "--measure", "CMS2")


SCREENED = [NEGATIVE | {"from": "2020-06-21T08:01:00Z"}]
EARLIER = [VISIT | {"from": "2020-06-21T08:00:00Z", "to": "2020-06-21T08:15:00Z"}, *SCREENED]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([VISIT, NEGATIVE], []),
        ([NEGATIVE], ["without visits"]),
        (EARLIER, ["in the period (2025)"]),
        (SCREENED, ["without visits", "in the period (2025)"]),
    ],
    ids=["visits in the year", "no visit", "nothing in the year", "neither"],
)
def test_why_nobody_can_be_counted_is_said(
    rows: list[dict[str, str]], said: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "one.json"
    path.write_bytes(bundle(rows, {}))
    lacks = json.loads(run(path, "--period", 2025, "--format", "json"))["lacks"]
    assert len(lacks) == len(said)
    assert all(word in sentence for word, sentence in zip(said, lacks, strict=True))
    text = " ".join(run(path, "--period", 2025).split())
    assert all((word in text) == (word in said) for word in ("without visits", "in the period (2025)"))


def test_reports_are_valid_fhir_and_complete(clinic: Path, tmp_path: Path) -> None:
    """One for each person and measure, and a summary for each measure that adds them up."""
    out = tmp_path / "out" / "reports.json"
    out.parent.mkdir()
    run(clinic, "--period", 2025, "--format", "fhir", "--out", out)
    data = json.loads(out.read_text())
    made = Bundle.model_validate(data)
    reports = [entry["resource"] for entry in data["entry"]]
    assert len(made.entry or []) == 3 + 12 * 3
    assert len({report["id"] for report in reports}) == len(reports)
    own = [r for r in reports if "PCSDepression" in r["measure"]]
    (total,) = [r for r in own if r["type"] == "summary"]
    for place, population in enumerate(total["group"][0]["population"]):
        counts = [r["group"][0]["population"][place] for r in own if r["type"] == "individual"]
        assert population["count"] == sum(count["count"] for count in counts)
        assert {count["code"]["coding"][0]["code"] for count in counts} == {
            population["code"]["coding"][0]["code"]
        }
    assert total["group"][0]["measureScore"]["value"] == 0.25
    individual = next(r for r in own if r.get("subject") == {"reference": "Patient/p0"})
    assert {"reference": "Encounter/visit-1"} in individual["evaluatedResource"]


def test_the_two_rates_of_cms128_are_two_groups(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_bytes(bundle([], {}))
    data = json.loads(run(path, "--period", 2025, "--format", "fhir", "--measure", "CMS128"))
    assert [len(entry["resource"]["group"]) for entry in data["entry"]] == [2, 2]


def test_spanish_says_it_too(clinic: Path) -> None:
    text = run(clinic, "--period", 2025, "--measure", "CMS2", "--list-persons", "--language", "es")
    assert "población inicial" in text
    assert "fue negativo" in text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"from": "yesterday"}, "period.start"),
        ({"to": "2025-13-01"}, "period.end"),
    ],
)
def test_a_broken_date_names_file_resource_and_field(
    tmp_path: Path, change: dict[str, str], field: str
) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(bundle([VISIT | change], {}))
    with pytest.raises(InputError, match=rf"broken\.json.*Encounter/visit-1.*{field}"):
        CliRunner().invoke(app, ["measures", str(path), "--period", "2025"], catch_exceptions=False)


def test_a_source_without_fhir_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text("what,start\nsertraline,2025-01-01\n")
    done = CliRunner().invoke(app, ["measures", str(path), "--period", "2025"])
    assert done.exit_code != 0


def test_a_measure_that_there_is_not_is_named() -> None:
    done = CliRunner().invoke(app, ["measures", "-", "--period", "2025", "--measure", "CMS1"])
    assert done.exit_code == 2
    assert "CMS128" in done.stderr
