"""Files to rows: reads one table or one definition and names every row and column that is wrong.

Row numbers are those of a spreadsheet: the header is row 1.
"""

from __future__ import annotations

import csv
import io
import math
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec

from opentrd.errors import InputError
from opentrd.knowledge.definition import Definition
from opentrd.knowledge.schema import TABLES, Row

Key = Any  #: a cell where the table has one key column, else a tuple of cells
R = TypeVar("R", bound=Row)
Column = tuple[str, Any, bool]  #: attribute, type, whether it must be given

#: Columns that make a range: the first must not be larger. Half-open ranges must not be empty either.
_RANGES = (
    ("low", "high"),
    ("from_low", "from_high"),
    ("to_low", "to_high"),
    ("min_score", "max_score"),
    ("usual_low", "usual_high"),
    ("usual_high", "max_dose"),
    ("improvement_low", "improvement_high"),
    ("min_score", "remission_max"),
    ("min_score", "depressed_min"),
    ("remission_max", "max_score"),
    ("age_from", "age_to"),
    ("depressed_min", "max_score"),
)
_HALF_OPEN = {"adequacy": ("age_from", "age_to"), "staging_item": ("low", "high")}
_NEGATIVE = frozenset({"improvement_low", "improvement_high", "low", "high", "points", "value"})


class Problems(list[InputError]):
    """Problems found so far; one file's are added by place."""

    def add(self, file: str, place: str, what: str, what_to_do: str = "") -> None:
        """Add one problem."""
        self.append(InputError(file, place, what, what_to_do))

    def at(self, file: str, row: int, column: str, what: str, what_to_do: str = "") -> None:
        """Add a problem of a row and column."""
        self.add(file, f"row {row}, column {column}", what, what_to_do)


@cache
def columns(cls: type[Row]) -> dict[str, Column]:
    """Return the columns of a table by their name in the file: attribute, type, whether it must be given."""
    return {
        field.encode_name: (field.name, field.type, field.required)
        for field in msgspec.structs.fields(cls)
        if field.name != "local"
    }


def key_of(name: str, row: Row) -> Key:
    """Return the key of a row: the cell, or the cells of the key columns."""
    parts = tuple(getattr(row, column) for column in TABLES[name][1])
    return parts[0] if len(parts) == 1 else parts


def read_table(
    name: str, cls: type[R], path: Path, problems: Problems
) -> tuple[dict[Key, R], dict[Key, int]]:
    """Read one table: its rows by key, and the row number of each. What is wrong is added to ``problems``."""
    cells = _cells(path, columns(cls), problems)
    numbers: dict[Key, int] = {}
    rows: dict[Key, R] = {}
    for number, row in _convert(cls, cells, path.name, problems):
        _check_ranges(name, row, path.name, number, problems)
        key = key_of(name, row)
        if key in rows:
            what = f"same key as row {numbers[key]}: {show(key)}"
            problems.at(path.name, number, "+".join(TABLES[name][1]), what)
            continue
        rows[key] = row
        numbers[key] = number
    return rows, numbers


def _cells(path: Path, wanted: dict[str, Column], problems: Problems) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a CSV file as texts by column, empty cells left out."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except OSError as error:
        problems.add(path.name, "", f"cannot be read: {error.strerror}")
        return []
    except (UnicodeDecodeError, csv.Error) as error:
        problems.add(path.name, "", f"cannot be read: {error}", "save it as CSV, UTF-8, with commas")
        return []
    if not lines:
        problems.add(path.name, "row 1", "the file is empty", "the first row names the columns")
        return []
    header = [name.strip() for name in lines[0]]
    unknown = [name for name in header if name not in wanted]
    missing = [name for name, (_, _, required) in wanted.items() if required and name not in header]
    double = sorted({name for name in header if header.count(name) > 1})
    for name in unknown:
        problems.at(path.name, 1, name or "(empty)", "unknown column", "columns are " + ", ".join(wanted))
    for name in missing:
        problems.at(path.name, 1, name, "missing column")
    for name in double:
        problems.at(path.name, 1, name, "column twice")
    if unknown or missing or double:
        return []
    found = []
    for number, line in enumerate(lines[1:], start=2):
        if len(line) == len(header):
            pairs = zip(header, line, strict=True)
            cells = {name: cell for name, cell in pairs if cell and not cell.isspace()}
            if cells:
                found.append((number, cells))
        elif line:
            what = f"{len(line)} cells where the header has {len(header)}"
            problems.add(path.name, f"row {number}", what, "put cells that hold a comma in double quotes")
    return found


def _convert(
    cls: type[R], cells: list[tuple[int, dict[str, str]]], file: str, problems: Problems
) -> list[tuple[int, R]]:
    """Turn texts into rows by the types of the table; wrong cells are named and their rows left out."""
    try:
        rows = msgspec.convert([row for _, row in cells], list[cls], strict=False)  # type: ignore[valid-type]
        return [(number, row) for (number, _), row in zip(cells, rows, strict=True)]
    except msgspec.ValidationError:
        pass
    good = []
    for number, texts in cells:
        before = len(problems)
        for column, (_, kind, required) in columns(cls).items():
            if column not in texts:
                if required:
                    problems.at(file, number, column, "is empty and must be given")
                continue
            try:
                msgspec.convert(texts[column], kind, strict=False)
            except msgspec.ValidationError as error:
                problems.at(file, number, column, f"{texts[column]!r}: {error}")
        if len(problems) == before:
            good.append((number, msgspec.convert(texts, cls, strict=False)))
    return good


@cache
def _numbers(cls: type[Row]) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Return the columns of a table that hold numbers (name, attribute), and its pairs that make a range."""
    types = {
        column: (attribute, get_args(kind) or (kind,))
        for column, (attribute, kind, _) in columns(cls).items()
    }
    numbers = tuple((c, attribute) for c, (attribute, kinds) in types.items() if {int, float} & set(kinds))
    return numbers, tuple(pair for pair in _RANGES if pair[0] in types and pair[1] in types)


def _check_ranges(name: str, row: Row, file: str, number: int, problems: Problems) -> None:
    """Check numbers and pairs of numbers of one row."""
    numbers, pairs = _numbers(type(row))
    for column, attribute in numbers:
        value = getattr(row, attribute)
        if value is None:
            continue
        if not math.isfinite(value):
            problems.at(file, number, column, f"{value} is not a number")
        elif value < 0 and column not in _NEGATIVE:
            problems.at(file, number, column, f"{show(value)} is below zero")
    for pair in pairs:
        low, high = getattr(row, pair[0]), getattr(row, pair[1])
        if low is None or high is None:
            continue
        if low > high or (low == high and _HALF_OPEN.get(name) == pair):
            problems.at(file, number, pair[0], f"{show(low)} must be below {pair[1]} {show(high)}")


def read_definition(path: Path, problems: Problems) -> Definition | None:
    """Read one definition. Its file is named as the definition is."""
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
        definition = msgspec.convert(data, Definition)
    except OSError as error:
        problems.add(path.name, "", f"cannot be read: {error.strerror}")
        return None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.add(path.name, "", f"cannot be read: {error}", "a definition is a text in TOML, UTF-8")
        return None
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at `$.")
        problems.add(path.name, place.rstrip("`") or "top level", what)
        return None
    if definition.definition != path.stem:
        problems.add(path.name, "definition", f"{definition.definition!r} is not the name of the file")
    if not definition.source.strip():
        problems.add(path.name, "source", "is empty and must be given")
    return definition


def show(value: Key) -> str:
    """Return a key or number as it is written in a file."""
    if isinstance(value, tuple):
        return "/".join(show(part) for part in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
