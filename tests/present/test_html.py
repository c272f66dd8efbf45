"""The report: self-contained, escaped, for both readers; and in a real browser: phone, print, no requests."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pypdf
import pytest
from playwright.sync_api import Browser, expect

from opentrd.assessment import Assessment
from opentrd.present.answer import headline_status
from opentrd.present.html import index, report
from opentrd.present.html.glossary import Glossary
from opentrd.present.review import YOURSELF, cards, domains
from opentrd.present.safety import alarming, help_line
from opentrd.present.terminal_review import preferences_line
from opentrd.records.model import Unused
from opentrd.statement import Statement
from tests.present import builders
from tests.present.people import everyone, with_audience, words, words_in

PEOPLE = everyone()
EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'
#: Pages of a print; the PDF is the short one.
PRINTED = {"clinician": 4, "patient": 3}


@cache
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


def test_contacts_of_a_region_are_in_sight_and_those_of_all_regions_folded() -> None:
    """Without a region the general sentence and the world's contact stand open, one fold holds the rest."""
    for audience in ("clinician", "patient"):
        box = page("two_failures", audience).split('class="safety"')[1].split("</section>")[0]
        in_sight, folded = box.split('<details class="regions">')
        assert "findahelpline" in in_sight and "116 123" not in in_sight
        assert "116 123" in folded and "911" in folded
        box = page("two_failures", audience, "uk").split('class="safety"')[1].split("</section>")[0]
        assert "116 123" in box and 'class="regions"' not in box


class Reading(HTMLParser):
    """Collects what is read, without what stands behind a statement (class ``basis``, sources of a step)."""

    BEHIND = frozenset({"basis", "row from"})
    EMPTY = frozenset({"br", "meta"})

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.EMPTY:
            hidden = tag in ("style", "svg") or dict(attrs).get("class") in self.BEHIND
            self._open.append(hidden)

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag not in self.EMPTY:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._open):
            self.texts.append(data)


def read_text(html: str) -> str:
    parser = Reading()
    parser.feed(html)
    return " ".join("".join(parser.texts).split())


def plain(html: str) -> str:
    """Return all text of a page, what stands behind statements included, in one line."""
    text = re.sub(r"<style>.*?</style>|<svg.*?</svg>|</?a\b[^>]*>", "", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.mark.parametrize("name", PEOPLE)
def test_the_patient_page_has_no_jargon_and_does_not_scold(name: str) -> None:
    text = read_text(page(name, "patient").split("<main>")[1]).lower()
    for word in ("the patient", "adequate", "non-compliant", "refused", "maudsley", "verdict", "you failed"):
        assert word not in text, word


@pytest.mark.parametrize("audience", ["clinician", "patient"])
@pytest.mark.parametrize("name", PEOPLE)
def test_the_page_holds_the_review_and_the_next_steps_with_their_basis(name: str, audience: str) -> None:
    """Each step, reason, question and figure is there; so is each record line and rule behind them."""
    a, told = with_audience(PEOPLE[name], audience), words(audience)
    html = page(name, audience)
    text = plain(html)
    shown = [line for domain in domains(a, told) for line in (*domain.present, *domain.absent)]
    said = [each for line in shown for each in line.why]
    said += [line.ask for domain in domains(a, told) for line in domain.unknown if line.ask is not None]
    for card in cards(a, told):
        assert f'id="step-{card.option.option}"' in html, card.option.option
        said += [card.place, *card.person, *card.evidence, *card.standing, *card.practice, *card.asks]
    said += [caution.ask for caution in a.cautions if caution.ask is not None]
    said += a.background
    for statement in said:
        if told.tells(statement):
            assert " ".join(told.say(statement).split()) in text, statement
            for source in statement.sources:
                assert source in text, source
            for ref in statement.citations:
                assert " ".join(told.knowledge.row(ref).source.split()) in text, ref


@pytest.mark.parametrize("audience", ["clinician", "patient"])
@pytest.mark.parametrize("name", PEOPLE)
def test_a_link_leads_to_its_place_once_and_the_page_is_small(name: str, audience: str) -> None:
    html = page(name, audience)
    places = [attributes["id"] for _, attributes in tags(html) if "id" in attributes]
    own = [place for place in places if not str(place).startswith("clip")]
    assert len(own) == len(set(own))
    for tag, attributes in tags(html):
        if tag == "a" and attributes["href"] != "#closed":
            assert str(attributes["href"]).removeprefix("#") in own, attributes
    assert len(html.encode()) < 500_000


def test_every_caution_on_a_step_says_how_grave_it_is() -> None:
    """Certain ones with their severity in words, open ones as what to ask, with what the answer may mean."""
    a, told = PEOPLE["older-heart"], words()
    html = page("older-heart")
    for card in cards(a, told):
        step = html.split(f'id="step-{card.option.option}"')[1].split('id="step-')[0]
        for care in card.cautions:
            about = care.caution.statement.params.get("about")
            mark = care.mark
            if not care.open:
                assert f'<b class="sev {care.caution.severity}">{mark}</b>' in step, care.caution.caution
            elif about is not None:
                assert told.write("topic", about) in unescape(step), care.caution.caution


def test_the_patient_page_goes_from_what_happened_to_what_comes_next_to_help() -> None:
    html = page("two-failures", "patient")
    order = ["answer", "picture", "bring", "next", "yourself", "review", "trials", "help", "more"]
    places = [html.index(f'id="{name}"') for name in order]
    assert places == sorted(places)
    alone = [c for c in cards(PEOPLE["two-failures"], words("patient")) if c.option.category in YOURSELF]
    yourself = html.split('id="yourself"')[1].split("</section>")[0]
    assert alone and any(card.name in unescape(yourself) for card in alone)


def test_what_matters_to_the_person_is_said_where_it_ordered_the_steps() -> None:
    a = PEOPLE["two-failures"]
    settings = msgspec.structs.replace(a.settings, preferences={"weight": 2.0})
    wishing = msgspec.structs.replace(a, settings=settings)
    said = preferences_line(wishing, words())
    assert "weight" in said and said in unescape(report(wishing, words()))
    assert said not in unescape(page("two-failures"))


def test_words_are_marked_as_they_are_written() -> None:
    glossary = Glossary(words("patient"), active=True)
    marked = glossary.mark("CBT & ECT, act now; Antidepressants (CBT-I)")
    assert re.findall(r">([^<]+)</a>", marked) == ["CBT", "ECT", "Antidepressants", "CBT-I"]
    assert "&amp;" in marked
    assert [key for key, _, _ in glossary.entries()] == ["antidepressant", "cbt", "cbti", "ect"]
    assert Glossary(words(), active=False).mark("CBT <b>") == "CBT &lt;b&gt;"


def test_every_verdict_is_on_the_clinicians_page() -> None:
    for name, a in PEOPLE.items():
        html = page(name)
        if a.judged.applicable is None:
            for status in headline_status(a):
                name = words().write("definition", status.definition)
                assert name.replace("&", "&amp;").split("'")[0] in html
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
    """No sideways scrolling on a phone, no request, few printed pages."""
    phone = {"width": 360, "height": 740}
    sheet, requests = opened(browser, tmp_path, page(name, audience), viewport=phone)
    sheet.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert sheet.evaluate("document.documentElement.scrollWidth") <= 360
    sheet.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")
    assert [url for url in requests if not url.startswith("file:")] == []
    assert len(requests) == 1
    pages = pypdf.PdfReader(BytesIO(sheet.pdf(format="A4", prefer_css_page_size=True))).pages
    assert len(pages) <= PRINTED[audience]
    sheet.context.close()


def test_a_word_is_touched_for_its_meaning_without_a_script(browser: Browser, tmp_path: Path) -> None:
    """The meaning comes into sight where one reads, and goes again; a link to folded lines opens them."""
    phone = {"width": 360, "height": 740}
    html = page("two-failures", "patient")
    sheet, _ = opened(browser, tmp_path, html, viewport=phone, java_script_enabled=False)
    word = sheet.locator("article.step a.word").first
    word.scroll_into_view_if_needed()
    before = word.bounding_box()
    word.click()
    meaning = sheet.locator(".meaning:target")
    expect(meaning).to_be_visible()
    assert word.bounding_box() == before
    meaning.locator("a").click()
    expect(meaning).to_have_count(0)
    assert word.bounding_box() == before
    basis = sheet.locator("article.step details.why").first
    basis.locator("summary").click()
    lines = basis.locator('a[href^="#lines-"]').first
    place = lines.get_attribute("href")
    lines.click()
    expect(sheet.locator(str(place))).to_be_visible()
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
    for name in ("two_failures", "older-heart"):
        sheet, _ = opened(browser, tmp_path, page(name, audience), color_scheme=scheme)
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


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_danger_of_today_says_whom_to_call(language: str) -> None:
    kind = words_in(language, "patient")
    said = kind.text("current.ask_today")
    assert said in report(with_audience(PEOPLE["many-medicines"], "patient"), kind)
    assert said not in report(with_audience(PEOPLE["two-failures"], "patient"), kind)
    clinician = words_in(language, "clinician")
    assert said not in report(with_audience(PEOPLE["many-medicines"], "clinician"), clinician)


@pytest.mark.parametrize(("language", "region"), [("en", None), ("en", "us"), ("es", "us")])
def test_help_stands_over_the_answer_for_the_clinician_too(language: str, region: str | None) -> None:
    kind = words_in(language, "clinician")
    html = report(with_audience(PEOPLE["tms-esketamine"], "clinician", region), kind)
    assert html.index(help_line(region, kind)) < html.index("<h1")
    assert 'class="help-line"' not in page("safety")
