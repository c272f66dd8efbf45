"""Visits: who comes, and what is decided there."""

from __future__ import annotations

import numpy as np

from opentrd.simulate.chance import Ints, pick
from opentrd.simulate.course.responding import therapies_help
from opentrd.simulate.course.state import (
    ADVERSE,
    AGAIN,
    AUGMENTATION,
    BESIDE,
    COMBINATION,
    FIRST,
    MAIN,
    NO_EFFECT,
    RECOVERED,
    SWITCH,
    WISH,
    State,
)
from opentrd.simulate.course.treating import begin, end, raise_dose, untried
from opentrd.simulate.parameters import Parameters
from opentrd.simulate.products import LOW, USUAL, Medicines

THERAPIES = ("cbt", "tms", "ect")
CBT, TMS, ECT = range(3)
_CHANGES = (
    "next_raise",
    "next_switch",
    "next_add_on",
    "next_combine",
    "next_therapy",
    "next_tms",
    "next_ect",
)
_RAISE, _SWITCH, _ADD_ON, _COMBINE, _THERAPY, _TMS, _ECT = range(7)


def seek_care(s: State, day: int, p: Parameters, m: Medicines, rng: np.random.Generator) -> None:
    """Let depressed persons without treatment see a doctor: a first prescription, or one again."""
    chance = np.where(s.step > 0, p["return_weekly"], p["seek_weekly"])
    due = s.alive & s.episode_on & (s.main.treatment < 0) & (s.target > p["severity_well"])
    who = np.flatnonzero(due & (rng.random(s.size) < chance))
    days = day + rng.integers(0, 7, len(who))
    _visit(s, who, days, p, rng)
    unfilled = (s.step[who] == 0) & (rng.random(len(who)) < p["unfilled_share"])
    lost = who[unfilled]
    wanted = pick(np.tile(m.weights["first"], (len(lost), 1)), rng.random(len(lost)))
    s.log.add("unfilled", lost, wanted, days[unfilled])
    who, days = who[~unfilled], days[~unfilled]
    fresh = s.step[who] == 0
    first = who[fresh]
    began = begin(s, first, MAIN, FIRST, untried(s, first, "first", m), days[fresh], p, m, rng)
    _return(s, who[~fresh], days[~fresh], p, m, rng)
    _start_therapy(s, began[rng.random(len(began)) < p["therapy_first"]], CBT, day, p, rng)


def _return(s: State, who: Ints, day: Ints, p: Parameters, m: Medicines, rng: np.random.Generator) -> None:
    """Prescribe again within an episode: often the same medicine as before."""
    again = rng.random(len(who)) < p["return_same"]
    before = s.last[who, None] == np.arange(len(m.names))
    weights = np.where(again[:, None], before, untried(s, who, "later", m))
    begin(s, who, MAIN, np.where(again, AGAIN, SWITCH), weights, day, p, m, rng)


def see(s: State, week: int, p: Parameters, m: Medicines, rng: np.random.Generator) -> None:
    """See the persons whose visit is due: raise a start dose, change what does not work."""
    who = np.flatnonzero(s.alive & (s.next_visit == week) & (s.main.treatment >= 0))
    day = week * 7 + rng.integers(0, 7, len(who))
    _visit(s, who, day, p, rng)
    at = s.main
    start = (at.level[who] == LOW) & ~at.stays_low[who] & (at.weeks[who] >= p["raise_after_weeks"])
    raise_dose(s, who[start], day[start])
    stuck = ~start & s.episode_on[who] & ~at.working[who] & ~s.beside.working[who]
    stuck &= (at.unchanged[who] >= p["decide_after_weeks"]) & (s.target[who] > p["severity_well"])
    stuck &= rng.random(len(who)) < p["act_share"]
    _change(s, who[stuck], day[stuck], p, m, rng)


def _change(s: State, who: Ints, day: Ints, p: Parameters, m: Medicines, rng: np.random.Generator) -> None:
    """Change a treatment that does not work."""
    weights = np.tile([p[key] for key in _CHANGES], (len(who), 1))
    weights[(s.main.level[who] != USUAL) | s.main.stays_low[who], _RAISE] = 0.0
    taken = s.beside.treatment[who] >= 0
    weights[taken, _ADD_ON] = weights[taken, _COMBINE] = 0.0
    weights[s.failures[who] < p["failures"], _TMS:] = 0.0
    step = pick(weights, rng.random(len(who)))
    s.main.unchanged[who] = 0
    raise_dose(s, who[step == _RAISE], day[step == _RAISE])
    switch(s, who[step == _SWITCH], day[step == _SWITCH], NO_EFFECT, p, m, rng)
    for kind, role, use in ((_ADD_ON, AUGMENTATION, "add_on"), (_COMBINE, COMBINATION, "combine")):
        these = step == kind
        begin(s, who[these], BESIDE, role, untried(s, who[these], use, m), day[these], p, m, rng)
    for kind, therapy in ((_THERAPY, CBT), (_TMS, TMS), (_ECT, ECT)):
        these = step == kind
        _start_therapy(s, who[these], therapy, day[these], p, rng)


def switch(
    s: State, who: Ints, day: Ints, reason: int, p: Parameters, m: Medicines, rng: np.random.Generator
) -> None:
    """Put another antidepressant in the place of the main one, where one is left to try."""
    left = untried(s, who, "later", m).any(axis=1)
    who, day = who[left], day[left]
    end(s, who, MAIN, day, reason)
    begin(s, who, MAIN, SWITCH, untried(s, who, "later", m), day, p, m, rng)


def stop(s: State, day: int, p: Parameters, m: Medicines, rng: np.random.Generator) -> None:
    """Stop treatments: not borne, by the person's own wish, or because the person is well again."""
    at = s.main
    when = day + rng.integers(0, 7, s.size)
    weekly = 1.0 - (1.0 - p["intolerance_share"]) ** (1.0 / p["intolerance_weeks"])
    early = (at.treatment >= 0) & (at.weeks <= p["intolerance_weeks"])
    bad = np.flatnonzero(early & (rng.random(s.size) < weekly))
    swap = rng.random(len(bad)) < p["intolerance_switch"]
    swap &= s.episode_on[bad]
    _visit(s, bad[swap], when[bad[swap]], p, rng)
    switch(s, bad[swap], when[bad[swap]], ADVERSE, p, m, rng)
    end(s, bad[~swap], MAIN, when[bad[~swap]], ADVERSE)
    wish = np.flatnonzero((at.treatment >= 0) & (at.weeks > 0) & (rng.random(s.size) < at.leave))
    end(s, wish, MAIN, when[wish], WISH)
    _worse(s, wish, p)
    well = (at.treatment >= 0) & at.working & (rng.random(s.size) < 1.0 / p["continue_weeks"])
    done = np.flatnonzero(well & (at.weeks >= p["decide_after_weeks"]))
    end(s, done, MAIN, when[done], RECOVERED)


def _worse(s: State, who: Ints, p: Parameters) -> None:
    """Without treatment, what it did not cure comes back to its base."""
    still = who[s.episode_on[who] & (s.target[who] > p["severity_well"])]
    s.target[still] = s.base[still]


def _visit(s: State, who: Ints, day: Ints, p: Parameters, rng: np.random.Generator) -> None:
    """Log a visit with the severity of that day, in hundredths, and set the next."""
    s.log.add(
        "visit",
        who,
        day,
        np.round(s.severity[who] * 100).astype(np.int64),
        s.episode_on[who].astype(np.int64),
    )
    spread = p.whole("visit_spread_weeks")
    unwell = p["visit_weeks"] + rng.integers(-spread, spread + 1, len(who))
    gap = np.where(s.episode_on[who], unwell, p["visit_weeks_well"])
    s.next_visit[who] = day // 7 + np.maximum(gap, 1).astype(np.int64)


def _start_therapy(
    s: State, who: Ints, therapy: int, day: int | Ints, p: Parameters, rng: np.random.Generator
) -> None:
    """Begin a course of psychotherapy or stimulation. What it does shows from the next weeks on."""
    if therapy == CBT:
        low, high = p.whole("therapy_sessions_low"), p.whole("therapy_sessions_high")
        sessions: Ints | int = rng.integers(low, high + 1, len(who))
    else:
        sessions = p.whole("tms_sessions" if therapy == TMS else "ect_sessions")
    s.log.add("therapy", who, therapy, np.asarray(day) + 7, sessions)
    key = ("therapy_response", "tms_response", "ect_response")[therapy]
    therapies_help(s, who, p[key], p, rng)
