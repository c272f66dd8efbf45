"""Stage 1, streams: many lines that tell of one course of treatment become its dose steps.

For the same treatment and time administrations count before dispenses, dispenses before statements,
statements before orders; an order lends its dose to what was dispensed under it. An early refill of the
same product is carried over, not added; two strengths supplied together from one origin are added, and go
on together when one of them is refilled; a later different dose replaces the earlier one. Days for which
only an order speaks while something was collected under it are possible, not certain. Lines are placed by
``lines``, origins are merged by ``origins``, what is counted in sessions is done by ``sessions``; what is set
aside is named. Source of the rule: design of the project, section 4; times from the table ``convention``.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import msgspec

from opentrd.kleene import NO, Tri
from opentrd.records.model import Exposure
from opentrd.rules.lines import (
    Dose,
    Line,
    Notes,
    Product,
    clip,
    close_open_ends,
    in_order,
    main_starts,
    place_lines,
)
from opentrd.rules.model import DoseStep
from opentrd.rules.origins import merge_origins
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.sessions import session_steps
from opentrd.statement import Param, Statement


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
    unended = {treatment for treatment, group in lines.items() if any(line.open_end for line in group)}
    mains = main_starts(lines, book) if unended else []
    streams = Streams({}, set_aside, defaultdict(list))
    for treatment in sorted(lines):
        group = in_order(lines[treatment])
        row = book.treatments[treatment]
        if treatment in book.in_sessions:
            streams.steps[treatment], aside = session_steps(group, row, book, horizon, streams.notes)
            _set_aside(aside, streams)
            continue
        by_rank: dict[int, list[Line]] = defaultdict(list)
        for line in group:
            by_rank[line.rank].append(line)
        starts = {rank: _regimens(by_rank[rank], book, streams.notes) for rank in sorted(by_rank)}
        if treatment in unended:
            others = mains if row.main == "yes" else []
            close_open_ends(in_order(group), others, book, horizon, streams.notes)
        told = [_one_origin(by_rank[rank], begun, horizon, streams) for rank, begun in starts.items()]
        streams.steps[treatment], aside = merge_origins(told)
        _set_aside(aside, streams)
    if len(set_aside) > 1:
        set_aside.sort(key=lambda s: (s.sources, s.key, str(s.params)))
    return streams


def _set_aside(steps: list[DoseStep], streams: Streams) -> None:
    for step in steps:
        said: dict[str, Param] = {
            "treatment": step.treatment,
            "origin": step.origin,
            "start": step.start,
        }
        streams.set_aside.append(Statement("set_aside.covered", said, sources=step.sources))


def _never_begun(lines: list[Line], reason: str, streams: Streams) -> None:
    """Name lines of which no day counts, by the day on which the record says that they start."""
    for line in lines:
        x = line.source
        days = [day for day in (x.start_earliest, x.start_latest) if day is not None]
        said: dict[str, Param] = {
            "treatment": line.treatment,
            "origin": x.origin,
            "start": sum(days) // len(days),
        }
        streams.set_aside.append(Statement(reason, said, sources=line.sources))


def _collections(lines: list[Line], within: int) -> list[list[Line]]:
    """Group the lines of one origin that were supplied together; the same product again is a new supply."""
    groups: list[list[Line]] = []
    for line in lines:
        if (
            groups
            and line.start - groups[-1][0].start <= within
            and all(line.product != other.product or line.start == other.start for other in groups[-1])
        ):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _regimens(lines: list[Line], book: RuleBook, notes: Notes) -> list[int]:
    """Tell what was taken together: a refill carries on, a supply of something else begins a new regimen.

    An early refill is shifted to the end of the supply before it. Returns the day on which each regimen
    begins; the lines, in their order, are given the numbers of theirs.
    """
    starts: list[int] = []
    now: Regimen | None = None
    for supplied in _collections(lines, book.conventions.same_supply_days):
        again = [x.supplied and now is not None and x.product in now.reach for x in supplied]
        if now is None or not all(again):
            now = _new_regimen(supplied, again, now, len(starts))
            starts.append(now.start)
        for line in supplied:
            if line.supplied:
                _carry_over(line, now, notes)
            now.lines.append(line)
            line.regimens.append(len(starts) - 1)
    return starts


def _new_regimen(supplied: list[Line], again: list[bool], before: Regimen | None, number: int) -> Regimen:
    """Begin a regimen with what is new; of the one before goes on what is supplied again.

    What was supplied again belongs to the regimen before until the new one begins: of a late refill and a
    strength that comes some days later, the days between are days of the refill.
    """
    start = min(x.start for x, known in zip(supplied, again, strict=True) if not known)
    if before is None:
        return Regimen(start, [], {})
    refills = [x for x, known in zip(supplied, again, strict=True) if known]
    for line in refills:
        line.regimens.append(number - 1)
    reach = {x.product: before.reach[x.product] for x in refills}
    carried = [x for x in before.lines if x.product in reach]
    for line in carried:
        line.regimens.append(number)
    return Regimen(start, carried, reach)


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


def _one_origin(lines: list[Line], starts: list[int], horizon: int, streams: Streams) -> list[DoseStep]:
    """Turn what one origin tells into steps; ``starts`` are the days on which its regimens begin."""
    steps: list[DoseStep] = []
    begun = clip(lines, horizon)
    if len(begun) < len(lines):
        later = [line for line in lines if line.start >= horizon]
        _never_begun(later, "set_aside.not_begun", streams)
    for group in _overlapping(in_order(begun)):
        line = group[0]
        if len(group) > 1:
            _never_begun(_cut_up(group, starts, steps), "set_aside.replaced", streams)
        else:
            end = (line.end_earliest, line.end_latest, line.open_end, line.ongoing)
            _tell(steps, group, line.start, (line.start_earliest, line.start_latest), line.end, end)
    for step in steps:
        step.sources = tuple(sorted(set(step.sources)))
    return steps


def _overlapping(lines: list[Line]) -> list[list[Line]]:
    """Group lines that share days; most often every line has its days for itself."""
    groups: list[list[Line]] = []
    reach = 0
    for line in lines:
        if line.start < reach:
            groups[-1].append(line)
        else:
            groups.append([line])
        if line.end > reach:
            reach = line.end
    return groups


def _cut_up(lines: list[Line], starts: list[int], steps: list[DoseStep]) -> list[Line]:
    """Cut what overlapping lines tell at every start and end, and add the pieces to the steps.

    Returns the lines that speak for no day.
    """
    beginning: dict[int, list[Line]] = defaultdict(list)
    ending: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        beginning[line.start].append(line)
        ending[line.end].append(line)
    going_on: list[Line] = []
    heard: set[int] = set()
    for begin, finish in pairwise(sorted({*beginning, *ending})):
        going_on = [line for line in going_on if line.end > begin] + beginning.get(begin, [])
        speaking = _speaking(going_on, starts, begin)
        heard.update(map(id, speaking))
        start = _beginning(begin, [x for x in speaking if x.start == begin], ending.get(begin))
        end = _ending(finish, [x for x in speaking if x.end == finish], beginning.get(finish))
        _tell(steps, speaking, begin, start, finish, end)
    return [line for line in lines if id(line) not in heard]


def _speaking(going_on: list[Line], starts: list[int], day: int) -> list[Line]:
    """Of the lines that go on those of the latest regimen that has begun: it speaks for them all."""
    latest = -1
    for line in going_on:
        for number in line.regimens:
            if number > latest and starts[number] <= day:
                latest = number
    return [line for line in going_on if latest in line.regimens]


def _tell(
    steps: list[DoseStep],
    speaking: list[Line],
    begin: int,
    start: tuple[int, int],
    finish: int,
    end: tuple[int, int, bool, Tri],
) -> None:
    """Add one piece to the steps; ``start`` and ``end`` are its bounds, whether it is open, and goes on.

    A piece that touches the step before it at the same dose makes that step longer, so that how a supply was
    split leaves no trace.
    """
    first = speaking[0]
    formulation, unit = first.source.formulation, first.source.dose_unit
    dose, sources = (first.dose_low, first.dose_high), first.sources
    if len(speaking) > 1:
        dose, sources = _summed_dose(speaking), tuple(s for line in speaking for s in line.sources)
        formulation = next((x.source.formulation for x in speaking if x.source.formulation), None)
        unit = next((x.source.dose_unit for x in speaking if x.source.dose_unit), None)
    if steps and _goes_on(steps[-1], begin, dose, formulation, unit):
        step = steps[-1]
        step.end, step.end_earliest, step.end_latest, step.open_end, step.ongoing = finish, *end
        step.sources += sources
        return
    steps.append(
        DoseStep(
            treatment=first.treatment,
            formulation=formulation,
            start=begin,
            start_earliest=start[0],
            start_latest=start[1],
            end=finish,
            end_earliest=end[0],
            end_latest=end[1],
            dose_low=dose[0],
            dose_high=dose[1],
            dose_unit=unit,
            origin=first.source.origin,
            certain=True,
            open_end=end[2],
            ongoing=end[3],
            sessions_low=None,
            sessions_high=None,
            sources=sources,
        )
    )


def _goes_on(last: DoseStep, begin: int, dose: Dose, formulation: str | None, unit: str | None) -> bool:
    """Tell whether a piece at a dose that begins on a day only goes on with the last step."""
    return (
        last.end == begin
        and (last.dose_low, last.dose_high) == dose
        and last.formulation == formulation
        and last.dose_unit == unit
        and not last.open_end
    )


def _beginning(day: int, starting: list[Line], before: list[Line] | None) -> tuple[int, int]:
    """Return the bounds of the start of a piece: of the lines that start there, else of those that end."""
    if starting:
        return min(x.start_earliest for x in starting), max(x.start_latest for x in starting)
    if before is None or any(x.open_end for x in before):
        return day, day
    return min(x.end_earliest for x in before), max(x.end_latest for x in before)


def _ending(day: int, ending: list[Line], cutting: list[Line] | None) -> tuple[int, int, bool, Tri]:
    """Return the bounds of the end of a piece, whether it is open, and whether the treatment goes on."""
    if ending:
        earliest, latest = min(x.end_earliest for x in ending), max(x.end_latest for x in ending)
        return earliest, latest, any(x.open_end for x in ending), max(x.ongoing for x in ending)
    if cutting is None:
        return day, day, False, NO
    return min(x.start_earliest for x in cutting), max(x.start_latest for x in cutting), False, NO


def _summed_dose(speaking: list[Line]) -> Dose:
    """Add the doses of different products: one told twice counts once, an unknown one has no limit."""
    products: dict[Product, Line] = {}
    for line in speaking:
        products.setdefault(line.product, line)
    lows = [line.dose_low for line in products.values() if line.dose_low is not None]
    highs = [line.dose_high for line in products.values() if line.dose_high is not None]
    return sum(lows) if lows else None, sum(highs) if len(highs) == len(products) else None
