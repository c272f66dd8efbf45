"""The web app: its doors, and what is said when something goes wrong.

``create_app(settings)`` gives an ASGI app; ``opentrd serve`` runs it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from opentrd.errors import InputError, OpenTRDError
from opentrd.service import api, hooks, pages, signin, smart
from opentrd.service.guard import HEADERS, Guard
from opentrd.service.hooks.tokens import Tokens
from opentrd.service.pages.refusals import refused
from opentrd.service.rate import Rate
from opentrd.service.service import LOG, Service
from opentrd.service.settings import ServiceSettings
from opentrd.service.smart.jobs import Readings
from opentrd.service.smart.refusal import Refusal, refuse
from opentrd.service.visit import ForgedRequestError, NotSignedInError
from opentrd.version import __version__

#: How many requests a process works on at a time: one keeps a core busy, more only take turns.
THREADS: Final = 4
_NOT_FOUND: Final = 404
STATIC: Final = Path(__file__).parent / "static"


def create_app(settings: ServiceSettings) -> FastAPI:
    """Return the web app of a service with these settings."""
    service = Service(settings)
    jobs = api.Jobs(service)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        jobs.start()
        yield
        jobs.stop()
        service.close()

    app = FastAPI(
        title="OpenTRD",
        version=__version__,
        description="Reads a person's record, says which treatments for depression were proper trials, what "
        "they did, and what could come next. It informs and does not decide.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.service = service
    app.state.cds_tokens = Tokens(settings, service.store)
    app.state.readings = Readings(service)
    app.state.jobs = jobs
    for part in (pages, api, hooks, smart, signin):
        app.include_router(part.router)
    api.describe(app)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(
        Guard, settings=settings, rate=Rate(settings.limits.requests_per_minute, service.store)
    )
    app.add_exception_handler(InputError, _bad_input)
    app.add_exception_handler(OpenTRDError, _bad_input)
    app.add_exception_handler(NotSignedInError, _not_signed_in)
    app.add_exception_handler(ForgedRequestError, _forged)
    app.add_exception_handler(Refusal, refuse)
    app.add_exception_handler(HTTPException, _not_there)
    app.add_exception_handler(Exception, _failed)
    return app


def wants_json(request: Request) -> bool:
    """Say whether a client asked for data and not for a page."""
    accepts = request.headers.get("accept", "*/*")
    path = request.url.path
    return path.endswith(".json") or "text/html" not in accepts


def _answer(request: Request, status: int, error: str, what_to_do: str = "") -> Response:
    if wants_json(request):
        return JSONResponse({"error": error, "what_to_do": what_to_do or None}, status)
    return refused(request, status, error, what_to_do)


async def _bad_input(request: Request, error: Exception) -> Response:
    if isinstance(error, InputError):
        place = ", ".join(part for part in (error.file, error.place) if part)
        return _answer(request, 422, f"{place}: {error.what}" if place else error.what, error.what_to_do)
    return _answer(request, 422, str(error))


async def _not_signed_in(request: Request, _: Exception) -> Response:
    if wants_json(request):
        return _answer(request, 401, "sign in first")
    return Response(status_code=303, headers={"location": "/sign-in"})


async def _forged(request: Request, _: Exception) -> Response:
    return _answer(
        request, 403, "the form is too old or came from elsewhere", "open the page anew and try again"
    )


async def _not_there(request: Request, error: Exception) -> Response:
    """Answer where there is nothing, or nothing that is opened like that."""
    assert isinstance(error, HTTPException)
    what = "there is no such page" if error.status_code == _NOT_FOUND else "this is no page to open"
    answer = _answer(request, error.status_code, what, "begin on the start page")
    answer.headers.update(error.headers or {})
    return answer


async def _failed(request: Request, error: Exception) -> Response:
    LOG.error("an error of the service itself: %s in %s", type(error).__name__, request.scope.get("route"))
    answer = _answer(
        request, 500, "an error of OpenTRD itself, not of your input", "nothing was lost; try again"
    )
    answer.headers.update(HEADERS)  # it does not pass by the guard any more
    return answer
