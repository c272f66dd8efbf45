"""Dates of FHIR as intervals of calendar days.

A date is taken as written: the zone of an instant never moves it to another day. A month or a year spreads
over its days. Ends are the first day without: a FHIR end is a day with, so one day is added.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from opentrd.records.fhir.resources import Period, Quantity


class BadValueError(ValueError):
    """A value that FHIR does not allow: the field and what is wrong; ``InputError`` adds the place."""

    def __init__(self, field: str, what: str, what_to_do: str = "") -> None:
        self.field = field
        self.what = what
        self.what_to_do = what_to_do
        super().__init__(field, what)


class Span(NamedTuple):
    """The earliest and the latest day that a date may be; ``None`` where that side is not known."""

    earliest: int | None
    latest: int | None


#: Durations beyond two centuries are mistakes and read as unknown.
LONGEST_DAYS: Final = 73_050
UNKNOWN_DAY: Final = Span(None, None)
#: Ends in these years are a way to say that there is no end (9999-12-31).
LAST_YEAR: Final = 9989
_NO_END: Final = date(LAST_YEAR, 12, 31).toordinal()
_DATE: Final = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ]([01]\d|2[0-4])(?::[0-5]\d(?::[0-6]\d(?:\.\d+)?)?)?"
    r"(?:Z|z|[+-](?:0\d|1[0-4]):?[0-5]\d)?)?)?)?"
)
_DAYS_PER: Final = {
    "s": 1 / 86400,
    "sec": 1 / 86400,
    "second": 1 / 86400,
    "min": 1 / 1440,
    "minute": 1 / 1440,
    "h": 1 / 24,
    "hr": 1 / 24,
    "hour": 1 / 24,
    "d": 1.0,
    "day": 1.0,
    "wk": 7.0,
    "w": 7.0,
    "week": 7.0,
    "mo": 30.4375,
    "month": 30.4375,
    "a": 365.25,
    "y": 365.25,
    "yr": 365.25,
    "year": 365.25,
}


@lru_cache(maxsize=16384)
def _span(text: str) -> Span | None:
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = int(match[1]), match[2], match[3]
    try:
        if month is None:
            return Span(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal())
        if day is None:
            first = date(year, int(month), 1)
            after = date(year + 1, 1, 1) if first.month == 12 else date(year, first.month + 1, 1)
            return Span(first.toordinal(), after.toordinal() - 1)
        known = date(year, int(month), int(day)).toordinal()
        return Span(known, known)
    except ValueError:
        return None


def span(text: str | None, field: str) -> Span:
    """Return the days that a FHIR date may be; nothing known where absent. ``BadValueError``: no date."""
    if text is None:
        return UNKNOWN_DAY
    found = _span(text)
    if found is None:
        raise BadValueError(field, f'"{text[:40]}" is no date', "write YYYY-MM-DD, YYYY-MM or YYYY")
    return found


def end_span(text: str | None, field: str) -> Span:
    """Return the first day after a last day, the end of a half-open interval; unknown for 9999-12-31."""
    found = span(text, field)
    if found.earliest is None or found.latest is None or found.latest > _NO_END:
        return UNKNOWN_DAY
    return Span(found.earliest + 1, found.latest + 1)


def period(value: Period | None, field: str) -> tuple[Span, Span]:
    """Return start and end of a period, the end as the first day without."""
    if value is None:
        return UNKNOWN_DAY, UNKNOWN_DAY
    return span(value.start, f"{field}.start"), end_span(value.end, f"{field}.end")


def ends_before_start(start: Span, end: Span) -> bool:
    """Say whether an end (first day without) is certainly not after its start."""
    return start.earliest is not None and end.latest is not None and end.latest <= start.earliest


def unit_days(unit: str | None) -> float | None:
    """Return the days in a unit of time (UCUM code or English word), ``None`` for other units."""
    if not unit:
        return None
    word = unit.strip().lower().strip("{}()[]_")
    return _DAYS_PER.get(word) or _DAYS_PER.get(word.removesuffix("s").removesuffix("(")) or None


def duration_days(value: Quantity | None) -> float | None:
    """Return a duration in days; a number without unit counts days. ``None`` where it cannot be read."""
    if value is None or value.value is None or not 0 <= value.value <= 1e7:
        return None
    known = unit_days(value.code) or unit_days(value.unit)
    if known is None:
        if value.code or value.unit:
            return None
        known = 1.0
    days = value.value * known
    return days if days <= LONGEST_DAYS else None


def shift(day: Span, low: float, high: float | None = None) -> Span:
    """Move a day by low to high days (whole days, rounded)."""
    if day.earliest is None or day.latest is None:
        return UNKNOWN_DAY
    last = date.max.toordinal()
    return Span(
        min(day.earliest + round(low), last), min(day.latest + round(low if high is None else high), last)
    )
