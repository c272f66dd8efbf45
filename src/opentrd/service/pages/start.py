"""The start page, and the ways in: a record that is opened, a sample, a chart that is kept here."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi.responses import JSONResponse, RedirectResponse

from opentrd.errors import InputError
from opentrd.present.words.formats import clean
from opentrd.records.model import Record
from opentrd.records.read import Records, read_files
from opentrd.run import single
from opentrd.service import samples
from opentrd.service.export import as_text, everything, packed
from opentrd.service.pages.learning import titles
from opentrd.service.pages.refusals import refused
from opentrd.service.pages.rendering import page
from opentrd.service.pages.viewing import Viewing
from opentrd.service.store import tables as t
from opentrd.service.unpack import unpack
from opentrd.service.view import View, day_of
from opentrd.service.visit import Visit, Visiting

router = APIRouter(include_in_schema=False)

_SEE_OTHER: Final = 303
#: A list to choose from names so many persons.
_PERSONS: Final = 500
_LABEL: Final = 80


@router.get("/")
def start(visit: Visiting, view: Viewing) -> Response:
    """Show the ways in, and the charts that are kept here."""
    return page(
        "start.html.j2",
        visit,
        view,
        charts=_charts(visit, view),
        samples=_samples(visit, view),
        systems=tuple(server.label for server in visit.service.settings.smart),
        topics=titles(visit.service.words(view.language, view.audience)),
    )


@router.get("/start.json")
def start_data(visit: Visiting, view: Viewing) -> Response:
    """Return what the start page shows."""
    words = visit.service.words(view.language, view.audience)
    found = {
        "title": words.text("start.title"),
        "charts": [
            {**chart, "changed": date.fromordinal(chart["changed"]).isoformat()}
            for chart in _charts(visit, view)
        ],
        "samples": _samples(visit, view),
        "record_systems": [server.label for server in visit.service.settings.smart],
        "help": words.text("safety.general"),
    }
    return visit.set_cookie(JSONResponse(found))


@router.post("/open")
def open_record(
    visit: Visiting,
    view: Viewing,
    files: Annotated[list[UploadFile] | None, File()] = None,
    csrf: Annotated[str | None, Form()] = None,
) -> Response:
    """Read uploaded files; keep them as a chart where they are a record, and nothing where they are not."""
    visit.check_csrf(csrf)
    limits = visit.service.settings.limits
    given = [(each.filename or "", each.file.read()) for each in files or () if each.filename or each.size]
    found_files = unpack(given, limits)
    found = single(read_files(found_files, visit.service.knowledge))
    label = _called(found[0]) if len(found) == 1 else ", ".join(found_files)[:_LABEL]
    chart = visit.service.store.add_chart(label, "upload", visit.account, found_files)
    where = f"/chart/{chart}" if len(found) == 1 else f"/open/{chart}"
    return _to(where, view, visit)


@router.get("/open")
def open_nothing(visit: Visiting, view: Viewing) -> Response:
    """Lead back to the start: a page that refused an upload may be loaded anew."""
    return _to("/", view, visit)


@router.get("/open/{chart}.json")
def persons_data(chart: str, request: Request, visit: Visiting, view: Viewing) -> Response:
    """Return the persons that the files of a chart hold."""
    kept = visit.chart(chart, "read")
    if kept is None:
        return _not_here(request)
    return visit.set_cookie(JSONResponse({"chart": kept.id, "persons": _persons(_records(kept, visit))}))


@router.get("/open/{chart}")
def persons(chart: str, request: Request, visit: Visiting, view: Viewing) -> Response:
    """Show the persons that the files of a chart hold, to choose one."""
    kept = visit.chart(chart, "read")
    if kept is None:
        return _not_here(request)
    if kept.person is not None:
        return _to(f"/chart/{kept.id}", view, visit)
    found = _persons(_records(kept, visit))
    return page(
        "persons.html.j2", visit, view, chart=kept, persons=found[:_PERSONS], more=len(found) - _PERSONS
    )


@router.post("/open/{chart}")
def choose(
    chart: str,
    request: Request,
    visit: Visiting,
    view: Viewing,
    person: Annotated[str, Form()] = "",
    csrf: Annotated[str | None, Form()] = None,
) -> Response:
    """Keep which person of several a chart is about."""
    visit.check_csrf(csrf)
    kept = visit.chart(chart, "read")
    if kept is None:
        return _not_here(request)
    record = next((r for r in _records(kept, visit) if r.person.person_id == person), None)
    if record is None:
        raise InputError("request", "person", "this person is not in the files", "choose one of the list")
    visit.service.store.choose_person(kept.id, person, _called(record), visit.account)
    return _to(f"/chart/{kept.id}", view, visit)


@router.get("/sample/{name}")
def sample(name: str, request: Request, visit: Visiting, view: Viewing) -> Response:
    """Open a sample person as a chart of their own; the same one at the next time."""
    entry = samples.sample(name)
    if entry is None:
        return refused(request, 404, "there is no such sample person", "choose one from the start page")
    return _to(f"/chart/{samples.open_sample(visit.service.store, entry, visit.account)}", view, visit)


@router.get("/chart/{chart}/export.json")
def export_json(chart: str, request: Request, visit: Visiting, view: Viewing) -> Response:
    """Give all that is kept of a chart, as JSON."""
    kept = visit.chart(chart, "export")
    if kept is None:
        return _not_here(request)
    body = as_text(everything(visit.service, kept, view)).encode()
    return visit.set_cookie(_download(body, "application/json", "opentrd-chart.json"))


@router.get("/chart/{chart}/export.zip")
def export_zip(chart: str, request: Request, visit: Visiting, view: Viewing) -> Response:
    """Give all that is kept of a chart, with the files as they came."""
    kept = visit.chart(chart, "export")
    if kept is None:
        return _not_here(request)
    return visit.set_cookie(
        _download(packed(visit.service, kept, view), "application/zip", "opentrd-chart.zip")
    )


@router.post("/chart/{chart}/delete")
def delete(
    chart: str, request: Request, visit: Visiting, view: Viewing, csrf: Annotated[str | None, Form()] = None
) -> Response:
    """Forget a chart with everything that belongs to it."""
    visit.check_csrf(csrf)
    kept = visit.chart(chart, "delete_asked")
    if kept is None:
        return _not_here(request)
    visit.service.store.delete_chart(kept.id, visit.account)
    return _to("/", view, visit)


def _to(path: str, view: View, visit: Visit) -> Response:
    return visit.set_cookie(RedirectResponse(f"{path}?{view.query()}", _SEE_OTHER))


def _not_here(request: Request) -> Response:
    return refused(request, 404, "there is no such chart here", "open it from the start page")


def _download(body: bytes, media_type: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=media_type, headers=headers)


def _records(chart: t.Chart, visit: Visit) -> Records:
    files = {source.name: source.body for source in visit.service.store.sources(chart.id)}
    return single(read_files(files, visit.service.knowledge))


def _called(record: Record) -> str:
    return clean(record.person.name or record.person.person_id).strip()[:_LABEL] or "?"


def _persons(found: Records) -> list[dict[str, Any]]:
    """Return who is in the files: enough to tell them apart."""
    return [
        {
            "person": record.person.person_id,
            "name": _called(record),
            "born": record.person.birth_earliest if _known_birth(record) else None,
            "lines": len(record.used) + len(record.unused),
        }
        for record in found
    ]


def _known_birth(record: Record) -> bool:
    return record.person.birth_earliest == record.person.birth_latest


def _charts(visit: Visit, view: View) -> list[dict[str, Any]]:
    """Return the charts that this visit may see, with the pages that lead on."""
    query = view.query()
    found = []
    for chart in visit.service.store.charts(visit.account, everyone=visit.clinician):
        writing = chart.kind == "form"
        found.append(
            {
                "id": chart.id,
                "label": clean(chart.label),
                "kind": chart.kind,
                "changed": day_of(chart.changed),
                "href": f"/write/{chart.id}?{query}" if writing else f"/chart/{chart.id}?{query}",
            }
        )
    return found


def _samples(visit: Visit, view: View) -> list[dict[str, Any]]:
    """Return the sample persons; a story that has no words in the language is told as it was written."""
    words = visit.service.words(view.language, view.audience)
    found = []
    for each in samples.listed():
        told = words.find(f"sample_story.{each['id']}")
        found.append(
            {
                "id": each["id"],
                "name": each["name"],
                "story": told or each["story"],
                "language": view.language if told else "en",
                "first": each["id"] in samples.FIRST,
            }
        )
    return found
