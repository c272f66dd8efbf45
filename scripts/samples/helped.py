"""Persons whom a treatment helped, for a time or for good."""

from __future__ import annotations

from scripts.samples.codes import LOINC
from scripts.samples.failed import NO_EFFECT, venlafaxine
from scripts.samples.fhir import Story, concept
from scripts.samples.medicines import Step, comedication, course


def augmentation() -> Story:
    """Escitalopram helped in part; aripiprazole beside it brought remission."""
    story = Story("augmentation", "Leila", "Haddad", born="1988-05-17", gender="female")
    story.background("2026-01-19", weight=62.7)
    story.condition("moderate", onset="2026-01-05")
    steps = [Step("escitalopram 10", 1, 28), Step("escitalopram 20", 1, 140)]
    course(story, "2026-02-02", steps, shape="units", ongoing=True)
    steps = [Step("aripiprazole 2", 1, 14), Step("aripiprazole 5", 1, 84)]
    course(
        story,
        "2026-04-20",
        steps,
        shape="milligrams",
        ongoing=True,
        reason_text="Depression, partial response to escitalopram",
    )
    for day, total in [
        ("2026-02-02", 20),
        ("2026-03-16", 15),
        ("2026-04-20", 13),
        ("2026-05-18", 8),
        ("2026-06-15", 4),
    ]:
        story.phq9(day, total)
    return story


def response_then_return() -> Story:
    """Sertraline helped for months and then no longer; venlafaxine did not."""
    story = Story("response-then-return", "Kwame", "Mensah", born="1981-01-30", gender="male")
    story.background("2025-08-25", systolic=129, diastolic=81, weight=84.4)
    story.condition("severe", onset="2025-08-10")
    steps = [Step("sertraline 50", 1, 28), Step("sertraline 100", 1, 140)]
    when = course(story, "2025-09-08", steps, shape="words")
    course(story, when, venlafaxine(22), shape="milligrams", ongoing=True)
    for day, total in [
        ("2025-09-08", 21),
        ("2025-11-03", 9),
        ("2025-12-29", 10),
        ("2026-02-23", 20),
        ("2026-04-20", 20),
        ("2026-06-15", 20),
    ]:
        story.phq9(day, total)
    return story


def remission_relapse() -> Story:
    """Fluoxetine brought a remission of a year and a half; under the same dose the depression returned."""
    story = Story("remission-relapse", "Hassan", "Yılmaz", born="1975-03-03", gender="male")
    story.background("2024-01-22", systolic=127, diastolic=77, weight=80.0)
    story.condition("severe", onset="2024-01-10", end="2024-05-27")
    story.condition("recurrent severe", onset="2026-01-05")
    course(story, "2024-02-05", [Step("fluoxetine 20", 1, 84 * 11)], pack=84, shape="units", ongoing=True)
    for day, total in [
        ("2024-02-05", 20),
        ("2024-04-15", 9),
        ("2024-05-27", 3),
        ("2024-08-05", 2),
        ("2024-11-04", 3),
        ("2025-05-05", 2),
        ("2025-10-06", 4),
        ("2026-01-12", 21),
        ("2026-03-23", 20),
        ("2026-06-08", 20),
    ]:
        story.phq9(day, total)
    return story


def pain_duloxetine() -> Story:
    """Duloxetine for chronic pain before and beside the depression; escitalopram is the only attempt."""
    story = Story("pain-duloxetine", "Samuel", "Adeyemi", born="1977-04-02", gender="male", short=True)
    story.background("2025-05-05", systolic=133, diastolic=85, weight=95.1)
    pain = story.condition("pain", onset="2023-02-01", text="Chronic low back pain")
    story.condition("severe", onset="2026-01-20")
    course(
        story,
        "2025-05-12",
        [Step("duloxetine 60", 1, 420)],
        shape="units",
        ongoing=True,
        reason=pain,
        reason_text="Chronic low back pain",
    )
    course(
        story,
        "2026-04-13",
        [Step("escitalopram 10", 1, 84)],
        shape="words",
        ongoing=True,
        reason_text="Depression",
    )
    for day, total in [("2026-04-13", 21), ("2026-06-01", 20), ("2026-06-22", 20)]:
        story.phq9(day, total)
    comedication(story, "acetaminophen 500", "2023-03-15")
    return story


def ocd_sertraline() -> Story:
    """Two medicines for obsessive-compulsive disorder; no depression."""
    story = Story("ocd-sertraline", "Theo", "Laurent", born="1998-10-01", gender="male")
    story.background("2025-08-11", weight=74.3)
    ocd = story.condition("ocd", onset="2019-04-01")
    steps = [Step("sertraline 50", 1, 28), Step("sertraline 100", 1, 28), Step("sertraline 100", 2, 84)]
    when = course(story, "2025-08-18", steps, shape="words", reason=ocd, stop=NO_EFFECT)
    steps = [Step("fluoxetine 20", 1, 28), Step("fluoxetine 20", 3, 168)]
    course(story, when, steps, shape="units", reason=ocd, ongoing=True)
    story.phq9("2025-08-18", 4)
    story.phq9("2026-02-02", 3)
    return story


def sixteen() -> Story:
    """A girl of sixteen: adult rules are not for her."""
    story = Story("sixteen", "Zoé", "Martin", born="2010-01-25", gender="female", country="CA")
    story.background("2025-09-29", systolic=106, diastolic=66, weight=54.0)
    story.condition("moderate", onset="2025-09-15")
    when = course(story, "2025-11-03", [Step("fluoxetine 20", 1, 84)], shape="units", stop=NO_EFFECT)
    course(story, when, [Step("sertraline 50", 1, 168)], shape="words", ongoing=True)
    teen = (LOINC, "89204-2", "PHQ-9: Modified for Teens total score")
    for day, total in [("2025-11-03", 19), ("2026-01-26", 18), ("2026-05-18", 18)]:
        story.observation(concept(teen), day, category="survey", valueInteger=total)
    return story
