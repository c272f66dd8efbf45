"""Persons in whom the review finds much: the life, the body and the other medicines beside the depression."""

from __future__ import annotations

from typing import Final

from scripts.samples.codes import LOINC, PRODUCTS, SNOMED, TERMINOLOGY
from scripts.samples.failed import NO_EFFECT
from scripts.samples.fhir import Story, concept, term
from scripts.samples.medicines import Step, comedication, course

#: Questions on daily life as public records code them, and the answers given.
LIFE: Final = (
    ("67875-5", "Employment status - current", "LA17956-6", "Unemployed"),
    ("71802-3", "Housing status", "LA30189-7", "I have housing"),
    ("93033-9", "Are you worried about losing your housing?", "LA33-6", "Yes"),
    (
        "93029-7",
        "How often do you see or talk to people that you care about",
        "LA27722-0",
        "Less than once a week",
    ),
    ("93038-8", "Stress level", "LA13914-9", "Quite a bit"),
    ("76501-6", "Within the last year, have you been afraid of your partner or ex-partner", "LA32-8", "No"),
)


def whole_person() -> Story:
    """Two medicines failed, and much beside them that nobody has put together."""
    story = Story("whole-person", "Inês", "Carvalho", born="1979-08-23", gender="female")
    story.background("2025-12-02", systolic=121, diastolic=76, weight=74.0)
    for diagnosis, onset in (
        ("recurrent severe", "2025-09-20"),
        ("sleep apnoea", "2024-02-11"),
        ("fibromyalgia", "2019-05-06"),
        ("anxiety", "2021-03-15"),
        ("separation", "2025-08-01"),
        ("dependent relative", "2025-10-01"),
    ):
        story.condition(diagnosis, onset=onset)
    _mother(story)
    story.add(
        "AllergyIntolerance",
        clinicalStatus=concept((f"{TERMINOLOGY}/allergyintolerance-clinical", "active", None)),
        code=concept((SNOMED, "716186003", None), text="No known allergy"),
        patient=story.patient,
        recordedDate="2025-12-02",
    )
    steps = [Step("escitalopram 10", 1, 28), Step("escitalopram 20", 1, 56)]
    when = course(story, "2025-11-03", steps, shape="words", stop=NO_EFFECT)
    steps = [Step("mirtazapine 15", 1, 14), Step("mirtazapine 30", 1, 28), Step("mirtazapine 45", 1, 112)]
    course(story, when, steps, pack=14, shape="units", ongoing=True)
    comedication(story, "propranolol", "2022-06-20")
    for day, total in (("2025-11-03", 22), ("2026-01-26", 21), ("2026-04-20", 20)):
        story.phq9(day, total)
    story.phq9("2026-06-22", 20, shape="panel")
    for loinc, name, day, total in (
        ("70274-6", "Generalized anxiety disorder 7 item (GAD-7) total score", "2026-06-22", 14),
        ("75626-2", "Total score [AUDIT-C]", "2026-06-22", 7),
    ):
        story.observation(concept((LOINC, loinc, name)), day, category="survey", valueInteger=total)
    for loinc, name, answer, words in LIFE:
        story.observation(
            concept((LOINC, loinc, name)),
            "2026-06-22",
            category="social-history",
            valueCodeableConcept=concept((LOINC, answer, words), text=words),
        )
    for loinc, name, day, value, unit in (
        ("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma", "2026-05-04", 8.6, "m[IU]/L"),
        ("718-7", "Hemoglobin [Mass/volume] in Blood", "2026-05-04", 10.9, "g/dL"),
        ("20567-4", "Ferritin [Mass/volume] in Serum or Plasma", "2026-05-04", 8, "ng/mL"),
        ("2132-9", "Cobalamin (Vitamin B12) [Mass/volume] in Serum or Plasma", "2026-05-04", 410, "pg/mL"),
        ("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "2021-09-14", 5.4, "%"),
        (
            "62238-1",
            "Glomerular filtration rate/1.73 sq M.predicted",
            "2026-05-04",
            92,
            "mL/min/{1.73_m2}",
        ),
    ):
        story.measured(loinc, name, day, value, unit)
    story.observation(
        concept((LOINC, "79714-2", "CYP2C19 gene product metabolic activity interpretation")),
        "2026-05-04",
        valueCodeableConcept=concept(text="Poor metabolizer"),
    )
    story.observation(
        concept((LOINC, "72166-2", "Tobacco smoking status")),
        "2025-12-02",
        category="social-history",
        valueCodeableConcept=concept((SNOMED, "77176002", None), text="Current smoker"),
    )
    return story


def _mother(story: Story) -> None:
    story.add(
        "FamilyMemberHistory",
        status="completed",
        patient=story.patient,
        relationship=concept((f"{TERMINOLOGY}/v3-RoleCode", "MTH", "mother"), text="mother"),
        condition=[{"code": concept((SNOMED, "13746004", None), text="Bipolar disorder")}],
    )


def many_medicines() -> Story:
    """Two medicines failed; what else he takes and has decides on nearly every next step."""
    story = Story("many-medicines", "Stefan", "Nowak", born="1961-11-04", gender="male")
    story.background("2025-10-14", systolic=138, diastolic=84, weight=88.0)
    for diagnosis, onset in (
        ("severe", "2025-05-12"),
        ("epilepsy", "1998-04-02"),
        ("pacemaker", "2020-09-30"),
        ("hypertension", "2012-01-19"),
    ):
        story.condition(diagnosis, onset=onset)
    steps = [Step("sertraline 50", 1, 28), Step("sertraline 100", 1, 28), Step("sertraline 100", 2, 56)]
    course(story, "2025-07-07", steps, stop=NO_EFFECT)
    steps = [Step("tranylcypromine 10", count, days) for count, days in ((2, 14), (4, 28), (6, 98))]
    course(story, "2026-02-05", steps, pack=14, separate=True, shape="units", stop=NO_EFFECT)
    course(
        story,
        "2026-04-02",
        [Step("lithium 300", 2, 98)],
        pack=14,
        shape="words",
        ongoing=True,
        reason_text="Augmentation in depression",
    )
    for name, since in (
        ("lisinopril 10", "2012-02-01"),
        ("omeprazole 20", "2023-05-08"),
        ("ibuprofen", "2025-12-01"),
        ("tramadol", "2026-03-16"),
    ):
        comedication(story, name, since)
    for day, total in (
        ("2025-07-07", 22),
        ("2025-10-27", 21),
        ("2026-02-05", 22),
        ("2026-04-02", 21),
        ("2026-06-24", 21),
    ):
        story.phq9(day, total)
    story.measured(
        "62238-1", "Glomerular filtration rate/1.73 sq M.predicted", "2026-06-10", 52, "mL/min/{1.73_m2}"
    )
    story.measured("14334-7", "Lithium [Moles/volume] in Serum or Plasma", "2026-06-10", 0.9, "mmol/L")
    story.measured("8636-3", "Q-T interval corrected", "2026-06-10", 468, "ms", category="procedure")
    story.add(
        "AllergyIntolerance",
        clinicalStatus=concept((f"{TERMINOLOGY}/allergyintolerance-clinical", "active", None)),
        verificationStatus=term("allergyintolerance-verification", "confirmed"),
        code=concept((PRODUCTS["mirtazapine 15"].system, "15996", "mirtazapine"), text="Mirtazapine"),
        patient=story.patient,
        recordedDate="2019-02-18",
        reaction=[{"manifestation": [concept(text="Rash")]}],
    )
    return story
