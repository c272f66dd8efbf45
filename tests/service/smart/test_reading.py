"""Reading a record: all its pages, from its own server alone, with tokens that end; and reading it again."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import httpx2
import pytest

from opentrd.records.fhir.entry import READ
from opentrd.service.outward import same_origin
from opentrd.service.smart.reading import SEARCHED
from opentrd.service.store import tables as t
from tests.service.smart.authority import Authority
from tests.service.smart.browsing import BASE, Browsing, query_of
from tests.service.smart.servers import bring_in, put, serving

PHQ9 = {"coding": [{"system": "http://loinc.org", "code": "44261-6"}]}


@pytest.fixture(scope="module")
def many(fhir: str) -> str:
    """A person with 450 scores: three pages."""
    with httpx2.Client() as client:
        put(client, fhir, {"resourceType": "Patient", "id": "many", "name": [{"text": "Many <b>Scores</b>"}]})
        for number in range(450):
            put(
                client,
                fhir,
                {
                    "resourceType": "Observation",
                    "id": f"many-{number}",
                    "status": "final",
                    "code": PHQ9,
                    "subject": {"reference": "Patient/many"},
                    "effectiveDateTime": f"20{10 + number // 50}-01-{1 + number % 28:02}",
                    "valueQuantity": {"value": number % 28},
                },
            )
    return "many"


def searches(authority: Authority, kind: str) -> int:
    return authority.asked.count(f"GET /fhir/{kind}")


def test_all_pages_are_read(browsing: Browsing, many: str) -> None:
    chart = browsing.open(many)
    assert searches(browsing.authority, "Observation") == 3
    body = next(s.body for s in browsing.service.store.sources(chart) if s.name == "Observation.fhir")
    ids = {entry["resource"]["id"] for entry in json.loads(body)["entry"]}
    assert ids == {f"many-{number}" for number in range(450)}


def test_every_type_of_the_reader_is_asked_for_once(browsing: Browsing, patient: str) -> None:
    browsing.open(patient)
    assert {*SEARCHED, "Patient", "Medication"} == set(READ)
    assert {kind: searches(browsing.authority, kind) for kind in SEARCHED} == dict.fromkeys(SEARCHED, 1)


def test_medicines_that_orders_refer_to_are_read(browsing: Browsing, fhir: str) -> None:
    with httpx2.Client() as client:
        put(client, fhir, {"resourceType": "Patient", "id": "refers"})
        put(
            client,
            fhir,
            {
                "resourceType": "Medication",
                "id": "tablet",
                "code": {"coding": [{"display": "sertraline 50 MG"}], "text": "sertraline 50 MG"},
            },
        )
        for number in range(2):
            put(
                client,
                fhir,
                {
                    "resourceType": "MedicationRequest",
                    "id": f"refers-{number}",
                    "status": "active",
                    "intent": "order",
                    "subject": {"reference": "Patient/refers"},
                    "authoredOn": "2026-01-02",
                    "medicationReference": {"reference": "Medication/tablet"},
                },
            )
    chart = browsing.open("refers")
    assert browsing.authority.asked.count("GET /fhir/Medication/tablet") == 1
    kept = browsing.service.store.chart(chart, "local", "test")
    assert kept is not None
    assessed = browsing.service.assess(kept, browsing.service.usual_view())
    assert "sertraline" in assessed.to_json()


def test_a_next_page_on_another_server_is_not_asked_for(browsing: Browsing, many: str, fhir: str) -> None:
    evil = Authority(fhir)
    with serving(evil.app) as evil.url:
        browsing.authority.next_base = evil.iss
        refused = browsing.back(browsing.consent(browsing.launch(many)))
        assert refused.status_code == 502
        assert "pointed to another server" in refused.text
        assert evil.asked == []
    assert browsing.service.store.count(t.Chart) == 0


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://ehr.example/fhir?page=2", True),
        ("https://EHR.example:443/other", True),
        ("http://ehr.example/fhir", False),
        ("https://ehr.example:444/fhir", False),
        ("https://ehr.example.evil.example/fhir", False),
        ("https://ehr.example@evil.example/fhir", False),
        ("//ehr.example/fhir", False),
        ("https://ehr.example:port/fhir", False),
        ("", False),
    ],
)
def test_the_same_origin(url: str, same: bool) -> None:
    assert same_origin(url, "https://ehr.example/fhir") is same


def test_what_a_server_does_not_give_is_said(browsing: Browsing, patient: str) -> None:
    browsing.authority.forbidden = {"Condition", "Encounter"}
    told = browsing.back(browsing.consent(browsing.launch(patient)))
    assert told.status_code == 200
    assert "diagnoses: the server did not allow it" in told.text
    assert "visits: the server did not allow it" in told.text
    data = browsing.client.get(f"{told.url.path}.json").json()
    assert data["missing"] == {"Condition": "not_allowed", "Encounter": "not_allowed"}
    link = browsing.service.store.link(data["chart"])
    assert link is not None and link.missing == data["missing"]


def test_a_person_who_may_not_be_read(browsing: Browsing, patient: str) -> None:
    browsing.authority.forbidden = {"Patient"}
    refused = browsing.back(browsing.consent(browsing.launch(patient)))
    assert refused.status_code == 502 and "own data" in refused.text


def test_how_far_a_reading_is_belongs_to_its_browser(browsing: Browsing, patient: str) -> None:
    url = browsing.consent(browsing.launch(patient)).removeprefix(BASE)
    path = browsing.sent_on(browsing.client.get(url)).split("?")[0]
    assert browsing.new_client().get(path).status_code == 404
    assert browsing.new_client().get(f"{path}.json").status_code == 404
    assert browsing.client.get(f"{path}.json").json()["of"] == len(SEARCHED) + 1


def test_a_token_that_ends_in_the_middle(browsing: Browsing, patient: str) -> None:
    """The refresh token gives another, and both change: the session holds the newest."""
    browsing.authority.uses = 10
    back = browsing.consent(browsing.launch(patient))
    assert browsing.chart(browsing.back(back))
    assert browsing.authority.asked.count("POST /token") == 2
    kept = browsing.refresh_tokens()
    assert kept == list(browsing.authority._refresh)


def test_a_token_that_ends_and_cannot_be_renewed(browsing: Browsing, patient: str) -> None:
    browsing.authority.uses = 5
    url = browsing.launch(patient).replace("+offline_access", "").replace("%20offline_access", "")
    assert "offline_access" not in query_of(url)["scope"]
    refused = browsing.back(browsing.consent(url))
    assert refused.status_code == 502 and "permission to read the record is over" in refused.text
    assert browsing.service.store.count(t.Chart) == 0


def again(browsing: Browsing, chart: str) -> Any:
    return browsing.client.post(f"/smart/again/{chart}", data={"csrf": browsing.csrf()})


def test_reading_again_gets_the_newest_and_keeps_what_was_said(browsing: Browsing, fhir: str) -> None:
    patient = bring_in(fhir, "wait")
    chart = browsing.open(patient)
    browsing.service.store.save_answer(chart, "some.question", True, "local")
    before = {s.name: s.body for s in browsing.service.store.sources(chart)}
    browsing.authority.expire_all()
    with httpx2.Client() as client:
        condition = {
            "resourceType": "Condition",
            "id": "newest",
            "subject": {"reference": f"Patient/{patient}"},
        }
        put(client, fhir, {**condition, "code": {"text": "new"}})
    assert browsing.chart(browsing.follow(again(browsing, chart))) == chart
    after = {s.name: s.body for s in browsing.service.store.sources(chart)}
    assert b'"newest"' in after["Condition.fhir"] and b'"newest"' not in before.get("Condition.fhir", b"")
    assert browsing.service.store.answers(chart) == {"some.question": True}
    assert browsing.chart(browsing.follow(again(browsing, chart))) == chart, "the refresh token changed"


def test_launching_again_keeps_the_chart(browsing: Browsing, patient: str) -> None:
    assert browsing.open(patient) == browsing.open(patient)
    assert browsing.service.store.count(t.Chart) == 1


def test_reading_again_without_permission_asks_for_it(browsing: Browsing, patient: str) -> None:
    chart = browsing.open(patient)
    browsing.authority._refresh.clear()
    page = again(browsing, chart)
    assert page.status_code == 200 and "/smart/start?server=" in page.text


def test_reading_again_needs_the_token_of_the_form(browsing: Browsing, patient: str) -> None:
    chart = browsing.open(patient)
    assert browsing.client.post(f"/smart/again/{chart}").status_code == 403


def test_a_chart_that_no_server_gave(browsing: Browsing) -> None:
    chart = browsing.service.store.add_chart("by hand", "form", "local", {})
    assert again(browsing, chart).status_code == 404
    assert again(browsing, "nothing").status_code == 404


def test_tokens_are_not_kept_and_nothing_of_a_person_is_logged(
    browsing: Browsing, patient: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "opentrd")
    caplog.set_level(logging.INFO)
    browsing.open(patient)
    for token in browsing.authority._access:
        for path in tmp_path.iterdir():
            assert token.encode() not in path.read_bytes(), path.name
        assert token not in caplog.text
    own = [each.getMessage() for each in caplog.records if not each.name.startswith("uvicorn")]
    assert not [line for line in own if patient in line]
