"""Hostile bodies are refused with clear words; nothing is kept, nothing falls over."""

from __future__ import annotations

import gzip
import json

import pytest
from starlette.testclient import TestClient

from tests.service.api.conftest import kept

DEEP = 200_000
LAUGHS = "a: &a [lol, lol]\nb: &b [*a, *a, *a, *a]\nc: &c [*b, *b, *b, *b]\ntreatments: [*c, *c]\n"
SHEET = '{{"sheet": {{"treatments": [{{"name": "sertraline", "dose": {0}}}]}}}}'

#: What is sent, as what, and the statuses that are an answer to it.
BODIES: dict[str, tuple[bytes, str, set[int]]] = {
    "no JSON": (b'{"resourceType": "Bundle", ', "application/json", {400}),
    "a text that is not UTF-8": (
        b'{"resourceType": "Patient", "id": "\xff\xfe"}',
        "application/json",
        {400, 422},
    ),
    "NaN": (b'{"resourceType": "Bundle", "total": NaN}', "application/json", {400}),
    "infinite": (b'{"resourceType": "Bundle", "total": -Infinity}', "application/json", {400}),
    "deep lists": (b'{"resourceType": "Bundle", "entry": ' + b"[" * DEEP, "application/json", {400}),
    "deep objects": (b'{"a":' * DEEP, "application/json", {400, 422}),
    "deep bundles": (
        b'{"resourceType":"Bundle","entry":[{"resource":' * 2000 + b"{}" + b"}]}" * 2000,
        "application/json",
        {400, 422},
    ),
    "a deep sheet": (
        b'{"sheet": {"treatments": ' + b"[" * 500 + b"]" * 500 + b"}}",
        "application/json",
        {422},
    ),
    "a huge number": (SHEET.format("9" * 5000).encode(), "application/json", {400, 422}),
    "a huge power": (SHEET.format("1e999999").encode(), "application/json", {400, 422}),
    "a control sign": (SHEET.format('"\\u0000 50 mg"').encode(), "application/json", {200, 422}),
    "half a sign": (SHEET.format('"\\ud800 50 mg"').encode(), "application/json", {400, 422}),
    "billion laughs": (LAUGHS.encode(), "application/yaml", {422}),
    "billion laughs in JSON": (json.dumps({"sheet": LAUGHS}).encode(), "application/json", {422}),
    "a YAML object": (b"!!python/object/apply:os.system [id]", "application/yaml", {422}),
    "an endless YAML nesting": (b"- " * 5000, "application/yaml", {422}),
    "a sheet of zeros": (b"\0" * 100_000, "text/csv", {422}),
    "a sheet that is too large": (b"what,name\n" + b"treatment,sertraline\n" * 200_000, "text/csv", {422}),
    "a line without end": (b"what,name\ntreatment," + b"x" * 1_900_000, "text/csv", {422}),
    "packed lines": (gzip.compress(b"0" * 10_000_000), "application/fhir+ndjson", {415}),
    "a packed sheet": (gzip.compress(b"0" * 10_000_000), "text/csv", {415}),
    "an archive as a record": (b"PK\x03\x04", "application/json", {415}),
    "lines that are no JSON": (b"{}\n{\n[1]\nnull\n", "application/fhir+ndjson", {422}),
    "XML": (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>',
        "application/json",
        {400, 415, 422},
    ),
    "null": (b"null", "application/json", {422}),
    "a list": (b"[]", "application/json", {422}),
    "a text": (b'"x"', "application/json", {422}),
}


@pytest.mark.parametrize("case", BODIES)
def test_a_hostile_body_is_refused_and_nothing_is_kept(client: TestClient, case: str) -> None:
    body, kind, statuses = BODIES[case]
    before = kept(client)
    answer = client.post("/assess", content=body, headers={"content-type": kind})
    assert answer.status_code in statuses, answer.text[:500]
    assert len(answer.content) < 20_000 or answer.status_code == 200
    if answer.status_code != 200:
        assert answer.json()["what_to_do"]
    assert "root:" not in answer.text
    assert kept(client) == before


@pytest.mark.parametrize("case", BODIES)
def test_the_same_as_a_line_of_a_panel_is_a_refused_part(client: TestClient, case: str) -> None:
    body = BODIES[case][0].replace(b"\n", b" ")
    answer = client.post("/assess/batch", content=body, headers={"content-type": "application/x-ndjson"})
    assert answer.status_code in (202, 400), answer.text[:500]


@pytest.mark.parametrize("length", ["-1", "x", "99999999999999999999"])
def test_a_length_that_lies_is_refused(client: TestClient, length: str) -> None:
    answer = client.post(
        "/assess", content=b"{}", headers={"content-type": "application/json", "content-length": length}
    )
    assert answer.status_code in (400, 413)


def test_a_body_that_is_too_large_is_refused_before_it_is_read(client: TestClient) -> None:
    answer = client.post("/assess", content=b"0" * 60_000_001, headers={"content-type": "application/json"})
    assert answer.status_code == 413
