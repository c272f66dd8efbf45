"""Amounts: units of mass, of counting (tablets) and of volume, and strengths of products."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from opentrd.records.fhir.resources import Quantity

_MG_PER: Final = {
    "mg": 1.0,
    "milligram": 1.0,
    "milligrams": 1.0,
    "miligramos": 1.0,
    "258684004": 1.0,
    "g": 1000.0,
    "gm": 1000.0,
    "gram": 1000.0,
    "grams": 1000.0,
    "258682000": 1000.0,
    "mcg": 0.001,
    "ug": 0.001,
    "µg": 0.001,
    "μg": 0.001,
    "microgram": 0.001,
    "micrograms": 0.001,
    "258685003": 0.001,
    "kg": 1_000_000.0,
}
_COUNT: Final = re.compile(
    r"\W*(?:(?:oral|film[- ]?coated|coated|chewable|extended[- ]release|delayed[- ]release|er|ec|xr|dr)\W+)*"
    r"(?:tab(?:let)?|tbl|tabl(?:ette)?|cap(?:sule)?|capsula|caps|tableta|comprimido|kapsel|pill|pastilla|"
    r"each|ea|unit|unidad|dose|dosis|\{dose\}|ertab|ercap|drtab|ectab|tabdr|erec?cap)\W*s?n?\W*(?:oral)?\W*",
    re.IGNORECASE,
)
_COUNT_CODES: Final = frozenset(
    {"1", "385055001", "385049006", "428673006", "732936001", "732937005", "415215001"}
)
_ML: Final = frozenset({"ml", "milliliter", "millilitre", "milliliters", "millilitres", "258773002", "cc"})
_PATCH: Final = re.compile(
    r"\W*(?:patch|transdermal|parche|pflaster|patch(?:es)?|36875001|385114002)\W*", re.IGNORECASE
)


class Amount(NamedTuple):
    """A number of ``mg``, ``unit`` (of the form), ``ml``, ``patch``; unit ``None`` where none was given."""

    low: float
    high: float
    unit: str | None


def mass_factor(unit: str | None) -> float | None:
    """Return how many milligrams a unit of mass is."""
    return _MG_PER.get(unit.strip().lower()) if unit else None


def unit_kind(unit: str | None, code: str | None) -> tuple[str | None, float]:
    """Return what a quantity counts (mg, unit, ml, patch; ``?`` others, ``None`` no unit) and its factor."""
    if not (unit and unit.strip()) and not (code and code.strip()):
        return None, 1.0
    for word in (code, unit):
        if not word:
            continue
        factor = mass_factor(word)
        if factor is not None:
            return "mg", factor
        lower = word.strip().lower()
        if lower in _ML:
            return "ml", 1.0
        if lower in ("l", "liter", "litre"):
            return "ml", 1000.0
        if _PATCH.fullmatch(lower):
            return "patch", 1.0
        if _COUNT.fullmatch(lower) or lower in _COUNT_CODES:
            return "unit", 1.0
    return "?", 1.0


def amount(low: Quantity | None, high: Quantity | None) -> Amount | None:
    """Return a quantity or range as an amount; ``None`` without a number or in a unit that is not known."""
    first, last = low or high, high or low
    if first is None or last is None or first.value is None or last.value is None:
        return None
    if first.value < 0 or last.value < 0:
        return None
    kind, factor = unit_kind(first.unit, first.code)
    other, other_factor = unit_kind(last.unit, last.code)
    if kind is None and other is not None:
        kind, factor = other, other_factor
    elif other is None:
        other, other_factor = kind, factor
    if kind == "?" or kind != other:
        return None
    ends = sorted((first.value * factor, last.value * other_factor))
    return Amount(ends[0], ends[1], kind)
