"""Every route of a chart writes down who was there: the routes are those that the app has."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from opentrd.service.store import tables as t
from tests.service.api.conftest import service_of

SHEET = b"what,name,dose,from,to,helped\ntreatment,sertraline,?,2023-03-01,2023-08-01,not at all\n"
#: What is sent to a route that changes something, beside the token; by its path.
FORMS: dict[str, dict[str, str]] = {
    "/chart/{chart}/answers": {"dose:sertraline-2023-03": "100"},
    "/chart/{chart}/preferences": {"weight:weight": "2"},
    "/chart/{chart}/follow": {"plan": "a walk a day"},
    "/open/{chart}": {"person": "sheet"},
}
#: Routes that only begin to read a record anew; the reading is noted when it is kept.
NOT_OF_OURS = {"/smart/again/{chart}"}


def chart_routes(client: TestClient) -> list[tuple[str, str]]:
    """Method and path of all routes that name a chart."""
    found = set()

    def walk(routes: Any, prefix: str = "") -> None:
        for route in routes:
            path = prefix + getattr(route, "path", "")
            for method in getattr(route, "methods", None) or ():
                if "{chart}" in path and method != "HEAD":
                    found.add((method, path))
            walk(getattr(getattr(route, "original_router", None), "routes", ()), prefix)
            walk(getattr(route, "routes", None) or (), path)

    walk(client.app.routes)  # type: ignore[attr-defined]
    return sorted(found)


def test_every_chart_route_of_the_app_writes_the_audit(client: TestClient) -> None:
    routes = [each for each in chart_routes(client) if each[1] not in NOT_OF_OURS]
    assert len(routes) >= 10
    store = service_of(client).store
    page = client.get("/")
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert token is not None
    missing = []
    for method, path in routes:
        form = path.startswith("/write")
        chart = store.add_chart("Ana", "form" if form else "upload", "local", {"sheet.csv": SHEET})
        before = store.count(t.Audit)
        address = path.replace("{chart}", chart).replace("{entry}", "x")
        sent = {"csrf": token[1], **FORMS.get(path, {})}
        asked: dict[str, Any] = {"data": sent}
        if path.endswith("/draft"):
            asked = {"json": {"version": 0, "fields": []}}
        headers = {"x-csrf-token": token[1]}
        arguments = {} if method in ("GET", "DELETE") else asked
        answer = client.request(method, address, headers=headers, follow_redirects=False, **arguments)
        assert answer.status_code < 400 or "{entry}" in path, (method, path, answer.status_code)
        if store.count(t.Audit) == before or not store.audit(chart):
            missing.append((method, path))
    assert missing == []


def test_a_chart_of_another_account_is_not_there_on_any_route(client: TestClient) -> None:
    store = service_of(client).store
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/").text)
    assert token is not None
    chart = store.add_chart("Zarathustra", "upload", "another", {"sheet.csv": SHEET})
    for method, path in chart_routes(client):
        address = path.replace("{chart}", chart).replace("{entry}", "x")
        data = {} if method in ("GET", "DELETE") else {"data": {"csrf": token[1]}}
        if path.endswith("/draft"):
            data = {"json": {"version": 0, "fields": []}}
        headers = {"x-csrf-token": token[1]}
        answer = client.request(method, address, headers=headers, follow_redirects=False, **data)  # type: ignore[arg-type]
        assert answer.status_code in (404, 422), (method, path, answer.status_code)
        assert "Zarathustra" not in answer.text
    assert [row.account for row in store.audit(chart)] == ["another"]


@pytest.mark.parametrize("path", ["/chart/{chart}/export.json", "/chart/{chart}/export.zip"])
def test_the_export_holds_everything_that_is_kept(client: TestClient, path: str) -> None:
    import io
    import json
    import zipfile

    store = service_of(client).store
    chart = store.add_chart("Ana", "upload", "local", {"sheet.csv": SHEET})
    store.save_answer(chart, "dose:sertraline-2023-03", 100, "local")
    store.save_preferences(chart, {"weight": 2.0}, "local")
    store.save_draft(chart, {"note": "as typed"}, "local")
    store.add_follow_up(chart, 739800, "plan", {"text": "a walk"}, "local")
    body = client.get(path.replace("{chart}", chart)).content
    if path.endswith("zip"):
        archive = zipfile.ZipFile(io.BytesIO(body))
        assert archive.read("files/sheet.csv") == SHEET
        body = archive.read("chart.json")
    found = json.loads(body)
    assert found["answers"] == {"dose:sertraline-2023-03": 100}
    assert found["preferences"] == {"weight": 2.0}
    assert found["draft"]["body"] == {"note": "as typed"}
    assert [each["value"] for each in found["follow_up"]] == [{"text": "a walk"}]
    assert [each["action"] for each in found["seen_and_changed"]][:2] == ["create", "answer"]
    assert found["assessment"]["trials"][0]["treatment"] == "sertraline"
