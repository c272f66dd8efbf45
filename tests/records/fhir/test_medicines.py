"""Medicine lines: what is read, one case a row. Rows: what the record holds, the exposures or the reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from opentrd.knowledge.loader import load
from opentrd.records.read import read
from tests.records.fhir.build import (
    DMD,
    LOINC,
    RX,
    SCT,
    J,
    administration,
    bundle,
    concept,
    daily,
    dispense,
    dose,
    line,
    order,
    patient,
    reasons,
    record,
    resource,
    statement,
)

DAY = {"frequency": 1, "period": 1, "periodUnit": "d"}
TABLET = concept(("RxNorm", "312941", "sertraline 50 MG Oral Tablet"))


def timing(**bounds: Any) -> list[J]:
    return [daily(1, "tablet", **bounds)]


ORDERS: list[tuple[str, J, str]] = [
    ("nothing but a date", order(), "sertraline order active 2024-01-10..? ?"),
    ("active is no proof", order(authoredOn="1967-03-01"), "sertraline order active 1967-03-01..? ?"),
    ("tablets by strength", order(dosageInstruction=[daily(1, "tablet")]), "2024-01-10..? 50 mg/d"),
    ("two tablets", order(dosageInstruction=[daily(2, "TAB")]), "..? 100 mg/d"),
    ("a bare 1 counts tablets", order(dosageInstruction=[daily(1)]), "..? 50 mg/d"),
    ("a bare 50 may be anything", order(dosageInstruction=[daily(50)]), "..? ?"),
    ("milligrams", order(dosageInstruction=[daily(75, "mg")]), "..? 75 mg/d"),
    ("grams", order(dosageInstruction=[daily(0.1, "g")]), "..? 100 mg/d"),
    ("micrograms", order(dosageInstruction=[daily(50000, "ug")]), "..? 50 mg/d"),
    (
        "twice a day",
        order(dosageInstruction=[dose(1, "tablet", frequency=2, period=1, periodUnit="d")]),
        "..? 100 mg/d",
    ),
    (
        "every 8 hours",
        order(dosageInstruction=[dose(1, "tablet", frequency=1, period=8, periodUnit="h")]),
        "..? 150 mg/d",
    ),
    (
        "every other day",
        order(dosageInstruction=[dose(1, "tablet", frequency=1, period=2, periodUnit="d")]),
        "..? 25 mg/d",
    ),
    (
        "morning and evening",
        order(dosageInstruction=[dose(1, "tablet", when=["MORN", "EVE"])]),
        "..? 100 mg/d",
    ),
    (
        "clock times",
        order(dosageInstruction=[dose(1, "tablet", timeOfDay=["08:00:00", "20:00:00"])]),
        "..? 100 mg/d",
    ),
    (
        "once or twice",
        order(dosageInstruction=[dose(1, "tablet", frequency=1, frequencyMax=2, period=1, periodUnit="d")]),
        "..? 50-100 mg/d",
    ),
    (
        "a coded timing",
        order(dosageInstruction=[dose(1, "tablet") | {"timing": {"code": {"coding": [{"code": "BID"}]}}}]),
        "..? 100 mg/d",
    ),
    (
        "a timing in words",
        order(dosageInstruction=[dose(1, "tablet") | {"timing": {"code": {"text": "twice daily"}}}]),
        "..? 100 mg/d",
    ),
    (
        "a range of doses",
        order(
            dosageInstruction=[
                {
                    "timing": {"repeat": DAY},
                    "doseAndRate": [
                        {
                            "doseRange": {
                                "low": {"value": 20, "unit": "mg"},
                                "high": {"value": 40, "unit": "mg"},
                            }
                        }
                    ],
                }
            ]
        ),
        "..? 20-40 mg/d",
    ),
    (
        "as needed may be none",
        order(dosageInstruction=[daily(1, "tablet") | {"asNeededBoolean": True}]),
        "..? 0-50 mg/d",
    ),
    (
        "the most a day",
        order(
            dosageInstruction=[
                dose(1, "tablet", frequency=4, period=1, periodUnit="d")
                | {
                    "asNeededBoolean": True,
                    "maxDosePerPeriod": {
                        "numerator": {"value": 100, "unit": "mg"},
                        "denominator": {"value": 1, "unit": "d"},
                    },
                }
            ]
        ),
        "..? 0-100 mg/d",
    ),
    ("a text alone", order(dosageInstruction=[{"text": "1 tab po bid"}]), "..? 100 mg/d"),
    ("a text with a range", order(dosageInstruction=[{"text": "20-40mg daily"}]), "..? 20-40 mg/d"),
    ("a text that says nothing", order(dosageInstruction=[{"text": "as directed"}]), "..? ?"),
    (
        "structure and text disagree",
        order(dosageInstruction=[daily(1, "tablet") | {"text": "take 2 tablets daily"}]),
        "..? 50-100 mg/d",
    ),
    ("no timing", order(dosageInstruction=[dose(1, "tablet")]), "..? ?"),
    (
        "side by side",
        order(
            dosageInstruction=[
                daily(1, "tablet", when=["MORN"]) | {"sequence": 1},
                daily(2, "tablet", when=["HS"]) | {"sequence": 1},
            ]
        ),
        "..? 150 mg/d",
    ),
    (
        "one after the other, lengths unknown",
        order(dosageInstruction=[daily(1, "tablet") | {"sequence": 1}, daily(2, "tablet") | {"sequence": 2}]),
        "..? 50-100 mg/d",
    ),
    (
        "numbered, but morning and night",
        order(
            dosageInstruction=[
                daily(1, "tablet", when=["MORN"]) | {"sequence": 1},
                daily(2, "tablet", when=["HS"]) | {"sequence": 2},
            ]
        ),
        "..? 50-150 mg/d",
    ),
    (
        "bounds, the end is a day with",
        order(dosageInstruction=timing(boundsPeriod={"start": "2024-02-01", "end": "2024-02-29"})),
        "sertraline order active 2024-02-01..2024-03-01 50 mg/d ongoing=no",
    ),
    (
        "an end that says there is none",
        order(dosageInstruction=timing(boundsPeriod={"start": "2024-02-01", "end": "9999-12-31"})),
        "sertraline order active 2024-02-01..? 50 mg/d",
    ),
    (
        "bounds as a length",
        order(dosageInstruction=timing(boundsDuration={"value": 6, "unit": "wk", "code": "wk"})),
        "2024-01-10..2024-02-21 50 mg/d ongoing=no",
    ),
    (
        "bounds as a range of lengths",
        order(
            dosageInstruction=timing(
                boundsRange={"low": {"value": 4, "code": "wk"}, "high": {"value": 6, "code": "wk"}}
            )
        ),
        "2024-01-10..2024-02-07~2024-02-21 50 mg/d ongoing=no",
    ),
    (
        "expected supply",
        order(dispenseRequest={"expectedSupplyDuration": {"value": 30, "unit": "d", "code": "d"}}),
        "2024-01-10..? ? supply=30",
    ),
    (
        "expected supply with two repeats",
        order(
            dispenseRequest={
                "expectedSupplyDuration": {"value": 30, "unit": "days"},
                "numberOfRepeatsAllowed": 2,
            }
        ),
        "2024-01-10..2024-02-09~2024-04-09 ? supply=30 ongoing=no",
    ),
    (
        "a quantity at a known dose",
        order(
            dosageInstruction=[daily(1, "tablet")],
            dispenseRequest={"quantity": {"value": 28, "unit": "tablet"}},
        ),
        "2024-01-10..? 50 mg/d supply=28",
    ),
    (
        "validity as the time of the order",
        order(dispenseRequest={"validityPeriod": {"start": "2024-01-10", "end": "2024-03-31"}}),
        "2024-01-10..2024-04-01 ? ongoing=no",
    ),
    (
        "valid from later",
        order(dispenseRequest={"validityPeriod": {"start": "2024-02-01"}}),
        "2024-02-01..? ?",
    ),
    ("a month", order(authoredOn="2024-02"), "2024-02-01~2024-02-29..? ?"),
    ("a year", order(authoredOn="2023"), "2023-01-01~2023-12-31..? ?"),
    ("a zone never moves the day", order(authoredOn="2024-01-10T23:30:00-08:00"), "2024-01-10..? ?"),
    ("no date is kept", order(authoredOn=None), "sertraline order active ?..? ?"),
    (
        "stopped without an end",
        order(status="stopped", statusReason={"text": "did not help"}),
        "sertraline order stopped 2024-01-10..? ? stop=no_effect ongoing=no",
    ),
    (
        "stopped before its supply was over",
        order(status="stopped", dispenseRequest={"expectedSupplyDuration": {"value": 30, "code": "d"}}),
        "stopped 2024-01-10..2024-01-11~2024-02-09 ? supply=30 ongoing=no",
    ),
    (
        "two reasons to stop",
        order(status="stopped", statusReason={"text": "No effect, and side effects (nausea)"}),
        "stop=no_effect+adverse",
    ),
    (
        "no side effects is no reason",
        order(status="stopped", statusReason={"text": "cost; no side effects"}),
        "stop=cost",
    ),
    (
        "a coded reason",
        order(status="stopped", statusReason={"coding": [{"system": "x", "code": "sintol"}]}),
        "stop=adverse",
    ),
    ("completed", order(status="completed"), "sertraline order completed 2024-01-10..? ? ongoing=no"),
    ("on hold", order(status="on-hold"), "sertraline order on_hold 2024-01-10..? ?"),
    ("status unknown", order(status="unknown"), "sertraline order unknown 2024-01-10..? ?"),
    ("a plan", order(intent="plan"), "sertraline order intended 2024-01-10..? ?"),
    (
        "reported by the person",
        order(intent="plan", reportedBoolean=True),
        "sertraline statement active 2024-01-10..? ?",
    ),
    (
        "its reason as a code",
        order(reasonCode=[concept((SCT, "370143000", "Major depressive disorder"))]),
        "..? ? for=major_depression",
    ),
    ("its reason in words", order(reasonCode=[{"text": "Insomnia"}]), "..? ? for=insomnia"),
]


@pytest.mark.parametrize(("case", "expected"), [row[1:] for row in ORDERS], ids=[row[0] for row in ORDERS])
def test_an_order(case: J, expected: str) -> None:
    shown = line(record(case).exposures[0])
    assert shown.endswith(expected) or f"{expected} " in shown, shown


def test_a_taper_is_consecutive_lines() -> None:
    steps = [
        daily(2, "tablet", boundsDuration={"value": 14, "code": "d"}) | {"sequence": 1},
        daily(1, "tablet", boundsDuration={"value": 7, "code": "d"}) | {"sequence": 2},
        daily(0.5, "tablet") | {"sequence": 3},
    ]
    shown = [line(row) for row in record(order(dosageInstruction=steps)).exposures]
    assert shown == [
        "sertraline order completed 2024-01-10..2024-01-24 100 mg/d ongoing=no",
        "sertraline order completed 2024-01-24..2024-01-31 50 mg/d ongoing=no",
        "sertraline order active 2024-01-31..? 25 mg/d",
    ]


def test_a_taper_in_words_is_consecutive_lines() -> None:
    text = "take 2 tablets once a day for 7 days then 1 tablet once a day"
    shown = [line(row) for row in record(order(dosageInstruction=[{"text": text}])).exposures]
    assert shown == [
        "sertraline order completed 2024-01-10..2024-01-17 100 mg/d ongoing=no",
        "sertraline order active 2024-01-17..? 50 mg/d",
    ]


OTHERS: list[tuple[str, J, str]] = [
    (
        "handed over",
        dispense(daysSupply={"value": 84, "code": "days"}, dosageInstruction=[daily(1, "tablet")]),
        "sertraline dispense completed 2024-01-12..? 50 mg/d supply=84 collected=yes ongoing=no",
    ),
    (
        "only prepared",
        dispense(whenHandedOver=None, whenPrepared="2024-01-11", daysSupply={"value": 28, "unit": "d"}),
        "sertraline dispense completed 2024-01-11..? ? supply=28 ongoing=no",
    ),
    (
        "a quantity at a known dose",
        dispense(quantity={"value": 56, "unit": "tablet"}, dosageInstruction=[daily(2, "tablet")]),
        "2024-01-12..? 100 mg/d supply=28 collected=yes",
    ),
    (
        "its order",
        dispense(authorizingPrescription=[{"reference": "MedicationRequest/m9"}], daysSupply={"value": 28}),
        "supply=28 order=MedicationRequest/m9 collected=yes",
    ),
    (
        "declined",
        dispense(status="declined", whenHandedOver=None, whenPrepared="2024-01-11"),
        "sertraline dispense stopped 2024-01-11..? ? collected=no ongoing=no",
    ),
    (
        "cancelled with a reason",
        dispense(
            status="cancelled",
            whenHandedOver=None,
            whenPrepared="2024-01-11",
            statusReasonCodeableConcept={"text": "not collected"},
        ),
        "sertraline dispense stopped 2024-01-11..? ? stop=other collected=no",
    ),
    (
        "a time of taking",
        statement(effectivePeriod={"start": "2023-05", "end": "2023-09-15"}, dosage=[daily(100, "mg")]),
        "sertraline statement active 2023-05-01~2023-05-31..2023-09-16 100 mg/d ongoing=no",
    ),
    (
        "a day of taking",
        statement(effectiveDateTime="2023-05-02"),
        "sertraline statement active 2023-05-02..? ?",
    ),
    (
        "told by the person",
        statement(effectiveDateTime="2023", informationSource={"reference": "Patient/p"}),
        "sertraline self_report active 2023-01-01~2023-12-31..? ?",
    ),
    (
        "intended",
        statement(status="intended", effectiveDateTime="2024-06-01"),
        "sertraline statement intended",
    ),
    (
        "stopped, with reasons",
        statement(
            status="stopped", statusReason=[{"text": "weight gain"}], effectivePeriod={"start": "2020"}
        ),
        "sertraline statement stopped 2020-01-01~2020-12-31..? ? stop=adverse ongoing=no",
    ),
    (
        "based on an order",
        statement(basedOn=[{"reference": "MedicationRequest/m9"}], effectiveDateTime="2024-01-10"),
        "order=MedicationRequest/m9",
    ),
    (
        "given on a day",
        administration(dosage={"dose": {"value": 50, "unit": "mg"}}),
        "sertraline administration completed 2024-01-12..2024-01-13 50 mg/d ongoing=no",
    ),
    (
        "given under an order",
        administration(request={"reference": "MedicationRequest/m9"}),
        "administration completed 2024-01-12..2024-01-13 ? order=MedicationRequest/m9",
    ),
    (
        "a session of esketamine",
        administration(
            medicationCodeableConcept={"text": "Spravato 28 mg nasal spray"},
            dosage={"dose": {"value": 84, "unit": "mg"}},
        ),
        "esketamine administration completed 2024-01-12..2024-01-13 84 mg/session sessions=1 form=nasal",
    ),
]


@pytest.mark.parametrize(("case", "expected"), [row[1:] for row in OTHERS], ids=[row[0] for row in OTHERS])
def test_another_line(case: J, expected: str) -> None:
    assert expected in line(record(case).exposures[0])


UNUSED: list[tuple[str, J, str]] = [
    ("entered in error", order(status="entered-in-error"), "entered_in_error"),
    ("cancelled", order(status="cancelled"), "cancelled"),
    ("draft", order(status="draft"), "draft"),
    ("proposal", order(intent="proposal"), "proposal"),
    ("not to be done", order(doNotPerform=True), "do_not_perform"),
    ("no product", order(medicationCodeableConcept=None), "no_product"),
    (
        "ends before it starts",
        order(dosageInstruction=timing(boundsPeriod={"start": "2024-02-01", "end": "2024-01-01"})),
        "end_before_start",
    ),
    ("dispense in error", dispense(status="entered-in-error"), "entered_in_error"),
    ("not yet handed over", dispense(status="preparation", whenHandedOver=None), "not_dispensed_yet"),
    ("cancelled without a reason", dispense(status="cancelled"), "cancelled"),
    ("not taken", statement(status="not-taken"), "not_taken"),
    ("statement in error", statement(status="entered-in-error"), "entered_in_error"),
    (
        "statement ends before it starts",
        statement(effectivePeriod={"start": "2024-05-01", "end": "2024-04-01"}),
        "end_before_start",
    ),
    ("not given", administration(status="not-done"), "not_done"),
]


@pytest.mark.parametrize(("case", "reason"), [row[1:] for row in UNUSED], ids=[row[0] for row in UNUSED])
def test_a_line_that_is_not_used(case: J, reason: str) -> None:
    found = record(case)
    assert not found.exposures
    assert list(reasons(found).values()) == [reason]


def product(*codings: tuple[str, str, str | None], text: str | None = None) -> J:
    return order(medicationCodeableConcept=concept(*codings, text=text), dosageInstruction=[daily(1)])


PRODUCTS: list[tuple[str, J, str]] = [
    ("an ingredient", product(("RxNorm", "36437", "sertraline")), "sertraline order active 2024-01-10..? ?"),
    ("a strength component", product(("RxNorm", "328670", "Sertraline 100 MG")), "..? 100 mg/d"),
    ("a clinical drug", product(("RxNorm", "312941", None)), "sertraline order active 2024-01-10..? 50 mg/d"),
    ("a name alone", product(text="Zoloft 50 mg tablets"), "sertraline order active 2024-01-10..? 50 mg/d"),
    (
        "dm+d",
        product((DMD, "321987003", "Citalopram 20mg tablets")),
        "citalopram order active 2024-01-10..? 20 mg/d",
    ),
    (
        "code and name are different medicines",
        product(("RxNorm", "596926", "sertraline 50 MG Oral Tablet")),
        "sertraline order active 2024-01-10..? 20-50 mg/d doubt=duloxetine",
    ),
    (
        "code and name are different strengths",
        product(("RxNorm", "312938", "Sertraline 50 MG Oral Tablet")),
        "sertraline order active 2024-01-10..? 50-100 mg/d",
    ),
    ("controlled release has its own key", product(text="paroxetine CR 25 mg tablet"), "25 mg/d form=cr"),
    ("and so has the plain one", product(text="paroxetine 20 MG Oral Tablet"), "20 mg/d form=ir"),
    (
        "extended release",
        product(text="24 HR venlafaxine 75 MG Extended Release Oral Capsule"),
        "venlafaxine order active 2024-01-10..? 75 mg/d form=xr",
    ),
    (
        "a combination without strengths is kept whole",
        product(text="olanzapine / fluoxetine Oral Capsule"),
        "olanzapine-fluoxetine",
    ),
    (
        "a liquid is not counted",
        product(text="sertraline 20 MG/ML Oral Solution"),
        "sertraline order active 2024-01-10..? ?",
    ),
    (
        "micrograms of thyroid hormone",
        product(text="liothyronine 25 mcg tablet"),
        "liothyronine order active 2024-01-10..? 25 mcg/d",
    ),
    (
        "another medicine is kept",
        product(text="Amoxicillin 500 MG Oral Capsule"),
        "(Amoxicillin 500 MG Oral Capsule) order",
    ),
    ("a dose of another medicine", product(text="Lisinopril 10 MG Oral Tablet"), "..? 10 mg/d"),
]


@pytest.mark.parametrize(
    ("case", "expected"), [row[1:] for row in PRODUCTS], ids=[row[0] for row in PRODUCTS]
)
def test_a_product(case: J, expected: str) -> None:
    assert expected in line(record(case).exposures[0])


@pytest.mark.parametrize(
    "combined",
    [
        product(text="olanzapine 6 MG / fluoxetine 25 MG Oral Capsule"),
        product(text="fluoxetine 25 MG / olanzapine 6 MG Oral Capsule"),
        product(("RxNorm", "403969", "fluoxetine 25 MG / olanzapine 6 MG Oral Capsule")),
    ],
    ids=["by name", "by name, the other way round", "by code"],
)
def test_a_combination_is_both_of_its_parts(combined: J) -> None:
    assert [(x.treatment, x.dose_low, x.source_ids) for x in record(combined).exposures] == [
        ("olanzapine", 6, ("MedicationRequest/m1",)),
        ("fluoxetine", 25, ("MedicationRequest/m1",)),
    ]


def test_other_medicines_are_comedication() -> None:
    row = record(product((LOINC, "x", "Warfarin 5 MG Oral Tablet"))).exposures[0]
    assert (row.kind, row.treatment, row.product_text) == ("comedication", None, "Warfarin 5 MG Oral Tablet")
    assert row.codes == (("LOINC", "x"),)


MEDICATION = {"resourceType": "Medication", "id": "med", "code": TABLET}


def test_a_contained_medication() -> None:
    case = order(
        medicationCodeableConcept=None, medicationReference={"reference": "#med"}, contained=[MEDICATION]
    )
    row = record(case).exposures[0]
    assert (row.treatment, row.source_ids) == (
        "sertraline",
        ("MedicationRequest/m1", "MedicationRequest/m1#med"),
    )


@pytest.mark.parametrize(
    "reference", ["Medication/med", "http://x.org/fhir/Medication/med", "Medication/med/_history/2"]
)
def test_a_medication_beside_it(reference: str) -> None:
    case = order(medicationCodeableConcept=None, medicationReference={"reference": reference})
    found = record(case, MEDICATION)
    assert found.exposures[0].treatment == "sertraline"
    assert "Medication/med" in found.used


def test_a_medication_that_nothing_refers_to() -> None:
    assert reasons(record(MEDICATION)) == {"Medication/med": "not_referenced"}


def test_a_medication_shared_by_two_persons_counts_once() -> None:
    by_reference = {"medicationCodeableConcept": None, "medicationReference": {"reference": "Medication/med"}}
    other = order(id="m2", subject={"reference": "Patient/q"}, **by_reference)
    case = bundle(patient(), patient(id="q"), order(**by_reference), other, MEDICATION)
    found = read(json.dumps(case).encode(), load())
    assert [one.exposures[0].treatment for one in found] == ["sertraline", "sertraline"]
    assert [one.read for one in found] == [3, 2]


def test_a_medication_with_an_ingredient() -> None:
    strength = {"numerator": {"value": 25, "unit": "mg"}, "denominator": {"value": 1, "unit": "tablet"}}
    medication = {
        "resourceType": "Medication",
        "id": "med",
        "form": {"text": "tablet"},
        "ingredient": [{"itemCodeableConcept": concept((RX, "36437", "sertraline")), "strength": strength}],
    }
    case = order(
        medicationCodeableConcept=None,
        medicationReference={"reference": "Medication/med"},
        dosageInstruction=[daily(2, "tablet")],
    )
    assert "sertraline order active 2024-01-10..? 50 mg/d" in line(record(case, medication).exposures[0])


def test_a_reference_that_leads_nowhere_has_its_display() -> None:
    case = order(
        medicationCodeableConcept=None, medicationReference={"reference": "Medication/x", "display": "Prozac"}
    )
    assert record(case).exposures[0].treatment == "fluoxetine"


def test_its_reason_by_reference() -> None:
    reason = resource("Condition", id="c9", code=concept((SCT, "370143000", "Major depressive disorder")))
    found = record(order(reasonReference=[{"reference": "Condition/c9"}]), reason)
    assert found.exposures[0].indication == "major_depression"


def test_an_order_that_a_statement_says_was_not_taken() -> None:
    told = statement(id="s1", status="not-taken", basedOn=[{"reference": "MedicationRequest/m1"}])
    found = record(order(id="m1"), told)
    row = found.exposures[0]
    assert (row.taken_low, row.taken_high) == (0.0, 0.0)
    assert "MedicationStatement/s1" in row.source_ids
    assert not found.unused


def test_the_person() -> None:
    person = record(person=patient(deceasedDateTime="2024-02", gender="male")).person
    assert person.person_id == "p"
    assert person.source_ids == ("Patient/p",)
    assert person.sex == "male"
    assert person.death_latest is not None
    assert person.death_earliest is not None
    assert person.death_latest - person.death_earliest == 28
