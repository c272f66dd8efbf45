"""Persons whose proper trials failed."""

from __future__ import annotations

from scripts.samples.codes import LOINC, SNOMED
from scripts.samples.fhir import Story, after, concept, every, weekdays
from scripts.samples.medicines import (
    Step,
    Stop,
    administration,
    comedication,
    course,
    dispense,
    order,
    statement,
)

NO_EFFECT = Stop("No effect")
SERTRALINE = [Step("sertraline 50", 1, 28), Step("sertraline 100", 1, 28), Step("sertraline 100", 2, 28)]


def venlafaxine(weeks: int) -> list[Step]:
    """Venlafaxine 75 mg for two weeks, 150 mg for four, then 225 mg."""
    return [
        Step("venlafaxine 75", 1, 14),
        Step("venlafaxine 150", 1, 28),
        Step("venlafaxine 75", 3, 7 * (weeks - 6)),
    ]


def two_failures() -> Story:
    """Sertraline to 200 mg, then venlafaxine to 225 mg: both taken, neither helped."""
    story = Story("two-failures", "Ana", "Lindqvist", born="1980-03-14", gender="female")
    story.background("2025-11-03", systolic=118, diastolic=74, weight=70.5)
    story.condition("severe", onset="2025-10-15")
    story.condition("severe", recorded="2026-03-30", category="encounter-diagnosis")
    when = course(story, "2026-01-05", SERTRALINE, shape="units", stop=NO_EFFECT)
    course(story, when, venlafaxine(18), shape="milligrams", ongoing=True, form="contained")
    for day, total in [("2026-01-05", 23), ("2026-02-16", 22), ("2026-03-30", 22)]:
        story.phq9(day, total)
    story.phq9("2026-05-11", 21, shape="quantity")
    story.phq9("2026-06-22", 21, shape="panel")
    story.cbt(["2026-04-02", "2026-04-09", "2026-04-23", "2026-04-30"])
    story.add(
        "AllergyIntolerance",
        clinicalStatus=concept(
            ("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active", None)
        ),
        code=concept(text="Penicillin"),
        patient=story.patient,
        recordedDate="2009-04-20",
    )
    comedication(story, "omeprazole 20", "2024-09-02")
    return story


def cross_taper() -> Story:
    """Paroxetine handed over to mirtazapine within three weeks: a change, not a combination."""
    story = Story("cross-taper", "Marcus", "Adjei", born="1993-02-27", gender="male", bundle="transaction")
    story.background("2025-11-20", weight=81.0)
    story.condition("severe", onset="2025-11-10")
    taper_start = course(
        story,
        "2026-01-05",
        [Step("paroxetine 20", 1, 28), Step("paroxetine 20", 2, 42)],
        pack=14,
        shape="units",
    )
    down = [
        {
            "sequence": place,
            "text": f"{tablets} of 10 mg once daily for 7 days",
            "timing": {
                "repeat": {
                    "boundsDuration": {
                        "value": 7,
                        "unit": "days",
                        "system": "http://unitsofmeasure.org",
                        "code": "d",
                    },
                    "frequency": 1,
                    "period": 1,
                    "periodUnit": "d",
                }
            },
            "doseAndRate": [{"doseQuantity": {"value": tablets, "unit": "tablet"}}],
        }
        for place, tablets in enumerate((3, 2, 1), start=1)
    ]
    made = order(
        story,
        "paroxetine 10",
        taper_start,
        units=2,
        pack=21,
        instructions=down,
        status="stopped",
        stop=Stop("No effect, changed to mirtazapine"),
    )
    dispense(story, "paroxetine 10", taper_start, 21, units=2, instructions=down, under=made)
    up = [Step("mirtazapine 15", 1, 14), Step("mirtazapine 30", 1, 14), Step("mirtazapine 45", 1, 84)]
    course(story, taper_start, up, shape="words", ongoing=True)
    for day, total in [
        ("2026-01-05", 22),
        ("2026-02-16", 22),
        ("2026-03-16", 21),
        ("2026-05-11", 20),
        ("2026-06-22", 20),
    ]:
        story.phq9(day, total)
    return story


def psychotherapy_too() -> Story:
    """One medicine and fourteen sessions of psychotherapy, both without effect."""
    story = Story("psychotherapy-too", "Marisol", "Vega", born="1994-06-09", gender="female", short=True)
    story.background("2025-09-01", systolic=109, diastolic=68, weight=59.9)
    story.condition("severe", onset="2025-08-20")
    course(story, "2025-11-03", SERTRALINE, shape="dictated", stop=NO_EFFECT)
    story.cbt(every("2026-02-09", 14))
    for day, total in [
        ("2025-11-03", 21),
        ("2025-12-15", 20),
        ("2026-01-26", 20),
        ("2026-03-30", 20),
        ("2026-05-18", 20),
    ]:
        story.phq9(day, total, shape="integer")
    return story


def ect_failed() -> Story:
    """Three classes of medicine, then ten treatments of bilateral ECT."""
    story = Story("ect-failed", "Gunnar", "Eriksen", born="1967-09-21", gender="male")
    story.background("2024-05-21", systolic=135, diastolic=82, weight=91.3)
    story.condition("severe", onset="2024-05-10")
    story.condition("severe", recorded="2026-02-27", category="encounter-diagnosis")
    when = course(
        story, "2025-01-06", [*SERTRALINE, Step("sertraline 100", 2, 28)], separate=True, stop=NO_EFFECT
    )
    when = course(story, when, venlafaxine(14), separate=True, shape="milligrams", stop=NO_EFFECT)
    steps = [Step("nortriptyline 25", 1, 14), Step("nortriptyline 75", 1, 56)]
    course(story, when, steps, separate=True, shape="words", stop=NO_EFFECT)
    story.ect(
        [d for d in every("2026-03-02", 35, 1) if d in _twice_weekly()], "bitemporal (bilateral), brief pulse"
    )
    for number, (day, total) in enumerate(
        [
            ("2025-01-06", 24),
            ("2025-04-28", 23),
            ("2025-08-04", 23),
            ("2025-10-13", 24),
            ("2025-12-15", 24),
            ("2026-02-27", 24),
            ("2026-04-13", 23),
            ("2026-06-10", 24),
        ]
    ):
        story.phq9(day, total, shape="integer" if number < 5 else "quantity")
    story.score_in_words("MADRS total score", "2026-02-27", 38)
    story.score_in_words("MADRS total score", "2026-04-13", 36)
    return story


def _twice_weekly() -> set[str]:
    return {*every("2026-03-02", 5), *every("2026-03-05", 5)}


def older_classes() -> Story:
    """SSRI, SNRI, tricyclic with lithium, then an MAO inhibitor."""
    story = Story("older-classes", "Elena", "Petrova", born="1965-04-18", gender="female")
    story.background("2023-12-18", systolic=126, diastolic=79, weight=66.1)
    story.condition("severe", onset="2023-12-01")
    story.condition("severe", recorded="2025-06-16", category="encounter-diagnosis")
    when = course(story, "2024-03-04", SERTRALINE, separate=True, stop=NO_EFFECT)
    when = course(story, when, venlafaxine(14), separate=True, shape="milligrams", stop=NO_EFFECT)
    steps = [
        Step("nortriptyline 25", 1, 14),
        Step("nortriptyline 25", 2, 14),
        Step("nortriptyline 75", 1, 140),
    ]
    course(story, when, steps, separate=True, shape="units", stop=NO_EFFECT)
    course(
        story,
        "2024-12-09",
        [Step("lithium 300", 3, 70)],
        pack=14,
        shape="words",
        stop=Stop("No effect"),
        reason_text="Augmentation in depression",
    )
    for day, level in [("2024-12-23", 0.7), ("2025-01-20", 0.7)]:
        story.measured("14334-7", "Lithium [Moles/volume] in Serum or Plasma", day, level, "mmol/L")
    steps = [Step("tranylcypromine 10", count, days) for count, days in ((2, 14), (4, 28), (6, 56))]
    course(story, "2025-03-10", steps, separate=True, shape="units", stop=NO_EFFECT)
    for day, total in [
        ("2024-03-04", 24),
        ("2024-05-27", 23),
        ("2024-09-02", 23),
        ("2024-12-09", 23),
        ("2025-02-17", 23),
        ("2025-03-10", 23),
        ("2025-06-16", 22),
        ("2025-12-08", 23),
        ("2026-05-11", 23),
    ]:
        story.phq9(day, total)
    return story


def tms_esketamine() -> Story:
    """Two medicines failed, rTMS helped a little, esketamine helped."""
    story = Story("tms-esketamine", "Grace", "Nakamura", born="1983-12-01", gender="female")
    story.background("2025-03-10", systolic=115, diastolic=72, weight=63.0)
    story.condition("severe", onset="2025-03-03")
    when = course(story, "2025-04-07", SERTRALINE, shape="units", stop=NO_EFFECT)
    course(story, when, venlafaxine(54), shape="milligrams", ongoing=True, form="apart")
    story.rtms(weekdays("2025-10-06", 30))
    visits = [*every("2026-01-12", 4), *every("2026-01-15", 4), *every("2026-02-09", 5)]
    for number, day in enumerate(sorted(visits)):
        administration(story, "esketamine", day, 56 if number == 0 else 84, "Nasal")
    for day, total in [
        ("2025-04-07", 23),
        ("2025-06-30", 22),
        ("2025-08-25", 21),
        ("2025-10-06", 22),
        ("2025-11-17", 15),
        ("2026-01-12", 16),
        ("2026-02-09", 9),
        ("2026-03-09", 7),
        ("2026-06-15", 8),
    ]:
        story.phq9(day, total, shape="integer")
    return story


def bipolar() -> Story:
    """Three medicines for depression, and then a diagnosis of bipolar II disorder."""
    story = Story("bipolar", "Noor", "Rahman", born="1989-10-12", gender="female")
    story.background("2025-04-14", weight=57.8)
    story.condition("severe", onset="2025-04-01")
    story.condition("severe", recorded="2025-11-03", category="encounter-diagnosis")
    story.condition("bipolar II", onset="2026-01-20", recorded="2026-02-05")
    when = course(story, "2025-05-05", SERTRALINE, separate=True, stop=NO_EFFECT)
    when = course(story, when, venlafaxine(14), separate=True, shape="milligrams", stop=NO_EFFECT)
    steps = [Step("bupropion 150", 1, 28), Step("bupropion 300", 1, 56)]
    course(story, when, steps, separate=True, shape="words", stop=Stop("Hypomanic symptoms"))
    statement(story, "lamotrigine 100", "2026-03-23", None, status="active", words="2 tablets daily")
    for day, total in [
        ("2025-05-05", 20),
        ("2025-07-28", 20),
        ("2025-11-03", 20),
        ("2026-01-26", 18),
        ("2026-05-04", 12),
    ]:
        story.phq9(day, total)
    return story


def older_heart() -> Story:
    """Citalopram at 20 mg, the most that her age and heart allow, then sertraline for five weeks."""
    story = Story("older-heart", "Rosa", "Ferrari", born="1951-12-19", gender="female")
    story.background("2026-01-22", systolic=142, diastolic=80, weight=64.0)
    story.condition("coronary", onset="2017-06-30")
    story.condition("hypertension", onset="2009-02-11")
    story.condition("severe", onset="2026-01-10")
    for name, since in (("amlodipine 5", "2018-01-15"), ("atorvastatin 20", "2017-07-05")):
        comedication(story, name, since)
    when = course(story, "2026-03-04", [Step("citalopram 20", 1, 84)], shape="words", stop=NO_EFFECT)
    course(story, when, [Step("sertraline 50", 1, 56)], shape="units", ongoing=True)
    story.measured("8636-3", "Q-T interval corrected", "2026-03-02", 448, "ms", category="procedure")
    story.measured("2951-2", "Sodium [Moles/volume] in Serum or Plasma", "2026-04-15", 138, "mmol/L")
    for day, total in [("2026-03-04", 21), ("2026-04-15", 20), ("2026-05-27", 20), ("2026-06-29", 20)]:
        story.phq9(day, total)
    story.observation(
        concept((LOINC, "72166-2", "Tobacco smoking status")),
        "2026-01-22",
        category="social-history",
        valueCodeableConcept=concept((SNOMED, "266919005", None), text="Never smoked"),
    )
    return story


def safety() -> Story:
    """One medicine failed, and a recent answer that calls for help today."""
    story = Story("safety", "Aroha", "Ngata", born="1998-02-02", gender="female", country="NZ")
    story.background("2026-03-10", systolic=116, diastolic=73, weight=70.2)
    story.condition("severe", onset="2026-03-01")
    course(story, "2026-04-27", [Step("escitalopram 10", 1, 84)], shape="words", ongoing=True)
    story.phq9("2026-04-27", 22, shape="questionnaire", item9=1)
    story.phq9("2026-06-26", 21, shape="questionnaire", item9=2)
    story.add("Flag", status="active", code=concept(text="Interpreter not needed"), subject=story.patient)
    assert after("2026-04-27", 84) > "2026-07-01"
    return story
