"""Whose a line is: every way to name a person leads to the bucket in which the reader finds the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from opentrd.records.bulk.convert import bucket_count
from opentrd.records.read import read
from tests.records.bulk.exports import J, converted, export, nobody, of_tables
from tests.records.fhir.build import (
    SERTRALINE_50,
    bundle,
    concept,
    dispense,
    observation,
    order,
    patient,
    resource,
)
from tests.spec.rows import KNOWLEDGE

#: So little memory that each bucket takes a few lines.
FEW_BYTES: Any = 0.0004
OTHER = patient(id="q", birthDate="1970-01-01")
MEDICATION = {"resourceType": "Medication", "id": "m", "code": concept(SERTRALINE_50)}
BY_REFERENCE = {"medicationCodeableConcept": None, "medicationReference": {"reference": "Medication/m"}}


def named(person: J, number: int = 0) -> J:
    return order(id=f"o{number}", subject=person)


CASES: dict[str, list[J]] = {
    "type and id": [named({"reference": "Patient/p"})],
    "full address": [named({"reference": "https://fhir.example/r4/Patient/p"})],
    "a version": [named({"reference": "Patient/p/_history/3"})],
    "urn": [named({"reference": "urn:uuid:p"})],
    "id alone": [named({"reference": "p"})],
    "slashes escaped": [named({"reference": "Patient/p"})],
    "nobody": [order(subject=None)],
    "a group": [named({"reference": "Group/g"})],
    "a thing": [named({"reference": "Device/d"})],
    "a person without a patient": [named({"reference": "Patient/unknown"})],
    "only referred to": [resource("Immunization", subject=None, patient={"reference": "Patient/stranger"})],
    "a contained patient": [
        order(subject={"reference": "#in"}, contained=[{"resourceType": "Patient", "id": "in"}])
    ],
    "a contained group": [
        order(subject={"reference": "#in"}, contained=[{"resourceType": "Group", "id": "in"}])
    ],
    "an identifier": [
        patient(id="r", identifier=[{"system": "urn:n", "value": "77"}]),
        named({"identifier": {"system": "urn:n", "value": "77"}}),
        named({"identifier": {"system": "urn:n", "value": "78"}}, 2),
    ],
    "replaced by": [
        patient(id="old", link=[{"type": "replaced-by", "other": {"reference": "Patient/p"}}]),
        named({"reference": "Patient/old"}),
    ],
    "replaces, told in a later file": [
        named({"reference": "Patient/x"}),
        observation("44261-6", id="z", valueInteger=9, subject={"reference": "Patient/y"}),
        patient(id="y", birthDate=None, link=[{"type": "replaces", "other": {"reference": "Patient/x"}}]),
    ],
    "a medication of two": [
        MEDICATION,
        order(id="o1", **BY_REFERENCE),
        order(id="o2", subject={"reference": "Patient/q"}, **BY_REFERENCE),
    ],
    "a medication by full address": [
        MEDICATION,
        order(id="o1", **(BY_REFERENCE | {"medicationReference": {"reference": "https://x.example/Medication/m"}})),
    ],
    "two versions of a medication": [
        MEDICATION | {"meta": {"versionId": "1"}},
        MEDICATION | {"meta": {"versionId": "2"}, "code": concept(text="mirtazapine 15 mg tablet")},
        order(id="o1", **BY_REFERENCE),
    ],
    "a medication of none": [MEDICATION],
    "the same line twice": [named({"reference": "Patient/p"}), named({"reference": "Patient/p"})],
    "an organization twice": [{"resourceType": "Organization", "id": "g"}] * 2,
    "a relative": [
        {"resourceType": "RelatedPerson", "id": "mother", "patient": {"reference": "Patient/p"}},
        resource("MedicationStatement", status="active", medicationCodeableConcept=concept(SERTRALINE_50),
                 informationSource={"reference": "RelatedPerson/mother"}),
    ],
    "without ids": [
        order(id=None),
        order(id=None, subject={"reference": "Patient/q"}),
        dispense(id=None),
        dispense(id=None, whenHandedOver="2024-02-12"),
    ],
    "a bundle in a line": [bundle(patient(id="s"), order(id="o1", subject={"reference": "Patient/s"}))],
    "deletions in a line": [
        named({"reference": "Patient/p"}, 1),
        named({"reference": "Patient/q"}, 2),
        *[
            {
                "resourceType": "Bundle",
                "type": "transaction",
                "entry": [{"request": {"method": "DELETE", "url": f"MedicationRequest/o{number}"}}],
            }
            for number in (1, 3)
        ],
    ],
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("memory_mb", [500, FEW_BYTES], ids=["one bucket", "many buckets"])
def test_as_read_whole(case: str, memory_mb: Any, tmp_path: Path) -> None:
    source = export(tmp_path / "export", [patient(), OTHER, *CASES[case]])
    if case == "slashes escaped":
        path = source / "MedicationRequest.000.ndjson"
        path.write_text(path.read_text().replace("/", "\\/"))
    whole = read(source, KNOWLEDGE)
    out = converted(source, tmp_path / "out", memory_mb=memory_mb)
    assert of_tables(tmp_path / "out") == list(whole)
    assert nobody(tmp_path / "out") == [msgspec.structs.asdict(row) for row in whole.unused]
    unused = sum(sum(reasons.values()) for reasons in out.unused.values())
    assert sum(out.read.values()) == sum(len(record.used) for record in whole) + unused


def test_many_buckets_are_many() -> None:
    assert bucket_count(5_000, FEW_BYTES, 1) >= 10


def test_addresses_within_a_bundle(tmp_path: Path) -> None:
    """A bundle as a file, its lines naming each other by full address, beside others."""
    folder = tmp_path / "export"
    folder.mkdir()
    for name in ("a", "b"):
        inside = bundle(
            patient(id=f"p{name}"),
            MEDICATION | {"id": f"m{name}"},
            order(
                id=f"o{name}",
                subject={"reference": "urn:uuid:1"},
                **(BY_REFERENCE | {"medicationReference": {"reference": "urn:uuid:2"}}),
            ),
        )
        for number, entry in enumerate(inside["entry"], start=1):
            entry["fullUrl"] = f"urn:uuid:{number}"
        text = json.dumps(inside, indent=2).replace("urn:uuid:", f"urn:uuid:{name}")
        (folder / f"{name}.json").write_text(text)
    whole = read(folder, KNOWLEDGE)
    converted(folder, tmp_path / "out", memory_mb=FEW_BYTES)
    assert [record.person.person_id for record in whole] == ["pa", "pb"]
    assert [len(record.exposures) for record in whole] == [1, 1]
    assert of_tables(tmp_path / "out") == list(whole)
