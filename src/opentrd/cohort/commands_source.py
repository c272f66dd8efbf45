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
from opentrd.cohort.sources.findings import meaning_of, place_of, what_of
from opentrd.cohort.sources.model import ANSWER, Converted, Finding, Source
from opentrd.cohort.sources.opening import open_source
from opentrd.cohort.sources.refusal import refuse
from opentrd.cohort.state import Origin, keep_findings
from opentrd.cohort.target import begin_tables, end_tables
from opentrd.present.console import console
from opentrd.present.unused import unused_text
from opentrd.present.words import Words

_STYLES: Final = {"error": "bold red", "warning": "yellow", "note": ""}


def convert(source: str, out: Path, words: Words, *, memory_mb: int, processes: int) -> None:
    """Write the record tables of a source into a folder and say what became of its rows.

    Raises ``InputError`` (exit code 3) for a source that fails its check or cannot be read, and for a folder
    that holds something else.
    """
    opened = open_source(source, words.knowledge)
    with progress() as told:
        told("check", 0, None)
        findings = opened.check()
        refuse(opened.name, findings, words.knowledge)
        begin_tables(out, source, opened.fingerprint())
        done = opened.convert(out, memory_mb=memory_mb, processes=processes, progress=told)
        keep_findings(out, Origin(source=opened.name, kind=opened.kind, findings=findings))
        end_tables(out)
    _say(done, out, words)


def check(source: str, words: Words, *, form: str) -> None:
    """Show what a source lacks and what can be computed from it.

    Raises ``InputError`` (exit code 3) with all errors of a source that cannot be used.
    """
    opened = open_source(source, words.knowledge)
    with progress() as told:
        told("check", 0, None)
        findings = opened.check()
    if form == "json":
        report = {
            "source": opened.name,
            "kind": opened.kind,
            "findings": [
                {
                    "level": finding.level,
                    "place": place_of(finding, words),
                    "what": what_of(finding, words),
                    "means": meaning_of(finding, words),
                    "rows": finding.rows,
                }
                for finding in findings
            ],
        }
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n")
    else:
        _show(opened, findings, words)
    refuse(opened.name, findings, words.knowledge)


def _show(source: Source, findings: list[Finding], words: Words) -> None:
    """Print the findings by level, then what can and what cannot be computed."""
    shown = console()
    shown.print(f"{source.name}: {words.text(f'check.kind.{source.kind}')}")
    about = [finding for finding in findings if finding.place != ANSWER]
    if about:
        shown.print(_table(about, words))
    if any(finding.level == "error" for finding in findings):
        shown.print(words.text("check.mend_first"), style="bold")
        return
    can: list[str] = []
    cannot: list[str] = []
    for finding in findings:
        what, meaning = what_of(finding, words), meaning_of(finding, words)
        if finding.place == ANSWER:
            (can if finding.level == "note" else cannot).append(f"{what}: {meaning}")
        elif finding.level == "warning":
            cannot.append(f"{meaning} ({place_of(finding, words)})")
    _list(shown, words.text("check.can"), can)
    _list(shown, words.text("check.cannot"), cannot)
    if not about:
        shown.print(words.text("check.nothing_missing"))


def _list(shown: Console, title: str, lines: list[str]) -> None:
    if not lines:
        return
    shown.print(title, style="bold")
    rows = Table.grid(padding=(0, 1))
    for line in lines:
        rows.add_row(" •", line)
    shown.print(rows)


def _table(findings: list[Finding], words: Words) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column(words.text("check.head.where"), overflow="fold", ratio=2)
    table.add_column(words.text("check.head.what"), ratio=5)
    table.add_column(words.text("check.head.rows"), justify="right", no_wrap=True)
    for level, style in _STYLES.items():
        for finding in findings:
            if finding.level == level:
                rows = "" if finding.rows is None else words.write("number", finding.rows)
                what = what_of(finding, words)
                if level == "note":
                    what = f"{what}: {meaning_of(finding, words)}"
                label = Text(words.text(f"check.level.{level}"), style=style)
                table.add_row(label, place_of(finding, words), what, rows)
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
