"""The official test patients of the three measures, where they lie beside the checkout."""

import json
from pathlib import Path

import pytest

from opentrd.cohort.measures.data import counted
from opentrd.cohort.measures.measures import Measures
from opentrd.cohort.measures.reading import Reading
from opentrd.knowledge.loader import load

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "ecqm"
MEASURES = {
    "AntidepressantMedicationManagementFHIR": "CMS128",
    "DepressionRemissionatTwelveMonthsFHIR": "CMS159",
    "PCSDepressionScreenAndFollowUpFHIR": "CMS2",
}
PATIENTS = sorted(path for name in MEASURES for path in (FOLDER / name).glob("*.json"))
#: So many lie in the folder; fewer would mean that some were not found.
EXPECTED = 49


def report_of(path: Path) -> dict[str, object]:
    """Return the MeasureReport in a Bundle."""
    entries = json.loads(path.read_text())["entry"]
    (report,) = [e["resource"] for e in entries if e["resource"]["resourceType"] == "MeasureReport"]
    return dict(report)


@pytest.mark.skipif(not FOLDER.exists(), reason="the official patients are not beside this checkout")
def test_all_are_found() -> None:
    assert len(PATIENTS) == EXPECTED


@pytest.mark.parametrize("path", PATIENTS, ids=lambda path: f"{MEASURES[path.parent.name]} {path.stem[6:14]}")
def test_patient(path: Path) -> None:
    """Every population of every group is as published."""
    report = report_of(path)
    expected = [
        {population["code"]["coding"][0]["code"]: population["count"] for population in group["population"]}
        for group in report["group"]  # type: ignore[attr-defined]
    ]
    (person,) = Reading(load()).read(path)
    (judged,) = Measures(load(), 2025, [MEASURES[path.parent.name]]).judge(person)
    assert [counted(judged, group, load()) for group in range(1, len(expected) + 1)] == expected
