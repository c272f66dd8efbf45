"""A server that is killed at any moment loses nothing that it said it had saved.

A hundred times: the real server runs, somebody saves the form, answers and follow-ups, and the process is
killed (SIGKILL) at a random moment. After each restart everything that was acknowledged is there.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

import httpx2 as httpx

from opentrd.service.settings import ServiceSettings
from opentrd.service.store import Store

KILLS = 100
#: A server is killed at most so many seconds after it began to start.
LONGEST = 0.5
REPO = Path(__file__).parents[3]
SHEET = b"what,name,dose,from,to,helped\ntreatment,sertraline,?,2023-03-01,2023-08-01,not at all\n"
QUESTION = "dose:sertraline-2023-03"


class Server:
    """The server under test, and how to begin it anew."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "tests.service.store.nursery", str(folder)]
        self._nursery = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPO
        )
        self.url = f"http://127.0.0.1:{int(self._told())}"
        self.pid = 0

    def start(self) -> None:
        """Begin a server."""
        given: IO[str] = self._nursery.stdin  # type: ignore[assignment]
        given.write("start\n")
        given.flush()
        self.pid = int(self._told())

    def kill_and_start(self) -> None:
        """Kill it, wherever it is, and begin it anew when it is gone: who called meanwhile waits for that."""
        os.kill(self.pid, signal.SIGKILL)
        assert int(self._told()) == -signal.SIGKILL
        self.start()

    def end(self) -> None:
        """Let go of all."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
        self._nursery.kill()
        self._nursery.communicate()

    def _told(self) -> str:
        given: IO[str] = self._nursery.stdout  # type: ignore[assignment]
        return given.readline()


class Person:
    """Somebody who saves, and remembers what was acknowledged and what was under way."""

    def __init__(self, server: Server) -> None:
        self.client = httpx.Client(base_url=server.url, timeout=20, headers={"accept": "text/html"})
        page = self.client.get("/")
        found = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert found is not None, page.text
        self.csrf = found[1]
        self.form = self._made(self.client.post("/write", data={"csrf": self.csrf}), "write")
        files = {"files": ("sheet.csv", SHEET, "text/csv")}
        opened = self.client.post("/open", data={"csrf": self.csrf}, files=files)
        self.chart = self._made(opened, "chart")
        self.count = 0
        self.saved: dict[str, list[int]] = {"draft": [], "answer": [], "follow_up": []}
        self.under_way: tuple[str, int] | None = None
        self._ways: dict[str, Callable[[int], httpx.Response]] = {
            "draft": self._save_draft,
            "answer": self._save_answer,
            "follow_up": self._save_follow_up,
        }

    def save(self, kind: str) -> None:
        """Save one thing; it counts as saved when the server says so."""
        self.count += 1
        self.under_way = (kind, self.count)
        answer = self._ways[kind](self.count)
        assert answer.status_code in (200, 303), (kind, answer.status_code, answer.text[:500])
        self.saved[kind].append(self.count)
        self.under_way = None

    def _save_draft(self, n: int) -> httpx.Response:
        version = self.client.get(f"/write/{self.form}.json").json()["version"]
        fields = [["treatments.0.name", "sertraline"], ["treatments.0.dose", f"{n} mg"]]
        return self.client.put(
            f"/write/{self.form}/draft",
            json={"version": version, "fields": fields},
            headers={"x-csrf-token": self.csrf},
        )

    def _save_answer(self, n: int) -> httpx.Response:
        return self.client.post(f"/chart/{self.chart}/answers", data={"csrf": self.csrf, QUESTION: str(n)})

    def _save_follow_up(self, n: int) -> httpx.Response:
        return self.client.post(f"/chart/{self.chart}/follow", data={"csrf": self.csrf, "plan": f"plan {n}"})

    def _made(self, answer: httpx.Response, part: str) -> str:
        assert answer.status_code == 303, answer.text[:500]
        found = re.match(rf"/{part}/([^?/]+)", answer.headers["location"])
        assert found is not None, answer.headers["location"]
        return found[1]


def check(store: Store, person: Person) -> None:
    """What was acknowledged is there; beside it at most what was under way when the server was killed."""
    more = {person.under_way[0]: [person.under_way[1]]} if person.under_way else {}
    plans = sorted(int(entry.value["text"].split()[1]) for entry in store.follow_ups(person.chart))
    assert plans in (person.saved["follow_up"], person.saved["follow_up"] + more.get("follow_up", []))
    kept: dict[str, list[int]] = {"follow_up": plans}

    draft = store.draft(person.form)
    kept["draft"] = [int(draft.body["treatments"][0]["dose"].split()[0])] if draft else []
    kept["answer"] = [int(store.answers(person.chart)[QUESTION])] if store.answers(person.chart) else []
    for kind in ("draft", "answer"):
        last = person.saved[kind][-1:]
        assert kept[kind] in (last, more.get(kind, last)), kind
    for kind, found in more.items():  # what was kept without an answer counts from now on
        if kept[kind][-1:] == found:
            person.saved[kind] += found
    person.under_way = None


def test_a_hundred_kills_lose_nothing_that_was_saved(tmp_path: Path) -> None:
    chance = random.Random(20261123)
    server = Server(tmp_path)
    try:
        server.start()
        person = Person(server)
        store = Store(ServiceSettings(folder=str(tmp_path)).database_url)
        cut_off = 0
        for _ in range(KILLS):
            killer = threading.Timer(chance.uniform(0, LONGEST), server.kill_and_start)
            killer.start()
            while killer.is_alive():
                try:
                    person.save(chance.choice(("draft", "answer", "follow_up")))
                except httpx.TransportError:
                    cut_off += 1
                    break
            killer.join()
            check(store, person)
        person.save("answer")
        check(store, person)
        assert min(len(saved) for saved in person.saved.values()) > KILLS // 10
        assert cut_off > KILLS // 4  # the kills came in the middle of savings
        store.close()
    finally:
        server.end()
