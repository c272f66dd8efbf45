"""The windows that the pages are looked at in, and what is done in them as a person does it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browsers import PATIENCE


@dataclass(frozen=True)
class Kind:
    """A kind of window. ``open_policy`` lets a test put a script of its own into the pages."""

    width: int
    height: int
    scripts: bool = True
    scheme: Literal["light", "dark"] = "light"
    open_policy: bool = False


PHONE: Final = Kind(360, 800)
DESK: Final = Kind(1280, 900)
PLAIN_PHONE: Final = Kind(360, 800, scripts=False)
KINDS: Final = {"phone": PHONE, "desk": DESK, "phone without scripts": PLAIN_PHONE}


@dataclass
class Watched:
    """A window with what it asked for, what of that was elsewhere, and what went wrong in it."""

    page: Page
    asked: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def window(browser: Browser, address: str, kind: Kind) -> Watched:
    """Open a window and watch it."""
    context = browser.new_context(
        viewport={"width": kind.width, "height": kind.height},
        java_script_enabled=kind.scripts,
        color_scheme=kind.scheme,
        bypass_csp=kind.open_policy,
        base_url=address,
        locale="en-US",
    )
    context.set_default_timeout(PATIENCE)
    found = Watched(context.new_page())
    own = urlsplit(address)

    def note(url: str) -> None:
        found.asked.append(url)
        parts = urlsplit(url)
        if (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
            found.elsewhere.append(url)

    context.on("request", lambda request: note(request.url))
    context.on("console", lambda line: found.faults.append(line.text) if line.type == "error" else None)
    context.on("weberror", lambda error: found.faults.append(str(error.error)))
    return found


def unfolded(page: Page, place: Locator) -> Locator:
    """Open every fold around a place by its summary, as a reader does."""
    place.first.wait_for(state="attached")
    for fold in reversed(place.first.locator("xpath=ancestor::details[not(@open)]").all()):
        fold.locator("> summary").click()
    expect(place.first).to_be_visible()
    return place.first


def fits(page: Page) -> bool:
    """Say whether nothing of a page sticks out at its side."""
    assert page.viewport_size
    box = page.locator("main").bounding_box()
    return box is not None and box["x"] >= 0 and box["x"] + box["width"] <= page.viewport_size["width"]
