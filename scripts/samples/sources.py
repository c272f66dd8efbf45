"""Persons whose record is the difficulty: sources that disagree, orders alone, other languages, countries."""

from __future__ import annotations

from scripts.samples.codes import SNOMED
from scripts.samples.fhir import Story, concept, every
from scripts.samples.medicines import Step, Stop, comedication, course, dispense, order, statement


def conflicting() -> Story:
    """Order, supply and statement disagree; then a code and its name do."""
    story = Story("conflicting", "Olena", "Kovalenko", born="1981-11-11", gender="female")
    story.background("2025-12-01", weight=67.0)
    story.condition("severe", onset="2025-11-20")
    made = order(
        story,
        "escitalopram 10",
        "2026-01-12",
        units=2,
        pack=28,
        packs=3,
        stop=Stop("No effect"),
        status="stopped",
    )
    for day in every("2026-01-12", 3, 28):
        dispense(story, "escitalopram 10", day, 28, under=made, words="Take 1 tablet by mouth once daily")
    statement(story, "escitalopram 10", "2026-01-12", "2026-04-05", words="half a tablet daily")
    course(
        story,
        "2026-04-06",
        [Step("596926 shown as sertraline", 1, 84)],
        shape="words",
        stop=Stop("No effect"),
    )
    for day, total in [
        ("2026-01-12", 21),
        ("2026-03-09", 20),
        ("2026-04-06", 20),
        ("2026-05-18", 20),
        ("2026-06-29", 20),
    ]:
        story.phq9(day, total)
    return story


def orders_only() -> Story:
    """Three medicines in orders that never end; no supply, no score."""
    story = Story(
        "orders-only", "Björn", "Sigurðsson", born="1970-08-08", gender="male", bundle="transaction"
    )
    story.background("2025-01-20", systolic=136, diastolic=88, weight=92.6)
    story.condition("depression", recorded="2025-02-03")
    story.condition("depression", recorded="2025-09-15", category="encounter-diagnosis")
    for name, units, start, count in (
        ("citalopram 20", 1, "2025-02-03", 4),
        ("sertraline 50", 2, "2025-05-26", 4),
        ("mirtazapine 30", 1, "2025-09-15", 11),
    ):
        for day in every(start, count, 28):
            order(story, name, day, units=units, shape="words", pack=28, valid=False, status="active")
    comedication(story, "lisinopril 10", "2021-03-08")
    comedication(story, "atorvastatin 20", "2022-10-10", shape="missing")
    return story


def spanish() -> Story:
    """Two failures, written in Spanish with ATC codes."""
    story = Story("spanish", "Lucía", "Fernández Ortega", born="1979-05-30", gender="female", country="ES")
    story.background("2025-10-27", systolic=121, diastolic=76, weight=64.9)
    story.condition(
        "grave", onset="2025-10-20", text="Depresión mayor, episodio único grave sin síntomas psicóticos"
    )
    when = "2025-12-08"
    for name, units, days, words in (
        ("sertralina 50", 1, 28, "1 comprimido por la mañana"),
        ("sertralina 100", 1, 28, "1 comprimido cada 24 horas"),
        ("sertralina 100", 2, 28, "2 comprimidos cada 24 horas"),
    ):
        stop = Stop("Sin efecto") if units == 2 else None
        when = course(story, when, [Step(name, units, days)], words=words, stop=stop)
    for name, units, days, words in (
        ("venlafaxina 75", 1, 14, "1 cápsula con el desayuno"),
        ("venlafaxina 150", 1, 28, "1 cápsula cada 24 horas"),
        ("venlafaxina 75", 3, 84, "3 cápsulas cada 24 horas"),
    ):
        when = course(story, when, [Step(name, units, days)], words=words, ongoing=units == 3)
    for day, total in [
        ("2025-12-08", 22),
        ("2026-01-26", 21),
        ("2026-03-02", 21),
        ("2026-05-04", 20),
        ("2026-06-15", 20),
    ]:
        story.observation(
            concept(
                ("http://loinc.org", "44261-6", "PHQ-9: puntuación total"), text="PHQ-9 puntuación total"
            ),
            day,
            category="survey",
            valueInteger=total,
        )
    order(story, "paracetamol 1 g", "2026-02-09", words="1 comprimido cada 8 horas si dolor", status="active")
    return story


def uk() -> Story:
    """General practice in the United Kingdom: two medicines of one class failed, the third helped."""
    story = Story("uk", "Gareth", "Hughes", born="1985-06-16", gender="male", country="GB")
    story.background("2025-06-16", systolic=128, diastolic=82, weight=86.2)
    story.condition("uk moderate", onset="2025-06-01")
    story.condition("uk depression", recorded="2025-12-22", category="encounter-diagnosis")
    once = "ONE TO BE TAKEN EACH DAY"
    when = course(
        story, "2025-07-07", [Step("uk citalopram 20", 1, 84)], separate=True, collected=False, words=once
    )
    steps = [Step("uk sertraline 50", 1, 28), Step("uk sertraline 100", 1, 56)]
    when = course(story, when, steps, separate=True, collected=False, words=once)
    steps = [Step("uk mirtazapine 15", 1, 14), Step("uk mirtazapine 30", 1, 196)]
    course(story, when, steps, separate=True, collected=False, words="ONE TO BE TAKEN AT NIGHT", ongoing=True)
    old = (SNOMED, "506701000000100", "Patient health questionnaire 9 score")
    new = (SNOMED, "720433000", "Patient Health Questionnaire Nine Item score")
    for code, day, total in [
        (old, "2025-07-07", 20),
        (old, "2025-09-29", 19),
        (new, "2025-12-22", 19),
        (new, "2026-02-16", 12),
        (new, "2026-04-13", 9),
        (new, "2026-06-08", 8),
    ]:
        story.observation(concept(code, text="PHQ-9 score"), day, category="survey", valueInteger=total)
    return story
