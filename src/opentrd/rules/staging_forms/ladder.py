"""Models whose stages must be climbed in order, each by the failure of a further class (Thase-Rush)."""

from __future__ import annotations

from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_and
from opentrd.knowledge.schema import StagingItem as Level
from opentrd.rules.model import StagingItem
from opentrd.rules.staging_forms.facts import (
    ECT_CLASS,
    Facts,
    Pair,
    Score,
    any_of,
)
from opentrd.statement import Statement


def score(facts: Facts) -> Score:
    """Climb as far as certain failures carry, and as far as possible ones might."""
    levels = facts.levels("stage")
    low = high = levels[0]
    reached: dict[str, Tri] = {levels[0].level: YES}
    for level in levels[1:]:
        met = _met(facts, level)
        if level.needs is not None:
            met = tri_and(met, reached.get(level.needs, NO))
        reached[level.level] = met
        if met == YES:
            low = level
        if met != NO:
            high = level
    pairs = facts.drugs() + facts.ect()
    said = Statement(
        "staging.ladder",
        {"classes": tuple(sorted({t.class_ for t, _ in pairs}))},
        facts.sources(pairs),
        (facts.citation,),
        ("trial",),
    )
    item = StagingItem(
        item="stage",
        level_low=low.level,
        level_high=high.level,
        low=low.points or 0.0,
        high=high.points or 0.0,
        why=(said, *facts.statements(pairs)),
        sources=facts.sources(pairs),
    )
    return Score(item.low, item.high, [item], [], low.level, high.level)


def _met(facts: Facts, level: Level) -> Tri:
    if level.counts in ("any", "different"):
        least = level.low or 0.0
        certain = {t.class_ for t, j in facts.drugs() if j.counts == YES}
        possible = {t.class_ for t, j in facts.drugs()}
        return YES if len(certain) > least else UNKNOWN if len(possible) > least else NO
    pairs = (
        facts.ect()
        if level.counts == ECT_CLASS
        else [p for p in facts.drugs() if p[0].class_ == level.counts]
    )
    return any_of([tri_and(pair[1].counts, _detail(pair, level)) for pair in pairs])


def _detail(pair: Pair, level: Level) -> Tri:
    """Does the course have the detail that the stage asks for (bilateral electrodes)?"""
    if level.detail is None:
        return YES
    told = pair[0].era.session_detail
    if told is None:
        return UNKNOWN
    return NO if set(level.detail.split(";")).isdisjoint(told.lower().split()) else YES
