"""What CDS Hooks 2.0 asks of a service: shapes, status codes, calls from a browser of elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from starlette.testclient import TestClient

from tests.service.hooks import parts as p
from tests.service.hooks.schema import CARD, DISCOVERY, RESPONSE

HOOKS = ("patient-view", "order-select", "order-sign")
ORIGIN = "https://sandbox.cds-hooks.org"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with p.client(tmp_path_factory.mktemp("hooks")) as made:
        yield made


def post(browser: TestClient, hook: str, body: Any, **headers: str) -> Any:
    return browser.post(f"/cds-services/opentrd-{hook}", json=body, headers=headers)


def test_discovery_is_as_the_specification_has_it(browser: TestClient) -> None:
    found = browser.get("/cds-services")
    assert found.status_code == 200
    jsonschema.validate(found.json(), DISCOVERY)
    services = {service["hook"]: service for service in found.json()["services"]}
    assert set(services) == set(HOOKS)
    for service in services.values():
        assert service["prefetch"]["patient"] == "Patient/{{context.patientId}}"


def test_prefetch_keeps_to_the_recommended_part_of_fhir_search(browser: TestClient) -> None:
    for service in browser.get("/cds-services").json()["services"]:
        for template in service["prefetch"].values():
            assert set(re.findall(r"\{\{(.*?)\}\}", template)) == {"context.patientId"}
            names = re.findall(r"[?&]([^=]+)=", template)
            assert set(names) <= {"patient", "code", "_count", "_sort"}, template


RECORDS: dict[str, Callable[[], list[p.Resource]]] = {
    "nothing": list,
    "two failures": p.two_failures,
    "an alarm": lambda: [p.depression(), p.score(23, 2, item9=3), *p.supplies("sertraline", 50, 200, 0)],
    "phenelzine": lambda: [p.depression(), *p.supplies("phenelzine", 45, 60, 5)],
    "bipolar": lambda: [p.depression("F31.9", "Bipolar disorder")],
}


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("record", RECORDS)
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_answer_is_as_the_specification_has_it(
    hook: str, record: str, language: str, tmp_path: Path
) -> None:
    with p.client(tmp_path, language=language) as made:
        found = p.cards(made, hook, *RECORDS[record]())
    jsonschema.validate({"cards": found}, RESPONSE)
    assert len(found) <= 2
    for card in found:
        assert len(card["summary"]) < 140
        assert "hooks." not in json.dumps(card["detail"] + card["summary"])
        assert card["source"]["topic"]["display"] and card["uuid"]
    silent = record == "nothing" or (hook == "patient-view" and record in ("phenelzine", "bipolar"))
    assert bool(found) != silent


@pytest.mark.parametrize(
    "wrong",
    [{"indicator": "hard-stop"}, {"suggestions": [{"label": "z"}]}, {"links": []}, {"summary": "x" * 140}],
)
def test_the_schema_itself_can_fail(wrong: dict[str, Any]) -> None:
    card = {"summary": "x", "indicator": "info", "source": {"label": "y"}}
    jsonschema.validate(card, CARD)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**card, **wrong}, CARD)


def without(*path: str) -> Callable[[dict[str, Any]], None]:
    def change(body: dict[str, Any]) -> None:
        for name in path[:-1]:
            body = body[name]
        del body[path[-1]]

    return change


def with_(value: Any, *path: str) -> Callable[[dict[str, Any]], None]:
    def change(body: dict[str, Any]) -> None:
        for name in path[:-1]:
            body = body[name]
        body[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("hook", "change", "status", "says"),
    [
        ("patient-view", without("hook"), 400, "hook"),
        ("patient-view", without("hookInstance"), 400, "hookInstance"),
        ("patient-view", with_("", "hookInstance"), 400, "hookInstance"),
        ("patient-view", without("context"), 400, "context"),
        ("patient-view", without("context", "patientId"), 400, "context.patientId"),
        ("patient-view", without("context", "userId"), 400, "context.userId"),
        ("patient-view", with_(7, "context", "patientId"), 400, "context.patientId"),
        ("patient-view", with_("ana/../x?y", "context", "patientId"), 400, "context.patientId"),
        ("order-select", without("context", "selections"), 400, "context.selections"),
        ("order-select", without("context", "draftOrders"), 400, "context.draftOrders"),
        ("order-sign", without("context", "draftOrders"), 400, "context.draftOrders"),
        ("order-sign", with_([], "context", "draftOrders"), 400, "context.draftOrders"),
        ("order-sign", with_("patient-view", "hook"), 400, "order-sign"),
        ("patient-view", with_("file:///etc/passwd", "fhirServer"), 400, "fhirServer"),
        ("patient-view", with_({"access_token": "t"}, "fhirAuthorization"), 412, "person"),
        ("patient-view", with_({}, "prefetch", "patient"), 422, ""),
        ("patient-view", with_("ana", "prefetch", "patient"), 400, "prefetch.patient"),
        ("patient-view", with_(p.person() | {"id": "ben"}, "prefetch", "patient"), 400, "prefetch.patient"),
        ("patient-view", with_(p.person("1980-13-45"), "prefetch", "patient"), 422, "birthDate"),
        ("patient-view", without("prefetch"), 412, "prefetch"),
        ("patient-view", without("prefetch", "patient"), 412, "prefetch"),
    ],
)
def test_what_is_wrong_is_said(
    browser: TestClient, hook: str, change: Callable[[dict[str, Any]], None], status: int, says: str
) -> None:
    body = p.call(hook)
    if says == "person":
        del body["prefetch"]
    change(body)
    answer = post(browser, hook, body)
    assert answer.status_code == status, answer.text
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert says in answer.json()["issue"][0]["diagnostics"]
    assert answer.headers["access-control-allow-origin"] == "*"


def test_authorization_without_a_server(browser: TestClient) -> None:
    body = p.call(fhirAuthorization={"access_token": "t"})
    del body["fhirServer"]
    assert post(browser, "patient-view", body).status_code == 400


def test_an_unknown_service(browser: TestClient) -> None:
    for path in ("/cds-services/nothing", "/cds-services/nothing/feedback"):
        assert browser.post(path, json=p.call()).status_code == 404


def test_null_is_nothing_there_and_a_missing_part_is_unknown(browser: TestClient) -> None:
    body = p.call(prefetch=p.prefetch(*p.two_failures()))
    whole = post(browser, "patient-view", body).json()["cards"][0]
    assert "Not given" not in whole["detail"]
    del body["prefetch"]["conditions"], body["prefetch"]["allergies"]
    told = post(browser, "patient-view", body).json()["cards"][0]
    assert "unknown here: conditions, allergies" in told["detail"]


def test_an_error_of_the_client_counts_as_not_given(browser: TestClient) -> None:
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
    body = p.call(prefetch=p.prefetch(*p.two_failures()) | {"allergies": failed})
    assert "unknown here: allergies" in post(browser, "patient-view", body).json()["cards"][0]["detail"]
    body["prefetch"]["patient"] = failed
    assert post(browser, "patient-view", body).status_code == 412


def test_a_person_of_whom_nothing_is_known(browser: TestClient) -> None:
    body = p.call(prefetch=p.prefetch() | {"patient": None})
    answer = post(browser, "patient-view", body)
    assert (answer.status_code, answer.json()) == (200, {"cards": []})


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"prefetch":{"patient":' + b"[" * 100_000 + b"]" * 100_000 + b"}}", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
    ],
)
def test_hostile_bodies(browser: TestClient, body: bytes, kind: str, status: int) -> None:
    for path in ("/cds-services/opentrd-patient-view", "/cds-services/opentrd-patient-view/feedback"):
        answer = browser.post(path, content=body, headers={"content-type": kind})
        assert answer.status_code == status, answer.text


def test_browsers_of_elsewhere_may_call(browser: TestClient) -> None:
    for path in ("", "/opentrd-patient-view", "/opentrd-order-sign/feedback"):
        asked = browser.options(
            f"/cds-services{path}",
            headers={
                "origin": ORIGIN,
                "access-control-request-method": "POST",
                "access-control-request-headers": "authorization,content-type",
            },
        )
        assert asked.status_code == 204
        assert asked.headers["access-control-allow-origin"] == "*"
        assert "POST" in asked.headers["access-control-allow-methods"]
        assert {"authorization", "content-type"} <= {
            name.strip() for name in asked.headers["access-control-allow-headers"].split(",")
        }
        assert "access-control-allow-credentials" not in asked.headers
    for answer in (
        browser.get("/cds-services", headers={"origin": ORIGIN}),
        post(browser, "patient-view", p.call(), origin=ORIGIN),
        post(browser, "patient-view", {}, origin=ORIGIN),
    ):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_no_other_page_may_be_read_from_elsewhere(browser: TestClient) -> None:
    answer = browser.get("/openapi.json", headers={"origin": ORIGIN})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
