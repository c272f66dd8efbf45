"""An app of its own for each test, a browser without a screen, and what a page says."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from opentrd.service.app import create_app
from opentrd.service.service import Service
from opentrd.service.settings import ServiceSettings

BASE = "http://127.0.0.1:8321"


class Page(HTMLParser):
    """What a page holds: its tags with their attributes, and the words of each place that has an id."""

    VOID = ("meta", "link", "input", "br", "img")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.at: dict[str, str] = {}
        self._open: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        if tag not in self.VOID:
            self._open.append((tag, found.get("id")))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        for _, place in self._open:
            if place:
                self.at[place] = f"{self.at.get(place, '')} {data.strip()}".strip()

    def named(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]


class Browser:
    """A client that keeps its cookies, with the token that forms carry."""

    def __init__(self, folder: Path) -> None:
        self.app = create_app(ServiceSettings(folder=str(folder)))
        self.client = TestClient(self.app, base_url=BASE, headers={"accept": "text/html"})
        self.csrf = ""

    @property
    def service(self) -> Service:
        service: Service = self.app.state.service
        return service

    def sample(self, name: str) -> str:
        """Open a sample person and return the path of the chart."""
        found = self.client.get(f"/sample/{name}", follow_redirects=False)
        path = str(found.headers["location"]).partition("?")[0]
        text = self.client.get(path).text
        self.csrf = re.findall(r'name="csrf" value="([^"]+)"', text)[0]
        return path

    def upload(self, record: Any) -> str:
        """Keep a FHIR Bundle as a chart and return its path."""
        body = json.dumps(record).encode()
        return "/chart/" + self.service.store.add_chart("x", "upload", "local", {"record.json": body})

    def post(self, path: str, **fields: str) -> Page:
        found = self.client.post(path, data={"csrf": self.csrf, **fields})
        assert found.status_code == 200, found.text[:2000]
        return Page(found.text)

    def contract(self, path: str, query: str = "") -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"{path}.json{query}").json()
        return found
