"""Public records that nobody here wrote, where they lie beside the checkout; else nothing is tested."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from opentrd.errors import InputError
from opentrd.knowledge.loader import load
from opentrd.records.read import read
from tests.records.fhir.build import concept, daily, line, order, record, score_line

SHARED = Path(__file__).parents[4] / "shared"
FHIR = SHARED / "fhir"
ECQM = sorted((SHARED / "ecqm").glob("*/*.json"))
WRONG = SHARED / "codes" / "wrong_codes_seen.csv"
needs = pytest.mark.skipif(not FHIR.is_dir(), reason="the public records are not beside the checkout")


@needs
def test_the_large_bundle() -> None:
    path = next(FHIR.glob("synthea2019_milan*"))
    found = read(path, load())
    one = found.one()
    assert one.read + len(found.unused) == len(json.loads(path.read_bytes())["entry"]) + 30
    shown = [line(row) for row in one.exposures if row.treatment == "fluoxetine"]
    assert shown == [
        "fluoxetine order stopped 1993-01-09..? 25 mg/d ongoing=no",
        "fluoxetine order active 1993-01-17..? 25 mg/d",
    ]
    assert "cbt" in {row.treatment for row in one.exposures}
    assert "major_depression" in {row.concept for row in one.conditions}


@needs
def test_an_older_version_is_refused() -> None:
    with pytest.raises(InputError, match="DSTU2"):
        read(FHIR / "dstu2_ahrq_sertraline_phq9.json", load())


@needs
def test_single_examples() -> None:
    one = read(FHIR / "Observation-PHQ9-item-example-44261-6.json", load()).one()
    assert [score_line(row) for row in one.scores] == ["PHQ-9 2022-11-29 12"]
    one = read(FHIR / "QuestionnaireResponse-phq-9-example.json", load()).one()
    assert [row.value for row in one.scores] == [12.0]
    assert len(one.scores[0].items) == 9
    one = read(FHIR / "Observation-PHQ9-panel-example-44249-1.json", load()).one()
    assert [row.reason for row in one.unused] == ["no_value"]


@pytest.mark.parametrize("path", ECQM, ids=[path.stem[6:14] for path in ECQM])
def test_a_quality_measure_patient(path: Path) -> None:
    entries = json.loads(path.read_bytes())["entry"]
    contained = sum(len(entry["resource"].get("contained", ())) for entry in entries)
    found = read(path, load())
    assert len(found) == 1
    assert found.one().read + len(found.unused) == len(entries) + contained
    kinds = Counter(entry["resource"]["resourceType"] for entry in entries)
    medicines = [row for row in found.one().exposures if row.origin in ("order", "dispense")]
    assert len(medicines) == kinds["MedicationDispense"] + kinds["MedicationRequest"]
    assert all(row.treatment for row in medicines)


def _wrong() -> list[dict[str, str]]:
    if not WRONG.is_file():
        return []
    with WRONG.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["system"] == "RxNorm"]


@pytest.mark.parametrize("row", _wrong(), ids=[f"{row['code']} {row['shown_as'][:20]}" for row in _wrong()])
def test_codes_that_contradict_their_names(row: dict[str, str]) -> None:
    case = order(
        medicationCodeableConcept=concept(("RxNorm", row["code"], row["shown_as"])),
        dosageInstruction=[daily(1)],
    )
    found = record(case).exposures[0]
    shown = found.treatment or ""
    assert shown.split()[0] in row["shown_as"].lower()
    meant = row["true_meaning"].lower()
    code = load().by_code("RxNorm", row["code"])
    if code is not None and code.treatment != shown:
        assert found.doubt == code.treatment
        assert code.treatment.split("-")[0] in meant
    elif (
        code is not None
        and code.strength is not None
        and f"{code.strength:g} mg" not in row["shown_as"].lower()
    ):
        assert found.dose_low != found.dose_high or found.strength == code.strength
