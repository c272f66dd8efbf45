"""Calls as clients make them, and persons to make them for; days count back from today."""

from __future__ import annotations

import uuid
from datetime import date
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from opentrd.service.app import create_app
from opentrd.service.settings import ServiceSettings
from opentrd.service.view import today

URL = "http://127.0.0.1:8321"
PERSON = "ana"
SUBJECT = {"reference": f"Patient/{PERSON}"}
Resource = dict[str, Any]


def client(folder: Path, **settings: Any) -> TestClient:
    return TestClient(create_app(ServiceSettings(folder=str(folder), **settings)), base_url=URL)


def ago(days: int) -> str:
    return date.fromordinal(today() - days).isoformat()


def person(born: str = "1980-02-03", gender: str = "female") -> Resource:
    return {"resourceType": "Patient", "id": PERSON, "birthDate": born, "gender": gender}


def depression(code: str = "F33.1", text: str = "Recurrent depression", at: int = 500) -> Resource:
    return {
        "resourceType": "Condition",
        "id": f"condition-{code}",
        "subject": SUBJECT,
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}], "text": text},
        "onsetDateTime": ago(at),
    }


def supplies(medicine: str, dose: int, begin: int, end: int) -> list[Resource]:
    """Dispenses of 28 days each, from so many days ago to so many days ago."""
    return [
        {
            "resourceType": "MedicationDispense",
            "id": f"{medicine}-{day}",
            "status": "completed",
            "subject": SUBJECT,
            "medicationCodeableConcept": {"text": f"{medicine} {dose} mg tablet"},
            "whenHandedOver": ago(day),
            "daysSupply": {"value": 28},
            "dosageInstruction": [{"text": "1 tablet daily"}],
        }
        for day in range(begin, end, -28)
    ]


def statement(medicine: str, begin: int) -> Resource:
    """A medicine that is being taken."""
    return {
        "resourceType": "MedicationStatement",
        "id": f"taken-{medicine}",
        "status": "active",
        "subject": SUBJECT,
        "medicationCodeableConcept": {"text": medicine},
        "effectivePeriod": {"start": ago(begin)},
    }


def score(value: int, day: int, item9: int | None = None) -> Resource:
    made: Resource = {
        "resourceType": "Observation",
        "id": f"phq-{day}",
        "status": "final",
        "subject": SUBJECT,
        "code": {"coding": [{"system": "http://loinc.org", "code": "44261-6"}]},
        "effectiveDateTime": ago(day),
        "valueQuantity": {"value": value},
    }
    if item9 is not None:
        code = {"coding": [{"system": "http://loinc.org", "code": "44260-8"}]}
        made["component"] = [{"code": code, "valueQuantity": {"value": item9}}]
    return made


def order(medicine: str, dose: int | None = None, id_: str = "request-123") -> Resource:
    """A draft as the public sandbox makes it, with the strength in the name of the product."""
    made: Resource = {
        "resourceType": "MedicationRequest",
        "id": id_,
        "status": "draft",
        "intent": "order",
        "subject": SUBJECT,
        "authoredOn": ago(0),
        "medicationCodeableConcept": {
            "text": f"{medicine} {dose} MG Oral Tablet" if dose else medicine,
        },
    }
    if dose:
        days = {"value": 30, "unit": "days", "system": "http://unitsofmeasure.org", "code": "d"}
        made["dispenseRequest"] = {"expectedSupplyDuration": days}
        made["category"] = {"coding": [{"system": "category", "code": "community"}]}
        repeat = {"frequency": 1, "period": 1, "periodUnit": "d"}
        quantity = {"value": 1, "system": "http://unitsofmeasure.org", "code": "{pill}"}
        made["dosageInstruction"] = [
            {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": quantity}]}
        ]
    return made


def bundle(*resources: Resource) -> Resource:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(resources),
        "entry": [{"fullUrl": f"urn:test:{r['id']}", "resource": r} for r in resources],
    }


_KEYS = {
    "MedicationRequest": "medicationRequests",
    "MedicationStatement": "medicationStatements",
    "MedicationDispense": "medicationDispenses",
    "Condition": "conditions",
    "Observation": "observations",
    "AllergyIntolerance": "allergies",
}


def prefetch(*resources: Resource, who: Resource | None = None) -> dict[str, Any]:
    """All parts of a record: a bundle each, ``None`` where there is nothing."""
    made: dict[str, Any] = {
        "patient": who or person(),
        **dict.fromkeys((*_KEYS.values(), "scores", "procedures", "questionnaires", "family")),
    }
    for kind, key in _KEYS.items():
        found = [resource for resource in resources if resource["resourceType"] == kind]
        if found:
            made[key] = bundle(*found)
    return made


def call(
    hook: str = "patient-view", *, drafts: list[Resource] | None = None, **fields: Any
) -> dict[str, Any]:
    """A call as the public sandbox makes it."""
    context: dict[str, Any] = {"patientId": PERSON, "userId": "Practitioner/example"}
    if hook != "patient-view":
        made = drafts or [order("sertraline", 50)]
        context["draftOrders"] = {"resourceType": "Bundle", "entry": [{"resource": each} for each in made]}
        if hook == "order-select":
            context["selections"] = [f"MedicationRequest/{made[0]['id']}"]
    return {
        "hookInstance": str(uuid.uuid4()),
        "hook": hook,
        "fhirServer": "http://127.0.0.1:9/fhir",
        "context": context,
        "prefetch": prefetch(),
        **fields,
    }


def cards(browser: TestClient, hook: str, *resources: Resource, **more: Any) -> list[dict[str, Any]]:
    """The cards for a record."""
    who, drafts = more.get("who"), more.get("drafts")
    body = call(hook, drafts=drafts, prefetch=prefetch(*resources, who=who))
    answer = browser.post(f"/cds-services/opentrd-{hook}", json=body)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["cards"]
    return found


def two_failures() -> list[Resource]:
    """Two antidepressants, full dose and time, without enough effect; nothing taken now."""
    return [
        depression(),
        *supplies("sertraline", 150, 330, 230),
        *supplies("venlafaxine", 225, 215, 110),
        score(22, 332),
        score(21, 235),
        score(20, 112),
        score(14, 30, item9=0),
    ]
