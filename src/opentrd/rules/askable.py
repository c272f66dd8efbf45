"""Which facts a person can be asked for, and which of them a trial lacks.

A fact is a field and what it is about: a trial's id, ``person``, or the name of a condition.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from opentrd.kleene import NO, UNKNOWN, YES
from opentrd.rules.model import Judgement, Trial

Fact = tuple[str, str]
"""Field and trial id; ``condition`` and its name; ``birth_date`` and ``person``."""

Way = tuple[Fact, ...]
"""Facts whose answers together could settle a verdict."""

PERSON = "person"
FIELDS = (
    "birth_date",
    "dose",
    "sessions",
    "duration",
    "start",
    "outcome",
    "intake",
    "stop_reason",
    "treatment",
)


def missing_facts(trial: Trial, judgement: Judgement, trials: Sequence[Trial]) -> Way:
    """Return the facts that keep a judgement open; empty where one of them cannot be asked for.

    ``trials`` are all of the person's: what another one was for may decide this one's outcome.
    """
    found: list[Fact] = []
    for name in judgement.missing:
        if name == "duration":
            facts = date_facts(trial)
        elif name == "age":
            facts = (("birth_date", PERSON),)
        elif name == "outcome":
            facts = _outcome_facts(trial, trials)
        elif name == "base":
            facts = (("dose", trial.base or ""),)
        else:
            facts = ((name, trial.id),) if name in FIELDS else ()
        if not facts:
            return ()
        found += facts
    return tuple(sorted(set(found), key=lambda f: (FIELDS.index(f[0]), f[1])))


def _outcome_facts(trial: Trial, trials: Sequence[Trial]) -> Way:
    """Return what could tell the outcome: the person, unless a score has told it already.

    Where two scores could tell it, the dose of what may have been added for another reason decides which.
    """
    if trial.outcome.basis != "score":
        return (("outcome", trial.id),)
    if trial.outcome.result is not None:
        return ()
    added = [
        t.id
        for t in trials
        if t.other_use_certain == UNKNOWN and t.episode == trial.episode and t.start > trial.start
    ]
    return tuple(("dose", each) for each in added) or (("outcome", trial.id),)


def date_facts(trial: Trial) -> Way:
    """Return start and end of a trial where they are not known to the day."""
    era = trial.era
    facts: list[Fact] = []
    told_in_part = any(not step.certain for step in era.steps)
    if trial.open_end or era.end_earliest != era.end_latest or told_in_part:
        facts.append(("duration", trial.id))
    if era.start_earliest != era.start_latest:
        facts.append(("start", trial.id))
    return tuple(facts)


def dose_facts(trial: Trial) -> Way:
    """Return the dose of a trial where a part of it is not known."""
    known = all(s.dose_low is not None and s.dose_low == s.dose_high for s in trial.era.steps)
    return () if known else (("dose", trial.id),)


def _nothing(_: Fact) -> int:
    return 0


def showing(
    trial: Trial, judgement: Judgement, trials: Sequence[Trial], weight: Callable[[Fact], int] = _nothing
) -> Way:
    """Return the facts that could show that a trial counts: all that is missing.

    Where not tolerated counts, the reason for stopping alone may be enough, or all the rest without it; of
    equals the one with more ``weight`` (it bears on more). Of what is known not to have helped the reason is
    not asked, unless nothing else could tell.
    """
    facts = missing_facts(trial, judgement, trials)
    reason = ("stop_reason", trial.id)
    if reason not in facts:
        return facts
    alone = tuple(f for f in facts if f == reason or f[0] in ("treatment", "birth_date"))
    rest = tuple(f for f in facts if f != reason)
    if not rest or NO in (judgement.dose, judgement.duration, judgement.intake, judgement.outcome):
        return alone
    if judgement.outcome == YES:
        return rest
    return min(alone, rest, key=lambda way: (len(way), -sum(map(weight, way)), way))


def refuting(
    trial: Trial, judgement: Judgement, trials: Sequence[Trial], weight: Callable[[Fact], int] = _nothing
) -> Way:
    """Return the facts that could show that a trial does not count: one of the missing ones.

    Of several the one with the most ``weight`` (it bears on more). Where not tolerated counts, the reason for
    stopping must be known too.
    """
    facts = missing_facts(trial, judgement, trials)
    reason = ("stop_reason", trial.id)
    others = sorted((f for f in facts if f != reason), key=lambda f: (-weight(f), FIELDS.index(f[0])))
    if reason not in facts:
        return tuple(others[:1])
    ordinary_no = NO in (judgement.dose, judgement.duration, judgement.intake, judgement.outcome)
    return (reason,) if ordinary_no else (*others[:1], reason)
