"""Several processes write to one database at once: everything that was acknowledged is there, once."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from multiprocessing.queues import Queue

from opentrd.service.store import Store

WRITERS = 3
EACH = 25


def _write(address: str, chart: str, writer: int, kept: Queue[tuple[str, int]]) -> None:
    store = Store(address)
    for n in range(EACH):
        store.save_answer(chart, f"q{writer}-{n}", n, "ana")
        store.save_answer(chart, "shared", f"{writer}-{n}", "ana")
        store.save_preferences(chart, {"a": 1.0 + writer, "b": 1.0 + writer}, "ana")
        store.add_follow_up(chart, 739800 + n, "sleep", {"writer": writer}, "ana")
        while True:
            draft = store.draft(chart)
            version = draft.version if draft else 0
            body = draft.body if draft else {}
            count = {**body, "saved": body.get("saved", 0) + 1}
            if store.save_draft(chart, count, "ana", version) is not None:
                break
    kept.put(("done", writer))
    store.close()


def test_nothing_is_lost_or_mixed_when_several_processes_write(address: str) -> None:
    store = Store(address)
    chart = store.add_chart("Ana", "form", "ana", {})
    store.save_draft(chart, {"saved": 0}, "ana")
    context = multiprocessing.get_context("spawn")
    kept: Queue[tuple[str, int]] = context.Queue()
    writers = [context.Process(target=_write, args=(address, chart, n, kept)) for n in range(WRITERS)]
    for process in writers:
        process.start()
    for process in writers:
        process.join(100)
    assert [process.exitcode for process in writers] == [0] * WRITERS

    answers = store.answers(chart)
    expected = {f"q{writer}-{n}": n for writer in range(WRITERS) for n in range(EACH)}
    assert {q: v for q, v in answers.items() if q != "shared"} == expected
    assert str(answers["shared"]).endswith(f"-{EACH - 1}")
    assert len(set(store.preferences(chart).values())) == 1
    assert Counter(entry.value["writer"] for entry in store.follow_ups(chart)) == dict.fromkeys(
        range(WRITERS), EACH
    )
    draft = store.draft(chart)
    assert draft is not None
    assert draft.body == {"saved": WRITERS * EACH}  # no saving was made upon a form that was out of date
    assert draft.version == WRITERS * EACH + 1
    noted = Counter(row.action for row in store.audit(chart))
    assert noted == {
        "create": 1,
        "answer": 2 * WRITERS * EACH,
        "preferences": WRITERS * EACH,
        "follow_up": WRITERS * EACH,
        "draft": WRITERS * EACH + 1,
    }
    store.close()
