"""Jobs: worked off part by part, by one worker at a time, for the account alone that made them."""

from __future__ import annotations

import pytest

from opentrd.service.store import Store
from opentrd.service.store import jobs as kept
from opentrd.service.store import tables as t
from opentrd.service.store.jobs import JobStore
from opentrd.service.store.store import now

PARTS = [("a", b"first"), ("b", b"second"), ("c", b"third")]


def test_a_job_is_worked_off_in_its_order_and_forgets_what_it_was_given(store: Store) -> None:
    jobs = JobStore(store)
    job = jobs.add("ana", {"texts": True}, PARTS)
    claimed = jobs.claim("w1")
    assert claimed is not None
    assert (claimed.id, claimed.asked) == (job, {"texts": True})
    seen = []
    while (part := jobs.next_part(job)) is not None:
        number, name, body = part
        seen.append((number, name, body))
        progress = jobs.progress(job, "ana", "job_read")
        assert progress is not None
        assert (progress.state, progress.done) == ("running", number)
        jobs.keep_result(job, number, body.upper(), refused=number == 1)
    assert seen == [(0, "a", b"first"), (1, "b", b"second"), (2, "c", b"third")]
    progress = jobs.progress(job, "ana", "job_read")
    assert progress is not None
    assert (progress.state, progress.done, progress.refused) == ("done", 3, 1)
    assert list(jobs.results(job)) == [b"FIRST", b"SECOND", b"THIRD"]
    with store.reading() as session:
        assert [body for (body,) in session.query(t.JobPart.body)] == [None] * 3
    assert jobs.claim("w1") is None
    assert jobs.unfinished("ana") == 0


def test_only_one_worker_holds_a_job_until_it_says_nothing_more(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = JobStore(store)
    job = jobs.add("ana", {}, PARTS)
    assert jobs.claim("w1") is not None
    assert jobs.claim("w2") is None
    assert jobs.hold(job, "w1")
    assert not jobs.hold(job, "w2")
    later = now() + kept.LEASE + 1
    monkeypatch.setattr(kept, "now", lambda: later)
    taken = jobs.claim("w2")
    assert taken is not None
    assert taken.id == job
    assert not jobs.hold(job, "w1")


def test_a_job_is_there_for_its_account_alone_and_every_access_is_noted(store: Store) -> None:
    jobs = JobStore(store)
    job = jobs.add("ana", {}, PARTS)
    assert jobs.progress(job, "ben", "job_read") is None
    assert jobs.progress("another", "ana", "job_read") is None
    assert jobs.progress(job, "ana", "job_read") is not None
    jobs.delete(job, "ana")
    assert jobs.progress(job, "ana", "job_read") is None
    assert [row.action for row in store.audit(job)] == ["job_create", "job_read", "job_delete"]
    assert not jobs.hold(job, "w1")


def test_jobs_are_forgotten_after_a_day(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = JobStore(store)
    old = jobs.add("ana", {}, PARTS)
    later = now() + kept.KEPT + 1
    monkeypatch.setattr(kept, "now", lambda: later)
    young = jobs.add("ana", {}, PARTS)
    jobs.forget_old()
    assert jobs.progress(old, "ana", "job_read") is None
    assert jobs.progress(young, "ana", "job_read") is not None
    assert store.count(t.JobPart) == len(PARTS)
