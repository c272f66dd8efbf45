"""Points in time and stretches of time, compared as the measures do (Clinical Quality Language, CQL 1.5).

A time is known to some precision: a year, a month, a day, a moment. A comparison that needs more than is
known is unknown. Moments are compared on one clock, whatever zones they were written in; days are compared as
they were written, whatever the clock (CQL 1.5, appendix B: a zone counts from hours on).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_and
from opentrd.records.fhir.dates import BadValueError

_TEXT: Final = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})"
    r"(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(Z|z|[+-]\d{2}:?\d{2})?)?)?)?"
)
_DAY_PARTS: Final = 3


class Moment(NamedTuple):
    """A point in time: year, month, day, hour, minute, second, millisecond, as many as are known.

    With a time of day ``parts`` are in UTC, and ``offset`` says by how many minutes the clock of who wrote it
    was ahead. Without one ``parts`` are a calendar date.
    """

    parts: tuple[int, ...]
    offset: int = 0

    @property
    def day(self) -> Moment:
        """The calendar date as it was written (CQL: date from)."""
        if len(self.parts) <= _DAY_PARTS or not self.offset:
            return Moment(self.parts[:_DAY_PARTS])
        return Moment((_clock(self) + timedelta(minutes=self.offset)).timetuple()[:_DAY_PARTS])

    @property
    def midnight(self) -> Moment:
        """The first moment of a date, in UTC (CQL: a date where a time is wanted)."""
        return Moment((*self.parts, 0, 0, 0, 0)) if len(self.parts) == _DAY_PARTS else self

    @property
    def ordinal(self) -> int | None:
        """The day as a number, as written; ``None`` where only a month or a year is known."""
        parts = self.day.parts
        return date(*parts).toordinal() if len(parts) == _DAY_PARTS else None

    def plus(self, days: int = 0, months: int = 0, milliseconds: int = 0) -> Moment | None:
        """Return the point so much later (earlier where negative); ``None`` where that is not known."""
        if len(self.parts) < _DAY_PARTS:
            return None
        local = _clock(self) + timedelta(minutes=self.offset)
        try:
            if months:
                local = _months_later(local, months)
            clock = local + timedelta(days=days, milliseconds=milliseconds, minutes=-self.offset)
        except (OverflowError, ValueError):
            return None
        known = (*clock.timetuple()[:6], clock.microsecond // 1000)
        return Moment(known[: len(self.parts)], self.offset)

    def __str__(self) -> str:
        year, *rest = self.day.parts
        return "-".join([f"{year:04d}", *(f"{part:02d}" for part in rest)])


def _clock(moment: Moment) -> datetime:
    year, month, day, hour, minute, second, milliseconds = (*moment.parts, 0, 0, 0, 0)[:7]
    return datetime(year, month, day, hour, minute, second, milliseconds * 1000, tzinfo=UTC)


def _months_later(start: datetime, months: int) -> datetime:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    for last in (start.day, 30, 29, 28):
        try:
            return start.replace(year=year, month=month + 1, day=last)
        except ValueError:
            if last <= 28:
                raise
    raise AssertionError


@lru_cache(maxsize=16384)
def _read(text: str) -> Moment | None:
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, part, zone = match.groups()
    try:
        if hour is None:
            known = tuple(int(x) for x in (year, month, day) if x is not None)
            date(*(*known, 1, 1)[:_DAY_PARTS])
            return Moment(known)
        late = hour == "24"
        time = 0 if late else int(hour), int(minute), min(int(second or 0), 59)
        local = datetime(int(year), int(month), int(day), *time, tzinfo=UTC)
        milliseconds = int((part or "0")[:3].ljust(3, "0"))
        offset = 0 if zone is None or zone in "Zz" else _minutes(zone)
        clock = local + timedelta(days=late, minutes=-offset)
    except (ValueError, OverflowError):
        return None
    parts = clock.timetuple()[: 5 if second is None else 6]
    return Moment((*parts, milliseconds) if second is not None else tuple(parts), offset)


def _minutes(zone: str) -> int:
    digits = zone[1:].replace(":", "")
    ahead = int(digits[:2]) * 60 + int(digits[2:])
    return -ahead if zone[0] == "-" else ahead


def moment(text: str | None, field: str) -> Moment | None:
    """Return the point that a FHIR date or instant names, ``None`` where absent. ``BadValueError``: no date.

    A time of day without a zone is taken as UTC.
    """
    if text is None:
        return None
    found = _read(text)
    if found is None:
        raise BadValueError(field, f'"{text[:40]}" is no date', "write YYYY-MM-DD, YYYY-MM or YYYY")
    return found


def compare(one: Moment | None, other: Moment | None, *, days: bool = False) -> int | None:
    """Return -1, 0 or 1 as the first is before, the same as or after the second; ``None`` for unknown.

    ``days`` compares calendar days only, as they were written.
    """
    if one is None or other is None:
        return None
    if days:
        one, other = one.day, other.day
    for number in range(_DAY_PARTS if days else 7):
        left, right = one.parts[number : number + 1], other.parts[number : number + 1]
        if not left and not right:
            return 0
        if not left or not right:
            return None
        if left != right:
            return -1 if left < right else 1
    return 0


def before(one: Moment | None, other: Moment | None) -> Tri:
    """Say whether a point is before another."""
    found = compare(one, other)
    return UNKNOWN if found is None else YES if found < 0 else NO


def not_after(one: Moment | None, other: Moment | None, *, days: bool = False) -> Tri:
    """Say whether a point is before another or the same."""
    found = compare(one, other, days=days)
    return UNKNOWN if found is None else YES if found <= 0 else NO


#: The ends of a stretch that began before all memory, or goes on.
ALWAYS: Final = Moment((1, 1, 1, 0, 0, 0, 0))
GOES_ON: Final = Moment((9999, 12, 31, 23, 59, 59, 999))


class Stretch(NamedTuple):
    """A stretch of time, both ends in it; ``None`` for an end that is not known."""

    start: Moment | None
    end: Moment | None

    def holds(self, point: Moment | None, *, days: bool = False) -> Tri:
        """Say whether a point lies in the stretch."""
        return tri_and(not_after(self.start, point, days=days), not_after(point, self.end, days=days))

    def holds_all(self, other: Stretch | None, *, days: bool = False) -> Tri:
        """Say whether another stretch lies in this one."""
        if other is None:
            return UNKNOWN
        return tri_and(
            not_after(self.start, other.start, days=days), not_after(other.end, self.end, days=days)
        )

    def overlaps(self, other: Stretch | None, *, days: bool = False) -> Tri:
        """Say whether two stretches have a time in common."""
        if other is None:
            return UNKNOWN
        return tri_and(
            not_after(self.start, other.end, days=days), not_after(other.start, self.end, days=days)
        )


def age(born: Moment | None, on: Moment | None) -> int | None:
    """Return how many birthdays somebody had on a day; ``None`` where the dates leave it open."""
    if born is None or on is None or len(on.parts) < _DAY_PARTS:
        return None
    last = on.day.parts
    known = born.parts[:_DAY_PARTS]
    low = _years((*known, *(12, 31)[len(known) - 1 :]), last)
    high = _years((*known, *(1, 1)[len(known) - 1 :]), last)
    return low if low == high else None


def _years(born: tuple[int, ...], on: tuple[int, ...]) -> int:
    return on[0] - born[0] - (on[1:] < born[1:])
