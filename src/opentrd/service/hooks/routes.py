"""The doors of CDS Hooks: discovery, the services, their feedback, and what a browser asks beforehand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response

from opentrd.service.hooks.calls import Call, read_call, service_of
from opentrd.service.hooks.cards import Finding, card, chosen
from opentrd.service.hooks.discovery import PATIENT_VIEW, HookService, discovery
from opentrd.service.hooks.feedback import read_feedback
from opentrd.service.hooks.fhir_access import can_launch
from opentrd.service.hooks.order_view import order_findings
from opentrd.service.hooks.patient_view import view_findings
from opentrd.service.hooks.prefetch import Given, templates
from opentrd.service.hooks.reading import assess_call, orders_of
from opentrd.service.hooks.refusals import HookRefusedError, HookRoute
from opentrd.service.service import LOG

if TYPE_CHECKING:
    from opentrd.present.words import Words
    from opentrd.service.hooks.tokens import Tokens
    from opentrd.service.service import Service
    from opentrd.service.settings import CdsIssuer

router = APIRouter(route_class=HookRoute, tags=["CDS Hooks"])

_JSON: Final = "application/json"
_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"description": "The call is not as CDS Hooks 2.0 has it."},
    401: {"description": "The token is missing where one is needed, or does not hold."},
    404: {"description": "There is no such service."},
    412: {"description": "The parts of the record that are needed were not given and can't be read."},
    415: {"description": "The body is not JSON."},
    422: {"description": "A resource of the record is malformed."},
}


def _body_schema(*required: str) -> dict[str, Any]:
    schema = {"type": "object", "required": list(required)}
    return {"requestBody": {"required": True, "content": {_JSON: {"schema": schema}}}}


async def _json_body(request: Request) -> bytes:
    """Return the body. Refuses what does not call itself JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _JSON and not kind.endswith("+json"):
        raise HookRefusedError(415, f"send the body as {_JSON}")
    return await request.body()


Body = Annotated[bytes, Depends(_json_body)]


@router.get("/cds-services")
def services(request: Request) -> dict[str, Any]:
    """Return the services on offer, each with its hook and what to prefetch."""
    return discovery(_words(request.app.state.service))


@router.options("/cds-services", include_in_schema=False)
@router.options("/cds-services/{service}", include_in_schema=False)
@router.options("/cds-services/{service}/feedback", include_in_schema=False)
def preflight() -> Response:
    """Answer a browser that asks whether it may call."""
    return Response(status_code=204)


@router.post(
    "/cds-services/{service}",
    responses=_REFUSALS,
    openapi_extra=_body_schema("hook", "hookInstance", "context"),
)
def call_service(service: str, request: Request, body: Body) -> dict[str, Any]:
    """Return the cards for a call: none where there is nothing worth saying, never more than two."""
    meant = service_of(service)
    issuer = _caller(request, f"/cds-services/{service}")
    call = read_call(body, meant)
    running: Service = request.app.state.service
    findings, silent, given = _find(call, meant, issuer, running)
    shown = chosen(findings)
    LOG.info(
        "cds hooks: %s: cards %s; silent: %s",
        meant.id,
        ", ".join(finding.kind for finding in shown) or "none",
        ", ".join(silent) or "nothing",
    )
    words = _words(running)
    for finding in shown:
        finding.extra += _not_read(given, words)
    launch = can_launch(call, issuer, running.settings)
    return {"cards": [card(finding, words, running.settings, launch=launch) for finding in shown]}


@router.post("/cds-services/{service}/feedback", responses=_REFUSALS, openapi_extra=_body_schema("feedback"))
def give_feedback(service: str, request: Request, body: Body) -> Response:
    """Keep what became of cards: their kind, the outcome, the coded reason; no comment, no person."""
    meant = service_of(service)
    _caller(request, f"/cds-services/{service}/feedback")
    request.app.state.service.store.add_feedback(read_feedback(body, meant.id))
    return Response(status_code=200)


def _find(
    call: Call, meant: HookService, issuer: CdsIssuer | None, service: Service
) -> tuple[list[Finding], list[str], Given]:
    assessment, given = assess_call(call, issuer, service)
    words = _words(service)
    if meant is PATIENT_VIEW:
        return *view_findings(assessment, words, call.patient), given
    as_of = date.fromordinal(assessment.settings.as_of).isoformat()
    return *order_findings(assessment, words, orders_of(call, service, as_of), call.patient), given


def _not_read(given: Given, words: Words) -> list[str]:
    """Say which parts of the record there were not: what they hold is unknown, not absent."""
    lacking = [key for key in templates(words.knowledge) if key not in given.files and key not in given.empty]
    cut = [key for key in given.more if key not in lacking]
    said = [words.text("hooks.not_read", parts=_parts(lacking, words))] if lacking else []
    return said + ([words.text("hooks.first_page", parts=_parts(cut, words))] if cut else [])


def _parts(keys: list[str], words: Words) -> str:
    return ", ".join(words.text(f"hooks.part.{key}") for key in keys)


def _words(service: Service) -> Words:
    return service.words(service.settings.language, "clinician")


def _caller(request: Request, path: str) -> CdsIssuer | None:
    tokens: Tokens = request.app.state.cds_tokens
    return tokens.check(request.headers.get("authorization"), path)
