"""Definitions that count failed adequate trials.

Judged trials of the episode, the lifetime or any window are counted by distinct treatment, distinct class or
one by one. Certain is what counts for sure, possible what may count.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_and, tri_not
from opentrd.knowledge.definition import Definition
from opentrd.rules.case import Case, Count
from opentrd.rules.judging.policy import policy_of
from opentrd.rules.model import Episode, Judgement, Trial
from opentrd.rules.trials import is_adult
from opentrd.statement import Statement

Pair = tuple[Trial, Judgement]
AGE = "age"


def count_failed_trials(
    definition: Definition, episode: Episode | None, case: Case, instrument: str
) -> Count:
    """Count the failed adequate trials that ``definition`` asks for."""
    pairs = failing(definition, episode, case, instrument)
    if definition.scope == "window" and definition.window_days is not None:
        return _best_window(definition, pairs, definition.window_days)
    return _count(definition, pairs)


def failing(definition: Definition, episode: Episode | None, case: Case, instrument: str) -> list[Pair]:
    """Return the trials that count or may count, in the order in which their failure stood.

    A trial that an unknown age may take out of the count is unknown, and its judgement misses the ``age``.
    """
    judged = case.judge(policy_of(definition, instrument))
    limited = definition.min_age is not None or definition.max_age is not None
    pairs: list[Pair] = []
    for trial, judgement in zip(case.trials, judged, strict=True):
        if judgement.counts == NO or not (episode is None or trial.episode == episode.id):
            continue
        fits = _of_age(definition, trial, case) if limited else YES
        if fits == UNKNOWN:
            missing = (*judgement.missing, AGE)
            pairs.append((trial, replace(judgement, counts=UNKNOWN, missing=missing)))
        elif fits == YES:
            pairs.append((trial, judgement))
    pairs.sort(key=lambda p: (p[1].settled_on, p[0].treatment, p[0].id))
    return pairs


def _count(definition: Definition, pairs: list[Pair]) -> Count:
    certain: set[str] = set()
    possible: set[str] = set()
    first_met: int | None = None
    for trial, judgement in pairs:
        key = key_of(definition, trial)
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


def _best_window(definition: Definition, pairs: list[Pair], days: int) -> Count:
    """Take the window with the most certain failures; possible and first met are those of any window."""
    best = _count(definition, [])
    possible: float = 0
    met: list[int] = []
    for n, (_, first) in enumerate(pairs):
        found = _count(definition, [p for p in pairs[n:] if p[1].settled_on - first.settled_on <= days])
        possible = max(possible, found.possible)
        if found.first_met is not None:
            met.append(found.first_met)
        if (found.certain, found.possible) > (best.certain, best.possible):
            best = found
    return replace(best, possible=possible, first_met=min(met, default=None))


def _of_age(definition: Definition, trial: Trial, case: Case) -> Tri:
    """Tell whether the age in completed years at the start lies in the definition's limits."""
    answer: Tri = YES
    if definition.min_age is not None:
        answer = is_adult(case.person, trial.start, definition.min_age)
    if definition.max_age is not None:
        answer = tri_and(answer, tri_not(is_adult(case.person, trial.start, definition.max_age)))
    return answer


def key_of(definition: Definition, trial: Trial) -> str:
    """Return what has to differ between two trials that both count."""
    if definition.distinct == "treatment":
        return trial.treatment
    return trial.class_ if definition.distinct == "class" else trial.id


def _unique(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    seen: dict[tuple[str, str], Statement] = {}
    for statement in statements:
        seen.setdefault((statement.key, repr(statement.params)), statement)
    return tuple(seen.values())
