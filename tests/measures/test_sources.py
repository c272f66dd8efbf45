"""The same persons whatever they come in: a Bundle, NDJSON, folders, an export that is read in parts."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from opentrd.cohort.measures.measures import Measures
from opentrd.cohort.measures.model import Judged
from opentrd.cohort.measures.reading import Reading
from opentrd.errors import InputError
from opentrd.knowledge.loader import load
from tests.measures.people import bundle

Json = dict[str, Any]
DISPENSES = [
    {"what": "dispense", "code": "antidepressant_medication", "from": "2025-01-01", "days": "84"},
    {"what": "diagnosis", "code": "major_depression", "from": "2025-01-01"},
    {"what": "visit", "code": "office_visit", "from": "2025-01-01T08:00:00Z", "to": "2025-01-01T09:00:00Z"},
]


def people(count: int = 20) -> list[list[Json]]:
    """Return the resources of some persons, the medicine of every second one by reference."""
    out = []
    for number in range(count):
        rows = [dict(DISPENSES[0], days=str(80 + number % 8)), *DISPENSES[1:]]
        text = bundle(rows, {}).decode().replace('"Patient/p"', f'"Patient/p{number:02d}"')
        resources = [entry["resource"] for entry in json.loads(text)["entry"]]
        for resource in resources:
            resource["id"] = f"p{number:02d}" if resource["id"] == "p" else f"{resource['id']}-{number}"
            if number % 2 and resource["resourceType"] == "MedicationDispense":
                concept = resource.pop("medicationCodeableConcept")
                resource["medicationReference"] = {"reference": "Medication/shared"}
                medication = {"resourceType": "Medication", "id": "shared", "code": concept}
        out.append(resources)
    out[1].append(medication)
    return out


def judged(source: Path, large: int = 10**9) -> tuple[dict[str, list[Judged]], Counter[tuple[str, str]]]:
    """Return what all measures say of the persons of a source, and the account."""
    reading = Reading(load(), large)
    measures = Measures(load(), 2025, ["CMS128", "CMS159", "CMS2"])
    found = {person.person_id: list(measures.judge(person)) for person in reading.read(source)}
    return found, reading.account


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[Judged]]]:
    """Return a file of all persons as one Bundle, and what is said of them."""
    path = tmp_path_factory.mktemp("whole") / "all.json"
    entries = [{"resource": resource} for each in people() for resource in each]
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    found, _ = judged(path)
    assert sum(group["numerator"] for each in found.values() for group in each[0].groups) == 8
    return path, found


def export(folder: Path) -> Path:
    """Write the persons as a server exports them: a file of lines for each resource type."""
    lines: dict[str, list[str]] = {}
    for each in people():
        for resource in each:
            lines.setdefault(resource["resourceType"], []).append(json.dumps(resource))
    for kind, texts in lines.items():
        (folder / f"{kind}.ndjson").write_text("\n".join(texts) + "\n")
    return folder


@pytest.mark.parametrize("large", [10**9, 0], ids=["at once", "in parts"])
def test_an_export(whole: tuple[Path, dict[str, list[Judged]]], tmp_path: Path, large: int) -> None:
    found, account = judged(export(tmp_path), large)
    assert found == whole[1]
    assert account["MedicationDispense", "used"] == 20
    assert account["Medication", "looked_up"] == 1


def test_both_ways_account_for_the_same(tmp_path: Path) -> None:
    folder = export(tmp_path)
    assert judged(folder)[1] == judged(folder, 0)[1]


def test_a_folder_of_bundles(whole: tuple[Path, dict[str, list[Judged]]], tmp_path: Path) -> None:
    for number, each in enumerate(people()):
        entries = [{"resource": resource} for resource in each]
        text = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})
        (tmp_path / f"{number}.json").write_text(text)
    assert judged(tmp_path)[0] == whole[1]


@pytest.mark.parametrize("large", [10**9, 0], ids=["at once", "in parts"])
def test_a_line_for_a_person_on_another_server_is_not_adopted(tmp_path: Path, large: int) -> None:
    rows = [*DISPENSES, {"what": "referral", "code": "hospice_care_ambulatory", "from": "2025-01-04"}]
    resources = [entry["resource"] for entry in json.loads(bundle(rows, {}))["entry"]]
    resources[-1]["subject"]["reference"] = "https://elsewhere.example/fhir/Patient/77"
    (tmp_path / "all.ndjson").write_text("\n".join(map(json.dumps, resources)))
    found, account = judged(tmp_path, large)
    assert [group["denominator-exclusion"] for group in found["p"][0].groups] == [False, False]
    assert account["ServiceRequest", "no_patient"] == 1


def test_in_a_bundle_it_is_adopted_and_said(tmp_path: Path) -> None:
    rows = [*DISPENSES, {"what": "referral", "code": "hospice_care_ambulatory", "from": "2025-01-04"}]
    text = bundle(rows, {}).decode().rpartition('"Patient/p"')
    path = tmp_path / "one.json"
    path.write_text('"https://elsewhere.example/fhir/Patient/77"'.join((text[0], text[2])))
    (person,) = Reading(load()).read(path)
    assert person.adopted == ("ServiceRequest/referral-1",)


def test_an_omop_cdm_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "person.csv").write_text("person_id,gender_concept_id,year_of_birth\n1,8507,1980\n")
    (tmp_path / "drug_exposure.csv").write_text("drug_exposure_id,person_id,drug_concept_id\n1,1,739138\n")
    with pytest.raises(InputError, match=r"OMOP CDM keep no statuses.*docs/measures\.md"):
        judged(tmp_path)


@pytest.mark.parametrize("large", [10**9, 0], ids=["at once", "in parts"])
def test_nobody_is_an_error(tmp_path: Path, large: int) -> None:
    (tmp_path / "x.ndjson").write_text('{"resourceType": "Medication", "id": "m"}\n')
    with pytest.raises(InputError):
        judged(tmp_path, large)
