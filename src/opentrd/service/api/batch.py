"""``POST /assess/batch``: a panel of persons, assessed in the background; ``/jobs/{id}``: how far it is."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from opentrd.errors import InputError
from opentrd.service.api.asking import Asking
from opentrd.service.api.caller import Calling
from opentrd.service.api.described import BATCH, DELETED, JOB, RESULT
from opentrd.service.api.given import LINES, media_type
from opentrd.service.api.jobs import Jobs
from opentrd.service.api.refusals import ApiRoute, CallRefusedError
from opentrd.service.store.jobs import KEPT, Progress
from opentrd.service.unpack import unpack

if TYPE_CHECKING:
    from opentrd.service.settings import Limits

router = APIRouter(route_class=ApiRoute, tags=["Many persons"])

_ZIP: Final = ("application/zip", "application/x-zip-compressed")
#: So many parts a job has at most, and so many jobs an account has under way.
_PARTS: Final = 20_000
_JOBS: Final = 5
_AGAIN: Final = {"retry-after": "1"}


class _Line(msgspec.Struct, rename={"resource_type": "resourceType"}):
    resource_type: str | None = None


_lines: Final = msgspec.json.Decoder(_Line)


async def panel(request: Request) -> list[tuple[str, bytes]]:
    """Return the parts of a body: lines, or files of an archive. Refuses what holds none."""
    kind = media_type(request, (*LINES, *_ZIP))
    body = await request.body()
    limits: Limits = request.app.state.service.settings.limits
    parts = _files(body, limits) if kind in _ZIP else _persons(body)
    if not parts:
        raise CallRefusedError(400, "the body is empty", "send a person a line, or a ZIP of records")
    if len(parts) > _PARTS:
        raise CallRefusedError(413, f"these are more than {_PARTS} parts", "send them as several jobs")
    return parts


@router.post("/assess/batch", response_class=Response, status_code=202, **BATCH)
def begin(
    request: Request,
    account: Calling,
    ask: Asking,
    parts: Annotated[list[tuple[str, bytes]], Depends(panel)],
) -> Response:
    """Keep a panel of persons to be assessed in the background, and say where to ask for it."""
    jobs: Jobs = request.app.state.jobs
    if jobs.kept.unfinished(account) >= _JOBS:
        raise CallRefusedError(429, f"{_JOBS} jobs are under way", "wait until one is done, or delete one")
    job = jobs.kept.add(account, msgspec.to_builtins(ask), parts)
    jobs.wake()
    progress = _progress(request, job, account, "job_read")
    return JSONResponse(_told(progress), 202, {"location": f"/jobs/{job}", **_AGAIN})


@router.get("/jobs/{job}", response_class=Response, **JOB)
def show(job: str, request: Request, account: Calling) -> Response:
    """Say how far a job is."""
    progress = _progress(request, job, account, "job_read")
    return JSONResponse(_told(progress), headers=None if progress.state == "done" else _AGAIN)


@router.get("/jobs/{job}/result", response_class=Response, **RESULT)
def result(job: str, request: Request, account: Calling) -> Response:
    """Give the assessments of a job that is done: in the order of its parts, one object a line."""
    progress = _progress(request, job, account, "job_result")
    if progress.state != "done":
        raise CallRefusedError(409, "the job is not done yet", f"ask /jobs/{job} how far it is", "job")
    jobs: Jobs = request.app.state.jobs
    return StreamingResponse(jobs.kept.results(job), media_type=LINES[1])


@router.delete("/jobs/{job}", response_class=Response, status_code=204, **DELETED)
def forget(job: str, request: Request, account: Calling) -> Response:
    """Forget a job with all that it was given and made."""
    _progress(request, job, account, "job_delete_asked")
    jobs: Jobs = request.app.state.jobs
    jobs.kept.delete(job, account)
    return Response(status_code=204)


def _progress(request: Request, job: str, account: str, action: str) -> Progress:
    jobs: Jobs = request.app.state.jobs
    found = jobs.kept.progress(job, account, action)
    if found is None:
        raise CallRefusedError(404, "there is no such job of this account", "jobs are kept for a day", "job")
    return found


def _told(progress: Progress) -> dict[str, Any]:
    job = progress.job
    return {
        "job": job.id,
        "state": progress.state,
        "parts": job.parts,
        "done": progress.done,
        "refused": progress.refused,
        "created": _moment(job.created),
        "kept_until": _moment(job.created + KEPT),
        "result": f"/jobs/{job.id}/result" if progress.state == "done" else None,
    }


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _persons(body: bytes) -> list[tuple[str, bytes]]:
    """Return one part a line. Lines of single FHIR resources are one record together."""
    lines = [line for line in io.BytesIO(body.removeprefix(b"\xef\xbb\xbf")) if line.strip()]
    if lines and all(_is_resource(line) for line in lines):
        return [("record.ndjson", body)]
    return [(f"line-{number}.json", line) for number, line in enumerate(lines, start=1)]


def _is_resource(line: bytes) -> bool:
    """Say whether a line is a resource that is only a part of a record."""
    try:
        kind = _lines.decode(line).resource_type
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False
    return kind is not None and kind not in ("Bundle", "Parameters")


def _files(body: bytes, limits: Limits) -> list[tuple[str, bytes]]:
    try:
        return list(unpack([("panel.zip", body)], limits).items()) if body else []
    except InputError as error:
        raise CallRefusedError(400, error.what, error.what_to_do, error.place, error.file) from None
