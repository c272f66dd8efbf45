"""The small parts of which resources are made: concepts, references, numbers with bounds."""

from __future__ import annotations

import re
from typing import Any, Final, TypeAlias

Json: TypeAlias = "dict[str, Any]"

#: Own codes and extensions stand under an address that by RFC 2606 can belong to nobody and leads nowhere.
BASE: Final = "https://opentrd.invalid/fhir"
#: What the record's own lines are called where they are no FHIR resources (a line of a history sheet).
RECORD_LINE: Final = f"{BASE}/record-line"
#: The rows of the knowledge, as ``table:key``.
KNOWLEDGE: Final = f"{BASE}/knowledge"
BASIS: Final = f"{BASE}/StructureDefinition/basis"
ABSENT: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_ABSENT_EXTENSION: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_UCUM: Final = "http://unitsofmeasure.org"
_SCORE: Final = "{score}"
_RELATIVE: Final = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")
_ABSOLUTE: Final = re.compile(r"https?://\S+/[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}")
_URN: Final = re.compile(r"urn:(uuid|oid):\S+")


def system(name: str) -> str:
    """Return the address of one of the own code systems."""
    return f"{BASE}/CodeSystem/{name}"


def concept(code_system: str, code: str, text: str) -> Json:
    """Return a coded concept with its words."""
    return {"coding": [{"system": code_system, "code": code}], "text": text}


def reference(source: str) -> Json:
    """Return the reference to a line of the record.

    A resource is referred to as the record names it; what is contained in one, by that one. An address that
    holds within its own Bundle alone (``urn:uuid:``) and a line of a sheet are named by identifier.
    """
    outer = source.partition("#")[0]
    if _RELATIVE.fullmatch(outer) or _ABSOLUTE.fullmatch(outer):
        return {"reference": outer} | ({"display": source} if outer != source else {})
    if _URN.fullmatch(source):
        return {"identifier": {"system": "urn:ietf:rfc:3986", "value": source}}
    return {"identifier": {"system": RECORD_LINE, "value": source}, "display": source}


def of_type(source: str, *types: str) -> bool:
    """Say whether a line of the record is a resource of one of some types."""
    found = reference(source).get("reference", "")
    return "/" in found and found.rsplit("/", 2)[-2] in types


def quantity(value: float) -> Json:
    """Return points of a score."""
    return {"value": int(value) if value == int(value) else value, "system": _UCUM, "code": _SCORE}


def bounds(low: float | None, high: float | None) -> Json:
    """Return what an observation says of a number: the value, the range with unknown ends, or unknown."""
    if low is None and high is None:
        return {"dataAbsentReason": absent("unknown")}
    if low is not None and low == high:
        return {"valueQuantity": quantity(low)}
    return {"valueRange": {"low": _end(low), "high": _end(high)}}


def absent(reason: str, text: str | None = None) -> Json:
    """Return why there is no value: ``unknown`` or ``not-applicable``."""
    found: Json = {"coding": [{"system": ABSENT, "code": reason}]}
    return found | ({"text": text} if text else {})


def _end(value: float | None) -> Json:
    if value is None:
        return {"extension": [{"url": _ABSENT_EXTENSION, "valueCode": "unknown"}]}
    return quantity(value)
