"""Forms of input, whose each resource is, what happens to repeated ones, and what is refused."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from opentrd.errors import InputError
from opentrd.knowledge.loader import load
from opentrd.records.read import Records, read
from tests.records.fhir.build import (
    J,
    bundle,
    concept,
    observation,
    order,
    patient,
    reasons,
    record,
    resource,
)


def text(one: object) -> bytes:
    return json.dumps(one).encode()


def of(one: object) -> Records:
    return read(text(one) if not isinstance(one, bytes) else one, load())


PERSON = [patient(), order(), observation("44261-6", valueInteger=9)]
NDJSON = b"\n".join(text(one) for one in PERSON)


@pytest.mark.parametrize("kind", ["searchset", "transaction", "collection", "document", "history", "batch"])
def test_a_bundle_of_any_type(kind: str) -> None:
    assert len(of(bundle(*PERSON, kind=kind)).one().exposures) == 1


@pytest.mark.parametrize(
    "data",
    [
        text(bundle(*PERSON)),
        json.dumps(bundle(*PERSON), indent=2).encode(),
        b"\xef\xbb\xbf" + text(bundle(*PERSON)),
        text(bundle(bundle(*PERSON))),
        text(dict(reversed(bundle(*PERSON).items()))),
        NDJSON,
        NDJSON + b"\n\n",
        b"\xef\xbb\xbf" + NDJSON.replace(b"\n", b"\r\n"),
        gzip.compress(NDJSON, mtime=0),
        gzip.compress(text(bundle(*PERSON)), mtime=0),
        text(bundle(*PERSON[:2])) + b"\n" + text(bundle(PERSON[2])),
        text(bundle(*PERSON)).replace(b'{"resource"', b'\n{"resource"'),
    ],
    ids=[
        "one line",
        "indented",
        "mark",
        "nested",
        "reversed",
        "lines",
        "empty lines",
        "crlf",
        "gz",
        "gz bundle",
        "bundles",
        "a line for each entry",
    ],
)
def test_forms(data: bytes) -> None:
    one = of(data).one()
    assert (len(one.exposures), len(one.scores), one.read) == (1, 1, 3)


def test_one_resource_alone() -> None:
    one = of(order()).one()
    assert one.person.person_id == "p"
    assert one.used == ["MedicationRequest/m1"]


def test_an_open_file_and_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(read(io.BytesIO(NDJSON), load()).one().exposures) == 1
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(NDJSON)))
    assert len(read("-", load()).one().exposures) == 1


def test_a_folder_of_a_bulk_export(tmp_path: Path) -> None:
    (tmp_path / "Patient.ndjson").write_bytes(text(patient()))
    (tmp_path / "MedicationRequest.ndjson.gz").write_bytes(gzip.compress(text(order())))
    (tmp_path / "manifest.json").write_bytes(text({"transactionTime": "2024-01-01T00:00:00Z", "output": []}))
    (tmp_path / "README.md").write_text("about")
    (tmp_path / ".hidden").write_text("x")
    found = read(tmp_path, load())
    assert len(found.one().exposures) == 1
    everything = [*found.unused, *found.one().unused]
    assert sorted(row.reason for row in everything) == ["export_manifest", "not_a_record"]


def test_a_resource_type_that_nobody_knows_is_listed() -> None:
    own = {"resourceType": "VendorNote", "id": "v", "subject": {"reference": "Patient/p"}}
    for case in (bundle(*PERSON, own), NDJSON + b"\n" + text(own)):
        one = of(case).one()
        assert len(one.exposures) == 1
        assert [(row.source_id, row.reason) for row in one.unused] == [("VendorNote/v", "unknown_resource")]


def test_several_persons() -> None:
    other = order(id="m2", subject={"reference": "Patient/q"})
    found = of(bundle(patient(), patient(id="q"), order(), other, resource("Goal", id="g", subject=None)))
    assert [one.person.person_id for one in found] == ["p", "q"]
    assert [[row.source_ids for row in one.exposures] for one in found] == [
        [("MedicationRequest/m1",)],
        [("MedicationRequest/m2",)],
    ]
    assert [(row.source_id, row.reason) for row in found.unused] == [("Goal/g", "not_relevant_resource")]
    with pytest.raises(InputError, match="2 persons"):
        found.one()


def test_somebody_only_referred_to() -> None:
    visit = resource("Encounter", status="finished", subject={"reference": "Patient/else"})
    found = of(bundle(patient(), order(), visit))
    assert found.one().person.person_id == "p"
    assert [row.source_id for row in found.unused] == ["Encounter/e1"]
    assert len(of(bundle(patient(), order(subject={"reference": "Patient/else"})))) == 2


def test_without_a_subject_it_is_the_only_persons() -> None:
    assert len(record(order(subject=None)).exposures) == 1
    found = of(bundle(patient(), patient(id="q"), order(subject=None)))
    assert [row.reason for row in found.unused] == ["no_subject"]


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/p",
        "Patient/p/_history/3",
        "http://x.org/fhir/Patient/p",
        "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
    ],
)
def test_references_to_the_person(reference: str) -> None:
    case = bundle(patient(), order(subject={"reference": reference}))
    case["entry"][0]["fullUrl"] = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
    assert len(of(case).one().exposures) == 1


def test_a_person_by_identifier() -> None:
    number = {"system": "http://x.org/mrn", "value": "77"}
    case = bundle(patient(identifier=[number]), patient(id="q"), order(subject={"identifier": number}))
    assert [len(one.exposures) for one in of(case)] == [1, 0]


def test_a_person_under_two_ids() -> None:
    old = patient(id="old", link=[{"other": {"reference": "Patient/p"}, "type": "replaced-by"}])
    one = of(bundle(patient(), old, order(subject={"reference": "Patient/old"}))).one()
    assert (one.person.person_id, len(one.exposures)) == ("p", 1)


def test_about_a_group_or_a_thing() -> None:
    group = order(subject={"reference": "Group/g"})
    place = observation("2951-2", subject={"reference": "Location/l"})
    found = of(bundle(patient(), group, place))
    assert sorted(row.reason for row in found.unused) == ["group_subject", "other_subject"]


def test_a_repeated_resource_is_a_duplicate() -> None:
    found = record(order(), order())
    assert len(found.exposures) == 1
    assert [(row.source_id, row.reason) for row in found.unused] == [("MedicationRequest/m1", "duplicate")]
    assert found.read == 3


def test_the_newest_version_counts() -> None:
    old = order(status="active") | {"meta": {"versionId": "9", "lastUpdated": "2024-01-10T00:00:00Z"}}
    new = order(status="stopped") | {"meta": {"versionId": "10", "lastUpdated": "2024-02-10T00:00:00Z"}}
    for case in ((old, new), (new, old)):
        found = record(*case)
        assert [row.status for row in found.exposures] == ["stopped"]
        assert list(reasons(found).values()) == ["superseded"]


def test_what_was_deleted_is_gone() -> None:
    case = bundle(patient(), order(), kind="history")
    case["entry"].append({"request": {"method": "DELETE", "url": "MedicationRequest/m1"}})
    one = of(case).one()
    assert not one.exposures
    assert sorted(reasons(one).values()) == ["deleted", "no_resource"]


def test_an_entry_without_a_resource_and_a_next_page() -> None:
    case = bundle(patient(), order())
    case["entry"].append({"fullUrl": "urn:uuid:1"})
    case["link"] = [{"relation": "next", "url": "http://x.org/2"}]
    assert sorted(reasons(of(case).one()).values()) == ["more_pages", "no_resource"]


def test_contained_resources_are_read_too() -> None:
    score = {key: value for key, value in observation("44261-6", valueInteger=9).items() if key != "subject"}
    found = record(resource("DiagnosticReport", id="d", status="final", contained=[score]))
    assert [row.source_ids for row in found.scores] == [("DiagnosticReport/d#o1",)]
    assert reasons(found) == {"DiagnosticReport/d": "not_relevant_resource"}


REFUSED: list[tuple[str, object, str]] = [
    ("nothing", b"", "it is empty"),
    ("blank", b"  \n ", "it is empty"),
    ("cut off", text(bundle(*PERSON))[:200], "cut off"),
    ("a line cut off", NDJSON[:-10], "line 3.*cut off"),
    ("the first line cut off", NDJSON[5:].join([b"{", b""]), "line 1.*malformed"),
    ("the end of the first line cut off", NDJSON.replace(b"}\n", b"\n", 1), "line 1.*cut off"),
    ("the second line is no JSON", text(PERSON[0]) + b"\noops\n" + text(PERSON[1]), "line 2.*malformed"),
    ("text after it", text(bundle(*PERSON)) + b"}", "malformed"),
    ("XML", b'<Bundle xmlns="http://hl7.org/fhir"/>', "FHIR as XML"),
    ("a PDF", b"%PDF-1.7", "a PDF"),
    ("a ZIP", b"PK\x03\x04aa", "a ZIP"),
    ("no resource type", {"a": 1}, "no FHIR resource"),
    ("an unknown resource type", {"resourceType": "Medicament"}, '"Medicament" is no resource type'),
    ("a misspelt resource type", bundle(patient(), {"resourceType": "Observaton"}), '"Observaton" is no'),
    ("a type in other letters", bundle(patient(), {"resourceType": "observation"}), '"observation" is no'),
    ("a resource type that is no text", {"resourceType": 5}, "resourceType: expected text"),
    ("nobody", {"resourceType": "Organization", "id": "o"}, "belongs to a person"),
    ("entry is no list", {"resourceType": "Bundle", "entry": {}}, "entry: expected a list, found an object"),
    ("an entry is no object", {"resourceType": "Bundle", "entry": [1]}, "entry"),
    ("a resource is no object", {"resourceType": "Bundle", "entry": [{"resource": 1}]}, "entry 1"),
    ("bad UTF-8", text(bundle(patient(id="x"))).replace(b'"x"', b'"\xff"'), "entry 1"),
    ("too deep", b'{"resourceType":"Bundle","entry":' + b"[" * 100_000, "expected an object"),
    (
        "nested without end",
        b'{"resourceType":"Bundle","a":' + b'{"a":' * 100_000,
        "nested too deeply|cut off",
    ),
    ("broken gzip", gzip.compress(NDJSON, mtime=0)[:60], "cannot be read"),
]


@pytest.mark.parametrize(("case", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(case: object, message: str) -> None:
    with pytest.raises(InputError, match=f"(?s){message}"):
        of(case)


def bad(one: J, field: str, value: Any) -> J:
    """Return the resource with a value put at a dotted path."""
    out: J = json.loads(json.dumps(one))
    place: Any = out
    *steps, last = field.split(".")
    for step in steps:
        place = place[int(step)] if step.isdigit() else place.setdefault(step, {})
    place[int(last) if last.isdigit() else last] = value
    return out


CONDITION = resource("Condition", code={"text": "Depression"})
BROKEN: list[tuple[J, str, Any, str]] = [
    (order(), "status", 5, "status: expected text, found a whole number"),
    (order(), "status", "running", '"running" is no status'),
    (order(), "intent", "wish", '"wish" is no intent'),
    (order(), "authoredOn", "yesterday", 'authoredOn: "yesterday" is no date'),
    (order(), "authoredOn", "2024-02-30", "is no date"),
    (order(), "authoredOn", "2024-13", "is no date"),
    (order(), "authoredOn", "10.01.2024", "is no date"),
    (order(), "medicationCodeableConcept", "sertraline", "medicationCodeableConcept: expected an object"),
    (order(), "medicationCodeableConcept.coding", {}, "medicationCodeableConcept.coding: expected a list"),
    (order(), "dosageInstruction", {}, "dosageInstruction: expected a list"),
    (
        order(),
        "dosageInstruction",
        [{"timing": {"repeat": {"frequency": "one"}}}],
        "frequency: expected a whole number",
    ),
    (
        order(),
        "dosageInstruction",
        [{"timing": {"repeat": {"period": 0, "periodUnit": "d"}}}],
        "not more than zero",
    ),
    (
        order(),
        "dosageInstruction",
        [{"timing": {"repeat": {"period": 1, "periodUnit": "x"}}}],
        "no unit of time",
    ),
    (
        order(),
        "dosageInstruction",
        [{"doseAndRate": [{"doseQuantity": {"value": "1"}}]}],
        "value: expected a number",
    ),
    (order(), "subject", "Patient/p", "subject: expected an object"),
    (observation("44261-6"), "valueInteger", "nine", "valueInteger: expected a whole number"),
    (observation("44261-6"), "valueInteger", 9.5, "valueInteger"),
    (observation("44261-6"), "status", "done", "is no status"),
    (observation("44261-6"), "effectiveDateTime", "2024-3-1", "is no date"),
    (CONDITION, "verificationStatus", {"coding": [{"code": "sure"}]}, "is no such status"),
    (CONDITION, "onsetDateTime", "soon", "onsetDateTime"),
    (patient(), "birthDate", "1.5.1980", "birthDate"),
    (patient(), "id", 7, "id: expected text"),
]


@pytest.mark.parametrize(
    ("one", "field", "value", "message"), BROKEN, ids=[f"{r[1]}={r[2]}"[:40] for r in BROKEN]
)
def test_a_broken_resource_is_named(one: J, field: str, value: Any, message: str) -> None:
    first = [] if one["resourceType"] == "Patient" else [patient()]
    with pytest.raises(InputError) as caught:
        of(bundle(*first, bad(one, field, value)))
    shown = str(caught.value)
    assert f"entry {len(first) + 1}" in shown
    assert field == "id" or f"{one['resourceType']}/{one['id']}" in shown
    assert message in shown


VERSIONS: list[tuple[J, str]] = [
    ({"resourceType": "MedicationOrder", "id": "x"}, "DSTU2 or STU3"),
    ({"resourceType": "ReferralRequest", "id": "x"}, "DSTU2 or STU3"),
    ({"resourceType": "MedicationUsage", "id": "x"}, "R5"),
    (bad(CONDITION, "clinicalStatus", "active"), "DSTU2 or STU3"),
    (bad(CONDITION, "assertedDate", "2020-01-01"), "STU3"),
    (bad(order(), "medication", {"concept": {"text": "x"}}), "R5"),
    (bad(order(), "dosageInstruction", [{"doseQuantity": {"value": 1}}]), "DSTU2 or STU3"),
    (resource("MedicationStatement", status="active", taken="y"), "STU3"),
    (resource("Procedure", status="completed", occurrenceDateTime="2024-01-01"), "R5"),
    (order() | {"meta": {"profile": ["http://hl7.org/fhir/STU3/medicationrequest.html"]}}, "STU3"),
    ({"resourceType": "CapabilityStatement", "fhirVersion": "3.0.2"}, "FHIR 3.0.2"),
]


@pytest.mark.parametrize(
    ("one", "version"), VERSIONS, ids=[f"{r[0]['resourceType']} {r[1]}" for r in VERSIONS]
)
def test_another_version_is_refused(one: J, version: str) -> None:
    with pytest.raises(InputError, match="only FHIR R4") as caught:
        of(bundle(patient(), one))
    assert version in str(caught.value)


def test_two_persons_of_one_id_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(text(bundle(patient())))
    (tmp_path / "b.json").write_bytes(text(bundle(patient(birthDate="1999-01-01"))))
    with pytest.raises(InputError, match="another patient of the same id"):
        read(tmp_path, load())


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "none.json", load())


def test_unrelated_observations_are_skipped_without_being_read() -> None:
    unrelated = observation("1234-5", valueString=[1, 2], status="nonsense")
    found = record(unrelated)
    assert reasons(found) == {"Observation/o1": "unknown_code"}
    assert concept(text="x") == {"text": "x"}
