"""What a call does not bring is read from the client's server: one on this machine, that may misbehave."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey, KeySet
from starlette.testclient import TestClient

from opentrd.service.settings import CdsIssuer, SmartServer
from tests.service.hooks import parts as p
from tests.service.hooks import test_tokens as signed

TOKEN = "a-token-of-the-server"


class Fhir(BaseHTTPRequestHandler):
    """A FHIR server with one person, two entries a page; ``elsewhere`` makes its next links point away."""

    resources: ClassVar[list[p.Resource]] = []
    asked: ClassVar[list[str]] = []
    refuses: ClassVar[set[str]] = set()
    elsewhere = ""
    slow = 0.0

    def do_GET(self) -> None:
        kind = type(self)
        kind.asked.append(self.path)
        time.sleep(kind.slow)
        parts = urlsplit(self.path)
        name = parts.path.removeprefix("/fhir/").split("/")[0]
        if self.headers.get("authorization") != f"Bearer {TOKEN}" or name in kind.refuses:
            self.answer(403, {"resourceType": "OperationOutcome", "issue": []})
        elif parts.path == f"/fhir/Patient/{p.PERSON}":
            self.answer(200, p.person())
        else:
            self.search(name, parse_qs(parts.query))

    def search(self, name: str, query: dict[str, list[str]]) -> None:
        kind = type(self)
        if name == "Loop":
            self.answer(200, {**p.bundle(), "link": [{"relation": "next", "url": "Loop"}]})
            return
        found = [r for r in kind.resources if r["resourceType"] == name]
        start = int(query.get("page", ["0"])[0])
        bundle = p.bundle(*found[start : start + 2])
        if start + 2 < len(found):
            base = kind.elsewhere or f"http://{self.headers['host']}/fhir"
            bundle["link"] = [{"relation": "next", "url": f"{base}/{name}?page={start + 2}"}]
        self.answer(200, bundle)

    def answer(self, status: int, body: Any) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/fhir+json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    Fhir.resources, Fhir.asked, Fhir.refuses, Fhir.elsewhere, Fhir.slow = p.two_failures(), [], set(), "", 0.0
    made = ThreadingHTTPServer(("127.0.0.1", 0), Fhir)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}/fhir"
    made.shutdown()
    made.server_close()


def trusting(folder: Path, server: str) -> TestClient:
    return p.client(folder, smart=(SmartServer(iss=f"{server}/", client_id="opentrd"),))


def call(server: str, **fields: Any) -> dict[str, Any]:
    made = p.call(
        fhirServer=server,
        fhirAuthorization={
            "access_token": TOKEN,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "patient/*.rs",
            "subject": "opentrd",
        },
        **fields,
    )
    return {name: value for name, value in made.items() if value is not None}


def post(browser: TestClient, body: dict[str, Any]) -> Any:
    return browser.post("/cds-services/opentrd-patient-view", json=body)


def test_the_same_card_with_and_without_prefetch(tmp_path: Path, server: str) -> None:
    with trusting(tmp_path, server) as made:
        brought = post(made, p.call(prefetch=p.prefetch(*p.two_failures()))).json()["cards"]
        assert Fhir.asked == []
        read = post(made, call(server, prefetch=None)).json()["cards"]
    assert [(c["summary"], c["detail"]) for c in read] == [(c["summary"], c["detail"]) for c in brought]
    assert any("page=6" in path for path in Fhir.asked)
    assert any("_include=MedicationRequest:medication" in path for path in Fhir.asked)


def test_only_what_lacks_is_asked_for(tmp_path: Path, server: str) -> None:
    brought = p.prefetch(*p.two_failures())
    del brought["conditions"], brought["allergies"]
    with trusting(tmp_path, server) as made:
        assert post(made, call(server, prefetch=brought)).status_code == 200
    assert sorted(path.split("?")[0] for path in Fhir.asked) == [
        "/fhir/AllergyIntolerance",
        "/fhir/Condition",
    ]


def test_further_pages_of_a_prefetched_search_are_read(tmp_path: Path, server: str) -> None:
    brought = p.prefetch(*p.two_failures())
    supplies = [r for r in p.two_failures() if r["resourceType"] == "MedicationDispense"]
    first = p.bundle(*supplies[:2])
    first["link"] = [{"relation": "next", "url": f"{server}/MedicationDispense?page=2"}]
    body = call(server, prefetch={**brought, "medicationDispenses": first})
    with trusting(tmp_path, server) as made:
        assert "2 adequate treatments" in post(made, body).json()["cards"][0]["summary"]
        del body["fhirAuthorization"]
        shown = post(made, body).json()["cards"]
    assert not any("2 adequate treatments" in card["summary"] for card in shown)


def test_a_server_that_nobody_named_is_never_asked(tmp_path: Path, server: str) -> None:
    with p.client(tmp_path) as made:
        assert post(made, call(server, prefetch=None)).status_code == 412
    with p.client(tmp_path, smart=(SmartServer(iss=f"{server}/other", client_id="x"),)) as made:
        assert post(made, call(server, prefetch=None)).status_code == 412
    assert Fhir.asked == []


def test_a_server_of_an_issuer_is_asked_for_its_calls_alone(tmp_path: Path, server: str) -> None:
    other = ECKey.generate_key("P-384", {"kid": "ec-2"})
    issuers = (
        CdsIssuer(iss=signed.ISS, jwks=signed.JWKS, fhir_servers=(server,)),
        CdsIssuer(iss="https://other.example", jwks=json.dumps(KeySet([other]).as_dict(private=False))),
    )
    body = call(server, prefetch=None)
    with p.client(tmp_path, cds_open=False, cds_issuers=issuers) as made:
        given = {"authorization": f"Bearer {signed.token()}"}
        assert made.post(signed.PATH, json=body, headers=given).status_code == 200
        given = {"authorization": f"Bearer {signed.token(other, iss='https://other.example')}"}
        asked = len(Fhir.asked)
        assert made.post(signed.PATH, json=body, headers=given).status_code == 412
    assert len(Fhir.asked) == asked > 0


def test_links_to_another_host_are_not_followed(tmp_path: Path, server: str) -> None:
    away = ThreadingHTTPServer(("127.0.0.1", 0), Fhir)
    threading.Thread(target=away.serve_forever, daemon=True).start()
    Fhir.elsewhere = f"http://127.0.0.1:{away.server_port}/fhir"
    try:
        with trusting(tmp_path, server) as made:
            assert post(made, call(server, prefetch=None)).status_code == 200
    finally:
        away.shutdown()
        away.server_close()
    assert not any("page=" in path for path in Fhir.asked)


def test_what_may_not_be_read_is_said(tmp_path: Path, server: str) -> None:
    Fhir.refuses = {"AllergyIntolerance", "FamilyMemberHistory"}
    with trusting(tmp_path, server) as made:
        card = post(made, call(server, prefetch=None)).json()["cards"][0]
    assert "unknown here: allergies, family history" in card["detail"]


@pytest.mark.parametrize(
    "refuses", [{"Patient"}, {f"Medication{k}" for k in ("Request", "Statement", "Dispense")}]
)
def test_without_what_is_needed_it_says_so(tmp_path: Path, server: str, refuses: set[str]) -> None:
    Fhir.refuses = refuses
    with trusting(tmp_path, server) as made:
        assert post(made, call(server, prefetch=None)).status_code == 412


def test_a_wrong_token_or_a_server_that_is_not_there(tmp_path: Path, server: str) -> None:
    body = call(server, prefetch=None)
    body["fhirAuthorization"]["access_token"] = "wrong"
    with trusting(tmp_path, server) as made:
        assert post(made, body).status_code == 412
    with trusting(tmp_path, "http://127.0.0.1:9/fhir") as made:
        assert post(made, call("http://127.0.0.1:9/fhir", prefetch=None)).status_code == 412


def test_a_page_that_points_to_itself_ends(tmp_path: Path, server: str) -> None:
    loop = p.bundle()
    loop["link"] = [{"relation": "next", "url": f"{server}/Loop"}]
    body = call(server, prefetch={**p.prefetch(*p.two_failures()), "procedures": loop})
    with trusting(tmp_path, server) as made:
        card = post(made, body).json()["cards"][0]
    assert Fhir.asked == ["/fhir/Loop"] * 20
    assert "Not all pages were read of: procedures" in card["detail"]


def test_neither_token_nor_person_is_logged(
    tmp_path: Path, server: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), trusting(tmp_path, server) as made:
        assert post(made, call(server, prefetch=None)).status_code == 200
    told = "\n".join(r.getMessage() for r in caplog.records if "testserver" not in r.getMessage())
    assert TOKEN not in told and f"patient={p.PERSON}" not in told and f"Patient/{p.PERSON}" not in told
