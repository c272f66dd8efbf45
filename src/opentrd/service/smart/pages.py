"""The pages of a launch: where to read from, whose record, how far the reading is; their data twins."""

from __future__ import annotations

import time
from typing import Any, Final

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from opentrd.service.pages.rendering import page
from opentrd.service.pages.viewing import Viewing
from opentrd.service.settings import SmartServer
from opentrd.service.smart.flow import Opening, opened
from opentrd.service.smart.jobs import Readings
from opentrd.service.smart.reading import Access, Progress, find_persons, name_of
from opentrd.service.smart.refusal import Refusal
from opentrd.service.smart.server import base_of
from opentrd.service.store import tables as t
from opentrd.service.view import View
from opentrd.service.visit import Visit, Visiting

router = APIRouter()
#: A short reading is waited for, so that most people never see how far it is.
_WAIT_SECONDS: Final = 1.5
_LOOK_SECONDS: Final = 0.05


@router.get("/smart", include_in_schema=False)
def servers(visit: Visiting, view: Viewing) -> Response:
    """Show the record systems that this service is registered with."""
    return page("smart_servers.html.j2", visit, view, servers=_servers(visit))


@router.get("/smart.json")
def servers_data(visit: Visiting) -> list[dict[str, str]]:
    """List the record systems that this service is registered with."""
    return _servers(visit)


def _servers(visit: Visit) -> list[dict[str, str]]:
    return [{"iss": base_of(each), "name": each.label} for each in visit.service.settings.smart]


def again_page(visit: Visit, view: View, server: SmartServer) -> Response:
    """Ask to sign in at the record system again: nothing that allows more is kept."""
    made = {"iss": base_of(server), "name": server.label}
    return page("smart_again.html.j2", visit, view, server=made)


@router.get("/smart/patient", include_in_schema=False)
def persons(visit: Visiting, view: Viewing, name: str = "") -> Response:
    """Let a clinician choose whose record is read, by name or identifier."""
    opening = opened(visit)
    found = _found(opening, name) if name.strip() else None
    return page("smart_patient.html.j2", visit, view, asked=name, found=found)


@router.get("/smart/patient.json", include_in_schema=False)
def persons_data(visit: Visiting, name: str = "") -> list[dict[str, str]]:
    """Find whose record could be read, by name or identifier."""
    opening = opened(visit)
    return _found(opening, name) if name.strip() else []


def _found(opening: Opening, asked: str) -> list[dict[str, str]]:
    access = Access(opening.iss, opening.access_token, lambda: None)
    try:
        return [_person(each) for each in find_persons(access, asked.strip())]
    finally:
        access.close()


def _person(person: dict[str, Any]) -> dict[str, str]:
    """Return what tells persons of the same name apart."""
    numbers = [each for each in person.get("identifier") or [] if isinstance(each, dict)]
    return {
        "id": str(person["id"]),
        "name": name_of(person) or str(person["id"]),
        "born": str(person.get("birthDate") or ""),
        "numbers": ", ".join(str(each["value"]) for each in numbers[:3] if each.get("value")),
    }


@router.get("/smart/reading/{reading}.json", include_in_schema=False)
def progress_data(request: Request, visit: Visiting, reading: str) -> dict[str, Any]:
    """Say how far a reading is."""
    return _told(_readings(request).find(reading, visit))


@router.get("/smart/reading/{reading}", include_in_schema=False)
def progress(request: Request, visit: Visiting, view: Viewing, reading: str) -> Response:
    """Show how far a reading is; a finished one leads to its chart, unless something has to be said."""
    by_script = request.headers.get("hx-request") == "true"
    found = _waited_for(_readings(request), reading, visit, 0 if by_script else _WAIT_SECONDS)
    if found.ended and found.failure:
        if not by_script:
            raise Refusal(found.failure, 502)
        return Response(headers={"hx-redirect": request.url.path})
    target = f"/chart/{found.chart}?for={found.audience}&language={found.language}"
    if found.ended and not found.missing:
        if by_script:
            return Response(headers={"hx-redirect": target})
        return visit.set_cookie(RedirectResponse(target, 303))
    return page("smart_reading.html.j2", visit, view, reading=found, target=target, told=_told(found))


def _waited_for(readings: Readings, reading: str, visit: Visit, seconds: float) -> t.Reading:
    """Return how far a reading is as soon as it ended, or after so long."""
    until = time.monotonic() + seconds
    found = readings.find(reading, visit)
    while not found.ended and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
        found = readings.find(reading, visit)
    return found


def _readings(request: Request) -> Readings:
    found: Readings = request.app.state.readings
    return found


def _told(found: t.Reading) -> dict[str, Any]:
    progress = msgspec.convert(found.progress, Progress)
    return {
        "ended": found.ended,
        "failure": found.failure,
        "chart": found.chart if found.ended else None,
        "type": progress.type,
        "done": progress.done,
        "of": progress.of,
        "pages": progress.pages,
        "resources": progress.resources,
        "missing": found.missing,
    }
