"""The page that is shown when something is refused: what, why, and what to do."""

from __future__ import annotations

from typing import Final

from fastapi import Request, Response

from opentrd.errors import InputError
from opentrd.present.words.formats import clean
from opentrd.service.pages.errors import reason
from opentrd.service.pages.rendering import page
from opentrd.service.view import View, view_of
from opentrd.service.visit import Visit, visit

#: What was sent was not understood or too large: nothing of it was kept.
_INPUT: Final = (413, 422)


def refused(request: Request, status: int, error: str, what_to_do: str) -> Response:
    """Return a page that says what was refused; help is on it as on every page.

    A part of a page that was asked for (by htmx) gets the words alone.
    """
    here = visit(request)
    name = "refused_part.html.j2" if "hx-request" in request.headers else "refused.html.j2"
    view = _view(request, here)
    words = here.service.words(view.language, view.audience)
    return page(
        name,
        here,
        view,
        status=status,
        error=reason(clean(error), words),
        what_to_do=reason(clean(what_to_do), words),
        nothing_kept=status in _INPUT,
    )


def _view(request: Request, here: Visit) -> View:
    """Return the view that was asked for; the usual one where that is what was refused."""
    usual, asked = here.service.usual_view(), request.query_params
    try:
        return view_of(asked.get("for"), asked.get("language"), asked.get("region"), usual=usual)
    except InputError:
        return usual
