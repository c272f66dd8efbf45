"""Everyone can use each page (axe finds nothing serious), in all colours; no page is heavy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from playwright.sync_api import Browser, Page, Response

from opentrd.demo import SAMPLES
from tests.service.e2e.windows import DESK, PHONE, Kind

#: Brought by scripts/ensure_front.sh.
AXE: Final = Path(__file__).parents[3] / "node_modules/axe-core/axe.min.js"
#: What axe looks for, by the colours of the page: all of it, and once more what colours change.
RULES: Final = {
    "light": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "dark": ["cat.color"],
}
#: Pages without a colour that others have not.
SAME_COLOURS: Final = ("answer whole-person", "follow safety")
GRAVE: Final = ("serious", "critical")
MOST_BYTES: Final = 500_000
OPENED: Final = "for (const each of document.querySelectorAll('details')) each.open = true"
LOOK: Final = """async rules => (await axe.run(
  {runOnly: rules, preload: false, resultTypes: ['violations']})).violations.map(
  each => ({rule: each.id, impact: each.impact, places: each.nodes.map(
    node => [node.target.join(' '), node.any.concat(node.all, node.none).map(said => said.message)])}))"""


@pytest.fixture(scope="module")
def paths(address: str, browser: Browser) -> Iterator[dict[str, str]]:
    """Where each kind of page is; charts are made as a person makes them."""
    page: Page = browser.new_context(base_url=address).new_page()
    found = {"start": "/", "learn": "/learn"}
    page.goto("/learn")
    for n, link in enumerate(page.locator("nav.topics a").all()):
        found[f"topic {n}"] = (link.get_attribute("href") or "").partition("?")[0]
    page.goto("/write")
    found["empty form"] = page.url.removeprefix(address).partition("?")[0]
    for sample in ("safety", "whole-person", "orders-only"):
        page.goto(f"/sample/{sample}")
        chart = page.url.removeprefix(address).partition("?")[0]
        found[f"answer {sample}"] = chart
        if sample != "orders-only":
            found[f"follow {sample}"] = f"{chart}/follow"
    page.goto("/")
    page.locator("#files").set_input_files([SAMPLES / "wait.json", SAMPLES / "by-hand.csv"])
    page.locator("[data-drop] button").click()
    page.wait_for_url("**/open/*")
    found["persons"] = page.url.removeprefix(address).partition("?")[0]
    found["servers"] = "/smart"
    yield found
    page.context.close()


def faults(page: Page, scheme: str) -> list[dict[str, Any]]:
    """Return what axe finds on a page, with every fold open."""
    page.evaluate(OPENED)
    page.add_script_tag(path=AXE)
    found: list[dict[str, Any]] = page.evaluate(LOOK, RULES[scheme])
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("audience", ["patient", "clinician"])
def test_axe_finds_nothing_serious(
    opened: Callable[[Kind], Page], paths: dict[str, str], audience: str, scheme: Literal["light", "dark"]
) -> None:
    """On the phone for patients, on the desk and in Spanish for clinicians."""
    language = "en" if audience == "patient" else "es"
    page = opened(replace(PHONE if audience == "patient" else DESK, scheme=scheme, open_policy=True))
    grave = []
    looked_at = {name: path for name, path in paths.items() if scheme == "light" or name not in SAME_COLOURS}
    for name, path in looked_at.items():
        shown = page.goto(f"{path}?for={audience}&language={language}")
        assert shown is not None and shown.ok, name
        grave += [(name, each) for each in faults(page, scheme) if each["impact"] in GRAVE]
    assert grave == []


def weighed(page: Page, address: str) -> int:
    """Return how many bytes a page has, with all that it loads."""
    answers: list[Response] = []

    def keep(response: Response) -> None:
        answers.append(response)

    page.on("response", keep)
    page.goto(address)
    assert all(each.ok for each in answers), [each.url for each in answers if not each.ok]
    return sum(len(each.body()) for each in answers)


@pytest.mark.parametrize("audience", ["patient", "clinician"])
def test_no_page_is_heavy(opened: Callable[[Kind], Page], paths: dict[str, str], audience: str) -> None:
    """With all that a page loads at a first visit, as it is before any packing."""
    heavy = {}
    for name, path in paths.items():
        page = opened(DESK)
        weight = weighed(page, f"{path}?for={audience}&region=us")
        if weight >= MOST_BYTES:
            heavy[name] = weight
        page.context.close()
    assert heavy == {}
