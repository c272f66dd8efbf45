"""Several workers of one service tell of each other's readings; what a chart came from is said and goes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from opentrd.service.app import create_app
from opentrd.service.store import shared
from opentrd.service.store import tables as t
from opentrd.service.store.shared import ReadingStore
from tests.service.smart.authority import Authority
from tests.service.smart.browsing import BASE, Browsing


def other_worker(browsing: Browsing, client: TestClient) -> TestClient:
    """The same browser, at another process over the same store."""
    app = create_app(browsing.service.settings)
    made = TestClient(app, base_url=BASE, follow_redirects=False, headers={"accept": "text/html"})
    made.cookies = client.cookies
    return made


def a_reading(browsing: Browsing, patient: str) -> str:
    """Launch, come back, and return the page of the reading."""
    back = browsing.consent(browsing.launch(patient)).removeprefix(BASE)
    return browsing.sent_on(browsing.client.get(back)).split("?")[0]


def test_another_worker_tells_how_far_a_reading_is_and_leads_to_the_chart(
    browsing: Browsing, patient: str
) -> None:
    path = a_reading(browsing, patient)
    other = other_worker(browsing, browsing.client)
    shown = other.get(path)
    deadline = time.monotonic() + 60
    while "hx-trigger" in shown.text and time.monotonic() < deadline:
        shown = other.get(path)
    chart = browsing.chart(shown)
    told = other.get(f"{path}.json").json()
    assert told["ended"] and told["chart"] == chart and told["resources"] > 1
    assert told["done"] == told["of"]
    assert TestClient(other.app, base_url=BASE).get(f"{path}.json").status_code == 404


def test_a_reading_whose_worker_is_gone_is_cut_off(browsing: Browsing, patient: str) -> None:
    browsing.client.get("/smart")
    with browsing.service.store.transaction() as transaction:
        session = transaction.query(t.Session).one().id
        silent = ReadingStore(browsing.service.store)
    reading = silent.add(session, "patient", "en", None)
    assert browsing.client.get(f"/smart/reading/{reading}.json").json()["ended"] is False
    with browsing.service.store.transaction() as transaction:
        row = transaction.get(t.Reading, reading)
        assert row is not None
        row.told -= shared.SILENCE + 1
    assert browsing.client.get(f"/smart/reading/{reading}.json").json()["failure"] == "cut_off"
    told = browsing.client.get(f"/smart/reading/{reading}")
    assert told.status_code == 502 and "cut off before its end" in told.text


def test_a_reading_is_forgotten_after_a_day(browsing: Browsing) -> None:
    kept = ReadingStore(browsing.service.store)
    old = kept.add("browser", "patient", "en", None)
    with browsing.service.store.transaction() as transaction:
        row = transaction.get(t.Reading, old)
        assert row is not None
        row.told -= shared.KEPT + 1
    kept.add("browser", "patient", "en", None)
    assert kept.find(old, "browser") is None


def test_the_export_tells_where_a_chart_came_from_and_deletion_takes_the_permission(
    browsing: Browsing, patient: str
) -> None:
    browsing.authority.forbidden = {"Encounter"}
    browsing.back(browsing.consent(browsing.launch(patient)))
    (kept,) = browsing.service.store.charts("local")
    said = browsing.client.get(f"/chart/{kept.id}/export.json").json()["smart"]
    assert said["server"] == browsing.authority.iss and said["name"] == "House of records"
    assert said["patient"] == patient and said["not_given"] == {"Encounter": "not_allowed"}
    assert len(said["may_be_read_again_since"]) == 1
    (token,) = browsing.refresh_tokens()
    assert token not in browsing.client.get(f"/chart/{kept.id}/export.json").text

    assert browsing.client.post(f"/chart/{kept.id}/delete", data={"csrf": browsing.csrf()}).status_code == 303
    assert browsing.refresh_tokens() == []
    for table in (t.Reading, t.SmartLink, t.Source):
        assert browsing.service.store.count(table) == 0, table.__tablename__


def test_a_chart_that_no_server_gave_says_so_in_its_export(browsing: Browsing) -> None:
    chart = browsing.service.store.add_chart("by hand", "form", "local", {})
    assert browsing.client.get(f"/chart/{chart}/export.json").json()["smart"] is None


@pytest.mark.parametrize(
    ("language", "said", "button"),
    [
        ("en", "Read from House of records on", "Get the newest"),
        ("es", "Leído de House of records el", "Traer lo más nuevo"),
    ],
)
def test_the_answer_says_where_it_was_read_and_gets_the_newest(
    browsing: Browsing, patient: str, language: str, said: str, button: str
) -> None:
    chart = browsing.open(patient)
    page = browsing.client.get(f"/chart/{chart}?language={language}").text
    assert said in page and button in page
    assert f'action="/smart/again/{chart}?' in page
    again = browsing.client.post(f"/smart/again/{chart}?language={language}", data={"csrf": browsing.csrf()})
    assert browsing.chart(browsing.follow(again)) == chart


def test_the_answer_says_what_the_server_did_not_give(browsing: Browsing, patient: str) -> None:
    browsing.authority.forbidden = {"Encounter"}
    browsing.back(browsing.consent(browsing.launch(patient)))
    (kept,) = browsing.service.store.charts("local")
    assert "visits: the server did not allow it" in browsing.client.get(f"/chart/{kept.id}").text


def test_a_system_that_is_no_longer_registered_is_named_but_not_asked(
    browsing: Browsing, patient: str, authority: Authority, tmp_path: Path
) -> None:
    chart = browsing.open(patient)
    with Browsing(authority, tmp_path, smart=()) as later:
        page = later.client.get(f"/chart/{chart}").text
        assert f"Read from {authority.iss} on" in page and "/smart/again/" not in page


def test_the_start_page_leads_to_the_systems_where_there_are_any(
    browsing: Browsing, authority: Authority, tmp_path: Path
) -> None:
    page = browsing.client.get("/").text
    assert 'href="/smart?' in page and "House of records" in page
    assert browsing.client.get("/start.json").json()["record_systems"] == ["House of records"]
    with Browsing(authority, tmp_path / "none", smart=()) as without:
        assert 'href="/smart?' not in without.client.get("/").text
