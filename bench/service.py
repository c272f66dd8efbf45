"""The service under load: assessments beside an endpoint that does nothing, in one run.

Two workers of uvicorn, two cores that the load generator shares. Requests come at a fixed rate, whatever the
answers do; each is timed from the moment at which it was due.
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
from pathlib import Path

import httpx2 as httpx

from bench.record import SAMPLES

RATE = 50
SECONDS = 10
WORKERS = 2
AIM_MS = 250


def measure() -> list[tuple[str, list[float]]]:
    """Return the milliseconds of each request, sorted, of the empty endpoint and of an assessment."""
    record = (SAMPLES / "two-failures.json").read_bytes()
    with _running("bench.empty:make_app") as url:
        empty = asyncio.run(_load(f"{url}/empty", record))
    with _running("opentrd.service.asgi:make_app") as url:
        whole = asyncio.run(_load(f"{url}/assess?as_of=2026-07-01", record))
        data = asyncio.run(_load(f"{url}/assess?as_of=2026-07-01&texts=false", record))
    return [("an empty endpoint", empty), ("POST /assess", whole), ("the same without words", data)]


def show(found: list[tuple[str, list[float]]]) -> None:
    """Print one row for each."""
    bare = statistics.median(found[0][1])
    what = f"{RATE} requests a second, {WORKERS} workers"
    print(f"\n{what:62} {'median ms':>10} {'99th ms':>9} {'ratio':>7}  of")
    for what, times in found:
        late = times[min(len(times) - 1, int(len(times) * 0.99))]
        aim = f" (aim: 99th under {AIM_MS} ms)" if what == "POST /assess" else ""
        ratio = statistics.median(times) / bare
        print(f"{what + aim:62} {statistics.median(times):10.2f} {late:9.2f} {ratio:7.1f}  an empty endpoint")


@contextmanager
def _running(factory: str) -> Iterator[str]:
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        settings = Path(folder) / "settings.toml"
        settings.write_text(f'folder = "{folder}"\nport = {port}\n[limits]\nrequests_per_minute = 1000000\n')
        command = [sys.executable, "-m", "uvicorn", "--factory", factory, "--port", str(port)]
        command += ["--workers", str(WORKERS), "--log-level", "error", "--no-access-log"]
        server = subprocess.Popen(command, env={**os.environ, "OPENTRD_SETTINGS": str(settings)})
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url)
            yield url
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


async def _load(url: str, body: bytes) -> list[float]:
    """Ask at the rate; warmed up before, since every worker reads its tables at its first request."""
    headers = {"content-type": "application/json"}
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    async with httpx.AsyncClient(limits=limits, timeout=60, headers=headers) as client:
        await asyncio.gather(*(_one(client, url, body, 0.0) for _ in range(20)))
        start = time.perf_counter() + 0.1
        due = [start + n / RATE for n in range(RATE * SECONDS)]
        return sorted(await asyncio.gather(*(_one(client, url, body, moment) for moment in due)))


async def _one(client: httpx.AsyncClient, url: str, body: bytes, due: float) -> float:
    await asyncio.sleep(max(0.0, due - time.perf_counter()))
    answer = await client.post(url, content=body)
    answer.raise_for_status()
    return (time.perf_counter() - due) * 1000


if __name__ == "__main__":
    show(measure())
