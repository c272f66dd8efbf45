"""The form in a real Chromium: typed, reloaded, cut off, opened twice."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect

from opentrd.service.app import create_app
from opentrd.service.settings import ServiceSettings

SAVED = "Saved at"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service that runs, and where."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    folder: Path = tmp_path_factory.mktemp("write")
    app = create_app(ServiceSettings(folder=str(folder), port=port))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def window(browser: Browser, address: str) -> Iterator[Page]:
    """A window with an empty form. What it asks for elsewhere, and errors of its scripts, fail the test."""
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    wrong: list[str] = []
    page = opened(context, wrong)
    page.goto(f"{address}/write?language=en")
    yield page
    context.close()
    assert [line for line in wrong if not line.startswith(address)] == []


def opened(context: BrowserContext, wrong: list[str]) -> Page:
    """Return a new tab that notes what it asks for and what goes wrong in it."""
    page = context.new_page()
    page.on("request", lambda request: wrong.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    return page


def put(page: Page, field: str, text: str) -> None:
    """Type into a field."""
    page.locator(f"[name='{field}']").fill(text)


def choose(page: Page, field: str, value: str) -> None:
    """Choose one of the answers of a question."""
    answer = page.locator(f"[name='{field}'][value='{value}']")
    answer.check()
    expect(answer).to_be_checked()


def saved(page: Page) -> None:
    """Wait until all that was typed is kept."""
    expect(page.locator("#state")).to_contain_text(SAVED)
    page.wait_for_timeout(900)
    expect(page.locator("#state")).to_contain_text(SAVED)


def test_what_was_typed_is_there_after_a_reload(window: Page) -> None:
    put(window, "person.born", "1980")
    put(window, "treatments.0.name", "Zoloft")
    put(window, "treatments.0.from_year", "2024")
    choose(window, "treatments.0.still", "yes")
    expect(window.locator("[name='treatments.0.to_year']")).to_be_hidden()
    window.get_by_role("button", name="Add another treatment").click()
    expect(window.locator("[name='treatments.1.name']")).to_be_focused()
    window.keyboard.type("setraline")
    window.keyboard.press("Tab")
    expect(window.locator("[data-problem='treatments.1.name']")).to_contain_text("Use sertraline")
    window.get_by_role("link", name="How you feel").click()
    choose(window, "phq9.1", "2")
    saved(window)
    window.reload()
    for field, text in (
        ("person.born", "1980"),
        ("treatments.0.name", "Zoloft"),
        ("treatments.0.from_year", "2024"),
        ("treatments.1.name", "setraline"),
    ):
        expect(window.locator(f"[name='{field}']")).to_have_value(text)
    expect(window.locator("[name='treatments.0.still'][value='yes']")).to_be_checked()
    expect(window.locator("[name='phq9.1'][value='2']")).to_be_checked()
    window.get_by_role("button", name="Use sertraline").click()
    expect(window.locator("[name='treatments.1.name']")).to_have_value("sertraline")


def test_what_was_typed_right_before_a_reload_is_there_too(window: Page) -> None:
    """Also where the reload comes at once, as by pulling down on a phone."""
    window.on("dialog", lambda dialog: dialog.accept())
    put(window, "treatments.0.name", "lithium")
    window.reload()
    expect(window.locator("[name='treatments.0.name']")).to_have_value("lithium")
    put(window, "treatments.0.dose", "600 mg")
    saved(window)
    expect(window.locator("#conflict")).to_be_hidden()


def test_a_form_that_was_open_too_long_saves_itself_when_it_comes_back(window: Page) -> None:
    put(window, "person.born", "1980")
    saved(window)
    window.context.clear_cookies()
    window.evaluate("document.querySelector('[name=\"treatments.0.name\"]').value = 'lithium'")
    window.locator("#write button.first").evaluate("button => button.click()")
    expect(window.get_by_text("Please save once more")).to_be_visible()
    saved(window)
    window.goto(window.url)
    expect(window.locator("[name='treatments.0.name']")).to_have_value("lithium")


def test_a_dropped_connection_loses_nothing(window: Page) -> None:
    put(window, "person.born", "1975")
    saved(window)
    window.context.set_offline(True)
    put(window, "treatments.0.name", "lithium")
    expect(window.locator("#state")).to_contain_text("Not saved yet")
    expect(window.locator("[name='treatments.0.name']")).to_have_value("lithium")
    window.context.set_offline(False)
    saved(window)
    window.reload()
    expect(window.locator("[name='treatments.0.name']")).to_have_value("lithium")


def test_two_tabs(window: Page) -> None:
    put(window, "person.born", "1970")
    saved(window)
    other = opened(window.context, [])
    other.goto(window.url)
    put(window, "person.born", "1971")
    saved(window)
    put(other, "treatments.0.name", "CBT")
    expect(other.locator("#conflict")).to_be_visible()
    expect(other.locator("#conflict")).to_be_focused()
    expect(other.locator("[name='treatments.0.name']")).to_have_value("CBT")
    other.get_by_role("button", name="Keep what is here").click()
    expect(other.locator("#conflict")).to_be_hidden()
    saved(other)
    window.reload()
    expect(window.locator("[name='treatments.0.name']")).to_have_value("CBT")
    expect(window.locator("[name='person.born']")).to_have_value("1970")


def test_help_is_there_the_moment_it_is_needed(window: Page) -> None:
    window.get_by_role("link", name="How you feel").click()
    expect(window.locator("#help-now")).to_be_hidden()
    window.context.set_offline(True)
    choose(window, "phq9.9", "1")
    expect(window.locator("#help-now")).to_be_visible()
    choose(window, "phq9.9", "0")
    expect(window.locator("#help-now")).to_be_hidden()
    window.context.set_offline(False)
    saved(window)


@pytest.mark.parametrize("language", ["en", "es"])
def test_it_fits_a_small_phone(window: Page, language: str) -> None:
    window.set_viewport_size({"width": 320, "height": 640})
    window.goto(window.url.split("?")[0] + f"?language={language}")
    window.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    for section in ("treatments", "others", "illnesses", "allergies", "scores"):
        window.locator(f"[data-add={section}]").click()
    assert window.evaluate("document.documentElement.scrollWidth") == 320


def test_it_can_be_filled_in_by_keyboard_alone(window: Page) -> None:
    window.locator("[name='person.born']").focus()
    window.keyboard.type("1980")
    window.keyboard.press("Tab")
    expect(window.locator("[name='person.sex']")).to_be_focused()
    window.keyboard.press("Tab")
    window.keyboard.press("Space")
    expect(window.locator("[name='depression.told'][value='yes']")).to_be_checked()
    window.keyboard.press("ArrowRight")
    expect(window.locator("[name='depression.told'][value='think']")).to_be_checked()
    window.locator("[name='person.born']").focus()
    window.keyboard.press("Enter")
    window.wait_for_load_state()
    expect(window.locator("[name='depression.told'][value='think']")).to_be_checked()
    expect(window.locator("#state")).to_contain_text(SAVED)
