"""How severe the episode is, from the latest score or from the diagnosis itself; the bands stand in, marked."""

from __future__ import annotations

from opentrd.kleene import YES
from opentrd.rules.model import StagingItem
from opentrd.rules.staging_forms.facts import Facts
from opentrd.statement import Statement


def severity_item(facts: Facts) -> StagingItem | None:
    """Score the severity item: by the latest score of the episode that is recent enough, else by the diagnosis."""
    levels = facts.levels("severity")
    if not levels:
        return None
    level, said, sources = _severity(facts)
    found = next((row for row in levels if row.level == level), None)
    if found is None:
        points = [row.points or 0.0 for row in levels]
        lowest = min(levels, key=lambda row: row.points or 0.0)
        highest = max(levels, key=lambda row: row.points or 0.0)
        return StagingItem(
            item="severity",
            level_low=lowest.level,
            level_high=highest.level,
            low=min(points),
            high=max(points),
            why=(said,),
            sources=sources,
        )
    return StagingItem(
        item="severity",
        level_low=found.level,
        level_high=found.level,
        low=found.points or 0.0,
        high=found.points or 0.0,
        why=(said,),
        sources=sources,
    )


def _severity(facts: Facts) -> tuple[str | None, Statement, tuple[str, ...]]:
    end = facts.episode.end if facts.episode.end is not None else facts.horizon
    recent = facts.book.conventions.severity_recent_days
    psychotic, told = facts.exclusions.find("psychosis")
    inside = [p for p in facts.points if facts.episode.start <= p.day <= end and end - p.day <= recent]
    if inside:
        last = inside[-1]
        band = next((b for b in facts.book.bands.get(last.scale, ()) if b.low <= last.value <= b.high), None)
        if band is not None:
            level = "severe_psychotic" if band.severity == "severe" and psychotic == YES else band.severity
            said = Statement(
                "staging.severity.score",
                {
                    "scale": last.scale,
                    "value": last.value,
                    "day": last.day,
                    "level": level,
                    "band": band.band,
                },
                last.sources + (told.sources if level == "severe_psychotic" else ()),
                (f"scale_band:{last.scale}/{band.low:g}", facts.citation),
            )
            return level, said, last.sources
    for condition in reversed(facts.conditions):
        concept = facts.book.conditions.get(condition.concept or "")
        if concept is None or concept.group != "depressive" or condition.family_member:
            continue
        level = condition.severity or concept.severity
        if concept.psychotic == "yes":
            level = "severe_psychotic"
        if level is not None:
            said = Statement(
                "staging.severity.diagnosis",
                {"condition": condition.concept, "level": level},
                condition.source_ids,
                (facts.citation,),
            )
            return level, said, condition.source_ids
    said = Statement(
        "staging.severity.unknown",
        {"days": recent},
        searched=("score", "condition"),
        citations=("convention:severity_recent_days", facts.citation),
    )
    return None, said, ()
