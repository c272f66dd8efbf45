"""A browser without JavaScript, persons to follow, and what their pages hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from opentrd.service.app import create_app
from opentrd.service.settings import ServiceSettings
from opentrd.service.store import Store
from opentrd.service.store.store import LOCAL_USER
from opentrd.service.view import today

URL = "http://127.0.0.1:8321"
TODAY = date.fromordinal(today())


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


def sheet(*treatments: tuple[str, int, int | None], scores: dict[int, int] | None = None) -> str:
    """A history sheet: treatments by name, first day and last day (days ago); PHQ-9 by days ago."""
    lines = ["person:", "  born: 1985", "conditions:", "  - name: depression"]
    if treatments:
        lines.append("treatments:")
    for name, begin, end in treatments:
        medicine, _, dose = name.partition(" ")
        until = "still" if end is None else ago(end)
        lines += [f"  - name: {medicine}", f"    dose: {dose or '100 mg'}", f"    from: {ago(begin)}"]
        lines += [f"    to: {until}", "    taken: 'yes'"]
    if scores:
        lines.append("scores:")
        for day, value in scores.items():
            lines += ["  - name: PHQ-9", f"    from: {ago(day)}", f"    value: {value}"]
    return "\n".join(lines) + "\n"


@contextmanager
def browser(folder: Path) -> Iterator[TestClient]:
    app = create_app(ServiceSettings(folder=str(folder)))
    with TestClient(app, base_url=URL) as client:
        yield client


def chart(client: TestClient, text: str = "") -> str:
    store: Store = client.app.state.service.store  # type: ignore[attr-defined]
    body = (text or sheet(("sertraline", 40, None))).encode()
    return store.add_chart("Ana", "upload", LOCAL_USER, {"history.yaml": body})


def csrf(client: TestClient, where: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(f"/chart/{where}/follow").text)
    assert found
    return found[1]


def note(client: TestClient, where: str, expect: int = 200, **fields: Any) -> str:
    """Send a check-in as a browser does, and return the page that comes back."""
    named = {name.replace("__", "."): str(value) for name, value in fields.items()}
    data = {"csrf": csrf(client, where), **named}
    answer = client.post(f"/chart/{where}/follow", data=data)
    assert answer.status_code == expect, answer.text
    return answer.text


def twin(client: TestClient, where: str) -> dict[str, Any]:
    answer = client.get(f"/chart/{where}/follow.json")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.tags += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text_of(html: str) -> str:
    """The words of a page, as they are read."""
    parser = _Text()
    parser.feed(html)
    return " ".join(" ".join(parser.parts).split())


def tags_of(html: str) -> set[str]:
    """The tags of a page, and the names of handlers in them."""
    parser = _Text()
    parser.feed(html)
    return set(parser.tags)
