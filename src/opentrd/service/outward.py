"""Requests that the service itself sends: to the FHIR servers and sign-in providers it was set up with.

Redirects are not followed, answers are read up to a limit, and no address is logged: addresses of searches
name persons.
"""

from __future__ import annotations

import logging
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import msgspec

#: Seconds for a connection and for a silence in the middle of an answer.
TIMEOUT: Final = httpx2.Timeout(30.0, connect=10.0)
#: An answer that is longer is not read.
MOST_BYTES: Final = 60_000_000

logging.getLogger("httpx2").setLevel(logging.WARNING)
logging.getLogger("httpcore2").setLevel(logging.WARNING)


class OutwardError(Exception):
    """An answer did not come, or is not what was asked for. ``status`` is 0 where none came."""

    def __init__(self, status: int = 0) -> None:
        self.status = status
        super().__init__(status)


def client(**headers: str) -> httpx2.Client:
    """Return a client that sends these headers with every request."""
    return httpx2.Client(timeout=TIMEOUT, follow_redirects=False, headers=headers)


def body_of(using: httpx2.Client, url: str) -> bytes:
    """Return the body of an answer. Raises ``OutwardError`` for any answer but a good one."""
    try:
        with using.stream("GET", url) as response:
            if response.status_code != httpx2.codes.OK:
                raise OutwardError(response.status_code)
            body = bytearray()
            for part in response.iter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    raise OutwardError(httpx2.codes.REQUEST_ENTITY_TOO_LARGE)
            return bytes(body)
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise OutwardError from error


def document(url: str) -> dict[str, Any]:
    """Return a JSON object that stands at an address. Raises ``OutwardError``."""
    with client(accept="application/json, application/fhir+json") as using:
        try:
            return msgspec.json.decode(body_of(using, url), type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise OutwardError from error


def same_origin(url: str, base: str) -> bool:
    """Say whether two addresses have the same scheme, host and port."""
    return _origin(url) == _origin(base)


def safe_address(url: object, base: str) -> bool:
    """Say whether an address may be used for a sign-in: encrypted, unless the server itself is not."""
    if not isinstance(url, str):
        return False
    scheme, host, _ = _origin(url)
    return bool(host) and (scheme == "https" or (scheme == "http" and urlsplit(base).scheme == "http"))


def _origin(url: str) -> tuple[str, str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        return "", "", 0
    return parts.scheme, (parts.hostname or "").lower(), port
