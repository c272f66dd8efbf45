"""Dates as people write them: a day, a month, a year, a season, "about". What is open becomes a range.

A date that can be read two ways (03/04/2024) is asked back, never guessed.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import Final, NamedTuple

from opentrd.knowledge.lookup import plain
from opentrd.records.sheet.problems import CellError, shown
from opentrd.records.sheet.words import is_unknown, leading, meaning

HELP: Final = "write it as 2024, 2024-03, 2024-03-05, March 2024 or about March 2024; ? where you don't know"
FIRST_YEAR: Final = 1880
LAST_YEAR: Final = 2100

_YEAR: Final = re.compile(r"\d{4}")
_TIME: Final = r"(?:[T ][0-9:.]+(?:Z|[+-]\d\d:?\d\d)?)?"
_ISO: Final = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})(?:[-/.](\d{{1,2}}))?{_TIME}", re.ASCII)
_MONTH_YEAR: Final = re.compile(r"(\d{1,2})[-/.](\d{4})", re.ASCII)
_NUMBERS: Final = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", re.ASCII)
_SHORT_YEAR: Final = re.compile(r"([^\W\d]+)\.?[-'’](\d\d)")
_EITHER: Final = re.compile(
    r"(?:between|entre)\s+(.+?)\s+(?:and|y)\s+(.+)|(.+?)\s+(?:or|o)\s+(.+)", re.IGNORECASE
)
_ORDINAL: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th|º|o)?", re.ASCII)
_FILLERS: Final = frozenset({"of", "de", "del", "the", "el", "in", "en", "on", "month", "mes", "year", "ano"})


class Span(NamedTuple):
    """The earliest and the latest day that a written date may be."""

    earliest: int
    latest: int


def read_date(text: str, about_days: int) -> Span | None:
    """Read a date; ``None`` where it is not known. ``about_days`` widens what is written as "about".

    Raises ``CellError`` where the text is no date or could be two.
    """
    if is_unknown(text):
        return None
    written = text.strip().lstrip("~≈").strip()
    about = written != text.strip()
    hit = leading("about", written)
    if hit is not None:
        about, written = True, hit[1]
    either = _EITHER.fullmatch(written)
    if either:
        one, other = (read_date(part, about_days) for part in either.groups() if part)
        if one is None or other is None:
            return None
        span = Span(min(one.earliest, other.earliest), max(one.latest, other.latest))
    else:
        span = _numbers(written) or _short_year(written) or _words(written)
    return Span(span.earliest - about_days, span.latest + about_days) if about else span


def is_ongoing(text: str) -> bool:
    """Say whether an end is written as "still", "now", "ongoing"."""
    return meaning("end", text) is not None


def _numbers(text: str) -> Span | None:
    """Read dates written in numbers alone."""
    if _YEAR.fullmatch(text):
        return _year(int(text))
    if match := _ISO.fullmatch(text):
        year, month, day = match.groups()
        return _day(int(year), int(month), int(day)) if day else _month(int(year), int(month))
    if match := _MONTH_YEAR.fullmatch(text):
        return _month(int(match[2]), int(match[1]))
    if match := _NUMBERS.fullmatch(text):
        one, two, year_ = (int(part) for part in match.groups())
        if one <= 12 and two <= 12 and one != two:
            either = f"{year_:04}-{two:02}-{one:02} or {year_:04}-{one:02}-{two:02}"
            raise CellError(f"{shown(text)} can be read as two different days", f"write {either}")
        return _day(year_, one, two) if two > 12 else _day(year_, two, one)
    return None


def _short_year(text: str) -> Span | None:
    """Read what a spreadsheet makes of a month: Mar-24."""
    match = _SHORT_YEAR.fullmatch(text)
    month = meaning("month", match[1]) if match else None
    if match is None or month is None:
        return None
    short = int(match[2])
    return _month(1900 + short if short >= 50 else 2000 + short, int(month.meaning))


def _words(text: str) -> Span:
    """Read dates with the name of a month or a season: 5 March 2024, marzo de 2024, early 2023."""
    parts = [part for part in plain(text).split() if part not in _FILLERS]
    years = [part for part in parts if _YEAR.fullmatch(part)]
    if len(years) == 1 and (parts[-1] == years[0] or parts[0] == years[0]):
        rest = parts[:-1] if parts[-1] == years[0] else parts[1:]
        year = int(years[0])
        season = meaning("season", " ".join(rest))
        if season is not None and season.low is not None and season.high is not None:
            _check_year(year)
            return Span(_first(year, int(season.low)), _first(year, int(season.high) + 1) - 1)
        months = [month for part in rest if (month := meaning("month", part))]
        days = [match[1] for part in rest if (match := _ORDINAL.fullmatch(part))]
        if len(months) == 1 and len(months) + len(days) == len(rest) <= 2:
            number = int(months[0].meaning)
            return _day(year, number, int(days[0])) if days else _month(year, number)
    raise CellError(f"{shown(text)} is no date that can be read", HELP)


def _first(year: int, month: int) -> int:
    """Return the first day of a month; 0 is the December before, 13 the January after."""
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1).toordinal()


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise CellError(f"the year {year} cannot be right", f"a year between {FIRST_YEAR} and {LAST_YEAR}")


def _year(year: int) -> Span:
    _check_year(year)
    return Span(_first(year, 1), _first(year, 13) - 1)


def _month(year: int, month: int) -> Span:
    _check_year(year)
    if not 1 <= month <= 12:
        raise CellError(f"there is no month {month}", HELP)
    return Span(_first(year, month), _first(year, month + 1) - 1)


def _day(year: int, month: int, day: int) -> Span:
    first = _month(year, month).earliest
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise CellError(f"there is no day {day} in {year}-{month:02}", "check the day, or leave it out")
    return Span(first + day - 1, first + day - 1)


def day_text(day: int) -> str:
    """Return a day as it is written."""
    return (date.min + timedelta(days=day - 1)).isoformat()
