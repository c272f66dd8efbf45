"""What every request meets first: its host, its size, its rate; what every answer carries: the headers.

Written as plain ASGI, so that a body is counted while it arrives and a refused one is never read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import urlsplit

from opentrd.service.settings import ServiceSettings

if TYPE_CHECKING:
    from opentrd.service.rate import Rate

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

HEADERS: Final = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    "cache-control": "no-store",
}
_LOCAL: Final = ("127.0.0.1", "localhost", "::1")


class TooLargeError(Exception):
    """A body is larger than the limit."""


class Guard:
    """The middleware. Refusals are short texts without anything of the request in them."""

    def __init__(self, app: App, settings: ServiceSettings, rate: Rate) -> None:
        self._app = app
        self._limits = settings.limits
        own = urlsplit(settings.url).hostname or ""
        self._hosts = {own, *_LOCAL} if settings.mode == "local" else {own}
        self._secure = settings.url.startswith("https://")
        self._rate = rate

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        refusal = self._refusal(headers)
        if refusal is not None:
            await _refuse(send, *refusal)
            return
        wait = await self._rate.wait(str((scope.get("client") or ("",))[0]))
        if wait:
            what = "too many requests in a minute: wait a little"
            await _refuse(send, 429, what, {"retry-after": str(wait)})
            return
        begun = False

        async def guarded_send(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._add_headers(message, scope["path"])
            await send(message)

        try:
            await self._app(scope, self._counted(receive), guarded_send)
        except TooLargeError:
            if not begun:
                await _refuse(send, 413, f"more than {self._limits.body_bytes} bytes in one request")

    def _refusal(self, headers: dict[str, str]) -> tuple[int, str] | None:
        host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        if host not in self._hosts:
            return 421, "this service does not answer under that name"
        size = headers.get("content-length", "0")
        if not size.isdigit():
            return 400, "the length of the body is not a number"
        if int(size) > self._limits.body_bytes:
            return 413, f"more than {self._limits.body_bytes} bytes in one request"
        return None

    def _counted(self, receive: Receive) -> Receive:
        total = 0

        async def counted() -> Message:
            nonlocal total
            message = await receive()
            total += len(message.get("body", b""))
            if total > self._limits.body_bytes:
                raise TooLargeError
            return message

        return counted

    def _add_headers(self, message: Message, path: str) -> None:
        kept = list(message.get("headers", []))
        there = {name for name, _ in kept}
        added = dict(HEADERS)
        if path.startswith("/static/"):
            added["cache-control"] = "public, max-age=3600"
        if self._secure:
            added["strict-transport-security"] = "max-age=31536000"
        kept += [(n.encode(), v.encode()) for n, v in added.items() if n.encode() not in there]
        message["headers"] = kept


async def _refuse(send: Send, status: int, text: str, more: dict[str, str] | None = None) -> None:
    body = f"opentrd: {text}\n".encode()
    told = {"content-type": "text/plain; charset=utf-8", "content-length": str(len(body))}
    headers = {**HEADERS, **told, **(more or {})}
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(n.encode(), v.encode()) for n, v in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body})
