"""Stage 1, streams: many lines that tell of one course of treatment become its dose steps.

For the same treatment and time administrations count before dispenses, dispenses before statements,
statements before orders; an order lends its dose to what was dispensed under it. An early refill of the
same product is carried over, not added; two strengths supplied together from one origin are added, and go
on together when one of them is refilled; a later different dose replaces the earlier one. Days for which
only an order speaks while something was collected under it are possible, not certain. Lines are placed by
``lines``, what is counted in sessions is done by ``sessions``; what is set aside is named. Source of the
rule: design of the project, section 4; times from the table ``convention``.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import msgspec

from opentrd.kleene import NO
from opentrd.records.model import Exposure
from opentrd.rules.lines import (
    COLLECTED,
    ORDERED,
    RANK,
    Line,
    Notes,
    Product,
    by_sessions,
    clip,
    close_open_ends,
    line_order,
    main_starts,
    place_lines,
)
from opentrd.rules.model import DoseStep
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.sessions import session_steps
from opentrd.statement import Param, Statement

__all__ = ["Streams", "build_streams", "by_sessions"]


class Streams(msgspec.Struct):
    """The steps of every treatment, in order of time, and what was set aside with the reason."""

    steps: dict[str, list[DoseStep]]
    set_aside: list[Statement]
    notes: Notes


class Regimen(msgspec.Struct):
    """The products of one origin taken together from ``start`` on, with how far each supply reaches."""

    start: int
    lines: list[Line]
    reach: dict[Product, tuple[int, int, int]]


def build_streams(exposures: list[Exposure], book: RuleBook, horizon: int) -> Streams:
    """Merge the lines of each treatment into dose steps; ``horizon`` is the day after the last one."""
    lines, set_aside = place_lines(exposures, book, horizon)
    mains = main_starts(lines, book)
    streams = Streams({}, set_aside, defaultdict(list))
    for treatment in sorted(lines):
        group = sorted(lines[treatment], key=line_order)
        row = book.treatments[treatment]
        if by_sessions(book, treatment):
            streams.steps[treatment], aside = session_steps(group, row, book, horizon, streams.notes)
            _set_aside(aside, streams)
            continue
        by_rank: dict[int, list[Line]] = defaultdict(list)
        for line in group:
            by_rank[line.rank].append(line)
        regimens = {rank: _regimens(by_rank[rank], book, streams.notes) for rank in sorted(by_rank)}
        group = sorted(group, key=line_order)
        close_open_ends(group, mains if row.main == "yes" else [], book, horizon, streams.notes)
        streams.steps[treatment] = _dose_steps(regimens, horizon, streams)
    streams.set_aside.sort(key=lambda s: (s.sources, s.key, str(s.params)))
    return streams


def _dose_steps(regimens: dict[int, list[Regimen]], horizon: int, streams: Streams) -> list[DoseStep]:
    """Merge what each origin tells of one medicine, from the best origin to the least."""
    steps: list[DoseStep] = []
    for told in regimens.values():
        own = _one_origin(told, horizon)
        _lend_dose(steps, own)
        kept, aside = _uncovered(own, steps)
        _set_aside(aside, streams)
        steps = sorted(steps + kept, key=lambda s: (s.start, s.end, s.sources))
    return steps


def _set_aside(steps: list[DoseStep], streams: Streams) -> None:
    for step in steps:
        said: dict[str, Param] = {
            "treatment": step.treatment,
            "origin": step.origin,
            "start": step.start,
        }
        streams.set_aside.append(Statement("set_aside.covered", said, sources=step.sources))


def _collections(lines: list[Line], within: int) -> list[list[Line]]:
    """Group the lines of one origin that were supplied together; the same product again is a new supply."""
    groups: list[list[Line]] = []
    for line in sorted(lines, key=line_order):
        first = groups[-1][0] if groups else None
        if (
            first is not None
            and line.start - first.start <= within
            and all(line.product != other.product or line.start == other.start for other in groups[-1])
        ):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _regimens(lines: list[Line], book: RuleBook, notes: Notes) -> list[Regimen]:
    """Tell what was taken together: a refill carries on, a supply of something else begins a new regimen.

    An early refill is shifted to the end of the supply before it.
    """
    regimens: list[Regimen] = []
    for supplied in _collections(lines, book.conventions.same_supply_days):
        now = regimens[-1] if regimens else None
        refill = now is not None and all(x.supplied and x.product in now.reach for x in supplied)
        if now is None or not refill:
            again = {x.product for x in supplied if x.supplied and now is not None and x.product in now.reach}
            carried = [x for x in now.lines if x.product in again] if now is not None else []
            reach = {product: now.reach[product] for product in again} if now is not None else {}
            start = min(x.start for x in supplied if not (x.supplied and x.product in again))
            now = Regimen(start, carried, reach)
            regimens.append(now)
        for line in supplied:
            if line.supplied:
                _carry_over(line, now, notes)
            now.lines.append(line)
    return regimens


def _carry_over(line: Line, regimen: Regimen, notes: Notes) -> None:
    """Shift an early refill of the same product to the end of the supply before it."""
    before = regimen.reach.get(line.product)
    if before is not None and before[0] > line.start:
        shift = before[0] - line.start
        notes[line.treatment].append(
            Statement(
                "stream.carried_over",
                {"treatment": line.treatment, "days": shift, "start": line.start},
                sources=line.sources,
            )
        )
        line.start, line.start_earliest, line.start_latest = before
        line.end += shift
        line.end_earliest += shift
        line.end_latest += shift
    regimen.reach[line.product] = (line.end, line.end_earliest, line.end_latest)


def _one_origin(regimens: list[Regimen], horizon: int) -> list[DoseStep]:
    """Cut what one origin tells at every start and end; the latest regimen with a line speaks for a piece."""
    every = {id(line): line for regimen in regimens for line in regimen.lines}
    lines = sorted(clip(list(every.values()), horizon), key=line_order)
    days = sorted({line.start for line in lines} | {line.end for line in lines})
    steps: list[DoseStep] = []
    for begin, finish in pairwise(days):
        for regimen in reversed(regimens):
            if regimen.start > begin:
                continue
            speaking = [line for line in regimen.lines if line.start <= begin and line.end > begin]
            if speaking:
                steps.append(_piece(begin, finish, sorted(speaking, key=line_order), lines))
                break
    return _fuse(steps)


def _piece(begin: int, finish: int, speaking: list[Line], lines: list[Line]) -> DoseStep:
    """Return one step, with the bounds of the lines that begin or end it."""
    low, high = _summed_dose(speaking)
    first = speaking[0]
    starting = [line for line in speaking if line.start == begin]
    ending = [line for line in speaking if line.end == finish]
    if starting:
        start_earliest = min(line.start_earliest for line in starting)
        start_latest = max(line.start_latest for line in starting)
    else:
        before = [line for line in lines if line.end == begin]
        start_earliest = min((line.end_earliest for line in before), default=begin)
        start_latest = max((line.end_latest for line in before), default=begin)
        if any(line.open_end for line in before):
            start_earliest = start_latest = begin
    if ending:
        end_earliest = min(line.end_earliest for line in ending)
        end_latest = max(line.end_latest for line in ending)
    else:
        cutting = [line for line in lines if line.start == finish]
        end_earliest = min((line.start_earliest for line in cutting), default=finish)
        end_latest = max((line.start_latest for line in cutting), default=finish)
    return DoseStep(
        treatment=first.treatment,
        formulation=next((line.source.formulation for line in speaking if line.source.formulation), None),
        start=begin,
        start_earliest=start_earliest,
        start_latest=start_latest,
        end=finish,
        end_earliest=end_earliest,
        end_latest=end_latest,
        dose_low=low,
        dose_high=high,
        dose_unit=next((line.source.dose_unit for line in speaking if line.source.dose_unit), None),
        origin=first.source.origin,
        certain=True,
        open_end=any(line.open_end for line in ending),
        ongoing=max((line.ongoing for line in ending), default=NO),
        sessions_low=None,
        sessions_high=None,
        sources=tuple(sorted({s for line in speaking for s in line.sources})),
    )


def _summed_dose(speaking: list[Line]) -> tuple[float | None, float | None]:
    """Add the doses of different products: one told twice counts once, an unknown one has no limit."""
    products: dict[Product, Line] = {}
    for line in speaking:
        products.setdefault(line.product, line)
    lows = [line.dose_low for line in products.values() if line.dose_low is not None]
    highs = [line.dose_high for line in products.values() if line.dose_high is not None]
    return sum(lows) if lows else None, sum(highs) if len(highs) == len(products) else None


def _fuse(steps: list[DoseStep]) -> list[DoseStep]:
    """Join touching steps of the same dose, so that how a supply was split leaves no trace."""
    fused: list[DoseStep] = []
    for step in steps:
        last = fused[-1] if fused else None
        if (
            last is not None
            and last.end == step.start
            and last.dose_low == step.dose_low
            and last.dose_high == step.dose_high
            and last.formulation == step.formulation
            and last.dose_unit == step.dose_unit
            and last.certain == step.certain
            and not last.open_end
        ):
            last.end, last.end_earliest, last.end_latest = step.end, step.end_earliest, step.end_latest
            last.open_end, last.ongoing = step.open_end, step.ongoing
            last.sources = tuple(sorted({*last.sources, *step.sources}))
        else:
            fused.append(step)
    return fused


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
