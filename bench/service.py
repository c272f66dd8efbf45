"""The service under load: assessments beside an endpoint that does nothing, in one run.

Two workers of uvicorn, two cores that the load generator shares. Requests come at a fixed rate, whatever the
answers do; each is timed from the moment at which it was due. No person is sent twice, so that nothing
remembered of a whole answer could help.
"""

from __future__ import annotations

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import httpx2 as httpx
import msgspec

from bench.persons import persons

RATE = 50
SECONDS = 10
WORKERS = 2
AIM_MS = 250
#: Requests before the measured ones: every worker reads its tables and messages at its first.
_WARM = 100
_TICKS = 1000 / os.sysconf("SC_CLK_TCK")


class Load(msgspec.Struct):
    """The milliseconds of each request, sorted, and the processor's milliseconds that a request took."""

    what: str
    times: list[float]
    cpu: float


def measure() -> list[Load]:
    """Return what an empty endpoint and assessments take."""
    made = persons()
    with _running("bench.empty:make_app") as (url, server):
        found = [_load("an empty endpoint", f"{url}/empty", made, server)]
    with _running("opentrd.service.asgi:make_app") as (url, server):
        url = f"{url}/assess?as_of=2026-07-01"
        found.append(_load("POST /assess, all samples", url, made, server))
        found.append(_load("the same without words", f"{url}&texts=false", made, server))
        found.append(_load("POST /assess, two-failures", url, persons("two-failures.json"), server))
    return found


def show(found: list[Load]) -> None:
    """Print one row for each."""
    what = f"{RATE} requests a second, {WORKERS} workers (aim: 99th under {AIM_MS} ms)"
    print(f"\n{what:62} {'median ms':>10} {'99th ms':>9} {'ratio':>7}  {'CPU ms':>6}  of")
    bare = statistics.median(found[0].times)
    for load in found:
        median, late = statistics.median(load.times), load.times[int(len(load.times) * 0.99)]
        ratio = median / bare
        print(f"{load.what:62} {median:10.2f} {late:9.2f} {ratio:7.1f}  {load.cpu:6.1f}  {found[0].what}")


@contextmanager
def _running(factory: str) -> Iterator[tuple[str, int]]:
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        settings = Path(folder) / "settings.toml"
        settings.write_text(f'folder = "{folder}"\nport = {port}\n[limits]\nrequests_per_minute = 1000000\n')
        command = [sys.executable, "-m", "bench.serving", factory, str(port), str(WORKERS)]
        server = subprocess.Popen(command, env={**os.environ, "OPENTRD_SETTINGS": str(settings)})
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url)
            yield url, server.pid
        finally:
            server.terminate()
            server.wait()


def _wait(url: str) -> None:
    for _ in range(300):
        try:
            httpx.get(f"{url}/openapi.json", timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            time.sleep(2)  # the other worker
            return
    raise RuntimeError("the service did not start")


def _load(what: str, url: str, made: Iterator[tuple[bytes, str]], server: int) -> Load:
    bodies = list(islice(made, _WARM + RATE * SECONDS))
    return asyncio.run(_asked(what, url, bodies, server))


async def _asked(what: str, url: str, bodies: list[tuple[bytes, str]], server: int) -> Load:
    """Ask at the rate, warmed up before."""
    limits = httpx.Limits(max_connections=100, keepalive_expiry=2)  # before the server itself ends them
    async with httpx.AsyncClient(limits=limits, timeout=600) as client:
        await asyncio.gather(*(_one(client, url, body, 0.0) for body in bodies[:_WARM]))
        start = time.perf_counter() + 0.1
        before = _cpu(server)
        due = [(start + n / RATE, body) for n, body in enumerate(bodies[_WARM:])]
        times = await asyncio.gather(*(_one(client, url, body, moment) for moment, body in due))
        return Load(what, sorted(times), (_cpu(server) - before) / len(times))


async def _one(client: httpx.AsyncClient, url: str, body: tuple[bytes, str], due: float) -> float:
    await asyncio.sleep(max(0.0, due - time.perf_counter()))
    answer = await client.post(url, content=body[0], headers={"content-type": body[1]})
    answer.raise_for_status()
    return (time.perf_counter() - due) * 1000


def _cpu(server: int) -> float:
    """Return the milliseconds of the processor that the workers used so far; no number but on Linux."""
    children = Path(f"/proc/{server}/task/{server}/children")
    if not children.exists():
        return float("nan")
    stats = [Path(f"/proc/{child}/stat").read_text() for child in children.read_text().split()]
    parts = [stat.rpartition(")")[2].split() for stat in stats]
    return sum((int(part[11]) + int(part[12])) * _TICKS for part in parts)


if __name__ == "__main__":
    show(measure())
