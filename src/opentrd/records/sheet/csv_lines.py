"""CSV text to lines: comma, semicolon or tab; the columns in any order, named in English or Spanish."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from opentrd.errors import InputError
from opentrd.knowledge.lookup import plain
from opentrd.records.sheet.lines import MAX_CELL, MAX_LINES, WHATS, Cell, Line, Sheet, heading
from opentrd.records.sheet.problems import Problems, shown
from opentrd.records.sheet.words import closest, meaning

_ITEM = re.compile(r"(?:item|question|pregunta|q)\s*(\d{1,2})", re.ASCII)


def read_csv(text: str, file: str, label: str) -> Sheet:
    """Return the lines of a table. ``label`` begins their names in the record. Raises ``InputError``."""
    problems = Problems(file)
    rows = _rows(text, file)
    left_out: list[tuple[str, str, str]] = []
    lines: list[Line] = []
    columns: list[str] | None = None
    for number, row in rows:
        if row[0].lstrip().startswith("#"):
            if sum(1 for cell in row if cell.strip()) > 1:
                left_out.append((f"{label}#{number}", "commented_out", row[0].strip()))
        elif columns is None:
            columns = _columns(row, number, problems)
            problems.stop()
        elif len(lines) >= MAX_LINES:
            problems.add(f"line {number}", f"more than {MAX_LINES} lines", "split the sheet")
            break
        else:
            line = _line(row, number, columns, label, problems)
            if line is not None:
                lines.append(line)
    if columns is None:
        problems.add(
            "line 1", "nothing is filled in", "the first line names the columns; opentrd template shows one"
        )
    problems.stop()
    return Sheet(lines, left_out)


def _rows(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the filled rows with their numbers, as a spreadsheet counts them."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    number = 0
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            advice = "close every double quote, or leave them out"
            raise InputError(file, f"line {number}", f"the line cannot be read: {error}", advice) from None
        if any(cell.strip() for cell in row):
            yield number, row


def _delimiter(text: str) -> str:
    """Return the sign that splits the cells of the line that names the columns."""
    for line in text.splitlines():
        if line.strip(" ,;\t") and not line.lstrip('" ').startswith("#"):
            outside = re.sub(r'"[^"]*"?', "", line)
            return max(",;\t", key=outside.count)
    return ","


def _columns(row: list[str], number: int, problems: Problems) -> list[str]:
    """Return what each column holds; empty for one without a heading."""
    columns: list[str] = []
    for cell in row:
        item = _ITEM.fullmatch(plain(cell))
        found = meaning("header", cell)
        column = f"item {int(item[1])}" if item else found.meaning if found else ""
        if cell.strip() and not column:
            close = closest("header", cell)
            known = "columns are " + ", ".join(
                heading(name) for name in ("what", "name", "dose", "from", "to")
            )
            advice = f"did you mean {close}?" if close else f"{known}, ...; opentrd template shows them"
            problems.add(f"line {number}, column {shown(cell)}", "there is no such column", advice)
        elif column and column in columns:
            problems.add(
                f"line {number}, column {shown(cell)}", "this column is there twice", "keep one of them"
            )
        columns.append(column)
    if "name" not in columns and not problems.found:
        problems.add(f"line {number}", "there is no column 'name'", "the first line names the columns")
    return columns


def _line(row: list[str], number: int, columns: list[str], label: str, problems: Problems) -> Line | None:
    place = f"line {number}"
    filled: dict[str, Cell] = {}
    for index, text in enumerate(row):
        column = columns[index] if index < len(columns) else ""
        if not text.strip():
            continue
        if not column:
            advice = "put cells that hold a comma in double quotes, or give the column a name"
            problems.add(
                f"{place}, column {index + 1}", f"{shown(text)} stands in a column without a name", advice
            )
            return None
        if len(text) > MAX_CELL:
            problems.add(
                f"{place}, column {heading(column)}",
                f"more than {MAX_CELL} letters in one cell",
                "shorten it",
            )
            return None
        filled[column] = Cell(text.strip(), f"{place}, column {heading(column)}")
    items = {int(name.split()[1]): cell for name, cell in filled.items() if name.startswith("item ")}
    what = None
    if "what" in filled:
        what = what_of(filled["what"], problems)
        if what is None:
            return None
    person = filled["person"].text if "person" in filled else ""
    cells = {name: cell for name, cell in filled.items() if name not in ("what", "person")}
    cells = {name: cell for name, cell in cells.items() if not name.startswith("item ")}
    return Line(ref=f"{label}#{number}", place=place, person=person, what=what, cells=cells, items=items)


def what_of(cell: Cell, problems: Problems) -> str | None:
    """Return what a line tells of; a word that is not known is a problem."""
    found = meaning("what", cell.text)
    if found is not None:
        return found.meaning
    close = closest("what", cell.text)
    advice = f"did you mean {close}?" if close else "write one of " + ", ".join(WHATS).replace("_", " ")
    problems.add(cell.place, f"{shown(cell.text)} is no kind of line", advice)
    return None
