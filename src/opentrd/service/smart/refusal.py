"""What is refused in a launch or a sign-in, as a message key: ``smart.refused.<key>``, ``smart.do.<key>``."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from opentrd.service.pages.rendering import page
from opentrd.service.visit import visit


class Refusal(Exception):  # noqa: N818 - it is no fault of the program
    """A launch, a reading or a sign-in that goes no further."""

    def __init__(self, key: str, status: int = 400) -> None:
        self.key = key
        self.status = status
        super().__init__(key)


async def refuse(request: Request, error: Exception) -> Response:
    """Say what was refused and what to do, as a page or as data."""
    assert isinstance(error, Refusal)
    here = visit(request)
    view = here.service.usual_view()
    words = here.service.words(view.language, view.audience)
    what, todo = words.text(f"smart.refused.{error.key}"), words.text(f"smart.do.{error.key}")
    wants_page = "text/html" in request.headers.get("accept", "*/*")
    if request.url.path.endswith(".json") or not wants_page:
        return JSONResponse({"error": what, "what_to_do": todo, "code": error.key}, error.status)
    return page("smart_refused.html.j2", here, view, status=error.status, error=what, what_to_do=todo)
