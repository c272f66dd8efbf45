"""Processes that share work never outlive the one that started them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: Seconds that a process may take to be there, and to be gone.
PATIENCE = 30

OF_A_POOL = """
from opentrd.processes import pool
with pool(2) as workers:
    list(workers.map(wait_for_ever, [1, 2]))
"""
OF_AN_EXPORT = """
from opentrd.records.bulk.pool import run
list(run(wait_for_ever, [1, 2], dict, 2, abs))
"""


def wait_for_ever(*_: object) -> None:
    sys.stdout.write(f"{os.getpid()}\n")
    sys.stdout.flush()
    time.sleep(600)


def is_there(process: int) -> bool:
    """Say whether a process lives; one that nobody waited for is as good as gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("code", [OF_A_POOL, OF_AN_EXPORT], ids=["pool", "export"])
def test_they_leave_when_it_is_killed(code: str) -> None:
    code = f"from tests.test_processes import wait_for_ever\nif __name__ == '__main__':\n{indented(code)}"
    started = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert started.stdout is not None
    own = [int(line) for line in (started.stdout.readline() for _ in range(2))]
    assert all(is_there(process) for process in own)
    started.kill()
    started.wait()
    until = time.monotonic() + PATIENCE
    while any(is_there(process) for process in own) and time.monotonic() < until:
        time.sleep(0.05)
    left = [process for process in own if is_there(process)]
    for process in left:
        os.kill(process, 9)
    assert not left


def indented(code: str) -> str:
    return "".join(f"    {line}\n" for line in code.strip().splitlines())


def test_nobody_starts_others() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py")}
    named = {path.name for path, text in texts.items() if "ProcessPoolExecutor" in text}
    assert named == {"processes.py"}
