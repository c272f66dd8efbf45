"""Fills the templates of the pages. Escaping is always on: texts of records and forms are not trusted."""

from __future__ import annotations

import gzip
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fastapi.responses import HTMLResponse

from opentrd.present.safety import REGIONS, contact_lines
from opentrd.service.view import View
from opentrd.service.visit import Visit

if TYPE_CHECKING:
    from jinja2 import Environment

#: The templates of the pages first, then those of the report, which pages build on.
FOLDERS: Final = (
    Path(__file__).parent / "templates",
    Path(__file__).parents[2] / "present" / "html",
)
#: Set-up brings it from npm (scripts/ensure_front.sh); without it the pages do without.
#: A long page becomes a seventh of it in two milliseconds. A refusal may show what an address says: it is not
#: packed, so that its length tells nobody the token beside that.
_PACK: Final = partial(gzip.compress, compresslevel=1, mtime=0)
_OK: Final = 200
_PACKED: Final = {"content-encoding": "gzip", "vary": "accept-encoding"}
HTMX: Final = Path(__file__).parents[1] / "static" / "vendor" / "htmx.min.js"


@cache
def environment() -> Environment:
    """Return the environment of all templates."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(FOLDERS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(name: str, visit: Visit, view: View, *, status: int = 200, **context: Any) -> HTMLResponse:
    """Return a page. Every template sees ``t`` (words), ``words``, ``visit``, ``view`` and where help is."""
    words = visit.service.words(view.language, view.audience)
    text = (
        environment()
        .get_template(name)
        .render(
            t=words.text,
            words=words,
            visit=visit,
            view=view,
            help_lines=help_lines(visit, view),
            regions=REGIONS,
            htmx=_has_htmx(),
            **context,
        )
    )
    if visit.packed and status == _OK:
        response = HTMLResponse(_PACK(text.encode()), status, _PACKED)
    else:
        response = HTMLResponse(text, status)
    visit.set_cookie(response)
    return response


def help_lines(visit: Visit, view: View) -> list[str]:
    """Return where help is, a line a region; the region of the view first."""
    return contact_lines(view.region, visit.service.words(view.language, view.audience))


@cache
def _has_htmx() -> bool:
    return HTMX.is_file()
