"""What a check-in sends, checked: one form, each part of it optional, becomes entries of the follow-up.

Nothing of a form is kept while something in it can't be right: the page shows it again with what to look at.
The bounds of a questionnaire are those of the table ``scale``; the others are what a day can hold.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

from opentrd.knowledge.loader import Knowledge
from opentrd.service.charts import SCORE
from opentrd.service.form import ITEMS
from opentrd.service.form_fields import ANSWERS, SCALES, Scale, cleaned

Value: TypeAlias = dict[str, Any]

#: Side effects that a person notices; the others of the table ``side_effect`` are measured, or are burdens.
FELT: Final = (
    *("sedation", "insomnia_activation", "nausea_gi", "headache", "weight_gain", "sexual"),
    *("anticholinergic", "orthostatic_hypotension", "akathisia_eps", "tremor", "memory_cognition"),
    *("dissociation", "discontinuation", "bleeding"),
)
HOW_BAD: Final = ("none", "mild", "hard")
QUALITIES: Final = ("good", "fair", "poor")
TAKEN: Final = ("yes", "mostly", "half", "no")
HIGHEST: Final = int(ANSWERS[-1])
#: A day has so many hours and minutes; more drinks than this are a slip of the finger.
HOURS, MINUTES, DRINKS = 24, 24 * 60, 99
PLAN_TEXT: Final = 2000
#: The fields of a check-in that hold a number, and the most that it may be.
_NUMBERS: Final = {"sleep.hours": HOURS, "exercise": MINUTES, "alcohol": DRINKS}
_NUMBER: Final = re.compile(r"\d{1,4}(?:[.,]\d{1,2})?", re.ASCII)
_LONGEST_LIFE: Final = 45000
_TEXT: Final = 50_000


class Wrong(NamedTuple):
    """What can't be right in a field: a message, and its values."""

    field: str
    key: str
    params: Mapping[str, Any] = MappingProxyType({})


class CheckIn(NamedTuple):
    """What was sent: the texts as typed, the day, the entries by kind, what is wrong."""

    typed: dict[str, str]
    day: int
    entries: dict[str, Value]
    wrong: list[Wrong]

    def at(self, field: str) -> list[Wrong]:
        """Return what is wrong in a field."""
        return [found for found in self.wrong if found.field == field]


def read(fields: Iterable[tuple[str, str]], today: int, born: int | None, knowledge: Knowledge) -> CheckIn:
    """Return a check-in; its entries count only where nothing is wrong.

    ``born`` is the first possible day of birth where it is known: nothing was noted before.
    """
    typed = {name: cleaned(value[:_TEXT]) for name, value in fields}
    typed = {name: value for name, value in typed.items() if value}
    wrong: list[Wrong] = []
    day = _day(typed, today, today - _LONGEST_LIFE if born is None else born, wrong)
    entries: dict[str, Value] = {}
    for scale in SCALES:
        score = _score(scale, typed, knowledge, wrong)
        if score:
            entries[f"{SCORE}:{scale.key}"] = score
    numbers = {name: _number(name, most, typed, wrong) for name, most in _NUMBERS.items()}
    sleep = {"hours": numbers["sleep.hours"], "quality": _one_of("sleep.quality", QUALITIES, typed)}
    found: dict[str, Value] = {
        "sleep": sleep,
        "exercise": {"minutes": numbers["exercise"]},
        "alcohol": {"drinks": numbers["alcohol"]},
        "session": {"had": _one_of("session", ("yes",), typed)},
        "taken": {"how": _one_of("taken", TAKEN, typed)},
        "effects": {effect: _one_of(f"effect.{effect}", HOW_BAD, typed) for effect in FELT},
        "plan": {"text": _plan(typed, wrong), "next": _next(typed, today, wrong)},
    }
    for kind, value in found.items():
        told = {name: each for name, each in value.items() if each is not None}
        if told:
            entries[kind] = told
    if not entries and not wrong:
        wrong.append(Wrong("", "follow.wrong.nothing"))
    return CheckIn(typed, day, entries, wrong)


def entry_ids(chart: str, form: str, kinds: Iterable[str]) -> dict[str, str]:
    """Return an id for each kind of a check-in: the same for the same form, another for any other chart."""
    return {kind: hashlib.sha256(f"{chart}/{form}/{kind}".encode()).hexdigest()[:40] for kind in kinds}


def _day(typed: Mapping[str, str], today: int, oldest: int, wrong: list[Wrong]) -> int:
    day = _date(typed.get("day"))
    if day is None:
        if "day" in typed:
            wrong.append(Wrong("day", "follow.wrong.day"))
        return today
    if day > today:
        wrong.append(Wrong("day", "follow.wrong.future"))
    elif day < oldest:
        wrong.append(Wrong("day", "follow.wrong.old"))
    return day


def _next(typed: Mapping[str, str], today: int, wrong: list[Wrong]) -> str | None:
    """Return the day of the next look as it is kept: today or later."""
    if "next" not in typed:
        return None
    day = _date(typed["next"])
    if day is None:
        wrong.append(Wrong("next", "follow.wrong.day"))
        return None
    if day < today:
        wrong.append(Wrong("next", "follow.wrong.past"))
    return date.fromordinal(day).isoformat()


def _date(text: str | None) -> int | None:
    try:
        return date.fromisoformat(text or "").toordinal()
    except ValueError:
        return None


def _plan(typed: Mapping[str, str], wrong: list[Wrong]) -> str | None:
    text = typed.get("plan")
    if text and len(text) > PLAN_TEXT:
        wrong.append(Wrong("plan", "follow.wrong.long", {"most": PLAN_TEXT}))
    return text


def _one_of(name: str, choices: tuple[str, ...], typed: Mapping[str, str]) -> str | None:
    return typed.get(name) if typed.get(name) in choices else None


def _number(name: str, most: int, typed: Mapping[str, str], wrong: list[Wrong]) -> float | None:
    text = typed.get(name)
    if text is None:
        return None
    value = float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None
    if value is None or value > most:
        wrong.append(Wrong(name, "follow.wrong.number", {"low": 0, "high": most}))
    return value


def _score(scale: Scale, typed: Mapping[str, str], knowledge: Knowledge, wrong: list[Wrong]) -> Value | None:
    """Return a questionnaire: its answers and total; a total alone; answers without all of them."""
    items = _items(scale, typed, wrong)
    field = f"{scale.key}.total"
    total = typed.get(field)
    low, high = (int(each or 0) for each in _range(scale, knowledge))
    value: int | None = None
    if total is not None:
        value = int(total) if total.isascii() and total.isdecimal() and len(total) < 4 else high + 1
        if not low <= value <= high:
            wrong.append(Wrong(field, "follow.wrong.number", {"low": low, "high": high}))
            return None
    if not items:
        return None if value is None else {"scale": scale.name, "value": value}
    least = sum(items.values())
    most = least + HIGHEST * (ITEMS[scale.key] - len(items))
    if value is not None and not least <= value <= most:
        wrong.append(Wrong(field, "follow.wrong.sum", {"low": least, "high": most}))
    if value is None and least == most:
        value = least
    kept = {str(number): answer for number, answer in items.items()}
    return {"scale": scale.name, "value": value, "items": kept}


def _items(scale: Scale, typed: Mapping[str, str], wrong: list[Wrong]) -> dict[int, int]:
    given: dict[int, int] = {}
    for number in range(1, ITEMS[scale.key] + 1):
        field = f"{scale.key}.{number}"
        text = typed.get(field)
        if text in ANSWERS:
            given[number] = int(text)
        elif text is not None:
            wrong.append(Wrong(field, "follow.wrong.item", {"high": HIGHEST}))
    return given


def _range(scale: Scale, knowledge: Knowledge) -> tuple[float | None, float | None]:
    row = knowledge.scales[scale.name]
    return row.min_score, row.max_score
