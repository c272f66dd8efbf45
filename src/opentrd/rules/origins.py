"""What several origins tell of one medicine, merged: the better one counts, a lesser one fills the rest.

A step without a dose is lent the dose that a lesser origin tells for the same days. Of a lesser origin count
the days that no better one covers. Source of the rule: design of the project, section 4.
"""

from __future__ import annotations

import msgspec

from opentrd.kleene import NO
from opentrd.rules.lines import COLLECTED, ORDERED, RANK
from opentrd.rules.model import DoseStep


def merge_origins(told: list[list[DoseStep]]) -> tuple[list[DoseStep], list[DoseStep]]:
    """Merge the steps of each origin, from the best to the least; return also those that were covered."""
    steps = told[0]
    aside: list[DoseStep] = []
    for own in told[1:]:
        _lend_dose(steps, own)
        kept, covered = _uncovered(own, steps)
        aside += covered
        steps = sorted(steps + kept, key=lambda s: (s.start, s.end, s.sources))
    return steps, aside


def _lend_dose(steps: list[DoseStep], lenders: list[DoseStep]) -> None:
    """Give steps without a dose the dose that a less direct origin intended for the same days."""
    for step in steps:
        if step.dose_low is not None or step.dose_high is not None:
            continue
        lent = [s for s in lenders if s.start < step.end and s.end > step.start and s.dose_high is not None]
        if lent:
            lows = [s.dose_low for s in lent]
            step.dose_low = None if None in lows else min(low for low in lows if low is not None)
            step.dose_high = max(s.dose_high for s in lent if s.dose_high is not None)
            step.dose_unit = step.dose_unit or lent[0].dose_unit
            step.formulation = step.formulation or lent[0].formulation
            step.sources = tuple(sorted({*step.sources, *(source for s in lent for source in s.sources)}))


def _uncovered(steps: list[DoseStep], better: list[DoseStep]) -> tuple[list[DoseStep], list[DoseStep]]:
    """Return the pieces of ``steps`` on days that no better origin covers, and the steps that were covered.

    What only an order tells is doubtful where something was collected under it, or after a told end.
    """
    kept: list[DoseStep] = []
    aside: list[DoseStep] = []
    for step in steps:
        covering = [b for b in better if b.start < step.end and b.end > step.start]
        if not covering:
            kept.append(step)
            continue
        aside.append(step)
        ordered = RANK[step.origin] == ORDERED
        doubtful = ordered and any(RANK[b.origin] <= COLLECTED for b in covering)
        at = step.start
        at_bounds = (step.start_earliest, step.start_latest)
        for b in covering:
            if b.start > at:
                kept.append(_cut(step, at, at_bounds, b.start, (b.start_earliest, b.start_latest), doubtful))
            if b.end > at:
                at, at_bounds = b.end, (b.end_earliest, b.end_latest)
                if b.open_end:
                    at = step.end
        if at < step.end:
            kept.append(_cut(step, at, at_bounds, step.end, (step.end_earliest, step.end_latest), ordered))
    return kept, aside


def _cut(
    step: DoseStep,
    start: int,
    start_bounds: tuple[int, int],
    end: int,
    end_bounds: tuple[int, int],
    doubtful: bool,
) -> DoseStep:
    piece: DoseStep = msgspec.structs.replace(
        step,
        start=start,
        start_earliest=start_bounds[0],
        start_latest=start_bounds[1],
        end=end,
        end_earliest=end_bounds[0],
        end_latest=end_bounds[1],
        certain=step.certain and not doubtful,
        open_end=step.open_end and end == step.end,
        ongoing=step.ongoing if end == step.end else NO,
    )
    return piece
