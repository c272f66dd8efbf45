"""``POST /assess/batch``: a panel in the background; the result is that of each person alone."""

from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from opentrd.service.app import create_app
from opentrd.service.settings import Limits, ServiceSettings
from tests.service.api.conftest import URL, kept, service_of
from tests.service.api.test_assess import CSV, SHEET

ASKED = "?as_of=2026-07-01&for=patient"
NDJSON = {"content-type": "application/x-ndjson"}
ZIP = {"content-type": "application/zip"}


def alone(client: TestClient, body: Any) -> Any:
    return client.post(f"/assess{ASKED}", json=body).json()


def done(client: TestClient, job: str) -> Any:
    """Wait until a job is done and return what is said of it."""
    for _ in range(600):
        told = client.get(job).json()
        if told["state"] == "done":
            return told
        time.sleep(0.05)
    raise AssertionError(told)


def zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return made.getvalue()


def test_a_panel_of_lines_comes_out_in_its_order_with_refusals_in_place(
    client: TestClient, two_failures: bytes
) -> None:
    record = json.loads(two_failures)
    sheet = {"sheet": SHEET, "answers": {"value:egfr": 55}}
    lines = [json.dumps(each) for each in (record, sheet, {"sheet": {"treatments": ["setraline"]}})]
    answer = client.post(
        f"/assess/batch{ASKED}", content="\n".join([*lines, "broken", lines[1]]), headers=NDJSON
    )
    assert answer.status_code == 202, answer.text
    job = answer.headers["location"]
    assert job == f"/jobs/{answer.json()['job']}"
    told = done(client, job)
    assert (told["parts"], told["done"], told["refused"]) == (5, 5, 2)
    result = client.get(told["result"])
    assert result.headers["content-type"] == "application/x-ndjson"
    found = [json.loads(line) for line in result.text.splitlines()]
    assert found[0] == alone(client, record)
    assert found[1] == found[4] == alone(client, sheet)
    assert "answer#value:egfr" in result.text
    assert (found[2]["part"], found[2]["name"], found[2]["what"]) == (
        3,
        "line-3.json",
        "'setraline' is not known",
    )
    assert (found[3]["part"], found[3]["what"]) == (4, "it is not JSON")


def test_an_archive_holds_records_and_sheets(client: TestClient, two_failures: bytes) -> None:
    body = zipped({"a/one.json": two_failures, "a/two.csv": CSV.encode(), "readme.txt": b"not read"})
    job = client.post(f"/assess/batch{ASKED}", content=body, headers=ZIP).headers["location"]
    told = done(client, job)
    found = [json.loads(line) for line in client.get(told["result"]).text.splitlines()]
    assert found[0] == alone(client, json.loads(two_failures))
    assert [trial["treatment"] for trial in found[1]["trials"]] == ["sertraline"]
    assert (told["parts"], told["refused"]) == (2, 0)


def test_lines_of_single_resources_are_one_part_with_all_its_persons(client: TestClient) -> None:
    lines = [json.dumps({"resourceType": "Patient", "id": name}) for name in ("ana", "ben", "eva")]
    job = client.post("/assess/batch", content="\n".join(lines), headers=NDJSON).headers["location"]
    told = done(client, job)
    assert told["parts"] == 1
    found = [json.loads(line) for line in client.get(told["result"]).text.splitlines()]
    assert [each["person"]["id"] for each in found] == ["ana", "ben", "eva"]


def test_a_job_goes_on_after_a_restart(tmp_path: Path) -> None:
    settings = ServiceSettings(folder=str(tmp_path))
    line = json.dumps({"sheet": SHEET})
    without_worker = TestClient(create_app(settings), base_url=URL)  # its lifespan does not run
    job = without_worker.post("/assess/batch", content=f"{line}\n{line}\n", headers=NDJSON).headers[
        "location"
    ]
    assert without_worker.get(job).json()["state"] == "waiting"
    service_of(without_worker).close()
    with TestClient(create_app(settings), base_url=URL) as client:
        told = done(client, job)
        assert (told["done"], told["refused"]) == (2, 0)


def test_a_deleted_job_is_gone_and_an_unknown_one_is_not_there(client: TestClient) -> None:
    body = json.dumps({"sheet": SHEET})
    job = client.post("/assess/batch", content=body, headers=NDJSON).headers["location"]
    done(client, job)
    assert client.delete(job).status_code == 204
    for answer in (client.get(job), client.get(f"{job}/result"), client.delete(job)):
        assert answer.status_code == 404
        assert answer.json()["what"] == "there is no such job of this account"
    assert {name: kept(client)[name] for name in ("job", "job_part")} == {"job": 0, "job_part": 0}


def test_the_result_is_refused_until_all_is_done(tmp_path: Path) -> None:
    client = TestClient(create_app(ServiceSettings(folder=str(tmp_path))), base_url=URL)
    job = client.post("/assess/batch", content=json.dumps({"sheet": SHEET}), headers=NDJSON).headers[
        "location"
    ]
    assert client.get(f"{job}/result").status_code == 409
    for _ in range(4):
        assert client.post("/assess/batch", content="{}", headers=NDJSON).status_code == 202
    assert client.post("/assess/batch", content="{}", headers=NDJSON).status_code == 429


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (NDJSON, b"\n \n", 400),
        (ZIP, b"", 400),
        (ZIP, b"PK\x03\x04 broken", 400),
        (ZIP, zipped({"readme.txt": b"no record"}), 400),
        ({"content-type": "application/json"}, b"{}", 415),
        ({**NDJSON, "content-encoding": "gzip"}, b"{}", 415),
    ],
)
def test_what_is_no_panel_is_refused_and_nothing_is_kept(
    client: TestClient, headers: dict[str, str], body: bytes, status: int
) -> None:
    before = kept(client)
    answer = client.post("/assess/batch", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.json()["what_to_do"]
    assert kept(client) == before


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    limits = Limits(unpacked_bytes=5_000_000)
    client = TestClient(create_app(ServiceSettings(folder=str(tmp_path), limits=limits)), base_url=URL)
    for bomb in (
        zipped({"a.json": b"0" * 50_000_000}),
        zipped({f"{n}.csv": b"0" * 900_000 for n in range(9)}),
    ):
        answer = client.post("/assess/batch", content=bomb, headers=ZIP)
        assert answer.status_code == 400
        assert "larger than what is read" in answer.json()["what"]
    assert kept(client)["job"] == 0
