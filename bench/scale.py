"""``python -m bench.scale``: time, processor time and memory of a population run, by size and engine.

The persons are simulated once (``BASE`` of them, twenty exposures each) and copied with other ids up to the
size. Each run is a process of its own, ``opentrd cohort`` with one definition; its children count. ``--write
docs/scale.md`` puts the table into the page.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import duckdb

from bench.population import DEFINITION, EXPOSURES, put
from opentrd.knowledge.loader import load
from opentrd.simulate.run import make_plan, simulate
from opentrd.simulate.sizing import weeks_for

BASE: Final = 5_000
AS_OF: Final = "2025-12-31"
MILLION: Final = 1_000_000
HEAD: Final = (
    "| Engine | Exposures | Persons | Clock, s | Processors, s | Largest process, MB |",
    "|---|--:|--:|--:|--:|--:|",
)
#: Numbers of rows that have to differ between copies; two runs of a person's other rows may share theirs.
_ID: Final = {"drug_exposure": "drug_exposure_id"}


class Measured(NamedTuple):
    """One run: seconds by the clock and of the processors, and the largest process in MB.

    What Spark's own processes take is not known: they are no children of the command.
    """

    engine: str
    exposures: int
    persons: int
    seconds: float
    processor: float | None
    largest: float | None


def main() -> None:
    """Measure the sizes asked for, print them, and write them into the page where one is named."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale")
    parser.add_argument("--millions", type=float, nargs="+", default=[1.0], help="exposures, in millions")
    parser.add_argument("--engine", choices=("duckdb", "spark"), nargs="+", default=["duckdb"])
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
            for engine in asked.engine:
                found.append(judged(source, work / f"{engine}-{millions:g}", engine, asked.memory))
                print(row(found[-1]), flush=True)
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


def judged(source: Path, out: Path, engine: str, memory: int) -> Measured:
    """Run ``opentrd cohort`` and return what it took."""
    command = [sys.executable, "-m", "opentrd", "cohort", str(source), "--out", str(out)]
    command += ["--definition", DEFINITION, "--as-of", AS_OF, "--engine", engine, "--memory", str(memory)]
    if engine == "spark":
        command += ["--master", f"local[{os.cpu_count()}]"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with duckdb.connect() as connection:
        exposures = connection.read_parquet(str(source / "drug_exposure.parquet")).shape[0]
        persons = connection.read_parquet(str(source / "person.parquet")).shape[0]
    if engine == "spark":
        return Measured(engine, exposures, persons, seconds, None, None)
    return Measured(engine, exposures, persons, seconds, processor, after.ru_maxrss / 1024)


def row(m: Measured) -> str:
    """Return a run as a row of the table."""
    processor, largest = ("" if one is None else f"{one:,.0f}" for one in (m.processor, m.largest))
    return f"| {m.engine} | {m.exposures:,} | {m.persons:,} | {m.seconds:,.0f} | {processor} | {largest} |"


if __name__ == "__main__":
    main()
