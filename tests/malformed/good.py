"""One small good bundle, and how to spoil it."""

from __future__ import annotations

import copy
import json
from typing import Any

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "birthDate": "1980-05-04",
    "gender": "female",
}
ORDER: dict[str, Any] = {
    "resourceType": "MedicationRequest",
    "id": "m1",
    "status": "completed",
    "intent": "order",
    "subject": {"reference": "Patient/p1"},
    "authoredOn": "2023-03-05",
    "medicationCodeableConcept": {
        "coding": [
            {
                "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
                "code": "36437",
                "display": "sertraline",
            }
        ],
        "text": "Sertraline 50 MG Oral Tablet",
    },
    "dosageInstruction": [
        {
            "text": "one tablet daily",
            "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
            "doseAndRate": [{"doseQuantity": {"value": 50, "unit": "mg"}}],
        }
    ],
    "dispenseRequest": {"expectedSupplyDuration": {"value": 60, "unit": "days"}},
}
DISPENSE: dict[str, Any] = {
    "resourceType": "MedicationDispense",
    "id": "d1",
    "status": "completed",
    "subject": {"reference": "Patient/p1"},
    "whenHandedOver": "2023-03-06",
    "medicationCodeableConcept": {"text": "sertraline 50 mg"},
    "quantity": {"value": 30},
    "daysSupply": {"value": 30, "unit": "d"},
}
STATEMENT: dict[str, Any] = {
    "resourceType": "MedicationStatement",
    "id": "s1",
    "status": "active",
    "subject": {"reference": "Patient/p1"},
    "effectivePeriod": {"start": "2023-03", "end": "2023-06"},
    "medicationCodeableConcept": {"text": "venlafaxine"},
}
SCORE: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "o1",
    "status": "final",
    "subject": {"reference": "Patient/p1"},
    "code": {"coding": [{"system": "http://loinc.org", "code": "44261-6"}]},
    "effectiveDateTime": "2023-03-05",
    "valueInteger": 19,
}
CONDITION: dict[str, Any] = {
    "resourceType": "Condition",
    "id": "c1",
    "subject": {"reference": "Patient/p1"},
    "clinicalStatus": {"coding": [{"code": "active"}]},
    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "F33.1"}]},
    "onsetDateTime": "2023-01-10",
}
PROCEDURE: dict[str, Any] = {
    "resourceType": "Procedure",
    "id": "t1",
    "status": "completed",
    "subject": {"reference": "Patient/p1"},
    "code": {"text": "Electroconvulsive therapy"},
    "performedDateTime": "2023-04-01",
}
RESOURCES: dict[str, dict[str, Any]] = {
    one["resourceType"]: one for one in (PATIENT, ORDER, DISPENSE, STATEMENT, SCORE, CONDITION, PROCEDURE)
}


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    """Return a bundle of resources; of all good ones where none is given."""
    found = resources or tuple(RESOURCES.values())
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in found]}


def text(value: Any) -> bytes:
    """Return a value as JSON."""
    return json.dumps(value).encode()


def spoiled(name: str, path: str, value: Any) -> bytes:
    """Return a bundle with a wrong value in one field of one resource; numbers in the path are positions."""
    resource = copy.deepcopy(RESOURCES[name])
    *steps, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    place: Any = resource
    for step in steps:
        place = place[step]
    place[last] = value
    return text(bundle(PATIENT, resource) if name != "Patient" else bundle(resource))
