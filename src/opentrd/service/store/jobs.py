"""Jobs in the database: kept for a day, worked off part by part, for the account alone that made them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import delete, func, or_, select, update

from opentrd.service.store import tables as t
from opentrd.service.store.store import new_id, now

if TYPE_CHECKING:
    from opentrd.service.store.store import Store

#: Seconds after which a job and its result are forgotten.
KEPT: Final = 24 * 3600
#: Seconds for which a worker that says nothing more is waited for.
LEASE: Final = 20


class Progress(msgspec.Struct, frozen=True):
    """How far a job is."""

    job: t.Job
    done: int
    refused: int

    @property
    def state(self) -> str:
        """Whether it waits, runs or is done."""
        if self.done == self.job.parts:
            return "done"
        return "running" if self.job.worker is not None else "waiting"


class JobStore:
    """The jobs of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, account: str, asked: dict[str, Any], parts: Sequence[tuple[str, bytes]]) -> str:
        """Keep a new job and return its id."""
        job = new_id()
        with self._store.transaction() as session:
            session.add(
                t.Job(
                    id=job,
                    account=account,
                    asked=asked,
                    parts=len(parts),
                    created=now(),
                    worker=None,
                    until=0,
                )
            )
            session.flush()
            for number, (name, body) in enumerate(parts):
                packed = zlib.compress(body, 1)
                session.add(
                    t.JobPart(job=job, number=number, name=name, body=packed, result=None, refused=False)
                )
            session.add(_note(account, "job_create", job))
        return job

    def progress(self, job: str, account: str, action: str) -> Progress | None:
        """Return how far a job of an account is, and note the access."""
        with self._store.transaction() as session:
            found = session.get(t.Job, job)
            if found is None or found.account != account:
                return None
            session.add(_note(account, action, job))
            done, refused = session.execute(
                select(
                    func.count(t.JobPart.number), func.count(t.JobPart.number).filter(t.JobPart.refused)
                ).where(t.JobPart.job == job, t.JobPart.result.is_not(None))
            ).one()
            return Progress(found, done, refused)

    def results(self, job: str) -> Iterator[bytes]:
        """Give the results of a job in the order of its parts, without holding all of them."""
        number = -1
        while True:
            with self._store.reading() as session:
                query = select(t.JobPart.number, t.JobPart.result).where(
                    t.JobPart.job == job, t.JobPart.number > number
                )
                found = session.execute(query.order_by(t.JobPart.number).limit(1)).one_or_none()
            if found is None:
                return
            number, result = found
            yield zlib.decompress(result or b"")

    def delete(self, job: str, account: str) -> None:
        """Forget a job with all its parts."""
        with self._store.transaction() as session:
            session.execute(delete(t.JobPart).where(t.JobPart.job == job))
            session.execute(delete(t.Job).where(t.Job.id == job))
            session.add(_note(account, "job_delete", job))
        self._store.overwrite()

    def unfinished(self, account: str) -> int:
        """Return how many jobs of an account are not done yet."""
        with self._store.reading() as session:
            open_parts = select(t.JobPart.job).where(t.JobPart.result.is_(None))
            query = select(func.count()).where(t.Job.account == account, t.Job.id.in_(open_parts))
            return int(session.scalar(query) or 0)

    def forget_old(self) -> None:
        """Forget the jobs whose day is over."""
        with self._store.reading() as session:
            query = select(t.Job.id, t.Job.account).where(t.Job.created < now() - KEPT)
            old = session.execute(query).all()
        for job, account in old:
            self.delete(job, account)

    # What a worker does

    def claim(self, worker: str) -> t.Job | None:
        """Give a worker a job that nobody works on, the oldest first."""
        with self._store.reading() as session:
            open_parts = select(t.JobPart.job).where(t.JobPart.result.is_(None))
            free = or_(t.Job.until < now(), t.Job.worker == worker)
            query = select(t.Job.id).where(free, t.Job.id.in_(open_parts)).order_by(t.Job.created, t.Job.id)
            waiting = list(session.scalars(query))
        for job in waiting:
            if self.hold(job, worker):
                with self._store.reading() as session:
                    return session.get(t.Job, job)
        return None

    def hold(self, job: str, worker: str) -> bool:
        """Take a job for the next while; false where another has it, or where it is gone."""
        free = or_(t.Job.until < now(), t.Job.worker == worker)
        with self._store.transaction() as session:
            change = update(t.Job).where(t.Job.id == job, free).values(worker=worker, until=now() + LEASE)
            return session.execute(change.returning(t.Job.id)).one_or_none() is not None

    def next_part(self, job: str) -> tuple[int, str, bytes] | None:
        """Return the first part that was not worked off: its number, name and body."""
        with self._store.reading() as session:
            query = select(t.JobPart).where(t.JobPart.job == job, t.JobPart.result.is_(None))
            found = session.scalar(query.order_by(t.JobPart.number).limit(1))
        return None if found is None else (found.number, found.name, zlib.decompress(found.body or b""))

    def keep_result(self, job: str, number: int, result: bytes, *, refused: bool) -> None:
        """Keep what became of a part, and forget what it was made of."""
        with self._store.transaction() as session:
            session.execute(
                update(t.JobPart)
                .where(t.JobPart.job == job, t.JobPart.number == number)
                .values(body=None, result=zlib.compress(result, 1), refused=refused)
            )


def _note(account: str, action: str, job: str) -> t.Audit:
    return t.Audit(moment=now(), account=account, action=action, chart=job)
