"""``POST /fhir/$evaluate-trd``: Parameters in, the Bundle of our FHIR output out."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from opentrd.assessing import assess
from opentrd.present.fhir import to_fhir
from opentrd.present.words import Words
from opentrd.records.read import read
from tests.service.api.conftest import kept, service_of


def call(client: TestClient, *parameters: dict[str, Any], kind: str = "application/fhir+json") -> Any:
    body = json.dumps({"resourceType": "Parameters", "parameter": list(parameters)})
    return client.post("/fhir/$evaluate-trd", content=body, headers={"content-type": kind})


def test_the_bundle_is_that_of_the_library(client: TestClient, two_failures: bytes) -> None:
    knowledge = service_of(client).knowledge
    before = kept(client)
    answer = call(
        client,
        {"name": "record", "resource": json.loads(two_failures)},
        {"name": "asOf", "valueDate": "2026-07-01"},
        {"name": "for", "valueCode": "patient"},
        {"name": "language", "valueCode": "es"},
        {"name": "prefer", "valueString": "weight=2"},
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/fhir+json"
    expected = assess(
        read(two_failures, knowledge).one(),
        as_of=date(2026, 7, 1),
        knowledge=knowledge,
        audience="patient",
        language="es",
        preferences={"weight": 2.0},
    )
    assert answer.content == to_fhir(expected, Words("es", "patient", knowledge))
    assert kept(client) == before


def test_an_answer_is_taken(client: TestClient, two_failures: bytes) -> None:
    answer = call(
        client,
        {"name": "record", "resource": json.loads(two_failures)},
        {
            "name": "answer",
            "part": [{"name": "question", "valueString": "dose:x"}, {"name": "value", "valueDecimal": 5}],
        },
    )
    assert answer.status_code == 422
    assert "answers, dose:x" in answer.json()["issue"][0]["diagnostics"]


def test_a_measured_value_is_taken_with_unit_and_day(client: TestClient, two_failures: bytes) -> None:
    pressure = {"name": "value", "valueQuantity": {"value": 162, "code": "mm[Hg]", "unit": "mmHg"}}
    told = [{"name": "question", "valueString": "value:systolic_blood_pressure"}, pressure]
    for day, status in (("2026-06-20", 200), ("2026-08-01", 422), (None, 200)):
        part = told if day is None else [*told, {"name": "day", "valueDate": day}]
        answer = call(
            client,
            {"name": "record", "resource": json.loads(two_failures)},
            {"name": "asOf", "valueDate": "2026-07-01"},
            {"name": "answer", "part": part},
        )
        assert answer.status_code == status, answer.text
        assert ("answer#value:systolic_blood_pressure" in answer.text) == (status == 200)
    unread = {"name": "day", "valueInteger": 20}
    refused = call(
        client,
        {"name": "record", "resource": json.loads(two_failures)},
        {"name": "answer", "part": [*told, unread]},
    )
    assert refused.status_code == 422 and "is not a date" in refused.text


PATIENT = {"name": "record", "resource": {"resourceType": "Patient", "id": "ana"}}
REFUSED: dict[str, tuple[list[dict[str, Any]], str]] = {
    "no record": ([], "there are 0 records"),
    "two records": ([PATIENT, PATIENT], "there are 2 records"),
    "no such parameter": ([PATIENT, {"name": "asof", "valueDate": "2026-07-01"}], "no such parameter"),
    "no text": ([PATIENT, {"name": "for", "valueInteger": 1}], "one text is expected"),
    "twice": (
        [PATIENT, {"name": "for", "valueCode": "patient"}, {"name": "for", "valueCode": "patient"}],
        "it is there twice",
    ),
    "an answer without its question": ([PATIENT, {"name": "answer"}], "question or value is missing"),
    "a parameter without a name": ([PATIENT, {"valueCode": "x"}], "name"),
    "a record that is no resource": ([{"name": "record", "resource": 5}], "record"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_is_an_outcome_that_says_what_to_do(client: TestClient, case: str) -> None:
    parameters, what = REFUSED[case]
    answer = call(client, *parameters)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/fhir+json"
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert what in answer.json()["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/fhir+json", 400),
        (b'{"resourceType": "Parameters", "x": ' + b"[" * 100_000, "application/fhir+json", 400),
        (b'{"resourceType": "Bundle"}', "application/fhir+json", 422),
        (b"{}", "text/plain", 415),
    ],
)
def test_what_is_no_parameters_is_refused(client: TestClient, body: bytes, kind: str, status: int) -> None:
    answer = client.post("/fhir/$evaluate-trd", content=body, headers={"content-type": kind})
    assert answer.status_code == status
    assert answer.json()["resourceType"] == "OperationOutcome"
