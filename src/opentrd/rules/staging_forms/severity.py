"""How severe the episode is, from the latest score or the diagnosis; the scales' bands stand in, marked."""

from __future__ import annotations

from opentrd.kleene import NO, UNKNOWN, YES
from opentrd.knowledge.schema import StagingItem as Level
from opentrd.records.model import Condition
from opentrd.rules.model import StagingItem
from opentrd.rules.scores import Point
from opentrd.rules.staging_forms.facts import Facts
from opentrd.statement import Statement

Told = tuple[tuple[str, ...], Statement, tuple[str, ...]]
"""The levels that are possible, what is said, and the record rows."""

SEVERE, PSYCHOTIC = "severe", "severe_psychotic"


def severity_item(facts: Facts) -> StagingItem | None:
    """Score the item: by the latest score that is recent enough, else by the diagnosis, else open."""
    levels = facts.levels("severity")
    if not levels:
        return None
    names, said, sources = _by_score(facts) or _by_diagnosis(facts, levels) or _unknown(facts, levels)
    found = [row for row in levels if row.level in names] or levels
    lowest = min(found, key=lambda row: row.points or 0.0)
    highest = max(found, key=lambda row: row.points or 0.0)
    return StagingItem(
        item="severity",
        level_low=lowest.level,
        level_high=highest.level,
        low=lowest.points or 0.0,
        high=highest.points or 0.0,
        why=(said,),
        sources=sources,
    )


def _last_day(facts: Facts) -> int:
    """The last day of the episode so far: the day before its remission, or the day judged."""
    return (facts.episode.end if facts.episode.end is not None else facts.horizon) - 1


def _by_score(facts: Facts) -> Told | None:
    """Read the latest score of the episode that is recent enough; of one day the best-ranked scale's."""
    end = _last_day(facts)
    recent = facts.book.conventions.severity_recent_days

    def order(point: Point) -> tuple[int, int, float]:
        return (point.day, -(facts.book.scales[point.scale].rank or 0), point.value)

    for point in sorted(facts.points, key=order, reverse=True):
        if not facts.episode.start <= point.day <= end or end - point.day > recent:
            continue
        band = next(
            (b for b in facts.book.bands.get(point.scale, ()) if b.low <= point.value <= b.high), None
        )
        if band is None or band.severity is None:
            continue
        names: tuple[str, ...] = (band.severity,)
        sources = point.sources
        if band.severity == SEVERE:
            psychotic, told = facts.exclusions.find("psychosis")
            names = {YES: (PSYCHOTIC,), UNKNOWN: (SEVERE, PSYCHOTIC), NO: names}[psychotic]
            sources += told.sources if psychotic != NO else ()
        said = Statement(
            "staging.severity.score",
            {
                "scale": point.scale,
                "value": point.value,
                "day": point.day,
                "level": names[-1],
                "band": band.band,
            },
            sources,
            (f"scale_band:{point.scale}/{band.low:g}", facts.citation),
        )
        return names, said, sources
    return None


def _by_diagnosis(facts: Facts, levels: list[Level]) -> Told | None:
    """Read the latest depressive diagnosis that says how severe it is; of equals the severest."""
    order = {row.level: row.order for row in levels}
    told: list[tuple[int, int, tuple[str, ...], str, str]] = []
    for condition in facts.conditions:
        level = _level(condition, facts)
        if level is None or level not in order:
            continue
        onset = condition.onset_latest if condition.onset_latest is not None else condition.onset_earliest
        ended = condition.end_latest if condition.end_latest is not None else condition.end_earliest
        if (onset is not None and onset > _last_day(facts)) or (
            ended is not None and ended <= facts.episode.start
        ):
            continue
        told.append((onset or 0, order[level], condition.source_ids, condition.concept or "", level))
    if not told:
        return None
    _, _, sources, concept, level = max(told)
    said = Statement(
        "staging.severity.diagnosis", {"condition": concept, "level": level}, sources, (facts.citation,)
    )
    return (level,), said, sources


def _level(condition: Condition, facts: Facts) -> str | None:
    concept = facts.book.conditions.get(condition.concept or "")
    if concept is None or concept.group != "depressive" or condition.family_member:
        return None
    return PSYCHOTIC if concept.psychotic == "yes" else condition.severity or concept.severity


def _unknown(facts: Facts, levels: list[Level]) -> Told:
    said = Statement(
        "staging.severity.unknown",
        {"days": facts.book.conventions.severity_recent_days},
        searched=("score", "condition"),
        citations=("convention:severity_recent_days", facts.citation),
    )
    return tuple(row.level for row in levels), said, ()
