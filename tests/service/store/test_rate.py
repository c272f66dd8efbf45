"""The requests of an address are counted for all workers, with a write for a handful of them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from starlette.testclient import TestClient

from opentrd.service import rate
from opentrd.service.app import create_app
from opentrd.service.rate import MINUTE, Rate
from opentrd.service.settings import Limits, ServiceSettings
from opentrd.service.store import Store
from opentrd.service.store import tables as t
from opentrd.service.store.shared import take_requests

LIMIT = 200
HANDFUL = 2
FAR = 4_000_000_000


class Clock:
    """A moment that tests move on."""

    now = FAR - FAR % MINUTE + 13

    def time(self) -> float:
        return float(self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(rate, "time", made)
    return made


@pytest.fixture
def workers(address: str, clock: Clock) -> Iterator[list[TestClient]]:
    """Two workers of a service: two apps over one database."""
    limits = Limits(requests_per_minute=LIMIT)
    apps = [create_app(ServiceSettings(database=address, limits=limits)) for _ in range(2)]
    yield [TestClient(app, base_url="http://127.0.0.1:8321") for app in apps]
    for app in apps:
        app.state.service.close()


def asked(client: TestClient) -> int:
    return client.get("/static/app.css").status_code


def test_two_workers_let_through_what_one_may(workers: list[TestClient], clock: Clock) -> None:
    found = [asked(workers[n % 2]) for n in range(3 * LIMIT)]
    assert found.count(200) == LIMIT and set(found) == {200, 429}
    clock.now += MINUTE
    assert [asked(each) for each in workers] == [200, 200]


def test_what_a_worker_took_and_did_not_use_is_all_that_is_lost(workers: list[TestClient]) -> None:
    assert asked(workers[0]) == 200
    found = [asked(workers[1]) for _ in range(2 * LIMIT)]
    assert found.count(200) == LIMIT - HANDFUL
    assert [asked(workers[0]) for _ in range(HANDFUL)] == [200, 429]


def test_a_refusal_says_when_to_come_back(workers: list[TestClient]) -> None:
    for _ in range(LIMIT):
        asked(workers[0])
    refused = workers[0].get("/learn")
    assert refused.status_code == 429 and refused.headers["retry-after"] == str(MINUTE - 13)
    assert refused.headers["x-content-type-options"] == "nosniff"


def test_another_address_has_its_own_requests(workers: list[TestClient]) -> None:
    for _ in range(LIMIT + 1):
        asked(workers[0])
    elsewhere = TestClient(workers[0].app, base_url="http://127.0.0.1:8321", client=("10.0.0.7", 1))
    assert (asked(workers[0]), asked(elsewhere)) == (429, 200)


def test_many_at_once_take_a_handful_at_a_time(store: Store, clock: Clock) -> None:
    counted = Rate(LIMIT, store)
    found: list[int] = []

    async def ask() -> None:
        found.append(await counted.wait("a"))

    async def burst() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(LIMIT + 3):
                group.start_soon(ask)

    anyio.run(burst)
    assert sorted(found) == [0] * LIMIT + [MINUTE - 13] * 3


def test_the_store_counts_those_who_ask_together(store: Store) -> None:
    with ThreadPoolExecutor(4) as many:
        before = list(many.map(lambda _: take_requests(store, "10.0.0.7", FAR // MINUTE, 3), range(20)))
    assert sorted(before) == list(range(0, 60, 3))
    assert take_requests(store, "10.0.0.8", FAR // MINUTE, 3) == 0


def test_only_a_mark_is_kept_and_only_for_the_minute(store: Store) -> None:
    take_requests(store, "10.0.0.7", 1, 3)
    take_requests(store, "10.0.0.7", FAR // MINUTE, 3)
    with store.reading() as session:
        (kept,) = session.query(t.Rate).all()
    assert kept.taken == 3 and "10.0.0.7" not in kept.mark
