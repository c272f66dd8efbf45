"""From the launch to the chart in a real browser, with a real FHIR server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from opentrd.service.app import create_app
from opentrd.service.settings import ServiceSettings, SmartServer
from tests.service.smart.authority import Authority
from tests.service.smart.servers import free_port, serving


@pytest.fixture
def app(authority: Authority, tmp_path: Path) -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = SmartServer(iss=authority.iss, client_id="public-app", name="House of records")
    authority.redirects = (f"{url}/smart/callback",)
    made = create_app(ServiceSettings(folder=str(tmp_path), port=port, smart=(server,)))
    with serving(made, port):
        yield url
    made.state.service.close()


def launched(page: Page, app: str, authority: Authority, patient: str) -> None:
    launch = urlencode({"iss": authority.iss, "launch": authority.launch(patient)})
    page.goto(f"{app}/smart/launch?{launch}")
    assert page.url.startswith(f"{authority.url}/authorize?")
    page.click("#allow")


@pytest.mark.parametrize("scripts", [True, False])
def test_from_the_launch_to_the_chart(
    browser: Browser, app: str, authority: Authority, patient: str, scripts: bool
) -> None:
    """The page of a slow record system says how far the reading is; then the chart comes."""
    authority.pause = 0.25
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 360, "height": 740})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    launched(page, app, authority, patient)
    expect(page.locator("h1")).to_have_text("Reading the record")
    assert page.inner_text("[role=status]").startswith("Now: ")
    page.wait_for_url("**/chart/*", timeout=60_000)
    assert page.url.endswith("?for=clinician&language=en")
    assert "sertraline" in page.inner_text("main").lower()
    assert not [url for url in asked if not url.startswith((app, authority.url))]
    context.close()


def test_a_clinician_chooses_with_the_keyboard(
    browser: Browser, app: str, authority: Authority, patient: str
) -> None:
    page = browser.new_context().new_page()
    page.goto(f"{app}/smart?for=clinician")
    page.get_by_role("link", name="I am a clinician").press("Enter")
    page.click("#allow")
    page.get_by_label("Name or record number").fill("zzz")
    page.keyboard.press("Enter")
    page.get_by_text("Nobody has that name").wait_for()
    page.get_by_label("Name or record number").fill(name_of(authority, patient))
    page.keyboard.press("Enter")
    page.locator(f"button[value='{patient}']").press("Enter")
    page.wait_for_url("**/chart/*", timeout=60_000)
    page.context.close()


def name_of(authority: Authority, patient: str) -> str:
    import httpx2

    return str(httpx2.get(f"{authority.fhir}/Patient/{patient}").json()["name"][0]["family"])
