"""Definitions that count failed adequate trials.

Judged trials of the episode, the lifetime or any window are counted by distinct treatment, distinct class or
one by one. Certain is what counts for sure, possible what may count.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_and, tri_not
from opentrd.knowledge.definition import Definition
from opentrd.rules.case import NUMBERS, SAID, Case, Count, Pair
from opentrd.rules.model import Episode, Trial
from opentrd.rules.trials import is_adult
from opentrd.statement import Statement

AGE = "age"


def count_failed_trials(
    definition: Definition, episode: Episode | None, case: Case, instrument: str, detail: int = SAID
) -> Count:
    """Count the failed adequate trials that ``definition`` asks for."""
    pairs = failing(definition, episode, case, instrument)
    if definition.scope == "window" and definition.window_days is not None:
        return _best_window(definition, pairs, definition.window_days)
    return _count(definition, pairs, detail)


def failing(definition: Definition, episode: Episode | None, case: Case, instrument: str) -> list[Pair]:
    """Return the trials that count or may count, in the order in which their failure stood.

    A trial that an unknown age may take out of the count is unknown, and its judgement misses the ``age``.
    """
    policy = case.book.policy(definition, instrument)
    place = (policy, episode.id if episode is not None else None)
    pairs = case.failing.get(place)
    if pairs is None:
        pairs = case.failing[place] = [
            (trial, judgement)
            for trial, judgement in zip(case.trials, case.judge(policy), strict=True)
            if judgement.counts != NO and (episode is None or trial.episode == episode.id)
        ]
        pairs.sort(key=lambda p: (p[1].settled_on, p[0].treatment, p[0].id))
    if definition.min_age is None and definition.max_age is None:
        return pairs
    fitting: list[Pair] = []
    for trial, judgement in pairs:
        fits = _of_age(definition, trial, case)
        if fits == UNKNOWN:
            missing = (*judgement.missing, AGE)
            fitting.append((trial, replace(judgement, counts=UNKNOWN, missing=missing)))
        elif fits == YES:
            fitting.append((trial, judgement))
    return fitting


def assumed_against(
    definition: Definition, episode: Episode | None, case: Case, instrument: str
) -> tuple[Statement, ...]:
    """Return what was assumed of trials that do not count, where the contrary could make them count.

    That is so where not tolerated counts: a trial that was not taken was not adequate, and may have been
    stopped for adverse effects.
    """
    if definition.kind != "failed_trials" or not definition.counts.intolerance:
        return ()
    judged = zip(case.trials, case.judge(case.book.policy(definition, instrument)), strict=True)
    return _unique(
        assumption
        for trial, judgement in judged
        if judgement.counts == NO and (episode is None or trial.episode == episode.id)
        for assumption in judgement.assumptions
        if judgement.adequate == YES
    )


def _count(definition: Definition, pairs: list[Pair], detail: int = SAID) -> Count:
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
    count = Count(certain=len(certain), possible=len(possible), needed=definition.number, first_met=first_met)
    if detail != NUMBERS:
        count.decisive = tuple(trial.id for trial, _ in pairs)
        count.assumptions = _unique(a for _, j in pairs for a in j.assumptions)
        count.why = tuple(
            Statement(
                "status.trial_counts" if j.counts == YES else "status.trial_may_count",
                {"trial": t.id, "treatment": t.treatment},
                t.sources,
            )
            for t, j in pairs
        )
    return count


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
    every = tuple(statements)
    if len(every) < 2:
        return every
    seen: dict[tuple[str, str], Statement] = {}
    for statement in every:
        seen.setdefault((statement.key, repr(statement.params)), statement)
    return tuple(seen.values())
