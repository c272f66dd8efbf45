"""Answers to questions, put into the record as the person's own word before the rules run again.

An answer fills in what was unknown; it never overwrites what the record says. Ids are those of the questions:
``field:trial`` or ``condition:name``. Units: milligrams (or the treatment's unit) a day, days as ISO dates.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec.structs import replace

from opentrd.errors import InputError
from opentrd.kleene import NO, YES
from opentrd.records.model import RESPONSES, STOP_REASONS, Condition, Exposure, Observation, Record
from opentrd.rules.exclusions import SUSPECTED
from opentrd.rules.model import Trial
from opentrd.rules.rulebook import RuleBook

Answer = object
SOURCE = "answer"


def apply_answers(
    record: Record, trials: list[Trial], answers: Mapping[str, Answer], book: RuleBook
) -> Record:
    """Return the record with the answers filled in. Raises ``InputError`` naming an id or value that does not fit."""
    by_id = {t.id: t for t in trials}
    changed = replace(
        record,
        exposures=list(record.exposures),
        conditions=list(record.conditions),
        observations=list(record.observations),
    )
    for key, value in sorted(answers.items()):
        field, _, about = key.partition(":")
        if field == "condition":
            _state_condition(changed, key, about, value, book)
            continue
        trial = by_id.get(about)
        if trial is None or field not in FIELDS:
            known = ", ".join(sorted(by_id)) or "none"
            raise InputError("answers", key, "no such question", f"trials are: {known}")
        mine = [n for n, x in enumerate(changed.exposures) if _belongs(x, trial, book)]
        FIELDS[field](changed, mine, key, value, trial, book)
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
    if not 0 <= number < 1e6:
        raise InputError("answers", key, f"{value!r} is not a number from 0 up", "give a number, such as 40")
    return number


def _choice(key: str, value: Answer, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise InputError(
            "answers", key, f"{value!r} is not one of the choices", "choose one of: " + ", ".join(choices)
        )
    return str(value)


def _dose(record: Record, mine: list[int], key: str, value: Answer, trial: Trial, book: RuleBook) -> None:
    dose = _number(key, value)
    for n in mine:
        x = record.exposures[n]
        if x.dose_low is None or x.dose_high is None or x.dose_low != x.dose_high:
            unit = x.dose_unit or book.treatments[trial.treatment].dose_unit
            record.exposures[n] = replace(x, dose_low=dose, dose_high=dose, dose_unit=unit)


def _end(record: Record, mine: list[int], key: str, value: Answer, trial: Trial, book: RuleBook) -> None:
    if value in ("ongoing", "still"):
        for n in mine:
            x = record.exposures[n]
            if x.end_earliest is None and x.end_latest is None and x.supply_days is None:
                record.exposures[n] = replace(x, ongoing=YES)
        return
    try:
        day = value.toordinal() if isinstance(value, date) else date.fromisoformat(str(value)).toordinal()
    except ValueError:
        raise InputError(
            "answers", key, f"{value!r} is not a date", "give a date such as 2024-06-30"
        ) from None
    if day < trial.era.start_earliest:
        raise InputError("answers", key, "the end lies before the start", "give the day of the last dose")
    for n in mine:
        x = record.exposures[n]
        unknown = x.end_earliest is None and x.end_latest is None and x.supply_days is None
        if unknown or x.end_earliest != x.end_latest:
            start = x.start_latest if x.start_latest is not None else x.start_earliest
            end = day if start is None else max(day, start)
            record.exposures[n] = replace(x, end_earliest=end, end_latest=end, ongoing=NO)


def _taken(record: Record, mine: list[int], key: str, value: Answer, trial: Trial, book: RuleBook) -> None:
    shares = book.shares_taken
    low, high = shares[_choice(key, value, tuple(shares))]
    for n in mine:
        record.exposures[n] = replace(record.exposures[n], taken_low=low, taken_high=high)


def _outcome(record: Record, mine: list[int], key: str, value: Answer, trial: Trial, book: RuleBook) -> None:
    word = _choice(key, value, RESPONSES)
    for n in mine:
        record.exposures[n] = replace(record.exposures[n], reported_response=word)


def _stop_reason(
    record: Record, mine: list[int], key: str, value: Answer, trial: Trial, book: RuleBook
) -> None:
    words = value if isinstance(value, list | tuple) else [value]
    reasons = tuple(_choice(key, word, STOP_REASONS) for word in words)
    for n in mine:
        record.exposures[n] = replace(record.exposures[n], stop_reasons=reasons)


def _treatment(
    record: Record, mine: list[int], key: str, value: Answer, trial: Trial, book: RuleBook
) -> None:
    treatment = _choice(key, value, (trial.treatment, trial.era.doubt or trial.treatment))
    for n in mine:
        record.exposures[n] = replace(record.exposures[n], treatment=treatment, doubt=None)


def _sessions(record: Record, mine: list[int], key: str, value: Answer, trial: Trial, book: RuleBook) -> None:
    count = round(_number(key, value))
    for n in mine:
        x = record.exposures[n]
        record.exposures[n] = replace(x, sessions_low=count, sessions_high=count)
        count = 0


def _state_condition(record: Record, key: str, name: str, value: Answer, book: RuleBook) -> None:
    concept = (
        name
        if name in book.conditions
        else next((c for c, r in book.conditions.items() if r.group == name), None)
    )
    if concept is None:
        raise InputError("answers", key, f"no such condition: {name}", "use the id of the question")
    source = (f"{SOURCE}#{key}",)
    said = "yes" if value is True else "no" if value is False else value
    if _choice(key, said, ("yes", "no")) == "yes":
        record.conditions.append(
            Condition(
                person_id=record.person.person_id,
                source_ids=source,
                concept=concept,
                clinical_status="active",
                verification="confirmed",
            )
        )
        return
    record.conditions[:] = [
        c for c in record.conditions if c.verification not in SUSPECTED or not _named(c, name, book)
    ]
    for each, row in book.conditions.items():
        if each == name or row.group == name:
            record.observations.append(
                Observation(
                    person_id=record.person.person_id,
                    source_ids=source,
                    concept=each,
                    kind="stated",
                    negated=YES,
                )
            )


def _named(condition: Condition, name: str, book: RuleBook) -> bool:
    row = book.conditions.get(condition.concept or "")
    return condition.concept == name or (row is not None and row.group == name)


FIELDS = {
    "dose": _dose,
    "duration": _end,
    "intake": _taken,
    "outcome": _outcome,
    "stop_reason": _stop_reason,
    "treatment": _treatment,
    "sessions": _sessions,
}
