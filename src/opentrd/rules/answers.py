"""Answers to questions, put into the record as the person's own word before the rules run again.

An answer fills in what was unknown; what it says must fit what the record knows. Ids are those of the
questions: ``field:trial``, ``birth_date:person``, and those of ``rules.told`` and ``rules.measured``. Units:
milligrams (or the treatment's unit) a day, days as ISO dates; the end is the last day with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

import msgspec
from msgspec.structs import replace

from opentrd.errors import InputError
from opentrd.kleene import NO, YES
from opentrd.records.model import RESPONSES, STOP_REASONS, Exposure, Record
from opentrd.rules.askable import PERSON
from opentrd.rules.measured import is_value, state_value
from opentrd.rules.model import Trial
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.told import SOURCE, state_caution, state_check, state_condition

Answer = object
ONGOING = ("ongoing", "still")


class Asked(msgspec.Struct):
    """A question about a trial: the record to fill in, the places of the trial's lines, and the answer."""

    record: Record
    mine: list[int]
    key: str
    value: Answer
    trial: Trial
    book: RuleBook

    def lines(self) -> list[tuple[int, Exposure]]:
        """The lines of the trial with their places in the record."""
        return [(n, self.record.exposures[n]) for n in self.mine]

    def put(self, n: int, line: Exposure) -> None:
        """Put a changed line in its place."""
        self.record.exposures[n] = line

    def wrong(self, what: str, advice: str) -> InputError:
        """The error that names this answer."""
        return InputError("answers", self.key, what, advice)


def apply_answers(
    record: Record, trials: list[Trial], answers: Mapping[str, Answer], book: RuleBook, today: int
) -> Record:
    """Return the record with the answers filled in, as told on a day.

    Raises ``InputError`` naming an id or a value that does not fit.
    """
    by_id = {t.id: t for t in trials}
    changed = replace(
        record,
        exposures=list(record.exposures),
        conditions=list(record.conditions),
        observations=list(record.observations),
    )
    places = {
        trial.id: [n for n, x in enumerate(record.exposures) if _belongs(x, trial, book)] for trial in trials
    }
    for key, value in sorted(answers.items()):
        field, _, about = key.partition(":")
        if field in TOLD:
            TOLD[field](changed, key, about, value, book)
            continue
        if is_value(key):
            state_value(changed, key, value, book, today)
            continue
        if field == "birth_date" and about == PERSON:
            _born(changed, key, value)
            continue
        trial = by_id.get(about)
        if trial is None or field not in FIELDS:
            known = ", ".join(sorted(by_id)) or "none"
            raise InputError("answers", key, "no such question", f"trials are: {known}")
        FIELDS[field](Asked(changed, places[about], key, value, trial, book))
    return changed


def _belongs(x: Exposure, trial: Trial, book: RuleBook) -> bool:
    if x.treatment is None or x.treatment not in book.treatments:
        return False
    parts = book.treatments[x.treatment].parts
    same = trial.treatment in parts.split("+") if parts else x.treatment == trial.treatment
    return same and not set(x.source_ids).isdisjoint(trial.sources)


def _number(key: str, value: Answer) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InputError("answers", key, f"{value!r} is not a number", "give a number, such as 40")
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise InputError("answers", key, f"{value!r} is not a number from 0 up", "give a number, such as 40")
    return number


def _choice(key: str, value: Answer, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise InputError(
            "answers", key, f"{value!r} is not one of the choices", "choose one of: " + ", ".join(choices)
        )
    return str(value)


def _day(key: str, value: Answer) -> int:
    try:
        return value.toordinal() if isinstance(value, date) else date.fromisoformat(str(value)).toordinal()
    except ValueError:
        raise InputError(
            "answers", key, f"{value!r} is not a date", "give a date such as 2024-06-30"
        ) from None


def _dose(a: Asked) -> None:
    """Fill in the daily dose of lines that lack it; of a combination product that of the part asked for."""
    dose = _number(a.key, a.value)
    for n, x in a.lines():
        if x.dose_low is not None and x.dose_low == x.dose_high and x.treatment == a.trial.treatment:
            continue
        row = a.book.treatments[x.treatment or a.trial.treatment]
        for part in row.parts.split("+") if row.parts else ():
            if part != a.trial.treatment:
                a.record.exposures.append(replace(x, treatment=part, dose_low=None, dose_high=None))
        unit = a.book.treatments[a.trial.treatment].dose_unit if row.parts else x.dose_unit or row.dose_unit
        a.put(n, replace(x, treatment=a.trial.treatment, dose_low=dose, dose_high=dose, dose_unit=unit))


def _end(a: Asked) -> None:
    """Fill in the last day with the treatment; an order is an intention, so the person's word ends it too."""
    era = a.trial.era
    if a.value in ONGOING:
        for n, x in a.lines():
            if x.end_earliest is None and x.end_latest is None and x.supply_days is None:
                a.put(n, replace(x, ongoing=YES))
        return
    end = _day(a.key, a.value) + 1
    if end <= era.start_earliest:
        raise a.wrong("the end lies before the start", "give the day of the last dose")
    if end > era.end_latest:
        last = date.fromordinal(era.end_latest - 1).isoformat()
        raise a.wrong("the end lies after what the record allows", f"give a date up to {last}")
    for n, x in a.lines():
        start = x.start_latest if x.start_latest is not None else x.start_earliest
        known = x.supply_days is not None or (
            x.end_earliest is not None and x.end_earliest == x.end_latest and x.origin != "order"
        )
        later = x.end_latest is None or x.end_latest > end or x.end_earliest != x.end_latest
        if not known and later:
            own = end if start is None else max(end, start)
            a.put(n, replace(x, end_earliest=own, end_latest=own, ongoing=NO))
    if any(not step.certain for step in era.steps) and a.mine:
        told = replace(
            a.record.exposures[a.mine[0]],
            source_ids=(f"{SOURCE}#{a.key}",),
            treatment=a.trial.treatment,
            origin="statement",
            start_earliest=era.start_earliest,
            start_latest=era.start_latest,
            end_earliest=end,
            end_latest=end,
            supply_days=None,
            ongoing=NO,
            dose_low=None,
            dose_high=None,
        )
        a.record.exposures.append(told)


def _start(a: Asked) -> None:
    """Fill in the first day; it must lie where the record has it."""
    day, era = _day(a.key, a.value), a.trial.era
    if not era.start_earliest <= day <= era.start_latest:
        first, last = (date.fromordinal(d).isoformat() for d in (era.start_earliest, era.start_latest))
        raise a.wrong("the start lies outside what the record says", f"give a date from {first} to {last}")
    for n, x in a.lines():
        if x.start_earliest != x.start_latest and x.start_earliest == era.start_earliest:
            a.put(n, replace(x, start_earliest=day, start_latest=day))


def _taken(a: Asked) -> None:
    shares = a.book.shares_taken
    low, high = shares[_choice(a.key, a.value, tuple(shares))]
    for n, x in a.lines():
        a.put(n, replace(x, taken_low=low, taken_high=high))


def _outcome(a: Asked) -> None:
    word = _choice(a.key, a.value, RESPONSES)
    for n, x in a.lines():
        a.put(n, replace(x, reported_response=word))


def _stop_reason(a: Asked) -> None:
    words = a.value if isinstance(a.value, list | tuple) else [a.value]
    reasons = tuple(_choice(a.key, word, STOP_REASONS) for word in words)
    for n, x in a.lines():
        a.put(n, replace(x, stop_reasons=reasons))


def _treatment(a: Asked) -> None:
    choices = (a.trial.treatment, a.trial.era.doubt or a.trial.treatment)
    treatment = _choice(a.key, a.value, choices)
    for n, x in a.lines():
        a.put(n, replace(x, treatment=treatment, doubt=None))


def _sessions(a: Asked) -> None:
    number = _number(a.key, a.value)
    if number != int(number):
        raise a.wrong(f"{a.value!r} is not a whole number", "give the number of sessions, such as 12")
    count = int(number)
    for n, x in a.lines():
        a.put(n, replace(x, sessions_low=count, sessions_high=count))
        count = 0


def _born(record: Record, key: str, value: Answer) -> None:
    day, person = _day(key, value), record.person
    low, high = person.birth_earliest, person.birth_latest
    if (low is not None and day < low) or (high is not None and day > high):
        raise InputError("answers", key, "not the birth date that the record has", "leave this answer out")
    record.person = replace(person, birth_earliest=day, birth_latest=day)


FIELDS: dict[str, Callable[[Asked], None]] = {
    "dose": _dose,
    "duration": _end,
    "start": _start,
    "intake": _taken,
    "outcome": _outcome,
    "stop_reason": _stop_reason,
    "treatment": _treatment,
    "sessions": _sessions,
}

#: What is said of the person's health, by the first part of the id.
TOLD: Final[dict[str, Callable[[Record, str, str, Answer, RuleBook], None]]] = {
    "condition": state_condition,
    "check": state_check,
    "caution": state_caution,
}
