"""Small FHIR resources for the cases, and rows shown as one line each."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from opentrd.kleene import NO, YES
from opentrd.knowledge.loader import load
from opentrd.records.model import Condition, Exposure, Observation, Record, Score
from opentrd.records.read import read

J = dict[str, Any]
RX = "http://www.nlm.nih.gov/research/umls/rxnorm"
LOINC = "http://loinc.org"
SCT = "http://snomed.info/sct"
DMD = "https://dmd.nhs.uk"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
CPT = "http://www.ama-assn.org/go/cpt"
SERTRALINE_50 = ("RxNorm", "312941", "sertraline 50 MG Oral Tablet")
SUBJECT = {"subject": {"reference": "Patient/p"}}


def concept(*codings: tuple[str, str, str | None], text: str | None = None) -> J:
    """Return a CodeableConcept; systems by address, ``RxNorm`` for short."""
    out: J = {}
    if codings:
        out["coding"] = [
            {"system": RX if system == "RxNorm" else system, "code": code}
            | ({"display": shown} if shown else {})
            for system, code, shown in codings
        ]
    if text is not None:
        out["text"] = text
    return out


def patient(**more: Any) -> J:
    return {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1980-05-01"} | more


def resource(kind: str, **fields: Any) -> J:
    owner = "patient" if kind in ("AllergyIntolerance", "FamilyMemberHistory", "Device") else "subject"
    out: J = {"resourceType": kind, "id": f"{kind[:1].lower()}1", owner: {"reference": "Patient/p"}} | fields
    return {key: value for key, value in out.items() if value is not None}


def order(**fields: Any) -> J:
    base: J = {
        "status": "active",
        "intent": "order",
        "authoredOn": "2024-01-10",
        "medicationCodeableConcept": concept(SERTRALINE_50),
    }
    return resource("MedicationRequest", **(base | fields))


def dispense(**fields: Any) -> J:
    base: J = {
        "status": "completed",
        "whenHandedOver": "2024-01-12",
        "medicationCodeableConcept": concept(SERTRALINE_50),
    }
    return resource("MedicationDispense", **(base | fields))


def statement(**fields: Any) -> J:
    base: J = {"status": "active", "medicationCodeableConcept": concept(SERTRALINE_50)}
    return resource("MedicationStatement", **(base | fields))


def administration(**fields: Any) -> J:
    base: J = {
        "status": "completed",
        "effectiveDateTime": "2024-01-12T09:00:00Z",
        "medicationCodeableConcept": concept(SERTRALINE_50),
    }
    return resource("MedicationAdministration", **(base | fields))


def dose(value: float | None = None, unit: str | None = None, **repeat: Any) -> J:
    """Return a dosage: an amount of one take and the timing's repeat."""
    out: J = {}
    if value is not None:
        out["doseAndRate"] = [{"doseQuantity": {"value": value} | ({"unit": unit} if unit else {})}]
    if repeat:
        out["timing"] = {"repeat": repeat}
    return out


def daily(value: float | None = None, unit: str | None = None, **repeat: Any) -> J:
    return dose(value, unit, frequency=1, period=1, periodUnit="d", **repeat)


def observation(code: J | str, day: str | None = "2024-03-01", **fields: Any) -> J:
    base: J = {
        "status": "final",
        "code": concept((LOINC, code, None)) if isinstance(code, str) else code,
        "effectiveDateTime": day,
    }
    return resource("Observation", **(base | fields))


def bundle(*resources: J, kind: str = "collection") -> J:
    entries = [{"resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def record(*resources: J, person: J | None = None) -> Record:
    """Read resources beside the patient, and check that all of them are accounted for."""
    found = read(json.dumps(bundle(person or patient(), *resources)).encode(), load())
    one = found.one()
    assert one.read + len(found.unused) == 1 + count(resources)
    return one


def count(resources: tuple[J, ...]) -> int:
    return sum(1 + len(one.get("contained", ())) for one in resources)


def reasons(one: Record) -> dict[str, str]:
    return {row.source_id: row.reason for row in one.unused}


def days(earliest: int | None, latest: int | None) -> str:
    if earliest is None and latest is None:
        return "?"
    shown = [date.fromordinal(day).isoformat() if day is not None else "?" for day in (earliest, latest)]
    return shown[0] if shown[0] == shown[1] else "~".join(shown)


def number(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return "?"
    return (
        f"{low:g}" if low == high else f"{low:g}-{high:g}" if low is not None and high is not None else "??"
    )


def line(row: Exposure) -> str:
    """Show an exposure: treatment, origin, status, dates, dose, and what else is known."""
    parts = [
        row.treatment or f"({row.product_text})",
        row.origin,
        row.status,
        f"{days(row.start_earliest, row.start_latest)}..{days(row.end_earliest, row.end_latest)}",
        number(row.dose_low, row.dose_high) + (f" {row.dose_unit}" if row.dose_unit else ""),
    ]
    more = {
        "supply": row.supply_days,
        "sessions": number(row.sessions_low, row.sessions_high).replace("?", ""),
        "detail": row.session_detail,
        "form": row.formulation,
        "doubt": row.doubt,
        "order": row.order_id,
        "for": row.indication,
        "stop": "+".join(row.stop_reasons),
        "taken": number(row.taken_low, row.taken_high).replace("?", ""),
        "collected": {YES: "yes", NO: "no"}.get(row.collected),
        "ongoing": {YES: "yes", NO: "no"}.get(row.ongoing),
    }
    return " ".join(parts + [f"{key}={value}" for key, value in more.items() if value not in (None, "")])


def score_line(row: Score) -> str:
    value = "?" if row.value is None else f"{row.value:g}"
    items = ",".join(f"{n}:{answer}" for n, answer in row.items.items())
    suicide = f" suicide={row.suicide_item}" if row.suicide_item is not None else ""
    return (
        f"{row.scale} {days(row.day_earliest, row.day_latest)} {value}"
        + (f" [{items}]" if items else "")
        + suicide
    )


def condition_line(row: Condition) -> str:
    parts = [row.concept or f"({row.text})", f"{days(row.onset_earliest, row.onset_latest)}"]
    parts.append(f"..{days(row.end_earliest, row.end_latest)}")
    more = {
        "status": None if row.clinical_status == "unknown" else row.clinical_status,
        "verified": None if row.verification == "unknown" else row.verification,
        "severity": row.severity,
        "family": row.family_member,
    }
    return " ".join(parts + [f"{key}={value}" for key, value in more.items() if value])


def observation_line(row: Observation) -> str:
    value = f"{row.value:g}" if row.value is not None else row.value_text or "?"
    more = {
        "unit": row.unit,
        "comparator": row.comparator,
        "negated": {YES: "yes", NO: "no"}.get(row.negated),
        "substance": row.substance,
        "range": number(row.range_low, row.range_high).replace("?", ""),
    }
    parts = [row.concept or "?", row.kind, days(row.day_earliest, row.day_latest), value]
    return " ".join(parts + [f"{key}={found}" for key, found in more.items() if found])
