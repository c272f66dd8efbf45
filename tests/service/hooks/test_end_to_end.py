"""A page of elsewhere calls the hooks in a real browser, and a real FHIR server answers for what lacks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from opentrd.service.app import create_app
from opentrd.service.settings import CdsIssuer, ServiceSettings, SmartServer
from tests.service.hooks import parts as p
from tests.service.hooks import test_tokens as signed
from tests.service.smart.servers import bring_in, fhir_server, free_port, serving

#: What a browser-based client does: discovery, a call with a signature, feedback on the card.
CLIENT = """
async ({base, body, tokens}) => {
  const send = (path, token, body) => fetch(base + path, {
    method: "POST",
    headers: {"content-type": "application/json", "authorization": "Bearer " + token},
    body: JSON.stringify(body),
  });
  const services = (await (await fetch(base + "/cds-services")).json()).services.map((one) => one.id);
  const answer = await send("/cds-services/opentrd-patient-view", tokens[0], body);
  const cards = (await answer.json()).cards;
  const told = await send("/cds-services/opentrd-patient-view/feedback", tokens[1], {feedback: cards.map(
    (card) => ({card: card.uuid, outcome: "overridden", outcomeTimestamp: new Date().toISOString()}))});
  const again = await send("/cds-services/opentrd-patient-view", tokens[0], body);
  return {services, status: answer.status, cards, feedback: told.status, again: again.status};
}
"""


@pytest.fixture(scope="module")
def fhir() -> Iterator[str]:
    with fhir_server() as url:
        yield url


async def _empty(_: Any) -> HTMLResponse:
    return HTMLResponse("<!doctype html><title>record</title>")


def test_a_card_in_the_browser_of_another_origin(tmp_path: Path, fhir: str, browser: Browser) -> None:
    patient = bring_in(fhir, "two-failures")
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    settings = ServiceSettings(
        folder=str(tmp_path),
        port=port,
        cds_open=False,
        cds_issuers=(CdsIssuer(iss=signed.ISS, jwks=signed.JWKS),),
        smart=(SmartServer(iss=fhir, client_id="opentrd"),),
    )
    body = p.call(fhirServer=fhir, fhirAuthorization={"access_token": "any", "token_type": "Bearer"})
    body["context"]["patientId"] = patient
    del body["prefetch"]
    path = base + signed.PATH
    tokens = [signed.token(aud=path), signed.token(aud=f"{path}/feedback")]
    client = Starlette(routes=[Route("/", _empty)])
    with serving(create_app(settings), port), serving(client) as elsewhere:
        page = browser.new_page()
        page.goto(elsewhere)
        found = page.evaluate(CLIENT, {"base": base, "body": body, "tokens": tokens})
    assert found["services"] == ["opentrd-patient-view", "opentrd-order-select", "opentrd-order-sign"]
    assert (found["status"], found["feedback"], found["again"]) == (200, 200, 401)
    assert [card["source"]["topic"]["code"] for card in found["cards"]] == ["resistant"]
    assert "sertraline and venlafaxine" in found["cards"][0]["detail"]
    assert "Not given" not in found["cards"][0]["detail"]
