"""Rows of drug_exposure in, exposures out: one line a rule."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from opentrd.knowledge.loader import Knowledge
from tests.records.omop import cdm as c

M1, M31 = date(2024, 3, 1), date(2024, 3, 31)

#: What the row says (beside 30 tablets of 50 mg for 30 days from a pharmacy); what the exposure must say.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a supply": (
        {},
        {
            "treatment": "sertraline",
            "kind": "medicine",
            "origin": "dispense",
            "supply_days": 30,
            "dose_low": 50.0,
            "dose_high": 50.0,
            "dose_unit": "mg/d",
            "end_latest": None,
            "status": "completed",
            "collected": True,
            "strength": 50.0,
            "strength_unit": "mg",
            "codes": [{"system": "RxNorm", "code": "312941"}],
            "start_earliest": M1,
            "start_latest": M1,
            "product_text": "sertraline 50 MG Oral Tablet",
            "source_ids": ["drug_exposure/1"],
            "ongoing": False,
        },
    ),
    "two tablets a day": ({"quantity": 60.0}, {"dose_low": 100.0, "dose_high": 100.0}),
    "half a tablet a day": ({"quantity": 15.0}, {"dose_low": 25.0, "dose_high": 25.0}),
    "no quantity": (
        {"quantity": None},
        {"dose_low": None, "dose_high": None, "dose_unit": None, "supply_days": 30},
    ),
    "a quantity of 0 is none": ({"quantity": 0.0}, {"dose_low": None, "supply_days": 30}),
    "a quantity of milligrams is not believed": ({"quantity": 1500.0}, {"dose_low": None, "dose_high": None}),
    "a number of packs is not believed": ({"quantity": 1.0}, {"dose_low": None, "dose_high": None}),
    "an ingredient has no strength": (
        {"drug_concept_id": c.SERTRALINE},
        {"treatment": "sertraline", "dose_low": None, "strength": None},
    ),
    "the source text has the strength": (
        {"drug_concept_id": c.SERTRALINE, "drug_source_value": "SERTRALINE 100MG TAB"},
        {"treatment": "sertraline", "dose_low": 100.0, "product_text": "SERTRALINE 100MG TAB"},
    ),
    "the source text alone": (
        {"drug_concept_id": 0, "drug_source_value": "Sertraline 25 mg tablets"},
        {"treatment": "sertraline", "dose_low": 25.0},
    ),
    "an ATC code alone": (
        {"drug_concept_id": 0, "drug_source_value": "N06AB06"},
        {"treatment": "sertraline", "dose_low": None, "codes": [{"system": "ATC", "code": "N06AB06"}]},
    ),
    "a code with its system": (
        {"drug_concept_id": 0, "drug_source_value": "RxNorm:312941"},
        {"treatment": "sertraline", "dose_low": 50.0},
    ),
    "the source concept where there is no standard one": (
        {"drug_concept_id": 0, "drug_source_concept_id": c.SERTRALINE_50},
        {"treatment": "sertraline"},
    ),
    "concept and text disagree": (
        {"drug_source_value": "Fluoxetine 20 mg capsules"},
        {"treatment": "fluoxetine", "doubt": "sertraline"},
    ),
    "another medicine is kept": (
        {"drug_concept_id": c.ATORVASTATIN},
        {
            "treatment": None,
            "kind": "comedication",
            "product_text": "atorvastatin 20 MG Oral Tablet",
            "supply_days": 30,
            "dose_low": None,
        },
    ),
    "extended release": (
        {"drug_concept_id": c.VENLAFAXINE_XR},
        {"treatment": "venlafaxine", "formulation": "xr"},
    ),
    "the sig": (
        {"sig": "take 2 tablets daily", "quantity": None},
        {"dose_low": 100.0, "dose_high": 100.0, "supply_days": 30},
    ),
    "the sig tells how long a quantity lasts": (
        {
            "sig": "take 2 tablets daily",
            "days_supply": None,
            "quantity": 60.0,
            "drug_type_concept_id": c.WRITTEN,
        },
        {"dose_low": 100.0, "supply_days": 30, "end_latest": None},
    ),
    "sig and supply disagree": ({"sig": "take 2 tablets daily"}, {"dose_low": 50.0, "dose_high": 100.0}),
    "a sig that says nothing": ({"sig": "as directed"}, {"dose_low": 50.0, "dose_high": 50.0}),
    "a made up end without a supply": (
        {"days_supply": None, "quantity": None},
        {"end_earliest": None, "end_latest": None, "supply_days": None, "dose_low": None},
    ),
    "an end as written": (
        {"days_supply": None, "verbatim_end_date": date(2024, 4, 30), "drug_type_concept_id": c.LISTED},
        {
            "end_earliest": date(2024, 5, 1),
            "end_latest": date(2024, 5, 1),
            "origin": "statement",
            "ongoing": False,
        },
    ),
    "an end that repeats the supply": (
        {"verbatim_end_date": date(2024, 3, 30)},
        {"end_latest": None, "supply_days": 30},
    ),
    "an end counted to the day after": (
        {"verbatim_end_date": M31, "drug_exposure_end_date": M31},
        {"end_latest": None, "supply_days": 30},
    ),
    "stopped before the supply ended": (
        {"verbatim_end_date": date(2024, 3, 10), "stop_reason": "nausea"},
        {
            "end_earliest": date(2024, 3, 11),
            "end_latest": date(2024, 3, 11),
            "status": "stopped",
            "stop_reasons": ["adverse"],
        },
    ),
    "a reason in no list": ({"stop_reason": "zzz"}, {"stop_reasons": ["other"], "status": "stopped"}),
    "a prescription": (
        {"drug_type_concept_id": c.WRITTEN},
        {
            "origin": "order",
            "status": "unknown",
            "collected": None,
            "end_latest": None,
            "supply_days": 30,
            "ongoing": None,
        },
    ),
    "a prescription with repeats": (
        {"drug_type_concept_id": c.WRITTEN, "refills": 2},
        {"end_earliest": M31, "end_latest": M1 + timedelta(days=90), "supply_days": 30, "ongoing": False},
    ),
    "repeats counted in the end": (
        {"drug_type_concept_id": c.WRITTEN, "refills": 2, "drug_exposure_end_date": date(2024, 5, 29)},
        {"end_earliest": M31, "end_latest": M1 + timedelta(days=90)},
    ),
    "given once": (
        {"drug_type_concept_id": c.GIVEN, "drug_exposure_end_date": M1, "days_supply": None, "quantity": 1.0},
        {"origin": "administration", "end_latest": date(2024, 3, 2), "dose_low": None, "status": "completed"},
    ),
    "told by the person": (
        {"drug_type_concept_id": c.REPORTED},
        {"origin": "self_report", "collected": None},
    ),
    "a claim with a supply": ({"drug_type_concept_id": c.CLAIM}, {"origin": "dispense"}),
    "a claim without one": (
        {"drug_type_concept_id": c.CLAIM, "days_supply": None},
        {"origin": "administration"},
    ),
    "any record with a supply": ({"drug_type_concept_id": c.EHR}, {"origin": "order"}),
    "any record without one": (
        {"drug_type_concept_id": c.EHR, "days_supply": None},
        {"origin": "statement", "end_latest": None},
    ),
    "a type that nobody knows": ({"drug_type_concept_id": 5}, {"origin": "statement"}),
}


@pytest.fixture(scope="module")
def made(knowledge: Knowledge, tmp_path_factory: pytest.TempPathFactory) -> dict[str, c.Rows]:
    """All cases at once, each a person: the exposures by case; lines that were not used as well."""
    told = {name: columns for name, (columns, _) in CASES.items()}
    return c.by_case(tmp_path_factory.mktemp("cases"), knowledge, told)


@pytest.mark.parametrize("name", CASES)
def test_one_row(name: str, made: dict[str, c.Rows]) -> None:
    expected = CASES[name][1]
    [row] = made[name]
    assert {key: row[key] for key in expected} == expected


def test_steps_of_a_sig(knowledge: Knowledge, tmp_path: Path) -> None:
    sig = "take 1 tablet daily for 7 days then 2 tablets daily"
    row = c.drug(sig=sig, days_supply=None, quantity=None, drug_type_concept_id=c.WRITTEN)
    made = c.record(tmp_path, knowledge, c.cdm(drug_exposure=[row]))["exposure"]
    keys = ("start_earliest", "end_latest", "dose_low", "status")
    assert [tuple(one[key] for key in keys) for one in made] == [
        (M1, date(2024, 3, 8), 50.0, "completed"),
        (date(2024, 3, 8), None, 100.0, "unknown"),
    ]


STRENGTHS: dict[str, tuple[c.Rows, dict[str, Any]]] = {
    "in mg": (
        [{"ingredient_concept_id": c.SERTRALINE, "amount_value": 25.0, "amount_unit_concept_id": 8576}],
        {"dose_low": 25.0, "strength": 25.0, "treatment": "sertraline"},
    ),
    "in grams": (
        [{"ingredient_concept_id": c.SERTRALINE, "amount_value": 0.1, "amount_unit_concept_id": 8504}],
        {"dose_low": 100.0, "strength": 100.0},
    ),
    "one that was withdrawn beside one that is valid": (
        [
            {
                "ingredient_concept_id": c.SERTRALINE,
                "amount_value": 50.0,
                "amount_unit_concept_id": 8576,
                "invalid_reason": "D",
            },
            {"ingredient_concept_id": c.SERTRALINE, "amount_value": 25.0, "amount_unit_concept_id": 8576},
        ],
        {"dose_low": 25.0, "dose_high": 25.0, "strength": 25.0},
    ),
    "one that was withdrawn and no other": (
        [
            {
                "ingredient_concept_id": c.SERTRALINE,
                "amount_value": 50.0,
                "amount_unit_concept_id": 8576,
                "invalid_reason": "U",
            }
        ],
        {"dose_low": 50.0, "dose_high": 50.0, "strength": 50.0},
    ),
    "two that are valid": (
        [
            {
                "ingredient_concept_id": c.SERTRALINE,
                "amount_value": mg,
                "amount_unit_concept_id": 8576,
                "invalid_reason": "",
            }
            for mg in (25.0, 50.0)
        ],
        {"dose_low": 25.0, "dose_high": 50.0, "strength": None},
    ),
    "in a unit that is no mass": (
        [{"ingredient_concept_id": c.SERTRALINE, "amount_value": 25.0, "amount_unit_concept_id": 8510}],
        {"dose_low": None, "strength": None, "treatment": "sertraline"},
    ),
}


@pytest.mark.parametrize(
    ("reason", "treatment"),
    [("", "sertraline"), (None, "sertraline"), ("D", None), ("absent", "sertraline")],
)
def test_a_mapping_that_was_withdrawn_is_not_followed(
    reason: str | None, treatment: str | None, knowledge: Knowledge, tmp_path: Path
) -> None:
    mapping = {"concept_id_1": c.UNKNOWN_DRUG, "concept_id_2": c.SERTRALINE_50, "relationship_id": "Maps to"}
    if reason != "absent":
        mapping["invalid_reason"] = reason
    row = c.drug(drug_concept_id=0, drug_source_concept_id=c.UNKNOWN_DRUG)
    tables = c.cdm(drug_exposure=[row], concept_relationship=[mapping])
    [made] = c.record(tmp_path, knowledge, tables)["exposure"] or [{"treatment": None}]
    assert made["treatment"] == treatment


@pytest.mark.parametrize("name", STRENGTHS)
def test_vocabulary(name: str, knowledge: Knowledge, tmp_path: Path) -> None:
    """A product with a name that says nothing: its ingredient by ancestor, strength from drug_strength."""
    strengths, expected = STRENGTHS[name]
    empty = dict.fromkeys(("numerator_value", "numerator_unit_concept_id"))
    tables = c.cdm(
        drug_exposure=[c.drug(drug_concept_id=c.UNKNOWN_DRUG)],
        concept_ancestor=[
            {
                "ancestor_concept_id": c.SERTRALINE,
                "descendant_concept_id": c.UNKNOWN_DRUG,
                "min_levels_of_separation": 2,
            },
        ],
        drug_strength=[{"drug_concept_id": c.UNKNOWN_DRUG, **empty, **row} for row in strengths],
    )
    [row] = c.record(tmp_path, knowledge, tables)["exposure"]
    assert {key: row[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"drug_concept_id": 0}, "no_product"),
        ({"verbatim_end_date": date(2024, 2, 1)}, "end_before_start"),
        ({"person_id": 7}, "unknown_person"),
    ],
)
def test_not_used(given: dict[str, Any], reason: str, knowledge: Knowledge, tmp_path: Path) -> None:
    made = c.record(tmp_path, knowledge, c.cdm(drug_exposure=[c.drug(**given)]))
    assert made["exposure"] == []
    [row] = made["unused"]
    assert (row["source_id"], row["reason"]) == ("drug_exposure/1", reason)


def procedure(**columns: Any) -> dict[str, Any]:
    return {
        "procedure_occurrence_id": 4,
        "person_id": 1,
        "procedure_concept_id": 4030840,
        "procedure_date": M1,
        "quantity": None,
        "procedure_source_value": "",
        "procedure_source_concept_id": 0,
    } | columns


PROCEDURES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "ECT": (
        {},
        {
            "treatment": "ect",
            "kind": "stimulation",
            "origin": "administration",
            "sessions_low": 1,
            "sessions_high": 1,
            "end_latest": date(2024, 3, 2),
            "status": "completed",
        },
    ),
    "several at once": ({"quantity": 3}, {"sessions_low": 1, "sessions_high": 3}),
    "a CPT code alone": (
        {"procedure_concept_id": 0, "procedure_source_value": "90834"},
        {"treatment": "psychotherapy", "kind": "psychotherapy"},
    ),
    "a course has no number": (
        {"procedure_end_date": date(2024, 4, 1)},
        {"sessions_low": None, "sessions_high": None, "end_latest": date(2024, 4, 2)},
    ),
}


def test_procedures(knowledge: Knowledge, tmp_path: Path) -> None:
    given = [
        procedure(**row) | {"procedure_occurrence_id": n} for n, (row, _) in enumerate(PROCEDURES.values())
    ]
    rows = c.record(tmp_path, knowledge, c.cdm(procedure_occurrence=given))["exposure"]
    for number, (name, (_, expected)) in enumerate(PROCEDURES.items()):
        [row] = [one for one in rows if one["source_ids"] == [f"procedure_occurrence/{number}"]]
        assert {key: row[key] for key in expected} == expected, name


def test_other_procedures_are_not_treatments(knowledge: Knowledge, tmp_path: Path) -> None:
    row = procedure(procedure_concept_id=0, procedure_source_value="99213")
    made = c.record(tmp_path, knowledge, c.cdm(procedure_occurrence=[row]))
    assert [one["source_ids"] for one in made["exposure"]] == [["drug_exposure/1"]]
