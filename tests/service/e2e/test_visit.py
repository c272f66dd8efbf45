"""A whole visit in a real browser: all ways in, on a phone and a desk, and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Locator, Page, expect

from opentrd.demo import SAMPLES
from tests.service.e2e.windows import DESK, KINDS, PHONE, Kind, fits, unfolded

Opened = Callable[[Kind], Page]
EVERY = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
MOST_PAGES = 3
#: The answer to each question of the PHQ-9 but the last, at both looks; what the second adds up to.
LOW, BETTER, SUM = "3", "1", 8


def upload(page: Page, name: str) -> str:
    """Open a file by the start page, and return where its answer is."""
    page.goto("/")
    page.locator("#files").set_input_files(SAMPLES / name)
    page.get_by_role("button", name="Open", exact=False).click()
    page.wait_for_url("**/chart/*")
    return page.url


def row_of(page: Page, treatment: str) -> Locator:
    """The line of a treatment in the table of treatments."""
    return page.locator("table tr", has=page.get_by_role("rowheader", name=treatment)).first


def send(page: Page, kind: Kind, form: str) -> None:
    """Without scripts a form is sent by its button; with them a change has sent it already."""
    if not kind.scripts:
        page.locator(f"{form} > button, {form} > fieldset > button").last.click()
    page.locator("#changed").wait_for()


def steps(page: Page) -> list[str]:
    """The steps in the order of the page; those behind a fold too."""
    return [
        each.strip() for each in page.locator("article.step h4, details.step > summary").all_text_contents()
    ]


def pages_of(page: Page, link: Locator) -> list[str]:
    """Follow a link to a PDF and return what its pages say."""
    with page.expect_download() as coming:
        link.click()
    body = Path(coming.value.path()).read_bytes()
    assert body.startswith(b"%PDF")
    return [each.extract_text() for each in pypdf.PdfReader(BytesIO(body)).pages]


def note_phq9(page: Page, day: date, answer: str) -> None:
    """Fill in a PHQ-9 of a day, the question about thoughts of death with "not at all", and save it."""
    page.locator("#f-day").fill(day.isoformat())
    unfolded(page, page.locator("#f-phq9-1"))
    for number in range(1, 10):
        value = answer if number < 9 else "0"
        page.locator(f"label.choice:has([name='phq9.{number}'][value='{value}'])").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="It is saved")).to_be_visible()


@EVERY
def test_a_record_is_opened_answered_and_weighed(opened: Opened, kind: Kind) -> None:
    page = opened(kind)
    upload(page, "orders-only.json")
    assert fits(page)
    before = row_of(page, "citalopram").inner_text()
    assert "effect not known" in before
    for name in ("citalopram", "sertraline", "mirtazapine"):
        question = page.locator("form.fields fieldset", has_text=f"How much did {name}")
        if question.count():
            question.locator("select").select_option("none")
            if kind.scripts:
                question.wait_for(state="detached")
    send(page, kind, "form.fields")
    after = row_of(page, "citalopram").inner_text()
    assert "effect not known" not in after
    assert "full chance" in after

    order = steps(page)
    page.locator("#w-weight").fill("3")
    send(page, kind, "form.wishes")
    expect(page.locator("#changed")).to_contain_text("new order")
    assert "this matters to you: weight" in page.locator("#wishes").inner_text()
    assert steps(page) != order
    assert sorted(steps(page)) == sorted(order)
    page.reload()
    assert "effect not known" not in row_of(page, "citalopram").inner_text()
    assert page.locator("#w-weight").input_value() == "3"


@EVERY
def test_what_was_tried_is_written_down_printed_and_deleted(opened: Opened, kind: Kind) -> None:
    page = opened(kind)
    page.goto("/")
    page.get_by_role("button", name="Start writing").click()
    page.locator("[name='person.born']").fill("1980")
    page.locator("[name='treatments.0.name']").fill("Zoloft")
    page.locator("[name='treatments.0.dose']").fill("100 mg")
    page.locator("[name='treatments.0.from_month']").select_option("03")
    page.locator("[name='treatments.0.from_year']").fill("2025")
    page.locator("label.choice:has([name='treatments.0.still'][value='no'])").click()
    page.locator("[name='treatments.0.to_month']").select_option("09")
    page.locator("[name='treatments.0.to_year']").fill("2025")
    page.locator("[name='treatments.0.helped']").select_option("none")
    assert fits(page)
    page.get_by_role("button", name="See the answer").click()
    page.wait_for_url("**/chart/*")
    row = row_of(page, "sertraline").inner_text()
    assert "100 mg" in row
    assert "had its full chance" in row
    assert fits(page)

    said = pages_of(page, page.get_by_role("link", name="PDF", exact=True))
    assert 1 <= len(said) <= MOST_PAGES
    assert "sertraline" in said[0]

    page.get_by_role("link", name="Change what I wrote").click()
    expect(page.locator("[name='treatments.0.name']")).to_have_value("Zoloft")
    page.get_by_role("link", name="Start", exact=True).click()
    card = page.locator("li.chart").first
    kept = card.locator("a.name").get_attribute("href") or ""
    card.get_by_text("Delete", exact=True).click()
    card.get_by_role("button", name="Yes, delete it").click()
    page.wait_for_url("**/?for=*")
    assert kept not in page.content()
    assert page.context.request.get(kept).status == 404


@EVERY
def test_a_sample_is_followed_up_with_a_chart(opened: Opened, kind: Kind) -> None:
    page = opened(kind)
    page.goto("/")
    page.locator("a[href^='/sample/']:visible").first.click()
    page.wait_for_url("**/chart/*")
    page.get_by_role("link", name="Follow up").click()
    page.wait_for_url("**/follow?*")
    scores = page.locator("table.scores tbody tr")
    known = scores.count()
    today = datetime.now().astimezone().date()
    note_phq9(page, today - timedelta(weeks=5), LOW)
    expect(scores).to_have_count(known + 1)
    note_phq9(page, today - timedelta(days=1), BETTER)
    expect(scores).to_have_count(known + 2)
    page.wait_for_load_state()
    chart = page.locator("figure svg:visible")
    assert chart.count() == 1
    assert chart.locator("circle, path, polyline").count() > 2
    latest = page.locator(".latest").inner_text()
    assert f": {SUM} " in latest.replace("\n", " ")
    assert fits(page)
    entries = page.locator("details.entries")
    entries.locator("> summary").click()
    entries.get_by_role("button", name="Remove").first.click()
    expect(scores).to_have_count(known + 1)


@pytest.mark.parametrize("kind", [PHONE, DESK], ids=["phone", "desk"])
def test_readers_and_languages_are_switched(opened: Opened, kind: Kind) -> None:
    page = opened(kind)
    page.goto("/sample/two-failures?for=patient&language=en")
    words = {("patient", "en"): page.locator("h1").inner_text()}
    page.get_by_role("link", name="For the clinician").click()
    page.wait_for_url("**for=clinician**")
    words["clinician", "en"] = page.locator("main").inner_text()
    page.get_by_role("link", name="Español").click()
    page.wait_for_url("**language=es**")
    assert page.locator("html").get_attribute("lang") == "es"
    assert page.locator("body").get_attribute("class") == "clinician"
    words["clinician", "es"] = page.locator("main").inner_text()
    page.locator(".switch a").first.click()
    page.wait_for_url("**for=patient**")
    assert page.locator("html").get_attribute("lang") == "es"
    words["patient", "es"] = page.locator("h1").inner_text()
    assert len(set(words.values())) == len(words)
    assert fits(page)
    page.get_by_role("link", name="English").click()
    page.wait_for_url("**language=en**")
    assert page.locator("h1").inner_text() == words["patient", "en"]
