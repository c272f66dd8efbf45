"""The answer in a real browser: with scripts and without, on a phone and on a desk, by keyboard."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from opentrd.service.app import create_app
from opentrd.service.settings import ServiceSettings
from tests.service.answer.test_page import hostile

WIDTHS = (360, 1280)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app(ServiceSettings(folder=str(tmp_path), port=port))
    record = json.dumps(hostile()).encode()
    app.state.service.store.add_chart("x", "upload", "local", {"record.json": record})
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


def opened(browser: Browser, address: str, path: str, width: int, scripts: bool = True) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=scripts)
    page = context.new_page()
    page.goto(address + path)
    return page


def is_narrow_enough(page: Page) -> bool:
    return int(page.evaluate("document.documentElement.scrollWidth")) <= page.viewport_size["width"]  # type: ignore[index]


@pytest.mark.parametrize("width", WIDTHS)
def test_an_answer_and_a_wish_change_the_page_at_once(browser: Browser, address: str, width: int) -> None:
    page = opened(browser, address, "/sample/orders-only?for=clinician", width)
    place = page.url
    asked = page.locator("form.fields select[name^='outcome:']")
    said = []
    while asked.count():
        name = asked.first.get_attribute("name")
        asked.first.select_option("none")
        page.locator(f"form.fields select[name='{name}']").wait_for(state="detached")
        said.append(page.locator("#changed").inner_text())
    assert any("definitions are met now" in each for each in said)
    page.locator("details.told > summary").click()
    assert page.locator("details.told li").count() >= 1
    page.locator("details.told button").first.click()
    asked.first.wait_for()
    assert page.url == place

    first = page.locator("article.step h4, details.step > summary").first.inner_text()
    slider = page.locator("#w-weight")
    slider.focus()
    slider.press("End")
    page.locator("#w-weight[value='3']").wait_for()
    assert page.evaluate("document.activeElement.id") == "w-weight"
    assert "matter" in page.locator("#wishes b").first.inner_text()
    slider.press("Home")
    page.locator("#w-weight[value='0']").wait_for()
    assert page.locator("article.step h4, details.step > summary").first.inner_text() == first
    assert is_narrow_enough(page)
    page.context.close()


def test_what_is_changed_while_an_answer_is_awaited_is_kept_too(browser: Browser, address: str) -> None:
    page = opened(browser, address, "/sample/orders-only?for=clinician", 1280)
    page.locator("#w-weight").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    asked = [each.get_attribute("name") for each in page.locator("form.fields select").all()][:2]
    for name in asked:
        page.locator(f"form.fields select[name='{name}']").select_option(index=1)
    page.locator("#w-weight[value='3']").wait_for()
    page.wait_for_function("document.querySelectorAll('details.told li').length == 2")
    page.reload()
    assert page.locator("#w-weight").input_value() == "3"
    assert page.locator("details.told li").count() == len(asked) == 2
    page.context.close()


@pytest.mark.parametrize("failure", ["gone", "too old"])
def test_what_could_not_be_kept_is_said_and_can_be_sent_again(
    browser: Browser, address: str, failure: str
) -> None:
    page = opened(browser, address, "/sample/older-heart?for=clinician", 360)
    fail = (lambda route: route.abort()) if failure == "gone" else (lambda route: route.fulfill(status=403))
    page.route("**/answers?*", fail)
    button = page.locator("button[name='check:anxiety'][value='yes']").first
    button.evaluate("each => each.closest('details').open = true")
    button.click()
    told = page.locator("#unkept")
    told.wait_for()
    assert "not kept" in told.inner_text() and page.locator("#changed").count() == 0
    page.unroute("**/answers?*")
    told.locator("button").click()
    page.locator("#changed").wait_for()
    assert not told.is_visible()
    assert page.locator("details.told li").count() == 1
    page.context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_without_a_script_the_same_is_done_by_buttons(browser: Browser, address: str, width: int) -> None:
    page = opened(browser, address, "/sample/orders-only?for=patient", width, scripts=False)
    for each in page.locator("form.fields select[name^='outcome:']").all():
        each.select_option("none")
    page.locator("form.fields > button").click()
    page.wait_for_url("**/*#changed")
    assert "ways to define it now say yes" in page.locator("#changed").inner_text()
    page.locator("#w-weight").fill("3")
    page.locator("form.wishes button").click()
    page.locator("#w-weight[value='3']").wait_for()
    page.wait_for_load_state()
    page.locator("svg a:visible").first.press("Enter")
    page.wait_for_url("**/*#why-1")
    expect(page.locator("#why-1")).to_be_visible()
    page.locator("#w-weight").fill("0")
    page.locator("form.wishes button").click()
    page.locator("#w-weight[value='0']").wait_for()
    page.wait_for_load_state()
    page.locator("details.told > summary").click()
    page.locator("details.told button").first.click()
    page.locator("form.fields select[name^='outcome:']").first.wait_for()
    page.context.close()


def test_a_bar_shows_its_reasons_to_the_keyboard_and_to_the_mouse(browser: Browser, address: str) -> None:
    page = opened(browser, address, "/sample/two-failures?for=clinician", 1280)
    bars = page.locator("figure .wide svg a")
    bars.nth(0).focus()
    assert "sertraline" in page.locator("#bar-why").inner_text()
    bars.nth(1).hover()
    assert "venlafaxine" in page.locator("#bar-why").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("#why-1")).to_be_visible()
    page.context.close()


def test_a_question_of_the_review_is_answered_by_its_button(browser: Browser, address: str) -> None:
    page = opened(browser, address, "/sample/older-heart?for=clinician", 1280)
    button = page.locator("button[name='check:anxiety'][value='yes']").first
    button.evaluate("each => each.closest('details').open = true")
    button.click()
    page.locator("#changed").wait_for()
    assert page.locator("button[name='check:anxiety'][value='yes']").count() == 0
    assert page.locator("details.told li").count() == 1
    page.context.close()


@pytest.mark.parametrize("audience", ["patient", "clinician"])
def test_no_script_of_a_record_runs_and_nothing_is_asked_of_another_machine(
    browser: Browser, address: str, audience: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    links = [a.get_attribute("href") or "" for a in page.locator(".chart a.name").all()]
    chart = next(link for link in links if page.goto(address + link) and "window.hacked" in page.content())
    page.goto(f"{address}{chart.partition('?')[0]}?for={audience}")
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    for bar in page.locator("svg a:visible").all():
        bar.focus()
    assert page.evaluate("window.hacked") is None
    assert not page.locator("img").count()
    assert all(url.startswith(address) for url in asked)
    context.close()
