"""Switches off: the record is the truth. Each switch on: it does what it says, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from opentrd.knowledge.loader import load
from opentrd.simulate.course.state import ADVERSE
from opentrd.simulate.course.weeks import Course
from opentrd.simulate.keeping.lines import CLAIM, OPEN, PRESCRIPTION, Lines
from opentrd.simulate.keeping.record import ANXIETY, BIPOLAR, DEPRESSION, PAIN, SLEEP, Kept
from opentrd.simulate.parameters import switches
from opentrd.simulate.products import Medicines

Keeper = Callable[..., tuple[Course, Kept]]


@pytest.fixture(scope="module")
def truth(kept_with: Keeper) -> Kept:
    return kept_with()[1]


def rows(lines: Lines, *columns: str) -> list[tuple[float, ...]]:
    """The lines as rows of some columns, in order."""
    return sorted(zip(*(getattr(lines, name).tolist() for name in columns), strict=True))


def milligrams(lines: Lines, m: Medicines) -> dict[tuple[int, int, int], float]:
    """What was supplied by person, day and medicine, in mg."""
    found: dict[tuple[int, int, int], float] = {}
    amount = lines.quantity * m.strengths[lines.product]
    for key, mg in zip(rows_in_place(lines), amount.tolist(), strict=True):
        found[key] = found.get(key, 0.0) + mg
    return found


def rows_in_place(lines: Lines) -> list[tuple[int, int, int]]:
    return list(zip(lines.person.tolist(), lines.day.tolist(), lines.treatment.tolist(), strict=True))


WHOLE = ("person", "day", "trial", "product", "quantity", "supply", "kind", "text")


def test_with_every_switch_off_the_record_is_the_truth(
    kept_with: Keeper, simulated_medicines: Medicines
) -> None:
    course, kept = kept_with()
    fill = course.events["fill"]
    m = simulated_medicines
    supplied = m.units[fill["treatment"], fill["level"]] * fill["pack"]
    expected = sorted(
        zip(
            fill["person"].tolist(),
            fill["day"].tolist(),
            fill["trial"].tolist(),
            supplied.astype(float).tolist(),
            fill["pack"].tolist(),
            strict=True,
        )
    )
    assert rows(kept.lines, "person", "day", "trial", "quantity", "supply") == expected
    assert set(kept.lines.kind.tolist()) == {CLAIM}
    assert (kept.observed_start == 0).all()
    visit = course.events["visit"]
    assert len(kept.scores["person"]) == len(visit["person"])
    assert len(kept.visits["person"]) == len(visit["person"])
    seen = np.unique(visit["person"])
    coded = {DEPRESSION: set(seen[~course.bipolar[seen]]), BIPOLAR: set(seen[course.bipolar[seen]])}
    what = kept.diagnoses
    assert {kind: set(what["person"][what["diagnosis"] == kind]) for kind in coded} == coded
    assert set(what["diagnosis"].tolist()) <= {DEPRESSION, BIPOLAR}
    last = kept.observed_end[course.events["therapy"]["person"]]
    begun = course.events["therapy"]["day"] <= last
    assert len(np.unique(kept.therapies["person"])) == len(
        np.unique(course.events["therapy"]["person"][begun])
    )


def test_scores_are_severity_and_noise_within_the_scale(kept_with: Keeper) -> None:
    course, kept = kept_with()
    visit = course.events["visit"]
    order = np.lexsort((visit["severity"], visit["day"], visit["person"]))
    assert kept.scores["total"].min() >= 0 and kept.scores["total"].max() <= 27
    unwell = visit["severity"][order] > 1000
    error = kept.scores["total"][unwell] - visit["severity"][order][unwell] / 100
    assert 2.0 < error.std() < 3.0 and abs(error.mean()) < 0.3


def packs(truth: Kept, course: Course, kept: Kept, m: Medicines) -> None:
    assert set(truth.lines.supply.tolist()) == {28}
    assert set(kept.lines.supply.tolist()) == {28, 30, 56, 84, 90}


def early_refills(truth: Kept, course: Course, kept: Kept, m: Medicines) -> None:
    before, after = (
        lines.take(np.argsort(lines.trial * 10_000 + lines.day)) for lines in (truth.lines, kept.lines)
    )
    moved = before.day - after.day
    assert len(before) == len(after)
    assert moved.min() == 0 and 0 < moved.max() <= 7
    _, first = np.unique(before.trial, return_index=True)
    assert (moved[first] == 0).all()
    others = np.delete(moved, first)
    assert 0.30 < (others > 0).mean() < 0.40


def stockpiles(truth: Kept, course: Course, kept: Kept, m: Medicines) -> None:
    assert rows(kept.lines, "trial", "product", "quantity") == rows(
        truth.lines, "trial", "product", "quantity"
    )
    pairs = len(kept.lines) - len(set(rows(kept.lines, "trial", "day")))
    assert 0.03 < pairs / len(kept.lines) < 0.07


def wrong_days_supply(truth: Kept, course: Course, kept: Kept, m: Medicines) -> None:
    wrong = kept.lines.supply != 28
    assert 0.09 < wrong.mean() < 0.15
    assert set(kept.lines.supply[wrong].tolist()) == {30, 1, -1}
    assert rows(kept.lines, "trial", "day", "quantity") == rows(truth.lines, "trial", "day", "quantity")


def missing_dose(truth: Kept, course: Course, kept: Kept, m: Medicines) -> None:
    unknown = np.isnan(kept.lines.quantity)
    words = kept.lines.text > 0
    assert 0.50 < (unknown & ~words).mean() < 0.56
    assert 0.09 < (unknown & words).mean() < 0.15
    assert not (words & ~unknown).any()
    assert (kept.lines.text[words] == kept.lines.units[words]).all()
    assert rows(kept.lines, "trial", "day", "supply") == rows(truth.lines, "trial", "day", "supply")


def duplicates(truth: Kept, course: Course, kept: Kept, m: Medicines) -> None:
    assert 0.03 < len(kept.lines) / len(truth.lines) - 1 < 0.05
    assert set(rows(kept.lines, *WHOLE)) == set(rows(truth.lines, *WHOLE))


def two_strengths(truth: Kept, course: Course, kept: Kept, m: Medicines) -> None:
    assert milligrams(kept.lines, m) == milligrams(truth.lines, m)
    assert len(kept.lines) > len(truth.lines)
    more = len(kept.lines) - len(set(rows_in_place(kept.lines)))
    assert more > len(truth.lines) - len(set(rows_in_place(truth.lines)))


def same_day_switch(truth: Kept, course: Course, kept: Kept, m: Medicines) -> None:
    more = set(rows(kept.lines, *WHOLE)) - set(rows(truth.lines, *WHOLE))
    assert more and set(rows(truth.lines, *WHOLE)) <= set(rows(kept.lines, *WHOLE))
    began = set(zip(course.trials["person"].tolist(), course.trials["start"].tolist(), strict=True))
    for person, day, trial, *_ in more:
        assert course.trials["end"][int(trial)] == day
        assert (person, day) in began


def other_use(truth: Kept, course: Course, kept: Kept, m: Medicines) -> None:
    more = kept.lines.take(kept.lines.trial < 0)
    doses = {(m.names[t], m.dose[t, level]) for t, level in zip(more.treatment, more.level, strict=True)}
    assert doses == {("amitriptyline", 10.0), ("trazodone", 50.0)}
    assert 0.04 < len(np.unique(more.person)) / 10_000 < 0.14
    assert rows(kept.lines.take(kept.lines.trial >= 0), *WHOLE) == rows(truth.lines, *WHOLE)
    assert {PAIN, SLEEP} <= set(kept.diagnoses["diagnosis"].tolist())


def open_orders(truth: Kept, course: Course, kept: Kept, m: Medicines) -> None:
    left = kept.lines.kind == OPEN
    never_closed = kept.lines.take(left)
    assert (never_closed.supply == -1).all() and np.isnan(never_closed.quantity).all()
    assert (never_closed.text == never_closed.units).all()
    assert len(set(rows(never_closed, "trial", "level"))) == len(never_closed)
    trials = np.unique(never_closed.trial)
    assert not np.isin(kept.lines.trial[~left], trials).any()
    assert 0.22 < len(trials) / len(np.unique(truth.lines.trial)) < 0.28


def orders(truth: Kept, course: Course, kept: Kept, m: Medicines) -> None:
    written = kept.lines.kind == PRESCRIPTION
    assert 0.35 < len(np.unique(kept.lines.person[written])) / len(np.unique(truth.lines.person)) < 0.45
    assert not set(kept.lines.person[written]) & set(kept.lines.person[~written])
    assert (kept.lines.text[written] == kept.lines.units[written]).all()


def before_record(truth: Kept, course: Course, kept: Kept, m: Medicines) -> None:
    late = kept.observed_start > 0
    assert 0.45 < late.mean() < 0.55
    assert (kept.lines.day >= kept.observed_start[kept.lines.person]).all()
    left = truth.lines.take(truth.lines.day >= kept.observed_start[truth.lines.person])
    assert rows(kept.lines, *WHOLE) == rows(left, *WHOLE)
    assert len(kept.lines) < len(truth.lines)


def elsewhere(truth: Kept, course: Course, kept: Kept, m: Medicines) -> None:
    here = np.unique(kept.lines.trial)
    assert 0.07 < 1 - len(here) / len(np.unique(truth.lines.trial)) < 0.13
    assert rows(kept.lines, *WHOLE) == rows(truth.lines.take(np.isin(truth.lines.trial, here)), *WHOLE)


def hospital(truth: Kept, course: Course, kept: Kept, m: Medicines) -> None:
    stay = course.events["stay"]
    assert len(stay["person"]) > 20
    assert (kept.visits["days"] > 0).sum() == len(stay["person"])
    for person, day, days in zip(stay["person"], stay["day"], stay["days"], strict=True):
        of_person = kept.lines.day[kept.lines.person == person]
        other_stays = (stay["person"] == person).sum() > 1
        assert other_stays or not ((of_person >= day) & (of_person < day + days)).any()
    assert len(kept.lines) <= len(course.events["fill"]["person"])


def psychotherapy(truth: Kept, course: Course, kept: Kept, m: Medicines) -> None:
    def of(record: Kept, therapy: int) -> int:
        return int((record.therapies["therapy"] == therapy).sum())

    assert 0.1 < of(kept, 0) / of(truth, 0) < 0.3
    assert of(kept, 1) == of(truth, 1) and of(kept, 2) == of(truth, 2)


def intolerance(truth: Kept, course: Course, kept: Kept, m: Medicines) -> None:
    share = (course.trials["reason"] == ADVERSE).mean()
    assert 0.05 < share < 0.15
    assert course.trials["weeks"][course.trials["reason"] == ADVERSE].max() <= 6


def diagnosis(truth: Kept, course: Course, kept: Kept, m: Medicines) -> None:
    ill = np.unique(truth.diagnoses["person"][truth.diagnoses["diagnosis"] == DEPRESSION])
    coded = np.unique(kept.diagnoses["person"][kept.diagnoses["diagnosis"] == DEPRESSION])
    assert 0.58 < np.isin(ill, coded).mean() < 0.65
    well = np.flatnonzero(~course.ill)
    assert 0.02 < np.isin(well, coded).mean() < 0.10
    assert ANXIETY in kept.diagnoses["diagnosis"]


def scores(truth: Kept, course: Course, kept: Kept, m: Medicines) -> None:
    assert 0.07 < len(kept.scores["person"]) / len(truth.scores["person"]) < 0.10


def stop_reasons(truth: Kept, course: Course, kept: Kept, m: Medicines) -> None:
    _, last = np.unique(truth.lines.trial[::-1], return_index=True)
    last = len(truth.lines) - 1 - last
    assert (truth.lines.stop[last] == course.trials["reason"][truth.lines.trial[last]]).all()
    assert not kept.lines.stop.any()


def unfilled(truth: Kept, course: Course, kept: Kept, m: Medicines) -> None:
    lost = course.events["unfilled"]
    never = kept.lines.take(kept.lines.trial < 0)
    assert (never.kind == PRESCRIPTION).all()
    assert 0.4 < len(never) / len(lost["person"]) < 0.6
    firsts = (course.trials["role"] == 0).sum()
    assert 0.11 < len(lost["person"]) / (len(lost["person"]) + firsts) < 0.15


LAWS = {
    law.__name__: law
    for law in (
        packs,
        early_refills,
        stockpiles,
        wrong_days_supply,
        missing_dose,
        duplicates,
        two_strengths,
        same_day_switch,
        other_use,
        open_orders,
        orders,
        before_record,
        elsewhere,
        hospital,
        psychotherapy,
        intolerance,
        diagnosis,
        scores,
        stop_reasons,
        unfilled,
    )
}


def test_every_switch_has_its_law() -> None:
    assert sorted(LAWS) == list(switches(load()))


@pytest.mark.parametrize("switch", LAWS)
def test_a_switch_does_what_it_says(
    switch: str, truth: Kept, kept_with: Keeper, simulated_medicines: Medicines
) -> None:
    course, kept = kept_with(switch)
    LAWS[switch](truth, course, kept, simulated_medicines)


def test_without_intolerance_nobody_stops_for_it(plain: Course) -> None:
    assert not (plain.trials["reason"] == ADVERSE).any()
