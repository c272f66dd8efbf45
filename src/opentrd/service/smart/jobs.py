"""Readings under way: each in a thread of its own, so that a page can say how far it is.

How far each is stands in the store, so that any worker can show it. Tokens stay in the process that reads: a
reading that was cut off is simply begun again.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import msgspec

from opentrd.service.service import LOG, Service
from opentrd.service.settings import SmartServer
from opentrd.service.smart.flow import Opening, keep_refresh_token
from opentrd.service.smart.reading import Access, Progress, Taken, read_record
from opentrd.service.smart.refusal import Refusal
from opentrd.service.smart.server import registered, renew
from opentrd.service.store import tables as t
from opentrd.service.store.shared import ReadingStore

if TYPE_CHECKING:
    from opentrd.service.visit import Visit

#: Readings that run at the same time in one process.
AT_ONCE: Final = 4
#: How often a reading says how far it is (seconds).
_TELL_SECONDS: Final = 0.5


class Job:
    """One reading of a record into a chart, as the thread that does it knows it."""

    def __init__(self, visit: Visit, opening: Opening, patient: str, chart: str | None, id_: str) -> None:
        self.id = id_
        self.session = visit.session.id
        self.account = visit.account
        self.everyone = visit.clinician
        self.patient = patient
        self.opening = opening
        self.chart = chart
        self.progress = Progress()
        self.ended = threading.Event()


class Readings:
    """All readings of a service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._kept = ReadingStore(service.store)
        self._places = threading.Semaphore(AT_ONCE)

    def begin(self, visit: Visit, opening: Opening, patient: str, chart: str | None = None) -> str:
        """Begin to read a person's record (into ``chart``, where it was read before); return the id."""
        reading = self._kept.add(visit.session.id, opening.audience, opening.language, chart)
        job = Job(visit, opening, patient, chart, reading)
        if opening.refresh_token is not None:
            keep_refresh_token(self._service, job.session, opening.iss, patient, opening.refresh_token)
        for work in (self._run, self._tell):
            threading.Thread(target=work, args=(job,), name="smart-reading", daemon=True).start()
        return reading

    def find(self, reading: str, visit: Visit) -> t.Reading:
        """Return how far a reading of this visit is. Raises ``Refusal`` for any other."""
        found = self._kept.find(reading, visit.session.id)
        if found is None:
            raise Refusal("no_reading", 404)
        return found

    def _tell(self, job: Job) -> None:
        """Say how far a reading is until it ends: also while it waits for its place or for the server."""
        while not job.ended.wait(_TELL_SECONDS):
            self._kept.tell(job.id, msgspec.to_builtins(job.progress))

    def _run(self, job: Job) -> None:
        failure, missing = None, dict[str, str]()
        try:
            with self._places:
                missing = self._read(job)
        except Refusal as refusal:
            failure = refusal.key
        except Exception as error:
            LOG.error("a reading ended with an error of the service itself: %s", type(error).__name__)
            failure = "failed"
        job.ended.set()
        progress = msgspec.to_builtins(job.progress)
        self._kept.end(job.id, progress, chart=job.chart, missing=missing, failure=failure)

    def _read(self, job: Job) -> dict[str, str]:
        server = registered(self._service.settings, job.opening.iss)
        access = Access(job.opening.iss, job.opening.access_token, lambda: self._renewed(job, server))
        try:
            taken = read_record(access, job.patient, job.progress)
        finally:
            access.close()
        self._store(job, taken)
        return taken.missing

    def _renewed(self, job: Job, server: SmartServer) -> str | None:
        if job.opening.refresh_token is None:
            return None
        grant = renew(server, job.opening.endpoints, job.opening.refresh_token)
        keep_refresh_token(self._service, job.session, job.opening.iss, job.patient, grant.refresh_token)
        return grant.access_token

    def _store(self, job: Job, taken: Taken) -> None:
        store = self._service.store
        iss = job.opening.iss
        chart = job.chart or store.linked_chart(iss, job.patient, job.account, everyone=job.everyone)
        if chart is None:
            chart = store.add_chart(taken.label, "smart", job.account, taken.sources, job.patient)
        else:
            store.replace_sources(chart, job.account, taken.sources)
        store.save_link(chart, iss, job.patient, taken.missing)
        job.chart = chart
