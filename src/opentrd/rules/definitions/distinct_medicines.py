"""Definitions that count different medicines begun within a window, whatever came of them."""

from __future__ import annotations

from opentrd.knowledge.definition import Definition
from opentrd.rules.case import Case, Count, episode_span
from opentrd.rules.model import Episode, Era
from opentrd.statement import Statement


def count_distinct(definition: Definition, episode: Episode | None, case: Case) -> Count:
    """Count the most different medicines in any window that ends with the start of one of them.

    Where code and name of a product disagree, which medicine it was is in doubt: it may count, no more.
    """
    begin, finish = episode_span(case, episode)
    seen = [era for era in case.eras if not case.under_age(era.start)]
    eras = [era for era in seen if begin <= era.start < finish and _counted(definition, era, case)]
    best = Count(certain=0, possible=0, needed=definition.number)
    possible = 0
    for n, last in enumerate(eras):
        inside: dict[str, Era] = {}
        for era in eras[: n + 1]:
            kept = inside.get(era.treatment)
            if _in_window(definition, era, last.start) and (kept is None or kept.doubt is not None):
                inside[era.treatment] = era
        before = [
            era
            for era in seen
            if era.start < last.start
            and era.treatment not in inside
            and _is_main(definition, era, case)
            and _in_window(definition, era, last.start)
        ]
        if len({era.treatment for era in before}) < definition.after_antidepressants:
            continue
        possible = max(possible, len(inside))
        sure = {era.treatment for era in before if era.doubt is None}
        certain = sum(1 for era in inside.values() if era.doubt is None)
        if len(sure) < definition.after_antidepressants or certain <= best.certain:
            continue
        met = best.first_met
        if met is None and certain >= definition.number:
            met = last.start
        best = Count(
            certain=certain,
            possible=certain,
            needed=definition.number,
            first_met=met,
            why=tuple(
                Statement("status.medicine", {"treatment": t, "start": e.start}, e.sources)
                for t, e in inside.items()
            ),
        )
    best.possible = possible
    return best


def _in_window(definition: Definition, era: Era, day: int) -> bool:
    if definition.window_days is None:
        return True
    return day - (era.end if definition.window_on == "end" else era.start) <= definition.window_days


def _is_main(definition: Definition, era: Era, case: Case) -> bool:
    row = case.book.treatments[era.treatment]
    if definition.sees_classes and row.class_ not in definition.sees_classes:
        return False
    return row.kind == "medicine" and row.main == "yes"


def _counted(definition: Definition, era: Era, case: Case) -> bool:
    if definition.treatments or definition.classes:
        return (
            era.treatment in definition.treatments
            or case.book.treatments[era.treatment].class_ in definition.classes
        )
    return _is_main(definition, era, case)
