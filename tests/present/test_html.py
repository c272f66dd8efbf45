"""The report: self-contained, escaped, for both readers; and in a real browser: phone, print, no requests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pypdf
import pytest
from playwright.sync_api import Browser, sync_playwright

from opentrd.assessment import Assessment
from opentrd.present.answer import headline_status
from opentrd.present.html import index, report
from opentrd.present.safety import alarming
from opentrd.records.model import Unused
from opentrd.statement import Statement
from tests.present import builders
from tests.present.people import everyone, with_audience, words

PEOPLE = everyone()
EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'
CHROMIUM = "/usr/bin/chromium"
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)


def page(name: str, audience: str = "clinician", region: str | None = None) -> str:
    return report(with_audience(PEOPLE[name], audience, region), words(audience))


class Tags(HTMLParser):
    """Collects tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(html)
    return parser.tags


@pytest.mark.parametrize("audience", ["clinician", "patient"])
@pytest.mark.parametrize("name", PEOPLE)
def test_self_contained(name: str, audience: str) -> None:
    html = page(name, audience)
    for tag, attributes in tags(html):
        assert tag not in ("script", "link", "iframe", "object", "embed", "img"), tag
        for attribute in ("src", "href", "xlink:href", "action"):
            value = attributes.get(attribute) or "#"
            assert value.startswith("#"), (tag, attribute, value)
    styles = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert styles and "url(" not in styles[0] and "@import" not in styles[0]


@pytest.mark.parametrize("audience", ["clinician", "patient"])
@pytest.mark.parametrize("name", PEOPLE)
def test_the_answer_comes_first_and_help_is_always_there(name: str, audience: str) -> None:
    a = PEOPLE[name]
    html = page(name, audience)
    order = [html.index(mark) for mark in ("<h1", "<footer")]
    assert order == sorted(order)
    if alarming(a.safety):
        assert html.index('class="safety"') < html.index("<h1")
    assert "911" in html and "116 123" in html and "findahelpline" in html
    assert "not a medical device" in html or "does not replace your doctor" in html


def test_a_region_shows_its_own_contacts_alone() -> None:
    html = page("two_failures", region="uk")
    assert "116 123" in html and "911" not in html


@pytest.mark.parametrize("name", PEOPLE)
def test_the_patient_page_has_no_jargon_and_does_not_scold(name: str) -> None:
    text = re.sub(r"<[^>]+>", " ", page(name, "patient").split("<main>")[1]).lower()
    for word in ("the patient", "adequate", "non-compliant", "refused", "maudsley", "verdict", "you failed"):
        assert word not in text, word


def test_every_verdict_is_on_the_clinicians_page() -> None:
    for name, a in PEOPLE.items():
        html = page(name)
        if a.judged.applicable is None:
            for status in headline_status(a):
                assert status.name.replace("&", "&amp;").split("'")[0] in html
            assert 'id="verdicts"' in html
        else:
            assert 'id="verdicts"' not in html


def test_texts_of_the_record_are_escaped() -> None:
    a = builders.two_failures()
    person = msgspec.structs.replace(a.record.person, person_id=EVIL)
    unused = [Unused(source_id=EVIL, resource=EVIL, reason=EVIL, detail=EVIL)]
    record = msgspec.structs.replace(a.record, person=person, unused=unused)
    trial = msgspec.structs.replace(
        a.judged.trials[0],
        treatment=EVIL,
        role="not_for_depression",
        other_use=EVIL,
        stopped_for=(EVIL,),
        sources=(EVIL,),
        why=(Statement("outcome.told", {"treatment": EVIL, "told": (EVIL,)}, (EVIL,), (EVIL,), (EVIL,)),),
    )
    status = [msgspec.structs.replace(s, name=EVIL, exclusion=EVIL) for s in a.judged.status]
    judged = msgspec.structs.replace(a.judged, trials=[trial, *a.judged.trials[1:]], status=status)
    evil = msgspec.structs.replace(a, record=record, judged=judged)
    for audience in ("clinician", "patient"):
        html = report(with_audience(evil, audience), words(audience, strict=False))
        assert "<script" not in html and "<img" not in html
        assert "&lt;script" in html
    assert "<script" not in index([(EVIL, EVIL, EVIL, EVIL)], words())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield made
        made.close()


def opened(browser: Browser, folder: Path, html: str, **options: Any) -> tuple[Any, list[str]]:
    path = folder / "report.html"
    path.write_text(html, encoding="utf-8")
    sheet = browser.new_context(**options).new_page()
    requests: list[str] = []
    sheet.on("request", lambda request: requests.append(request.url))
    sheet.goto(path.as_uri())
    return sheet, requests


@pytest.mark.parametrize("audience", ["clinician", "patient"])
@pytest.mark.parametrize("name", PEOPLE)
def test_in_a_browser(name: str, audience: str, browser: Browser, tmp_path: Path) -> None:
    """No sideways scrolling on a phone, no request, at most two printed pages."""
    phone = {"width": 360, "height": 740}
    sheet, requests = opened(browser, tmp_path, page(name, audience), viewport=phone)
    sheet.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert sheet.evaluate("document.documentElement.scrollWidth") <= 360
    sheet.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")
    assert [url for url in requests if not url.startswith("file:")] == []
    assert len(requests) == 1
    pages = pypdf.PdfReader(BytesIO(sheet.pdf(format="A4", prefer_css_page_size=True))).pages
    assert len(pages) <= 2
    sheet.context.close()


CONTRAST = """() => {
  const light = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => x / 255)
      .map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
  const ground = e => { for (; e; e = e.parentElement) { const b = getComputedStyle(e).backgroundColor;
    if (!/rgba\\(.*, 0\\)|transparent/.test(b)) return b; } return 'rgb(255,255,255)'; };
  const low = [];
  for (const e of document.querySelectorAll('main *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || e.closest('svg')) continue;
    const a = light(getComputedStyle(e).color), b = light(ground(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push(e.tagName + ' ' + e.className + ' ' + ratio.toFixed(2));
  }
  return low; }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("audience", ["clinician", "patient"])
def test_contrast(audience: str, scheme: str, browser: Browser, tmp_path: Path) -> None:
    """WCAG AA: 4.5 to 1 for every text."""
    sheet, _ = opened(browser, tmp_path, page("two_failures", audience), color_scheme=scheme)
    sheet.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert sheet.evaluate(CONTRAST) == []
    sheet.context.close()


def test_shares_everything_with_the_assessment(tmp_path: Path) -> None:
    a: Assessment = builders.two_failures()
    assert a.report(tmp_path / "a.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "Ana" in repr(a) and "sertraline" in repr(a)
    assert a._repr_html_().startswith("<iframe")
    assert "venlafaxine" in str(a)
    assert list(a.trials["treatment"]) == ["sertraline", "cbt", "venlafaxine"]
    assert a.timeline().to_dict()["vconcat"]
