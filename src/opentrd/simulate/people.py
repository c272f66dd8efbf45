"""From places in a block to persons: ids, days of the calendar, and how many of a block are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from opentrd.simulate.chance import BLOCK, Ints
from opentrd.simulate.parameters import Parameters

#: Rows of a person and table have ids of their own: person times this, and the turn.
ROWS_OF_A_PERSON = 100_000
#: Days before 1970, from which Arrow counts.
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class People:
    """The wanted persons of a block: the first ``wanted`` of it. ``first_day`` counts from 1970."""

    block: int
    wanted: int
    first_day: int

    def ids(self, places: Ints) -> Ints:
        """Return the ids of persons by their places in the block."""
        return self.block * BLOCK + places + 1

    def days(self, days: Ints) -> Ints:
        """Return days since 1970, as Arrow counts them, from days since the first day."""
        return days + self.first_day


def last_day(p: Parameters) -> date:
    """Return the last day of the simulation: longer ones begin earlier."""
    return date(p.whole("last_year"), 12, 31)


def people_of(block: int, persons: int, p: Parameters) -> People:
    """Return the wanted persons of a block, of so many in all."""
    first = last_day(p).toordinal() + 1 - 7 * p.whole("weeks") - _EPOCH
    return People(block, min(persons - block * BLOCK, BLOCK), first)


def wanted(rows: dict[str, Ints], who: People) -> dict[str, Ints]:
    """Return the rows of the wanted persons."""
    keep = rows["person"] < who.wanted
    return {key: column[keep] for key, column in rows.items()}


def blocks_of(persons: int) -> int:
    """Return the number of blocks that so many persons take."""
    return -(-persons // BLOCK)
