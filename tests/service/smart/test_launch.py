"""Launches: from the record, from here, and what is refused on the way."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from joserfc.jwk import RSAKey
from pandas.testing import assert_frame_equal

from opentrd import assess, read
from opentrd.service.settings import SmartServer
from opentrd.service.store import tables as t
from tests.service.smart.authority import Authority
from tests.service.smart.browsing import BASE, Browsing, query_of
from tests.service.smart.servers import SAMPLES, serving


def test_a_launch_from_the_record_leads_to_the_chart(browsing: Browsing, patient: str) -> None:
    chart = browsing.open(patient)
    kept = browsing.service.store.chart(chart, "local", "test")
    assert kept is not None
    assert kept.kind == "smart" and kept.person == patient
    names = {source.name for source in browsing.service.store.sources(chart)}
    assert {"Patient.fhir", "MedicationDispense.fhir", "Observation.fhir"} <= names
    view = browsing.service.usual_view().with_audience("clinician")
    direct = assess(read(SAMPLES / "two-failures.json").one(), as_of=view.as_of)
    assessed = browsing.service.assess(kept, view)
    assert len(direct.trials) > 1
    assert_frame_equal(assessed.trials, direct.trials)
    assert_frame_equal(assessed.status, direct.status)


def test_the_consent_is_asked_for_as_the_specification_says(browsing: Browsing, patient: str) -> None:
    asked = query_of(browsing.launch(patient))
    assert asked["response_type"] == "code"
    assert asked["client_id"] == "public-app"
    assert asked["aud"] == browsing.authority.iss
    assert asked["redirect_uri"] == f"{BASE}/smart/callback"
    assert asked["scope"].split() == ["launch", "openid", "fhirUser", "patient/*.rs", "offline_access"]
    assert asked["launch"] in browsing.authority.launches
    assert asked["code_challenge_method"] == "S256"
    pending = browsing.session_data()[0]["smart_pending"][asked["state"]]
    digest = hashlib.sha256(pending["verifier"].encode()).digest()
    assert asked["code_challenge"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert len(pending["verifier"]) >= 43 and len(asked["state"]) >= 43


@pytest.mark.parametrize(
    ("who", "scope"),
    [
        ("patient", "launch/patient openid fhirUser patient/*.rs offline_access"),
        ("clinician", "openid fhirUser user/*.rs offline_access"),
    ],
)
def test_scopes_of_a_start_from_here(browsing: Browsing, who: str, scope: str) -> None:
    assert query_of(browsing.start(who))["scope"] == scope


def test_a_server_that_lets_a_clinician_choose_on_its_own_page(
    authority: Authority, patient: str, tmp_path: Path
) -> None:
    scopes = "launch/patient openid fhirUser patient/*.rs"
    server = SmartServer(iss=authority.iss, client_id="public-app", scopes=scopes)
    authority.context = patient
    with Browsing(authority, tmp_path, smart=(server,)) as browsing:
        url = browsing.start("clinician")
        assert query_of(url)["scope"] == "launch/patient openid fhirUser user/*.rs"
        assert browsing.chart(browsing.back(browsing.consent(url)))


def test_a_server_of_the_old_scopes(browsing: Browsing, patient: str) -> None:
    browsing.authority.capabilities = ["permission-v1", "launch-ehr"]
    assert "patient/*.read" in query_of(browsing.launch(patient))["scope"]


def test_a_server_without_smart_configuration(browsing: Browsing, patient: str) -> None:
    """Its statement of capabilities tells the addresses; nobody is identified, and locally nobody need be."""
    browsing.authority.well_known = False
    url = browsing.launch(patient)
    assert "GET /fhir/metadata" in browsing.authority.asked
    assert "openid" not in query_of(url)["scope"]
    assert browsing.chart(browsing.back(browsing.consent(url)))


def test_a_patient_starts_from_here(browsing: Browsing, patient: str) -> None:
    browsing.authority.context = patient
    browsing.authority.user = f"Patient/{patient}"
    ended = browsing.back(browsing.consent(browsing.start("patient", "es")))
    assert browsing.chart(ended)
    assert ended.headers["location"].endswith("?for=patient&language=es")


def test_a_clinician_starts_from_here_and_chooses(browsing: Browsing, patient: str) -> None:
    came = browsing.client.get(browsing.consent(browsing.start("clinician")).removeprefix(BASE))
    assert browsing.sent_on(came).startswith("/smart/patient?")
    name = httpx2.get(f"{browsing.authority.fhir}/Patient/{patient}").json()["name"][0]["family"]
    found = browsing.client.get(f"/smart/patient?{urlencode({'name': name})}")
    assert f'value="{patient}"' in found.text
    data = browsing.client.get(f"/smart/patient.json?{urlencode({'name': name})}").json()
    assert patient in [person["id"] for person in data]
    forged = browsing.client.post("/smart/patient", data={"patient": patient})
    assert forged.status_code == 403
    chosen = browsing.client.post("/smart/patient", data={"patient": patient, "csrf": browsing.csrf()})
    assert browsing.chart(browsing.follow(chosen))
    assert "smart_open" not in browsing.session_data()[0]


def test_nobody_of_that_name(browsing: Browsing) -> None:
    browsing.client.get(browsing.consent(browsing.start("clinician")).removeprefix(BASE))
    page = browsing.client.get("/smart/patient?name=Zzyzx")
    assert "Nobody has that name" in page.text


def test_a_launch_without_a_patient(browsing: Browsing) -> None:
    query = urlencode({"iss": browsing.authority.iss, "launch": browsing.authority.launch("x")})
    url = browsing.sent_on(browsing.client.get(f"/smart/launch?{query}"))
    browsing.authority.launches.update(dict.fromkeys(browsing.authority.launches, None))  # type: ignore[arg-type]
    refused = browsing.client.get(browsing.consent(url).removeprefix(BASE))
    assert refused.status_code == 502 and "whose record is open" in refused.text


def test_an_unknown_issuer_is_not_spoken_to(browsing: Browsing, fhir: str) -> None:
    other = Authority(fhir)
    with serving(other.app) as other.url:
        for path in ("/smart/launch?launch=1&iss=", "/smart/start?server="):
            refused = browsing.client.get(f"{path}{other.iss}")
            assert refused.status_code == 400
            assert "not registered here" in refused.text
        assert other.asked == []
    assert browsing.session_data()[0].get("smart_pending") is None


def test_a_refusal_is_data_where_data_was_asked_for(browsing: Browsing) -> None:
    refused = browsing.client.get("/smart/launch?iss=http://x&launch=1", headers={"accept": "*/*"})
    assert refused.json()["code"] == "unknown_issuer"


def test_a_wrong_state(browsing: Browsing, patient: str) -> None:
    back = browsing.consent(browsing.launch(patient))
    code = query_of(back)["code"]
    refused = browsing.client.get(f"/smart/callback?code={code}&state=guessed")
    assert refused.status_code == 400 and "does not belong" in refused.text
    assert "POST /token" not in browsing.authority.asked


def test_a_state_of_another_browser(browsing: Browsing, patient: str) -> None:
    """A link that somebody else began signs nobody in."""
    back = browsing.consent(browsing.launch(patient))
    refused = browsing.new_client().get(back.removeprefix(BASE))
    assert refused.status_code == 400 and "does not belong" in refused.text


def test_an_answer_is_taken_once(browsing: Browsing, patient: str) -> None:
    back = browsing.consent(browsing.launch(patient))
    assert browsing.chart(browsing.back(back))
    again = browsing.client.get(back.removeprefix(BASE))
    assert again.status_code == 400
    assert browsing.authority.asked.count("POST /token") == 1


def test_a_replayed_code(browsing: Browsing, patient: str) -> None:
    code = query_of(browsing.consent(browsing.launch(patient)))["code"]
    state = query_of(browsing.launch(patient))["state"]
    other = query_of(browsing.launch(patient))["state"]
    for each in (state, other):
        refused = browsing.client.get(f"/smart/callback?code={code}&state={each}")
        assert refused.status_code == 400 and "did not accept the sign-in" in refused.text
    assert browsing.service.store.count(t.Chart) == 0


def test_a_consent_that_was_refused(browsing: Browsing, patient: str) -> None:
    refused = browsing.client.get(browsing.consent(browsing.launch(patient), "deny").removeprefix(BASE))
    assert refused.status_code == 400 and "That is your choice" in refused.text


def test_a_consent_that_took_too_long(
    browsing: Browsing, patient: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = browsing.consent(browsing.launch(patient))
    from opentrd.service.smart import flow

    monkeypatch.setattr(flow, "PENDING_SECONDS", -1)
    refused = browsing.client.get(back.removeprefix(BASE))
    assert refused.status_code == 400 and "Too much time" in refused.text


def test_an_answer_of_another_issuer(browsing: Browsing, patient: str) -> None:
    back = browsing.consent(browsing.launch(patient))
    refused = browsing.client.get(f"{back.removeprefix(BASE)}&iss=https://evil.example")
    assert refused.status_code == 400 and "another server" in refused.text


def test_the_server_of_the_tests_demands_pkce(browsing: Browsing, patient: str) -> None:
    url = browsing.launch(patient)
    asked = {name: value for name, value in query_of(url).items() if not name.startswith("code_challenge")}
    refused = httpx2.get(f"{browsing.authority.url}/authorize?{urlencode(asked)}")
    assert refused.json()["error_description"] == "no PKCE"
    code = query_of(browsing.consent(url))["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": asked["redirect_uri"],
        "client_id": "public-app",
        "code_verifier": "another",
    }
    assert httpx2.post(f"{browsing.authority.url}/token", data=form).json() == {"error": "invalid_grant"}


def test_a_client_with_a_secret(authority: Authority, patient: str, tmp_path: Path) -> None:
    server = SmartServer(iss=f"{authority.iss}/", client_id="secret-app", client_secret="s3cret/+ %")
    with Browsing(authority, tmp_path, smart=(server,)) as browsing:
        assert browsing.open(patient)


def test_a_client_with_a_wrong_secret(authority: Authority, patient: str, tmp_path: Path) -> None:
    server = SmartServer(iss=authority.iss, client_id="secret-app", client_secret="wrong")
    with Browsing(authority, tmp_path, smart=(server,)) as browsing:
        refused = browsing.back(browsing.consent(browsing.launch(patient)))
        assert refused.status_code == 400


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-app"},
        {"aud": ["public-app", "another-app"]},
        {"aud": ["public-app", "another-app"], "azp": "another-app"},
        {"nonce": "of another launch"},
        {"nonce": None},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"sub": None},
    ],
)
def test_a_proof_that_does_not_hold(browsing: Browsing, patient: str, claims: dict[str, Any]) -> None:
    browsing.authority.claims = claims
    refused = browsing.back(browsing.consent(browsing.launch(patient)))
    assert refused.status_code == 502 and "does not hold" in refused.text
    assert browsing.service.store.count(t.Chart) == 0


def test_a_proof_signed_by_somebody_else(browsing: Browsing, patient: str) -> None:
    browsing.authority.signing_key = RSAKey.generate_key(2048, {"kid": "k1"})
    refused = browsing.back(browsing.consent(browsing.launch(patient)))
    assert refused.status_code == 502 and "does not hold" in refused.text


def test_the_page_of_record_systems(browsing: Browsing) -> None:
    page = browsing.client.get("/smart?for=patient&language=es")
    assert "House of records" in page.text and "Es mi propia historia" in page.text
    assert browsing.client.get("/smart.json").json() == [
        {"iss": browsing.authority.iss, "name": "House of records"}
    ]
