"""The answer of a chart: the report as a page on which questions are answered and wishes weighed in place.

A change is judged before it is kept: an answer that does not fit is refused with the reason beside its
question, and nothing is kept of that sending. Without a script a change leads back to the page.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from opentrd.assessing import rule_book
from opentrd.errors import InputError
from opentrd.present import html
from opentrd.present.files import rendered
from opentrd.rules.measured import is_value, value_told
from opentrd.service.charts import assess_told, day_shown, record_of
from opentrd.service.pages.answer_change import changed
from opentrd.service.pages.answer_shown import UNSURE, Chart, Origin, context
from opentrd.service.pages.errors import reason
from opentrd.service.pages.refusals import refused
from opentrd.service.pages.rendering import page
from opentrd.service.pages.viewing import Viewing
from opentrd.service.store import tables as t
from opentrd.service.view import View, day_of
from opentrd.service.visit import CSRF_FIELD, CSRF_HEADER, Visit, Visiting
from opentrd.statement import Statement

router = APIRouter(include_in_schema=False)

_SEE_OTHER: Final = 303
_NOT_FITTING: Final = 422
#: Fields of preferences, before the name.
WEIGHT: Final = "weight."
#: What a weight may be, from "not a matter" to "very much".
WEIGHTS: Final = ("0", "1", "2", "3")
_FLASH: Final = "changed"
_STYLES: Final = Path(html.__file__).parent / "report.css"
#: Files of an answer by the end of their address: format, media type, name.
_FILES: Final = {
    "fhir.json": ("fhir", "application/fhir+json", "opentrd.fhir.json"),
    "json": ("json", "application/json", ""),
    "pdf": ("pdf", "application/pdf", "opentrd.pdf"),
    "letter.pdf": ("letter-pdf", "application/pdf", "opentrd-letter.pdf"),
    "letter.txt": ("letter-text", "text/plain; charset=utf-8", "opentrd-letter.txt"),
}
#: Told to clinicians only, whoever looks: the letter is from one to another.
_FOR_CLINICIANS: Final = ("letter.pdf", "letter.txt")


async def _sent(request: Request) -> list[tuple[str, str]]:
    found = await request.form(max_files=0)
    return [(name, value) for name, value in found.multi_items() if isinstance(value, str)]


Sent = Annotated[list[tuple[str, str]], Depends(_sent)]


@router.get("/static/report.css")
def styles() -> Response:
    """Give the style of the report, which the page shares."""
    return FileResponse(_STYLES, media_type="text/css")


@router.get("/chart/{chart}.fhir.json")
def as_fhir(chart: str, request: Request, visit: Visiting, view: Viewing) -> Response:
    """Give the answer as a FHIR Bundle."""
    return _file(chart, "fhir.json", request, visit, view)


@router.get("/chart/{chart}.json")
def as_json(chart: str, request: Request, visit: Visiting, view: Viewing) -> Response:
    """Give the answer as JSON, by the contract."""
    return _file(chart, "json", request, visit, view)


@router.get("/chart/{chart}.pdf")
def as_pdf(chart: str, request: Request, visit: Visiting, view: Viewing) -> Response:
    """Give the answer as PDF."""
    return _file(chart, "pdf", request, visit, view)


@router.get("/chart/{chart}/letter.pdf")
def letter_pdf(chart: str, request: Request, visit: Visiting, view: Viewing) -> Response:
    """Give the letter to a specialist as PDF."""
    return _file(chart, "letter.pdf", request, visit, view)


@router.get("/chart/{chart}/letter.txt")
def letter_text(chart: str, request: Request, visit: Visiting, view: Viewing) -> Response:
    """Give the letter to a specialist as text."""
    return _file(chart, "letter.txt", request, visit, view)


@router.get("/chart/{chart}")
def show(chart: str, request: Request, visit: Visiting, view: Viewing) -> Response:
    """Show the answer; what the last change did is told once."""
    kept = visit.chart(chart, "read")
    if kept is None:
        return _missing(request)
    told = _told_once(kept, visit)
    return _unless_unread(lambda: _page(_read(kept, visit, view), visit, view, told=told), kept, visit, view)


@router.post("/chart/{chart}/answers")
def answer(chart: str, request: Request, visit: Visiting, view: Viewing, sent: Sent) -> Response:
    """Keep answers to questions; an empty value takes one back. None is kept where one does not fit."""
    kept = _open(chart, request, visit, sent)
    if kept is None:
        return _missing(request)
    given, taken_back = _given(sent)

    def keep() -> Response:
        before = _read(kept, visit, view)
        answers = {key: value for key, value in before.answers.items() if key not in taken_back}
        values, unfit = _values(given, before.as_of, visit)
        words = {key: value for key, value in given.items() if not is_value(key)}
        after = _judged(before, {**answers, **words, **values}, before.preferences, visit, view)
        wrong = {**unfit, **{key: error for key, error in after.unfit.items() if key in given}}
        if wrong:
            shown = _judged(before, before.answers, before.preferences, visit, view)
            return _page(shown, visit, view, status=_NOT_FITTING, wrong=wrong, given=given)
        touched = tuple(
            key for key in (*given, *taken_back) if after.answers.get(key) != before.answers.get(key)
        )
        for key in touched:
            visit.service.store.save_answer(kept.id, key, after.answers.get(key), visit.account)
        told = changed(before.assessment, after.assessment, answers=touched) if touched else None
        return _done(after, told, request, visit, view)

    return _unless_unread(keep, kept, visit, view)


def _given(sent: list[tuple[str, str]]) -> tuple[dict[str, str], list[str]]:
    """Return the answers that were sent, and those taken back.

    The fields of values stand at every step that waits for them: an empty one says nothing.
    """
    fields = [(name, value.strip()) for name, value in sent if name != CSRF_FIELD]
    given = {name: value for name, value in fields if value and not (is_value(name) and value == UNSURE)}
    back = [name for name, value in fields if name not in given and (value or not is_value(name))]
    return given, back


def _values(given: dict[str, str], day: int, visit: Visit) -> tuple[dict[str, Any], dict[str, InputError]]:
    """Return the measured values among some answers, as they are kept, and those that are none."""
    found: dict[str, Any] = {}
    unfit: dict[str, InputError] = {}
    book = rule_book(visit.service.knowledge)
    for name, value in given.items():
        if is_value(name):
            try:
                found[name] = msgspec.structs.asdict(value_told(name, value, day, book))
            except InputError as error:
                unfit[name] = error
    return found, unfit


@router.post("/chart/{chart}/preferences")
def prefer(chart: str, request: Request, visit: Visiting, view: Viewing, sent: Sent) -> Response:
    """Keep what matters to the person, from 0 to 3; what is not named stays as it was."""
    kept = _open(chart, request, visit, sent)
    if kept is None:
        return _missing(request)
    given = {
        name.removeprefix(WEIGHT): _weight(name, value) for name, value in sent if name.startswith(WEIGHT)
    }

    def keep() -> Response:
        before = _read(kept, visit, view)
        weights = {name: value for name, value in {**before.preferences, **given}.items() if value}
        after = _judged(before, before.answers, weights, visit, view)
        visit.service.store.save_preferences(kept.id, weights, visit.account)
        touched = tuple(n for n, value in given.items() if value != before.preferences.get(n, 0))
        told = changed(before.assessment, after.assessment, wishes=touched) if touched else None
        return _done(after, told, request, visit, view)

    return _unless_unread(keep, kept, visit, view)


def _weight(name: str, value: str) -> float:
    if value not in WEIGHTS:
        raise InputError("request", name, f"not a weight: {value[:20]}", "use one of: " + ", ".join(WEIGHTS))
    return float(value)


def _open(chart: str, request: Request, visit: Visit, sent: list[tuple[str, str]]) -> t.Chart | None:
    """Return a chart that is to be changed by a request which shows the token of its session."""
    token = next((value for name, value in sent if name == CSRF_FIELD), None)
    visit.check_csrf(token or request.headers.get(CSRF_HEADER))
    return visit.chart(chart, "read")


def _read(kept: t.Chart, visit: Visit, view: View) -> Chart:
    """Return a chart as it is kept, assessed."""
    store, knowledge = visit.service.store, visit.service.knowledge
    record = record_of(store, kept, knowledge)
    answers, preferences = store.answers(kept.id), store.preferences(kept.id)
    as_of = day_shown(store, kept, view)
    made, unfit = assess_told(record, as_of, knowledge, view, answers, preferences)
    return Chart(
        kept=kept,
        record=record,
        as_of=as_of,
        answers=answers,
        preferences=preferences,
        assessment=made,
        unfit=unfit,
    )


def _judged(
    chart: Chart, answers: dict[str, Any], preferences: dict[str, float], visit: Visit, view: View
) -> Chart:
    """Return the same chart with other answers and preferences, not yet kept."""
    made, unfit = assess_told(chart.record, chart.as_of, visit.service.knowledge, view, answers, preferences)
    return Chart(
        kept=chart.kept,
        record=chart.record,
        as_of=chart.as_of,
        answers=answers,
        preferences=preferences,
        assessment=made,
        unfit=unfit,
    )


def _page(
    chart: Chart,
    visit: Visit,
    view: View,
    *,
    status: int = 200,
    told: Statement | None = None,
    wrong: dict[str, InputError] | None = None,
    given: dict[str, str] | None = None,
) -> Response:
    words = visit.service.words(view.language, view.audience)
    shown = context(chart, words, told, wrong or {}, given or {}, _origin(chart, visit))
    return page("answer.html.j2", visit, view, status=status, **shown)


def _origin(chart: Chart, visit: Visit) -> Origin | None:
    """Return where a chart was read from; again only where that system is still among the settings."""
    link = visit.service.store.link(chart.kept.id)
    if link is None:
        return None
    server = visit.service.settings.smart_server(link.issuer)
    return Origin(
        name=link.issuer if server is None else server.label,
        day=day_of(link.taken),
        missing=link.missing,
        again=server is not None,
    )


def _done(after: Chart, told: Statement | None, request: Request, visit: Visit, view: View) -> Response:
    """Show the page with what changed: at once where a script asked for it, else by leading to it."""
    if "hx-request" in request.headers:
        return _page(after, visit, view, told=told)
    if told is not None:
        flash = {
            "chart": after.kept.id,
            "key": told.key,
            "params": told.params,
            "sources": told.sources,
            "citations": told.citations,
        }
        visit.keep(**{_FLASH: flash})
    address = f"/chart/{after.kept.id}?{view.query()}#{'changed' if told else 'questions'}"
    return visit.set_cookie(RedirectResponse(address, _SEE_OTHER))


def _told_once(kept: t.Chart, visit: Visit) -> Statement | None:
    """Return what the last change of a chart did, where it was not told yet."""
    flash = visit.session.data.get(_FLASH) or {}
    if flash.get("chart") != kept.id:
        return None
    visit.keep(**{_FLASH: None})
    params = {
        name: tuple(value) if isinstance(value, list) else value for name, value in flash["params"].items()
    }
    return Statement(flash["key"], params, tuple(flash["sources"]), tuple(flash["citations"]))


def _file(chart: str, end: str, request: Request, visit: Visit, view: View) -> Response:
    kept = visit.chart(chart, f"read_{end}")
    if kept is None:
        return _missing(request)
    form, media_type, name = _FILES[end]
    asked = view.with_audience("clinician") if end in _FOR_CLINICIANS else view
    words = visit.service.words(asked.language, asked.audience)
    body = rendered(visit.service.assess(kept, asked), words, form)
    headers = {"content-disposition": f'attachment; filename="{name}"'} if name else {}
    return visit.set_cookie(Response(body, media_type=media_type, headers=headers))


def _unless_unread(make: Callable[[], Response], kept: t.Chart, visit: Visit, view: View) -> Response:
    """Make a page; where the chart cannot be read, show why, and the way back to where it was written."""
    try:
        return make()
    except InputError as error:
        said = reason(str(error), visit.service.words(view.language, view.audience))
        return page("answer_unread.html.j2", visit, view, status=_NOT_FITTING, chart=kept, error=said)


def _missing(request: Request) -> Response:
    return refused(request, 404, "there is no such chart here", "open it from the start page")
