"""The shape of a CDM: tables and columns that are missing, values that are not of their type, double keys."""

from __future__ import annotations

from typing import Final

from opentrd.cohort.sources.model import Finding
from opentrd.records.omop.cdm import OF_PERSONS, TABLES
from opentrd.records.omop.opening import Cdm
from opentrd.records.omop.views import quoted

#: What it means where a table is missing or empty: level and words.
_TABLES: Final = {
    "observation_period": (
        "warning",
        "When each person was observed is unknown: a gap in treatment cannot be told from a gap in the "
        "record.",
    ),
    "condition_occurrence": (
        "warning",
        "No diagnoses: episodes start with treatment alone, and definitions that exclude bipolar disorder or "
        "psychosis take them as absent.",
    ),
    "procedure_occurrence": (
        "warning",
        "Psychotherapy, ECT and magnetic stimulation are not seen: trials with them and what follows are "
        "missed.",
    ),
    "measurement": ("note", "Scores and laboratory values are looked for in the table observation alone."),
    "observation": ("note", "Scores are looked for in the table measurement alone."),
    "death": ("note", "Deaths are unknown; persons count as alive."),
    "concept": (
        "warning",
        "No names and codes of concepts: medicines and diagnoses are found by the concept ids that OpenTRD "
        "has and by source values; products are missed, and strengths are unknown.",
    ),
    "concept_ancestor": (
        "note",
        "Products are traced to ingredients by their own codes and names, and diagnoses by their codes.",
    ),
    "drug_strength": ("note", "Strengths are taken from codes and names of products, where these tell them."),
    "concept_relationship": ("note", "Source codes without a standard concept are read by themselves."),
    "cdm_source": ("note", "The version and the day of release are not stated."),
}
#: What it means where a column is missing.
_COLUMNS: Final = {
    ("drug_exposure", "days_supply"): "Length of supplies and daily doses from quantities are unknown.",
    ("drug_exposure", "quantity"): "Daily doses come from the sig alone.",
    ("drug_exposure", "sig"): "Daily doses come from quantity and days of supply alone.",
    ("drug_exposure", "drug_type_concept_id"): "Orders, supplies and administrations cannot be told apart.",
    ("drug_exposure", "verbatim_end_date"): "An end without a supply is unknown.",
    ("person", "year_of_birth"): "Ages are unknown: definitions with an age stay open.",
    ("person", "gender_concept_id"): "Sex is unknown.",
}


def findings(cdm: Cdm) -> list[Finding]:
    """Return what is wrong with tables, columns, values and keys."""
    found: list[Finding] = []
    for table in TABLES:
        if table not in cdm.columns:
            found += _absent(table, "is missing")
        elif not cdm.has_rows(table):
            found += _absent(table, "has no rows")
        found += _columns(cdm, table)
        found += _values(cdm, table)
    if not any(finding.level == "error" for finding in found):
        found += _keys(cdm)
    return found


def _absent(table: str, what: str) -> list[Finding]:
    if table in ("person", "drug_exposure"):
        means = "There is nothing to judge."
        return [Finding(level="error", place=table, what=what, means=means, rows=0)]
    level, means = _TABLES[table]
    return [Finding(level=level, place=table, what=what, means=means)]


def _columns(cdm: Cdm, table: str) -> list[Finding]:
    have = {name.lower() for name in cdm.columns.get(table, ())}
    return [
        Finding(level="warning", place=f"{table}.{column}", what="is missing", means=means)
        for (own, column), means in _COLUMNS.items()
        if own == table and have and not have & set(TABLES[table][column].names)
    ]


def _values(cdm: Cdm, table: str) -> list[Finding]:
    """Count the values that are no date or number where one must be (files of text hold anything)."""
    relation = cdm.relations.get(table)
    if relation is None:
        return []
    texts = cdm.texts(table)
    asked = [
        (own, column.type)
        for column in TABLES[table].values()
        for own in texts
        if column.type not in ("VARCHAR", "ID") and own.lower() in column.names
    ]
    if not asked:
        return []
    counts = ", ".join(
        f"count(*) FILTER ({quoted(own)} <> '' AND TRY_CAST({quoted(own)} AS {type_}) IS NULL)"
        for own, type_ in asked
    )
    row = cdm.connection.execute(f"SELECT {counts} FROM {relation}").fetchone() or ()
    return [
        Finding(
            level="error",
            place=f"{table}.{own.lower()}",
            what=f"values are no {'date' if type_ == 'DATE' else 'number'}",
            means="The column cannot be read. Correct the values or empty them.",
            rows=count,
        )
        for (own, type_), count in zip(asked, row, strict=True)
        if count
    ]


def _keys(cdm: Cdm) -> list[Finding]:
    """Find identifiers that are empty or there twice."""
    found: list[Finding] = []
    row = cdm.connection.execute(
        "SELECT count(*) - count(person_id), count(person_id) - count(DISTINCT person_id) FROM person"
    ).fetchone()
    for count, what in zip(
        row or (), ("has rows without a value", "has the same value in several rows"), strict=True
    ):
        if count:
            means = "Whose rows are whose is not known."
            found.append(Finding(level="error", place="person.person_id", what=what, means=means, rows=count))
    for table in OF_PERSONS:
        if table == "person":
            continue
        row = cdm.connection.execute(f"SELECT count(*) FILTER (person_id IS NULL) FROM {table}").fetchone()
        if row and row[0]:
            means = "These rows are nobody's and are not used."
            found.append(
                Finding(
                    level="warning",
                    place=f"{table}.person_id",
                    what="has rows without a value",
                    means=means,
                    rows=row[0],
                )
            )
    return found
