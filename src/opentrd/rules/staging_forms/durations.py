"""Models that number failed trials of different classes and turn chronic with time (European staging)."""

from __future__ import annotations

from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_and
from opentrd.knowledge.schema import StagingItem as Level
from opentrd.rules.days import DAYS_PER_WEEK
from opentrd.rules.model import StagingItem
from opentrd.rules.staging_forms.facts import (
    Facts,
    Score,
    any_of,
    count_distinct,
    level_of,
)
from opentrd.statement import Statement


def score(facts: Facts) -> Score:
    """Number the failed trials; with one class alone the episode stays at the first level."""
    pairs = facts.drugs() + facts.ect()
    certain, possible = count_distinct(pairs, facts.model.distinct)
    low_classes, high_classes = count_distinct(pairs, "class")
    low = _level(facts, certain, low_classes)
    high = _level(facts, possible, high_classes)
    chronic = _chronic(facts, low, high)
    crd = facts.levels("crd_months")
    if crd and chronic == YES:
        low = crd[0]
    if crd and chronic != NO:
        high = crd[0]
    weeks = [j for _, j in pairs]
    said = Statement(
        "staging.failures",
        {"low": certain, "high": possible},
        facts.sources(pairs),
        (facts.citation,),
        ("trial",),
    )
    shown = Statement(
        "staging.weeks",
        {
            "weeks": sum(max(0, t.judged_end - t.start) for t, _ in pairs) // DAYS_PER_WEEK,
            "trials": len(weeks),
        },
        facts.sources(pairs),
        (facts.citation,),
    )
    item = StagingItem(
        item="failures",
        level_low=low.level,
        level_high=high.level,
        low=low.points or 0.0,
        high=high.points or 0.0,
        why=(said, shown, *facts.statements(pairs)),
        sources=facts.sources(pairs),
    )
    return Score(item.low, item.high, [item], [], low.level, high.level)


def _level(facts: Facts, failures: int, classes: int) -> Level:
    levels = facts.levels("failures")
    enough = facts.levels("classes")
    found = level_of(levels, failures) or levels[0]
    several = not enough or classes > (enough[0].low or 0.0)
    return found if several else levels[0]


def _chronic(facts: Facts, low: Level, high: Level) -> Tri:
    """Chronic: resistant, longer than the months of the table, and a failed augmentation."""
    rows = facts.levels("crd_months")
    if not rows:
        return NO
    row = rows[0]
    first = next(r for r in facts.levels("failures") if r.level == row.needs)
    resistant: Tri = YES if low.order >= first.order else UNKNOWN if high.order >= first.order else NO
    low_months, high_months = facts.months()
    limit = row.low or 0.0
    lasted: Tri = YES if low_months > limit else UNKNOWN if high_months > limit else NO
    augmented = any_of([j.counts for _, j in facts.augmentations()])
    return tri_and(tri_and(resistant, lasted), augmented)
