"""Stage 1 for what is counted in sessions: single sessions and told courses become steps with their counts.

Recorded sessions come before told counts: of a told number, those recorded are certain and the rest is
possible. What was collected for a session that was given is that session; what was given or collected for
several days is at least one. A medicine is given in one session a day: several records of a day are of the
same one. A course told by two origins, or told twice in the same words, is one course. Source of the rule:
design of the project, section 4.
"""

from __future__ import annotations

from opentrd.knowledge.schema import Treatment
from opentrd.rules.lines import (
    COLLECTED,
    ORDERED,
    Line,
    Notes,
    clip,
    close_open_ends,
    line_order,
)
from opentrd.rules.model import DoseStep
from opentrd.rules.rulebook import SESSION_UNITS, RuleBook


def _one_day_each(group: list[Line]) -> None:
    """A session that was given or collected on a day, without an end, took that day."""
    for line in group:
        if line.rank <= COLLECTED and line.open_end:
            line.end_as(line.start + 1, line.start_earliest + 1, line.start_latest + 1)


def session_steps(
    group: list[Line], row: Treatment, book: RuleBook, horizon: int, notes: Notes
) -> tuple[list[DoseStep], list[DoseStep]]:
    """Turn lines of a treatment counted in sessions into steps, and return what was set aside."""
    if row.dose_unit in SESSION_UNITS:
        _one_day_each(group)
    close_open_ends(group, [], book, horizon, notes)
    steps: list[DoseStep] = []
    aside: list[DoseStep] = []
    single: list[Line] = []
    courses: list[Line] = []
    on_day: dict[tuple[int, int], DoseStep] = {}
    for line in sorted(clip(group, horizon), key=lambda x: (x.rank, line_order(x))):
        x = line.source
        low, high = x.sessions_low, x.sessions_high
        day = _day_of_session(line, row)
        inside = [s for s in single if s.rank < line.rank and line.start <= s.start < line.end]
        if line.rank <= COLLECTED:
            one_day = line.end - line.start <= 1
            if low is None and high is None and (one_day or row.dose_unit in SESSION_UNITS):
                low, high = 1, 1 if one_day else None
            covered = bool(inside)
            if day in on_day and not covered:
                _same_session(on_day[day], line)
                continue
        else:
            covered = bool(inside) and (line.rank == ORDERED or high is None)
            covered = covered or any(_same_course(line, other) for other in courses)
            if inside and high is not None:
                low, high = 0, max(0, high - len(inside))
        step = _session_step(line, low, high)
        if covered:
            aside.append(step)
            continue
        (single if line.rank <= COLLECTED else courses).append(line)
        steps.append(step)
        if day is not None:
            on_day[day] = step
    return sorted(steps, key=lambda s: (s.start, s.end, s.sources)), aside


def _day_of_session(line: Line, row: Treatment) -> tuple[int, int] | None:
    """Return what two records of one session of a medicine share: origin and day, where that is known."""
    exact = line.start_earliest == line.start_latest and line.end - line.start <= 1
    return (line.rank, line.start) if row.kind == "medicine" and exact and line.rank <= COLLECTED else None


def _same_session(step: DoseStep, line: Line) -> None:
    """Add a further record of a session: its dose is told again, or is a part of the whole."""
    lows = [dose for dose in (step.dose_low, line.dose_low) if dose is not None]
    highs = [dose for dose in (step.dose_high, line.dose_high) if dose is not None]
    step.dose_low, step.dose_high = max(lows, default=None), sum(highs) if highs else None
    step.dose_unit = step.dose_unit or line.source.dose_unit
    step.formulation = step.formulation or line.source.formulation
    step.sources = tuple(sorted({*step.sources, *line.sources}))


def _same_course(line: Line, other: Line) -> bool:
    """Tell whether two told courses are one: overlapping and of two origins, or alike in what they tell."""
    x, y = line.source, other.source
    if x.origin != y.origin:
        return line.start < other.end and other.start < line.end
    return (line.start, line.end, x.sessions_low, x.sessions_high, x.session_detail) == (
        other.start,
        other.end,
        y.sessions_low,
        y.sessions_high,
        y.session_detail,
    )


def _session_step(line: Line, low: int | None, high: int | None) -> DoseStep:
    return DoseStep(
        treatment=line.treatment,
        formulation=line.source.formulation,
        start=line.start,
        start_earliest=line.start_earliest,
        start_latest=line.start_latest,
        end=line.end,
        end_earliest=line.end_earliest,
        end_latest=line.end_latest,
        dose_low=line.dose_low,
        dose_high=line.dose_high,
        dose_unit=line.source.dose_unit,
        origin=line.source.origin,
        certain=True,
        open_end=line.open_end,
        ongoing=line.ongoing,
        sessions_low=low,
        sessions_high=high,
        sources=line.sources,
    )
