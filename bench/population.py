"""``python -m bench.population``: a population run beside the bare floor and beside its peers, in one run.

Two sizes, the second ten times the first: 1,000 and 10,000 persons, or with ``OPENTRD_BENCH=full`` 50,000
and 500,000 (10 million exposures); ``--persons`` sets the first, ``--only`` names OpenTRD's runs that are
made. ``--write docs/benchmarks.md`` puts the table into the page. ``OPENTRD_ECQM`` names a git directory of
cqframework/ecqm-content-qicore-2024, of which the measure CMS128 is run by cql-execution.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb

from bench.peers import comparing, mentions
from bench.peers.environment import NotRunError
from bench.peers.table import Row, figure, markdown, text
from opentrd.cohort.run import Options, run
from opentrd.cohort.sources.opening import open_source
from opentrd.knowledge.loader import Knowledge, load
from opentrd.simulate.run import make_plan, simulate
from opentrd.simulate.sizing import weeks_for

SEED: Final = 1
EXPOSURES: Final = 20
TIMES: Final = 10
PROCESSES: Final = 2
DEFINITION: Final = "fabbri_2021"
#: Persons a second of Fabbri's script in R: measured elsewhere and quoted (issue 6), not run here.
QUOTED_R: Final = 370
MEASURE_PATIENTS: Final = 200
#: Seconds that ``cardinal_pythonlib`` is given.
BUDGET: Final = 20.0
#: OpenTRD's runs: the definitions asked for, and whether trials are.
RUNS: Final[dict[str, tuple[tuple[str, ...] | None, bool]]] = {
    "verdicts": ((DEFINITION,), False),
    "one": ((DEFINITION,), True),
    "everything": (None, True),
}
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def main() -> None:
    """Measure, print the table, write it into the page where one is named."""
    parser = argparse.ArgumentParser(prog="python -m bench.population")
    parser.add_argument("--persons", type=int, default=persons(), help="the smaller size")
    parser.add_argument("--seconds", type=float, default=BUDGET, help="what cardinal_pythonlib is given")
    parser.add_argument("--only", choices=RUNS, nargs="+", default=list(RUNS), help="the runs that are made")
    parser.add_argument("--write", type=Path, help="the page whose table is to be replaced")
    asked = parser.parse_args()
    rows, notes = measure(asked.persons, asked.seconds, asked.only)
    print(text(rows, notes))
    if asked.write:
        put(asked.write, markdown(rows, notes))


def put(page: Path, table: str) -> None:
    """Put a table into a page between its two marks, in place of what stands there."""
    before, _, rest = page.read_text().partition(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{table}\n{END}{rest.partition(END)[2]}")


def persons() -> int:
    """Return the smaller size, small unless the whole is asked for."""
    return 50_000 if os.environ.get("OPENTRD_BENCH") == "full" else 1_000


def measure(few: int, seconds: float, runs: Iterable[str]) -> tuple[list[Row], list[str]]:
    """Return the rows of the table for ``few`` and ten times as many persons, and notes on it."""
    many = few * TIMES
    knowledge = load()
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        weeks = weeks_for(knowledge, EXPOSURES, SEED, "middle", ())
        took: dict[str, dict[int, float]] = {name: {} for name in runs}
        for n in (few, many):
            source = work / f"source-{n}"
            plan = make_plan(knowledge, n, SEED, "middle", weeks=weeks)
            simulate(knowledge, plan, source, processes=PROCESSES, progress=_quiet)
            for name in took:
                definitions, trials = RUNS[name]
                took[name][n] = judge(source, work / f"{name}-{n}", knowledge, definitions, trials=trials)
        sort, scan, lines = floor(str(source / "drug_exposure" / "*.parquet"), work / "sorted.parquet")
        rows = [
            Row(f"DuckDB, sort: {lines:,} exposures, {many:,} persons", f"{sort:.2f} s", 1, "itself", ""),
            Row("DuckDB, full scan", f"{scan:.2f} s", scan / sort, "the sort", ""),
            *_own(took, few, many, sort),
        ]
        peers, notes = beside_peers(source, work, many, seconds)
    day = datetime.now(UTC).date()
    notes.insert(0, f"{day}, {os.cpu_count()} cores, {PROCESSES} processes, DuckDB {duckdb.__version__}")
    return [*rows, *peers, *cql()], notes


def _own(took: dict[str, dict[int, float]], few: int, many: int, sort: float) -> Iterator[Row]:
    """Give the rows of OpenTRD's own runs, of those that were made."""
    by_sort = {
        "verdicts": "one definition, verdicts alone, reading and writing",
        "one": "one definition with trials, lines and gaps, reading and writing",
    }
    for name, what in by_sort.items():
        if name in took:
            seconds = took[name][many]
            yield Row(f"OpenTRD, {what}", f"{seconds:.1f} s", seconds / sort, "the sort", "at most 15")
    if {"one", "everything"} <= set(took):
        yield Row(
            "OpenTRD, all definitions and staging",
            f"{took['everything'][many]:.1f} s",
            took["everything"][many] / took["one"][many],
            "one definition",
            "at most 5",
        )
    names = {
        "verdicts": "verdicts alone",
        "one": "one definition",
        "everything": "all definitions and staging",
    }
    for name, seconds_of in took.items():
        yield _grown(names[name], seconds_of, few, many)
    if "verdicts" in took:
        rate = many / took["verdicts"][many]
        yield Row(
            "OpenTRD, primary-care rule of Fabbri (2021)",
            f"{figure(rate)} persons/s",
            rate / QUOTED_R,
            f"their script in R ({QUOTED_R} persons/s, quoted)",
            "at least 20",
        )


def judge(
    source: Path,
    out: Path,
    knowledge: Knowledge,
    definitions: tuple[str, ...] | None,
    *,
    trials: bool = True,
) -> float:
    """Run a population from its source to its folder of results; return the seconds."""
    folder = None if knowledge.local_rows == 0 else str(mentions.KNOWLEDGE)
    options = Options(definitions=definitions, trials=trials, processes=PROCESSES, knowledge_folder=folder)
    start = time.perf_counter()
    run(open_source(str(source), knowledge), out, knowledge, options, _quiet)
    return time.perf_counter() - start


def floor(exposures: str, out: Path, times: int = 3) -> tuple[float, float, int]:
    """Return the least seconds to sort exposures into a file and to read all, and their number."""
    sorts, scans = [], []
    with duckdb.connect(config={"threads": PROCESSES}) as base:
        for _ in range(times):
            start = time.perf_counter()
            base.execute(
                f"COPY (FROM read_parquet('{exposures}') "
                f"ORDER BY person_id, drug_concept_id, drug_exposure_start_date) TO '{out}' (FORMAT parquet)"
            )
            sorts.append(time.perf_counter() - start)
            start = time.perf_counter()
            base.execute(f"SELECT bit_xor(hash(x)) FROM read_parquet('{exposures}') AS x").fetchall()
            scans.append(time.perf_counter() - start)
        counted = base.execute(f"SELECT count(*) FROM read_parquet('{exposures}')").fetchone()
    assert counted is not None
    return min(sorts), min(scans), int(counted[0])


def beside_peers(source: Path, work: Path, count: int, seconds: float) -> tuple[list[Row], list[str]]:
    """Run the peers, and OpenTRD under their rules, on the same mentions; return rows and who differs."""
    knowledge = load(mentions.KNOWLEDGE)
    told, records = work / "mentions", work / "records"
    open_source(str(source), knowledge).convert(records, memory_mb=2000, processes=PROCESSES, progress=_quiet)
    mentions.reduce(records, told, knowledge)
    rows, notes = [], []
    ours = judge(told, work / "cardinal", knowledge, (mentions.CARDINAL,), trials=False)
    speed = count / ours
    try:
        found = comparing.cardinal(told, work / "cardinal", seconds)
    except NotRunError as error:
        notes.append(f"cardinal_pythonlib was not run: {error}")
    else:
        rates = {"in blocks of 50": found.persons / found.seconds}
        if found.whole_rate is not None:
            rates["all in one table"] = found.whole_rate
        rows += [
            Row(
                "OpenTRD, two antidepressants",
                f"{figure(speed)} persons/s",
                speed / theirs,
                f"cardinal_pythonlib, {how} ({figure(theirs)} persons/s)",
                "at least 1,000",
            )
            for how, theirs in rates.items()
        ]
        notes.append(f"cardinal_pythonlib: {said(found)}")
    ours = judge(told, work / "circe", knowledge, (mentions.CIRCE,), trials=False)
    try:
        found = comparing.circe(told, work / "circe", work, knowledge, PROCESSES)
    except NotRunError as error:
        notes.append(f"the Circe cohort was not run: {error}")
    else:
        beside = f"Circe by duckcdm ({found.seconds:.2f} s, eras made before)"
        rows.append(
            Row("OpenTRD, three antidepressants in a year", f"{ours:.1f} s", ours / found.seconds, beside, "")
        )
        notes.append(f"Circe: {said(found)}")
    return rows, notes


def said(found: comparing.Compared) -> str:
    """Tell whom both found, and the persons of whom they differ by the clause that makes the difference."""
    differ = sum(found.differing.values())
    by_name = "; ".join(f"{count} by {name}" for name, count in sorted(found.differing.items()))
    outside = ", ".join(f"{count} {name.partition('.')[2]}" for name, count in found.out_of_scope.items())
    return (
        f"of {found.persons:,} persons {found.both:,} found by both, {found.neither:,} by neither, "
        f"{differ} by one of the two{f' ({by_name})' if differ else ''}; "
        f"not judged by OpenTRD: {outside or 'nobody'}"
    )


def cql() -> list[Row]:
    """Return the row of CMS128 run by cql-execution, where its measures and packages are at hand."""
    from bench.peers.cql import made, peer

    ecqm = os.environ.get("OPENTRD_ECQM")
    if ecqm is None or not (peer.HERE / "node_modules").exists():
        why = "not run (docs/benchmarks.md)"
        return [Row("OpenTRD, measure CMS128", why, None, "cql-execution", "")]
    maker = made.Maker("CMS128", SEED)
    bundles = [maker.patient() for _ in range(MEASURE_PATIENTS)]
    _, seconds = peer.run_cql(Path(ecqm), "CMS128", bundles)
    start = time.perf_counter()
    peer.run_opentrd("CMS128", bundles)
    own = time.perf_counter() - start
    measured = f"{figure(MEASURE_PATIENTS / own)} persons/s"
    beside = f"cql-execution ({figure(MEASURE_PATIENTS / seconds)} persons/s, evaluation alone)"
    return [Row("OpenTRD, measure CMS128", measured, seconds / own, beside, "")]


def _grown(what: str, took: dict[int, float], few: int, many: int) -> Row:
    measured = f"{took[few]:.1f} s, {took[many]:.1f} s"
    return Row(f"{what}: {few:,} and {many:,}", measured, took[many] / took[few], "a tenth", "at most 11")


def _quiet(*_: object) -> None:
    """Take what is told of progress, and show nothing."""


if __name__ == "__main__":
    main()
