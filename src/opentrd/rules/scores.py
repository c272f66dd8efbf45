"""Depression scores in order of time, read by each scale's own thresholds (table ``scale``)."""

from __future__ import annotations

import msgspec

from opentrd.records.model import Score
from opentrd.rules.rulebook import RuleBook


class Point(msgspec.Struct, gc=False):
    """A depression score on its (middle) day, with what its scale says of it."""

    scale: str
    day: int
    value: float
    remission: bool
    depressed: bool
    sources: tuple[str, ...]


def depression_points(scores: list[Score], book: RuleBook, horizon: int) -> list[Point]:
    """Return the scores of ranked depression scales up to the day judged, in order of day, scale and value."""
    points = []
    for score in scores:
        scale = book.scales.get(score.scale)
        day = (score.day_earliest + score.day_latest) // 2
        if scale is None or scale.rank is None or score.value is None or day >= horizon:
            continue
        points.append(
            Point(
                scale=score.scale,
                day=day,
                value=score.value,
                remission=scale.remission_max is not None and score.value <= scale.remission_max,
                depressed=scale.depressed_min is not None and score.value >= scale.depressed_min,
                sources=score.source_ids,
            )
        )
    points.sort(key=lambda p: (p.day, book.scales[p.scale].rank or 0, p.scale, p.value))
    return points


def improvement(book: RuleBook, scale: str, baseline: float, value: float) -> float | None:
    """Return the reduction in percent of the baseline, counted from the scale's lowest value; ``None`` at zero."""
    floor = book.scales[scale].min_score
    return None if baseline <= floor else 100 * (baseline - value) / (baseline - floor)
