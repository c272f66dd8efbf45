"""Persons whose treatments were no proper trials: too little, short, not taken, not tolerated, too soon."""

from __future__ import annotations

from scripts.samples.fhir import Story
from scripts.samples.medicines import (
    INTOLERANCE,
    Step,
    Stop,
    comedication,
    course,
    dispense,
    order,
    statement,
)


def too_low() -> Story:
    """Sertraline 25 mg, then venlafaxine 75 mg, both for twelve weeks: never a full dose."""
    story = Story("too-low", "Amara", "Okafor", born="1991-08-22", gender="female")
    story.background("2025-11-14", weight=68.4)
    story.condition("moderate", onset="2025-11-01")
    story.condition("moderate", recorded="2026-03-02", category="encounter-diagnosis")
    when = course(story, "2025-12-08", [Step("sertraline 25", 1, 84)], separate=True, shape="words")
    steps = [Step("venlafaxine 37.5", 1, 14), Step("venlafaxine 75", 1, 84)]
    when = course(story, when, steps, separate=True, shape="milligrams")
    course(story, when, [Step("escitalopram 10", 1, 28)], separate=True, ongoing=True)
    for number, (day, total) in enumerate(
        [("2025-12-08", 17), ("2026-01-19", 16), ("2026-03-02", 17), ("2026-04-27", 16), ("2026-06-08", 17)]
    ):
        story.phq9(day, total, shape="integer" if number % 2 else "quantity")
    comedication(story, "acetaminophen 500", "2026-02-11")
    return story


def too_short() -> Story:
    """Three medicines, each left after three weeks while it began to help."""
    story = Story("too-short", "Joonas", "Virtanen", born="1984-11-03", gender="male", bundle="transaction")
    story.background("2026-03-30", systolic=131, diastolic=84, weight=88.0)
    story.condition("moderate", onset="2026-03-20")
    change = Stop("Patient's wish")
    when = course(story, "2026-04-13", [Step("sertraline 50", 2, 21)], shape="dictated", stop=change)
    when = course(story, when, [Step("fluoxetine 20", 1, 21)], shape="units", stop=change)
    course(story, when, [Step("mirtazapine 30", 1, 21)], shape="milligrams", stop=change)
    for day, total in [("2026-04-13", 20), ("2026-05-04", 14), ("2026-05-25", 10), ("2026-06-15", 9)]:
        story.phq9(day, total)
    return story


def not_taken() -> Story:
    """Full doses ordered for months, collected for two thirds of the days."""
    story = Story("not-taken", "Wei", "Zhang", born="1974-02-10", gender="male", short=True)
    story.background("2025-08-20", systolic=138, diastolic=86, weight=79.5)
    story.condition("moderate", onset="2025-08-01")
    for name, start, handed, missed in (
        ("sertraline 100", "2025-09-01", ("2025-10-26", "2025-12-20"), ("2025-10-01", "2025-11-25")),
        ("venlafaxine 150", "2026-01-26", ("2026-03-20", "2026-05-14"), ("2026-02-25", "2026-04-19")),
    ):
        made = order(story, name, start, shape="units", pack=30, packs=5, valid=False)
        for day in (start, *handed):
            dispense(story, name, day, 30, under=made, words="Take 1 by mouth once daily")
        for day in missed:
            dispense(story, name, day, 30, under=made, status="declined")
    for day, total in [
        ("2025-09-01", 19),
        ("2025-11-24", 18),
        ("2026-01-26", 19),
        ("2026-04-20", 19),
        ("2026-06-08", 18),
    ]:
        story.phq9(day, total, shape="bare quantity")
    comedication(story, "lisinopril 10", "2023-05-02")
    return story


def intolerance() -> Story:
    """Two medicines stopped within two weeks because of side effects."""
    story = Story("intolerance", "Tomasz", "Zieliński", born="1996-12-05", gender="male")
    story.background("2026-03-12")
    story.condition("moderate", onset="2026-03-01")
    sick = Stop("Nausea and vomiting", INTOLERANCE)
    course(story, "2026-04-06", [Step("escitalopram 10", 1, 14)], shape="words", stop=sick)
    statement(
        story, "escitalopram 10", "2026-04-06", "2026-04-17", status="stopped", why="Side effects: nausea"
    )
    course(
        story,
        "2026-04-22",
        [Step("vortioxetine 10", 1, 14)],
        shape="milligrams",
        stop=Stop("Could not be tolerated: vomiting", INTOLERANCE),
    )
    story.phq9("2026-04-06", 18)
    story.phq9("2026-06-10", 18, shape="component")
    return story


def wait() -> Story:
    """A first episode, and a first medicine for two weeks."""
    story = Story("wait", "Freya", "Johansen", born="2001-09-14", gender="female", bundle="searchset")
    story.background("2026-06-17", systolic=112, diastolic=70, weight=61.0)
    story.condition("moderate", onset="2026-05-20")
    course(story, "2026-06-17", [Step("sertraline 50", 1, 28)], shape="words", ongoing=True)
    story.phq9("2026-06-17", 16)
    return story


def missing_doses() -> Story:
    """Two medicines long enough and without effect, but nobody wrote down how much."""
    story = Story("missing-doses", "Yuki", "Tanaka", born="1986-07-07", gender="female")
    story.background("2025-09-30", weight=55.2)
    story.condition("severe", onset="2025-09-15")
    when = "2025-11-03"
    for name in ("citalopram", "venlafaxine"):
        when = course(story, when, [Step(name, 1, 84)], shape="missing", stop=Stop("No effect"))
    for day, total in [("2025-11-03", 21), ("2026-01-26", 20), ("2026-04-20", 20), ("2026-06-15", 20)]:
        story.phq9(day, total, shape="string")
    return story
