"""What a program is told when a call is refused: which file, where in it, what is wrong, what to do.

``/fhir`` says it as an OperationOutcome, everything else as ``{"error", "file", "place", "what",
"what_to_do", "problems"}``. Both are English: they are for those who write programs.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from opentrd.errors import SHOWN, InputError, SeveralInputsError
from opentrd.present.words.formats import clean

FHIR_JSON: Final = "application/fhir+json"
_FHIR: Final = "/fhir/"
#: Codes of FHIR's issue types by status.
_CODES: Final = {403: "forbidden", 404: "not-found", 413: "too-long", 415: "not-supported", 422: "processing"}
_LONGEST: Final = 500

#: The schema of a refusal, for the OpenAPI description.
SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["error", "file", "place", "what", "what_to_do", "problems"],
    "properties": {
        **{name: {"type": "string"} for name in ("error", "file", "place", "what", "what_to_do")},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("file", "place", "what", "what_to_do")},
            },
        },
    },
}


class CallRefusedError(Exception):
    """A call that is not answered: the status, and the problem in words."""

    def __init__(self, status: int, what: str, what_to_do: str, place: str = "", file: str = "") -> None:
        super().__init__(what)
        self.status = status
        self.problem = InputError(file, place, what, what_to_do)


class ApiRoute(APIRoute):
    """A route of the interface: refusals become JSON, nothing of them is kept or logged."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with the refusals around it."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except ClientDisconnect:
                return Response(status_code=400)  # nobody listens any more
            except CallRefusedError as refusal:
                return refused(request.url.path, refusal.status, refusal.problem)
            except InputError as error:
                return refused(request.url.path, 422, error)
            except RequestValidationError as error:
                return refused(request.url.path, 422, _parameters(error))

        return answer


def refused(path: str, status: int, error: InputError) -> Response:
    """Return a refusal in the form that a door speaks."""
    import msgspec

    if path.startswith(_FHIR):
        issues = [
            {"severity": "error", "code": _CODES.get(status, "invalid"), "diagnostics": told["error"]}
            for told in map(told_of, _all(error))
        ]
        outcome = {"resourceType": "OperationOutcome", "issue": issues}
        return Response(msgspec.json.encode(outcome), status, media_type=FHIR_JSON)
    return Response(msgspec.json.encode(as_told(error)), status, media_type="application/json")


def as_told(error: InputError) -> dict[str, Any]:
    """Return a refusal with all its problems as JSON has it."""
    problems = [told_of(each) for each in _all(error)]
    return {**problems[0], "problems": [{k: v for k, v in each.items() if k != "error"} for each in problems]}


def told_of(error: InputError) -> dict[str, str]:
    """Return one problem; what it quotes of the input is short and can be shown."""
    parts = {name: clean(getattr(error, name))[:_LONGEST] for name in ("file", "place", "what", "what_to_do")}
    where = ", ".join(parts[name] for name in ("file", "place") if parts[name])
    return {"error": f"{where}: {parts['what']}" if where else parts["what"], **parts}


def _all(error: InputError) -> tuple[InputError, ...]:
    return error.problems[:SHOWN] if isinstance(error, SeveralInputsError) else (error,)


def _parameters(error: RequestValidationError) -> InputError:
    problems = tuple(
        InputError(
            "request", ".".join(str(part) for part in each["loc"][1:]), str(each["msg"]), "see /openapi.json"
        )
        for each in error.errors()
    )
    return SeveralInputsError(problems) if len(problems) > 1 else problems[0]
