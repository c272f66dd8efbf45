"""The command ``cohort``: a population into a folder of results, and what is said of it in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
from rich.table import Table

from opentrd.cohort.progress import progress
from opentrd.cohort.report.page import REPORT, first_line, second_line, write_report
from opentrd.cohort.report.telling import Telling
from opentrd.cohort.run import DAY, Options, clear, run, run_on_spark
from opentrd.cohort.sources.findings import meaning_of, what_of
from opentrd.cohort.sources.opening import open_source
from opentrd.cohort.state import write_json
from opentrd.cohort.summing.summary import SumOptions, summarise
from opentrd.cohort.summing.sums import Sums
from opentrd.cohort.target import SETTINGS, results_folder
from opentrd.cohort.truth import write_validity
from opentrd.present.console import console
from opentrd.present.words import Words, capital

DUCKDB: Final = "duckdb"


class Request(msgspec.Struct, kw_only=True, frozen=True):
    """What the command was asked: the source, the engine and its master, the sums, the truth if known."""

    source: str
    out: Path
    engine: str
    master: str
    options: Options
    sums: SumOptions
    truth: Path | None


def cohort(request: Request, words: Words) -> None:
    """Judge a population, sum it up, write the report, and say what came out.

    Raises ``InputError`` (exit code 3) for a source or options that do not fit.
    """
    results_folder(request.out, request.source)
    with progress() as told:
        if request.engine == DUCKDB:
            source = open_source(request.source, words.knowledge)
            settings = run(source, request.out, words.knowledge, request.options, told)
        else:
            settings = run_on_spark(
                request.source, request.master, request.out, words.knowledge, request.options, told
            )
        settings.compare = list(request.sums.compare)
        settings.list_persons = request.sums.list_persons
        settings.truth = request.truth is not None
        write_json(request.out / SETTINGS, settings)
        told("sum", 0, None)
        sums = summarise(request.out, words.knowledge, request.sums)
        write_report(request.out, sums, words)
        validity = None if request.truth is None else write_validity(request.out, request.truth)
        clear(request.out)
    shown = console()
    tell = Telling(words)
    main = next(size for size in sums.sizes if size.definition == sums.main)
    shown.print(first_line(sums, main, tell))
    shown.print(second_line(sums, main, tell))
    if sums.treated != 0:
        shown.print(_sizes(sums, tell, everything=request.options.definitions is not None))
    if validity is not None:
        shown.print(_validity(validity, tell))
    for finding in settings.findings:
        if finding.place == DAY:
            shown.print(capital(what_of(finding, words)) + ": " + meaning_of(finding, words) + ".")
    warnings = sum(each.level == "warning" and each.place != DAY for each in settings.findings)
    if warnings:
        shown.print(words.text("cohort.command.warnings", n=warnings, source=settings.source))
    shown.print(words.text("cohort.command.where", file=str(request.out / REPORT)))


def _sizes(sums: Sums, tell: Telling, *, everything: bool) -> Table:
    """How many meet each definition that summaries count, or all that were asked for, the largest first."""
    table = _table([tell.t(f"cohort.head.{key}") for key in ("definition", "certain", "open", "share")])
    sizes = [size for size in sums.sizes if size.headline or everything] or sums.sizes
    for size in sorted(sizes, key=lambda s: (-(s.certain or 0), s.name)):
        share = tell.percent(size.certain, sums.treated) or ""
        name = tell.words.write("definition", size.definition)
        table.add_row(name, tell.number(size.certain), tell.number(size.undetermined), share)
    return table


def _validity(found: pa.Table, tell: Telling) -> Table:
    """How often each definition is right where the truth is known."""
    heads = ("definition", "sensitivity", "specificity", "ppv", "days")
    table = _table([tell.t(f"cohort.command.{key}") for key in heads])
    for row in found.to_pylist():
        shares = [_range(row, name, tell) for name in ("sensitivity", "specificity", "ppv")]
        days = "" if row["days_median"] is None else tell.words.write("number", round(row["days_median"]))
        table.add_row(row["definition"], *shares, days)
    return table


def _range(row: dict[str, float | None], name: str, tell: Telling) -> str:
    """A share with its interval, in percent."""
    share, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    if share is None or low is None or high is None:
        return ""
    return tell.t(
        "cohort.command.range", share=round(100 * share), low=round(100 * low), high=round(100 * high)
    )


def _table(heads: list[str]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for number, head in enumerate(heads):
        table.add_column(head, justify="left" if number == 0 else "right", overflow="fold")
    return table
