"""Killed at any moment and started again, a run ends as one that nobody disturbed."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from opentrd.cohort.engines import pool
from opentrd.cohort.judging import Plan
from opentrd.cohort.run import Options
from opentrd.cohort.slices import Slice
from opentrd.cohort.tables import FILES
from tests.cohort.populations import judge, simulated, tables

KILLS = 20
PERSONS = 600
#: Small slices, so that a kill finds some finished, some under way and some to come.
SLICE = 50
DEFINITIONS = ("sforzini_2022", "fabbri_2021")

RUN = """
import sys
from opentrd.cohort.run import Options
from tests.cohort.populations import judge
from pathlib import Path
judge(Path(sys.argv[1]), Path(sys.argv[2]), Options(definitions=%r, persons_a_slice=%d, processes=2))
""" % (DEFINITIONS, SLICE)  # noqa: UP031 (the text has braces of its own to come)


def options() -> Options:
    return Options(definitions=DEFINITIONS, persons_a_slice=SLICE, processes=2)


def start(source: Path, out: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", RUN, str(source), str(out)], cwd=Path.cwd())


def test_a_run_that_is_killed_again_and_again_ends_as_one_that_was_not(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = simulated(tmp_path_factory, PERSONS, "omop")
    undisturbed = tmp_path / "undisturbed"
    began = time.monotonic()
    process = start(source, undisturbed)
    assert process.wait() == 0
    whole = time.monotonic() - began
    want = tables(undisturbed)
    chance = random.Random(5)
    out = tmp_path / "killed"
    kills = finished = went_on = 0
    while kills < KILLS:
        there = len(list((out / ".work" / "slices").glob("[0-9]*[0-9]")))
        process = start(source, out)
        try:
            assert process.wait(chance.uniform(0.1, 1) * whole) == 0
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
            went_on += there > 0
            continue
        finished += 1
        went_on += there > 0
        assert tables(out) == want
        shutil.rmtree(out)
    process = start(source, out)
    assert process.wait() == 0
    assert tables(out) == want
    assert finished + went_on > 0, "no run ever went on from the slices of one before"


def test_a_run_judges_no_slice_twice(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = simulated(tmp_path_factory, PERSONS, "omop")
    judged: list[str] = []
    judge_one = pool._judge

    def stopping(tables: Path, part: Slice, plan: Plan, out: Path) -> None:
        judged.append(part.name)
        if len(judged) == 5:
            raise KeyboardInterrupt
        judge_one(tables, part, plan, out)

    monkeypatch.setattr(pool, "_judge", stopping)
    out = tmp_path / "out"
    one = Options(definitions=DEFINITIONS, persons_a_slice=SLICE, processes=1)
    with pytest.raises(KeyboardInterrupt):
        judge(source, out, one)
    judge(source, out, one)
    assert sorted(judged) == sorted([*(f"{n:06d}" for n in range(PERSONS // SLICE)), judged[4]])


def test_work_of_another_plan_is_thrown_away(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = simulated(tmp_path_factory, PERSONS, "omop")
    out = tmp_path / "out"
    judge(source, out, options())
    judge(source, out, Options(definitions=("sforzini_2022",), persons_a_slice=SLICE))
    assert {row["definition"] for row in tables(out)["status"]} == {"sforzini_2022"}
    assert {path.name for path in out.glob("*.parquet")} == {*FILES.values(), "cohort.parquet"}
