"""The frame in a real browser: on a phone and a desktop, with JavaScript and without, by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from opentrd.demo import SAMPLES
from tests.service.pages.parts import served

PAGES = ("/", "/learn", "/learn/what", "/learn/options", "/learn/talk", "/learn/nothing")
#: Links inside a sentence may be smaller (WCAG 2.2, 2.5.8).
SMALL = """() => [...document.querySelectorAll('a, button, summary, input:not([type=hidden])')].filter(e => {
  const r = e.getBoundingClientRect();
  const alone = !e.closest('p, dd, li') || getComputedStyle(e).display !== 'inline';
  return r.width && alone && !e.classList.contains('skip') && (r.height < 24 || r.width < 24);
}).map(e => e.outerHTML.slice(0, 120))"""
UNNAMED = """() => [...document.querySelectorAll('input:not([type=hidden]), button, a, summary')].filter(e =>
  !(e.textContent.trim() || e.getAttribute('aria-label') || (e.labels && e.labels.length))).length"""
#: The contrast of each text with what is behind it, where that is below what is asked for (4.5, large 3).
FAINT = """() => {
  const lum = c => c.map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
  const rgb = s => s.match(/[\\d.]+/g).map(Number);
  const ground = e => { for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c.slice(0, 3); }
    return [255, 255, 255]; };
  return [...document.querySelectorAll('body *')].filter(e =>
    e.getClientRects().length && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())
  ).filter(e => {
    const s = getComputedStyle(e), a = lum(rgb(s.color).slice(0, 3)), b = lum(ground(e));
    const size = parseFloat(s.fontSize), large = size >= 24 || (size >= 18.66 && s.fontWeight >= 700);
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < (large ? 3 : 4.5);
  }).map(e => e.outerHTML.slice(0, 120));
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("frame")) as made:
        yield made


@pytest.fixture(params=[(320, True), (320, False), (1280, True), (1280, False)], ids=str)
def page(
    request: pytest.FixtureRequest, browser: Browser, address: str, tmp_path: Path
) -> Iterator[tuple[Page, list[str]]]:
    """Give a page with what it asked of others, and what went wrong in it."""
    width, script = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        java_script_enabled=script,
        base_url=address,
        color_scheme="dark" if script else "light",
    )
    made, wrong = context.new_page(), list[str]()
    own = urlsplit(address).netloc
    made.on("request", lambda r: None if urlsplit(r.url).netloc == own else wrong.append(r.url))
    made.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    made.on("pageerror", lambda e: wrong.append(str(e)))
    yield made, wrong
    context.close()


def test_pages_fit_and_can_be_touched_and_read(page: tuple[Page, list[str]]) -> None:
    shown, wrong = page
    for language in ("en", "es"):
        for path in PAGES:
            shown.goto(f"{path}?language={language}")
            for details in shown.locator("details").all():
                details.evaluate("e => e.open = true")
            wide = shown.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert wide[0] <= wide[1], path
            assert shown.evaluate(SMALL) == [], path
            assert shown.evaluate(UNNAMED) == 0, path
            assert shown.evaluate(FAINT) == [], path
            assert shown.locator("h1").count() == 1
            help_ = shown.locator(".crisis-bar summary").bounding_box()
            assert help_ and help_["y"] + help_["height"] < 300
    assert [each for each in wrong if "404" not in each] == []


def test_a_record_is_opened_chosen_from_and_deleted(page: tuple[Page, list[str]]) -> None:
    shown, wrong = page
    shown.goto("/")
    files = [SAMPLES / "wait.json", SAMPLES / "by-hand.csv"]
    shown.set_input_files("input[type=file]", files)
    shown.click("section[data-drop] button")
    expect(shown.locator("ul.persons button")).to_have_count(2)
    shown.goto("/")
    card = shown.locator(".chart").first
    assert "wait.json, by-hand.csv" in card.inner_text()
    card.locator("summary", has_text="Delete").click()
    card.get_by_role("button", name="Yes, delete it").click()
    shown.wait_for_url("**/?for=patient*")
    expect(shown.locator(".chart")).to_have_count(0)
    assert wrong == []


def test_a_file_that_is_no_record_is_refused_with_what_to_do(
    page: tuple[Page, list[str]], tmp_path: Path
) -> None:
    shown, _ = page
    file = tmp_path / "<b>letter.pdf"
    file.write_bytes(b"%PDF-1.7")
    shown.goto("/?language=es&region=us")
    shown.set_input_files("input[type=file]", file)
    shown.click("section[data-drop] button")
    alert = shown.locator("[role=alert]")
    assert "Es un PDF" in alert.inner_text() and alert.locator("b").count() == 1
    assert "988" in shown.locator(".crisis-bar summary").inner_text()
    assert shown.locator("html").get_attribute("lang") == "es"


def test_the_keyboard_goes_everywhere(page: tuple[Page, list[str]]) -> None:
    shown, _ = page
    shown.goto("/learn/talk")
    shown.keyboard.press("Tab")
    skip = shown.locator("a.skip")
    box = skip.bounding_box()
    assert box and box["x"] >= 0
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    reached = set()
    for _ in range(40):
        assert shown.evaluate(outline) != "none"
        reached.add(shown.evaluate("document.activeElement.textContent.trim()"))
        shown.keyboard.press("Tab")
        if shown.evaluate("document.activeElement === document.body"):
            break
    assert {"Understand", "Español", "Where this comes from"} <= reached
    assert any(each.startswith("Help now") for each in reached)
