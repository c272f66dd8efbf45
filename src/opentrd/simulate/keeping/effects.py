"""What a record does to lines about medicines: one function each, with the switch that turns it off.

Each draws from a stream of its own, so that none changes what another does. A share of zero leaves the
lines as they were.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from opentrd.simulate.chance import BLOCK, Bools, Ints, pick, stream
from opentrd.simulate.course.state import ADVERSE, NO_EFFECT, SWITCH
from opentrd.simulate.course.weeks import Course
from opentrd.simulate.keeping.lines import NO_TEXT, OPEN, PRESCRIPTION, Lines, lines_of, other_lines
from opentrd.simulate.parameters import Parameters
from opentrd.simulate.products import LOW, Medicines

Effect: TypeAlias = Callable[[Lines, Course, Parameters, Medicines, np.random.Generator], Lines]


def _first_of_trial(lines: Lines) -> Bools:
    """Tell which lines are the first of their trial. Lines of no trial are none."""
    first = np.zeros(len(lines), dtype=bool)
    _, places = np.unique(lines.trial, return_index=True)
    first[places] = True
    return first & (lines.trial >= 0)


def unfilled(lines: Lines, course: Course, p: Parameters, m: Medicines, rng: np.random.Generator) -> Lines:
    """Write down orders that were never filled. Their share is part of the truth, as nothing was taken."""
    lost = course.events["unfilled"]
    seen = rng.random(len(lost["person"])) < p["unfilled_recorded"]
    days = np.full(int(seen.sum()), next(iter(p.group("pack_"))))
    more = lines_of(lost["person"][seen], lost["day"][seen], -1, lost["treatment"][seen], LOW, days, m)
    more.kind[:] = PRESCRIPTION
    return lines.with_more(more)


def same_day_switch(
    lines: Lines, course: Course, p: Parameters, m: Medicines, rng: np.random.Generator
) -> Lines:
    """Supply the old medicine once more on the day of the switch."""
    t = course.trials
    switched = np.isin(t["reason"], (NO_EFFECT, ADVERSE)) & (
        rng.random(len(t["trial"])) < p["same_day_share"]
    )
    began = set(
        zip(t["person"][t["role"] == SWITCH].tolist(), t["start"][t["role"] == SWITCH].tolist(), strict=True)
    )
    places = [i for i in np.flatnonzero(switched) if (int(t["person"][i]), int(t["end"][i])) in began]
    who = np.array(places, dtype=np.int64)
    days = np.full(len(who), next(iter(p.group("pack_"))))
    more = lines_of(
        t["person"][who], t["end"][who], t["trial"][who], t["treatment"][who], t["level"][who], days, m
    )
    return lines.with_more(more).in_order()


def other_use(lines: Lines, course: Course, p: Parameters, m: Medicines, rng: np.random.Generator) -> Lines:
    """Add antidepressants that are taken for pain or sleep, in low doses."""
    for who, treatment, start, supplies, days in other_users(p, m, rng):
        lines = lines.with_more(other_lines(who, treatment, start, supplies, days, m))
    return lines


def other_users(
    p: Parameters, m: Medicines, rng: np.random.Generator
) -> list[tuple[Ints, Ints, Ints, Ints, int]]:
    """Draw for pain and for sleep: persons, medicines, first days, numbers of supplies, days of a supply."""
    found = []
    days = next(iter(p.group("pack_")))
    for use in ("pain", "sleep"):
        who = np.flatnonzero(rng.random(BLOCK) < p[f"{use}_share"])
        treatment = pick(np.tile(m.weights[use], (len(who), 1)), rng.random(len(who)))
        last = p.whole("weeks") * 7
        start = rng.integers(0, last, len(who))
        length = rng.exponential(p["other_use_weeks"] * 7, len(who)).astype(np.int64)
        supplies = np.minimum(length, last - start) // days + 1
        found.append((who, treatment, start, supplies, days))
    return found


def elsewhere(lines: Lines, course: Course, p: Parameters, m: Medicines, rng: np.random.Generator) -> Lines:
    """Leave out treatments that were given elsewhere."""
    away = rng.random(len(course.trials["trial"])) < p["elsewhere_share"]
    return lines.take(~((lines.trial >= 0) & away[lines.trial]))


def stockpiles(lines: Lines, course: Course, p: Parameters, m: Medicines, rng: np.random.Generator) -> Lines:
    """Bring a next supply forward to the day of the one before: collected twice, to keep."""
    lines = lines.in_order()
    by_trial = np.lexsort((lines.day, lines.trial))
    chance = rng.random(len(lines))
    before, after = by_trial[:-1], by_trial[1:]
    same = (lines.trial[before] == lines.trial[after]) & (lines.trial[after] >= 0)
    pairs = np.flatnonzero(same & (chance[after] < p["stock_share"]))
    lines.day[after[pairs]] = lines.day[before[pairs]]
    return lines.in_order()


def early_refills(
    lines: Lines, course: Course, p: Parameters, m: Medicines, rng: np.random.Generator
) -> Lines:
    """Let refills be collected some days early; first supplies are not refills."""
    early = (rng.random(len(lines)) < p["early_share"]) & (lines.trial >= 0) & ~_first_of_trial(lines)
    days = rng.integers(1, p.whole("early_days") + 1, len(lines))
    start = course.trials["start"][np.maximum(lines.trial, 0)]
    lines.day = np.where(early, np.maximum(lines.day - days, start), lines.day)
    return lines.in_order()


def hospital(lines: Lines, course: Course, p: Parameters, m: Medicines, rng: np.random.Generator) -> Lines:
    """Put supplies that would fall into a hospital stay after it: what is given inside is not recorded."""
    stay = course.events["stay"]
    order = np.lexsort((stay["day"], stay["person"]))
    span = 100_000
    key = stay["person"][order] * span + stay["day"][order]
    if not len(key):
        return lines
    place = np.searchsorted(key, lines.person * span + lines.day, side="right") - 1
    at = order[np.maximum(place, 0)]
    until = stay["day"][at] + stay["days"][at]
    inside = (place >= 0) & (stay["person"][at] == lines.person) & (lines.day < until)
    lines.day = np.where(inside, until, lines.day)
    return lines.in_order()


def orders(lines: Lines, course: Course, p: Parameters, m: Medicines, rng: np.random.Generator) -> Lines:
    """Let the record of some persons hold prescriptions, which say the dose in words too."""
    written = (rng.random(BLOCK) < p["order_share"])[lines.person]
    lines.kind = np.where(written, PRESCRIPTION, lines.kind)
    lines.text = np.where(lines.kind == PRESCRIPTION, lines.units, lines.text)
    return lines


def open_orders(lines: Lines, course: Course, p: Parameters, m: Medicines, rng: np.random.Generator) -> Lines:
    """Write some treatments as one order for each dose, which is never closed."""
    lines = lines.in_order()
    left_open = rng.random(len(course.trials["trial"])) < p["open_share"]
    these = (lines.trial >= 0) & left_open[lines.trial]
    _, places = np.unique(lines.trial * 4 + lines.level, return_index=True)
    first = np.zeros(len(lines), dtype=bool)
    first[places] = True
    lines.kind = np.where(these, OPEN, lines.kind)
    lines.text = np.where(these, lines.units, lines.text)
    lines.supply = np.where(these, -1, lines.supply)
    lines.quantity = np.where(these, np.nan, lines.quantity)
    return lines.take(~these | first)


def stop_reasons(
    lines: Lines, course: Course, p: Parameters, m: Medicines, rng: np.random.Generator
) -> Lines:
    """Write on the last line of some treatments why they ended."""
    reason = course.trials["reason"]
    told = np.where(rng.random(len(reason)) < p["stop_reason_kept"], reason, 0)
    trial = lines.trial
    last = np.zeros(len(lines), dtype=bool)
    _, places = np.unique(trial[::-1], return_index=True)
    last[len(lines) - 1 - places] = True
    lines.stop = np.where(last & (trial >= 0), told[np.maximum(trial, 0)], 0)
    return lines


def two_strengths(
    lines: Lines, course: Course, p: Parameters, m: Medicines, rng: np.random.Generator
) -> Lines:
    """Supply some doses in two strengths on one day, which together hold the same."""
    can = (m.split[lines.treatment, lines.level] >= 0) & (lines.supply > 0)
    these = can & (rng.random(len(lines)) < p["two_strengths_share"])
    more = lines.take(these)
    more.product = m.split[more.treatment, more.level]
    more.units = m.split_units[more.treatment, more.level]
    for part, where in ((more, np.ones(len(more), dtype=bool)), (lines, these)):
        if part is lines:
            part.units = np.where(where, part.units - 1, part.units)
        part.quantity = np.where(where, part.units * part.supply, part.quantity)
        part.text = np.where(where & (part.text != NO_TEXT), part.units, part.text)
    keep = ~(these & (lines.units == 0))
    return lines.take(keep).with_more(more).in_order()


def missing_dose(
    lines: Lines, course: Course, p: Parameters, m: Medicines, rng: np.random.Generator
) -> Lines:
    """Lose the quantity of some lines: with the dose, or with the dose left in words alone."""
    chance = rng.random(len(lines))
    gone = chance < p["dose_missing"]
    words = ~gone & (chance < p["dose_missing"] + (1.0 - p["dose_missing"]) * p["dose_text"])
    lines.quantity = np.where(gone | words, np.nan, lines.quantity)
    lines.text = np.where(gone, NO_TEXT, np.where(words, lines.units, lines.text))
    return lines


def wrong_days_supply(
    lines: Lines, course: Course, p: Parameters, m: Medicines, rng: np.random.Generator
) -> Lines:
    """Write a wrong number of days, or none: thirty by habit, one, or nothing at all."""
    wrong = (rng.random(len(lines)) < p["days_supply_wrong"]) & (lines.supply > 0)
    kind = rng.integers(0, 3, len(lines))
    lines.supply = np.where(wrong, np.array([30, 1, -1])[kind], lines.supply)
    return lines


def duplicates(lines: Lines, course: Course, p: Parameters, m: Medicines, rng: np.random.Generator) -> Lines:
    """Write some lines twice."""
    twice = rng.random(len(lines)) < p["duplicate_share"]
    return lines.with_more(lines.take(twice)).in_order()


#: In the order in which a record does them; names are the purposes of their streams.
EFFECTS: dict[str, Effect] = {
    "same_day_switch": same_day_switch,
    "unfilled": unfilled,
    "other_use": other_use,
    "elsewhere": elsewhere,
    "early_refills": early_refills,
    "stockpiles": stockpiles,
    "hospital": hospital,
    "orders": orders,
    "stop_reasons": stop_reasons,
    "open_orders": open_orders,
    "two_strengths": two_strengths,
    "missing_dose": missing_dose,
    "wrong_days_supply": wrong_days_supply,
    "duplicates": duplicates,
}


def kept_lines(lines: Lines, course: Course, p: Parameters, m: Medicines, seed: int, block: int) -> Lines:
    """Return the lines as a record keeps them."""
    for name, effect in EFFECTS.items():
        lines = effect(lines, course, p, m, stream(seed, block, name))
    return lines.in_order()
