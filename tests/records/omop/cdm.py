"""Small CDMs for the tests: rows as dictionaries, written as Parquet and read as any source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from opentrd.knowledge.loader import Knowledge
from opentrd.records.omop.mapping import map_slice
from opentrd.records.omop.maps import make_maps
from opentrd.records.omop.opening import open_source

Rows = list[dict[str, Any]]

DAY = date(2024, 3, 1)
PHARMACY, WRITTEN, GIVEN, REPORTED, LISTED, CLAIM, EHR = 32869, 38000177, 32818, 44787730, 32830, 32810, 32817
SERTRALINE, SERTRALINE_50, UNKNOWN_DRUG, VENLAFAXINE_XR, ATORVASTATIN = 739138, 900001, 900002, 900003, 900004

CONCEPTS: Rows = [
    {"concept_id": SERTRALINE, "concept_name": "sertraline", "vocabulary_id": "RxNorm",
     "concept_class_id": "Ingredient", "concept_code": "36437"},
    {"concept_id": SERTRALINE_50, "concept_name": "sertraline 50 MG Oral Tablet", "vocabulary_id": "RxNorm",
     "concept_class_id": "Clinical Drug", "concept_code": "312941"},
    {"concept_id": UNKNOWN_DRUG, "concept_name": "Lustrin mite", "vocabulary_id": "Local",
     "concept_class_id": "Drug", "concept_code": "L1"},
    {"concept_id": VENLAFAXINE_XR, "concept_name": "venlafaxine 75 MG 24 HR Extended Release Oral Capsule",
     "vocabulary_id": "RxNorm", "concept_class_id": "Clinical Drug", "concept_code": "000"},
    {"concept_id": ATORVASTATIN, "concept_name": "atorvastatin 20 MG Oral Tablet", "vocabulary_id": "RxNorm",
     "concept_class_id": "Clinical Drug", "concept_code": "617310"},
]  # fmt: skip
PERSON = {
    "person_id": 1,
    "gender_concept_id": 8532,
    "year_of_birth": 1980,
    "month_of_birth": 5,
    "day_of_birth": 9,
}


def drug(**columns: Any) -> dict[str, Any]:
    """A row of drug_exposure: from a pharmacy, 30 tablets of sertraline 50 mg for 30 days, unless said."""
    return {
        "drug_exposure_id": 1,
        "person_id": 1,
        "drug_concept_id": SERTRALINE_50,
        "drug_exposure_start_date": DAY,
        "drug_exposure_end_date": date(2024, 3, 30),
        "verbatim_end_date": None,
        "drug_type_concept_id": PHARMACY,
        "stop_reason": None,
        "refills": 0,
        "quantity": 30.0,
        "days_supply": 30,
        "sig": None,
        "route_source_value": None,
        "drug_source_value": None,
        "drug_source_concept_id": 0,
    } | columns


def cdm(**tables: Rows) -> dict[str, Rows]:
    """A CDM of one person, with the tables given."""
    return {"person": [PERSON], "drug_exposure": [drug()], "concept": CONCEPTS} | tables


def write_parquet(folder: Path, tables: dict[str, Rows]) -> Path:
    """Write a CDM as a folder of Parquet files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        if rows:
            pq.write_table(arrow(rows), folder / f"{name}.parquet")
    return folder


def arrow(rows: Rows) -> pa.Table:
    """Rows as Arrow: columns that are empty throughout are text."""
    names = dict.fromkeys(name for row in rows for name in row)
    table = pa.table({name: [row.get(name) for row in rows] for name in names})
    for index, field in enumerate(table.schema):
        if pa.types.is_null(field.type):
            table = table.set_column(index, field.name, table.column(index).cast(pa.string()))
    return table


def record(folder: Path, knowledge: Knowledge, tables: dict[str, Rows]) -> dict[str, Rows]:
    """The record tables of a CDM, each as a list of rows."""
    with open_source(str(write_parquet(folder, tables))) as opened:
        maps = make_maps(opened.connection, knowledge)
    given = {name: arrow(rows) for name, rows in tables.items() if rows}
    return {name: table.to_pylist() for name, table in map_slice(given, maps).items()}


def by_case(
    folder: Path, knowledge: Knowledge, cases: dict[str, dict[str, Any]], **tables: Rows
) -> dict[str, Rows]:
    """Lines about medicines, each of a person of its own: what was made of each, those not used as well."""
    numbers = {name: number for number, name in enumerate(cases, 1)}
    persons = [PERSON | {"person_id": number} for number in numbers.values()]
    drugs = [drug(**cases[name]) | {"person_id": number} for name, number in numbers.items()]
    found = record(folder, knowledge, cdm(person=persons, drug_exposure=drugs, **tables))
    rows = found["exposure"] + found["unused"]
    return {
        name: [row for row in rows if row["person_id"] == str(number)] for name, number in numbers.items()
    }


@contextmanager
def opened_record(address: str, knowledge: Knowledge) -> Iterator[dict[str, Rows]]:
    """The record tables of a source at an address, mapped where it is opened."""
    from opentrd.records.omop.mapping import Mapper, plain, use_maps

    with open_source(address) as opened:
        use_maps(opened.connection, make_maps(opened.connection, knowledge))
        found = Mapper(opened.connection).tables()
        yield {table: plain(table, rows).to_pylist() for table, rows in found.items()}
