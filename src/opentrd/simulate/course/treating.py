"""Treatments that begin and end, and what is supplied under them."""

from __future__ import annotations

import numpy as np

from opentrd.simulate.chance import Floats, Ints, pick, pick_one
from opentrd.simulate.course.state import DEATH, MAIN, ONGOING, WITH_MAIN, Place, State
from opentrd.simulate.parameters import Parameters
from opentrd.simulate.products import HIGH, LOW, USUAL, Medicines

TRIAL_COLUMNS = ("person", "trial", "episode", "treatment", "role", "start", "taken")
END_COLUMNS = ("trial", "end", "reason", "result", "level", "weeks", "adequate", "failed")
#: The taken share is logged as a whole number of these parts.
PARTS = 10_000


def begin(
    s: State,
    who: Ints,
    place: int,
    role: int | Ints,
    weights: Floats,
    day: Ints,
    p: Parameters,
    m: Medicines,
    rng: np.random.Generator,
) -> Ints:
    """Begin a treatment, picked by ``weights`` of each person; return those for whom there was one."""
    chosen = pick(weights, rng.random(len(who)))
    role = np.broadcast_to(np.asarray(role), who.shape)[chosen >= 0]
    day = day[chosen >= 0]
    who, chosen = who[chosen >= 0], chosen[chosen >= 0]
    size = len(who)
    at = s.places[place]
    low = rng.random(size) < p["stays_low"]
    usual = (rng.random(size) < p["starts_usual"]) & ~low
    at.treatment[who] = chosen
    at.level[who] = np.where(usual, USUAL, LOW)
    at.stays_low[who] = low
    for counter in (at.weeks, at.adequate, at.unchanged, at.result):
        counter[who] = 0
    for flag in (at.working, at.spent, at.failed):
        flag[who] = False
    at.delay[who] = rng.integers(p.whole("response_weeks_low"), p.whole("response_weeks_high") + 1, size)
    at.aim[who] = rng.uniform(0.0, p["no_response_high"], size)
    at.taken[who], at.leave[who] = intake(size, p, rng)
    at.next_fill[who] = day
    at.counts[who] = m.antidepressant[chosen]
    at.trial[who] = s.log.new_trials(size)
    s.tried[who, chosen] = True
    s.treated_before[who] = True
    if place == MAIN:
        s.step[who] += chosen != s.last[who]
        s.last[who] = chosen
        s.target[who] = s.base[who] * (1.0 - at.aim[who])
    share = np.round(at.taken[who] * PARTS).astype(np.int64)
    s.log.add("trial", who, at.trial[who], s.episode[who], chosen, role, day, share)
    return who


def untried(s: State, who: Ints, use: str, m: Medicines) -> Floats:
    """Return the weights of a use, without what was tried in this episode."""
    return np.where(s.tried[who], 0.0, m.weights[use])


def intake(size: int, p: Parameters, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw the share taken, from the gaps between supplies, and the weekly chance to stop with it."""
    kind = pick_one(np.array([p["gap_none"], p["gap_short"], p["gap_long"]]), rng.random(size))
    low = np.array([0.0, 1.0, p["gap_short_days"] + 1])[kind]
    high = np.array([0.0, p["gap_short_days"], p["gap_long_days"]])[kind]
    gap = rng.uniform(low, high)
    kept = np.array([p["kept_none"], p["kept_short"], p["kept_long"]])[kind]
    return p["gap_supply_days"] / (p["gap_supply_days"] + gap), 1.0 - kept ** (1.0 / p["kept_weeks"])


def end(s: State, who: Ints, place: int, day: Ints, reason: int | Ints) -> None:
    """End the treatments of a place; what was added to a main treatment ends with it."""
    at = s.places[place]
    on = at.treatment[who] >= 0
    who, day = who[on], day[on]
    reason = np.broadcast_to(np.asarray(reason), on.shape)[on]
    s.log.add(
        "end", at.trial[who], day, reason, at.result[who], at.level[who], at.weeks[who], at.adequate[who],
        at.failed[who].astype(np.int64),
    )  # fmt: skip
    at.treatment[who] = -1
    at.trial[who] = -1
    at.working[who] = False
    if place == MAIN:
        end(s, who, 1 - MAIN, day, np.where(np.isin(reason, (ONGOING, DEATH)), reason, WITH_MAIN))


def raise_dose(s: State, who: Ints, day: Ints) -> None:
    """Raise the dose of the main treatment by a level; the new dose is supplied that day."""
    at = s.main
    at.level[who] = np.minimum(at.level[who] + 1, HIGH)
    at.unchanged[who] = 0
    at.next_fill[who] = day


def supply(s: State, at: Place, day: int, p: Parameters, rng: np.random.Generator) -> None:
    """Supply what falls due this week. Who takes less comes later for more."""
    packs = p.group("pack_")
    due = np.flatnonzero((at.treatment >= 0) & (at.next_fill < day + 7))
    sizes = np.array(list(packs))
    pack = sizes[pick_one(np.array(list(packs.values())), rng.random(len(due)))]
    s.log.add("fill", due, at.trial[due], at.treatment[due], at.level[due], at.next_fill[due], pack)
    at.next_fill[due] += np.round(pack / at.taken[due]).astype(np.int64)
