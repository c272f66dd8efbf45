"""Write it down: the form, saved while typing, resumable, and the same with and without JavaScript.

Every saving is one transaction: the draft, and the history sheet that it makes, which the one reader judges.
A window that saved over another one's newer text is refused, and shown both.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, NamedTuple

import msgspec
from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from opentrd.errors import InputError
from opentrd.present.words import Words
from opentrd.service.form import SHEET, dated
from opentrd.service.form_fields import SCALES, Draft, empty, parse, tidy
from opentrd.service.pages import write_form as form
from opentrd.service.pages.refusals import refused
from opentrd.service.pages.rendering import page
from opentrd.service.pages.viewing import Viewing
from opentrd.service.pages.write_actions import apply
from opentrd.service.pages.write_judged import Judged, Problem, judge
from opentrd.service.store import tables as t
from opentrd.service.view import View
from opentrd.service.visit import CSRF_FIELD, CSRF_HEADER, Visit, Visiting

router = APIRouter()
#: The kind of a chart that the form makes.
FORM: Final = "form"
#: The version of a request that names none: older than any.
_NO_VERSION: Final = -1
#: What the button that goes on to the answer sends.
GO_ON: Final = "answer"


class Saving(msgspec.Struct):
    """What a page sends while somebody types: its fields, and the version that it last saw."""

    version: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    fields: list[tuple[str, str]]


class Sent(NamedTuple):
    """A submitted form: its fields as they came."""

    fields: list[tuple[str, str]]

    def one(self, name: str) -> str:
        """Return the last value of a field, empty where it is not there."""
        return next((value for key, value in reversed(self.fields) if key == name), "")

    @property
    def version(self) -> int:
        """The version that the window saw."""
        text = self.one("version")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else _NO_VERSION


async def _sent(request: Request) -> Sent:
    found = await request.form(max_files=0)
    return Sent([(name, value) for name, value in found.multi_items() if isinstance(value, str)])


async def _saving(request: Request) -> Saving:
    try:
        return msgspec.json.decode(await request.body(), type=Saving)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError("request", "", "this is no form", str(error)) from None


Submitted = Annotated[Sent, Depends(_sent)]
Typed = Annotated[Saving, Depends(_saving)]


class _Form:
    """One chart's form in one visit."""

    def __init__(self, visit: Visit, view: View, chart: t.Chart) -> None:
        self.visit = visit
        self.view = view
        self.chart = chart
        self.words: Words = visit.service.words(view.language, view.audience)
        self.kept = visit.service.store.draft(chart.id)

    @property
    def draft(self) -> Draft:
        """The form as it is kept."""
        return tidy(self.kept.body) if self.kept else empty()

    @property
    def version(self) -> int:
        """The version that is kept."""
        return self.kept.version if self.kept else 0

    def judged(self, draft: Draft) -> Judged:
        """Return what the reader says of a draft."""
        return judge(draft, self.view.as_of, self.visit.service.knowledge, self.words)

    def save(self, draft: Draft, version: int) -> tuple[Draft, Judged] | None:
        """Keep a draft with the sheet that it makes; ``None`` where another window saved since."""
        draft = dated(draft, self.view.as_of)
        judged = self.judged(draft)
        store = self.visit.service.store
        made = store.save_draft(self.chart.id, draft, self.visit.account, version, (SHEET, judged.body))
        self.kept = store.draft(self.chart.id)
        return None if made is None else (draft, judged)

    def address(self, place: str, query: str = "") -> str:
        """Return the address of the form, at a place in it."""
        asked = "&".join(part for part in (self.view.query(), query) if part)
        return f"/write/{self.chart.id}?{asked}#{place}"

    def show(
        self,
        draft: Draft,
        *,
        add: str | None = None,
        conflict: bool = False,
        nothing: bool = False,
        late: int | None = None,
    ) -> HTMLResponse:
        """Return the page of a draft.

        ``conflict``: it could not be saved, another window was first; ``nothing``: an answer was asked for,
        and there is nothing yet to answer; ``late``: it was open for long and is not saved, with its version.
        """
        draft = form.shown(draft, add)
        return page(
            "write.html.j2",
            self.visit,
            self.view,
            status=409 if conflict else 200 if late is None else 403,
            chart=self.chart,
            version=self.version if late is None else late,
            late=late is not None,
            conflict=conflict,
            nothing=nothing,
            saved=form.saved_at(self.kept.saved if self.kept else None, self.words),
            **form.context(draft, self.view.as_of, self.judged(draft), self.words),
        )

    def state(self, draft: Draft, judged: Judged) -> dict[str, Any]:
        """Return what a page that saved while typing shows anew."""
        return {
            "version": self.version,
            "saved": form.saved_at(self.kept.saved if self.kept else None, self.words),
            "problems": [self._told(problem) for problem in judged.problems],
            "totals": form.totals(draft, self.words),
            "days": {scale.key: draft[scale.key].get("day", "") for scale in SCALES},
            "help": form.positive(draft),
        }

    def _told(self, problem: Problem) -> dict[str, Any]:
        uses = [self.words.text("form.use", name=name) for name in problem.names]
        return {**problem._asdict(), "uses": uses}


def _open(chart: str, visit: Visit, view: View, action: str) -> _Form | None:
    found = visit.chart(chart, action)
    return _Form(visit, view, found) if found is not None and found.kind == FORM else None


def _missing(request: Request) -> Response:
    return refused(request, 404, "there is no such form", "open it from the start page")


def _no_form() -> Response:
    return JSONResponse({"error": "there is no such form", "what_to_do": None}, 404)


def _begin(visit: Visit, view: View) -> Response:
    """Go to a form that nobody wrote in yet: one that is there already, else a new one."""
    store = visit.service.store
    fresh = (c.id for c in store.charts(visit.account) if c.kind == FORM and store.draft(c.id) is None)
    chart = next(fresh, None)
    if chart is None:
        label = visit.service.words(view.language, view.audience).text("form.label")
        chart = store.add_chart(label, FORM, visit.account, {})
    return visit.set_cookie(RedirectResponse(f"/write/{chart}?{view.query()}", 303))


@router.get("/write", include_in_schema=False)
def begin(visit: Visiting, view: Viewing) -> Response:
    """Go to an empty form."""
    return _begin(visit, view)


@router.post("/write", include_in_schema=False)
def begin_by_button(
    visit: Visiting, view: Viewing, csrf: Annotated[str | None, Form(alias=CSRF_FIELD)] = None
) -> Response:
    """Go to an empty form, from a button."""
    visit.check_csrf(csrf)
    return _begin(visit, view)


@router.get("/write/suggest")
def suggest(visit: Visiting, view: Viewing, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Return names of treatments for what was typed so far, and what each brand stands for."""
    words = visit.service.words(view.language, view.audience)
    return JSONResponse([found._asdict() for found in form.suggestions(q, words)])


@router.get("/write/{chart}.json")
def twin(chart: str, visit: Visiting, view: Viewing) -> Response:
    """Return the form as data: what was typed, the sheet that it makes, what the reader says of it."""
    here = _open(chart, visit, view, "read")
    if here is None:
        return _no_form()
    draft = here.draft
    judged = here.judged(draft)
    return JSONResponse(
        {
            "chart": chart,
            **here.state(draft, judged),
            "draft": draft,
            "sheet": judged.written.text if judged.written else None,
        }
    )


@router.get("/write/{chart}", include_in_schema=False)
def show(
    request: Request,
    chart: str,
    visit: Visiting,
    view: Viewing,
    add: str | None = None,
    nothing: bool = False,
) -> Response:
    """Show the form as it stands."""
    here = _open(chart, visit, view, "read")
    return here.show(here.draft, add=add, nothing=nothing) if here else _missing(request)


@router.post("/write/{chart}", include_in_schema=False)
def submit(request: Request, chart: str, visit: Visiting, view: Viewing, sent: Submitted) -> Response:
    """Save all of the form, do what the button says, and show where to go on."""
    known = visit.shows_csrf(sent.one(CSRF_FIELD))
    here = _open(chart, visit, view, "write" if known else "read")
    if here is None:
        return _missing(request)
    typed = {**parse(sent.fields), "removed": here.draft["removed"]}
    if not known:
        return here.show(typed, late=sent.version)
    draft, place, query = apply(sent.one("do"), typed)
    saved = here.save(tidy(draft), sent.version)
    if saved is None:
        return here.show(typed, conflict=True)
    if sent.one("do") == GO_ON:
        if saved[1].record is not None and not saved[1].problems:
            return RedirectResponse(f"/chart/{chart}?{view.query()}", 303)
        query = "" if saved[1].written else "nothing=true"
    return RedirectResponse(here.address(place, query), 303)


@router.put("/write/{chart}/draft")
@router.post("/write/{chart}/draft", include_in_schema=False)
def save_while_typing(request: Request, chart: str, visit: Visiting, view: Viewing, typed: Typed) -> Response:
    """Save the form as it is being typed; 409 with what is kept where another window saved since."""
    visit.check_csrf(request.headers.get(CSRF_HEADER))
    here = _open(chart, visit, view, "write")
    if here is None:
        return _no_form()
    saved = here.save({**parse(typed.fields), "removed": here.draft["removed"]}, typed.version)
    if saved is None:
        kept = here.draft
        return JSONResponse({**here.state(kept, here.judged(kept)), "draft": kept}, 409)
    return JSONResponse(here.state(*saved))
