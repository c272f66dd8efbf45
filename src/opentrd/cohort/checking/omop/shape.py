"""The shape of a CDM: tables and columns that are missing, values that are not of their type, double keys."""

from __future__ import annotations

from typing import Final

from opentrd.cohort.sources.model import Finding
from opentrd.records.omop.cdm import OF_PERSONS, TABLES
from opentrd.records.omop.opening import Cdm
from opentrd.records.omop.views import quoted, unreadable

#: Tables without which something cannot be known; what the others tell can mostly be had elsewhere.
_WANTED: Final = frozenset({"observation_period", "condition_occurrence", "procedure_occurrence", "concept"})
#: Columns without which something is not known.
_COLUMNS: Final = {
    "drug_exposure": ("days_supply", "quantity", "sig", "drug_type_concept_id", "verbatim_end_date"),
    "person": ("year_of_birth", "gender_concept_id"),
}

#: So much is shown of a value that cannot be read.
_LONGEST: Final = 40


def findings(cdm: Cdm) -> list[Finding]:
    """Return what is wrong with tables, columns, values and keys."""
    found: list[Finding] = []
    for table in TABLES:
        if table not in cdm.columns:
            found += _absent(table, "source_found.missing")
        elif not cdm.has_rows(table):
            found += _absent(table, "source_found.no_rows")
        found += _columns(cdm, table)
        found += _values(cdm, table)
    if not any(finding.level == "error" for finding in found):
        found += _keys(cdm)
    return found


def _absent(table: str, what: str) -> list[Finding]:
    if table in ("person", "drug_exposure"):
        means = "source_means.nothing_to_judge"
        return [Finding(level="error", place=table, what=what, means=means, rows=0)]
    level = "warning" if table in _WANTED else "note"
    return [Finding(level=level, place=table, what=what, means=f"source_means.without.{table}")]


def _columns(cdm: Cdm, table: str) -> list[Finding]:
    have = {name.lower() for name in cdm.columns.get(table, ())}
    return [
        Finding(
            level="warning",
            place=f"{table}.{column}",
            what="source_found.missing",
            means=f"source_means.without.{table}.{column}",
        )
        for column in _COLUMNS.get(table, ())
        if have and not have & set(TABLES[table][column].names)
    ]


def _values(cdm: Cdm, table: str) -> list[Finding]:
    """Count the values that are no date or number where one must be, and name one of them."""
    relation = cdm.relations.get(table)
    if relation is None:
        return []
    asked = [
        (own, column.type, bad)
        for column in TABLES[table].values()
        for own, type_ in cdm.columns[table].items()
        if column.type not in ("VARCHAR", "ID")
        and own.lower() in column.names
        and (bad := unreadable(own, type_, column.type)) is not None
    ]
    if not asked:
        return []
    file = "filename" if relation.startswith("read_") else "NULL"
    counts = ", ".join(
        f"count(*) FILTER ({bad}), min({quoted(own)}::VARCHAR) FILTER ({bad}), "
        f"min_by({file}, {quoted(own)}::VARCHAR) FILTER ({bad})"
        for own, _, bad in asked
    )
    row = cdm.connection.execute(f"SELECT {counts} FROM {relation}").fetchone() or ()
    found = zip(row[::3], row[1::3], row[2::3], strict=True)
    return [
        Finding(
            level="error",
            place=f"{table}.{own.lower()}",
            what="source_found.no_date" if type_ == "DATE" else "source_found.no_number",
            means="source_means.unreadable",
            params={"value": value[:_LONGEST], "file": cdm.file(path)},
            rows=count,
        )
        for (own, type_, _), (count, value, path) in zip(asked, found, strict=True)
        if count
    ]


def _keys(cdm: Cdm) -> list[Finding]:
    """Find identifiers that are empty or there twice."""
    found: list[Finding] = []
    row = cdm.connection.execute(
        "SELECT count(*) - count(person_id), count(person_id) - count(DISTINCT person_id) FROM person"
    ).fetchone()
    for count, what in zip(row or (), ("source_found.no_value", "source_found.twice"), strict=True):
        if count:
            means = "source_means.whose"
            found.append(Finding(level="error", place="person.person_id", what=what, means=means, rows=count))
    for table in OF_PERSONS:
        if table == "person":
            continue
        row = cdm.connection.execute(f"SELECT count(*) FILTER (person_id IS NULL) FROM {table}").fetchone()
        if row and row[0]:
            means = "source_means.nobodys"
            found.append(
                Finding(
                    level="warning",
                    place=f"{table}.person_id",
                    what="source_found.no_value",
                    means=means,
                    rows=row[0],
                )
            )
    return found
