"""Readings under way: each in a thread of its own, so that a page can say how far it is.

They live in this process alone: tokens are not written down for them, and a reading that was cut off is
simply begun again.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from opentrd.service.service import LOG, Service
from opentrd.service.settings import SmartServer
from opentrd.service.smart.flow import Opening, keep_refresh_token
from opentrd.service.smart.reading import Access, Progress, Taken, read_record
from opentrd.service.smart.refusal import Refusal
from opentrd.service.smart.server import registered, renew
from opentrd.service.store.store import new_id

if TYPE_CHECKING:
    from opentrd.service.visit import Visit

#: Readings that run at the same time, and those remembered.
AT_ONCE: Final = 4
_MOST: Final = 500


class Job:
    """One reading of a record into a chart."""

    def __init__(self, visit: Visit, opening: Opening, patient: str, chart: str | None) -> None:
        self.id = new_id()
        self.session = visit.session.id
        self.account = visit.account
        self.everyone = visit.clinician
        self.patient = patient
        self.opening = opening
        self.chart = chart
        self.progress = Progress()
        self.missing: dict[str, str] = {}
        self.failure: str | None = None
        self.ended = threading.Event()
        self.begun = time.monotonic()

    @property
    def target(self) -> str:
        """Where the finished chart is shown."""
        return f"/chart/{self.chart}?for={self.opening.audience}&language={self.opening.language}"


class Readings:
    """All readings of a service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._places = threading.Semaphore(AT_ONCE)
        self._jobs: OrderedDict[str, Job] = OrderedDict()

    def begin(self, visit: Visit, opening: Opening, patient: str, chart: str | None = None) -> Job:
        """Begin to read a person's record; into ``chart`` where it was read before."""
        job = Job(visit, opening, patient, chart)
        if opening.refresh_token is not None:
            keep_refresh_token(self._service, job.session, opening.iss, patient, opening.refresh_token)
        self._jobs[job.id] = job
        while len(self._jobs) > _MOST:
            self._jobs.popitem(last=False)
        threading.Thread(target=self._run, args=(job,), name="smart-reading", daemon=True).start()
        return job

    def find(self, job: str, visit: Visit) -> Job:
        """Return a reading of this visit. Raises ``Refusal`` for any other."""
        found = self._jobs.get(job)
        if found is None or found.session != visit.session.id:
            raise Refusal("no_reading", 404)
        return found

    def _run(self, job: Job) -> None:
        try:
            with self._places:
                self._read(job)
        except Refusal as refusal:
            job.failure = refusal.key
        except Exception as error:
            LOG.error("a reading ended with an error of the service itself: %s", type(error).__name__)
            job.failure = "failed"
        job.opening = without_tokens(job.opening)
        job.ended.set()

    def _read(self, job: Job) -> None:
        server = registered(self._service.settings, job.opening.iss)
        access = Access(job.opening.iss, job.opening.access_token, lambda: self._renewed(job, server))
        try:
            taken = read_record(access, job.patient, job.progress)
        finally:
            access.close()
        self._store(job, taken)

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
        job.chart, job.missing = chart, taken.missing


def without_tokens(opening: Opening) -> Opening:
    """Return an opening whose tokens are forgotten."""
    return Opening(
        iss=opening.iss,
        endpoints=opening.endpoints,
        access_token="",
        audience=opening.audience,
        language=opening.language,
        patient=opening.patient,
    )
