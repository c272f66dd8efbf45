"""Stage 1, streams: many lines that tell of one course of treatment become its dose steps.

For the same treatment and time administrations count before dispenses, dispenses before statements, statements
before orders; an order lends its dose to what was dispensed under it. An early refill of the same product is
carried over, not added; two strengths supplied together from one origin are added; a later different dose
replaces the earlier one. A line without an end goes on until the next line of the same treatment when that
comes soon enough (a renewal shows that it went on); otherwise its end is unknown: nothing after its start is
certain, everything until the day of the assessment is possible. What is set aside is named.
Source of the rule: design of the project, section 4; times from the table ``convention``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict

import msgspec

from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.records.model import Exposure
from opentrd.rules.model import DoseStep
from opentrd.rules.rulebook import RuleBook
from opentrd.statement import Statement

RANK = {"administration": 0, "dispense": 1, "statement": 2, "self_report": 2, "order": 3}
SESSION_UNITS = ("sessions", "mg/session")


class Line(msgspec.Struct):
    """One exposure placed in time: bounds and midpoint of start and end, ready to be merged."""

    source: Exposure
    treatment: str
    rank: int
    start: int
    start_earliest: int
    start_latest: int
    end: int
    end_earliest: int
    end_latest: int
    open_end: bool
    ongoing: Tri
    supplied: bool
    dose_low: float | None
    dose_high: float | None

    @property
    def product(self) -> tuple[str, float, float, float]:
        """What tells two products of one treatment apart; unknown parts compare equal."""
        x = self.source
        return (x.formulation or "", x.strength or 0.0, self.dose_low or 0.0, self.dose_high or 0.0)


class Streams(msgspec.Struct):
    """The steps of every treatment, in order of time, and what was set aside with the reason."""

    steps: dict[str, list[DoseStep]]
    set_aside: list[Statement]
    notes: dict[str, list[Statement]]


def by_sessions(book: RuleBook, treatment: str) -> bool:
    """Tell whether a treatment is counted in sessions rather than in days at a dose."""
    row = book.treatments[treatment]
    return row.kind in ("psychotherapy", "stimulation", "lifestyle") or row.dose_unit in SESSION_UNITS


def build_streams(exposures: list[Exposure], book: RuleBook, horizon: int) -> Streams:
    """Merge the lines of each treatment into dose steps; ``horizon`` is the day after the last day judged."""
    lines, set_aside = _place(exposures, book, horizon)
    main_starts = sorted(
        (line.start, treatment)
        for treatment, group in lines.items()
        if book.treatments[treatment].main == "yes" and book.treatments[treatment].kind == "medicine"
        for line in group
    )
    streams = Streams({}, set_aside, defaultdict(list))
    for treatment in sorted(lines):
        group = sorted(lines[treatment], key=_line_order)
        if by_sessions(book, treatment):
            streams.steps[treatment] = _session_steps(group, streams)
        else:
            is_main = book.treatments[treatment].main == "yes"
            _close_open_ends(group, main_starts if is_main else [], book, horizon, streams)
            streams.steps[treatment] = _dose_steps(group, book, streams)
    return streams


def _line_order(line: Line) -> tuple[int, int, int, tuple[str, float, float, float], tuple[str, ...]]:
    return (line.start, line.rank, line.end, line.product, line.source.source_ids)


def _place(
    exposures: list[Exposure], book: RuleBook, horizon: int
) -> tuple[dict[str, list[Line]], list[Statement]]:
    lines: dict[str, list[Line]] = defaultdict(list)
    set_aside: list[Statement] = []
    for x in exposures:
        if x.treatment is None or x.treatment not in book.treatments:
            continue
        if x.collected == NO:
            set_aside.append(
                Statement("set_aside.not_collected", {"treatment": x.treatment}, sources=x.source_ids)
            )
            continue
        earliest = x.start_earliest if x.start_earliest is not None else x.start_latest
        latest = x.start_latest if x.start_latest is not None else x.start_earliest
        if earliest is None or latest is None:
            set_aside.append(
                Statement("set_aside.no_start", {"treatment": x.treatment}, sources=x.source_ids)
            )
            continue
        if earliest >= horizon:
            set_aside.append(Statement("set_aside.future", {"treatment": x.treatment}, sources=x.source_ids))
            continue
        latest = min(latest, horizon - 1)
        parts = book.treatments[x.treatment].parts
        for treatment in parts.split("+") if parts else (x.treatment,):
            lines[treatment].append(_line(x, treatment, earliest, latest, horizon, whole=not parts))
    return lines, set_aside


def _line(x: Exposure, treatment: str, earliest: int, latest: int, horizon: int, *, whole: bool) -> Line:
    start = (earliest + latest) // 2
    ongoing = x.ongoing
    open_end = False
    supplied = False
    if x.end_earliest is not None or x.end_latest is not None:
        end_earliest = x.end_earliest if x.end_earliest is not None else latest
        end_latest = x.end_latest if x.end_latest is not None else horizon
    elif x.supply_days is not None:
        supplied = True
        end_earliest, end_latest = earliest + x.supply_days, latest + x.supply_days
    elif ongoing == YES:
        end_earliest = end_latest = horizon
    else:
        open_end = True
        end_earliest, end_latest = latest, horizon
    if (
        not supplied
        and end_latest >= horizon
        and not open_end
        and ongoing == UNKNOWN
        and end_earliest >= horizon
    ):
        ongoing = YES
    if not supplied:
        end_earliest, end_latest = min(end_earliest, horizon), min(end_latest, horizon)
    end_earliest, end_latest = max(end_earliest, earliest), max(end_latest, latest)
    return Line(
        source=x,
        treatment=treatment,
        rank=RANK[x.origin],
        start=start,
        start_earliest=earliest,
        start_latest=latest,
        end=start + x.supply_days
        if supplied and x.supply_days is not None
        else (end_earliest + end_latest) // 2,
        end_earliest=end_earliest,
        end_latest=end_latest,
        open_end=open_end,
        ongoing=ongoing,
        supplied=supplied,
        dose_low=x.dose_low if whole else None,
        dose_high=x.dose_high if whole else None,
    )


def _close_open_ends(
    group: list[Line], main_starts: list[tuple[int, str]], book: RuleBook, horizon: int, streams: Streams
) -> None:
    """Give lines without an end the nominal end that order and joining need; their bounds stay open."""
    starts = [line.start for line in group]
    for line in group:
        if not line.open_end:
            continue
        after = bisect_right(starts, line.start)
        renewal = group[after] if after < len(group) else None
        if renewal is not None and renewal.start - line.start <= book.conventions.open_join_days:
            line.end = renewal.start
            line.end_earliest, line.end_latest = renewal.start_earliest, renewal.start_latest
            line.open_end = False
            streams.notes[line.treatment].append(
                Statement(
                    "assumption.renewal",
                    {"treatment": line.treatment, "start": line.start, "next": renewal.start},
                    sources=line.source.source_ids + renewal.source.source_ids,
                    citations=("convention:open_join_days",),
                )
            )
            continue
        at = bisect_right(main_starts, (line.start, "\U0010ffff"))
        following = [day for day, treatment in main_starts[at:] if treatment != line.treatment]
        line.end = min(following[0] if following else horizon, renewal.start if renewal else horizon)
        if line.end < horizon:
            streams.notes[line.treatment].append(
                Statement(
                    "assumption.open_end_at_next",
                    {"treatment": line.treatment, "day": line.end},
                    sources=line.source.source_ids,
                )
            )


def _dose_steps(group: list[Line], book: RuleBook, streams: Streams) -> list[DoseStep]:
    """Merge the lines of one medicine: carry over within an origin, then let better origins come first."""
    by_rank: dict[int, list[Line]] = defaultdict(list)
    for line in group:
        by_rank[line.rank].append(line)
    steps: list[DoseStep] = []
    for rank in sorted(by_rank):
        lines = _carry_over(by_rank[rank], book, streams)
        own = _one_origin(lines, book)
        if not steps:
            steps = own
            continue
        _lend_dose(steps, own)
        kept, aside = _uncovered(own, steps, uncertain=rank == RANK["order"])
        for step in aside:
            streams.set_aside.append(
                Statement(
                    "set_aside.covered",
                    {"treatment": step.treatment, "origin": step.origin, "start": step.start},
                    sources=step.sources,
                )
            )
        steps = sorted(steps + kept, key=lambda s: (s.start, s.end, s.sources))
    return steps


def _carry_over(lines: list[Line], book: RuleBook, streams: Streams) -> list[Line]:
    """Shift an early refill of the same product to the end of the supply before it."""
    last_end: dict[tuple[str, float, float, float], tuple[int, int, int]] = {}
    for line in sorted(lines, key=_line_order):
        if not line.supplied:
            continue
        before = last_end.get(line.product)
        if before is not None and before[0] > line.start:
            shift = before[0] - line.start
            streams.notes[line.treatment].append(
                Statement(
                    "stream.carried_over",
                    {"treatment": line.treatment, "days": shift, "start": line.start},
                    sources=line.source.source_ids,
                )
            )
            line.start, line.start_earliest, line.start_latest = before
            line.end, line.end_earliest, line.end_latest = (
                line.end + shift,
                line.end_earliest + shift,
                line.end_latest + shift,
            )
        last_end[line.product] = (line.end, line.end_earliest, line.end_latest)
    return sorted(lines, key=_line_order)


def _one_origin(lines: list[Line], book: RuleBook) -> list[DoseStep]:
    """Cut overlapping lines of one origin at every start and end; the latest supply speaks for each piece."""
    groups: list[tuple[int, list[Line]]] = []
    for line in lines:
        joined = False
        if groups:
            first, members = groups[-1]
            joined = line.start - first <= book.conventions.same_supply_days and all(
                line.product != other.product or line.start == other.start for other in members
            )
        if joined:
            groups[-1][1].append(line)
        else:
            groups.append((line.start, [line]))
    group_of = {id(line): n for n, (_, members) in enumerate(groups) for line in members}
    days = sorted({line.start for line in lines} | {line.end for line in lines})
    steps: list[DoseStep] = []
    active: list[Line] = []
    waiting = list(reversed(lines))
    for begin, finish in zip(days, days[1:], strict=False):
        while waiting and waiting[-1].start <= begin:
            active.append(waiting.pop())
        active = [line for line in active if line.end > begin]
        if active:
            latest = max(group_of[id(line)] for line in active)
            speaking = [line for line in active if group_of[id(line)] == latest]
            steps.append(_piece(begin, finish, speaking, active, lines))
    return _fuse(steps)


def _piece(begin: int, finish: int, speaking: list[Line], active: list[Line], lines: list[Line]) -> DoseStep:
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
        sources=tuple(sorted({s for line in speaking for s in line.source.source_ids})),
    )


def _summed_dose(speaking: list[Line]) -> tuple[float | None, float | None]:
    """Add the doses of different products; the same product told twice counts once."""
    products: dict[tuple[str, float, float, float], Line] = {}
    for line in speaking:
        products.setdefault(line.product, line)
    low: float | None = 0.0
    high: float | None = 0.0
    for line in products.values():
        low = None if low is None or line.dose_low is None else low + line.dose_low
        high = None if high is None or line.dose_high is None else high + line.dose_high
    return low, high


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


def _uncovered(
    steps: list[DoseStep], better: list[DoseStep], *, uncertain: bool
) -> tuple[list[DoseStep], list[DoseStep]]:
    """Return the pieces of ``steps`` on days that no better origin covers, and the steps that were covered."""
    kept: list[DoseStep] = []
    aside: list[DoseStep] = []
    for step in steps:
        covering = [b for b in better if b.start < step.end and b.end > step.start]
        if not covering:
            kept.append(step)
            continue
        aside.append(step)
        doubtful = uncertain and any(b.origin in ("dispense", "administration") for b in covering)
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
            kept.append(_cut(step, at, at_bounds, step.end, (step.end_earliest, step.end_latest), doubtful))
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


def _session_steps(group: list[Line], streams: Streams) -> list[DoseStep]:
    """Turn lines of a treatment counted in sessions into steps; recorded sessions come before told counts."""
    single = [line for line in group if line.rank <= RANK["dispense"]]
    steps: list[DoseStep] = []
    for line in group:
        x = line.source
        low, high = x.sessions_low, x.sessions_high
        if line.rank <= RANK["dispense"]:
            low, high = (1, 1) if low is None and high is None else (low, high)
        else:
            inside = [s for s in single if line.start <= s.start < line.end]
            if inside and (line.rank == RANK["order"] or high is None):
                streams.set_aside.append(
                    Statement(
                        "set_aside.covered",
                        {"treatment": line.treatment, "origin": x.origin, "start": line.start},
                        sources=x.source_ids,
                    )
                )
                continue
            if inside and high is not None:
                low, high = 0, max(0, high - len(inside))
        steps.append(
            DoseStep(
                treatment=line.treatment,
                formulation=x.formulation,
                start=line.start,
                start_earliest=line.start_earliest,
                start_latest=line.start_latest,
                end=line.end,
                end_earliest=line.end_earliest,
                end_latest=line.end_latest,
                dose_low=line.dose_low,
                dose_high=line.dose_high,
                dose_unit=x.dose_unit,
                origin=x.origin,
                certain=True,
                open_end=line.open_end,
                ongoing=line.ongoing,
                sessions_low=low,
                sessions_high=high,
                sources=x.source_ids,
            )
        )
    return steps
