"""Accounts of a clinic: signing in by OpenID Connect, by a launch, who sees which charts, signing out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import opentrd.service
from opentrd.present.words import messages
from opentrd.service.settings import SmartServer
from opentrd.service.signin import roles_of
from opentrd.service.store import tables as t
from tests.service.smart.authority import Authority
from tests.service.smart.browsing import BASE, Browsing, clinic, query_of


@pytest.fixture
def house(authority: Authority, tmp_path: Path) -> Iterator[Browsing]:
    with clinic(authority, tmp_path) as made:
        yield made


def sign_in(house: Browsing, subject: str, roles: Any = None) -> Any:
    house.authority.claims = {"sub": subject, "name": f"Name of {subject}", "roles": roles}
    url = house.sent_on(house.client.get("/sign-in/start"))
    return house.client.get(house.consent(url).removeprefix(BASE))


def accounts(house: Browsing) -> dict[str, str]:
    with house.service.store.transaction() as transaction:
        return {row.subject: row.role for row in transaction.query(t.Account)}


def test_signing_in_makes_an_account_and_a_new_session(house: Browsing) -> None:
    house.client.get("/sign-in")
    before = house.client.cookies["opentrd"]
    assert house.sent_on(sign_in(house, "ana", ["clinician"])) == "/"
    assert house.client.cookies["opentrd"] != before
    assert accounts(house) == {"ana": "clinician"}
    assert "Name of ana" not in str(house.session_data())


def test_the_way_to_the_provider(house: Browsing) -> None:
    page = house.client.get("/sign-in?language=es")
    assert page.status_code == 200 and 'href="/sign-in/start"' in page.text
    asked = query_of(house.sent_on(house.client.get("/sign-in/start")))
    assert asked["scope"] == "openid profile" and asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{BASE}/sign-in/callback" and asked["nonce"]


def test_pages_of_a_clinic_do_not_promise_this_machine(house: Browsing) -> None:
    sign_in(house, "ana")
    page = house.client.get("/")
    assert "Everything stays with your clinic." in page.text and "this machine" not in page.text


def test_the_role_follows_the_provider(house: Browsing) -> None:
    sign_in(house, "ana", ["clinician", "other"])
    sign_in(house, "ana", ["other"])
    assert accounts(house) == {"ana": "patient"}


@pytest.mark.parametrize(
    ("claims", "path", "roles"),
    [
        ({"roles": ["a", "b"]}, "roles", ("a", "b")),
        ({"roles": "a b"}, "roles", ("a", "b")),
        ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", ("a",)),
        ({"https://clinic.example/roles": ["a"]}, "https://clinic.example/roles", ("a",)),
        ({}, "roles", ()),
        ({"roles": {"clinician": True}}, "roles", ()),
        ({"roles": [1, None]}, "roles", ()),
    ],
)
def test_roles(claims: dict[str, Any], path: str, roles: tuple[str, ...]) -> None:
    assert roles_of(claims, path) == roles


@pytest.mark.parametrize("claims", [{"aud": "another"}, {"nonce": "x"}, {"iss": "https://evil.example"}])
def test_a_proof_that_does_not_hold_signs_nobody_in(house: Browsing, claims: dict[str, Any]) -> None:
    house.authority.claims = claims
    url = house.sent_on(house.client.get("/sign-in/start"))
    refused = house.client.get(house.consent(url).removeprefix(BASE))
    assert refused.status_code == 502 and accounts(house) == {}


def test_a_sign_in_that_another_browser_began(house: Browsing) -> None:
    back = house.consent(house.sent_on(house.client.get("/sign-in/start")))
    refused = house.new_client().get(back.removeprefix(BASE))
    assert refused.status_code == 400 and accounts(house) == {}


def test_a_sign_in_that_was_given_up(house: Browsing) -> None:
    back = house.consent(house.sent_on(house.client.get("/sign-in/start")), "deny")
    assert house.client.get(back.removeprefix(BASE)).status_code == 403


def test_a_provider_that_is_not_the_one_of_the_settings(house: Browsing) -> None:
    house.authority.url = house.authority.url.replace("127.0.0.1", "localhost")
    assert house.client.get("/sign-in/start").status_code == 502


def test_signing_out_needs_the_token_and_forgets_the_session(house: Browsing, patient: str) -> None:
    house.open(patient)
    assert house.client.post("/sign-out").status_code == 403
    assert house.sent_on(house.client.post("/sign-out", data={"csrf": house.csrf()})) == "/sign-in"
    assert house.refresh_tokens() == []


def test_a_launch_signs_in_who_launched(house: Browsing, patient: str) -> None:
    chart = house.open(patient)
    assert accounts(house) == {"Practitioner-house": "clinician"}
    audit = house.service.store.audit(chart)
    assert audit[0].action == "create" and audit[0].account != "local"


def test_practitioners_of_other_houses_do_not_see_the_panel(
    authority: Authority, tmp_path: Path, patient: str
) -> None:
    server = SmartServer(iss=authority.iss, client_id="public-app")
    with clinic(authority, tmp_path, smart=(server,)) as house:
        house.open(patient)
        assert accounts(house) == {"Practitioner-house": "patient"}


def test_a_patient_sees_their_own_chart_alone(house: Browsing, patient: str) -> None:
    others = house.open(patient)
    house.client = house.new_client()
    house.authority.user, house.authority.context = f"Patient/{patient}", patient
    own = house.chart(house.back(house.consent(house.start("patient"))))
    assert own != others
    by = {row.subject: row.id for row in _rows(house)}
    store = house.service.store
    me = by[f"Patient-{patient}"]
    assert [chart.id for chart in store.charts(me)] == [own]
    assert store.chart(others, me, "read") is None
    assert store.chart(own, by["Practitioner-house"], "read", everyone=True) is not None


def test_who_is_signed_in_and_starts_from_here_keeps_the_account(house: Browsing, patient: str) -> None:
    sign_in(house, "ana")
    house.authority.claims = {}
    house.authority.user, house.authority.context = f"Patient/{patient}", patient
    chart = house.chart(house.back(house.consent(house.start("patient"))))
    ana = next(row.id for row in _rows(house) if row.subject == "ana")
    assert [each.id for each in house.service.store.charts(ana)] == [chart]
    assert accounts(house) == {"ana": "patient"}


def test_a_launch_that_proves_nobody_needs_a_sign_in(house: Browsing, patient: str) -> None:
    house.authority.well_known = False
    came = house.client.get(house.consent(house.launch(patient)).removeprefix(BASE))
    assert house.sent_on(came) == "/sign-in"
    assert house.service.store.count(t.Chart) == 0


def test_without_accounts_nobody_signs_in(browsing: Browsing) -> None:
    assert browsing.sent_on(browsing.client.get("/sign-in")) == "/"
    assert browsing.client.get("/sign-in/start").status_code == 404


def test_every_refusal_has_words() -> None:
    folder = Path(opentrd.service.__file__).parent
    keys = set()
    for path in [*folder.glob("smart/*.py"), folder / "signin.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refusal":
                keys |= {c.value for c in ast.walk(node.args[0]) if isinstance(c, ast.Constant)}
    assert len(keys) > 20
    for language in ("en", "es"):
        for group in ("refused", "do"):
            told = {key.removeprefix(f"smart.{group}.") for _, key in messages(language)}
            assert not [key for key in keys if isinstance(key, str) and key not in told]


def _rows(house: Browsing) -> list[t.Account]:
    with house.service.store.transaction() as transaction:
        return list(transaction.query(t.Account))
