"""What the groups amount to: phases of so much a day for so many days."""

from __future__ import annotations

from itertools import pairwise

import msgspec

from opentrd.records.dose_text.grammar import COUNTED, MASS
from opentrd.records.dose_text.groups import QUANTITY, Group, Reader
from opentrd.records.dose_text.words import Item

MOST_STEPS = 40


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """So much a day, for so many days.

    ``low`` and ``high`` are amounts a day in ``unit``: ``mg``, ``mcg``, ``g``, ``ml``, ``tablet``,
    ``capsule``, ``patch``, ``spray``, ...; ``unit`` for bare small numbers ("1 daily") and an empty string
    for bare large ones ("100 daily"). ``days_low`` and ``days_high`` are ``None`` where the length is not
    known; in the last phase that means without an end. A phase of zero is a stop.
    """

    low: float
    high: float
    unit: str
    days_low: int | None = None
    days_high: int | None = None


def takes_of(group: Group) -> tuple[float, float] | None:
    """Return how many takes on a day on which it is taken, low and high; ``None`` where nothing says it."""
    if group.divided and group.timed:
        return 1.0, 1.0
    if group.takes:
        return group.takes.low, group.takes.high
    count = len(group.slots)
    if count == 2 and set(group.slots) == {"evening", "night"} and not group.slots_joined:
        count = 1
    if group.either:
        count = 1
    if count or group.clocks:
        return float(max(count, group.clocks)), float(max(count, group.clocks))
    return (1.0, 1.0) if group.timed or group.length or group.label else None


def share_of(group: Group) -> tuple[float, float]:
    """Return the share of days on which it is taken (three decimals), low and high."""
    if group.share:
        return group.share.low, group.share.high
    if group.weekdays:
        share = round(len(group.weekdays) / 7, 3)
        return share, share
    return 1.0, 1.0


def day_of(group: Group) -> tuple[float, float, str] | None:
    """Return the amount a day, low, high and unit, of one group; ``None`` where it cannot be known."""
    takes = takes_of(group)
    if group.amount is None or takes is None:
        return None
    low_share, high_share = share_of(group)
    low = group.amount.low * takes[0] * low_share * group.sides
    high = group.amount.high * takes[1] * high_share * group.sides
    if group.repeat:
        high += group.amount.high
    return low, high, group.amount.name


def _fill(groups: list[Group]) -> list[Group]:
    """Let groups take over what they leave unsaid: the amount before, the timing before or after."""
    timed = any(group.timed and group.amount for group in groups)
    for group, after in pairwise(groups):
        if group.at_once and after.join == "then":
            group.length = Item("D", 1.0, 1.0)
    kept = [
        group for group in groups
        if group.stop or group.timed or group.length or group.label or group.stepping
        or (group.amount and not (timed and group.amount.name in COUNTED and group.amount.low >= QUANTITY))
    ]  # fmt: skip
    for before, group in pairwise(kept):
        if group.amount is None and not group.stop and not group.stepping:
            group.amount, group.strength, group.total = before.amount, before.strength, before.total
        if (
            group.amount
            and not group.timed
            and before.timed
            and group.join in ("then", "change", "or", "and", "alternating")
        ):
            group.copy_timing(before)
        elif (
            group.amount
            and not group.timed
            and (before.length or before.label)
            and group.join in ("then", "change")
        ):
            group.daily = True
        elif group.label and group.amount and not group.timed and before.timed:
            group.copy_timing(before)
    for group, after in zip(reversed(kept[:-1]), reversed(kept[1:]), strict=False):
        if group.amount and not group.timed and after.timed and not group.stop and not after.stepping:
            later = takes_of(after) or (1.0, 1.0)
            if not group.length or group.join == after.join == "" or later == (1.0, 1.0):
                group.copy_timing(after)
    return kept


def _starts_phase(before: Group, group: Group) -> bool:
    """Say whether a group begins a phase of its own."""
    if group.join in ("then", "change") or group.stop or before.stop:
        return True
    if group.join in ("or", "except", "alternating"):
        return False
    if before.label or group.label:
        return True
    if before.length:
        apart = before.moments and group.moments and not before.moments & group.moments
        return not (apart and not group.length)
    return False


def _sum(groups: list[Group]) -> tuple[float, float, str] | None:
    """Return the daily amount of groups that hold at the same time."""
    first = day_of(groups[0])
    if first is None:
        return None
    if len(groups) > 2 and groups[1].join in ("(", ",", ""):
        rest = _sum(groups[1:])
        if rest and rest[:2] == first[:2]:
            return first
    low, high, unit = first
    weekdays = set(groups[0].weekdays)
    for before, group in pairwise(groups):
        if group.rest_of_week:
            group.share = Item("s", round(1 - len(weekdays) / 7, 3), round(1 - len(weekdays) / 7, 3))
        if group.excepted:
            share = share_of(group)[0]
            low, high = low * (1 - share), high * (1 - share)
            if group.amount is before.amount:
                continue
        next_day = day_of(group)
        if next_day is None:
            return None
        more_low, more_high, more_unit = next_day
        if more_unit != unit:
            if "unit" not in (unit, more_unit) or {unit, more_unit} & (MASS | {"ml", ""}):
                return None
            unit = more_unit if unit == "unit" else unit
        if group.join == "or":
            low, high = min(low, more_low), max(high, more_high)
        elif group.join == "alternating":
            low, high = (low + more_low) / 2, (high + more_high) / 2
        elif _adds(before, group, weekdays):
            low, high = low + more_low, high + more_high
        elif (round(low, 6), round(high, 6)) != (round(more_low, 6), round(more_high, 6)):
            return None
        weekdays |= group.weekdays
    return low, high, unit


def _adds(before: Group, group: Group, weekdays: set[str]) -> bool:
    """Say whether a group is taken besides the one before, rather than being the same said again."""
    if group.join in ("and", "except") or group.rest_of_week:
        return True
    if group.weekdays and weekdays and not group.weekdays & weekdays:
        return True
    if before.moments and group.moments:
        return not before.moments & group.moments
    return bool(before.clocks and group.clocks and group.join != "(")


def _days(groups: list[Group]) -> tuple[int | None, int | None]:
    for group in groups:
        if group.length:
            low = max(1, round(group.length.low))
            return low, max(low, round(group.length.high or group.length.low))
        if group.label:
            days = max(1, round(group.label.high - group.label.low + 1))
            return days, days
    return None, None


def _steps(base: Phase, group: Group, to_zero: bool) -> list[Phase]:
    """Return the phases of "increase (or reduce) by so much every so often to so much"."""
    step, target = group.step, group.amount
    if step is None or step.low <= 0 or (step.name != base.unit and step.name != "unit"):
        return []
    days = round(group.length.low) if group.length else None
    falling = group.change in ("decrease", "wean")
    if target is None and not (falling and to_zero):
        return []
    goal = target.high if target else 0.0
    phases = [
        Phase(
            low=base.low,
            high=base.high,
            unit=base.unit,
            days_low=base.days_low or days,
            days_high=base.days_high or days,
        )
    ]
    value = base.high
    while len(phases) < MOST_STEPS:
        value = max(goal, value - step.low) if falling else min(goal, value + step.low)
        last = value == goal
        length = None if last else days
        phases.append(Phase(low=value, high=value, unit=base.unit, days_low=length, days_high=length))
        if last:
            break
    return phases


def build_phases(reader: Reader) -> tuple[Phase, ...]:
    """Return the phases of a text; none where any part of the amount a day cannot be known."""
    groups = _fill(reader.groups)
    parts: list[list[Group]] = []
    for group in groups:
        if parts and not _starts_phase(parts[-1][-1], group):
            parts[-1].append(group)
        else:
            parts.append([group])
    phases: list[Phase] = []
    for at, part in enumerate(parts):
        head = part[0]
        if head.stop:
            if not phases or phases[-1].high > 0:
                phases.append(Phase(low=0.0, high=0.0, unit=phases[-1].unit if phases else ""))
            continue
        if head.stepping:
            to_zero = head.until_off or (at + 1 < len(parts) and parts[at + 1][0].stop)
            steps = _steps(phases[-1], head, to_zero) if phases else []
            if not steps:
                return ()
            phases[-1:] = steps
            continue
        day = _sum(part)
        if day is None:
            if (
                reader.maximum
                and head.amount
                and (reader.as_needed or reader.maximum_by_up_to or head.repeat)
            ):
                day = (0.0, reader.maximum.high, head.amount.name)
            else:
                return ()
        low, high, unit = day
        if high <= 0:
            return ()
        if head.allowed and phases and phases[-1].unit == unit:
            last = phases[-1]
            phases[-1] = msgspec.structs.replace(last, low=min(last.low, low), high=max(last.high, high))
            continue
        low_days, high_days = _days(part)
        if head.after and phases and phases[-1].days_low is None:
            phases[-1] = msgspec.structs.replace(
                phases[-1], days_low=round(head.after), days_high=round(head.after)
            )
        phases.append(Phase(low=low, high=high, unit=unit, days_low=low_days, days_high=high_days))
    return _finish(reader, parts, phases)


def _finish(reader: Reader, parts: list[list[Group]], phases: list[Phase]) -> tuple[Phase, ...]:
    half = len(phases) // 2
    if half and len(phases) % 2 == 0 and phases[:half] == phases[half:]:
        phases = phases[:half]
    if not phases:
        return ()
    head, tail = parts[0][0], parts[-1][0]
    if len(parts) == 1 and head.change == "wean" and phases[-1].days_low and phases[-1].high > 0:
        phases.append(Phase(low=0.0, high=0.0, unit=phases[-1].unit))
    if len(phases) > 1 and tail.label and not tail.length and phases[-1].high > phases[-2].high:
        phases[-1] = msgspec.structs.replace(phases[-1], days_low=None, days_high=None)
    return tuple(_limited(phase, reader) for phase in phases)


def _limited(phase: Phase, reader: Reader) -> Phase:
    """Return the phase with "as needed" and the stated most a day applied."""
    low, high = (0.0 if reader.as_needed else phase.low), phase.high
    most = reader.maximum
    if most and most.high > 0 and (most.name == phase.unit or {most.name, phase.unit} <= COUNTED):
        high = most.high if reader.maximum_by_up_to else min(high, most.high)
    low = min(low, high)
    return msgspec.structs.replace(phase, low=round(low, 6), high=round(high, 6))
