"""What a CDS client is told when a call is refused, and the headers that let a browser call at all.

A refusal is a FHIR OperationOutcome, as the 3.0 ballot recommends; 2.0 leaves the body open.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from opentrd.errors import InputError
from opentrd.service.service import LOG

#: Calls carry a signature or nothing, never a cookie: any page may make them, none gets more by it.
CORS: Final = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST, OPTIONS",
    "access-control-allow-headers": "authorization, content-type, accept",
    "access-control-max-age": "600",
    "cross-origin-resource-policy": "cross-origin",
}
#: Codes of FHIR's issue types by status.
_CODES: Final = {401: "login", 404: "not-found", 412: "incomplete", 415: "not-supported", 422: "invalid"}


class HookRefusedError(Exception):
    """A call that is not answered with cards: the status and, in words, why and what to do."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status
        self.what = what


class HookRoute(APIRoute):
    """A route of CDS Hooks: refusals become outcomes, and every answer may be read by a browser."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with both around it."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                response = await handle(request)
            except HookRefusedError as refusal:
                response = _outcome(refusal.status, refusal.what)
            except InputError as error:
                place = ", ".join(part for part in (error.file, error.place) if part)
                response = _outcome(422, f"{place}: {error.what}; {error.what_to_do}")
            response.headers.update(CORS)
            return response

        return answer


def _outcome(status: int, what: str) -> Response:
    LOG.info("cds hooks: refused with %s", status)
    issue = {"severity": "error", "code": _CODES.get(status, "invalid"), "diagnostics": what}
    headers = {"www-authenticate": "Bearer"} if status == 401 else None
    return JSONResponse({"resourceType": "OperationOutcome", "issue": [issue]}, status, headers)
