"""Who may call: signatures by issuer and key set, each token once, for this service, for a while."""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from starlette.testclient import TestClient

from opentrd.service.settings import CdsIssuer, SignIn
from opentrd.service.store import Store
from opentrd.service.store import tables as t
from opentrd.service.store.shared import use_once
from tests.service.hooks import parts as p

ISS = "https://sandbox.cds-hooks.org"
PATH = "/cds-services/opentrd-patient-view"
EC = ECKey.generate_key("P-384", {"kid": "ec-1"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1"})
STRANGER = ECKey.generate_key("P-384", {"kid": "ec-1"})
JWKS = json.dumps(KeySet([EC, RSA]).as_dict(private=False))
CLINIC = {"mode": "clinic", "sign_in": SignIn(issuer="https://id.example", client_id="x"), "base_url": p.URL}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    issuers = (CdsIssuer(iss=ISS, jwks=JWKS),)
    with p.client(tmp_path_factory.mktemp("signed"), cds_open=False, cds_issuers=issuers) as made:
        yield made


def token(key: Any = EC, alg: str = "ES384", head: dict[str, Any] | None = None, **claims: Any) -> str:
    """A token as the public sandbox makes it; a claim that is ``None`` is left out."""
    now = int(time.time())
    body = {
        "iss": ISS,
        "aud": p.URL + PATH,
        "iat": now,
        "exp": now + 300,
        "jti": str(uuid.uuid4()),
        **claims,
    }
    header = {"alg": alg, "typ": "JWT", "kid": key.kid, **(head or {})}
    kept = {name: value for name, value in body.items() if value is not None}
    return jwt.encode({k: v for k, v in header.items() if v}, kept, key, algorithms=[alg])


def status(browser: TestClient, given: str | None, path: str = PATH, body: Any = None) -> int:
    headers = {} if given is None else {"authorization": given}
    return browser.post(path, json=body or p.call(), headers=headers).status_code


@pytest.mark.parametrize(("key", "alg"), [(EC, "ES384"), (RSA, "RS384")])
def test_a_signed_call_is_let_in(browser: TestClient, key: Any, alg: str) -> None:
    assert status(browser, f"Bearer {token(key, alg)}") == 200
    assert status(browser, f"Bearer {token(key, alg, aud=['x', p.URL + PATH])}") == 200
    assert status(browser, f"Bearer {token(key, alg, aud='http://localhost:8321' + PATH)}") == 200


def unsigned(**head: Any) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    now = int(time.time())
    claims = {"iss": ISS, "aud": p.URL + PATH, "iat": now, "exp": now + 300, "jti": "n"}
    return f"{part({'typ': 'JWT', 'kid': 'ec-1', **head})}.{part(claims)}."


REFUSED: dict[str, str | None] = {
    "nothing": None,
    "no bearer": "Basic dXNlcjpwYXNz",
    "empty": "Bearer ",
    "no token": "Bearer not-a-token",
    "three words": "Bearer a.b.c",
    "too long": "Bearer " + "a" * 10_000 + ".b.c",
    "alg none": f"Bearer {unsigned(alg='none')}",
    "no alg": f"Bearer {unsigned()}",
    "no signature": f"Bearer {unsigned(alg='ES384')}",
    "shared secret": f"Bearer {token(OctKey.import_key('secret' * 10, {'kid': 'ec-1'}), 'HS384')}",
    "key of a stranger": f"Bearer {token(STRANGER)}",
    "unknown key": f"Bearer {token(ECKey.generate_key('P-384', {'kid': 'other'}))}",
    "no kid": f"Bearer {token(head={'kid': None})}",
    "wrong issuer": f"Bearer {token(iss='https://elsewhere.example')}",
    "no issuer": f"Bearer {token(iss=None)}",
    "wrong audience": f"Bearer {token(aud=p.URL + '/cds-services/opentrd-order-sign')}",
    "no audience": f"Bearer {token(aud=None)}",
    "another host": f"Bearer {token(aud='https://elsewhere.example' + PATH)}",
    "too old": f"Bearer {token(exp=int(time.time()) - 3600)}",
    "no end": f"Bearer {token(exp=None)}",
    "end is no number": f"Bearer {token(exp=float('nan'))}",
    "ends never": f"Bearer {token(exp=float('inf'))}",
    "end is a word": f"Bearer {token(exp='tomorrow')}",
    "from the future": f"Bearer {token(iat=int(time.time()) + 3600)}",
    "no beginning": f"Bearer {token(iat=None)}",
    "no name": f"Bearer {token(jti=None)}",
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(browser: TestClient, case: str) -> None:
    headers = {"authorization": REFUSED[case]} if REFUSED[case] is not None else {}
    answer = browser.post(PATH, json=p.call(), headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 401, answer.text
    assert answer.json()["issue"][0]["code"] == "login"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_changed_token_is_refused(browser: TestClient) -> None:
    head, body, signature = token().split(".")
    forged = body[:-2] + ("A" if body[-2] != "A" else "B") + body[-1]
    assert status(browser, f"Bearer {head}.{forged}.{signature}") == 401


def test_a_token_works_once(browser: TestClient) -> None:
    once = f"Bearer {token()}"
    assert [status(browser, once) for _ in range(3)] == [200, 401, 401]


def test_a_token_that_one_worker_took_no_other_takes(tmp_path: Path) -> None:
    settings = {"cds_open": False, "cds_issuers": (CdsIssuer(iss=ISS, jwks=JWKS),)}
    with p.client(tmp_path, **settings) as one, p.client(tmp_path, **settings) as other:
        once = f"Bearer {token()}"
        assert [status(one, once), status(other, once), status(one, once)] == [200, 401, 401]
        assert status(other, f"Bearer {token()}") == 200


def test_tokens_that_ended_are_forgotten(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'opentrd.sqlite'}")
    assert use_once(store, ISS, "old", int(time.time()) - 1)
    assert use_once(store, ISS, "new", int(time.time()) + 300)
    assert not use_once(store, ISS, "new", int(time.time()) + 300)
    assert use_once(store, "https://other.example", "new", int(time.time()) + 300)
    assert store.count(t.UsedToken) == 2
    store.close()


def test_a_token_for_the_feedback_is_for_its_address(browser: TestClient) -> None:
    path = f"{PATH}/feedback"
    body: dict[str, Any] = {"feedback": []}
    assert status(browser, f"Bearer {token(aud=p.URL + path)}", path, body) == 200
    assert status(browser, f"Bearer {token()}", path, body) == 401


def test_discovery_is_for_everybody(browser: TestClient) -> None:
    assert browser.get("/cds-services").status_code == 200


def test_a_local_service_is_open_but_looks_at_a_token_that_is_shown(tmp_path: Path) -> None:
    with p.client(tmp_path) as made:
        assert status(made, None) == 200
        assert status(made, f"Bearer {token(STRANGER)}") == 200
        for case in ("no token", "alg none", "wrong audience", "too old", "no name"):
            assert status(made, REFUSED[case]) == 401, case
        again = f"Bearer {token()}"
        assert [status(made, again), status(made, again)] == [200, 401]


def test_where_issuers_are_named_a_shown_token_must_be_theirs(tmp_path: Path) -> None:
    with p.client(tmp_path, cds_issuers=(CdsIssuer(iss=ISS, jwks=JWKS),)) as made:
        assert status(made, None) == 200
        assert status(made, REFUSED["wrong issuer"]) == 401
        assert status(made, REFUSED["key of a stranger"]) == 401


def test_a_clinic_lets_nobody_in_unsigned(tmp_path: Path) -> None:
    with p.client(tmp_path, **CLINIC) as made:
        assert status(made, None) == 401
        assert status(made, f"Bearer {token()}") == 401
    with p.client(tmp_path, **CLINIC, cds_issuers=(CdsIssuer(iss=ISS, jwks=JWKS),)) as made:
        assert status(made, f"Bearer {token()}") == 200


class Keys(BaseHTTPRequestHandler):
    """A server of key sets: what it holds may change, and it counts who asked."""

    held: bytes = b""
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.held)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def test_keys_are_read_from_the_address_of_the_issuer(tmp_path: Path) -> None:
    server = HTTPServer(("127.0.0.1", 0), Keys)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/jwks.json"
    Keys.held, Keys.asked = JWKS.encode(), 0
    try:
        with p.client(tmp_path, cds_open=False, cds_issuers=(CdsIssuer(iss=ISS, jwks_url=address),)) as made:
            assert [status(made, f"Bearer {token()}") for _ in range(3)] == [200] * 3
            assert Keys.asked == 1
            assert status(made, REFUSED["unknown key"]) == 401
            assert Keys.asked == 1
        Keys.held = b"<html>"
        with p.client(tmp_path, cds_open=False, cds_issuers=(CdsIssuer(iss=ISS, jwks_url=address),)) as made:
            assert status(made, f"Bearer {token()}") == 401
    finally:
        server.shutdown()
        server.server_close()
