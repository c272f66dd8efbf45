"""The truth of a block of persons: the weeks in their order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from opentrd.simulate.chance import Bools, Ints, stream
from opentrd.simulate.course.persons import Persons, draw_persons
from opentrd.simulate.course.responding import (
    begin_episodes,
    end_episodes,
    fail,
    move,
    respond,
    take,
)
from opentrd.simulate.course.state import BESIDE, DEATH, MAIN, ONGOING, State
from opentrd.simulate.course.treating import END_COLUMNS, TRIAL_COLUMNS, end, supply
from opentrd.simulate.course.visiting import see, seek_care, stop
from opentrd.simulate.parameters import Parameters
from opentrd.simulate.products import Medicines

#: Kind of event to its columns. Days count from the first day of the simulation.
EVENTS = {
    "fill": ("person", "trial", "treatment", "level", "day", "pack"),
    "visit": ("person", "day", "severity", "unwell"),
    "therapy": ("person", "therapy", "day", "sessions"),
    "unfilled": ("person", "treatment", "day"),
    "stay": ("person", "day", "days"),
    "death": ("person", "day"),
    "episode": ("person", "episode", "day"),
    "episode_end": ("person", "episode", "day"),
}


@dataclass
class Course:
    """What truly happened to a block of persons. ``trials`` are in the order of their numbers."""

    persons: Persons
    ill: Bools
    bipolar: Bools
    resistant_on: Ints
    trials: dict[str, Ints]
    events: dict[str, dict[str, Ints]]


def run_course(seed: int, block: int, p: Parameters, m: Medicines) -> Course:
    """Run the weeks of a block."""
    persons, s = draw_persons(seed, block, p, m)
    rng = stream(seed, block, "course")
    weeks = p.whole("weeks")
    for week in range(weeks):
        _week(s, week, p, m, rng)
    everyone = np.arange(s.size)
    end(s, everyone, MAIN, np.full(s.size, weeks * 7), ONGOING)
    return Course(
        persons=persons,
        ill=s.ill,
        bipolar=s.bipolar,
        resistant_on=s.resistant_on,
        trials=_trials(s),
        events={
            kind: dict(zip(columns, s.log.columns(kind, len(columns)), strict=True))
            for kind, columns in EVENTS.items()
        },
    )


def _week(s: State, week: int, p: Parameters, m: Medicines, rng: np.random.Generator) -> None:
    """One week: illness, care, intake, effect, supply, death."""
    day = week * 7
    begin_episodes(s, week, p, rng)
    seek_care(s, day, p, m, rng)
    see(s, week, p, m, rng)
    stop(s, day, p, m, rng)
    for place in (MAIN, BESIDE):
        supply(s, s.places[place], day, p, rng)
        take(s.places[place], s, p)
        respond(place, s, p)
        fail(place, s, day, p)
    move(s, p)
    end_episodes(s, week, p, rng)
    _stay(s, day, p, rng)
    _die(s, day, p, rng)


def _stay(s: State, day: int, p: Parameters, rng: np.random.Generator) -> None:
    """Take severely ill persons into hospital."""
    ill = s.alive & (s.severity >= p["stay_severity"])
    who = np.flatnonzero((rng.random(s.size) < p["stay_weekly"]) & ill)
    days = rng.integers(p.whole("stay_days_low"), p.whole("stay_days_high") + 1, len(who))
    s.log.add("stay", who, day, days)


def _die(s: State, day: int, p: Parameters, rng: np.random.Generator) -> None:
    who = np.flatnonzero(s.alive & (rng.random(s.size) < p["death_weekly"]))
    when = np.full(len(who), day + 6)
    end(s, who, MAIN, when, DEATH)
    s.alive[who] = False
    s.episode_on[who] = False
    s.log.add("death", who, when)


def _trials(s: State) -> dict[str, Ints]:
    """Join beginnings and ends of trials by their numbers."""
    began = dict(zip(TRIAL_COLUMNS, s.log.columns("trial", len(TRIAL_COLUMNS)), strict=True))
    ended = dict(zip(END_COLUMNS, s.log.columns("end", len(END_COLUMNS)), strict=True))
    first, last = np.argsort(began["trial"]), np.argsort(ended["trial"])
    return {key: column[first] for key, column in began.items()} | {
        key: column[last] for key, column in ended.items() if key != "trial"
    }
