"""Lines of the record placed in time: bounds and midpoint of start and end, an end where the record has none.

A line without an end goes on until the next line of the same treatment when that comes soon enough (a
renewal shows that it went on). Otherwise another source that covers its start tells the end: a course told
with an end, or what was collected under it. Otherwise its end is unknown: nothing after its start is
certain, and everything until the day of the assessment (or the next course of the treatment) is possible.
What was collected does not renew an order: until then nothing was collected. Source of the rule: design,
section 4; times from the table ``convention``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from operator import lt

import msgspec

from opentrd.kleene import NO, YES, Tri
from opentrd.knowledge.systems import system_name
from opentrd.records.model import Exposure
from opentrd.rules.other_use import told_other_use
from opentrd.rules.rulebook import RuleBook
from opentrd.statement import Statement

RANK = {"administration": 0, "dispense": 1, "statement": 2, "self_report": 3, "order": 4}
COLLECTED = RANK["dispense"]
ORDERED = RANK["order"]

Product = tuple[str, float, float, float]
Dose = tuple[float | None, float | None]
Notes = dict[str, list[Statement]]


class Line(msgspec.Struct, gc=False):
    """One exposure placed in time: bounds and midpoint of start and end, ready to be merged.

    ``product`` tells two products of one treatment apart; unknown parts compare equal. ``regimens`` are the
    numbers of the regimens that it is part of (``streams``).
    """

    source: Exposure
    sources: tuple[str, ...]
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
    product: Product
    regimens: list[int]

    def end_as(self, end: int, earliest: int, latest: int) -> None:
        """Close a line that had no end."""
        self.end, self.end_earliest, self.end_latest = end, earliest, latest
        self.open_end = False


def line_order(line: Line) -> tuple[int, int, int, Product, tuple[str, ...]]:
    """The order of lines: by time, then by what they say, so that the order of rows does not matter."""
    return (line.start, line.rank, line.end, line.product, line.sources)


def in_order(lines: list[Line]) -> list[Line]:
    """Return lines in their order; where each starts later than the one before, nothing need be compared."""
    starts = [line.start for line in lines]
    return lines if all(map(lt, starts, starts[1:])) else sorted(lines, key=line_order)


def place_lines(
    exposures: list[Exposure], book: RuleBook, horizon: int
) -> tuple[dict[str, list[Line]], list[Statement]]:
    """Return the lines of every treatment and what was set aside; a line that stands twice is one."""
    lines: dict[str, list[Line]] = defaultdict(list)
    set_aside = _not_recognised(exposures, book)
    seen: dict[tuple[str, ...], list[Exposure]] = {}
    orders = _orders(exposures)
    for x in exposures:
        if x.treatment is None or x.treatment not in book.treatments:
            continue
        twins = seen.setdefault(x.source_ids, [])
        if x in twins:
            continue
        twins.append(x)
        earliest = x.start_earliest if x.start_earliest is not None else x.start_latest
        latest = x.start_latest if x.start_latest is not None else x.start_earliest
        reason = None
        if x.collected == NO:
            reason = "set_aside.not_collected"
        elif earliest is None or latest is None:
            reason = "set_aside.no_start"
        elif earliest >= horizon:
            reason = "set_aside.future"
        if reason is not None or earliest is None or latest is None:
            set_aside.append(Statement(reason or "", {"treatment": x.treatment}, sources=x.source_ids))
            continue
        parts = book.parts[x.treatment]
        for treatment in parts:
            dose = (x.dose_low, x.dose_high) if len(parts) == 1 else (None, None)
            sources = x.source_ids
            if len(parts) == 1 and dose == (None, None) and x.order_id is not None:
                dose, sources = _borrowed_dose(x, orders.get((x.order_id, treatment), ()))
            lines[treatment].append(_line(x, treatment, earliest, latest, horizon, dose, sources))
    return lines, set_aside


def _not_recognised(exposures: list[Exposure], book: RuleBook) -> list[Statement]:
    """Name the products that no table knows, each once: they can be neither judged nor checked."""
    lines: dict[str, dict[str, None]] = defaultdict(dict)
    for x in exposures:
        if x.treatment is not None:
            continue
        text = " ".join((x.product_text or "").split())
        product = text or next((f"{system_name(system)} {code}" for system, code in x.codes), "")
        if product and not book.recognises(text, x.codes):
            lines[product].update(dict.fromkeys(x.source_ids))
    return [
        Statement("set_aside.not_recognised", {"product": product}, sources=tuple(sources))
        for product, sources in lines.items()
    ]


def _orders(exposures: list[Exposure]) -> dict[tuple[str, str], list[Exposure]]:
    """The orders with a dose, by their own id and treatment."""
    found: dict[tuple[str, str], list[Exposure]] = defaultdict(list)
    for x in exposures:
        if x.origin == "order" and x.treatment is not None and x.dose_high is not None:
            for source in x.source_ids:
                found[source, x.treatment].append(x)
    return found


def _borrowed_dose(x: Exposure, orders: Sequence[Exposure]) -> tuple[Dose, tuple[str, ...]]:
    """Return the dose that the order intended of what was collected under it, and the rows of both."""
    lows = [order.dose_low for order in orders]
    highs = [order.dose_high for order in orders if order.dose_high is not None]
    if not highs:
        return (None, None), x.source_ids
    low = None if None in lows else min(low for low in lows if low is not None)
    return (low, max(highs)), tuple(sorted({*x.source_ids, *(s for each in orders for s in each.source_ids)}))


def _line(
    x: Exposure,
    treatment: str,
    earliest: int,
    latest: int,
    horizon: int,
    dose: Dose,
    sources: tuple[str, ...],
) -> Line:
    """Place one line; a course lasts at least a day, and it cannot start after it ended."""
    if latest >= horizon:
        latest = horizon - 1
    ongoing = x.ongoing
    open_end = supplied = False
    if x.end_earliest is not None or x.end_latest is not None:
        end_earliest = x.end_earliest if x.end_earliest is not None else earliest
        end_latest = x.end_latest if x.end_latest is not None else horizon
        if end_latest < horizon:
            ongoing = NO
        elif end_earliest >= horizon and x.status != "stopped":
            ongoing = YES
    elif x.supply_days:
        supplied = True
        end_earliest, end_latest = earliest + x.supply_days, latest + x.supply_days
    elif ongoing == YES:
        end_earliest = end_latest = horizon
    else:
        open_end = True
        end_earliest, end_latest = earliest, horizon
    if not supplied:
        end_earliest = max(min(end_earliest, horizon), earliest if open_end else earliest + 1)
        end_latest = max(min(end_latest, horizon), earliest + 1)
        latest = min(latest, end_latest - 1)
    start = (earliest + latest) // 2
    low, high = dose
    return Line(
        source=x,
        sources=sources,
        treatment=treatment,
        rank=RANK[x.origin],
        start=start,
        start_earliest=earliest,
        start_latest=latest,
        end=start + x.supply_days if supplied and x.supply_days else (end_earliest + end_latest) // 2,
        end_earliest=end_earliest,
        end_latest=end_latest,
        open_end=open_end,
        ongoing=ongoing,
        supplied=supplied,
        dose_low=low,
        dose_high=high,
        product=(x.formulation or "", x.strength or 0.0, low or 0.0, high or 0.0),
        regimens=[],
    )


def main_starts(lines: dict[str, list[Line]], book: RuleBook) -> list[tuple[int, str]]:
    """Return when a course of a main medicine began: there another without an end is taken to have ended.

    A refill begins no course; nor does what is only added to another (``with_base``), or was plainly for
    something else.
    """
    c = book.conventions
    starts: list[tuple[int, str]] = []
    for treatment, group in lines.items():
        row = book.treatments[treatment]
        if row.main != "yes" or row.kind != "medicine" or row.with_base == "augmentation":
            continue
        reach: int | None = None
        for line in in_order(group):
            if told_other_use(treatment, line.dose_high, line.source.indication, book):
                continue
            if reach is None or line.start - reach > c.era_gap_days:
                starts.append((line.start, treatment))
            end = line.start + c.open_join_days if line.open_end else line.end
            reach = end if reach is None else max(reach, end)
    return sorted(starts)


def close_open_ends(
    group: list[Line], mains: list[tuple[int, str]], book: RuleBook, horizon: int, notes: Notes
) -> None:
    """Give the lines of one treatment that have no end the one that other lines show, or a nominal one.

    ``group`` is in the order of lines; ``mains`` are the starts of main medicines, where this is one of them.
    """
    told = [line for line in group if line.rank > COLLECTED]
    collected = [line for line in group if line.rank <= COLLECTED]
    ended = [line for line in told if not line.open_end]
    for line in [line for line in collected + told if line.open_end]:
        own, other = (collected, told) if line.rank <= COLLECTED else (told, [])
        following = _after(line, own)
        later = _after(line, other)
        if _soon(line, following, book):
            _renew(line, following, notes)
        elif cover := _covering(line, ended, better=line.rank > COLLECTED):
            line.end_as(cover.end, cover.end_earliest, cover.end_latest)
            line.ongoing = cover.ongoing
        elif _soon(line, later, book):
            _renew(line, later, notes)
        elif line.rank > COLLECTED and (last := _last_collected(line, collected, following, book)):
            if not last.open_end:
                line.end_as(last.end, last.end_earliest, last.end_latest)
            else:
                line.end = max(last.end, line.start + 1)
        else:
            _leave_open(line, [x for x in (following, later) if x is not None], mains, horizon, notes)
            if cover := _covering(line, ended, better=False):
                line.end = max(line.end, cover.end)
                line.end_earliest = max(line.end_earliest, cover.end_earliest)


def _after(line: Line, others: list[Line]) -> Line | None:
    at = bisect_right(others, line.start, key=lambda other: other.start)
    return others[at] if at < len(others) else None


def _soon(line: Line, following: Line | None, book: RuleBook) -> bool:
    return following is not None and following.start - line.start <= book.conventions.open_join_days


def _renew(line: Line, following: Line | None, notes: Notes) -> None:
    assert following is not None
    line.end_as(following.start, following.start_earliest, following.start_latest)
    notes[line.treatment].append(
        Statement(
            "assumption.renewal",
            {"treatment": line.treatment, "start": line.start, "next": following.start},
            sources=line.sources + following.sources,
            citations=("convention:open_join_days",),
        )
    )


def _covering(line: Line, ended: list[Line], *, better: bool) -> Line | None:
    """The course told with an end by another origin (a better one) that was going on when this line began."""
    found = [
        x
        for x in ended
        if x.start <= line.start < x.end and (x.rank < line.rank if better else x.rank > line.rank)
    ]
    return max(found, key=lambda x: x.end) if found else None


def _last_collected(line: Line, collected: list[Line], following: Line | None, book: RuleBook) -> Line | None:
    """The last of the supplies that were collected one after the other from the start of this line."""
    last: Line | None = None
    reach = line.start
    for supply in collected:
        if supply.end <= line.start or (following is not None and supply.start >= following.start):
            continue
        if supply.start - reach > book.conventions.open_join_days:
            break
        if supply.end > reach:
            last, reach = supply, supply.end
    return last


def _leave_open(
    line: Line, following: list[Line], mains: list[tuple[int, str]], horizon: int, notes: Notes
) -> None:
    """Give a line of unknown end the nominal end that order and joining need; its bounds stay wide."""
    line.end = horizon
    if following:
        again = min(following, key=lambda x: x.start)
        line.end = max((line.start + again.start) // 2, line.start + 1)
        line.end_latest = again.start_latest
    at = bisect_right(mains, (line.start, "\U0010ffff"))
    day = next((day for day, treatment in mains[at:] if treatment != line.treatment), None)
    if day is not None and day < line.end:
        line.end = day
        notes[line.treatment].append(
            Statement(
                "assumption.open_end_at_next",
                {"treatment": line.treatment, "day": day},
                sources=line.sources,
            )
        )


def clip(lines: list[Line], horizon: int) -> list[Line]:
    """End every line at the day judged; a supply that reaches so far shows that the treatment goes on."""
    kept = []
    for line in lines:
        if line.start >= horizon:
            continue
        if line.supplied and line.end >= horizon and line.source.status != "stopped":
            line.ongoing = YES
        if (
            line.end_latest >= horizon
            or line.end >= horizon
            or line.start_latest >= horizon
            or line.end_earliest >= horizon
        ):
            line.start_latest = min(line.start_latest, horizon - 1)
            line.end = min(line.end, horizon)
            line.end_earliest = min(line.end_earliest, horizon)
            line.end_latest = min(line.end_latest, horizon)
        kept.append(line)
    return kept
