"""The FHIR Bundle: valid R4, every part with its basis, and never read back as data of a person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fhir.resources.R4B.bundle import Bundle

from opentrd import read
from opentrd.assessment import Assessment
from opentrd.demo import SAMPLES, samples
from opentrd.kleene import UNKNOWN, YES
from opentrd.present.fhir import to_fhir
from opentrd.present.fhir.bundle import bundle
from opentrd.present.fhir.parts import BASIS, RECORD_LINE, bounds, reference
from opentrd.present.words import AUDIENCES, Words, languages
from opentrd.records.model import Person, Record
from opentrd.review.model import Caution
from opentrd.rules.model import Staging
from opentrd.statement import Statement
from tests.present import builders
from tests.present.people import bundled, everyone, with_audience, words

EVERYONE = sorted({build.__name__ for build in builders.ALL} | {sample["id"] for sample in samples()})
KINDS = [(audience, language) for audience in AUDIENCES for language in languages()]
#: R4: required value sets (hl7.org/fhir/R4), and what of them is used.
ALLOWED = {
    ("ClinicalImpression", "status"): {"completed"},
    ("Observation", "status"): {"preliminary", "final"},
    ("DetectedIssue", "status"): {"preliminary", "final"},
    ("DetectedIssue", "severity"): {"high", "moderate", "low"},
    ("Flag", "status"): {"active", "inactive"},
    ("CarePlan", "status"): {"draft"},
    ("CarePlan", "intent"): {"proposal"},
}
NEVER = {"RiskAssessment", "ServiceRequest", "MedicationRequest", "Condition", "Device"}


def made(a: Assessment, audience: str = "clinician", language: str = "en") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        to_fhir(with_audience(a, audience), Words(language, audience, a.knowledge))
    )
    return found


def of(found: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [e["resource"] for e in found["entry"] if e["resource"]["resourceType"] == kind]


def only(found: dict[str, Any], kind: str) -> dict[str, Any]:
    (resource,) = of(found, kind)
    return resource


def walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def rests_on(node: dict[str, Any]) -> list[str]:
    """Return what the basis of a part names: lines, rows, what was searched."""
    parts = [p for e in node.get("extension", ()) if e["url"] == BASIS for p in e["extension"]]
    return [name(p["valueReference"]) if p["url"] == "record" else p["valueString"] for p in parts]


def name(ref: dict[str, Any]) -> str:
    return str(ref.get("display") or ref.get("reference") or ref["identifier"]["value"])


@pytest.mark.parametrize("person", EVERYONE)
def test_valid_and_every_reference_leads_somewhere(person: str) -> None:
    a = everyone()[person]
    lines = {reference(line).get("reference") for line in known_lines(a)}
    for audience, language in KINDS:
        found = made(a, audience, language)
        Bundle.model_validate_json(json.dumps(found))
        own = {entry["fullUrl"] for entry in found["entry"]}
        assert len(own) == len(found["entry"]), "every id once"
        subject = only(found, "ClinicalImpression")["subject"]["reference"]
        said = {node["reference"] for node in walk(found) if isinstance(node.get("reference"), str)}
        assert said - own - lines - {subject} == set()
        assert found["type"] == "collection" and found["entry"][0]["resource"]["resourceType"] == (
            "ClinicalImpression"
        )
        for entry in found["entry"]:
            resource = entry["resource"]
            kind = resource["resourceType"]
            assert kind not in NEVER and resource["language"] == language
            assert entry["fullUrl"] == f"urn:uuid:{resource['id']}"
            for (of_kind, field), values in ALLOWED.items():
                assert of_kind != kind or resource[field] in values


def known_lines(a: Assessment) -> list[str]:
    """Return all lines that the assessment may name."""
    record = a.record
    lines = [*record.used, *record.person.source_ids]
    for table in (record.exposures, record.scores, record.conditions, record.observations):
        lines += [line for row in table for line in row.source_ids]
    lines += [line for trial in a.judged.trials for line in trial.sources]
    return lines + [line for finding in a.safety for line in finding.statement.sources]


@pytest.mark.parametrize("person", sorted(sample["id"] for sample in samples()))
def test_every_part_has_its_basis(person: str) -> None:
    found = made(bundled()[person])
    impression = only(found, "ClinicalImpression")
    said = [*impression.get("finding", ()), *impression["note"][:-1]]
    plan = only(found, "CarePlan")
    said += [*plan.get("activity", ()), *plan.get("note", ())]
    for observation in of(found, "Observation"):
        said += [*observation.get("component", ()), *observation.get("note", ())]
    said += [*of(found, "Flag"), *of(found, "DetectedIssue")]
    assert [part for part in said if not rests_on(part)] == []
    assert all(part["basis"] for part in impression.get("finding", ()))
    rows = {
        entity["what"]["identifier"]["value"]: entity["what"].get("display")
        for entity in only(found, "Provenance")["entity"]
        if "knowledge" in entity["what"].get("identifier", {}).get("system", "")
    }
    cited = {
        part["valueString"]
        for node in walk(found)
        if node.get("url") == BASIS
        for part in node["extension"]
        if part["url"] == "knowledge"
    }
    assert cited and cited == rows.keys() and all(rows.values()), (
        "each cited row is told once with its source"
    )


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: str(sample["id"]))
def test_our_own_output_is_no_data_of_the_person(sample: dict[str, Any], tmp_path: Path) -> None:
    a = bundled()[sample["id"]]
    own = made(a)
    path = tmp_path / "own.json"
    path.write_text(json.dumps(own), encoding="utf-8")
    (record,) = read(path)
    assert tables(record) == ([], [], [], [])
    patients = {f"Patient/{patient['id']}" for patient in of(own, "Patient")}
    assert set(record.used) == patients
    assert len(record.unused) == len(own["entry"]) - len(patients) and all(u.reason for u in record.unused)
    if sample["file"].endswith(".json"):
        source = json.loads((SAMPLES / sample["file"]).read_text(encoding="utf-8"))
        source["entry"] += own["entry"]
        path.write_text(json.dumps(source), encoding="utf-8")
        (both,) = read(path)
        assert tables(both) == tables(a.record) and both.person == a.record.person
        assert len(both.unused) == len(a.record.unused) + len(own["entry"])


def tables(record: Record) -> tuple[list[Any], ...]:
    return record.exposures, record.scores, record.conditions, record.observations


def test_the_same_assessment_gives_the_same_bundle_and_another_day_another() -> None:
    a = bundled()["two-failures"]
    first = to_fhir(a, words())
    assert first == to_fhir(a, words())
    found = json.loads(first)
    assert found["timestamp"] == "2026-07-01T00:00:00Z"
    later = msgspec.structs.replace(
        a, settings=msgspec.structs.replace(a.settings, as_of=a.settings.as_of + 1)
    )
    other = made(later)
    assert {flag["id"] for flag in of(other, "Flag")} == {flag["id"] for flag in of(found, "Flag")}, (
        "no new fact"
    )
    ids = {entry["fullUrl"] for entry in found["entry"] if entry["resource"]["resourceType"] != "Flag"}
    assert not ids & {entry["fullUrl"] for entry in other["entry"]}


def test_the_answer_the_verdicts_and_the_scores() -> None:
    found = made(bundled()["two-failures"])
    impression = only(found, "ClinicalImpression")
    assert impression["status"] == "completed" and impression["date"] == "2026-07-01"
    assert "sertraline and venlafaxine" in impression["summary"]
    assert impression["subject"] == {"reference": "Patient/6f55fe9f-3f52-5e6f-95ce-88929ebe8d09"}
    assert of(found, "Patient") == [], "the record's own patient is not repeated"
    by_code = {o["code"]["coding"][0]["code"]: o for o in of(found, "Observation")}
    maudsley = by_code["MSM"]
    assert maudsley["valueQuantity"]["value"] == 6 and maudsley["status"] == "final"
    assert "Fekadu" in maudsley["method"]["text"]
    items = {c["code"]["coding"][0]["code"]: c["valueQuantity"]["value"] for c in maudsley["component"]}
    assert items == {
        "MSM.duration_months": 1,
        "MSM.severity": 4,
        "MSM.failures": 1,
        "MSM.augmentation": 0,
        "MSM.ect": 0,
    }
    assert by_code["Thase-Rush"]["valueCodeableConcept"]["text"] == "II"
    verdicts = {c["code"]["coding"][0]["code"]: c for c in by_code["trd-verdicts"]["component"]}
    met = verdicts["sforzini_2022"]
    assert met["valueCodeableConcept"]["coding"][0]["code"] == "met"
    assert any(line.startswith("MedicationDispense/") for line in rests_on(met))
    verdict = next(
        f for f in impression["finding"] if "EU-PEARL" in f.get("itemCodeableConcept", {}).get("text", "")
    )
    assert verdict["itemCodeableConcept"]["text"].endswith(": Met")


def test_what_nobody_knows_stays_unknown() -> None:
    found = made(bundled()["missing-doses"])
    by_code = {o["code"]["coding"][0]["code"]: o for o in of(found, "Observation")}
    span = by_code["MGH-S"]
    assert span["status"] == "preliminary"
    assert (span["valueRange"]["low"]["value"], span["valueRange"]["high"]["value"]) == (0, 3)
    assert by_code["MSM"]["dataAbsentReason"]["coding"][0]["code"] == "not-applicable"
    assert by_code["trd-verdicts"]["status"] == "preliminary"
    verdicts = {c["code"]["coding"][0]["code"]: c for c in by_code["trd-verdicts"]["component"]}
    open_ = verdicts["sforzini_2022"]
    assert open_["dataAbsentReason"]["coding"][0]["code"] == "unknown" and "valueCodeableConcept" not in open_
    notes = [note["text"] for note in only(found, "ClinicalImpression")["note"]]
    assert any("citalopram" in note and note.endswith("?") for note in notes), "the question stands in a note"


@pytest.mark.parametrize(
    ("low", "high", "value"),
    [
        (None, None, {"dataAbsentReason": "unknown"}),
        (2.0, None, {"valueRange": (2, "unknown")}),
        (None, 3.5, {"valueRange": ("unknown", 3.5)}),
        (2.0, 2.0, {"valueQuantity": 2}),
    ],
)
def test_an_unknown_bound(low: float | None, high: float | None, value: dict[str, Any]) -> None:
    def short(node: dict[str, Any]) -> Any:
        if "coding" in node:
            return node["coding"][0]["code"]
        return node["value"] if "value" in node else node["extension"][0]["valueCode"]

    found = bounds(low, high)
    assert {
        key: (short(node["low"]), short(node["high"])) if "low" in node else short(node)
        for key, node in found.items()
    } == value


def test_an_unknown_bound_is_valid_in_the_bundle() -> None:
    a = bundled()["two-failures"]
    staging: list[Staging] = [
        msgspec.structs.replace(row, low=None) if row.model == "MSM" else row for row in a.judged.staging
    ]
    changed = msgspec.structs.replace(a, judged=msgspec.structs.replace(a.judged, staging=staging))
    found = made(changed)
    Bundle.model_validate_json(json.dumps(found))
    (maudsley,) = (o for o in of(found, "Observation") if o["code"]["coding"][0]["code"] == "MSM")
    assert maudsley["status"] == "preliminary" and "value" not in maudsley["valueRange"]["low"]


def test_open_cautions_are_preliminary_one_for_each_question() -> None:
    issues = of(made(bundled()["two-failures"]), "DetectedIssue")
    open_ = [issue for issue in issues if issue["status"] == "preliminary"]
    pregnant = [issue for issue in open_ if "pregnancy" in issue["detail"]]
    assert len(pregnant) == 1 and "?" in pregnant[0]["detail"] and "lithium" in pregnant[0]["detail"]
    assert pregnant[0]["severity"] == "high" and len(pregnant[0]["code"]["coding"]) > 1
    assert "evidence" not in pregnant[0] and "condition" in rests_on(pregnant[0])
    taken = [name(ref) for ref in pregnant[0]["implicated"]]
    assert any(line.startswith("Medication") for line in taken), "what is taken now is named"
    sure = [issue for issue in issues if issue["status"] == "final"]
    assert sure and all(issue["evidence"] for issue in sure)
    assert "mitigation" not in json.dumps(issues), "nothing was done about them yet"


@pytest.mark.parametrize(
    ("severity", "applies", "said"),
    [
        ("avoid", YES, ("high", "final")),
        ("caution", YES, ("moderate", "final")),
        ("monitor", UNKNOWN, ("low", "preliminary")),
    ],
)
def test_the_gravity_of_a_caution(severity: str, applies: Any, said: tuple[str, str]) -> None:
    a = msgspec.structs.replace(bundled()["two-failures"])
    line = a.record.exposures[0].source_ids[0]
    caution = Caution(
        caution="caution:lithium_kidney",
        option="current",
        medicine=None,
        severity=severity,
        applies=applies,
        until=None,
        statement=Statement("caution.sodium_age", {"subject": "lithium", "value": 74}, (line,)),
        ask=Statement("caution.ask.kidney", {"subject": "lithium"}) if applies == UNKNOWN else None,
        citations=("caution:sodium_age",),
    )
    a.__dict__["cautions"] = (caution,)
    a.__dict__["options"] = []
    (issue,) = of(bundle(a, words()), "DetectedIssue")
    assert (issue["severity"], issue["status"]) == said
    assert issue["implicated"] == issue["evidence"][0]["detail"] == [{"reference": line}]


def test_safety_is_flagged_for_its_time_and_help_is_always_there() -> None:
    found = made(bundled()["safety"])
    item = next(f for f in of(found, "Flag") if f["code"]["coding"][0]["code"] == "phq9_item9")
    rule = bundled()["safety"].knowledge.safety_rules["phq9_item9"]
    assert item["status"] == "active" and item["period"]["start"] == "2026-06-26"
    assert rule.within_days is not None and item["period"]["end"] > "2026-07-01"
    details = [
        e["valueReference"]["reference"] for e in item["extension"] if e["url"].endswith("flag-detail")
    ]
    assert details == ["QuestionnaireResponse/96f95290-f16d-507e-8c6e-2b696da5d1fe"]
    for person in ("safety", "wait"):
        impression = only(made(bundled()[person], "patient"), "ClinicalImpression")
        assert "988" in impression["note"][0]["text"] and "988" in impression["text"]["div"]
    for_patient = only(made(bundled()["safety"], "patient"), "ClinicalImpression")
    assert "Maudsley" not in for_patient["text"]["div"] and "definition" not in for_patient["summary"]
    div = only(found, "ClinicalImpression")["text"]["div"]
    assert div.index("PHQ-9") < div.index("988") < div.index("escitalopram"), "help before the history"


def test_options_are_proposed_and_what_is_to_be_avoided_is_no_activity() -> None:
    for person, a in bundled().items():
        plan = only(made(a), "CarePlan")
        fits = {option.option: option.fit for option in a.options}
        listed = [
            (x["detail"]["code"]["coding"][0]["code"], x["extension"][0]["valueCode"])
            for x in plan.get("activity", ())
        ]
        wanted = [(o, fit) for o, fit in fits.items() if fit in ("suggested", "possible", "caution")]
        assert listed == wanted, person
        assert len(plan.get("note", ())) == len(fits) - len(listed), "the others with their reason"


def test_a_sheet_is_named_by_its_lines() -> None:
    found = made(bundled()["by-hand"])
    (patient,) = of(found, "Patient")
    assert patient["identifier"] == [{"system": RECORD_LINE, "value": "Ruth Abebe"}]
    assert only(found, "ClinicalImpression")["subject"]["reference"] == f"urn:uuid:{patient['id']}"
    (flag,) = (f for f in of(found, "Flag") if f["code"]["coding"][0]["code"] == "severe_phq_9")
    detail = flag["extension"][0]["valueReference"]
    assert detail["identifier"] == {"system": RECORD_LINE, "value": "by-hand.csv#10"}
    assert detail["display"] == "by-hand.csv#10" and "reference" not in detail


@pytest.mark.parametrize(
    ("source", "ref"),
    [
        ("MedicationRequest/abc", {"reference": "MedicationRequest/abc"}),
        ("https://a.example/fhir/Condition/1", {"reference": "https://a.example/fhir/Condition/1"}),
        (
            "urn:uuid:0b9d3e5e-0000-4000-8000-000000000000",
            {
                "identifier": {
                    "system": "urn:ietf:rfc:3986",
                    "value": "urn:uuid:0b9d3e5e-0000-4000-8000-000000000000",
                }
            },
        ),
        (
            "MedicationRequest/a#med",
            {"reference": "MedicationRequest/a", "display": "MedicationRequest/a#med"},
        ),
        (
            "Observation (entry 3)",
            {
                "identifier": {"system": RECORD_LINE, "value": "Observation (entry 3)"},
                "display": "Observation (entry 3)",
            },
        ),
    ],
)
def test_how_lines_of_a_record_are_named(source: str, ref: dict[str, Any]) -> None:
    assert reference(source) == ref


def test_a_person_who_is_only_referred_to() -> None:
    a = bundled()["two-failures"]
    person = Person(person_id="p-1")
    record = msgspec.structs.replace(a.record, person=person, used=["MedicationDispense/x"], unused=[])
    changed = msgspec.structs.replace(a, record=record)
    assert bundle(changed, words())["entry"][0]["resource"]["subject"] == {"reference": "Patient/p-1"}


def test_names_of_the_record_cannot_break_the_page() -> None:
    a = bundled()["by-hand"]
    exposures = [msgspec.structs.replace(a.record.exposures[0], product_text="<b>&\x00")]
    record = msgspec.structs.replace(a.record, exposures=exposures)
    found = made(msgspec.structs.replace(a, record=record))
    Bundle.model_validate_json(json.dumps(found))
    assert "\\u0000" not in json.dumps(found)
