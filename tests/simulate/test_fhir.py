"""The FHIR form: valid R4, and the same record as the OMOP form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fhir.resources.R4B import get_fhir_model_class

from tests.simulate.test_people import made

PERSONS = 120
SAMPLE = 150


@pytest.fixture(scope="module")
def fhir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("fhir"), PERSONS, processes=1, form="fhir")


@pytest.fixture(scope="module")
def omop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("omop"), PERSONS, processes=1)


def resources(folder: Path, kind: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{kind}.ndjson").read_text().splitlines()]


KINDS = ("Patient", "Condition", "MedicationRequest", "MedicationDispense", "Observation", "Procedure")


@pytest.mark.parametrize("kind", KINDS)
def test_resources_are_valid_r4(kind: str, fhir: Path) -> None:
    found = resources(fhir, kind)
    assert len(found) > 5
    for resource in found[:SAMPLE]:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    assert len({resource["id"] for resource in found}) == len(found)


def test_both_forms_hold_the_same_record(fhir: Path, omop: Path) -> None:
    """Persons, products, days, amounts, scores: line by line."""

    def omop_rows(table: str, *columns: str) -> list[tuple[Any, ...]]:
        path = omop / table
        found = pq.read_table(path if path.is_dir() else path.with_suffix(".parquet"), columns=list(columns))
        return sorted(zip(*(found.column(name).to_pylist() for name in columns), strict=True), key=repr)

    def person(resource: dict[str, Any]) -> int:
        return int(resource["subject"]["reference"].removeprefix("Patient/"))

    lines = []
    for one in (*resources(fhir, "MedicationRequest"), *resources(fhir, "MedicationDispense")):
        amounts = one.get("dispenseRequest", one)
        days = amounts.get("daysSupply") or amounts.get("expectedSupplyDuration") or {}
        words = one.get("dosageInstruction", [{}])[0].get("text")
        day = one.get("whenHandedOver") or one["authoredOn"]
        code = one["medicationCodeableConcept"]["coding"][0]["code"]
        lines.append(
            (person(one), day, code, amounts.get("quantity", {}).get("value"), days.get("value"), words)
        )
    told = omop_rows(
        "drug_exposure",
        "person_id",
        "drug_exposure_start_date",
        "drug_source_value",
        "quantity",
        "days_supply",
        "sig",
    )
    assert sorted(lines, key=repr) == sorted(((row[0], str(row[1]), *row[2:]) for row in told), key=repr)
    scores = sorted(
        (person(one), one["effectiveDateTime"], float(one["valueInteger"]))
        for one in resources(fhir, "Observation")
    )
    measured = omop_rows("measurement", "person_id", "measurement_date", "value_as_number")
    assert scores == sorted((row[0], str(row[1]), row[2]) for row in measured)
    assert (fhir / "truth.parquet").read_bytes() == (omop / "truth.parquet").read_bytes()


def test_an_open_order_is_active_and_says_its_dose(fhir: Path) -> None:
    active = [one for one in resources(fhir, "MedicationRequest") if one["status"] == "active"]
    assert active
    assert not any("expectedSupplyDuration" in one.get("dispenseRequest", {}) for one in active)
