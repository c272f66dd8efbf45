"""Follow-up: how things are going, what one does and gets beside it, when to look next.

One form of which every part may be left out; what was noted feeds the assessment as scores of the record do.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from markupsafe import Markup

from opentrd.assessment import Assessment
from opentrd.present.answer import sentence
from opentrd.present.citations import cite
from opentrd.present.json_statements import StatementWriter
from opentrd.present.safety import alarming, statements
from opentrd.present.words import Words
from opentrd.service.charts import record_of
from opentrd.service.form import ITEMS
from opentrd.service.form_fields import ANSWERS, SCALES
from opentrd.service.pages import follow_fields as fields
from opentrd.service.pages import follow_view as shown
from opentrd.service.pages.follow_calendar import calendar
from opentrd.service.pages.follow_chart import DECIDE, SIGNS, WIDTHS, svg
from opentrd.service.pages.refusals import refused
from opentrd.service.pages.rendering import page
from opentrd.service.pages.viewing import Viewing
from opentrd.service.store import tables as t
from opentrd.service.view import View
from opentrd.service.visit import CSRF_FIELD, CSRF_HEADER, Visit, Visiting
from opentrd.statement import Statement

router = APIRouter()
#: The hidden field that makes a check-in one: sent twice, it is kept once.
FORM: Final = "form"
_LONGEST: Final = 100
#: The question of the PHQ-9 about thoughts of death, under which help stands at once.
_DANGER: Final = 9
_CALENDAR: Final = "text/calendar; charset=utf-8"


async def _sent(request: Request) -> list[tuple[str, str]]:
    found = await request.form(max_files=0)
    return [(name, value) for name, value in found.multi_items() if isinstance(value, str)]


Sent = Annotated[list[tuple[str, str]], Depends(_sent)]


@router.get("/chart/{chart}/follow.json")
def twin(chart: str, visit: Visiting, view: Viewing) -> Response:
    """Return the follow-up as data: scores with what they told, the next look, what was noted."""
    found = visit.chart(chart, "read")
    if found is None:
        return JSONResponse({"error": "there is no such chart", "what_to_do": None}, 404)
    a, entries, words = _assessed(visit, view, found)
    look = shown.next_look(a, entries)
    return visit.set_cookie(
        JSONResponse(
            {
                "chart": chart,
                "as_of": _iso(a.settings.as_of),
                "safety": [_data(said, words) for said in _safety(a, words)],
                "scores": {
                    scale: [_row(row, words) for row in rows]
                    for scale, rows in ((shown.MOOD, shown.mood(a)), (shown.WORRY, shown.worry(a)))
                },
                "next": {"day": _iso(look.day), "due": look.due, "why": _data(look.why, words)},
                "weeks": [
                    {"monday": _iso(week.day), "lines": [_line(line, words) for line in week.lines]}
                    for week in shown.weeks(entries)
                ],
                "entries": [
                    {"id": e.id, "day": _iso(e.day), "kind": e.kind, "value": e.value} for e in entries
                ],
            }
        )
    )


@router.get("/chart/{chart}/follow.ics")
def reminder(request: Request, chart: str, visit: Visiting, view: Viewing) -> Response:
    """Return the next look as a calendar file."""
    found = visit.chart(chart, "read")
    if found is None:
        return _missing(request)
    a, entries, words = _assessed(visit, view, found)
    day = max(shown.next_look(a, entries).day, a.settings.as_of)
    text = calendar(
        chart, day, words.text("follow.event"), words.text("follow.event_what"), datetime.now(UTC)
    )
    headers = {"content-disposition": 'attachment; filename="reminder.ics"'}
    return visit.set_cookie(Response(text, media_type=_CALENDAR, headers=headers))


@router.get("/chart/{chart}/follow", include_in_schema=False)
def show(
    request: Request, chart: str, visit: Visiting, view: Viewing, noted: bool = False, gone: bool = False
) -> Response:
    """Show the follow-up, with an empty form."""
    found = visit.chart(chart, "read")
    if found is None:
        return _missing(request)
    message = "follow.noted" if noted else "follow.gone" if gone else ""
    return _page(visit, view, found, message=message)


@router.post("/chart/{chart}/follow", include_in_schema=False)
def note(request: Request, chart: str, visit: Visiting, view: Viewing, sent: Sent) -> Response:
    """Keep what was noted, or show the form again: what can't be right, or that it was open for long."""
    typed = dict(sent)
    known = visit.shows_csrf(typed.get(CSRF_FIELD) or request.headers.get(CSRF_HEADER))
    found = visit.chart(chart, "write" if known else "read")
    if found is None:
        return _missing(request)
    knowledge = visit.service.knowledge
    born = record_of(visit.service.store, found, knowledge).person.birth_earliest
    check_in = fields.read(sent, view.as_of, born, knowledge)
    if not known:
        return _page(visit, view, found, check_in, "web.once_more", status=403)
    if check_in.wrong:
        return _page(visit, view, found, check_in, status=422)
    form = typed.get(FORM, "")[:_LONGEST] or secrets.token_urlsafe()
    ids = fields.entry_ids(chart, form, check_in.entries)
    made = {ids[kind]: (kind.partition(":")[0], value) for kind, value in check_in.entries.items()}
    visit.service.store.save_follow_ups(chart, check_in.day, made, visit.account)
    return _back(visit, view, chart, "noted")


@router.post("/chart/{chart}/follow/{entry}/delete", include_in_schema=False)
def forget(
    request: Request,
    chart: str,
    entry: str,
    visit: Visiting,
    view: Viewing,
    csrf: Annotated[str | None, Form(alias=CSRF_FIELD)] = None,
) -> Response:
    """Forget an entry."""
    visit.check_csrf(csrf or request.headers.get(CSRF_HEADER))
    if visit.chart(chart, "write") is None:
        return _missing(request)
    visit.service.store.delete_follow_up(chart, entry, visit.account)
    return _back(visit, view, chart, "gone")


def _assessed(visit: Visit, view: View, chart: t.Chart) -> tuple[Assessment, list[t.FollowUp], Words]:
    entries = visit.service.store.follow_ups(chart.id)
    words = visit.service.words(view.language, view.audience)
    return visit.service.assess(chart, view), entries, words


def _page(
    visit: Visit,
    view: View,
    chart: t.Chart,
    sent: fields.CheckIn | None = None,
    message: str = "",
    status: int = 200,
) -> Response:
    """Return the page; with what was sent where that could not be kept."""
    check_in = sent or fields.CheckIn({}, view.as_of, {}, [])
    a, entries, words = _assessed(visit, view, chart)
    rows = shown.mood(a)
    look = shown.next_look(a, entries)
    return page(
        "follow.html.j2",
        visit,
        view,
        status=status,
        chart=chart,
        message=message,
        check_in=check_in,
        typed=check_in.typed,
        begun={name.partition(".")[0] for name in check_in.typed},
        form=check_in.typed.get(FORM) or secrets.token_urlsafe(),
        today=_iso(view.as_of),
        alarm=alarming(a.safety),
        safety=[words.say(said) for said in _safety(a, words)],
        look=look,
        mood=rows,
        worry=shown.worry(a),
        pictures=[(name, _drawn(a, rows, entries, words, width)) for name, width in WIDTHS.items()],
        weeks=shown.weeks(entries),
        noted=shown.noted(entries),
        signs=SIGNS,
        decide=DECIDE,
        basis=[cite(ref, words) for ref in _citations([look.why, *(s for row in rows for s in row.says)])],
        scales=[(scale, range(1, ITEMS[scale.key] + 1)) for scale in SCALES],
        answers=ANSWERS,
        danger=_DANGER,
        choices=fields,
        say=words.say,
        sentence=sentence,
    )


def _drawn(
    a: Assessment, rows: list[shown.Row], entries: list[t.FollowUp], words: Words, width: int
) -> Markup:
    return Markup(svg(a, rows, entries, words, width))  # noqa: S704 (made by present.drawing, which escapes texts)


def _safety(a: Assessment, words: Words) -> list[Statement]:
    return [said for said in statements(a) if words.tells(said)]


def _citations(said: Iterable[Statement]) -> list[str]:
    return list(dict.fromkeys(ref for each in said for ref in each.citations))


def _row(row: shown.Row, words: Words) -> dict[str, Any]:
    return {
        "day": _iso(row.day),
        "value": row.value,
        "band": row.band,
        "mark": row.mark,
        "decide": row.decide,
        "treatment": row.trial,
        "says": [_data(said, words) for said in row.says if words.tells(said)],
    }


def _line(line: shown.Line, words: Words) -> dict[str, Any]:
    return {"kind": line.kind, **_data(line.says, words)}


def _data(said: Statement, words: Words) -> dict[str, Any]:
    values, text = StatementWriter(words, texts=True).values(said)
    return {"text": text, **msgspec.to_builtins(said), "params": values}


def _back(visit: Visit, view: View, chart: str, done: str) -> Response:
    query = "&".join(part for part in (view.query(), f"{done}=true") if part)
    return visit.set_cookie(RedirectResponse(f"/chart/{chart}/follow?{query}", 303))


def _missing(request: Request) -> Response:
    return refused(request, 404, "there is no such chart", "open it from the start page")


def _iso(day: int) -> str:
    return date.fromordinal(day).isoformat()
