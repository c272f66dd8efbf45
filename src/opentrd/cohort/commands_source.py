"""The commands ``convert`` and ``check``: a population's source to record tables, and what it lacks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from opentrd.cohort.progress import progress
from opentrd.cohort.sources.model import Converted, Finding, Source
from opentrd.cohort.sources.opening import open_source
from opentrd.cohort.sources.refusal import refuse
from opentrd.errors import InputError
from opentrd.knowledge.loader import load
from opentrd.present.console import console
from opentrd.present.unused import unused_text
from opentrd.present.words import Words

_LEVELS: Final = {
    "error": ("✗ error", "bold red"),
    "warning": ("! warning", "yellow"),
    "note": ("· note", ""),
}
_CAN: Final = "what can be computed"


def convert(source: str, out: Path, words: Words, *, memory_mb: int, processes: int) -> None:
    """Write the record tables of a source into a folder and say what became of its rows.

    Raises ``InputError`` (exit code 3) for a source that fails its check or cannot be read.
    """
    opened = open_source(source, words.knowledge)
    if out.is_file():
        raise InputError(str(out), "", "it is a file", "name a folder for the tables")
    with progress() as told:
        told("check", 0, None)
        refuse(opened.name, opened.check())
        done = opened.convert(out, memory_mb=memory_mb, processes=processes, progress=told)
    _say(done, out, words)


def check(source: str, *, form: str, knowledge: Path | None) -> None:
    """Show what a source lacks and what can be computed from it.

    Raises ``InputError`` (exit code 3) with all errors of a source that cannot be used.
    """
    opened = open_source(source, load(knowledge))
    with progress() as told:
        told("check", 0, None)
        findings = opened.check()
    if form == "json":
        report = {"source": opened.name, "kind": opened.kind, "findings": findings}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n")
    else:
        _show(opened, findings)
    refuse(opened.name, findings)


def _show(source: Source, findings: list[Finding]) -> None:
    """Print the findings by level, then what can and what cannot be computed."""
    shown = console()
    kinds = {"omop": "an OMOP CDM", "fhir": "a bulk FHIR export", "tables": "record tables"}
    shown.print(f"{source.name}: {kinds[source.kind]}")
    about = [finding for finding in findings if finding.place != _CAN]
    if about:
        shown.print(_table(about))
    can = [finding for finding in findings if finding.place == _CAN]
    lacking = [finding for finding in findings if finding.level == "warning"]
    if any(finding.level == "error" for finding in findings):
        shown.print("Nothing can be computed before the errors are mended.", style="bold")
        return
    _list(shown, "Can be computed", [f"{finding.what}: {finding.means}" for finding in can])
    lines = [f"{finding.means} ({finding.place})" for finding in lacking]
    _list(shown, "Cannot be computed, or only with bounds", lines)
    if not about:
        shown.print("Nothing is missing.")


def _list(shown: Console, title: str, lines: list[str]) -> None:
    if not lines:
        return
    shown.print(title, style="bold")
    rows = Table.grid(padding=(0, 1))
    for line in lines:
        rows.add_row(" •", line)
    shown.print(rows)


def _table(findings: list[Finding]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column("Where", overflow="fold", ratio=2)
    table.add_column("What", ratio=5)
    table.add_column("Rows", justify="right", no_wrap=True)
    for level, (label, style) in _LEVELS.items():
        for finding in findings:
            if finding.level == level:
                rows = "" if finding.rows is None else f"{finding.rows:,}"
                what = f"{finding.what}: {finding.means}" if level == "note" else finding.what
                table.add_row(Text(label, style=style), finding.place, what, rows)
    return table


def _say(done: Converted, out: Path, words: Words) -> None:
    """Print what was read, used and not used, and why not."""
    shown = console()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(words.text("cohort.head.table"), overflow="fold")
    for name in ("read", "used", "not_used"):
        table.add_column(words.text(f"cohort.head.{name}"), justify="right", no_wrap=True)
    table.add_column(words.text("cohort.head.why_not"))
    for count in done.tables:
        reasons = sorted(count.unused.items(), key=lambda each: (-each[1], each[0]))
        why = "\n".join(
            f"{words.write('number', number)}: {unused_text(reason, '', words)}" for reason, number in reasons
        )
        numbers = (count.read, count.used, sum(count.unused.values()))
        table.add_row(count.table, *(words.write("number", number) for number in numbers), why)
    shown.print(table)
    shown.print(words.text("cohort.command.converted", n=done.persons, folder=str(out)))
