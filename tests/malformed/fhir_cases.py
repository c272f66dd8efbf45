"""Malformed FHIR: name of the case -> (file name, content, what the message must hold)."""

from __future__ import annotations

import gzip
import json
from typing import Any

from tests.malformed.good import DISPENSE, ORDER, PATIENT, RESOURCES, SCORE, bundle, spoiled, text

Cases = dict[str, tuple[str, bytes, str]]

#: Wrong type of a field: resource, path, value.
WRONG_TYPES: list[tuple[str, str, Any]] = [
    ("Patient", "birthDate", 19800504),
    ("Patient", "birthDate", ["1980-05-04"]),
    ("Patient", "gender", 2),
    ("Patient", "id", 17),
    ("Patient", "id", {"value": "p1"}),
    ("MedicationRequest", "status", 1),
    ("MedicationRequest", "status", ["active"]),
    ("MedicationRequest", "intent", {}),
    ("MedicationRequest", "subject", "Patient/p1"),
    ("MedicationRequest", "subject", [{"reference": "Patient/p1"}]),
    ("MedicationRequest", "subject.reference", 1),
    ("MedicationRequest", "authoredOn", 2023),
    ("MedicationRequest", "authoredOn", {"start": "2023"}),
    ("MedicationRequest", "medicationCodeableConcept", "sertraline"),
    ("MedicationRequest", "medicationCodeableConcept", ["sertraline"]),
    ("MedicationRequest", "medicationCodeableConcept.coding", {"code": "36437"}),
    ("MedicationRequest", "medicationCodeableConcept.coding.0", "36437"),
    ("MedicationRequest", "medicationCodeableConcept.coding.0.code", 36437),
    ("MedicationRequest", "medicationCodeableConcept.coding.0.system", []),
    ("MedicationRequest", "medicationCodeableConcept.text", {"value": "sertraline"}),
    ("MedicationRequest", "dosageInstruction", {"text": "one daily"}),
    ("MedicationRequest", "dosageInstruction", "one daily"),
    ("MedicationRequest", "dosageInstruction.0", "one daily"),
    ("MedicationRequest", "dosageInstruction.0.text", 1),
    ("MedicationRequest", "dosageInstruction.0.timing", "daily"),
    ("MedicationRequest", "dosageInstruction.0.timing.repeat", []),
    ("MedicationRequest", "dosageInstruction.0.timing.repeat.frequency", "once"),
    ("MedicationRequest", "dosageInstruction.0.timing.repeat.period", "one"),
    ("MedicationRequest", "dosageInstruction.0.timing.repeat.periodUnit", 1),
    ("MedicationRequest", "dosageInstruction.0.doseAndRate", {"doseQuantity": {"value": 50}}),
    ("MedicationRequest", "dosageInstruction.0.doseAndRate.0.doseQuantity", 50),
    ("MedicationRequest", "dosageInstruction.0.doseAndRate.0.doseQuantity.value", "fifty"),
    ("MedicationRequest", "dosageInstruction.0.doseAndRate.0.doseQuantity.unit", 7),
    ("MedicationRequest", "dispenseRequest", []),
    ("MedicationRequest", "dispenseRequest.expectedSupplyDuration", "60 days"),
    ("MedicationRequest", "dispenseRequest.expectedSupplyDuration.value", "sixty"),
    ("MedicationDispense", "status", 5),
    ("MedicationDispense", "whenHandedOver", 20230306),
    ("MedicationDispense", "daysSupply", 30),
    ("MedicationDispense", "daysSupply.value", "thirty"),
    ("MedicationDispense", "quantity", 30),
    ("MedicationStatement", "effectivePeriod", "2023-03"),
    ("MedicationStatement", "effectivePeriod.start", 2023),
    ("MedicationStatement", "effectivePeriod.end", ["2023-06"]),
    ("Observation", "status", 0),
    ("Observation", "code", "44261-6"),
    ("Observation", "code.coding", "44261-6"),
    ("Observation", "code.coding.0.code", 44261),
    ("Observation", "effectiveDateTime", 1678000000),
    ("Observation", "valueInteger", [19]),
    ("Observation", "valueInteger", {"value": 19}),
    ("Condition", "clinicalStatus.coding", {"code": "active"}),
    ("Condition", "code", 331),
    ("Condition", "code.coding.0.code", 33.1),
    ("Condition", "onsetDateTime", 2023),
    ("Procedure", "code", []),
    ("Procedure", "performedDateTime", 2023.5),
    ("Procedure", "status", True),
]  # fmt: skip

#: Dates that there are not: resource, path, value.
BAD_DATES: list[tuple[str, str, str]] = [
    ("MedicationRequest", "authoredOn", "2024-13-45"),
    ("MedicationRequest", "authoredOn", "2023-02-30"),
    ("MedicationRequest", "authoredOn", "05/03/2023"),
    ("MedicationRequest", "authoredOn", "yesterday"),
    ("MedicationRequest", "authoredOn", "2023-3-5"),
    ("MedicationRequest", "authoredOn", "20230305"),
    ("MedicationRequest", "authoredOn", "2023-03-05T25:00:00Z"),
    ("MedicationRequest", "authoredOn", "23-03-05"),
    ("Patient", "birthDate", "1980-00-04"),
    ("Patient", "birthDate", "4 May 1980"),
    ("MedicationDispense", "whenHandedOver", "2023-04-31"),
    ("MedicationStatement", "effectivePeriod.start", "2023-19"),
    ("MedicationStatement", "effectivePeriod.end", "2023-06-99"),
    ("Observation", "effectiveDateTime", "2023-02-29"),
    ("Observation", "effectiveDateTime", "not known"),
    ("Condition", "onsetDateTime", "0000-01-01"),
    ("Procedure", "performedDateTime", "2023-04-01 and 2023-04-03"),
]


def cut() -> Cases:
    """A bundle that ends in the middle, at many points."""
    whole = text(bundle())
    points = [2, 5, 15, 18, *range(30, len(whole) - 2, max(1, (len(whole) - 32) // 40)), len(whole) - 1]
    return {f"cut at byte {point}": ("cut.json", whole[:point], "") for point in points}


def wrong_types() -> Cases:
    """One field holds another type of value."""
    return {
        f"type of {name}.{path} = {json.dumps(value)}": (
            "type.json",
            spoiled(name, path, value),
            path.split(".")[0],
        )
        for name, path, value in WRONG_TYPES
    }


def bad_dates() -> Cases:
    """Dates that there are not, or that no rule of FHIR allows."""
    return {
        f"date {name}.{path} = {value}": ("date.json", spoiled(name, path, value), path.split(".")[0])
        for name, path, value in BAD_DATES
    }


def not_fhir() -> Cases:
    """JSON that is no FHIR, or FHIR of another version."""
    found: dict[str, Any] = {
        "an object without a type": {"name": "Ana"},
        "an empty object": {},
        "a list of numbers": [1, 2, 3],
        "an empty list": [],
        "a type that is a number": {"resourceType": 5},
        "a type that is null": {"resourceType": None},
        "a type that is a list": {"resourceType": ["Bundle"]},
        "a type that is misspelt": {"resourceType": "Patiant", "id": "x"},
        "a type in lower case": {"resourceType": "patient", "id": "x"},
        "a bundle without entries": {"resourceType": "Bundle", "type": "collection"},
        "entries that are an object": {"resourceType": "Bundle", "entry": {}},
        "entries that are a text": {"resourceType": "Bundle", "entry": "none"},
        "an entry that is a number": {"resourceType": "Bundle", "entry": [7]},
        "an entry that is a text": {"resourceType": "Bundle", "entry": ["Patient/p1"]},
        "a resource that is a text": {"resourceType": "Bundle", "entry": [{"resource": "Patient"}]},
        "a resource that is a number": {"resourceType": "Bundle", "entry": [{"resource": 5}]},
        "a resource that is a list": {"resourceType": "Bundle", "entry": [{"resource": [PATIENT]}]},
        "a resource without a type": bundle(PATIENT, {"id": "x"}),
        "a resource of no known type": bundle(PATIENT, {"resourceType": "Medicine", "id": "x"}),
        "FHIR DSTU2 order": bundle(PATIENT, {"resourceType": "MedicationOrder", "id": "x"}),
        "FHIR DSTU2 date": bundle(PATIENT, {**ORDER, "dateWritten": "2015-01-01"}),
        "FHIR DSTU2 dispense": bundle(PATIENT, {"resourceType": "Conformance"}),
        "FHIR STU3 dose": bundle(PATIENT, {**ORDER, "dosageInstruction": [{"doseQuantity": {"value": 50}}]}),
        "FHIR STU3 dispense": bundle(PATIENT, {**DISPENSE, "notDone": True}),
        "FHIR R5 order": bundle(PATIENT, {**ORDER, "medication": {"concept": {"text": "sertraline"}}}),
        "FHIR R5 profile": bundle({**PATIENT, "meta": {"profile": ["http://hl7.org/fhir/R5/StructureDefinition/Patient"]}}),
        "a stated version of 5": {"resourceType": "CapabilityStatement", "fhirVersion": "5.0.0"},
        "only observations and no patient": {"resourceType": "OperationOutcome", "issue": []},
        "an Excel export": {"rows": [["drug", "dose"], ["sertraline", 50]]},
    }  # fmt: skip
    return {f"not FHIR: {name}": ("other.json", text(value), "") for name, value in found.items()}


def broken_json() -> Cases:
    """Texts that are no JSON, or no FHIR's JSON."""
    whole = text(bundle()).decode()
    deep = (
        '{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","x":'
        + "[" * 5000
        + "]" * 5000
        + "}}]}"
    )
    found: dict[str, bytes] = {
        "text after the end": (whole + " and more").encode(),
        "two objects on one line": (whole + whole).encode(),
        "a comma too many": whole.replace("}]}", "},]}").encode(),
        "a comma too few": whole.replace('", "', '" "', 1).encode(),
        "single quotes": whole.replace('"', "'").encode(),
        "names without quotes": whole.replace('"resourceType"', "resourceType").encode(),
        "a comment": ("{// patient\n" + whole[1:]).encode(),
        "NaN": whole.replace(": 19", ": NaN").encode(),
        "Infinity": whole.replace(": 19", ": Infinity").encode(),
        "a number with a leading zero": whole.replace(": 19", ": 019").encode(),
        "a hexadecimal number": whole.replace(": 19", ": 0x13").encode(),
        "a number beyond all bounds": whole.replace('"value": 50', '"value": 1e999').encode(),
        "a number of 400 digits": whole.replace(": 19", ": " + "9" * 400).encode(),
        "True as Python writes it": whole.replace(": 19", ": True").encode(),
        "a tab within a text": whole.replace("Sertraline 50", "Sertraline\t50").encode(),
        "a line end within a text": whole.replace("Sertraline 50", "Sertraline\n50").encode(),
        "a text without its end": whole.replace('Tablet"', "Tablet").encode(),
        "an escape that is none": whole.replace("Sertraline 50", "Sertraline \\x50").encode(),
        "half a character": whole.replace("Sertraline 50", "Sertraline \\ud83d 50").encode(),
        "Latin-1": whole.replace("Sertraline 50", "Sertralína 50").encode("latin-1"),
        "UTF-8 cut within a letter": whole.replace("Sertraline 50", "Sertralí").encode()[
            : whole.index("Sertraline 50") + 9
        ],
        "nested 5,000 deep": deep.encode(),
        "brackets crossed": whole.replace("]}", "}]", 1).encode(),
        "a colon missing": whole.replace('"status":', '"status"', 1).encode(),
        "NUL between": whole.replace(", ", ",\x00 ", 1).encode(),
    }
    return {f"JSON: {name}": ("broken.json", data, "") for name, data in found.items()}


def lines() -> Cases:
    """NDJSON with a line that is wrong: the message names the line."""
    good = [text(one).decode() for one in RESOURCES.values()]
    found: Cases = {}
    wrong = {
        "cut off": good[1][:40],
        "no JSON": "sertraline 50 mg",
        "a list": "[1, 2]",
        "a number": "17",
        "without a type": '{"id": "x"}',
        "a type misspelt": '{"resourceType": "Patinet", "id": "x"}',
        "two on one line": good[1] + good[2],
        "a wrong date": text({**SCORE, "effectiveDateTime": "2023-45-01"}).decode(),
        "a wrong value": text({**SCORE, "valueInteger": {}}).decode(),
        "null": "null",
    }
    for number, (name, line) in enumerate(wrong.items()):
        place = 2 + number % (len(good) - 1)
        parts = [*good[: place - 1], line, *good[place - 1 :]]
        found[f"line {place} of NDJSON: {name}"] = (
            "export.ndjson",
            "\n".join(parts).encode(),
            f"line {place}",
        )
    return found


def files() -> Cases:
    """Files that are no record at all."""
    packed = gzip.compress(text(bundle()), mtime=0)
    found: dict[str, tuple[str, bytes]] = {
        "empty": ("a.json", b""),
        "blanks": ("a.json", b" \n\t\n"),
        "a byte order mark alone": ("a.json", b"\xef\xbb\xbf"),
        "random bytes": ("a.json", bytes(range(256))),
        "NUL bytes": ("a.json", b"\x00" * 64),
        "PDF": ("a.json", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"),
        "PNG": ("a.json", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
        "ZIP": ("a.json", b"PK\x03\x04\x14\x00\x00\x00"),
        "XML": ("a.json", b'<?xml version="1.0"?><Bundle xmlns="http://hl7.org/fhir"/>'),
        "HTML": ("a.json", b"<!DOCTYPE html><html><body>404</body></html>"),
        "plain words": ("a.json", b"Dear doctor, I have tried sertraline."),
        "gzip cut": ("a.json.gz", packed[:40]),
        "gzip with a wrong sum": ("a.json.gz", packed[:-8] + b"\x00" * 8),
        "gzip that is none": ("a.json.gz", b"\x1f\x8b" + b"sertraline"),
        "gzip of nothing": ("a.json.gz", gzip.compress(b"", mtime=0)),
        "gzip of words": ("a.json.gz", gzip.compress(b"sertraline", mtime=0)),
        "UTF-16 JSON": ("a.json", text(bundle()).decode().encode("utf-16")),
        "a number": ("a.json", b"17"),
        "a text": ("a.json", b'"Bundle"'),
        "null": ("a.json", b"null"),
    }
    return {f"file: {name}": (file, data, "") for name, (file, data) in found.items()}


def all_cases() -> Cases:
    """All of them."""
    return cut() | wrong_types() | bad_dates() | not_fhir() | broken_json() | lines() | files()
