"""What a CSV table and a YAML text have in common: lines with cells, each knowing where it stands."""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from opentrd.records.sheet.words import is_unknown, table

#: What a line can tell of.
WHATS: Final = (
    *("treatment", "other_medicine", "score", "condition", "family", "allergy", "life", "test"),
    *("person", "note"),
)

MAX_BYTES: Final = 2_000_000
MAX_LINES: Final = 5_000
MAX_CELL: Final = 2_000
MAX_DEPTH: Final = 8


class Cell(NamedTuple):
    """A filled cell: its text, and its place in words."""

    text: str
    place: str


class Line(msgspec.Struct, kw_only=True):
    """One line: ``ref`` names it in the record, ``place`` in a message; ``what`` is ``None`` if not said."""

    ref: str
    place: str
    person: str
    what: str | None
    cells: dict[str, Cell]
    items: dict[int, Cell] = {}

    def text(self, column: str) -> str:
        """Return the text of a cell, empty where it is not filled."""
        cell = self.cells.get(column)
        return cell.text if cell else ""

    def at(self, column: str) -> str:
        """Return the place of a cell, or of the line where the cell is not there."""
        cell = self.cells.get(column)
        return cell.place if cell else f"{self.place}, column {column}"

    def known(self, column: str) -> bool:
        """Say whether a cell tells something."""
        return not is_unknown(self.text(column))


class Sheet(NamedTuple):
    """The lines of a sheet, and those that are kept out with the reason (``ref``, reason, text)."""

    lines: list[Line]
    left_out: list[tuple[str, str, str]]


def heading(column: str) -> str:
    """Return the English heading of a column, as the template has it."""
    if column == "stopped":
        return "stopped because"
    return next((word for word, row in table()["header"].items() if row.meaning == column), column)
