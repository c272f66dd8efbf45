"""Killed at any moment and called again, the reading of an export ends as one that nobody disturbed.

A process forks for each kill (sparing the start of Python), and its child kills itself at the nth thing that
it does to a file or folder: so every moment can be asked for, the last ones too.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from opentrd.errors import InputError
from opentrd.records.bulk import convert
from tests.records.bulk.exports import SAMPLES, converted, export, of_bundle, tables

#: Kills at random before the tables are whole, and after it.
KILLS, LATE = 4, 4

RUN = """
import os, signal, sys
from pathlib import Path
from tests.records.bulk.exports import converted

sys.dont_write_bytecode = True
DONE = {"os.mkdir", "os.rename", "os.remove", "os.rmdir"}

def run(kill_at):
    done = 0
    merged = 0
    def watch(event, arguments):
        nonlocal done, merged
        if event in DONE:
            done += 1
            if done == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            if event == "os.rename" and Path(arguments[1]) == out / "unused.parquet":
                merged = done
    sys.addaudithook(watch)
    converted(source, out, memory_mb=1)
    print(merged, done, flush=True)

source, out = map(Path, sys.argv[1:])
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        run(int(line))
        os._exit(0)
    killed = os.waitpid(child, 0)[1] != 0
    if killed:
        print("killed", flush=True)
"""


class Runs:
    """Runs in a process of its own: whole, or killed at the nth thing done to a file or folder."""

    def __init__(self, source: Path, out: Path) -> None:
        command = [sys.executable, "-c", RUN, str(source), str(out)]
        self._process = subprocess.Popen(command, stdin=-1, stdout=-1, text=True)

    def run(self, kill_at: int = 0) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(kill_at, file=self._process.stdin, flush=True)
        return self._process.stdout.readline().strip()

    def __enter__(self) -> Runs:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def small_export(folder: Path) -> Path:
    return export(folder, [one for path in SAMPLES[:5] for one in of_bundle(path)])


def test_a_reading_that_is_killed_ends_as_one_that_was_not(tmp_path: Path) -> None:
    source = small_export(tmp_path / "export")
    want = converted(source, tmp_path / "undisturbed", memory_mb=1)
    out = tmp_path / "out"
    out.mkdir()
    with Runs(source, out) as runs:
        merged, done = map(int, runs.run().split())
        chance = random.Random(5)
        late = chance.sample(range(merged + 1, done), LATE)
        for kill_at in [*chance.sample(range(1, merged), KILLS), *late, done]:
            assert runs.run(kill_at) == "killed"
            assert converted(source, out, memory_mb=1) == want, kill_at
            assert tables(out) == tables(tmp_path / "undisturbed"), kill_at
    assert sorted(path.name for path in out.iterdir()) == sorted(
        path.name for path in (tmp_path / "undisturbed").iterdir()
    )


def test_lines_that_are_gone_are_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, out = small_export(tmp_path / "export"), tmp_path / "out"
    with monkeypatch.context() as stopped, pytest.raises(KeyboardInterrupt):
        stopped.setattr(convert, "_set_aside", stop)
        converted(source, out, memory_mb=1)
    shutil.rmtree(out / convert.WORK / "tables" / "b00000")
    with pytest.raises(InputError, match=r"\.reading: .* lines .* \(remove this folder and start again\)"):
        converted(source, out, memory_mb=1)


def stop(*_: object) -> None:
    raise KeyboardInterrupt
