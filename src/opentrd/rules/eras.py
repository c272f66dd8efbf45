"""Stage 2, eras: dose steps of one treatment joined across the allowed gap.

The gap for medicines is ``era_gap_days``; for psychotherapy and stimulation the longest time between two sessions
of one course. What the lines told beside the dose (taken, helped, why stopped, what for) travels with the era.
Source of the rule: table ``convention``.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from opentrd.kleene import NO
from opentrd.records.model import Exposure
from opentrd.rules.model import DoseStep, Era
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.streams import Streams, by_sessions
from opentrd.statement import Statement


def build_eras(streams: Streams, exposures: list[Exposure], book: RuleBook) -> list[Era]:
    """Join the steps of each treatment to eras, in order of start and then of treatment."""
    by_treatment: dict[str, list[Exposure]] = {}
    for x in exposures:
        if x.treatment is not None and x.treatment in book.treatments:
            parts = book.treatments[x.treatment].parts
            for treatment in parts.split("+") if parts else (x.treatment,):
                by_treatment.setdefault(treatment, []).append(x)
    eras = []
    for treatment, steps in streams.steps.items():
        gap = allowed_gap(book, treatment)
        for group in join_steps(steps, gap):
            told = _told(group, by_treatment.get(treatment, []), book.conventions.same_supply_days)
            eras.append(_era(treatment, group, told, streams.notes.get(treatment, ())))
    eras.sort(key=lambda era: (era.start, era.treatment))
    return eras


def allowed_gap(book: RuleBook, treatment: str) -> int:
    """Return the longest gap in days inside one course of a treatment."""
    c = book.conventions
    if not by_sessions(book, treatment):
        return c.era_gap_days
    kind = book.treatments[treatment].kind
    return c.session_gap_psychotherapy_days if kind == "psychotherapy" else c.session_gap_stimulation_days


def join_steps(steps: list[DoseStep], gap: int) -> list[list[DoseStep]]:
    """Group steps in order of time; a group ends where more than ``gap`` days lie before the next step."""
    groups: list[list[DoseStep]] = []
    reach = 0
    for step in sorted(steps, key=lambda s: (s.start, s.end, s.sources)):
        if groups and step.start - reach <= gap:
            groups[-1].append(step)
            reach = max(reach, step.end)
        else:
            groups.append([step])
            reach = step.end
    return groups


def _told(steps: list[DoseStep], lines: list[Exposure], slack: int) -> list[Exposure]:
    """Return every line about this course, also those whose days another origin covers, in order of time."""
    begin, finish = steps[0].start - slack, max(step.end for step in steps)
    sources = {source for step in steps for source in step.sources}
    found = []
    for x in lines:
        day = x.start_latest if x.start_latest is not None else x.start_earliest
        if (day is not None and begin <= day < finish) or not sources.isdisjoint(x.source_ids):
            found.append(x)
    return sorted(found, key=lambda x: (x.start_latest or 0, x.source_ids))


def _era(treatment: str, steps: list[DoseStep], told: list[Exposure], notes: Sequence[Statement]) -> Era:
    first, last = steps[0], max(steps, key=lambda s: (s.end, s.start))
    sources = tuple(
        sorted({s for step in steps for s in step.sources} | {s for x in told for s in x.source_ids})
    )
    supplied = [s for s in steps if s.origin == "dispense"]
    lows = [x.taken_low for x in told if x.taken_low is not None]
    highs = [x.taken_high for x in told if x.taken_high is not None]
    taken_low, taken_high = (min(lows) if lows else None), (max(highs) if highs else None)
    if not supplied and not highs and any(x.collected == NO for x in told):
        taken_low = taken_high = 0.0
    return Era(
        treatment=treatment,
        start=first.start,
        start_earliest=first.start_earliest,
        start_latest=first.start_latest,
        end=last.end,
        end_earliest=max(s.end_earliest for s in steps if s.certain or s is last),
        end_latest=max(s.end_latest for s in steps),
        ongoing=last.ongoing,
        open_end=last.open_end,
        steps=steps,
        covered_days=_covered(supplied) if supplied else None,
        taken_low=taken_low,
        taken_high=taken_high,
        reported_response=next((x.reported_response for x in reversed(told) if x.reported_response), None),
        stop_reasons=tuple(sorted({reason for x in told for reason in x.stop_reasons})),
        indications=tuple(sorted({x.indication for x in told if x.indication})),
        doubt=next((x.doubt for x in told if x.doubt), None),
        session_detail=next((x.session_detail for x in told if x.session_detail), None),
        sessions_low=_sum([s.sessions_low for s in steps]),
        sessions_high=_sum([s.sessions_high for s in steps]),
        sources=sources,
        notes=tuple(note for note in notes if not set(note.sources).isdisjoint(sources)),
    )


def _covered(steps: list[DoseStep]) -> int:
    """Count the days that supplies cover, each day once."""
    days = 0
    reach: int | None = None
    for step in sorted(steps, key=lambda s: s.start):
        begin = step.start if reach is None else max(step.start, reach)
        days += max(0, step.end - begin)
        reach = step.end if reach is None else max(reach, step.end)
    return days


def _sum(values: list[int | None]) -> int | None:
    """Add counts; one unknown makes the sum unknown."""
    if any(value is None for value in values):
        return None
    return sum(value for value in values if value is not None)


def split_era(era: Era, day: int) -> tuple[Era, Era]:
    """Cut an era at ``day`` (inside it): the part before and the part that goes on, each with its own steps."""
    before: list[DoseStep] = []
    after: list[DoseStep] = []
    for step in era.steps:
        if step.end <= day:
            before.append(step)
        elif step.start >= day:
            after.append(step)
        else:
            before.append(
                replace(step, end=day, end_earliest=day, end_latest=day, open_end=False, ongoing=NO)
            )
            after.append(replace(step, start=day, start_earliest=day, start_latest=day))
    share = era.sessions_low is not None and len(era.steps) > 1
    head = replace(
        era,
        end=day,
        end_earliest=day,
        end_latest=day,
        open_end=False,
        ongoing=NO,
        steps=before,
        covered_days=None if era.covered_days is None else _covered(before),
        sessions_low=_sum([s.sessions_low for s in before]) if share else era.sessions_low,
        sessions_high=_sum([s.sessions_high for s in before]) if share else era.sessions_high,
        reported_response=None,
        stop_reasons=(),
    )
    tail = replace(
        era,
        start=day,
        start_earliest=day,
        start_latest=day,
        steps=after,
        covered_days=None if era.covered_days is None else _covered(after),
        sessions_low=_sum([s.sessions_low for s in after]) if share else era.sessions_low,
        sessions_high=_sum([s.sessions_high for s in after]) if share else era.sessions_high,
    )
    return head, tail
