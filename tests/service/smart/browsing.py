"""A browser without a screen: follows a launch from the app to the authority and back."""

from __future__ import annotations

import re
import time
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from starlette.testclient import TestClient

from opentrd.service.app import create_app
from opentrd.service.service import Service
from opentrd.service.settings import ServiceSettings, SignIn, SmartServer
from opentrd.service.store import tables as t
from tests.service.smart.authority import Authority

BASE = "http://127.0.0.1:8321"


class Browsing:
    """One app with its browser. ``settings`` are changed before the first use."""

    def __init__(self, authority: Authority, folder: Path, **settings: Any) -> None:
        self.authority = authority
        server = SmartServer(iss=authority.iss, client_id="public-app", name="House of records", panel=True)
        given = {"folder": str(folder), "base_url": BASE, "smart": (server,), **settings}
        self.app = create_app(ServiceSettings(**given))
        self.service: Service = self.app.state.service
        self.client = self.new_client()

    def __enter__(self) -> Browsing:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.service.close()

    def new_client(self) -> TestClient:
        """Return another browser."""
        accepts = {"accept": "text/html"}
        return TestClient(self.app, base_url=BASE, follow_redirects=False, headers=accepts)

    def launch(self, patient: str) -> str:
        """Launch from the record and return the address of the consent page."""
        query = urlencode({"iss": self.authority.iss, "launch": self.authority.launch(patient)})
        return self.sent_on(self.client.get(f"/smart/launch?{query}"))

    def start(self, who: str, language: str = "en") -> str:
        """Start from here and return the address of the consent page."""
        query = urlencode({"server": self.authority.iss, "who": who, "language": language})
        return self.sent_on(self.client.get(f"/smart/start?{query}"))

    def consent(self, url: str, answer: str = "allow") -> str:
        """Answer the consent page and return where the browser is sent then."""
        page = httpx2.get(url)
        assert page.status_code == 200, page.text
        found = re.search(r'name=request value="(\w+)"', page.text)
        assert found is not None
        form = {"request": found[1], "answer": answer}
        return self.sent_on(httpx2.post(f"{self.authority.url}/authorize/answer", data=form))

    def sent_on(self, response: Any) -> str:
        assert response.status_code == 303, response.text
        return str(response.headers["location"])

    def back(self, url: str) -> Any:
        """Come back to the app; follow the reading to its end and return the last answer."""
        assert url.startswith(BASE)
        return self.follow(self.client.get(url.removeprefix(BASE)))

    def follow(self, response: Any) -> Any:
        while response.status_code == 303 and "/smart/" in response.headers["location"]:
            response = self.client.get(response.headers["location"])
            deadline = time.monotonic() + 30
            while "hx-trigger" in response.text and time.monotonic() < deadline:
                time.sleep(0.1)
                response = self.client.get(str(response.url))
        return response

    def chart(self, response: Any) -> str:
        """Return the chart that a finished reading leads to."""
        found = re.match(r"/chart/([\w-]+)\?", self.sent_on(response))
        assert found is not None, response.headers["location"]
        return found[1]

    def open(self, patient: str) -> str:
        """Launch, consent, read; return the chart."""
        return self.chart(self.back(self.consent(self.launch(patient))))

    def session_data(self) -> list[dict[str, Any]]:
        with self.service.store.transaction() as transaction:
            return [row.data for row in transaction.query(t.Session)]

    def refresh_tokens(self) -> list[str]:
        with self.service.store.transaction() as transaction:
            return [row.token for row in transaction.query(t.Permission)]

    def csrf(self) -> str:
        """Return the token of the session, as forms carry it."""
        found = re.search(r'x-csrf-token": "([^"]+)"', self.client.get("/smart").text)
        assert found is not None
        return found[1]


def clinic(authority: Authority, folder: Path, **settings: Any) -> Browsing:
    """Return a clinic whose accounts and records are the authority's."""
    sign_in = SignIn(issuer=authority.url, client_id="secret-app", client_secret="s3cret/+ %")
    return Browsing(authority, folder, mode="clinic", sign_in=sign_in, **settings)


def query_of(url: str) -> dict[str, str]:
    """Return the parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
