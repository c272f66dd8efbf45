"""Reads what a call did not bring from the client's FHIR server, with the token that it handed over.

Only a server that the settings name is asked, only it is followed to further pages, within a time and a size;
the token is kept by nobody.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import urljoin

import httpx2

from opentrd.service.hooks.calls import Call
from opentrd.service.hooks.prefetch import MEDICINES, PERSON, Given, next_page, take
from opentrd.service.outward import client as client_of
from opentrd.service.outward import same_origin
from opentrd.service.settings import CdsIssuer, ServiceSettings

#: Seconds for all that is read for one call, and for one answer.
_SECONDS: Final = 10.0
_ANSWER_SECONDS: Final = 5.0
_PAGES: Final = 20
_AT_ONCE: Final = 4


def complete(
    found: Given, call: Call, wanted: dict[str, str], issuer: CdsIssuer | None, settings: ServiceSettings
) -> None:
    """Add what lacks to the parts of a record, where the call gives a server and a token that are allowed."""
    base = allowed_server(call, issuer, settings)
    if base is None or call.fhir_authorization is None:
        return
    missing = {key: _search(key, wanted[key], call) for key in wanted if key not in found.known}
    tasks = [(key, urljoin(base, path)) for key, path in missing.items()]
    tasks += [(key, urljoin(base, address)) for key, address in found.more.items()]
    if not tasks:
        return
    token = f"Bearer {call.fhir_authorization.access_token}"
    limit = settings.limits.body_bytes
    with client_of(authorization=token, accept="application/fhir+json") as client:
        client.timeout = httpx2.Timeout(_ANSWER_SECONDS)
        reading = _Reading(client, base, time.monotonic() + _SECONDS, limit)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for (key, _), pages in zip(
                tasks, pool.map(lambda task: reading.pages(task[1]), tasks), strict=True
            ):
                _add(found, key, pages)


def allowed_server(call: Call, issuer: CdsIssuer | None, settings: ServiceSettings) -> str | None:
    """Return the server of a call, with a slash at its end, where the settings name it."""
    if call.fhir_server is None:
        return None
    names = {server.iss for server in settings.smart}
    names.update(issuer.fhir_servers if issuer is not None else ())
    asked = call.fhir_server.rstrip("/")
    return f"{asked}/" if asked in {name.rstrip("/") for name in names} else None


def can_launch(call: Call, issuer: CdsIssuer | None, settings: ServiceSettings) -> bool:
    """Say whether the record that calls can launch the SMART app: its server is one of those registered.

    A call that names no server stands for those of the issuer who signed it.
    """
    named = (call.fhir_server,) if call.fhir_server else issuer.fhir_servers if issuer is not None else ()
    return any(settings.smart_server(each) is not None for each in named)


def _search(key: str, template: str, call: Call) -> str:
    """Return the address of a part; medicines that stand in resources of their own come with them."""
    path = template.replace(PERSON, call.patient)
    kind = path.partition("?")[0]
    return f"{path}&_include={kind}:medication" if key in MEDICINES else path


def _add(found: Given, key: str, pages: list[bytes]) -> None:
    """Note what was read of a part; ``more`` keeps what was not, or where a next page remains."""
    if not pages:
        if key not in found.more:
            found.failed.add(key)
        return
    if found.more.pop(key, None) is None:
        take(found, key, pages.pop(0))
    for number, page in enumerate(pages, start=2):
        found.files[f"{key}, page {number}"] = page
    if pages:
        found.more.pop(key, None)
        following = next_page(pages[-1])
        if following is not None:
            found.more[key] = following


class _Reading:
    """What is read for one call: until a time, up to a size, from one host."""

    def __init__(self, client: httpx2.Client, base: str, until: float, limit: int) -> None:
        self._client = client
        self._base = base
        self._until = until
        self._left = limit

    def pages(self, address: str) -> list[bytes]:
        """Return the pages of a search, or the one answer of a read; nothing where it is refused."""
        pages: list[bytes] = []
        following: str | None = address
        while following is not None and len(pages) < _PAGES:
            if not same_origin(following, self._base) or time.monotonic() > self._until:
                break
            body = self._body(following)
            if body is None:
                break
            pages.append(body)
            after = next_page(body)
            following = None if after is None else urljoin(following, after)
        return pages

    def _body(self, address: str) -> bytes | None:
        try:
            with self._client.stream("GET", address) as answer:
                if answer.status_code != httpx2.codes.OK:
                    return None
                parts = []
                for part in answer.iter_bytes():
                    parts.append(part)
                    self._left -= len(part)
                    if self._left < 0 or time.monotonic() > self._until:
                        return None
                return b"".join(parts)
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
            return None
