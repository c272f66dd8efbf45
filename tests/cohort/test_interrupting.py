"""Ctrl-C ends a long command in one line, with all its processes, and the same command goes on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from opentrd.cohort.tables import FILES
from tests.cohort.populations import simulated

PERSONS = 600
PATIENCE = 60
#: What is there when the interrupt comes: the record tables are being made, slices are being judged.
MOMENTS = ("plan.json", "records/.spill", "converted.json", "slices", "slices/0*")


def start(*command: str) -> subprocess.Popen[str]:
    """Start a command in a group of its own that heeds Ctrl-C, as a terminal does.

    What a shell starts with ``&`` ignores it, and would hand that down: so might these tests be started.
    """
    return subprocess.Popen(
        [sys.executable, "-m", "opentrd", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_heeding,
    )


def _heeding() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupt(process: subprocess.Popen[str], out: Path, moment: str) -> tuple[str, str]:
    """Send what Ctrl-C sends, to the whole group, once something is there; return what was said."""
    until = time.monotonic() + PATIENCE
    while not any(out.glob(f".work/{moment}")) and process.poll() is None and time.monotonic() < until:
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGINT)
    return process.communicate(timeout=PATIENCE)


def group_is_gone(group: int) -> bool:
    """Say whether nobody of a group lives; those that nobody waited for are as good as gone."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if group not in {living_group(path) for path in Path("/proc").glob("[0-9]*/stat")}:
            return True
        time.sleep(0.05)
    return False


def living_group(stat: Path) -> int | None:
    try:
        state, _, group = stat.read_text().rpartition(")")[2].split()[:3]
    except OSError:
        return None
    return None if state == "Z" else int(group)


SAID = {
    "en": "opentrd: stopped; the same command goes on from here\n",
    "es": "opentrd: detenido; la misma orden continúa desde aquí\n",
}
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")


def command(source: Path, out: Path, language: str) -> tuple[str, ...]:
    options = ("--processes", "2", "--definition", "fabbri_2021", "--language", language)
    return ("cohort", str(source), "--out", str(out), *options)


def interrupted(source: Path, out: Path, moment: str, language: str) -> None:
    for earlier in out.glob(f".work/{moment}"):
        shutil.rmtree(earlier) if earlier.is_dir() else earlier.unlink()
    process = start(*command(source, out, language))
    said = interrupt(process, out, moment)
    assert (process.returncode, *said) == (130, "", SAID[language]), moment
    assert group_is_gone(process.pid), moment


@needs_proc
def test_interrupted_at_any_moment_it_says_so_and_goes_on(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    source, out = simulated(tmp_path_factory, PERSONS, "omop"), tmp_path / "results"
    for moment in MOMENTS:
        interrupted(source, out, moment, "en")
    process = start(*command(source, out, "en"))
    _, stderr = process.communicate(timeout=PATIENCE)
    assert (process.returncode, stderr) == (0, ""), stderr
    assert {path.name for path in out.iterdir()} >= {*FILES.values(), "report.html"}


@needs_proc
def test_it_says_so_in_the_language_of_the_command(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    interrupted(simulated(tmp_path_factory, PERSONS, "omop"), tmp_path / "results", "slices", "es")
