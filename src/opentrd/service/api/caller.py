"""Who calls. Without accounts: a program on this machine, and no page of another origin.

A program needs no cookie and no token on the machine of one person. In a clinic it acts for the account
that signed in. Browsers say from which page a request comes; what comes from another site is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from opentrd.service.api.refusals import CallRefusedError
from opentrd.service.store.store import LOCAL_USER
from opentrd.service.visit import NotSignedInError, visit

if TYPE_CHECKING:
    from opentrd.service.service import Service

_OWN_SITE: Final = ("same-origin", "none")


async def calling(request: Request) -> str:
    """Return the account that calls. Refuses pages of other sites (403) and, in a clinic, strangers (401)."""
    _own_origin(request)
    service: Service = request.app.state.service
    if service.settings.mode == "local":
        return LOCAL_USER
    try:
        return (await run_in_threadpool(visit, request)).account
    except NotSignedInError:
        raise CallRefusedError(
            401, "nobody is signed in", "sign in at /sign-in and send its cookie"
        ) from None


def _own_origin(request: Request) -> None:
    headers = request.headers
    origin = headers.get("origin")
    elsewhere = origin is not None and urlsplit(origin).netloc != headers.get("host", "")
    if elsewhere or headers.get("sec-fetch-site", "none") not in _OWN_SITE:
        what_to_do = "call it from a program, or from a page of this service"
        raise CallRefusedError(403, "pages of other sites may not call this", what_to_do)


Calling = Annotated[str, Depends(calling)]
