"""Liquids, patches, sessions of esketamine, implants: rows of OMOP that are no tablets for some days."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from opentrd.knowledge.loader import Knowledge, load
from tests.records.omop import cdm as c
from tests.records.omop.test_exposures import procedure

LIQUID, BOTTLE, PATCH, SPRAY, PACK, INGREDIENT, NAMELESS = range(920001, 920008)
NAMES = {
    LIQUID: ("fluoxetine 4 MG/ML Oral Solution", "Clinical Drug"),
    BOTTLE: ("120 ML fluoxetine 4 MG/ML Oral Solution", "Quant Clinical Drug"),
    PATCH: ("24 HR selegiline 0.25 MG/HR Transdermal System", "Clinical Drug"),
    SPRAY: ("esketamine 28 MG Nasal Spray", "Clinical Drug"),
    PACK: ("{2 (0.2 ML) (esketamine 140 MG/ML Nasal Spray) } Pack", "Clinical Pack"),
    INGREDIENT: ("fluoxetine", "Ingredient"),
    NAMELESS: ("house mixture", "Drug"),
}
CONCEPTS: c.Rows = [
    {"concept_id": number, "concept_name": name, "vocabulary_id": "Local", "concept_class_id": sort,
     "concept_code": f"L{number}"}
    for number, (name, sort) in NAMES.items()
]  # fmt: skip
GIVEN: dict[str, Any] = {
    "drug_type_concept_id": c.GIVEN,
    "drug_exposure_end_date": c.DAY,
    "days_supply": None,
}

#: What the row says (beside 30 of it for 30 days from a pharmacy); what the exposure must say.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "5 ml a day": (
        {"drug_concept_id": LIQUID, "quantity": 150.0},
        {"treatment": "fluoxetine", "dose_low": 20.0, "dose_high": 20.0, "strength": 4.0,
         "strength_unit": "mg/ml", "supply_days": 30},
    ),
    "5 ml a day of bottles of 120 ml": (
        {"drug_concept_id": BOTTLE, "quantity": 150.0},
        {"dose_low": 20.0, "strength": 4.0},
    ),
    "one bottle is no millilitre": (
        {"drug_concept_id": LIQUID, "quantity": 1.0},
        {"treatment": "fluoxetine", "dose_low": None, "dose_high": None, "supply_days": 30},
    ),
    "four litres are not believed": (
        {"drug_concept_id": LIQUID, "quantity": 4000.0},
        {"dose_low": None, "dose_high": None},
    ),
    "millilitres in the sig": (
        {"drug_concept_id": LIQUID, "quantity": None, "sig": "take 5 ml daily"},
        {"dose_low": 20.0, "dose_high": 20.0},
    ),
    "milligrams in the sig": (
        {"drug_concept_id": LIQUID, "quantity": None, "sig": "take 20 mg daily"},
        {"dose_low": 20.0, "dose_high": 20.0},
    ),
    "how long 300 ml last": (
        {"drug_concept_id": LIQUID, "quantity": 300.0, "days_supply": None, "sig": "take 10 ml daily"},
        {"dose_low": 40.0, "supply_days": 30},
    ),
    "strength of a liquid in the text": (
        {"drug_concept_id": 0, "drug_source_value": "Fluoxetine 20mg/5ml oral solution", "quantity": 150.0},
        {"treatment": "fluoxetine", "dose_low": 20.0, "strength": 4.0},
    ),
    "a patch a day": (
        {"drug_concept_id": PATCH},
        {"treatment": "selegiline transdermal", "formulation": "transdermal", "dose_low": 6.0,
         "dose_high": 6.0, "strength": 0.25, "strength_unit": "mg/h"},
    ),
    "how long half as many patches are worn is not said": (
        {"drug_concept_id": PATCH, "quantity": 15.0},
        {"treatment": "selegiline transdermal", "dose_low": None, "dose_high": None},
    ),
    "a patch in the sig": (
        {"drug_concept_id": PATCH, "quantity": None, "sig": "apply 1 patch daily"},
        {"dose_low": 6.0, "dose_high": 6.0},
    ),
    "a patch by its milligrams in 24 hours": (
        {"drug_concept_id": 0, "drug_source_value": "Selegiline 9mg/24hours transdermal patches"},
        {"treatment": "selegiline transdermal", "dose_low": 9.0, "dose_high": 9.0},
    ),
    "three sprays given are one session": (
        {"drug_concept_id": SPRAY, "quantity": 3.0, **GIVEN},
        {"treatment": "esketamine", "origin": "administration", "sessions_low": 1, "sessions_high": 1,
         "dose_low": 84.0, "dose_high": 84.0, "dose_unit": "mg/session", "formulation": "nasal",
         "end_latest": date(2024, 3, 2)},
    ),
    "what is in a pack is not read from its name": (
        {"drug_concept_id": PACK, "quantity": 2.0, **GIVEN},
        {"treatment": "esketamine", "sessions_low": 1, "dose_low": None, "dose_high": None},
    ),
    "given over a month: some sessions": (
        {"drug_concept_id": SPRAY, "quantity": 24.0, **GIVEN, "drug_exposure_end_date": date(2024, 3, 28)},
        {"origin": "administration", "sessions_low": None, "sessions_high": None, "dose_low": None,
         "dose_high": None, "end_latest": date(2024, 3, 29)},
    ),
    "handed out for a month: some sessions": (
        {"drug_concept_id": SPRAY, "quantity": 24.0, "days_supply": 28,
         "drug_exposure_end_date": date(2024, 3, 28)},
        {"origin": "dispense", "sessions_low": None, "sessions_high": None, "dose_low": None,
         "supply_days": 28},
    ),
    "the dose of a session in the sig": (
        {"drug_concept_id": SPRAY, "drug_type_concept_id": c.WRITTEN, "quantity": None,
         "sig": "84 mg twice weekly"},
        {"origin": "order", "dose_low": 84.0, "dose_high": 84.0, "dose_unit": "mg/session"},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def made(knowledge: Knowledge, tmp_path_factory: pytest.TempPathFactory) -> dict[str, c.Rows]:
    """All cases at once, each a person: the exposures by case."""
    told = {name: columns for name, (columns, _) in CASES.items()}
    return c.by_case(tmp_path_factory.mktemp("forms"), knowledge, told, concept=CONCEPTS)


@pytest.mark.parametrize("name", CASES)
def test_one_row(name: str, made: dict[str, c.Rows]) -> None:
    expected = CASES[name][1]
    [row] = made[name]
    assert {key: row[key] for key in expected} == expected


#: drug_strength of a product with a name that says nothing, its ingredient, the quantity; what must come out.
STRENGTHS: dict[str, tuple[dict[str, Any], float, dict[str, Any]]] = {
    "20 mg in 5 ml": (
        {"numerator_value": 20.0, "numerator_unit_concept_id": 8576, "denominator_value": 5.0,
         "denominator_unit_concept_id": 8587},
        150.0,
        {"treatment": "fluoxetine", "strength": 4.0, "strength_unit": "mg/ml", "dose_low": 20.0},
    ),
    "4 mg in one ml that is not written": (
        {"numerator_value": 4.0, "numerator_unit_concept_id": 8576, "denominator_value": None,
         "denominator_unit_concept_id": 8587},
        150.0,
        {"strength": 4.0, "dose_low": 20.0},
    ),
    "0.25 mg an hour": (
        {"numerator_value": 0.25, "numerator_unit_concept_id": 8576, "denominator_value": None,
         "denominator_unit_concept_id": 8505},
        30.0,
        {"strength": 0.25, "strength_unit": "mg/h", "dose_low": 6.0},
    ),
    "in an amount that nobody knows": (
        {"numerator_value": 4.0, "numerator_unit_concept_id": 8576, "denominator_value": None,
         "denominator_unit_concept_id": 7},
        150.0,
        {"strength": None, "dose_low": None},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STRENGTHS)
def test_strength_of_the_vocabulary(name: str, knowledge: Knowledge, tmp_path: Path) -> None:
    strength, quantity, expected = STRENGTHS[name]
    of = {"drug_concept_id": NAMELESS, "ingredient_concept_id": INGREDIENT}
    tables = c.cdm(
        concept=CONCEPTS,
        drug_exposure=[c.drug(drug_concept_id=NAMELESS, quantity=quantity)],
        concept_ancestor=[
            {
                "ancestor_concept_id": INGREDIENT,
                "descendant_concept_id": NAMELESS,
                "min_levels_of_separation": 1,
            },
        ],
        drug_strength=[
            of | dict.fromkeys(("amount_value", "amount_unit_concept_id")) | strength,
        ],
    )
    [row] = c.record(tmp_path, knowledge, tables)["exposure"]
    assert {key: row[key] for key in expected} == expected


IMPLANT, REMOVAL = "SNOMED:445319001", "CPT:64570"
#: Procedures of a person, code and day; the implants that come out: source lines, start, end, status.
IMPLANTS: dict[str, tuple[list[tuple[str, date]], list[tuple[list[int], date | None, date | None, str]]]] = {
    "goes on": ([(IMPLANT, date(2020, 1, 1))], [([0], date(2020, 1, 1), None, "unknown")]),
    "taken out": (
        [(IMPLANT, date(2020, 1, 1)), (REMOVAL, date(2023, 5, 2))],
        [([0, 1], date(2020, 1, 1), date(2023, 5, 3), "stopped")],
    ),
    "taken out in one operation told twice": (
        [
            (IMPLANT, date(2020, 1, 1)),
            (REMOVAL, date(2023, 5, 2)),
            ("removal of vagus nerve stimulator", date(2023, 5, 2)),
        ],
        [([0, 1, 2], date(2020, 1, 1), date(2023, 5, 3), "stopped")],
    ),
    "replaced on the same day": (
        [(IMPLANT, date(2020, 1, 1)), (REMOVAL, date(2023, 5, 2)), (IMPLANT, date(2023, 5, 2))],
        [
            ([0, 1], date(2020, 1, 1), date(2023, 5, 3), "stopped"),
            ([2], date(2023, 5, 2), None, "unknown"),
        ],
    ),
    "put in again and taken out again": (
        [
            (IMPLANT, date(2020, 1, 1)),
            (REMOVAL, date(2021, 1, 1)),
            (IMPLANT, date(2022, 1, 1)),
            (REMOVAL, date(2023, 1, 1)),
        ],
        [
            ([0, 1], date(2020, 1, 1), date(2021, 1, 2), "stopped"),
            ([2, 3], date(2022, 1, 1), date(2023, 1, 2), "stopped"),
        ],
    ),
    "put in nobody knows when": (
        [(REMOVAL, date(2023, 5, 2)), (IMPLANT, date(2024, 1, 1))],
        [([1], date(2024, 1, 1), None, "unknown"), ([0], None, date(2023, 5, 3), "stopped")],
    ),
    "programming is no implant": ([("CPT:95976", date(2020, 1, 1))], []),
}


@pytest.mark.parametrize("name", IMPLANTS)
def test_implants(name: str, knowledge: Knowledge, tmp_path: Path) -> None:
    given, expected = IMPLANTS[name]
    rows = [
        procedure(
            procedure_occurrence_id=number,
            procedure_concept_id=0,
            procedure_source_value=code,
            procedure_date=day,
        )
        for number, (code, day) in enumerate(given)
    ]
    made = c.record(tmp_path, knowledge, c.cdm(drug_exposure=[c.drug()], procedure_occurrence=rows))
    found = [row for row in made["exposure"] if row["kind"] == "stimulation"]
    assert {row["treatment"] for row in found} <= {"vns"}
    assert {row["session_detail"] for row in found} <= {"implant"}
    told = [(row["source_ids"], row["start_earliest"], row["end_latest"], row["status"]) for row in found]
    lines = [
        ([f"procedure_occurrence/{n}" for n in numbers], *rest)
        for numbers, *rest in sorted(expected, key=lambda one: one[0])
    ]
    assert sorted(told, key=lambda one: one[0]) == lines


def test_milligrams_of_a_medicine_are_no_sessions(knowledge: Knowledge, tmp_path: Path) -> None:
    """J0013 is billed by the milligram: 84 of them are a part of one session."""
    row = procedure(procedure_concept_id=0, procedure_source_value="HCPCS:J0013", quantity=84)
    made = c.record(tmp_path, knowledge, c.cdm(procedure_occurrence=[row]))["exposure"]
    [found] = [one for one in made if one["treatment"] == "esketamine"]
    assert (found["sessions_low"], found["sessions_high"]) == (1, 1)


@pytest.mark.parametrize(
    ("row", "drug", "column", "before", "after"),
    [
        (
            "supply_most_days,20,days",
            {"drug_concept_id": LIQUID, "quantity": 300.0, "days_supply": None, "sig": "take 10 ml daily"},
            "supply_days",
            30,
            None,
        ),
        ("liquid_most_ml,4,ml", {"drug_concept_id": LIQUID, "quantity": 150.0}, "dose_low", 20.0, None),
        ("patch_hours,16,hours", {"drug_concept_id": PATCH}, "dose_low", 6.0, 4.0),
        (
            "lower_dose_tolerance,0.5,share",
            {"drug_concept_id": LIQUID, "quantity": 150.0, "sig": "take 4 ml daily"},
            "dose_high",
            20.0,
            16.0,
        ),
    ],
)
def test_what_is_believed_stands_in_a_table(
    row: str,
    drug: dict[str, Any],
    column: str,
    before: float,
    after: float | None,
    knowledge: Knowledge,
    tmp_path: Path,
) -> None:
    """A clinic's own convention changes what a quantity says."""
    (tmp_path / "convention.csv").write_text(
        f"key,value,unit,meaning,source,status,checked\n{row},ours,ours,ours,2026-11-29\n"
    )
    tables = c.cdm(drug_exposure=[c.drug(**drug)], concept=CONCEPTS)
    for known, expected in ((knowledge, before), (load(tmp_path), after)):
        [made] = c.record(tmp_path / "cdm", known, tables)["exposure"]
        assert made[column] == expected
