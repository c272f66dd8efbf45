"""Persons drawn as rows, made into FHIR: a code is named by its value set, whose first one is taken."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from opentrd.knowledge.loader import load

Row = Mapping[str, str | None]
Json = dict[str, Any]

URLS = {
    "SNOMED CT": "http://snomed.info/sct",
    "LOINC": "http://loinc.org",
    "ICD-10-CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "CPT": "http://www.ama-assn.org/go/cpt",
    "HCPCS": "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "RxNorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
}
REASON = "http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-notDoneReason"


@cache
def concept(value_set: str) -> Json:
    """Return the first code of a value set; ``other`` is a code in none."""
    if value_set == "other":
        return {"coding": [{"system": URLS["SNOMED CT"], "code": "404684003"}]}
    for row in load().value_set_codes.values():
        if row.value_set == value_set:
            return {"coding": [{"system": URLS[row.system], "code": row.code}]}
    raise KeyError(value_set)


def bundle(rows: Sequence[Row], settings: Mapping[str, Any]) -> bytes:
    """Return the Bundle of one person; ``settings`` may give ``born``, ``died`` and ``dead``."""
    patient: Json = {"resourceType": "Patient", "id": "p", "birthDate": settings.get("born", "1980-06-15")}
    if "died" in settings:
        patient["deceasedDateTime"] = settings["died"]
    if "dead" in settings:
        patient["deceasedBoolean"] = settings["dead"]
    resources = [patient]
    counts: dict[str, int] = {}
    for row in rows:
        what = row["what"] or ""
        counts[what] = counts.get(what, 0) + 1
        resource = MAKERS[what](row)
        resource["id"] = f"{what}-{counts[what]}"
        resource.setdefault("subject", {"reference": row.get("person") or "Patient/p"})
        resources.append(_without_nothing(resource))
    return json.dumps(
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}
    ).encode()


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _without_nothing(each) for key, each in value.items()}
        return {key: each for key, each in kept.items() if each not in (None, {}, [])}
    return [_without_nothing(each) for each in value] if isinstance(value, list) else value


def _hl7(system: str, code: str) -> Json:
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}]}


def _code(row: Row) -> Json:
    return concept(row["code"] or "other")


def _number(row: Row, name: str) -> float | None:
    text = row.get(name)
    return None if text is None else float(text)


def _quantity(row: Row, name: str) -> Json | None:
    """Return "30" or "30 tablet" as a quantity."""
    text = row.get(name)
    if text is None:
        return None
    value, _, unit = text.partition(" ")
    return {"value": float(value), "unit": unit or None}


def _period(row: Row) -> Json:
    return {"start": row.get("from"), "end": row.get("to")}


def _dosage(row: Row) -> list[Json]:
    """Return one instruction: dose, times a day (or "2 in 3 d"), bounds."""
    repeat: Json = {}
    if often := row.get("often"):
        frequency, _, rest = often.partition(" in ")
        period, _, unit = rest.partition(" ")
        repeat = {"frequency": int(frequency), "period": float(period or 1), "periodUnit": unit or "d"}
    if row.get("bounds_from") or row.get("bounds_to"):
        repeat["boundsPeriod"] = {"start": row.get("bounds_from"), "end": row.get("bounds_to")}
    dose = _quantity(row, "dose")
    one: Json = {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": dose}] if dose else None}
    return [one] * int(row.get("instructions") or 1)


def _visit(row: Row) -> Json:
    left = row.get("left_for")
    return {
        "resourceType": "Encounter",
        "status": row.get("status") or "finished",
        "type": [_code(row)],
        "period": _period(row),
        "hospitalization": {"dischargeDisposition": concept(left) if left else None},
    }


def _diagnosis(row: Row) -> Json:
    return {
        "resourceType": "Condition",
        "code": _code(row),
        "clinicalStatus": _hl7("condition-clinical", row.get("status") or "active"),
        "verificationStatus": _hl7("condition-ver-status", row.get("certainty") or "confirmed"),
        "category": [_hl7("condition-category", row.get("list") or "problem-list-item")],
        "onsetDateTime": row.get("from"),
        "abatementDateTime": row.get("to"),
    }


def _dispense(row: Row) -> Json:
    return {
        "resourceType": "MedicationDispense",
        "status": row.get("status") or "completed",
        "medicationCodeableConcept": _code(row),
        "whenHandedOver": row.get("from"),
        "whenPrepared": row.get("prepared"),
        "daysSupply": _quantity(row, "days"),
        "quantity": _quantity(row, "quantity"),
        "dosageInstruction": _dosage(row),
    }


def _order(row: Row) -> Json:
    return {
        "resourceType": "MedicationRequest",
        "status": row.get("status") or "active",
        "intent": row.get("intent") or "order",
        "doNotPerform": row.get("forbids") == "yes" or None,
        "medicationCodeableConcept": _code(row),
        "authoredOn": row.get("from"),
        "dosageInstruction": _dosage(row),
        "dispenseRequest": {
            "expectedSupplyDuration": _quantity(row, "days"),
            "quantity": _quantity(row, "quantity"),
            "numberOfRepeatsAllowed": int(row["refills"]) if row.get("refills") else None,  # type: ignore[arg-type]
        },
    }


def _referral(row: Row) -> Json:
    return {
        "resourceType": "ServiceRequest",
        "status": row.get("status") or "active",
        "intent": row.get("intent") or "order",
        "doNotPerform": row.get("forbids") == "yes" or None,
        "code": _code(row),
        "authoredOn": row.get("from"),
    }


def _done(row: Row) -> Json:
    made = {"resourceType": "Procedure", "status": row.get("status") or "completed", "code": _code(row)}
    if row.get("to"):
        return made | {"performedPeriod": _period(row)}
    return made | {"performedDateTime": row.get("from")}


def _result(row: Row) -> Json:
    answer, reason, value = row.get("answer"), row.get("reason"), _number(row, "value")
    return {
        "resourceType": "Observation",
        "status": row.get("status") or "final",
        "category": [_hl7("observation-category", row.get("category") or "survey")],
        "code": _code(row),
        "effectiveDateTime": row.get("from"),
        "issued": row.get("issued"),
        "valueInteger": None if value is None else int(value),
        "valueCodeableConcept": concept(answer) if answer else None,
        "extension": [{"url": REASON, "valueCodeableConcept": concept(reason)}] if reason else None,
    }


MAKERS = {
    "visit": _visit,
    "diagnosis": _diagnosis,
    "dispense": _dispense,
    "order": _order,
    "referral": _referral,
    "done": _done,
    "result": _result,
}
