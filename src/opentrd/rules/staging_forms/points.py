"""Models that add the points of items: duration, severity, failures, augmentation, ECT (Maudsley)."""

from __future__ import annotations

from opentrd.rules.model import StagingItem
from opentrd.rules.staging_forms.facts import (
    Facts,
    Pair,
    Score,
    banded,
    count_distinct,
)
from opentrd.rules.staging_forms.severity import severity_item
from opentrd.statement import Statement


def score(facts: Facts) -> Score:
    """Add the points of every item, low and high."""
    items = [
        item
        for item in (
            _duration(facts),
            severity_item(facts),
            _number(facts, "failures", facts.drugs()),
            _number(facts, "augmentation", facts.augmentations()),
            _number(facts, "ect", facts.ect()),
        )
        if item is not None
    ]
    why = []
    instrument = facts.book.instruments[facts.instrument]
    if instrument.stand_in is not None:
        why.append(
            Statement(
                "assumption.stand_in",
                {"instrument": instrument.name, "stand_in": instrument.stand_in, "treatment": None},
                citations=(f"instrument:{facts.instrument}", facts.citation),
            )
        )
    return Score(low=sum(i.low for i in items), high=sum(i.high for i in items), items=items, why=why)


def _duration(facts: Facts) -> StagingItem | None:
    low, high = facts.months()
    said = Statement(
        "staging.duration",
        {"start": facts.episode.start, "low": round(low, 1), "high": round(high, 1)},
        facts.episode.sources,
        (facts.citation,),
    )
    return banded(facts, "duration_months", low, high, (said,), facts.episode.sources)


def _number(facts: Facts, item: str, pairs: list[Pair]) -> StagingItem | None:
    certain, possible = count_distinct(pairs, facts.model.distinct)
    said = Statement(
        f"staging.{item}",
        {"low": certain, "high": possible},
        facts.sources(pairs),
        (facts.citation,),
        ("trial",),
    )
    return banded(facts, item, certain, possible, (said, *facts.statements(pairs)), facts.sources(pairs))
