"""Models that count trials that lasted long enough, whatever came of them (Karolinska Institutet model)."""

from __future__ import annotations

from opentrd.rules.model import StagingItem
from opentrd.rules.staging_forms.facts import Facts, Score, level_of, sources_of
from opentrd.statement import Statement


def score(facts: Facts) -> Score:
    """Count trials in sequence that lasted longer than the days of the table."""
    limit = facts.levels("trial_days")[0].low or 0.0
    trials = [
        p for p in facts.pairs if p[0].role in ("first", "switch", "continued", "combination", "stimulation")
    ]
    certain = [p for p in trials if p[0].days_low > limit]
    possible = [p for p in trials if p[0].days_high > limit]
    levels = facts.levels("sequence")
    low, high = level_of(levels, len(certain)) or levels[0], level_of(levels, len(possible)) or levels[-1]
    said = Statement(
        "staging.sequence",
        {"low": len(certain), "high": len(possible), "days": limit},
        sources_of(possible),
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
        sources=sources_of(possible),
    )
    return Score(item.low, item.high, [item], [], low.level, high.level)
