"""Everyone can use every page (axe finds nothing serious), and no page is heavy, in every colour and for every reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from playwright.sync_api import Page, Response

from tests.service.e2e.windows import DESK, PHONE, Kind

#: Brought by scripts/ensure_front.sh.
AXE: Final = Path(__file__).parents[3] / "node_modules/axe-core/axe.min.js"
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GRAVE: Final = ("serious", "critical")
MOST_BYTES: Final = 500_000
OPENED: Final = "for (const each of document.querySelectorAll('details')) each.open = true"
LOOK: Final = """async rules => (await axe.run({runOnly: rules, resultTypes: ['violations']})).violations.map(
  each => ({rule: each.id, impact: each.impact, places: each.nodes.map(
    node => [node.target.join(' '), node.any.concat(node.all, node.none).map(said => said.message).join('; ')])}))"""


@pytest.fixture(scope="module")
def paths(address: str, browser: Any) -> Iterator[dict[str, str]]:
    """Where each kind of page is; charts are made as a person makes them."""
    page: Page = browser.new_context(base_url=address).new_page()
    found = {"start": "/", "learn": "/learn"}
    page.goto("/learn")
    for n, link in enumerate(page.locator("nav.topics a").all()):
        found[f"topic {n}"] = (link.get_attribute("href") or "").partition("?")[0]
    page.goto("/write")
    found["empty form"] = page.url.removeprefix(address).partition("?")[0]
    for sample in ("two-failures", "safety", "whole-person"):
        page.goto(f"/sample/{sample}")
        chart = page.url.removeprefix(address).partition("?")[0]
        found[f"answer {sample}"] = chart
        found[f"follow {sample}"] = f"{chart}/follow"
    page.goto("/sample/orders-only")
    found["answer with questions"] = page.url.removeprefix(address).partition("?")[0]
    found["no such page"] = "/chart/none"
    yield found
    page.context.close()


def faults(page: Page) -> list[dict[str, Any]]:
    """Return what axe finds on a page, with every fold open."""
    page.evaluate(OPENED)
    page.add_script_tag(path=AXE)
    found: list[dict[str, Any]] = page.evaluate(LOOK, RULES)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("audience", ["patient", "clinician"])
def test_axe_finds_nothing_serious(
    opened: Callable[[Kind], Page], paths: dict[str, str], audience: str, scheme: Literal["light", "dark"]
) -> None:
    """On the phone for patients, on the desk for clinicians."""
    page = opened(replace(PHONE if audience == "patient" else DESK, scheme=scheme, open_policy=True))
    grave = []
    for name, path in paths.items():
        page.goto(f"{path}?for={audience}")
        grave += [(name, each) for each in faults(page) if each["impact"] in GRAVE]
    assert grave == []


@pytest.mark.parametrize("audience", ["patient", "clinician"])
def test_no_page_is_heavy(opened: Callable[[Kind], Page], paths: dict[str, str], audience: str) -> None:
    """With all that a page loads at a first visit, as it is before any packing."""
    heavy = {}
    for name, path in paths.items():
        page = opened(DESK)
        answers: list[Response] = []
        page.on("response", answers.append)
        page.goto(f"{path}?for={audience}&region=us", wait_until="networkidle")
        weight = sum(len(each.body()) for each in answers)
        if weight >= MOST_BYTES:
            heavy[name] = weight
        page.context.close()
    assert heavy == {}
