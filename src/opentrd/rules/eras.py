"""Stage 2, eras: dose steps of one treatment joined across the allowed gap.

The gap for medicines is ``era_gap_days``; for psychotherapy and stimulation the longest time between two
sessions of one course. What the lines told beside the dose (taken, helped, why stopped, what for) goes with
the era. Source of the rule: table ``convention``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from operator import attrgetter
from typing import Final

from msgspec.structs import replace

from opentrd.kleene import NO, YES
from opentrd.records.model import Exposure
from opentrd.rules.model import DoseStep, Era
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.streams import Streams
from opentrd.statement import Statement

_start: Final = attrgetter("start")


def build_eras(streams: Streams, exposures: list[Exposure], book: RuleBook) -> list[Era]:
    """Join the steps of each treatment to eras, in order of start and then of treatment."""
    by_treatment: dict[str, list[Exposure]] = defaultdict(list)
    for x in exposures:
        if x.treatment is not None and x.treatment in book.treatments:
            for treatment in book.parts[x.treatment]:
                by_treatment[treatment].append(x)
    eras = []
    for treatment, steps in streams.steps.items():
        gap = allowed_gap(book, treatment)
        for group in join_steps(steps, gap):
            told = _told(group, by_treatment[treatment], book.conventions.same_supply_days)
            eras.append(_era(treatment, group, told, gap, streams.notes.get(treatment, ())))
    eras.sort(key=lambda era: (era.start, era.treatment))
    return eras


def allowed_gap(book: RuleBook, treatment: str) -> int:
    """Return the longest gap in days inside one course of a treatment."""
    c = book.conventions
    if treatment not in book.in_sessions:
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
            if step.end > reach:
                reach = step.end
        else:
            groups.append([step])
            reach = step.end
    return groups


def _told(steps: list[DoseStep], lines: list[Exposure], slack: int) -> list[Exposure]:
    """Return every line about this course, also those whose days another origin covers."""
    begin, finish = steps[0].start - slack, max(step.end for step in steps)
    sources = {source for step in steps for source in step.sources}
    found = []
    for x in lines:
        day = x.start_latest if x.start_latest is not None else x.start_earliest
        if (day is not None and begin <= day < finish) or not sources.isdisjoint(x.source_ids):
            found.append(x)
    return found


def _more_than_dose(told: list[Exposure]) -> list[Exposure]:
    """Return the lines that tell more than times and doses, by the days for which they speak."""
    found = [
        x
        for x in told
        if x.taken_low is not None
        or x.taken_high is not None
        or x.reported_response
        or x.stop_reasons
        or x.indication
        or x.doubt
        or x.session_detail
    ]
    return sorted(found, key=lambda x: (_told_on(x), x.source_ids)) if len(found) > 1 else found


def _told_on(x: Exposure) -> int:
    """The day for which a line speaks of its effect: its end where it has one, else its start."""
    if x.end_latest is not None:
        return x.end_latest
    return (x.start_latest or x.start_earliest or 0) + (x.supply_days or 0)


def _era(
    treatment: str, steps: list[DoseStep], told: list[Exposure], gap: int, notes: Sequence[Statement]
) -> Era:
    first, last = steps[0], max(steps, key=lambda s: (s.end, s.start))
    rows = {s for step in steps for s in step.sources}.union(*[x.source_ids for x in told])
    supplied = [s for s in steps if s.origin == "dispense"]
    certain = [s for s in steps if s.certain]
    more = _more_than_dose(told)
    lows = [x.taken_low for x in more if x.taken_low is not None]
    highs = [x.taken_high for x in more if x.taken_high is not None]
    taken_low, taken_high = (min(lows) if lows else None), (max(highs) if highs else None)
    if not supplied and not highs and any(x.collected == NO for x in told):
        taken_low = taken_high = 0.0
    return Era(
        treatment=treatment,
        start=first.start,
        start_earliest=min([s.start_earliest for s in steps]),
        start_latest=min([s.start_latest for s in certain], default=first.start_latest),
        end=last.end,
        end_earliest=max([s.end_earliest for s in certain], default=first.start_earliest),
        end_latest=max([s.end_latest for s in steps]),
        ongoing=last.ongoing,
        open_end=last.open_end,
        steps=steps,
        covered_days=_covered(steps) if supplied and not _unknown_supply(told) else None,
        taken_low=taken_low,
        taken_high=taken_high,
        reported_response=next((x.reported_response for x in reversed(more) if x.reported_response), None),
        stop_reasons=() if last.ongoing == YES or not more else _stop_reasons(more, last.end - gap),
        indications=tuple(sorted({x.indication for x in more if x.indication})) if more else (),
        doubt=next((x.doubt for x in more if x.doubt), None) if more else None,
        session_detail=next((x.session_detail for x in more if x.session_detail), None) if more else None,
        sessions_low=_at_least([s.sessions_low for s in steps]),
        sessions_high=_at_most([s.sessions_high for s in steps]),
        sources=tuple(sorted(rows)),
        notes=tuple([note for note in notes if not rows.isdisjoint(note.sources)]),
    )


def _covered(steps: list[DoseStep]) -> int:
    """Count the days that were collected, given or told as taken, each day once; an order covers nothing."""
    days = reach = 0
    for step in sorted([s for s in steps if s.origin != "order"], key=_start):
        begin = step.start if step.start > reach else reach
        if step.end > begin:
            days += step.end - begin
            reach = step.end
    return days


def _unknown_supply(told: list[Exposure]) -> bool:
    """Tell whether something was collected without saying for how long it lasts."""
    return any(
        x.origin == "dispense" and x.collected != NO and not x.supply_days and x.end_latest is None
        for x in told
    )


def _stop_reasons(told: list[Exposure], least: int) -> tuple[str, ...]:
    """Why the course was stopped: not why a line ended (before ``least``) when it went on."""
    return tuple(
        sorted(
            {
                reason
                for x in told
                if x.end_latest is None or x.end_latest >= least
                for reason in x.stop_reasons
            }
        )
    )


def certain_days(steps: list[DoseStep], gap: int) -> int:
    """Count the days of certain steps; a gap between two of them counts where it is allowed."""
    days = 0
    reach: int | None = None
    for step in steps:
        if step.certain:
            begin = step.start_latest if reach is None or step.start_latest - reach > gap else reach
            if step.end_earliest > begin:
                days += step.end_earliest - begin
                reach = step.end_earliest
            else:
                reach = begin
    return days


def _at_least(counts: list[int | None]) -> int | None:
    """Add what is known for certain; unknown where nothing is."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _at_most(counts: list[int | None]) -> int | None:
    """Add the highest possible counts; one without a limit leaves the sum without one."""
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def split_era(era: Era, day: int) -> tuple[Era, Era]:
    """Cut an era at ``day`` (inside it): the part before and the part that goes on, with their own steps.

    How a told number of sessions divides between the parts is unknown.
    """
    before: list[DoseStep] = []
    after: list[DoseStep] = []
    for step in era.steps:
        cut = step.start < day < step.end
        low = 0 if cut and step.sessions_low is not None else step.sessions_low
        if step.start < day:
            head_step = replace(
                step,
                start_latest=min(step.start_latest, day - 1),
                end=min(step.end, day),
                end_earliest=min(step.end_earliest, day),
                end_latest=min(step.end_latest, day),
                sessions_low=low,
            )
            if cut:
                head_step.open_end, head_step.ongoing = False, NO
            before.append(head_step)
        if step.end > day:
            after.append(
                replace(
                    step,
                    start=max(step.start, day),
                    start_earliest=max(step.start_earliest, day),
                    start_latest=max(step.start_latest, day),
                    end_earliest=max(step.end_earliest, day),
                    sessions_low=low,
                )
            )
    head = _part(era, before, open_end=False, ongoing=NO, reported_response=None, stop_reasons=())
    tail = _part(era, after)
    return head, tail


def _part(era: Era, steps: list[DoseStep], **changed: object) -> Era:
    """Return an era with some of its steps only."""
    bounds = {
        "start": min(s.start for s in steps),
        "end": max(s.end for s in steps),
        "start_earliest": min(s.start_earliest for s in steps),
        "start_latest": min(s.start_latest for s in steps),
        "end_earliest": max((s.end_earliest for s in steps if s.certain), default=steps[0].start_earliest),
        "end_latest": max(s.end_latest for s in steps),
        "covered_days": None if era.covered_days is None else _covered(steps),
        "sessions_low": _at_least([s.sessions_low for s in steps]),
        "sessions_high": _at_most([s.sessions_high for s in steps]),
    }
    return replace(era, steps=steps, **{**bounds, **changed})
