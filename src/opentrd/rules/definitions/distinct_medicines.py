"""Definitions that count different medicines begun within a window, whatever came of them."""

from __future__ import annotations

from opentrd.knowledge.definition import Definition
from opentrd.rules.case import Case, Count, episode_span
from opentrd.rules.model import Episode, Era
from opentrd.statement import Statement


def count_distinct(definition: Definition, episode: Episode | None, case: Case) -> Count:
    """Count the most different medicines in any window that ends with the start of one of them."""
    begin, finish = episode_span(case, episode)
    eras = [era for era in case.eras if begin <= era.start < finish and _counted(definition, era, case)]
    best = Count(certain=0, possible=0, needed=definition.number)
    for n, last in enumerate(eras):
        inside: dict[str, Era] = {}
        for era in eras[: n + 1]:
            if _in_window(definition, era, last.start):
                inside.setdefault(era.treatment, era)
        before = {
            era.treatment
            for era in case.eras
            if era.start < last.start
            and era.treatment not in inside
            and _is_main(era, case)
            and _in_window(definition, era, last.start)
        }
        if len(before) < definition.after_antidepressants or len(inside) <= best.certain:
            continue
        met = best.first_met
        if met is None and len(inside) >= definition.number:
            met = last.start
        best = Count(
            certain=len(inside),
            possible=len(inside),
            needed=definition.number,
            first_met=met,
            why=tuple(
                Statement("status.medicine", {"treatment": t, "start": e.start}, e.sources)
                for t, e in inside.items()
            ),
        )
    return best


def _in_window(definition: Definition, era: Era, day: int) -> bool:
    if definition.window_days is None:
        return True
    return day - (era.end if definition.window_on == "end" else era.start) <= definition.window_days


def _is_main(era: Era, case: Case) -> bool:
    row = case.book.treatments[era.treatment]
    return row.kind == "medicine" and row.main == "yes"


def _counted(definition: Definition, era: Era, case: Case) -> bool:
    if definition.treatments or definition.classes:
        return (
            era.treatment in definition.treatments
            or case.book.treatments[era.treatment].class_ in definition.classes
        )
    return _is_main(era, case)
