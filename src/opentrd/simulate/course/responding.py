"""What treatments do: response, failure, relapse, severity."""

from __future__ import annotations

import numpy as np

from opentrd.simulate.chance import Bools, Floats, Ints
from opentrd.simulate.course.state import MAIN, Place, State
from opentrd.simulate.parameters import Parameters
from opentrd.simulate.products import USUAL


def take(at: Place, s: State, p: Parameters) -> None:
    """Count a week of treatment, and of adequate treatment: dose high enough, taken enough, in an episode."""
    on = at.treatment >= 0
    at.weeks += on
    at.unchanged += on
    enough = (at.level >= USUAL) & (at.taken >= p["adequate_taken"])
    at.adequate += on & enough & s.episode_on


def respond(place: int, s: State, p: Parameters) -> None:
    """Let those respond whose latent response to the treatment says so, when it had the time to work."""
    at = s.places[place]
    waiting = (at.treatment >= 0) & s.episode_on & ~at.working & ~at.spent
    full = at.adequate >= at.delay
    part = ~full & (at.weeks >= at.delay)
    who = np.flatnonzero(waiting & (full | part))
    factor = np.where(full[who], 1.0, p["inadequate_factor"])
    latent = s.latent[who, at.treatment[who]]
    remission = remission_chance(s.step[who], p) * factor
    response = remission + p["response_only"] * factor
    got = latent < response
    who, remits = who[got], (latent < remission)[got]
    at.working[who] = True
    at.result[who] = np.maximum(at.result[who], np.where(remits, 2, 1))
    # Where the latent response lies between the bounds fixes how much better: no further chance is drawn.
    depth = (latent[got] - remission[got]) / np.maximum(response[got] - remission[got], 1e-9)
    partly = p["response_high"] - np.clip(depth, 0.0, 1.0) * (p["response_high"] - p["response_low"])
    s.target[who] = np.where(remits, p["severity_well"], s.base[who] * (1.0 - partly))


def remission_chance(step: Ints, p: Parameters) -> Floats:
    """Return the chance of remission at a step of an episode (1 is the first)."""
    chances = np.array(list(p.group("remission_step_").values()))
    return chances[np.clip(step, 1, len(chances)) - 1]


def fail(place: int, s: State, day: int, p: Parameters) -> None:
    """Count adequate treatments that were taken and did nothing; enough in one episode are resistance.

    The same medicine again is not another one.
    """
    at = s.places[place]
    now = (at.treatment >= 0) & at.counts & s.episode_on & ~at.failed & ~at.spent & (at.result == 0)
    now &= at.adequate >= max(p["adequate_weeks"], 1)
    who = np.flatnonzero(now)
    fresh = who[~s.failed_with[who, at.treatment[who]]]
    at.failed |= now
    s.failed_with[who, at.treatment[who]] = True
    s.failures[fresh] += 1
    new = now & (s.failures >= p["failures"]) & (s.resistant_on < 0) & ~s.bipolar
    s.resistant_on[new] = day + 7


def move(s: State, p: Parameters) -> None:
    """Move severity towards its aim."""
    s.severity += (s.target - s.severity) * p["severity_rate"]


def begin_episodes(s: State, week: int, p: Parameters, rng: np.random.Generator) -> None:
    """Begin episodes: the first at its onset, later ones by relapse; relapse within one is lost response."""
    chance = rng.random(s.size)
    main = s.main
    risk = np.where(main.treatment >= 0, p["relapse_treated_weekly"], p["relapse_untreated_weekly"])
    first = s.onset == week
    again = (s.episode > 0) & ~s.episode_on & (chance < risk)
    lost = s.episode_on & (s.target < s.base) & (_working(s) | (main.treatment < 0)) & (chance < risk)
    starts = np.flatnonzero(s.alive & (first | again))
    base = rng.normal(p["severity_mean"], p["severity_sd"], s.size)
    s.base[starts] = np.clip(base[starts], p["severity_floor"], p["severity_most"])
    s.episode_on[starts] = True
    s.episode[starts] += 1
    s.step[starts] = 0
    s.failures[starts] = 0
    s.tried[starts] = False
    s.failed_with[starts] = False
    s.last[starts] = -1
    s.log.add("episode", starts, s.episode[starts], week * 7)
    worse = np.flatnonzero(s.alive & (first | again | lost))
    s.target[worse] = s.base[worse]
    s.well_weeks[worse] = 0
    for at in s.places:
        at.spent[worse] |= at.treatment[worse] >= 0
        at.working[worse] = False
        on = starts[at.treatment[starts] >= 0]
        s.tried[on, at.treatment[on]] = True


def _working(s: State) -> Bools:
    return s.places[0].working | s.places[1].working


def end_episodes(s: State, week: int, p: Parameters, rng: np.random.Generator) -> None:
    """End episodes: some remit of themselves; one is over when the person was well for long enough."""
    free = s.episode_on & (s.target > p["severity_well"]) & (rng.random(s.size) < p["spontaneous_weekly"])
    s.target[free] = p["severity_well"]
    s.main.working |= free & (s.main.treatment >= 0)
    well = s.episode_on & (s.severity < p["well_below"])
    s.well_weeks = np.where(well, s.well_weeks + 1, 0)
    over = np.flatnonzero(s.episode_on & (s.well_weeks >= p["episode_end_weeks"]))
    s.episode_on[over] = False
    began = (week + 1 - s.well_weeks[over]) * 7
    s.log.add("episode_end", over, s.episode[over], began)


def therapies_help(s: State, who: Ints, chance: float, p: Parameters, rng: np.random.Generator) -> None:
    """Let a course of therapy help as often as it does."""
    helped = who[rng.random(len(who)) < chance]
    s.target[helped] = p["severity_well"]
    s.places[MAIN].working[helped] |= s.places[MAIN].treatment[helped] >= 0
