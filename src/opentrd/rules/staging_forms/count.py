"""Models that count trials that lasted long enough, whatever came of them (Karolinska Institutet model)."""

from __future__ import annotations

from opentrd.kleene import NO
from opentrd.rules.model import StagingItem
from opentrd.rules.staging_forms.facts import Facts, Score, level_of
from opentrd.statement import Statement

ROLES = ("first", "switch", "continued", "combination", "stimulation")


def score(facts: Facts) -> Score:
    """Count the different treatments in sequence that lasted longer than the days of the table."""
    limit = facts.levels("trial_days")[0].low or 0.0
    trials = [(t, j) for t, j in facts.pairs if t.role in ROLES and t.adult != NO]
    possible = [p for p in trials if p[0].days_high > limit]
    certain = [
        p
        for p in possible
        if p[0].days_low > limit and p[0].other_use_certain == NO and p[0].era.doubt is None
    ]
    low_count, high_count = (len({t.treatment for t, _ in found}) for found in (certain, possible))
    levels = facts.levels("sequence")
    low, high = level_of(levels, low_count) or levels[0], level_of(levels, high_count) or levels[-1]
    said = Statement(
        "staging.sequence",
        {"low": low_count, "high": high_count, "days": limit},
        facts.sources(possible),
        (facts.citation,),
        ("trial",),
    )
    item = StagingItem(
        item="sequence",
        level_low=low.level,
        level_high=high.level,
        low=low.points or 0.0,
        high=high.points or 0.0,
        why=(said,),
        sources=facts.sources(possible),
    )
    return Score(item.low, item.high, [item], [], low.level, high.level)
