"""The worker of jobs: one thread that works off what is kept, also what an earlier run left unfinished.

Every part is written down as soon as it is done. A worker that is killed loses at most the part that it was
at: another one, or the next start of the service, goes on from there.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import msgspec

from opentrd.errors import InputError, OpenTRDError
from opentrd.present.json import to_json
from opentrd.service.api.answering import assessments
from opentrd.service.api.asking import Asked
from opentrd.service.api.given import Given, opened
from opentrd.service.api.refusals import CallRefusedError, as_told
from opentrd.service.service import LOG
from opentrd.service.store.jobs import LEASE, JobStore
from opentrd.service.store.store import new_id

if TYPE_CHECKING:
    from opentrd.service.service import Service
    from opentrd.service.store import tables as t

#: Seconds after which it looks again for what others left behind.
_LOOK: Final = LEASE / 2


class Jobs:
    """The jobs of a running service, and the thread that works them off."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.kept = JobStore(service.store)
        self._id = new_id()
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to work."""
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the part that is under way."""
        self._ended.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def wake(self) -> None:
        """Say that there is a new job."""
        self._wake.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._wake.clear()
            try:
                self.kept.forget_old()
                while not self._ended.is_set() and (job := self.kept.claim(self._id)) is not None:
                    self._work(job)
            except Exception as error:
                LOG.error("a job is interrupted: %s", type(error).__name__)
            self._wake.wait(_LOOK)

    def _work(self, job: t.Job) -> None:
        ask = msgspec.convert(job.asked, Asked)
        while not self._ended.is_set() and self.kept.hold(job.id, self._id):
            found = self.kept.next_part(job.id)
            if found is None:
                return
            number, name, body = found
            try:
                self.kept.keep_result(job.id, number, self._assessed(name, body, ask), refused=False)
            except OpenTRDError as error:
                self.kept.keep_result(job.id, number, _refused(name, number, error), refused=True)

    def _assessed(self, name: str, body: bytes, ask: Asked) -> bytes:
        words = ask.words(self._service)
        try:
            given = opened(body, name) if name.endswith(".json") else Given({name: body})
            made = [to_json(each, words, ask.texts) for each in assessments(given, ask, self._service)]
        except CallRefusedError as refusal:
            raise refusal.problem from None
        except Exception as error:
            if isinstance(error, OpenTRDError):
                raise
            LOG.error("a part of a job failed: %s", type(error).__name__)
            raise InputError(name, "", "an error of OpenTRD itself", "send this part alone") from None
        return b"\n".join((*made, b""))


def _refused(name: str, number: int, error: OpenTRDError) -> bytes:
    told = as_told(error) if isinstance(error, InputError) else {"error": str(error)}
    return msgspec.json.encode({"part": number + 1, "name": name, **told}) + b"\n"
