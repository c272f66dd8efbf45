"""The report in a real browser: axe finds nothing serious, a phone shows it whole, paper too."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

AXE = Path(__file__).parents[3] / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPENED = "for (const each of document.querySelectorAll('details')) each.open = true"
LOOK = """async rules => (await axe.run({runOnly: rules, resultTypes: ['violations']})).violations.map(
  each => [each.id, each.impact, each.nodes.slice(0, 3).map(node => node.target.join(' '))])"""


@pytest.mark.parametrize(("width", "scheme", "language"), [(1280, "light", "en"), (360, "dark", "es")])
def test_axe_finds_nothing(
    browser: Browser, pages: dict[str, Path], width: int, scheme: Literal["light", "dark"], language: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(pages[language].as_uri())
    assert asked == [pages[language].as_uri()]
    page.evaluate(OPENED)
    page.add_script_tag(path=AXE)
    found: list[Any] = page.evaluate(LOOK, RULES)
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_pictures_stay_in_their_frames(browser: Browser, pages: dict[str, Path]) -> None:
    """No word of a picture of bars is cut off at its right edge."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(pages["en"].as_uri())
    over = page.evaluate(
        "[...document.querySelectorAll('figure .wide svg')].flatMap(svg => [...svg.querySelectorAll('text')]"
        ".filter(t => t.getBoundingClientRect().right > svg.getBoundingClientRect().right + 1)"
        ".map(t => t.textContent))"
    )
    assert over == []
    context.close()


def test_a_phone_is_told_that_the_flow_moves_sideways(browser: Browser, pages: dict[str, Path]) -> None:
    for width, there in ((360, True), (1280, False)):
        context = browser.new_context(viewport={"width": width, "height": 800})
        page = context.new_page()
        page.goto(pages["en"].as_uri())
        assert page.get_by_text("Move the picture sideways").is_visible() == there
        context.close()


def test_words_of_one_row_stay_in_it(browser: Browser, pages: dict[str, Path]) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(pages["es"].as_uri())
    low = page.evaluate(
        "[...document.querySelectorAll('figure .wide svg')].flatMap(svg => {"
        " const spans = [...svg.querySelectorAll('tspan')].map(t => t.getBoundingClientRect());"
        " const bars = [...svg.querySelectorAll('rect')].map(t => t.getBoundingClientRect().left);"
        " return spans.filter(s => bars.some(left => s.right > left)).map(s => s.right) })"
    )
    assert low == []
    context.close()


def test_on_paper(browser: Browser, pages: dict[str, Path]) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(pages["en"].as_uri())
    paper = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))
    words = " ".join(each.extract_text() for each in paper.pages)
    assert "Where has care stopped?" in words
    assert "The same as a table" not in words
    context.close()
