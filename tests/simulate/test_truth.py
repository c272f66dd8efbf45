"""The true label follows from the true trials, and only from these."""

from __future__ import annotations

import numpy as np

from opentrd.knowledge.loader import load
from opentrd.simulate.course.state import REASONS
from opentrd.simulate.course.weeks import Course
from opentrd.simulate.products import LEVELS, OTHER_USE, USUAL, Medicines

INSTRUMENT = "MGH-ATRQ"


def test_two_different_adequate_failures_in_one_episode_are_resistance(plain: Course) -> None:
    t = plain.trials
    failed = t["failed"] > 0
    keys = zip(
        t["person"][failed].tolist(),
        t["episode"][failed].tolist(),
        t["treatment"][failed].tolist(),
        strict=True,
    )
    within: dict[tuple[int, int], set[int]] = {}
    for person, episode, treatment in keys:
        within.setdefault((person, episode), set()).add(treatment)
    two = {person for (person, _), medicines in within.items() if len(medicines) >= 2}
    resistant = set(np.flatnonzero(plain.resistant_on >= 0).tolist())
    bipolar = set(np.flatnonzero(plain.bipolar).tolist())
    # A trial that goes on into a next episode may fail there; its row tells of the episode it began in.
    assert len(resistant) > 100
    assert not resistant & bipolar
    assert len(resistant ^ (two - bipolar)) <= 0.02 * len(resistant)


def test_a_failed_trial_was_adequate_and_without_response(plain: Course) -> None:
    t = plain.trials
    failed = t["failed"] > 0
    assert (t["adequate"][failed] >= 6).all()
    assert (t["result"][failed] == 0).all()
    assert (t["level"][failed] >= USUAL).all()
    assert (t["taken"][failed] >= 8000).all()


def test_resistance_begins_with_the_second_failure(plain: Course) -> None:
    t = plain.trials
    who = np.flatnonzero(plain.resistant_on >= 0)
    for person in who[:200]:
        of = (t["person"] == person) & (t["failed"] > 0)
        starts = np.sort(t["start"][of])
        assert plain.resistant_on[person] >= starts[1] + 6 * 7 - 7


def test_no_trial_overlaps_another_main_one(plain: Course) -> None:
    t = plain.trials
    main = np.isin(t["role"], (0, 1, 4))
    order = np.lexsort((t["start"][main], t["person"][main]))
    person, start, end = (t[key][main][order] for key in ("person", "start", "end"))
    same = person[1:] == person[:-1]
    assert (start[1:][same] >= end[:-1][same]).all()
    assert (end >= start).all()


def test_what_was_added_ends_with_the_main_treatment_or_goes_on_with_it(plain: Course) -> None:
    t = plain.trials
    last = plain.events["fill"]["day"].max() // 7 * 7 + 7
    ongoing = t["reason"] == REASONS.index("ongoing")
    added = np.isin(t["role"], (2, 3))
    assert (ongoing & added).any()
    assert (t["end"][ongoing] >= last).all()
    assert not (t["end"][~ongoing & added] >= last).any()


def test_supplies_lie_within_their_trial(plain: Course) -> None:
    fill = plain.events["fill"]
    start, end = plain.trials["start"][fill["trial"]], plain.trials["end"][fill["trial"]]
    assert (fill["day"] >= start).all()
    assert (fill["day"] <= end).all()


def test_doses_are_adequate_where_they_say_so(simulated_medicines: Medicines) -> None:
    """The low dose is below the instrument's minimum, the usual one is not; two strengths hold the same."""
    m = simulated_medicines
    known = load().adequacy
    for place, name in enumerate(m.names):
        needs = [
            need.min_dose
            for (instrument, treatment, formulation, age), need in known.items()
            if instrument == INSTRUMENT and treatment == name and formulation in (None, "ir") and age is None
        ]
        if m.antidepressant[place] and m.product[place, USUAL] >= 0:
            assert needs and needs[0] is not None, name
            assert m.dose[place, 0] < needs[0] <= m.dose[place, USUAL], name
    for at in np.argwhere(m.split >= 0):
        one = m.strengths[m.product[tuple(at)]]
        parts = m.strengths[m.split[tuple(at)]] * m.split_units[tuple(at)]
        assert parts == one, (m.names[at[0]], LEVELS[at[1]])
    assert m.dose[m.names.index("trazodone"), OTHER_USE] == 50.0


def test_every_number_says_where_it_comes_from() -> None:
    for row in load().simulation.values():
        assert row.source, row.key
        assert (row.status == "ours") == row.source.startswith("assumed") or row.key in STATED, row.key
        assert (row.off is None) == (row.switch is None), row.key


#: Numbers that this project states elsewhere, and those of which one quality is read and others are not.
STATED = frozenset({"episode_end_weeks", "failures", "dose_missing", "diagnosis_missing", "diagnosis_wrong"})
