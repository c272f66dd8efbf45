"""Records and bundles to measure with, made here so that nothing outside the repo is needed."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[1] / "src" / "opentrd" / "samples"
START = date(2018, 1, 1)
TREATMENTS = ("sertraline", "venlafaxine", "mirtazapine", "citalopram", "bupropion")
LARGE = 700_000
"""Bytes of the large bundle: the size of a public synthetic record of ten years."""


def busy_bundle(exposures: int = 40, scores: int = 30) -> dict[str, Any]:
    """A person with many orders and scores: five medicines in turn, a score every few weeks."""
    entries: list[dict[str, Any]] = [
        {"resourceType": "Patient", "id": "busy", "birthDate": "1975-05-05", "gender": "female"},
        {
            "resourceType": "Condition",
            "id": "depression",
            "subject": {"reference": "Patient/busy"},
            "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "F33.1"}]},
            "onsetDateTime": START.isoformat(),
        },
    ]
    for n in range(exposures):
        day = START + timedelta(days=28 * n)
        treatment = TREATMENTS[n * len(TREATMENTS) // exposures]
        entries.append(
            {
                "resourceType": "MedicationDispense",
                "id": f"supply-{n}",
                "status": "completed",
                "subject": {"reference": "Patient/busy"},
                "medicationCodeableConcept": {"text": f"{treatment} 75 mg tablet"},
                "whenHandedOver": day.isoformat(),
                "daysSupply": {"value": 28},
                "dosageInstruction": [{"text": "2 tablets daily"}],
            }
        )
    for n in range(scores):
        day = START + timedelta(days=38 * n)
        entries.append(
            {
                "resourceType": "Observation",
                "id": f"score-{n}",
                "status": "final",
                "subject": {"reference": "Patient/busy"},
                "code": {"coding": [{"system": "http://loinc.org", "code": "44261-6"}]},
                "effectiveDateTime": day.isoformat(),
                "valueQuantity": {"value": 14 + n % 9},
            }
        )
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in entries]}


def large_bundle() -> bytes:
    """The same person in a record of the usual size: laboratory values, visits and vaccinations around."""
    bundle = busy_bundle()
    size = len(json.dumps(bundle))
    n = 0
    while size < LARGE:
        day = (START + timedelta(days=n % 2000)).isoformat()
        resource = _filler(n, day)
        bundle["entry"].append({"resource": resource})
        size += len(json.dumps(resource)) + 16
        n += 1
    return json.dumps(bundle).encode()


def _filler(n: int, day: str) -> dict[str, Any]:
    subject = {"reference": "Patient/busy"}
    if n % 4 == 3:
        return _bill(n, day)
    if n % 4 == 0:
        return {
            "resourceType": "Observation",
            "id": f"lab-{n}",
            "status": "final",
            "category": [{"coding": [{"system": "category", "code": "laboratory"}]}],
            "code": {
                "coding": [{"system": "http://loinc.org", "code": "2339-0", "display": "Glucose"}],
                "text": "Glucose",
            },
            "subject": subject,
            "effectiveDateTime": f"{day}T08:00:00+01:00",
            "issued": f"{day}T08:00:00.000+01:00",
            "valueQuantity": {"value": 80 + n % 30, "unit": "mg/dL", "system": "unit", "code": "mg/dL"},
        }
    if n % 4 == 1:
        return {
            "resourceType": "Encounter",
            "id": f"visit-{n}",
            "status": "finished",
            "class": {"system": "class", "code": "AMB"},
            "type": [
                {"coding": [{"system": "http://snomed.info/sct", "code": "162673000", "display": "Check-up"}]}
            ],
            "subject": subject,
            "period": {"start": f"{day}T08:00:00+01:00", "end": f"{day}T08:30:00+01:00"},
            "serviceProvider": {"reference": "Organization/1", "display": "A practice"},
        }
    return {
        "resourceType": "Immunization",
        "id": f"vaccine-{n}",
        "status": "completed",
        "vaccineCode": {
            "coding": [{"system": "cvx", "code": "140", "display": "Influenza, seasonal"}],
            "text": "Influenza",
        },
        "patient": subject,
        "occurrenceDateTime": f"{day}T08:00:00+01:00",
        "primarySource": True,
    }


def _bill(n: int, day: str) -> dict[str, Any]:
    """An account of costs: by far the largest resources of public synthetic records."""
    item = {
        "category": {"coding": [{"system": "claim-item", "code": "1", "display": "Medical care"}]},
        "productOrService": {
            "coding": [{"system": "service", "code": "1", "display": "A visit of the usual kind"}]
        },
        "servicedPeriod": {"start": f"{day}T08:00:00+01:00", "end": f"{day}T08:30:00+01:00"},
        "locationCodeableConcept": {"coding": [{"system": "place", "code": "19", "display": "Outpatient"}]},
        "net": {"value": 129.16, "currency": "USD"},
    }
    return {
        "resourceType": "ExplanationOfBenefit",
        "id": f"bill-{n}",
        "status": "active",
        "use": "claim",
        "patient": {"reference": "Patient/busy"},
        "created": f"{day}T08:00:00+01:00",
        "outcome": "complete",
        "item": [{"sequence": number, **item} for number in range(1, 17)],
    }
