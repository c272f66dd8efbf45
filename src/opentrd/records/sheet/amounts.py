"""Amounts as people write them: doses, numbers of sessions, the share that was taken.

A sheet holds short texts: ranges, "up to", "then", "twice a day". What cannot be read is asked back with an
example, because the person who wrote it can answer. A blank stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

from opentrd.knowledge.lookup import plain
from opentrd.records.sheet.problems import CellError, shown
from opentrd.records.sheet.words import is_unknown, leading, meaning, table

DOSE_HELP: Final = "write what was taken in a day, such as 50 mg, 50-100 mg or up to 150 mg; ? if not known"
SESSION_HELP: Final = "write a number, such as 8, 6-8 or about 8; ? if not known"

_NUMBER: Final = r"\d+(?:[.,]\d+)?"
_RANGE: Final = re.compile(
    rf"({_NUMBER})\s*([^\W\d]+)?\s*(?:-|–|—|(?:to|a|or|o|and|y)\b)\s*({_NUMBER})(.*)", re.IGNORECASE
)
_ONE: Final = re.compile(rf"({_NUMBER})(.*)")
_TIMES: Final = re.compile(rf"({_NUMBER})\s*[x×*]\s*({_NUMBER}.*)", re.IGNORECASE)
_TIMES_AFTER: Final = re.compile(rf"({_NUMBER}.*?)\s*[x×*]\s*(\d+)", re.IGNORECASE)
_FOR: Final = re.compile(
    rf"(.*?)\s*\(?(?:for|during|durante|por)?\s+({_NUMBER})\s*([^\W\d]+)\)?", re.IGNORECASE
)
_THOUSANDS: Final = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_PERCENT: Final = re.compile(rf"({_NUMBER})\s*%?\s*(?:(?:-|–|to|a)\s*({_NUMBER})\s*)?%")
_OUT_OF: Final = re.compile(r"(\d+)\s*(?:of|out of|/|de)\s*(?:the\s+)?(\d+)(?:\s*[^\W\d]+)?", re.IGNORECASE)
_MILLIGRAMS: Final = {"mg": 1.0, "g": 1000.0, "mcg": 0.001}
_LARGEST: Final = 1_000_000.0


class Share(Protocol):
    """A row of the table ``taken_share``."""

    @property
    def low(self) -> float:
        """The least that it stands for."""

    @property
    def high(self) -> float:
        """The most that it stands for."""


class Dose(NamedTuple):
    """A dose: low and high, its unit (``mg``, ``g``, ``mcg``, ``mmol/L``), and its days where said."""

    low: float | None
    high: float | None
    unit: str | None
    days: tuple[int, int] | None = None


def number(text: str) -> float:
    """Read a number with a decimal point or comma; 1,200 could be two numbers and is asked back."""
    text = text.strip()
    if _THOUSANDS.fullmatch(text):
        digits = text.replace(",", "").replace(".", "")
        raise CellError(
            f"{shown(text)} can be read as two numbers", f"write {digits}, or {text}0 for the decimal"
        )
    if not re.fullmatch(rf"[-+]?{_NUMBER}", text, re.ASCII) or len(text) > 15:
        raise CellError(f"{shown(text)} is no number that can be read")
    return float(text.replace(",", "."))


def read_doses(text: str) -> list[Dose]:
    """Read a dose, or the steps of one ("20 mg for 2 weeks then 40 mg"); empty where it is not known."""
    if is_unknown(text):
        return []
    steps = [_step(part) for part in _parts(text)]
    unit = next((step.unit for step in reversed(steps) if step.unit), None)
    steps = [step._replace(unit=step.unit or unit) for step in steps]
    if len(steps) > 1 and any(step.days is None for step in steps[:-1]):
        return [_hull(steps)]
    return steps


def _parts(text: str) -> list[str]:
    """Split the steps of a dose at an arrow, a semicolon or a word for "then"."""
    then = "|".join(
        sorted((re.escape(word) for word, row in table()["dose"].items() if row.meaning == "then"), key=len)
    )
    parts = re.split(rf"\s*(?:→|->|=>|>|;|,?\s+\b(?:{then})\b),?\s*", text.strip(), flags=re.IGNORECASE)
    return [part for part in parts if part]


def _hull(steps: list[Dose]) -> Dose:
    """Return one dose that holds all steps, where nobody says how long each of them was."""
    if len({step.unit for step in steps}) > 1:
        raise CellError("the steps of the dose have different units", DOSE_HELP)
    lows = [step.low for step in steps]
    highs = [step.high for step in steps]
    low = None if None in lows else min(x for x in lows if x is not None)
    high = None if None in highs else max(x for x in highs if x is not None)
    return Dose(low, high, steps[0].unit)


def _step(text: str) -> Dose:
    days = None
    match = _FOR.fullmatch(text)
    time = meaning("time", match[3]) if match else None
    if match and time and time.low and time.high and match[1]:
        count = number(match[2])
        days = (round(count * time.low), round(count * time.high))
        text = match[1]
    return _dose(text, text)._replace(days=days)


def _dose(text: str, whole: str) -> Dose:
    text = text.strip().lstrip("~≈").strip()
    for column in ("about", "dose"):
        hit = leading(column, text)
        if hit is None or not hit[1] or hit[0].meaning == "per_day":
            continue
        dose = _dose(hit[1], whole)
        if hit[0].meaning == "up_to":
            return dose._replace(low=None)
        return dose._replace(high=None) if hit[0].meaning == "at_least" else dose
    if match := _TIMES.fullmatch(text):
        return _times(_dose(match[2], whole), number(match[1]))
    if match := _TIMES_AFTER.fullmatch(text):
        return _times(_dose(match[1], whole), number(match[2]))
    if (match := _RANGE.fullmatch(text)) and (not match[2] or meaning("unit", match[2])):
        low, high = number(match[1]), number(match[3])
        unit, times_low, times_high = _tail(match[4], whole)
        first = meaning("unit", match[2]) if match[2] else None
        if low > high:
            raise CellError(
                f"{shown(whole)} goes from a larger to a smaller dose", "write 40 mg then 20 mg, or 20-40 mg"
            )
        if first and unit and first.meaning != unit:
            raise CellError(f"{shown(whole)} has two different units", DOSE_HELP)
        return _checked(Dose(low * times_low, high * times_high, unit or (first and first.meaning)), whole)
    if match := _ONE.fullmatch(text):
        amount = number(match[1])
        unit, times_low, times_high = _tail(match[2], whole)
        return _checked(Dose(amount * times_low, amount * times_high, unit), whole)
    raise CellError(f"{shown(whole)} is no dose that can be read", DOSE_HELP)


def _times(dose: Dose, times: float) -> Dose:
    return dose._replace(
        low=None if dose.low is None else dose.low * times,
        high=None if dose.high is None else dose.high * times,
    )


def _tail(text: str, whole: str) -> tuple[str | None, float, float]:
    """Read what follows the number: the unit, then how often a day."""
    text = text.replace("µ", "u").replace("μ", "u").strip(" .,()")
    unit = None
    if text.startswith("/"):
        text = text[1:]
    hit = leading("unit", text.replace("/", " "))
    if hit is not None:
        unit, text = hit[0].meaning, hit[1]
    text = plain(text)
    low = high = 1.0
    while text:
        hit = leading("dose", text)
        if hit is None or hit[0].meaning != "per_day" or hit[0].low is None or hit[0].high is None:
            raise CellError(f"{shown(whole)} is no dose that can be read", DOSE_HELP)
        low, high, text = low * hit[0].low, high * hit[0].high, hit[1]
    return unit, low, high


def _checked(dose: Dose, whole: str) -> Dose:
    if dose.high is not None and dose.high > _LARGEST:
        raise CellError(f"{shown(whole)} cannot be a dose", DOSE_HELP)
    return dose


def in_unit(dose: Dose, wanted: str) -> tuple[float | None, float | None]:
    """Return a dose in ``mg`` or ``mcg``; a dose without a unit is in the wanted one."""
    factor = 1.0 if dose.unit in (None, wanted) else _MILLIGRAMS[dose.unit or wanted] / _MILLIGRAMS[wanted]
    return tuple(None if x is None else round(x * factor, 6) for x in dose[:2])  # type: ignore[return-value]


def read_sessions(text: str, about_share: float) -> tuple[int | None, int | None]:
    """Read a number of sessions, low and high: 8, 6-8, about 8, 8 of 12, 10 or more."""
    if is_unknown(text):
        return None, None
    written = text.strip().lower()
    word = meaning("sessions", written)
    if word and word.low is not None and word.high is not None:
        return int(word.low), int(word.high)
    stripped = re.sub(r"\s*(sessions?|treatments?|times|sesiones|sesi[oó]n|veces)$", "", written).lstrip(
        "~≈ "
    )
    about = written.startswith(("~", "≈"))
    modifier = ""
    for column in ("about", "dose"):
        hit = leading(column, stripped)
        if hit is not None and hit[1]:
            about = about or column == "about"
            modifier = hit[0].meaning if column == "dose" else modifier
            stripped = hit[1]
    if match := _OUT_OF.fullmatch(stripped):
        stripped = match[1]
    if stripped.endswith(("+", " or more", " o mas", " o más")):
        modifier, stripped = "at_least", re.sub(r"\s*(\+|or more|o m[aá]s)$", "", stripped)
    match = re.fullmatch(r"(\d{1,4})(?:\s*(?:-|–|to|a|or|o)\s*(\d{1,4}))?", stripped, re.ASCII)
    if match is None:
        raise CellError(f"{shown(text)} is no number of sessions that can be read", SESSION_HELP)
    low, high = int(match[1]), int(match[2] or match[1])
    if low > high:
        raise CellError(f"{shown(text)} goes from more to fewer sessions", SESSION_HELP)
    if about:
        low, high = int(low * (1 - about_share)), -int(-high * (1 + about_share) // 1)
    return (None if modifier == "up_to" else low), (None if modifier == "at_least" else high)


def read_taken(text: str, shares: Mapping[str, Share]) -> tuple[float | None, float | None, bool]:
    """Read the share that was taken, low and high, and whether it was never begun.

    ``shares`` are the rows of the table ``taken_share``: what each answer in words stands for.
    """
    if is_unknown(text):
        return None, None, False
    word = meaning("taken", text)
    if word is not None and "%" not in text:
        share = shares.get(word.meaning)
        return (share.low, share.high, False) if share else (None, None, word.meaning == "never")
    written = re.sub(r"^(?:about|around|~|approx\.?)\s*", "", text.strip(), flags=re.IGNORECASE)
    if match := _PERCENT.fullmatch(written):
        low, high = number(match[1]) / 100, number(match[2] or match[1]) / 100
    elif (match := _OUT_OF.fullmatch(written)) and int(match[2]):
        low = high = int(match[1]) / int(match[2])
    else:
        examples = "yes, most days, half, sometimes, no, or a share such as 80 %"
        raise CellError(
            f"{shown(text)} does not say how much was taken in words that can be read", f"write {examples}"
        )
    if not 0 <= low <= high <= 1:
        raise CellError(f"{shown(text)} is no share between 0 and 100 %", "write a share such as 80 %")
    return low, high, False
