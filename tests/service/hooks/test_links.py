"""A card leads to the SMART app only where the record that calls can launch it."""

from __future__ import annotations

import json
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from opentrd.service.settings import CdsIssuer, SmartServer
from tests.service.hooks import parts as p

HOUSE = "https://ehr.example/fhir"
ISS = "https://ehr.example/cds"
KEY = ECKey.generate_key("P-384", {"kid": "k"})
PATH = "/cds-services/opentrd-patient-view"
LAUNCH = ("smart", f"{p.URL}/smart/launch")
START = ("absolute", f"{p.URL}/")
Settings = dict[str, Any]

REGISTERED: Settings = {"smart": (SmartServer(iss=HOUSE, client_id="opentrd"),)}
SIGNED: Settings = {
    "cds_issuers": (
        CdsIssuer(iss=ISS, jwks=json.dumps(KeySet([KEY]).as_dict(private=False)), fhir_servers=(HOUSE,)),
    )
}


def token() -> str:
    now = int(time.time())
    claims = {"iss": ISS, "aud": p.URL + PATH, "iat": now, "exp": now + 300, "jti": str(uuid.uuid4())}
    return jwt.encode({"alg": "ES384", "kid": "k"}, claims, KEY, algorithms=["ES384"])


@pytest.mark.parametrize(
    ("settings", "server", "signed", "first"),
    [
        ({}, HOUSE, False, START),
        ({}, None, False, START),
        (REGISTERED, HOUSE, False, LAUNCH),
        (REGISTERED, f"{HOUSE}/", False, LAUNCH),
        (REGISTERED, "https://other.example/fhir", False, START),
        (REGISTERED, None, False, START),
        (SIGNED, None, True, START),
        ({**REGISTERED, **SIGNED}, None, True, LAUNCH),
        ({**REGISTERED, **SIGNED}, "https://other.example/fhir", True, START),
    ],
)
def test_the_first_link(
    tmp_path: Path, settings: Settings, server: str | None, signed: bool, first: tuple[str, str]
) -> None:
    body = p.call(prefetch=p.prefetch(*p.two_failures()), fhirServer=server)
    headers = {"authorization": f"Bearer {token()}"} if signed else {}
    with p.client(tmp_path, **settings) as made:
        (card, *_) = made.post(PATH, json=body, headers=headers).json()["cards"]
    link = card["links"][0]
    assert (link["type"], link["url"]) == first
    assert ("launch" in link["url"]) == ("history" in link["label"])
