"""Definitions stated as a staging score: at least, or above, so many points or so high a stage.

The trials are those of the episode, of the lifetime or of the window that scores highest, judged as the
definition's policy says (claims know no outcome). Where the model is not certain to apply no score is shown,
but what is possible still keeps the verdict open.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.knowledge.definition import Definition
from opentrd.knowledge.schema import StagingModel
from opentrd.rules.askable import Way, refuting, showing
from opentrd.rules.case import NUMBERS, SAID, WAYS, Case, Count, Pair
from opentrd.rules.model import Episode, Judgement, Trial
from opentrd.rules.staging import facts_of, pairs_of, range_of
from opentrd.statement import Statement

Scorer = Callable[[list[Pair]], tuple[float | None, float | None]]


def count_staging(
    definition: Definition, episode: Episode | None, case: Case, instrument: str, detail: int = SAID
) -> Count:
    """Score the definition's model over the trials that it speaks of."""
    needed = definition.above if definition.above is not None else definition.at_least
    assert needed is not None and definition.model is not None
    model = case.book.models[definition.model]
    nothing = Statement("status.staging_not_applicable", {"model": definition.model}, searched=("staging",))
    best = Count(0, 0, needed, why=(nothing,), strictly_above=definition.above is not None)
    if not case.episodes:
        return best
    place = episode if episode is not None else case.episodes[-1]
    counted = episode if definition.scope == "episode" else None
    pairs = pairs_of(case, model, counted, case.book.policy(definition, instrument))
    pairs.sort(key=lambda p: (p[1].settled_on, p[0].treatment, p[0].id))
    score = partial(_range, case, model, place, instrument)
    scored = False
    met: list[int] = []
    possible: float = 0
    ways: list[Way] = []
    for inside in _windows(definition, pairs):
        low, high = score(inside)
        possible = max(possible, high or 0)
        if low is not None and best.reached(low):
            met += _since(best, inside, score) if detail != NUMBERS else []
        elif detail == WAYS and high is not None and best.reached(high):
            ways += _ways(best, inside, score, case.trials)
        if low is not None and (not scored or low > best.certain):
            scored = True
            best = _found(best, model, inside, low, high)
    return replace(best, possible=possible, first_met=min(met, default=None), ways=tuple(ways))


def _range(
    case: Case, model: StagingModel, episode: Episode, instrument: str, pairs: list[Pair]
) -> tuple[float | None, float | None]:
    return range_of(facts_of(case, model, episode, pairs, instrument, silent=True))


def _windows(definition: Definition, pairs: list[Pair]) -> list[list[Pair]]:
    """Return the trials whose scores may be added up: all, or those of each window."""
    days = definition.window_days
    if definition.scope != "window" or days is None:
        return [pairs]
    counting = [p for p in pairs if p[1].counts != NO]
    windows: list[list[Pair]] = []
    for n, (_, first) in enumerate(counting):
        inside = [p for p in counting[n:] if p[1].settled_on - first.settled_on <= days]
        if not windows or inside[-1] is not windows[-1][-1]:
            windows.append(inside)
    return windows or [[]]


def _found(best: Count, model: StagingModel, inside: list[Pair], low: float, high: float | None) -> Count:
    counting = [(t, j) for t, j in inside if j.counts != NO]
    said = Statement(
        "status.staging",
        {"model": model.name, "low": low, "high": high, "needed": best.needed},
        tuple(sorted({s for t, _ in counting for s in t.sources})),
        (f"staging_model:{model.model}",),
    )
    assumptions = {(a.key, repr(a.params)): a for _, j in counting for a in j.assumptions}
    return replace(
        best,
        certain=low,
        decisive=tuple(t.id for t, _ in counting),
        why=(said,),
        assumptions=tuple(assumptions.values()),
    )


def _since(count: Count, pairs: list[Pair], score: Scorer) -> list[int]:
    """Return the first day on which the failures that stood by then made the score; more never lower it."""
    days = sorted({j.settled_on for _, j in pairs if j.counts != NO})

    def reached(day: int) -> bool:
        low, _ = score([p for p in pairs if p[1].settled_on <= day or p[1].counts == NO])
        return low is not None and count.reached(low)

    first = bisect_left(days, True, key=reached)
    return days[first : first + 1]


def _ways(count: Count, pairs: list[Pair], score: Scorer, trials: list[Trial]) -> list[Way]:
    """Return the facts that would lift the low end far enough, and those that would lower the high end."""
    ways = (
        _way(count, pairs, score, partial(showing, trials=trials), YES),
        _way(count, pairs, score, partial(refuting, trials=trials), NO),
    )
    return [way for way in ways if way]


def _way(
    count: Count, pairs: list[Pair], score: Scorer, asked: Callable[[Trial, Judgement], Way], answer: Tri
) -> Way:
    unknown = sorted(
        (len(facts), facts, n)
        for n, (trial, judgement) in enumerate(pairs)
        if judgement.counts == UNKNOWN and (facts := asked(trial, judgement))
    )
    told = list(pairs)
    way: list[tuple[str, str]] = []
    for _, facts, n in unknown:
        trial, judgement = pairs[n]
        told[n] = (trial, replace(judgement, counts=answer))
        way += facts
        low, high = score(told)
        if (low is not None and count.reached(low)) or not (high is not None and count.reached(high)):
            return tuple(dict.fromkeys(way))
    return ()
