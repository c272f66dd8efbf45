"""Diagnoses, family history, allergies: what counts, when, whose. Rows: a resource, its row or the reason."""

from __future__ import annotations

from typing import Any

import pytest

from tests.records.fhir.build import (
    ICD,
    SCT,
    J,
    concept,
    condition_line,
    observation_line,
    reasons,
    record,
    resource,
)

MDD = concept((SCT, "370143000", "Major depressive disorder"))


def status(code: str) -> J:
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition", "code": code}]}


def condition(**fields: Any) -> J:
    return resource("Condition", **({"code": MDD, "clinicalStatus": status("active")} | fields))


CONDITIONS: list[tuple[str, J, str]] = [
    (
        "a day of onset",
        condition(onsetDateTime="2019-04-02"),
        "major_depression 2019-04-02 ..? status=active",
    ),
    ("a year of onset", condition(onsetDateTime="2019"), "major_depression 2019-01-01~2019-12-31"),
    (
        "ended",
        condition(
            onsetDateTime="2019-04-02", abatementDateTime="2019-10-01", clinicalStatus=status("resolved")
        ),
        "major_depression 2019-04-02 ..2019-10-02 status=resolved",
    ),
    (
        "a period of onset",
        condition(onsetPeriod={"start": "2019-04", "end": "2019-06"}),
        "major_depression 2019-04-01~2019-04-30 ..2019-06-02~2019-07-01",
    ),
    (
        "an age of onset",
        condition(onsetAge={"value": 30, "code": "a"}),
        "major_depression 2010-05-01~2011-04-30",
    ),
    ("only recorded", condition(recordedDate="2020-02-03"), "major_depression ?~2020-02-03 ..?"),
    ("no date", condition(), "major_depression ? ..? status=active"),
    (
        "confirmed and severe",
        condition(verificationStatus=status("confirmed"), severity=concept((SCT, "24484000", "Severe"))),
        "status=active verified=confirmed severity=severe",
    ),
    ("severity in words", condition(severity={"text": "moderate"}), "severity=moderate"),
    (
        "severity in the code",
        condition(code=concept((ICD, "F33.1", None))),
        "mdd_recurrent_moderate ? ..? status=active severity=moderate",
    ),
    ("provisional", condition(verificationStatus=status("provisional")), "verified=provisional"),
    (
        "a narrower code wins",
        condition(code=concept((SCT, "370143000", None), (ICD, "F32.2", None))),
        "mdd_single_severe",
    ),
    ("by name", condition(code={"text": "Generalised anxiety disorder"}), "generalised_anxiety ? ..?"),
    (
        "not in the tables",
        condition(code=concept((SCT, "195662009", "Acute viral pharyngitis"))),
        "(Acute viral pharyngitis) ? ..?",
    ),
    (
        "a family member's",
        condition(code=concept((ICD, "Z81.8", "Family history of depression"))),
        "family=relative",
    ),
    ("remission", condition(clinicalStatus=status("remission")), "status=remission"),
]


@pytest.mark.parametrize(
    ("case", "expected"), [row[1:] for row in CONDITIONS], ids=[row[0] for row in CONDITIONS]
)
def test_a_condition(case: J, expected: str) -> None:
    assert expected in condition_line(record(case).conditions[0])


UNUSED: list[tuple[str, J, str]] = [
    ("refuted", condition(verificationStatus=status("refuted")), "refuted"),
    ("in error", condition(verificationStatus=status("entered-in-error")), "entered_in_error"),
    (
        "ends before it starts",
        condition(onsetDateTime="2020-01-05", abatementDateTime="2019-01-01"),
        "end_before_start",
    ),
    ("no code", condition(code=None), "no_code"),
    (
        "family history in error",
        resource("FamilyMemberHistory", status="entered-in-error", relationship={"text": "mother"}),
        "entered_in_error",
    ),
    ("family history of nothing", resource("FamilyMemberHistory", status="completed"), "no_condition"),
    (
        "allergy in error",
        resource(
            "AllergyIntolerance", code={"text": "sertraline"}, verificationStatus=status("entered-in-error")
        ),
        "entered_in_error",
    ),
    ("allergy to nothing", resource("AllergyIntolerance"), "no_code"),
]


@pytest.mark.parametrize(("case", "reason"), [row[1:] for row in UNUSED], ids=[row[0] for row in UNUSED])
def test_not_used(case: J, reason: str) -> None:
    found = record(case)
    assert not found.conditions
    assert not found.observations
    assert list(reasons(found).values()) == [reason]


def test_family_history_is_the_relatives() -> None:
    case = resource(
        "FamilyMemberHistory",
        status="completed",
        relationship=concept(("http://terminology.hl7.org/CodeSystem/v3-RoleCode", "MTH", "mother")),
        condition=[
            {"code": concept((SCT, "13746004", "Bipolar disorder"))},
            {"code": {"text": "Depression"}},
        ],
    )
    assert sorted(condition_line(row) for row in record(case).conditions) == [
        "bipolar_disorder ? ..? family=mother",
        "depressive_episode_unspecified ? ..? family=mother",
    ]


ALLERGIES: list[tuple[str, J, str]] = [
    (
        "to a medicine",
        {"code": {"text": "Sertraline"}},
        "allergy allergy ? ? negated=no substance=sertraline",
    ),
    ("to a brand", {"code": {"text": "Prozac"}}, "substance=fluoxetine"),
    ("to penicillin", {"code": {"text": "Penicillin G"}}, "substance=Penicillin G"),
    (
        "an intolerance with its signs",
        {
            "code": {"text": "citalopram"},
            "type": "intolerance",
            "onsetDateTime": "2020-03",
            "reaction": [{"manifestation": [{"text": "nausea"}, {"text": "rash"}]}],
        },
        "intolerance allergy 2020-03-01~2020-03-31 nausea; rash negated=no substance=citalopram",
    ),
    ("none known", {"code": concept((SCT, "716186003", "No known allergy"))}, "negated=yes"),
]


@pytest.mark.parametrize(
    ("fields", "expected"), [row[1:] for row in ALLERGIES], ids=[row[0] for row in ALLERGIES]
)
def test_an_allergy(fields: J, expected: str) -> None:
    assert expected in observation_line(record(resource("AllergyIntolerance", **fields)).observations[0])
