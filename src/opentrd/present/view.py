"""What pictures and tables show of a trial: its texts, its letters, its stretches of dose."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec

from opentrd.assessing import rule_book
from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.present.answer import NO_ATTEMPT, too_early
from opentrd.present.course import goes_on
from opentrd.rules.model import DoseStep, Era, Judgement, Trial
from opentrd.statement import Param

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

#: What colour an outcome has; every colour has a word beside it.
TONES: Final = {
    "remission": "good",
    "response": "good",
    "partial": "some",
    "lost": "some",
    "none": "bad",
    "worse": "bad",
}
#: Outcomes by the last score that hide a response which was there and was lost again.
_HIDING: Final = frozenset({"partial", "none", "worse"})
_LONG_NAME, _ABBREVIATION = 16, 6
ADEQUATE_LETTER: Final = {YES: "✓", NO: "–", UNKNOWN: "?"}


class Segment(msgspec.Struct, kw_only=True):
    """A stretch of days. ``reached``: was the least adequate dose reached; ``share`` of the largest dose."""

    start: int
    end: int
    reached: Tri
    share: float


class TrialView(msgspec.Struct, kw_only=True):
    """A trial as it is shown. ``end`` is the day up to which its bar is drawn."""

    trial: Trial
    judgement: Judgement | None
    name: str
    label: str
    role: str
    when: str
    dose: str
    time: str
    taken: str
    adequate: Tri
    adequate_text: str
    outcome: str
    outcome_text: str
    result_text: str
    tone: str
    attempt: bool
    start: int
    end: int
    running: bool
    segments: list[Segment]


def trial_views(a: Assessment, words: Words) -> list[TrialView]:
    """Return all trials as they are shown, in order of their start."""
    return [_view(trial, a, words) for trial in sorted(a.judged.trials, key=lambda t: (t.start, t.id))]


def _view(trial: Trial, a: Assessment, words: Words) -> TrialView:
    judgement = a.judged.adequacy.get(trial.id)
    attempt = trial.role not in NO_ATTEMPT
    adequate: Tri = judgement.adequate if judgement else UNKNOWN
    result = trial.outcome.result
    outcome = result or "unknown"
    if not attempt:
        outcome = "not_for_depression"
    elif too_early(a, trial):
        outcome = "too_early"
    elif trial.outcome.lost_response == YES and outcome in _HIDING:
        outcome = "lost"
    name = words.write("name", trial.treatment)
    running = goes_on(trial, a.settings.as_of)
    end = a.settings.as_of if running else min(trial.era.end, a.settings.as_of + 1)
    role = words.text(f"role.{trial.role}", other_use=trial.other_use, base=_base(trial))
    return TrialView(
        trial=trial,
        judgement=judgement,
        name=name,
        label=("+ " if trial.role in ("augmentation", "combination") else "")
        + short_name(trial.treatment, name, words),
        role=role,
        when=when(trial, words, running),
        dose=dose(trial, words),
        time=time(trial, words),
        taken=taken(trial, words),
        adequate=adequate,
        adequate_text=words.text(f"adequate.{'na' if not attempt else _tri(adequate)}"),
        outcome=outcome,
        outcome_text=words.text(f"outcome_word.{outcome}"),
        result_text=result_text(trial, outcome, words),
        tone=TONES.get(outcome, "none"),
        attempt=attempt,
        start=trial.start,
        end=max(end, trial.start + 1),
        running=running,
        segments=_segments(trial, a, judgement, words, end),
    )


def _tri(value: Tri) -> str:
    return "unknown" if value == UNKNOWN else "yes" if value == YES else "no"


def _base(trial: Trial) -> str | None:
    return None if trial.base is None else trial.base.rsplit("-", 2)[0]


def short_name(treatment: str, name: str, words: Words) -> str:
    """Return a name that fits before a bar: the abbreviation where the key is one."""
    if len(name) <= _LONG_NAME or len(treatment) > _ABBREVIATION:
        return name
    return words.find(f"abbreviation.{treatment}") or treatment.upper()


def when(trial: Trial, words: Words, running: bool) -> str:
    """Say from when to when, the last day included."""
    era = trial.era
    params: dict[str, Param] = {"low": era.start_earliest, "high": era.start_latest}
    if running:
        return words.text("when.since", **params)
    if trial.open_end:
        return words.text("when.open", **params)
    first, last = date.fromordinal(era.start_latest), date.fromordinal(era.end_latest - 1)
    exact = era.start_earliest == era.start_latest and era.end_earliest == era.end_latest
    if exact and first.year == last.year:
        return words.text("when.same_year", low=era.start, end_low=era.end - 1)
    return words.text("when.span", **params, end_low=era.end_earliest - 1, end_high=era.end_latest - 1)


def dose(trial: Trial, words: Words) -> str:
    """Say the doses, from the first to the largest; sessions for what is counted in sessions."""
    era = trial.era
    if era.sessions_low and era.sessions_high is None:
        return words.text("dose.sessions_least", low=era.sessions_low)
    if era.sessions_low is not None or era.sessions_high is not None:
        return words.text("dose.sessions", low=era.sessions_low, high=era.sessions_high, n=era.sessions_high)
    if trial.dose_max_low is None and trial.dose_max_high is None:
        return words.text("dose.unknown") if trial.kind == "medicine" else ""
    unit = words.text(f"unit.{trial.dose_unit}") if trial.dose_unit else ""
    first = _first_dose(era)
    if first is not None and trial.dose_max_low == trial.dose_max_high and first < (trial.dose_max_low or 0):
        return words.text("dose.rise", low=first, high=trial.dose_max_low, unit=unit)
    return words.text("dose.range", low=trial.dose_max_low, high=trial.dose_max_high, unit=unit)


def _first_dose(era: Era) -> float | None:
    step = era.steps[0] if era.steps else None
    return step.dose_low if step and step.dose_low == step.dose_high else None


def time(trial: Trial, words: Words) -> str:
    """Say how long the trial lasted."""
    return words.write("weeks", trial.days_low, trial.days_high)


def taken(trial: Trial, words: Words) -> str:
    """Say how much of it was taken, or how many days the supplies covered."""
    if trial.taken_low is not None or trial.taken_high is not None:
        return words.text("taken.taken", low=trial.taken_low, high=trial.taken_high)
    if trial.pdc_low is not None or trial.pdc_high is not None:
        return words.text("taken.collected", low=trial.pdc_low, high=trial.pdc_high)
    return ""


def result_text(trial: Trial, outcome: str, words: Words) -> str:
    """Say what it did, with the scores."""
    found = trial.outcome
    text = words.text(f"outcome_word.{outcome}")
    if found.scale and found.baseline is not None and found.last is not None:
        scores: dict[str, Param] = {"scale": found.scale, "baseline": found.baseline, "last": found.last}
        best = found.best_percent if outcome == "lost" else None
        text = words.text("outcome_word.with_scores", outcome=text, best=best, **scores)
    if found.lost_response == YES and outcome != "lost":
        text = words.text("outcome_word.then_lost", outcome=text)
    reasons = tuple(r for r in trial.stopped_for if not (r == "no_effect" and outcome in ("none", "worse")))
    if reasons:
        text = words.text("outcome_word.stopped_for", outcome=text, reasons=reasons)
    return text


def _segments(
    trial: Trial, a: Assessment, judgement: Judgement | None, words: Words, end: int
) -> list[Segment]:
    """Return the stretches of a bar; one stretch where doses play no part."""
    steps = trial.era.steps
    whole: Tri = judgement.adequate if judgement else UNKNOWN
    if trial.kind != "medicine" or not steps:
        return [Segment(start=trial.start, end=max(end, trial.start + 1), reached=whole, share=1.0)]
    largest = max((high for step in steps if (high := step.dose_high or step.dose_low)), default=0.0)
    made = []
    for number, step in enumerate(steps):
        last = number == len(steps) - 1
        middle = _middle(step)
        share = 0.6 if middle is None or not largest else max(0.25, middle / largest)
        made.append(
            Segment(
                start=step.start,
                end=max(end if last else step.end, step.start + 1),
                reached=_reached(step, trial, a, words),
                share=min(share, 1.0),
            )
        )
    return made


def _middle(step: DoseStep) -> float | None:
    known = [value for value in (step.dose_low, step.dose_high) if value is not None]
    return sum(known) / len(known) if known else None


def _reached(step: DoseStep, trial: Trial, a: Assessment, words: Words) -> Tri:
    """Say whether a step reaches the least dose that the chosen instrument asks for."""
    book = rule_book(words.knowledge)
    need = book.need(a.settings.instrument, trial.treatment, step.formulation, trial.age)
    if need is None or need.min_dose is None or need.dose_unit != step.dose_unit:
        return UNKNOWN
    if step.dose_low is not None and step.dose_low >= need.min_dose:
        return YES
    if step.dose_high is not None and step.dose_high < need.min_dose:
        return NO
    return UNKNOWN
