"""A population run: check, convert, judge, put together, sum up, show; and going on where one was stopped.

The steps in their order, and what each leaves in the folder of results; the work of the steps is done by the
modules that they are named after.
"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from opentrd.assessing import rule_book
from opentrd.cohort.engines import pool
from opentrd.cohort.judging import Plan
from opentrd.cohort.putting import connect, of_slices, of_stacked, put_together, row_counts, write_cohort
from opentrd.cohort.report.page import REPORT
from opentrd.cohort.slices import cut
from opentrd.cohort.sources.model import Converted, Finding, Progress, Source
from opentrd.cohort.sources.refusal import refuse
from opentrd.cohort.state import Work, WorkFolder, write_json
from opentrd.cohort.summing.reading import ReadCount, read_counts, shown_findings
from opentrd.cohort.summing.summary import SUMMED
from opentrd.cohort.tables import FILES
from opentrd.cohort.target import SETTINGS
from opentrd.cohort.truth import VALIDITY
from opentrd.errors import InputError
from opentrd.knowledge.loader import Knowledge
from opentrd.records.omop.postgres import hidden
from opentrd.rules.status import is_part
from opentrd.version import __version__

#: The place of what is found about the day of assessment.
DAY: Final = "day_of_assessment"
#: Persons a slice: large enough that reading it costs little, small enough that a stop loses seconds.
PERSONS_A_SLICE: Final = 4096
#: The same where verdicts alone are wanted, which are there sooner.
PERSONS_FOR_VERDICTS: Final = 4 * PERSONS_A_SLICE


class Options(msgspec.Struct, kw_only=True, frozen=True):
    """What a run was asked for.

    ``definitions`` by id (``None``: all), ``as_of`` an ordinal (``None``: the last day on which the source
    saw anybody), ``instrument`` ``None`` for the default of the knowledge, ``staging`` ``None`` for yes where
    all definitions are judged and trials are wanted, ``trials`` whether they are (without: verdicts alone),
    ``knowledge_folder`` a clinic's own rows, ``partitions`` the tasks of Spark
    (``None``: four for each of its cores), ``persons_a_slice`` how many are judged at once (``None``: as many
    as take some seconds).
    """

    definitions: tuple[str, ...] | None = None
    as_of: int | None = None
    instrument: str | None = None
    staging: bool | None = None
    trials: bool = True
    knowledge_folder: str | None = None
    memory_mb: int = 3000
    processes: int = 2
    persons_a_slice: int | None = None
    partitions: int | None = None


class RunSettings(msgspec.Struct, kw_only=True):
    """``settings.json``: what a folder of results rests on. Days are ISO dates.

    ``compare``, ``list_persons`` and ``truth`` are what was asked for beside the tables: definitions
    pairwise, files by person, results held against a known truth. ``read`` is what was read of the source,
    ``None`` where a count is small or would give a small one away;
    how many rows the results have is in their files, as confidential as the source.
    """

    opentrd: str
    knowledge: str
    local_rows: int
    source: str
    source_kind: str
    fingerprint: str
    engine: str
    as_of: str
    instrument: str
    definitions: list[str]
    staging: bool
    trials: bool
    findings: list[Finding]
    read: list[ReadCount]
    compare: list[str] = []
    list_persons: bool = False
    truth: bool = False


class Judged(msgspec.Struct, kw_only=True):
    """What an engine tells beside the tables that it leaves."""

    kind: str
    findings: list[Finding]
    read: Converted
    plan: Plan


def run(source: Source, out: Path, knowledge: Knowledge, options: Options, progress: Progress) -> RunSettings:
    """Judge a population into a folder of results; a run that was stopped goes on from what it finished.

    What it goes on from stays until ``clear`` is called.
    Raises ``InputError`` for a source that fails its check (with all that was found) and for options that do
    not fit.
    """
    work = _work(source.fingerprint(), "duckdb", knowledge, options)
    progress("check", 0, None)
    findings = source.check()
    refuse(source.name, findings, knowledge)
    out.mkdir(parents=True, exist_ok=True)
    folder = WorkFolder(out)
    folder.begin(work)
    converted = folder.converted
    if converted is None:
        converted = source.prepare(
            folder.records, memory_mb=options.memory_mb, processes=options.processes, progress=progress
        )
        folder.keep_converted(converted)
    plan = work.plan(_day(work, converted, source.name), options.knowledge_folder)
    findings = [*findings, *_late(plan.as_of, converted)]
    parts = cut(converted.persons, work.persons_a_slice)
    pool.judge_all(folder.records, parts, plan, folder.slices, processes=options.processes, progress=progress)
    with connect(options.memory_mb, folder.path / "spill", options.processes) as connection:
        _forget(out)
        put_together(of_slices(folder.slices, parts, connection), plan.tables, out, progress)
    judged = Judged(kind=source.kind, findings=findings, read=converted, plan=plan)
    return _finish(source.name, work, judged, out, knowledge, options)


def run_on_spark(
    source: str, master: str, out: Path, knowledge: Knowledge, options: Options, progress: Progress
) -> RunSettings:
    """Judge a population on Spark into a folder of results: the same tables, row for row.

    ``source`` as ``sources.cluster.open_frames`` wants it; the day of assessment has to be given. Raises
    ``InputError`` for what does not fit.
    """
    from opentrd.cohort.engines import spark
    from opentrd.cohort.sources import cluster

    if options.as_of is None:
        raise InputError("settings", "as_of", "the Spark engine needs the day of assessment", "--as-of DATE")
    work = _work("", "spark", knowledge, options)
    progress("start Spark", 0, None)
    opened = spark.session(master, options.memory_mb)
    frames = cluster.open_frames(source, opened)
    refuse(source, cluster.check(frames), knowledge)
    out.mkdir(parents=True, exist_ok=True)
    folder = WorkFolder(out)
    folder.begin(work)
    plan = work.plan(options.as_of, options.knowledge_folder)
    progress("map", 0, None)
    persons, prepare = cluster.persons_frames(frames, knowledge)
    progress("judge", 0, None)
    tasks = options.partitions or 4 * opened.sparkContext.defaultParallelism
    spark.judge_all(persons, prepare, plan, folder.slices, tasks)
    with connect(options.memory_mb, folder.path / "spill", options.processes) as connection:
        _forget(out)
        rows = put_together(of_stacked(folder.slices, connection), plan.tables, out, progress)
        counts = row_counts(folder.slices, connection)
    read = cluster.counted(persons, counts, rows["person"])
    kind = "tables" if "exposure" in frames else "omop"
    judged = Judged(kind=kind, findings=[], read=read, plan=plan)
    return _finish(hidden(source), work, judged, out, knowledge, options)


def _forget(out: Path) -> None:
    """Remove earlier results and what was made of them, so that nothing of two runs stands side by side."""
    for name in (SETTINGS, *FILES.values(), *SUMMED, REPORT, VALIDITY):
        (out / name).unlink(missing_ok=True)


def _finish(
    source: str, work: Work, judged: Judged, out: Path, knowledge: Knowledge, options: Options
) -> RunSettings:
    """Write what rests on the result tables, then the settings."""
    folder = WorkFolder(out)
    plan = judged.plan
    with connect(options.memory_mb, folder.path / "spill", options.processes) as connection:
        write_cohort(out, knowledge.definitions.values(), connection)
    settings = RunSettings(
        opentrd=__version__,
        knowledge=work.knowledge,
        local_rows=knowledge.local_rows,
        source=source,
        source_kind=judged.kind,
        fingerprint=work.source,
        engine=work.engine,
        as_of=date.fromordinal(plan.as_of).isoformat(),
        instrument=work.instrument,
        definitions=[
            d.definition
            for d in knowledge.definitions.values()
            if plan.asked.includes(d.definition) and not is_part(d)
        ],
        staging=work.staging,
        trials=work.trials,
        findings=shown_findings(judged.findings),
        read=read_counts(judged.read),
    )
    write_json(out / SETTINGS, settings)
    return settings


def clear(out: Path) -> None:
    """Remove the work of a run from its folder of results, once all that is made of them is there."""
    WorkFolder(out).drop()


def _work(source: str, engine: str, knowledge: Knowledge, options: Options) -> Work:
    """Check the options and say what the work rests on; ``source`` is a fingerprint."""
    book = rule_book(knowledge)
    instrument = options.instrument or book.default_instrument
    if instrument not in book.instruments:
        raise InputError(
            "settings", "instrument", f"unknown: {instrument}", "use one of: " + ", ".join(book.instruments)
        )
    whole = [d.definition for d in knowledge.definitions.values() if not is_part(d)]
    for definition in options.definitions or ():
        if definition not in whole:
            raise InputError(
                "settings", "definition", f"unknown: {definition}", "use one of: " + ", ".join(whole)
            )
    return Work(
        source=source,
        version=__version__,
        knowledge=f"{knowledge.version} {_local(options.knowledge_folder)}".strip(),
        engine=engine,
        as_of=options.as_of,
        instrument=instrument,
        definitions=None if options.definitions is None else tuple(sorted(set(options.definitions))),
        staging=_staging(options),
        trials=options.trials,
        persons_a_slice=options.persons_a_slice
        or (PERSONS_A_SLICE if options.trials else PERSONS_FOR_VERDICTS),
    )


def _staging(options: Options) -> bool:
    if not options.trials:
        return False
    return options.definitions is None if options.staging is None else options.staging


def _day(work: Work, converted: Converted, source: str) -> int:
    """The day of assessment: the one asked for, or the last on which the source saw anybody."""
    day = work.as_of if work.as_of is not None else converted.last_day
    if day is None:
        raise InputError(
            source, "", "no row has a date, so the day of assessment is unknown", "give --as-of DATE"
        )
    return day


def _late(as_of: int, converted: Converted) -> list[Finding]:
    """Say so where nobody was seen any more on the day of assessment."""
    days = (converted.last_day, converted.observed)
    last = max((day for day in days if day is not None), default=None)
    if last is None or as_of <= last:
        return []
    return [
        Finding(
            level="warning",
            place=DAY,
            what="source_found.late",
            means="source_means.late",
            params={"day": last, "as_of": as_of},
        )
    ]


def _local(folder: str | None) -> str:
    """A fingerprint of a clinic's own rows; empty where there are none."""
    if folder is None:
        return ""
    total = hashlib.sha256()
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            total.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:12]
