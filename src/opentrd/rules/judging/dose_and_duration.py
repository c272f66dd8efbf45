"""Was the dose high enough, for long enough? The days that count are those at an adequate dose.

Certain days decide yes, possible days decide no, anything between stays unknown with the name of the
missing fact. A short gap between two adequate steps of one course counts with them: whether it was taken is
judged by intake. Each formulation has its own minimum. What is counted in sessions needs its sessions, at
their dose where they have one. Sources: the tables ``adequacy`` and ``instrument``, or the definition's own
weeks.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_and
from opentrd.rules.days import DAYS_PER_WEEK
from opentrd.rules.eras import allowed_gap
from opentrd.rules.model import DoseStep, Trial
from opentrd.rules.rulebook import Need, RuleBook
from opentrd.statement import Param, Statement

WORDS = ("no", "unknown", "yes")


class Measured(msgspec.Struct, kw_only=True, gc=False):
    """Dose and duration of a trial under one instrument and time, with the facts that keep them open.

    ``whole``: whether the whole course, at whatever dose, was long enough. ``may_grow``: a course that goes
    on would add to what counts. ``reached``: the day on which it had certainly lasted long enough.
    """

    dose: Tri
    duration: Tri
    whole: Tri
    need_days: int
    need: Need | None
    missing: tuple[str, ...] = ()
    may_grow: bool = True
    reached: int | None = None
    why: tuple[Statement, ...] = ()


class Days(msgspec.Struct, gc=False):
    """Days that count: certain, possible, and the times of the certain ones."""

    low: int
    high: int
    certain: list[tuple[int, int]]

    def reached(self, need: int) -> int | None:
        """Return the day on which the certain days were as many as are needed."""
        days = 0
        for begin, finish in self.certain:
            if days < need <= days + finish - begin:
                return begin + need - days
            days += max(0, finish - begin)
        return None


Counted = dict[tuple[Tri, ...], Days]
"""The days of one trial by which of its steps count: counted once for all that ask."""


def measure(
    trial: Trial, instrument: str, dose: str, min_days: int | None, book: RuleBook, counted: Counted
) -> Measured:
    """Judge dose and duration of one trial. ``dose`` is ``instrument`` or ``ignored``; times are days."""
    formulation = next((step.formulation for step in trial.era.steps if step.formulation), None)
    need = book.need(instrument, trial.treatment, formulation, trial.age)
    if trial.treatment in book.in_sessions:
        return _sessions(trial, dose, need, book, counted)
    need_days = _need_days(instrument, min_days, need, book)
    if dose == "ignored" or need is None or need.min_dose is None:
        return _without_dose(trial, dose, need, need_days, book, counted)
    return _at_dose(trial, instrument, need, need.min_dose, need_days, book, counted)


def _without_dose(
    trial: Trial, dose: str, need: Need | None, need_days: int, book: RuleBook, counted: Counted
) -> Measured:
    """The whole course counts: the dose is not asked for, or no least dose of the treatment is known."""
    found = _days_of(trial, _every(trial), book, counted)
    duration = enough(found.low, found.high, need_days)
    said = _said(trial, need_days, found)
    if dose == "ignored":
        missing = ("duration",) if duration == UNKNOWN else ()
        why = Statement(f"judgement.duration.{WORDS[duration]}", said, trial.sources)
    else:
        missing = ("minimum",)
        why = Statement("judgement.dose.no_minimum", said, trial.sources, searched=("adequacy",))
    return Measured(
        dose=YES if dose == "ignored" else UNKNOWN,
        duration=duration,
        whole=duration,
        need_days=need_days,
        need=need,
        missing=missing,
        reached=found.reached(need_days),
        why=(why,),
    )


def _at_dose(
    trial: Trial,
    instrument: str,
    need: Need,
    min_dose: float,
    need_days: int,
    book: RuleBook,
    counted: Counted,
) -> Measured:
    at_dose, age_matters = _steps_at_dose(trial, instrument, book)
    total = _days_of(trial, _every(trial), book, counted)
    found = _days_of(trial, at_dose, book, counted)
    dose: Tri = NO
    if found.high > 0:
        pairs = zip(trial.era.steps, at_dose, strict=True)
        sure = any(ok == YES and step.certain and step.start < trial.judged_end for step, ok in pairs)
        dose = YES if sure or found.low > 0 else UNKNOWN
    lasted = total if dose == NO else found
    duration = enough(lasted.low, lasted.high, need_days)
    said = _said(trial, need_days, found)
    said.update(
        need=min_dose, unit=need.dose_unit, dose_low=trial.dose_max_low, dose_high=trial.dose_max_high
    )
    cite = (need.citation,)
    why = [Statement(f"judgement.dose.{WORDS[dose]}", said, trial.sources, cite)]
    if dose == NO:
        said = {**said, "low": total.low, "high": total.high}
    why.append(Statement(f"judgement.duration.{WORDS[duration]}", said, trial.sources, cite))
    missing: list[str] = []
    if tri_and(dose, duration) == UNKNOWN:
        if UNKNOWN in at_dose:
            missing.append("age" if age_matters else "dose")
        if total.low < need_days <= total.high or not missing:
            missing.append("duration")
    return Measured(
        dose=dose,
        duration=duration,
        whole=enough(total.low, total.high, need_days),
        need_days=need_days,
        need=need,
        missing=tuple(missing),
        may_grow=total.high < need_days or at_dose[-1] != NO,
        reached=None if dose == NO else found.reached(need_days),
        why=tuple(why),
    )


def _steps_at_dose(trial: Trial, instrument: str, book: RuleBook) -> tuple[tuple[Tri, ...], bool]:
    """Tell of every step whether its dose was enough, and whether an unknown age is what keeps any open."""
    ages: list[float | None] = [trial.age]
    if trial.age is None:
        ages += book.turning_ages(instrument, trial.treatment)
    answers: list[Tri] = []
    age_matters = False
    for step in trial.era.steps:
        found = [
            _at_least(step, book.need(instrument, trial.treatment, step.formulation, age), book)
            for age in ages
        ]
        alike = found.count(found[0]) == len(found)
        age_matters = age_matters or not (alike or UNKNOWN in found)
        answers.append(found[0] if alike else UNKNOWN)
    return tuple(answers), age_matters


def _at_least(step: DoseStep, need: Need | None, book: RuleBook) -> Tri:
    """Tell whether the dose of a step is as high as is needed."""
    if need is None or need.min_dose is None:
        return UNKNOWN
    least = need.min_dose * (1 - book.conventions.lower_dose_tolerance)
    if step.dose_low is not None and step.dose_low >= least:
        return YES
    return NO if step.dose_high is not None and step.dose_high < least else UNKNOWN


def _every(trial: Trial) -> tuple[Tri, ...]:
    """Every step counts."""
    yes: Tri = YES
    return (yes,) * len(trial.era.steps)


def _days_of(trial: Trial, counts: tuple[Tri, ...], book: RuleBook, counted: Counted) -> Days:
    found = counted.get(counts)
    if found is None:
        found = counted[counts] = count_days(trial, counts, book)
    return found


def _sessions(trial: Trial, dose: str, need: Need | None, book: RuleBook, counted: Counted) -> Measured:
    """Treatments counted in sessions, or in months where their table says so (implants)."""
    if need is None or (need.min_sessions is None and need.days is None):
        low, high = count_sessions(trial, _every(trial))
        said: dict[str, Param] = {"treatment": trial.treatment, "low": low, "high": high}
        why = (Statement("judgement.sessions.no_minimum", said, trial.sources, searched=("adequacy",)),)
        return Measured(
            dose=UNKNOWN,
            duration=UNKNOWN,
            whole=UNKNOWN,
            need_days=0,
            need=need,
            missing=("minimum",),
            why=why,
        )
    need_days = need.days or 0
    found = _days_of(trial, _every(trial), book, counted)
    lasted = enough(found.low, found.high, need_days)
    lasts = Statement(
        f"judgement.duration.{WORDS[lasted]}", _said(trial, need_days, found), trial.sources, (need.citation,)
    )
    if need.min_sessions is None:
        missing = ("duration",) if lasted == UNKNOWN else ()
        return Measured(
            dose=YES,
            duration=lasted,
            whole=lasted,
            need_days=need_days,
            need=need,
            missing=missing,
            reached=found.reached(need_days),
            why=(lasts,),
        )
    measured = _counted_sessions(trial, dose, need, need.min_sessions, book)
    if need_days == 0:
        return measured
    both = tri_and(measured.duration, lasted)
    measured.why = (*measured.why, lasts)
    if both == UNKNOWN and lasted == UNKNOWN:
        measured.missing = (*measured.missing, "duration")
    measured.duration = both
    return measured


def _counted_sessions(trial: Trial, dose: str, need: Need, least: int, book: RuleBook) -> Measured:
    steps = trial.era.steps
    every = _every(trial)
    asked = dose == "instrument" and need.min_dose is not None
    at_dose = tuple(_at_least(step, need, book) for step in steps) if asked else every
    strength: Tri = max(at_dose, default=UNKNOWN)
    total = count_sessions(trial, every)
    low, high = total if strength == NO else count_sessions(trial, at_dose)
    count: Tri = YES if low >= least else NO if high is not None and high < least else UNKNOWN
    missing: list[str] = []
    if tri_and(strength, count) == UNKNOWN:
        if total[0] < least:
            missing.append("sessions")
        if UNKNOWN in at_dose:
            missing.append("dose")
    said: dict[str, Param] = {
        "treatment": trial.treatment,
        "low": low if high is not None or low > 0 else None,
        "high": high,
        "need": least,
    }
    return Measured(
        dose=strength,
        duration=count,
        whole=YES,
        need_days=need.days or 0,
        need=need,
        missing=tuple(missing),
        why=(Statement(f"judgement.sessions.{WORDS[count]}", said, trial.sources, (need.citation,)),),
    )


def count_sessions(trial: Trial, counts: Sequence[Tri]) -> tuple[int, int | None]:
    """Count the certain and the possible sessions up to the end of the window (``None``: no limit known)."""
    low = 0
    high: int | None = 0
    for step, ok in zip(trial.era.steps, counts, strict=True):
        if ok == NO or (step.start >= trial.judged_end and trial.judged_end < trial.era.end):
            continue
        if ok == YES:
            low += step.sessions_low or 0
        high = None if high is None or step.sessions_high is None else high + step.sessions_high
    return low, high


def count_days(trial: Trial, counts: Sequence[Tri], book: RuleBook) -> Days:
    """Count the certain and the possible days of the steps that count, up to the end of the window."""
    low = high = 0
    low_reach: int | None = None
    low_until = 0
    high_reach: int | None = None
    certain: list[tuple[int, int]] = []
    gap = allowed_gap(book, trial.treatment)
    last_low, last_high = trial.judged_end_low, trial.judged_end_high
    for step, ok in zip(trial.era.steps, counts, strict=True):
        if ok == NO:
            high_reach = None
        else:
            begin = step.start_earliest if high_reach is None else high_reach
            finish = step.end_latest if step.end_latest < last_high else last_high
            if finish > begin:
                high += finish - begin
            high_reach = finish if finish > begin else begin
        if not step.certain:
            continue
        if ok != YES:
            low_reach = None
            continue
        begin = step.start_latest
        if low_reach is not None and step.start - low_until <= gap:
            begin = low_reach
        finish = step.end_earliest if step.end_earliest < last_low else last_low
        certain.append((begin, finish))
        if finish > begin:
            low += finish - begin
        low_reach = finish if finish > begin else begin
        if step.end > low_until:
            low_until = step.end
    return Days(low, max(low, high), certain)


def enough(low: int, high: int, need: int) -> Tri:
    """Return yes when even the certain days suffice, no when even the possible days do not."""
    return YES if low >= need else NO if high < need else UNKNOWN


def _need_days(instrument: str, min_days: int | None, need: Need | None, book: RuleBook) -> int:
    if min_days is not None:
        return min_days
    if need is not None and need.days is not None:
        return need.days
    weeks = book.instruments[instrument].min_weeks
    return 0 if weeks is None else round(weeks * DAYS_PER_WEEK)


def _said(trial: Trial, need_days: int, found: Days) -> dict[str, Param]:
    return {"treatment": trial.treatment, "need_days": need_days, "low": found.low, "high": found.high}
