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
    """Return the scores of ranked depression scales up to the day judged, by day, scale and value.

    A score of which only the month is known lies in its middle, but never after the day judged.
    """
    points = []
    for score in scores:
        scale = book.scales.get(score.scale)
        if scale is None or scale.rank is None or score.value is None or score.day_earliest >= horizon:
            continue
        day = (score.day_earliest + min(score.day_latest, horizon - 1)) // 2
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
    points.sort(key=lambda p: (p.day, book.scales[p.scale].rank or 0, p.scale, p.value, p.sources))
    return points


def improvement(book: RuleBook, scale: str, baseline: float, value: float) -> float | None:
    """Return the reduction in percent of the baseline, both counted from the scale's lowest value.

    ``None`` where the baseline is that lowest value.
    """
    floor = book.scales[scale].min_score
    return None if baseline <= floor else 100 * (baseline - value) / (baseline - floor)
