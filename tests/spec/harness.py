"""Reads rule specifications drawn as tables, and holds the rules to them.

A specification is a TOML file in ``tests/spec/<stage>/`` with a ``title``, perhaps an ``about``, and cases:

    [[case]]
    title = "Days at an unknown dose count as possible, not as certain"
    note = "perhaps a sentence more"
    settings = { as_of = "2026-07-01" }
    exposures = '''
      treatment  | start      | end        | mg
      sertraline | 2026-01-05 | 2026-02-02 | 100
      sertraline | 2026-02-02 | 2026-03-16 |
    '''
    expected = '''
      treatment  | weeks | adequate_dose
      sertraline | 10    | ?
    '''

Every key but ``title``, ``note`` and ``settings`` is a table. ``expected`` is what must come out; a stage
that gives several tables names them ``expected_trials``, ``expected_notes`` and so on. The same files become
the pages of the documentation (``scripts/make_docs.py``).
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

Row = dict[str, str | None]

EXPECTED = "expected"
UNKNOWN = "?"


class SpecError(ValueError):
    """A specification that cannot be read; the message says where."""


@dataclass(frozen=True)
class Case:
    """One case: ``tables`` go in, ``expected`` must come out; ``drawn`` keeps every table as it was written.

    ``expected`` has the key ``expected`` for the table of that name, and ``trials`` for ``expected_trials``.
    """

    path: Path
    title: str
    note: str | None
    settings: dict[str, Any]
    tables: dict[str, list[Row]]
    expected: dict[str, list[Row]]
    drawn: dict[str, str]

    def __str__(self) -> str:
        return f"{self.path.stem}: {self.title}"


@dataclass(frozen=True)
class Spec:
    """One file of cases."""

    path: Path
    title: str
    about: str | None
    cases: tuple[Case, ...]


# Reading


def columns(text: str) -> list[str]:
    """Return the names in the header of a drawn table."""
    lines = _lines(text)
    if not lines:
        raise SpecError("the table is empty: not even a header")
    names = _cells(lines[0])
    if "" in names:
        raise SpecError("the header has a column without a name")
    if len(set(names)) < len(names):
        raise SpecError(f"the header names a column twice: {', '.join(names)}")
    return names


def parse_table(text: str) -> list[Row]:
    """Return the rows of a drawn table; an empty cell is ``None``, a ``?`` stays a ``?``."""
    names = columns(text)
    rows: list[Row] = []
    for number, line in enumerate(_lines(text)[1:], start=1):
        cells = _cells(line)
        if len(cells) != len(names):
            raise SpecError(f"row {number} has {len(cells)} cells, the header has {len(names)}: {line}")
        rows.append({name: cell or None for name, cell in zip(names, cells, strict=True)})
    return rows


def load_cases(stage_dir: Path) -> list[Case]:
    """Return all cases of a stage, in the order of files and of lines."""
    return [case for spec in load_specs(stage_dir) for case in spec.cases]


def load_specs(stage_dir: Path) -> list[Spec]:
    """Return the files of a stage; a stage without cases, or with one title twice, is an error."""
    specs = [_load(path) for path in sorted(stage_dir.glob("*.toml"))]
    seen: dict[str, Path] = {}
    for case in (case for spec in specs for case in spec.cases):
        if case.title in seen:
            raise SpecError(f"{case.path}: the title {case.title!r} is already in {seen[case.title]}")
        seen[case.title] = case.path
    if not seen:
        raise SpecError(f"{stage_dir}: no cases here")
    return specs


def _load(path: Path) -> Spec:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"{path}: {error}") from error
    title, about = _text(path, content, "title"), content.pop("about", None)
    cases = content.pop("case", [])
    if content:
        raise SpecError(f"{path}: outside the cases only title and about are known, not {', '.join(content)}")
    if not cases:
        raise SpecError(f"{path}: no [[case]]")
    return Spec(path, title, about, tuple(_case(path, number, case) for number, case in enumerate(cases, 1)))


def _case(path: Path, number: int, content: dict[str, Any]) -> Case:
    title = _text(f"{path}: case {number}", content, "title")
    place = f"{path}: case {title!r}"
    note, settings = content.pop("note", None), content.pop("settings", {})
    if not isinstance(settings, dict):
        raise SpecError(f"{place}: settings are names with values, not a table")
    tables: dict[str, list[Row]] = {}
    expected: dict[str, list[Row]] = {}
    for name, text in content.items():
        if not isinstance(text, str):
            raise SpecError(f"{place}: {name} is no table; what is not a table goes into settings")
        try:
            rows = parse_table(text)
        except SpecError as error:
            raise SpecError(f"{place}: table {name}: {error}") from None
        if name.startswith(EXPECTED):
            expected[name.removeprefix(f"{EXPECTED}_")] = rows
        else:
            tables[name] = rows
    if not expected:
        raise SpecError(f"{place}: nothing is expected")
    return Case(path, title, note, settings, tables, expected, content)


def _text(place: Path | str, content: dict[str, Any], name: str) -> str:
    text = content.pop(name, None)
    if not isinstance(text, str) or not text.strip():
        raise SpecError(f"{place}: {name} is missing")
    return text


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")]


# Comparing


def shown(value: object) -> str | None:
    """Return a value as a table draws it: yes and no, ISO dates, no needless decimals, lists with commas."""
    match value:
        case None | str():
            return value or None
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.10g}"
        case date():
            return value.isoformat()
        case list() | tuple():
            return ", ".join(shown(part) or "" for part in value) or None
        case _:
            return str(value)


def assert_table(
    expected: Sequence[Row], actual: Sequence[Mapping[str, object]], context: object = ""
) -> None:
    """Hold ``actual`` to ``expected``, row by row, in the columns that the expected table names.

    ``None`` in a result agrees with an empty cell and with a ``?``. The order of rows counts.
    """
    names = list(expected[0]) if expected else list(actual[0]) if actual else []
    missing = sorted({name for row in actual for name in names if name not in row})
    if missing:
        raise AssertionError(f"{context}\nthe result has no column {', '.join(missing)}")
    found = [{name: shown(row[name]) for name in names} for row in actual]
    agree = [_agrees(*pair) for pair in zip(expected, found, strict=False)]
    if all(agree) and len(expected) == len(found):
        return
    marks = ["  " if same else "> " for same in agree]
    raise AssertionError(
        f"{context}\nexpected\n{_draw(names, expected, marks)}\nfound\n{_draw(names, found, marks)}"
    )


def _agrees(expected: Row, found: Row) -> bool:
    return all(
        cell == found[name] or (cell == UNKNOWN and found[name] is None) for name, cell in expected.items()
    )


def _draw(names: list[str], rows: Sequence[Row], marks: list[str]) -> str:
    lines = [names, *([row[name] or "" for name in names] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(names))]
    margins = ["  ", *marks, *["> "] * (len(rows) - len(marks))]
    drawn = (
        margin + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for margin, line in zip(margins, lines, strict=False)
    )
    return "\n".join(line.rstrip() for line in drawn) if rows else "  (no rows)"
