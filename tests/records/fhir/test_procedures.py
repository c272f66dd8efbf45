"""Psychotherapy and stimulation from procedures, encounters, plans and requests; observations and devices."""

from __future__ import annotations

from typing import Any

import pytest

from tests.records.fhir.build import (
    CPT,
    LOINC,
    SCT,
    J,
    concept,
    line,
    observation,
    observation_line,
    reasons,
    record,
    resource,
)

ECT = concept((SCT, "23835007", "Electroconvulsive therapy"))
CBT = concept((SCT, "304891004", "Cognitive - behavior therapy"))
THERAPY = concept((CPT, "90834", None))


def procedure(code: J = ECT, day: str | None = "2024-02-05", **fields: Any) -> J:
    return resource("Procedure", **({"status": "completed", "code": code, "performedDateTime": day} | fields))


def encounter(code: J = THERAPY, **fields: Any) -> J:
    base: J = {
        "status": "finished",
        "class": {"code": "AMB"},
        "type": [code],
        "period": {"start": "2024-02-05T10:00:00Z", "end": "2024-02-05T10:45:00Z"},
    }
    return resource("Encounter", **(base | fields))


def plan(detail: J | None = None, **fields: Any) -> J:
    base: J = {
        "status": "active",
        "intent": "plan",
        "period": {"start": "2024-01-01"},
        "activity": [{"detail": {"code": CBT, "status": "in-progress"} | (detail or {})}],
    }
    return resource("CarePlan", **(base | fields))


def asked(**fields: Any) -> J:
    return resource(
        "ServiceRequest",
        **({"status": "active", "intent": "order", "code": CBT, "authoredOn": "2024-01-01"} | fields),
    )


CASES: list[tuple[str, J, str]] = [
    (
        "one session",
        procedure(),
        "ect administration completed 2024-02-05..2024-02-06 ? sessions=1 ongoing=no",
    ),
    (
        "a session with its times",
        procedure(day=None, performedPeriod={"start": "2024-02-05T08:00:00Z", "end": "2024-02-05T08:30:00Z"}),
        "2024-02-05..2024-02-06 ? sessions=1",
    ),
    (
        "a course says how many",
        procedure(
            day=None,
            performedPeriod={"start": "2024-02-05", "end": "2024-03-01"},
            note=[{"text": "9 sessions, bilateral"}],
        ),
        "2024-02-05..2024-03-02 ? sessions=9 detail=bilateral form=bilateral",
    ),
    (
        "a course that does not",
        procedure(day=None, performedPeriod={"start": "2024-02-05", "end": "2024-03-01"}),
        "2024-02-05..2024-03-02 ? ongoing=no",
    ),
    ("placement by code", procedure(concept((SCT, "313019002", None))), "detail=unilateral"),
    (
        "TMS",
        procedure(concept((CPT, "90868", None))),
        "rtms administration completed 2024-02-05..2024-02-06 ? sessions=1",
    ),
    (
        "theta burst",
        procedure(concept((CPT, "90868", "TMS, intermittent theta burst"))),
        "itbs administration",
    ),
    ("by name", procedure({"text": "Electroconvulsive therapy, session 3"}), "ect administration"),
    (
        "psychotherapy by number",
        procedure(THERAPY),
        "psychotherapy administration completed 2024-02-05..2024-02-06 ? sessions=1 detail=individual",
    ),
    ("group", procedure(concept((CPT, "90853", None))), "group administration"),
    (
        "stopped, why",
        procedure(status="stopped", statusReason={"text": "memory side effects"}),
        "stopped 2024-02-05..2024-02-06 ? sessions=1 stop=adverse",
    ),
    (
        "an implant goes on",
        procedure(concept((SCT, "445319001", None))),
        "vns administration active 2024-02-05..? ? detail=implant",
    ),
    (
        "an encounter",
        encounter(),
        "psychotherapy administration completed 2024-02-05..2024-02-06 ? sessions=1",
    ),
    ("a plan", plan(), "cbt order active 2024-01-01..? ?"),
    (
        "a plan that ended",
        plan(status="completed", period={"start": "2024-01-01", "end": "2024-04-30"}),
        "cbt order completed 2024-01-01..2024-05-01 ?",
    ),
    ("a request", asked(quantityQuantity={"value": 12}), "cbt order intended 2024-01-01..? ? sessions=0-12"),
    (
        "a request that was carried out",
        asked(status="completed", quantityQuantity={"value": 12}),
        "cbt order completed 2024-01-01..? ? sessions=12",
    ),
]


@pytest.mark.parametrize(("case", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_a_therapy(case: J, expected: str) -> None:
    assert expected in line(record(case).exposures[0])


UNUSED: list[tuple[str, J, str]] = [
    ("not done", procedure(status="not-done"), "not_done"),
    ("in error", procedure(status="entered-in-error"), "entered_in_error"),
    ("not begun", procedure(status="preparation"), "not_started"),
    (
        "something else",
        procedure(concept((SCT, "428191000124101", "Documentation of current medications"))),
        "not_relevant",
    ),
    ("programming is no session", procedure(concept((CPT, "95976", None))), "not_relevant"),
    ("a referral is no therapy", procedure({"text": "Referral to psychotherapy"}), "not_relevant"),
    (
        "ends before it starts",
        procedure(day=None, performedPeriod={"start": "2024-03-05", "end": "2024-03-01"}),
        "end_before_start",
    ),
    ("another visit", encounter(concept((SCT, "185349003", "Check up"))), "not_relevant"),
    ("a planned visit", encounter(status="planned"), "planned"),
    ("a cancelled visit", encounter(status="cancelled"), "cancelled"),
    ("an activity not begun", plan({"status": "not-started"}), "not_started"),
    ("a draft plan", plan(status="draft"), "draft"),
    ("a plan of something else", plan({"code": {"text": "Diabetic diet"}}), "not_relevant"),
    ("a withdrawn request", asked(status="revoked"), "cancelled"),
    ("a request for something else", asked(code={"text": "Hospice care"}), "not_relevant"),
]


@pytest.mark.parametrize(("case", "reason"), [row[1:] for row in UNUSED], ids=[row[0] for row in UNUSED])
def test_no_therapy(case: J, reason: str) -> None:
    found = record(case)
    assert not found.exposures
    assert list(reasons(found).values()) == [reason]


def test_a_session_told_by_visit_and_procedure_is_one() -> None:
    found = record(encounter(), procedure(CBT, encounter={"reference": "Encounter/e1"}))
    assert [line(row) for row in found.exposures] == [
        "cbt administration completed 2024-02-05..2024-02-06 ? sessions=1 ongoing=no"
    ]
    assert found.exposures[0].source_ids == ("Procedure/p1", "Encounter/e1")


def test_a_removal_ends_the_implant() -> None:
    removal = procedure(concept((SCT, "446256001", None)), "2025-03-01", id="p2")
    found = record(procedure(concept((SCT, "445319001", None))), removal)
    assert [line(row) for row in found.exposures] == [
        "vns administration stopped 2024-02-05..2025-03-02 ? detail=implant ongoing=no"
    ]


def test_a_removal_leaves_the_implant_that_replaces_it() -> None:
    implant, removal = (concept((SCT, code, None)) for code in ("445319001", "446256001"))
    found = record(
        procedure(implant),
        procedure(removal, "2025-03-01", id="p2"),
        procedure(implant, "2025-03-01", id="p3"),
    )
    assert sorted(line(row) for row in found.exposures) == [
        "vns administration active 2025-03-01..? ? detail=implant",
        "vns administration stopped 2024-02-05..2025-03-02 ? detail=implant ongoing=no",
    ]


OBSERVATIONS: list[tuple[str, J, str]] = [
    (
        "a laboratory value with its range",
        observation(
            "2951-2",
            valueQuantity={"value": 131, "unit": "mmol/L", "code": "mmol/L"},
            referenceRange=[{"low": {"value": 135}, "high": {"value": 145}}],
        ),
        "sodium laboratory 2024-03-01 131 unit=mmol/L range=135-145",
    ),
    (
        "a comparator",
        observation("3016-3", valueQuantity={"value": 0.01, "comparator": "<", "unit": "mU/L"}),
        "comparator=<",
    ),
    (
        "a level",
        observation("14334-7", valueQuantity={"value": 0.7, "unit": "mmol/L"}),
        "lithium_level laboratory 2024-03-01 0.7",
    ),
    (
        "a genotype",
        observation("79716-7", valueCodeableConcept={"text": "Poor metabolizer"}),
        "genotype 2024-03-01 Poor metabolizer",
    ),
    (
        "a pregnancy",
        observation("82810-3", valueCodeableConcept=concept((SCT, "77386006", "Pregnant"))),
        "pregnancy_status pregnancy 2024-03-01 Pregnant negated=no",
    ),
    (
        "no pregnancy",
        observation("82810-3", valueCodeableConcept=concept((SCT, "60001007", "Not pregnant"))),
        "Not pregnant negated=yes",
    ),
    (
        "a negative test",
        observation("2106-3", valueString="negative"),
        "pregnancy_test pregnancy 2024-03-01 negative negated=yes",
    ),
    (
        "a life factor",
        observation("72166-2", valueCodeableConcept={"text": "Never smoked"}),
        "smoking_status life",
    ),
    (
        "issued only",
        observation("2951-2", None, issued="2024-03-04T00:00:00Z", valueQuantity={"value": 140}),
        "2024-03-04 140",
    ),
    (
        "the QTc",
        observation("8636-3", valueQuantity={"value": 470, "unit": "ms"}),
        "qtc ecg 2024-03-01 470 unit=ms",
    ),
]


@pytest.mark.parametrize(
    ("case", "expected"), [row[1:] for row in OBSERVATIONS], ids=[row[0] for row in OBSERVATIONS]
)
def test_an_observation(case: J, expected: str) -> None:
    assert expected in observation_line(record(case).observations[0])


def test_blood_pressure_by_components() -> None:
    parts = [
        {"code": concept((LOINC, code, None)), "valueQuantity": {"value": value, "unit": "mm[Hg]"}}
        for code, value in (("8480-6", 128), ("8462-4", 81))
    ]
    found = record(observation("85354-9", component=parts))
    assert sorted(observation_line(row) for row in found.observations) == [
        "diastolic_blood_pressure vital 2024-03-01 81 unit=mm[Hg]",
        "systolic_blood_pressure vital 2024-03-01 128 unit=mm[Hg]",
    ]
    assert found.used == ["Observation/o1", "Patient/p"]


def test_a_device_and_its_use() -> None:
    device = resource("Device", id="d1", status="active", type={"text": "Cardiac pacemaker"})
    use = resource(
        "DeviceUseStatement",
        id="u1",
        status="active",
        device={"reference": "Device/d1"},
        timingDateTime="2021-06-01",
    )
    alone = record(device).observations
    assert [observation_line(row) for row in alone] == ["pacemaker device ? Cardiac pacemaker negated=no"]
    both = record(device, use).observations
    assert [observation_line(row) for row in both] == [
        "pacemaker device 2021-06-01 Cardiac pacemaker negated=no"
    ]


def test_other_resources_are_listed() -> None:
    found = record(resource("Immunization", status="completed"), resource("Goal", description={"text": "x"}))
    assert set(reasons(found).values()) == {"not_relevant_resource"}
