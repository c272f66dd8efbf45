"""What every part of the sheet reader needs: names, conventions, the problems found, and reading one cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.knowledge import schema
from opentrd.knowledge.loader import Knowledge
from opentrd.records.sheet.amounts import read_taken
from opentrd.records.sheet.dates import Span, is_ongoing, read_date
from opentrd.records.sheet.lines import Line
from opentrd.records.sheet.names import Names
from opentrd.records.sheet.problems import CellError, Problems

T = TypeVar("T")


class Context:
    """Carried through the reading of one sheet."""

    def __init__(self, knowledge: Knowledge, problems: Problems) -> None:
        self.names = Names(knowledge)
        self.knowledge = knowledge
        self.problems = problems
        #: Treatments that are also judged by their level in the blood.
        self.by_level = {row.treatment for row in knowledge.adequacy.values() if row.dose_unit == "mmol/L"}
        rows = knowledge.table("taken_share").items()
        self._shares = {told: row for told, row in rows if isinstance(row, schema.TakenShare)}
        self.about_days = int(knowledge.conventions["about_spread_days"].value)
        self.about_share = knowledge.conventions["about_spread_share"].value

    def cell(self, line: Line, column: str, read: Callable[[str], T]) -> T | None:
        """Read a cell; what is wrong with it becomes a problem at its place, and ``None`` stands in."""
        try:
            return read(line.text(column))
        except CellError as wrong:
            self.problems.add(line.at(column), wrong.what, wrong.what_to_do)
            return None

    def taken(self, text: str) -> tuple[float | None, float | None, bool]:
        """Read the share that was taken, and whether it was never begun."""
        return read_taken(text, self._shares)

    def date(self, line: Line, column: str) -> Span | None:
        """Read a date, ``None`` where it is not known."""
        if is_ongoing(line.text(column)):
            self.problems.add(
                line.at(column), "a date is expected here", "write when it began; ? if not known"
            )
            return None
        return self.cell(line, column, lambda text: read_date(text, self.about_days))

    def end(self, line: Line) -> tuple[Span | None, Tri]:
        """Read the column ``to``: the first day without, and whether it goes on.

        The day that is written is the last day with, so the end is the day after.
        """
        text = line.text("to")
        if is_ongoing(text):
            return None, YES
        last = self.cell(line, "to", lambda written: read_date(written, self.about_days))
        if last is None:
            return None, UNKNOWN
        return Span(last.earliest + 1, last.latest + 1), NO
