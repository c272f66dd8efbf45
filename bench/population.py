"""``python -m bench.population``: a population run beside the bare floor and beside its peers, in one run.

Two sizes, the second ten times the first: 1,000 and 10,000 persons, or with ``OPENTRD_BENCH=full`` 50,000
and 500,000 (10 million exposures); ``--persons`` sets the first. ``--write docs/benchmarks.md`` puts the
table into the page. ``OPENTRD_ECQM`` names a git directory of cqframework/ecqm-content-qicore-2024, of which
the measure CMS128 is run by cql-execution.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb

from bench.peers import comparing, mentions
from bench.peers.environment import NotRunError
from bench.peers.table import Row, figure, markdown, text
from opentrd.cohort.run import Options, run
from opentrd.cohort.sources.opening import open_source
from opentrd.cohort.state import WorkFolder
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
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def main() -> None:
    """Measure, print the table, write it into the page where one is named."""
    parser = argparse.ArgumentParser(prog="python -m bench.population")
    parser.add_argument("--persons", type=int, default=persons(), help="the smaller size")
    parser.add_argument("--seconds", type=float, default=BUDGET, help="what cardinal_pythonlib is given")
    parser.add_argument("--write", type=Path, help="the page whose table is to be replaced")
    asked = parser.parse_args()
    rows, notes = measure(asked.persons, asked.seconds)
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


def measure(few: int, seconds: float) -> tuple[list[Row], list[str]]:
    """Return the rows of the table for ``few`` and ten times as many persons, and notes on it."""
    many = few * TIMES
    knowledge = load()
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        weeks = weeks_for(knowledge, EXPOSURES, SEED, "middle", ())
        one, everything, verdicts = {}, {}, {}
        for n in (few, many):
            source = work / f"source-{n}"
            plan = make_plan(knowledge, n, SEED, "middle", weeks=weeks)
            simulate(knowledge, plan, source, processes=PROCESSES, progress=_quiet)
            one[n] = judge(source, work / f"one-{n}", knowledge, (DEFINITION,))
            verdicts[n] = judge(source, work / f"verdicts-{n}", knowledge, (DEFINITION,), trials=False)
            everything[n] = judge(source, work / f"all-{n}", knowledge, None)
        sort, scan, lines = floor(str(source / "drug_exposure" / "*.parquet"), work / "sorted.parquet")
        rows = [
            Row(f"DuckDB, sort: {lines:,} exposures, {many:,} persons", f"{sort:.2f} s", 1, "itself", ""),
            Row("DuckDB, full scan", f"{scan:.2f} s", scan / sort, "the sort", ""),
            Row(
                "OpenTRD, one definition, verdicts alone, reading and writing",
                f"{verdicts[many]:.1f} s",
                verdicts[many] / sort,
                "the sort",
                "at most 15",
            ),
            Row(
                "OpenTRD, one definition with trials, lines and gaps, reading and writing",
                f"{one[many]:.1f} s",
                one[many] / sort,
                "the sort",
                "at most 15",
            ),
            Row(
                "OpenTRD, all definitions and staging",
                f"{everything[many]:.1f} s",
                everything[many] / one[many],
                "one definition",
                "at most 5",
            ),
            _grown("verdicts alone", verdicts, few, many),
            _grown("one definition", one, few, many),
            _grown("all definitions and staging", everything, few, many),
            Row(
                "OpenTRD, primary-care rule of Fabbri (2021)",
                f"{figure(many / verdicts[many])} persons/s",
                many / verdicts[many] / QUOTED_R,
                f"their script in R ({QUOTED_R} persons/s, quoted)",
                "at least 20",
            ),
        ]
        records = WorkFolder(work / f"one-{many}").records
        peers, notes = beside_peers(records, work, many, seconds)
    day = datetime.now(UTC).date()
    notes.insert(0, f"{day}, {os.cpu_count()} cores, {PROCESSES} processes, DuckDB {duckdb.__version__}")
    return [*rows, *peers, *cql()], notes


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


def beside_peers(records: Path, work: Path, count: int, seconds: float) -> tuple[list[Row], list[str]]:
    """Run the peers, and OpenTRD under their rules, on the same mentions; return rows and who differs."""
    knowledge = load(mentions.KNOWLEDGE)
    told = work / "mentions"
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
