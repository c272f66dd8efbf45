"""A measured value that is told as an answer: a blood pressure, a QTc, a kidney or thyroid value.

What can be told are the values that the cautions of options wait for (rows of the table ``caution`` that ask
for an ``observation``). Ids: ``value:`` and the concept of the table ``observation``. A value is a number, in
the first unit of its concept and as of the day of the assessment, or ``{"value", "unit", "day"}`` with unit
and day where they are others; it becomes an observation of the record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from opentrd.errors import InputError
from opentrd.records.model import Observation, Record
from opentrd.rules.told import CAUTION_ASK, SOURCE

if TYPE_CHECKING:
    from opentrd.rules.rulebook import RuleBook

#: Ids of answers that hold a value: this and the concept of the table ``observation``.
VALUE: Final = "value:"
_MEASURED: Final = "observation"
_NUMBER: Final = re.compile(r"\d{1,4}(?:[.,]\d{1,3})?", re.ASCII)
_MOST: Final = 10_000
_PARTS: Final = frozenset(("value", "unit", "day"))


class Value(msgspec.Struct, frozen=True):
    """A number with its unit and its day."""

    value: float
    unit: str
    day: int


@lru_cache(maxsize=8)
def _by_topic(book: RuleBook) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for row in book.cautions:
        if row.kind == _MEASURED and row.ask and row.trigger:
            found.setdefault(row.ask.removeprefix(CAUTION_ASK), {})[row.trigger] = None
    return {topic: tuple(concepts) for topic, concepts in found.items()}


def measured(topic: str, book: RuleBook) -> tuple[str, ...]:
    """Return the concepts whose values answer the question ``caution.ask.`` and a topic; none for others."""
    return _by_topic(book).get(topic, ())


def askable(book: RuleBook) -> tuple[str, ...]:
    """Return all concepts whose values are asked for."""
    return tuple(dict.fromkeys(each for concepts in _by_topic(book).values() for each in concepts))


def is_value(answer: str) -> bool:
    """Say whether the id of an answer is that of a measured value."""
    return answer.startswith(VALUE)


def unit_of(concept: str, book: RuleBook) -> str:
    """Return the unit in which a value is asked for: the first of the table ``observation``."""
    return str(book.observations[concept].units or "").split(";")[0]


def value_told(key: str, told: object, today: int, book: RuleBook) -> Value:
    """Return the value that an answer tells. Raises ``InputError`` naming the answer."""
    concept = key.removeprefix(VALUE)
    if concept not in askable(book):
        known = ", ".join(f"{VALUE}{each}" for each in askable(book))
        raise InputError("answers", key, "no such value", f"values that can be told: {known}")
    parts = told if isinstance(told, Mapping) else {"value": told}
    if not parts.keys() <= _PARTS:
        what = "there is more than value, unit and day"
        raise InputError("answers", key, what, 'write {"value": 60}, with "unit" and "day" if need be')
    day = parts.get("day")
    return Value(
        _number(key, parts.get("value")),
        _unit(key, concept, parts.get("unit"), book),
        today if day is None else _day(key, day, today),
    )


def state_value(record: Record, key: str, told: object, book: RuleBook, today: int) -> None:
    """Put a value that was told into the record."""
    concept = key.removeprefix(VALUE)
    found = value_told(key, told, today, book)
    record.observations.append(
        Observation(
            person_id=record.person.person_id,
            source_ids=(f"{SOURCE}#{key}",),
            concept=concept,
            kind=book.observations[concept].kind,
            day_earliest=found.day,
            day_latest=found.day,
            value=found.value,
            unit=found.unit,
        )
    )


def _number(key: str, told: object) -> float:
    number = 0.0
    if isinstance(told, str) and _NUMBER.fullmatch(told):
        number = float(told.replace(",", "."))
    elif isinstance(told, int | float) and not isinstance(told, bool):
        number = float(told)
    if not 0 < number < _MOST:
        shown = repr(told[:20] if isinstance(told, str) else told)[:40]
        raise InputError("answers", key, f"{shown} is not a measured value", "give a number such as 60")
    return number


def _unit(key: str, concept: str, told: object, book: RuleBook) -> str:
    """Return a unit as the cautions read it; their limits are in no other."""
    usual = unit_of(concept, book)
    if told is None:
        return usual
    cells = [row.unit or "" for row in book.cautions if row.kind == _MEASURED and row.trigger == concept]
    known = {unit.casefold() for unit in (usual, *";".join(cells).split(";")) if unit}
    if not isinstance(told, str) or told.strip().casefold() not in known:
        raise InputError("answers", key, f"{str(told)[:20]!r} is not a unit read here", f"give it in {usual}")
    return told.strip()


def _day(key: str, told: object, today: int) -> int:
    try:
        day = (told if isinstance(told, date) else date.fromisoformat(str(told))).toordinal()
    except ValueError:
        what = f"{str(told)[:20]!r} is not a date"
        raise InputError("answers", key, what, "give a date such as 2024-06-30") from None
    if day > today:
        what = "its day lies after that of the assessment"
        raise InputError("answers", key, what, f"give a date up to {date.fromordinal(today).isoformat()}")
    return day
