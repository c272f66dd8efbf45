"""The doors of SMART App Launch: from the record (``launch``), from here (``start``), back (``callback``)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from opentrd.service.pages.viewing import Viewing
from opentrd.service.smart.flow import (
    OPEN,
    Opening,
    begin,
    complete,
    opened,
    refresh_token,
    take_pending,
)
from opentrd.service.smart.jobs import Readings
from opentrd.service.smart.pages import again_page
from opentrd.service.smart.refusal import Refusal
from opentrd.service.smart.server import discover, registered, renew
from opentrd.service.visit import Visit, Visiting

router = APIRouter()


def leave(visit: Visit, url: str) -> Response:
    """Send the browser on, with its cookie where that is new."""
    return visit.set_cookie(RedirectResponse(url, 303))


def readings(request: Request) -> Readings:
    """Return the readings of the service."""
    found: Readings = request.app.state.readings
    return found


@router.get("/smart/launch", include_in_schema=False)
def launch(visit: Visiting, iss: str = "", launch: str = "") -> Response:
    """Begin what an electronic record asked for: only a registered one is spoken to."""
    server = registered(visit.service.settings, iss)
    if not launch:
        raise Refusal("no_launch")
    return leave(visit, begin(visit, server, "ehr", visit.service.settings.language, launch))


@router.get("/smart/start", include_in_schema=False)
def start(visit: Visiting, view: Viewing, server: str = "", who: str = "patient") -> Response:
    """Begin without a record open: as the person, or as a clinician who will choose one."""
    if who not in ("patient", "clinician"):
        raise Refusal("unknown_who")
    found = registered(visit.service.settings, server)
    return leave(visit, begin(visit, found, who, view.language))


@router.get("/smart/callback", include_in_schema=False)
def callback(
    request: Request,
    visit: Visiting,
    state: str = "",
    code: str = "",
    error: str = "",
    iss: Annotated[str | None, Query()] = None,
) -> Response:
    """Take what the server answered: once, for the session that asked, and from the server that was asked."""
    pending = take_pending(visit, state)
    if iss is not None and pending.endpoints.issuer and iss != pending.endpoints.issuer:
        raise Refusal("other_issuer")
    if error or not code:
        consented = error != "access_denied"
        raise Refusal("server_said_no" if consented else "not_consented")
    opening = complete(visit, pending, code)
    if opening.patient is None:
        visit.keep(**{OPEN: msgspec.to_builtins(opening)})
        return leave(visit, f"/smart/patient?for=clinician&language={opening.language}")
    reading = readings(request).begin(visit, opening, opening.patient)
    return leave(visit, f"/smart/reading/{reading}?for={opening.audience}&language={opening.language}")


@router.post("/smart/patient", include_in_schema=False)
def choose(
    request: Request, visit: Visiting, patient: Annotated[str, Form()], csrf: Annotated[str, Form()] = ""
) -> Response:
    """Read the record of the person who was chosen."""
    visit.check_csrf(csrf)
    opening = opened(visit)
    visit.keep(**{OPEN: None})
    reading = readings(request).begin(visit, opening, patient)
    return leave(visit, f"/smart/reading/{reading}?for={opening.audience}&language={opening.language}")


@router.post("/smart/again/{chart}", include_in_schema=False)
def again(
    request: Request, visit: Visiting, view: Viewing, chart: str, csrf: Annotated[str, Form()] = ""
) -> Response:
    """Get the newest from the record: without asking again where the server allowed that."""
    visit.check_csrf(csrf)
    found = visit.chart(chart, "read_again")
    link = visit.service.store.link(chart) if found is not None else None
    if link is None:
        raise Refusal("no_chart", 404)
    server = registered(visit.service.settings, link.issuer)
    token = refresh_token(visit, link.issuer, link.patient)
    if token is None:
        return again_page(visit, view, server)
    endpoints = discover(server)
    try:
        grant = renew(server, endpoints, token)
    except Refusal as refusal:
        if refusal.key != "expired":
            raise
        return again_page(visit, view, server)
    if grant.patient not in (None, link.patient):
        raise Refusal("other_patient", 502)
    opening = Opening(
        iss=link.issuer,
        endpoints=endpoints,
        access_token=grant.access_token,
        audience=view.audience,
        language=view.language,
        patient=link.patient,
        refresh_token=grant.refresh_token,
    )
    reading = readings(request).begin(visit, opening, link.patient, chart)
    return leave(visit, f"/smart/reading/{reading}?for={opening.audience}&language={view.language}")
