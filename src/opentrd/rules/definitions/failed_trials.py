"""Definitions that count failed adequate trials.

Judged trials of the episode, the lifetime or any window are counted by distinct treatment, distinct class or one by
one. Certain is what counts for sure, possible what may count.
"""

from __future__ import annotations

from opentrd.kleene import NO, YES
from opentrd.knowledge.definition import Definition
from opentrd.rules.case import Case, Count
from opentrd.rules.judgements import policy_of
from opentrd.rules.model import Episode, Judgement, Trial
from opentrd.statement import Statement


def count_failed_trials(
    definition: Definition, episode: Episode | None, case: Case, instrument: str
) -> Count:
    """Count the failed adequate trials that ``definition`` asks for."""
    judged = case.judge(policy_of(definition, instrument))
    pairs = [
        (trial, judgement)
        for trial, judgement in zip(case.trials, judged, strict=True)
        if judgement.counts != NO
        and (episode is None or trial.episode == episode.id)
        and _of_age(definition, trial)
    ]
    pairs.sort(key=lambda p: (p[1].settled_on, p[0].treatment, p[0].id))
    if definition.scope == "window" and definition.window_days is not None:
        return _best_window(definition, pairs, definition.window_days)
    return _count(definition, pairs)


def _count(definition: Definition, pairs: list[tuple[Trial, Judgement]]) -> Count:
    certain: set[str] = set()
    possible: set[str] = set()
    first_met: int | None = None
    for trial, judgement in pairs:
        key = _key(definition, trial)
        possible.add(key)
        if judgement.counts == YES:
            certain.add(key)
            if first_met is None and len(certain) >= definition.number:
                first_met = judgement.settled_on
    return Count(
        certain=len(certain),
        possible=len(possible),
        needed=definition.number,
        first_met=first_met,
        decisive=tuple(trial.id for trial, _ in pairs),
        why=tuple(
            Statement(
                "status.trial_counts" if j.counts == YES else "status.trial_may_count",
                {"trial": t.id, "treatment": t.treatment},
                t.sources,
            )
            for t, j in pairs
        ),
        assumptions=_unique(a for _, j in pairs for a in j.assumptions),
    )


def _best_window(definition: Definition, pairs: list[tuple[Trial, Judgement]], days: int) -> Count:
    """Take the window with the most certain, then the most possible failures; the latest of equals."""
    best = _count(definition, [])
    for n, (_, first) in enumerate(pairs):
        inside = [p for p in pairs[n:] if p[1].settled_on - first.settled_on <= days]
        found = _count(definition, inside)
        if (found.certain, found.possible) >= (best.certain, best.possible):
            best = found
    return best


def _of_age(definition: Definition, trial: Trial) -> bool:
    """Tell whether the age at the start lies in the definition's limits; an unknown age does not rule out."""
    if trial.age is None:
        return True
    above = definition.min_age is None or trial.age >= definition.min_age
    return above and (definition.max_age is None or trial.age < definition.max_age)


def _key(definition: Definition, trial: Trial) -> str:
    if definition.distinct == "treatment":
        return trial.treatment
    return trial.class_ if definition.distinct == "class" else trial.id


def _unique(statements: object) -> tuple[Statement, ...]:
    seen: dict[tuple[str, str], Statement] = {}
    for statement in statements:  # type: ignore[attr-defined]
        seen.setdefault((statement.key, repr(statement.params)), statement)
    return tuple(seen.values())
