"""A block of persons as a record holds them: lines about medicines, diagnoses, scores, therapies, visits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from opentrd.simulate.chance import BLOCK, Bools, Floats, Ints, stream
from opentrd.simulate.course.weeks import Course
from opentrd.simulate.keeping.effects import kept_lines, other_users
from opentrd.simulate.keeping.lines import Lines, true_lines
from opentrd.simulate.parameters import Parameters
from opentrd.simulate.products import Medicines

Rows = dict[str, Ints]

#: What a diagnosis may be; the names are uses of the table ``simulation_concept``.
DIAGNOSES = ("depression", "anxiety", "bipolar", "pain", "sleep")
DEPRESSION, ANXIETY, BIPOLAR, PAIN, SLEEP = range(5)


@dataclass
class Kept:
    """What the record of a block holds, by person. Days count from the first day of the simulation."""

    observed_start: Ints
    observed_end: Ints
    death: Ints
    lines: Lines
    diagnoses: Rows
    scores: Rows
    therapies: Rows
    visits: Rows


def keep(course: Course, p: Parameters, m: Medicines, seed: int, block: int) -> Kept:
    """Let a record keep what it does of the truth."""
    start, last, death = _observed(course, p, stream(seed, block, "before_record"))
    lines = kept_lines(true_lines(course, m), course, p, m, seed, block)

    def seen(rows: Rows) -> Rows:
        inside = (rows["day"] >= start[rows["person"]]) & (rows["day"] <= last[rows["person"]])
        order = np.lexsort(tuple(rows[key] for key in reversed(rows)))
        return {key: column[order][inside[order]] for key, column in rows.items()}

    visits = _visits(course)
    return Kept(
        observed_start=start,
        observed_end=last,
        death=death,
        lines=lines.take((lines.day >= start[lines.person]) & (lines.day <= last[lines.person])),
        diagnoses=seen(_diagnoses(course, p, m, seed, block)),
        scores=seen(_scores(course, p, seed, block)),
        therapies=seen(_therapies(course, p, stream(seed, block, "psychotherapy"))),
        visits=seen(visits),
    )


def _observed(course: Course, p: Parameters, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Return first and last day of the record, and the day of death (-1 for none)."""
    late = rng.random(BLOCK) < p["late_start_share"]
    start = np.where(late, rng.integers(0, p.whole("late_start_weeks") * 7, BLOCK), 0)
    death = np.full(BLOCK, -1, dtype=np.int64)
    death[course.events["death"]["person"]] = course.events["death"]["day"]
    end = p.whole("weeks") * 7 - 1
    start = np.where(death >= 0, np.minimum(start, death), np.minimum(start, end))
    return start, np.where(death >= 0, death, end), death


def _visits(course: Course) -> Rows:
    """Return visits and stays: 0 days for a visit."""
    visit, stay = course.events["visit"], course.events["stay"]
    nothing = np.zeros(len(visit["person"]), dtype=np.int64)
    return {
        "person": np.concatenate((visit["person"], stay["person"])),
        "day": np.concatenate((visit["day"], stay["day"])),
        "days": np.concatenate((nothing, stay["days"])),
    }


def _scores(course: Course, p: Parameters, seed: int, block: int) -> Rows:
    """Return PHQ-9 totals at visits: severity and noise, cut to its range; a share is kept."""
    visit = course.events["visit"]
    size = len(visit["person"])
    severity: Floats = visit["severity"] / 100.0
    noise = stream(seed, block, "scores").normal(0.0, p["noise_sd"], size)
    total = np.clip(np.round(severity + noise), 0, p["severity_most"]).astype(np.int64)
    kept = stream(seed, block, "score_kept").random(size) < p["score_kept"]
    return {"person": visit["person"][kept], "day": visit["day"][kept], "total": total[kept]}


def _therapies(course: Course, p: Parameters, rng: np.random.Generator) -> Rows:
    """Return sessions of psychotherapy (one a week), rTMS (weekdays) and ECT (two a week)."""
    course_of = course.events["therapy"]
    lost = (course_of["therapy"] == 0) & (rng.random(len(course_of["person"])) < p["therapy_unrecorded"])
    rows = {key: column[~lost] for key, column in course_of.items()}
    sessions = rows["sessions"]
    turn = np.arange(int(sessions.sum())) - np.repeat(np.cumsum(sessions) - sessions, sessions)
    therapy = np.repeat(rows["therapy"], sessions)
    a_week = np.array([1, 5, 2])[therapy]
    step = np.array([7, 1, 3])[therapy]
    day = np.repeat(rows["day"], sessions) + turn // a_week * 7 + turn % a_week * step
    return {"person": np.repeat(rows["person"], sessions), "day": day, "therapy": therapy}


def _diagnoses(course: Course, p: Parameters, m: Medicines, seed: int, block: int) -> Rows:
    """Return codes of diagnoses at visits, some missing, some wrong; reasons of other use."""
    rng = stream(seed, block, "diagnosis")
    what = _coded(course, p, rng)
    visit, stay = course.events["visit"], course.events["stay"]
    order = np.lexsort((visit["day"], visit["person"]))
    person, day, unwell = visit["person"][order], visit["day"][order], visit["unwell"][order] > 0
    first = np.ones(len(person), dtype=bool)
    first[1:] = person[1:] != person[:-1]
    coded = (first | (unwell & (rng.random(len(person)) < p["diagnosis_visit"]))) & (what[person] >= 0)
    rows = [(person[coded], day[coded], what[person[coded]])]
    inside = rng.random(len(stay["person"])) < p["stay_coded"]
    who = stay["person"][inside]
    rows.append((who, stay["day"][inside], np.where(course.bipolar[who], BIPOLAR, DEPRESSION)))
    well = np.flatnonzero(~course.ill)
    wrong = well[rng.random(len(well)) < p["diagnosis_wrong"]]
    rows.append((wrong, rng.integers(0, p.whole("weeks") * 7, len(wrong)), np.full(len(wrong), DEPRESSION)))
    for place, (who, _, start, _, _) in enumerate(other_users(p, m, stream(seed, block, "other_use"))):
        told = rng.random(len(who)) < p["reason_recorded"]
        rows.append((who[told], start[told], np.full(int(told.sum()), (PAIN, SLEEP)[place])))
    joined = [np.concatenate(parts) for parts in zip(*rows, strict=True)]
    return dict(zip(("person", "day", "diagnosis"), joined, strict=True))


def _coded(course: Course, p: Parameters, rng: np.random.Generator) -> Ints:
    """Return what each person is coded as when seen for a depressive episode; -1 for nothing."""
    missing: Bools = rng.random(BLOCK) < p["diagnosis_missing"]
    other: Bools = rng.random(BLOCK) < p["diagnosis_other"]
    bipolar: Bools = course.bipolar & (rng.random(BLOCK) < p["bipolar_coded"])
    found = np.where(missing, np.where(other, ANXIETY, -1), DEPRESSION)
    return np.where(bipolar, BIPOLAR, found)
