"""The start page and the ways in: what is opened is kept, what can't be read is not."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from opentrd.service.store import tables as t
from tests.service.pages.parts import client, sample, service, token, upload

ANA = "two-failures.json"


@pytest.fixture
def found(tmp_path: Path) -> Iterator[TestClient]:
    with client(tmp_path) as made:
        yield made


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return made.getvalue()


def kept(found: TestClient) -> list[t.Chart]:
    return service(found).store.charts("local")


def only(found: TestClient) -> t.Chart:
    (chart,) = kept(found)
    return chart


def test_a_page_is_packed_where_the_browser_takes_that(tmp_path: Path) -> None:
    with client(tmp_path) as found:
        packed = found.get("/", headers={"accept-encoding": "br, gzip"})
        plain = found.get("/", headers={"accept-encoding": "gzip;q=0, identity"})
        refused = found.get("/?for=dog", headers={"accept-encoding": "gzip"})
    assert refused.status_code == 422 and "content-encoding" not in refused.headers
    assert packed.headers["content-encoding"] == "gzip" and packed.headers["vary"] == "accept-encoding"
    assert "content-encoding" not in plain.headers
    assert int(packed.headers["content-length"]) * 2 < int(plain.headers["content-length"])
    assert "Start writing" in packed.text and "Start writing" in plain.text


def test_each_page_names_its_twin(found: TestClient) -> None:
    several = upload(found, (ANA, sample(ANA)), ("from-memory.yaml", sample("from-memory.yaml")))
    answer = found.get("/sample/wait").url.path
    written = found.get("/write").url.path
    persons = several.headers["location"].partition("?")[0]
    for path in ("/", "/learn", "/learn/hope", "/smart", answer, f"{answer}/follow", written, persons):
        page = found.get(path, params={"language": "es"})
        twin = re.search(r'<link rel="alternate" type="application/json" href="([^"]+)">', page.text)
        assert twin and "language=es" in twin[1], path
        data = found.get(twin[1].replace("&amp;", "&"))
        assert (data.status_code, data.headers["content-type"]) == (200, "application/json"), path
    assert 'rel="alternate"' not in found.get("/nothing").text


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("audience", ["patient", "clinician"])
def test_the_start_page_has_the_ways_in_and_help(found: TestClient, language: str, audience: str) -> None:
    answer = found.get("/", params={"for": audience, "language": language, "region": "uk"})
    assert answer.status_code == 200
    text = answer.text
    assert f'<html lang="{language}">' in text
    for way in ('action="/write?', 'action="/open?', 'href="/sample/two-failures?', 'href="/learn?'):
        assert way in text
    assert "116 123" in text.partition("<main")[0]


def test_data_stand_beside_the_page(found: TestClient) -> None:
    upload(found, (ANA, sample(ANA)))
    said = found.get("/start.json").json()
    assert [chart["label"] for chart in said["charts"]] == ["Ana Lindqvist"]
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", said["charts"][0]["changed"])
    assert len(said["samples"]) == len({each["id"] for each in said["samples"]}) >= 20


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (ANA, sample(ANA)),
        (f"{ANA}.gz", gzip.compress(sample(ANA), mtime=0)),
        (
            "export.zip",
            zipped(**{"records/a.json": sample(ANA), "photo.png": b"\x89PNG", "export.xml": b"<x/>"}),
        ),
    ],
)
def test_a_record_is_opened_and_leads_to_its_answer(found: TestClient, name: str, body: bytes) -> None:
    answer = upload(found, (name, body))
    assert answer.status_code == 303
    chart = only(found)
    assert answer.headers["location"].startswith(f"/chart/{chart.id}?")
    assert (chart.label, chart.kind) == ("Ana Lindqvist", "upload")
    store = service(found).store
    assert [source.body for source in store.sources(chart.id)] == [sample(ANA)]
    assert service(found).assess(chart, service(found).usual_view()).record.person.name == "Ana Lindqvist"
    assert "Ana Lindqvist" in found.get("/").text


def test_a_sheet_and_a_record_together_are_several_persons_to_choose_from(found: TestClient) -> None:
    answer = upload(found, (ANA, sample(ANA)), ("from-memory.yaml", sample("from-memory.yaml")))
    chart = only(found)
    where = answer.headers["location"]
    assert where.startswith(f"/open/{chart.id}?")
    shown = found.get(where).text
    assert "Ana Lindqvist" in shown and "Emeka Obi" in shown
    persons = {each["name"]: each["person"] for each in found.get(f"/open/{chart.id}.json").json()["persons"]}

    refused = found.post(
        where, data={"csrf": token(found), "person": "somebody else"}, follow_redirects=False
    )
    assert refused.status_code == 422 and only(found).person is None
    chosen = {"csrf": token(found), "person": persons["Emeka Obi"]}
    assert found.post(where, data={**chosen, "csrf": "x"}).status_code == 403
    answer = found.post(where, data=chosen, follow_redirects=False)
    assert answer.headers["location"].startswith(f"/chart/{chart.id}?")
    assert (only(found).person, only(found).label) == (persons["Emeka Obi"], "Emeka Obi")
    assert found.get(where, follow_redirects=False).headers["location"].startswith(f"/chart/{chart.id}?")

    archive = zipfile.ZipFile(io.BytesIO(found.get(f"/chart/{chart.id}/export.zip").content))
    assert archive.namelist() == ["chart.json"]
    assert b"Lindqvist" not in archive.read("chart.json")


def test_a_sample_is_one_chart_however_often_it_is_opened(found: TestClient) -> None:
    places = {found.get("/sample/wait", follow_redirects=False).headers["location"] for _ in range(3)}
    chart = only(found)
    assert places == {f"/chart/{chart.id}?for=patient&language=en"}
    day = service(found).assess(chart, service(found).usual_view()).settings.as_of
    assert day == 739798
    assert found.get("/sample/nobody").status_code == 404
    assert found.get("/sample/..%2Fsecret").status_code == 404


def test_all_data_of_a_chart_can_be_taken_along(found: TestClient) -> None:
    upload(found, (ANA, sample(ANA)))
    chart = only(found)
    store = service(found).store
    store.save_preferences(chart.id, {"weight_gain": 2.0}, "local")
    store.add_follow_up(chart.id, 739800, "score", {"scale": "PHQ-9", "value": 12}, "local")
    answer = found.get(f"/chart/{chart.id}/export.json")
    assert answer.headers["content-disposition"] == 'attachment; filename="opentrd-chart.json"'
    said = answer.json()
    assert said["preferences"] == {"weight_gain": 2.0}
    assert said["follow_up"] == [
        {"day": "2026-07-03", "kind": "score", "value": {"scale": "PHQ-9", "value": 12}}
    ]
    assert [row["action"] for row in said["seen_and_changed"]] == [
        "create",
        "preferences",
        "follow_up",
        "export",
    ]
    assert said["record"]["person"]["name"] == "Ana Lindqvist" and said["assessment"]["trials"]
    archive = zipfile.ZipFile(io.BytesIO(found.get(f"/chart/{chart.id}/export.zip").content))
    assert archive.read(f"files/{ANA}") == sample(ANA)
    assert json.loads(archive.read("chart.json"))["chart"]["id"] == chart.id


def test_deleting_forgets_all_but_the_trail(found: TestClient) -> None:
    upload(found, (ANA, sample(ANA)))
    chart, store = only(found), service(found).store
    assert found.post(f"/chart/{chart.id}/delete").status_code == 403
    assert found.get(f"/chart/{chart.id}/delete").status_code in (404, 405) and kept(found)
    answer = found.post(f"/chart/{chart.id}/delete", data={"csrf": token(found)}, follow_redirects=False)
    assert answer.status_code == 303 and not kept(found) and store.count(t.Source) == 0
    assert [row.action for row in store.audit(chart.id)] == ["create", "delete_asked", "delete"]
    assert found.get(f"/chart/{chart.id}/export.json").status_code == 404
    assert found.post(f"/chart/{chart.id}/delete", data={"csrf": token(found)}).status_code == 404


def test_without_the_token_nothing_is_opened(found: TestClient) -> None:
    for data in ({"csrf": ""}, {"csrf": "of another session"}, {"other": "x"}):
        assert upload(found, (ANA, sample(ANA)), data=data).status_code == 403
    assert not kept(found)


def test_a_place_that_is_unknown_is_refused_with_words(found: TestClient) -> None:
    answer = found.get("/", params={"region": "<script>alert(1)</script>"})
    assert answer.status_code == 422 and "use one of: us, uk" in answer.text
    assert "<script>alert" not in answer.text
    assert found.get("/", params={"for": "nobody"}, headers={"accept": "application/json"}).json()[
        "what_to_do"
    ]
    assert found.get("/open", follow_redirects=False).status_code == 303


def test_a_part_that_is_refused_is_said_in_place(found: TestClient) -> None:
    answer = found.get("/", params={"language": "xx"}, headers={"hx-request": "true"})
    assert answer.status_code == 422 and "<html" not in answer.text and 'role="alert"' in answer.text
