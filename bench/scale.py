"""``python -m bench.scale``: time, processor time and memory of a population run, by size and engine.

The persons are simulated once (``BASE`` of them, twenty exposures each) and copied with other ids up to the
size. Each run is a process of its own, ``opentrd cohort`` with one definition; its children count. Beside it
DuckDB's bare sort of the same exposures. ``--only`` names what is run: everything, verdicts alone, or Spark.
``--write docs/scale.md`` puts the table into the page.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import duckdb

from bench.population import DEFINITION, EXPOSURES, floor, put
from opentrd.knowledge.loader import load
from opentrd.simulate.run import make_plan, simulate
from opentrd.simulate.sizing import weeks_for

BASE: Final = 5_000
AS_OF: Final = "2025-12-31"
MILLION: Final = 1_000_000
HEAD: Final = (
    "| Run | Exposures | Persons | Clock, s | Times the sort | Processors, s | All processes, MB |",
    "|---|--:|--:|--:|--:|--:|--:|",
)
#: What is run: the options of the command beside source, definition, day and memory.
RUNS: Final = {
    "everything": [],
    "verdicts": ["--verdicts-only"],
    "spark": ["--engine", "spark", "--master", f"local[{os.cpu_count()}]"],
}
#: Numbers of rows that have to differ between copies; two runs of a person's other rows may share theirs.
_ID: Final = {"drug_exposure": "drug_exposure_id"}


class Measured(NamedTuple):
    """One run: seconds by the clock, of the sort and of the processors; the most memory of all processes.

    What Spark's own processes take is not known: they are no children of the command.
    """

    run: str
    exposures: int
    persons: int
    seconds: float
    sort: float
    processor: float | None
    memory: float | None


def main() -> None:
    """Measure the sizes asked for, print them, and write them into the page where one is named."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale")
    parser.add_argument("--millions", type=float, nargs="+", default=[1.0], help="exposures, in millions")
    parser.add_argument("--only", choices=RUNS, nargs="+", default=["everything", "verdicts"])
    parser.add_argument("--memory", type=int, default=3000, help="MB, as opentrd cohort --memory")
    parser.add_argument("--write", type=Path, help="the page whose table is to be replaced")
    asked = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        base = simulated(work / "base")
        for millions in sorted(asked.millions):
            source = work / f"source-{millions:g}"
            copied(base, source, round(millions * MILLION / (BASE * EXPOSURES)))
            sort, _, _ = floor(str(source / "drug_exposure.parquet"), work / "sorted.parquet", times=1)
            for run in asked.only:
                out = work / f"{run}-{millions:g}"
                found.append(judged(source, out, run, asked.memory, sort))
                print(row(found[-1]), flush=True)
                shutil.rmtree(out)
    if asked.write:
        day = datetime.now(UTC).date()
        note = f"{day}, {os.cpu_count()} cores, `--memory {asked.memory}`, definition `{DEFINITION}`:"
        put(asked.write, "\n".join([note, "", *HEAD, *map(row, found)]))


def simulated(folder: Path) -> Path:
    """Return the persons that are copied."""
    knowledge = load()
    weeks = weeks_for(knowledge, EXPOSURES, 1, "middle", ())
    plan = make_plan(knowledge, BASE, 1, "middle", weeks=weeks)
    simulate(knowledge, plan, folder, processes=2, progress=lambda done, total: None)
    return folder


def copied(base: Path, folder: Path, times: int) -> None:
    """Write the persons so many times, each copy with ids of its own."""
    folder.mkdir()
    # rows need no order, and to keep one DuckDB would hold them all in memory
    with duckdb.connect(config={"preserve_insertion_order": False}) as connection:
        for path in sorted(base.iterdir()):
            name = path.name.removesuffix(".parquet")
            if path.suffix not in ("", ".parquet") or name.startswith("truth"):
                continue
            given = connection.read_parquet(str(path / "*.parquet" if path.is_dir() else path))
            if "person_id" not in given.columns or name == "visit_occurrence":
                given.write_parquet(str(folder / f"{name}.parquet"))
                continue
            moved = f"person_id + copy * {10 * BASE} AS person_id"
            if name in _ID:
                moved += f", {_ID[name]} + copy * {MILLION} AS {_ID[name]}"
            given.create_view("given", replace=True)
            rows = connection.sql(
                f"SELECT given.* REPLACE ({moved}) FROM given, range({max(times, 1)}) r(copy)"
            )
            rows.write_parquet(str(folder / f"{name}.parquet"))


def judged(source: Path, out: Path, run: str, memory: int, sort: float) -> Measured:
    """Run ``opentrd cohort`` and return what it took; ``sort`` is what the sort did."""
    command = [sys.executable, "-m", "opentrd", "cohort", str(source), "--out", str(out), *RUNS[run]]
    command += ["--definition", DEFINITION, "--as-of", AS_OF, "--memory", str(memory)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        most = most_memory(process)
    if process.returncode:
        raise SystemExit(f"opentrd cohort ended with {process.returncode}")
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with duckdb.connect() as connection:
        exposures = connection.read_parquet(str(source / "drug_exposure.parquet")).shape[0]
        persons = connection.read_parquet(str(source / "person.parquet")).shape[0]
    if run == "spark":
        return Measured(run, exposures, persons, seconds, sort, None, None)
    return Measured(run, exposures, persons, seconds, sort, processor, most)


def most_memory(process: subprocess.Popen[bytes]) -> float:
    """Wait for a process; return the most memory (MB) that it and its children held at once.

    What processes share is counted once, in parts (``Pss`` of Linux), every half second.
    """
    most = 0
    while process.poll() is None:
        most = max(most, sum(map(_held, _family(process.pid))))
        time.sleep(0.5)
    return most / 1024


def _family(parent: int) -> list[int]:
    found = [parent]
    for number in found:
        for children in Path(f"/proc/{number}/task").glob("*/children"):
            with suppress(OSError):  # it has just ended
                found += map(int, children.read_text().split())
    return found


def _held(number: int) -> int:
    """Return the kB that a process holds; none where it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{number}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def row(m: Measured) -> str:
    """Return a run as a row of the table."""
    processor, memory = ("" if one is None else f"{one:,.0f}" for one in (m.processor, m.memory))
    return (
        f"| {m.run} | {m.exposures:,} | {m.persons:,} | {m.seconds:,.0f} | {m.seconds / m.sort:.1f} "
        f"| {processor} | {memory} |"
    )


if __name__ == "__main__":
    main()
