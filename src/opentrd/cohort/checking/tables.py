"""What is wrong with record tables that come from elsewhere, and what that means for the answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from opentrd.cohort.sources.days import written
from opentrd.cohort.sources.model import Finding
from opentrd.knowledge.loader import Knowledge
from opentrd.records.model import KINDS, ORIGINS
from opentrd.records.tables.columns import SCHEMAS
from opentrd.records.tables.write import table_file

#: Columns without which a table says nothing.
NEEDED: Final = {
    "person": ("person_id",),
    "exposure": ("person_id", "source_ids", "treatment", "kind", "origin"),
    "score": ("person_id", "source_ids", "scale", "day_earliest", "day_latest", "value"),
    "condition": ("person_id", "source_ids", "concept"),
    "observation": ("person_id", "source_ids", "concept", "kind"),
    "unused": ("source_id", "resource", "reason", "person_id"),
}
_WITHOUT: Final = {
    "score": "response and remission can be judged only where a line says how it went",
    "condition": "depression is inferred from treatment; bipolar disorder and the like cannot be excluded",
    "observation": "laboratory values, pregnancy and devices are unknown",
    "unused": "lines that the record holds and that were not used are unknown",
}
_CAN: Final = "what can be computed"


class Rule(NamedTuple):
    """Rows that are counted: where they break a rule of record tables, and what that means."""

    table: str
    columns: tuple[str, ...]
    where: str
    level: str
    what: str
    means: str


_RULES: Final = (
    Rule("exposure", ("kind",), "kind IS NULL OR NOT list_contains($kinds, kind)", "error",
         "a kind that is none of " + ", ".join(KINDS), "the rows cannot be judged"),
    Rule("exposure", ("origin",), "origin IS NULL OR NOT list_contains($origins, origin)", "error",
         "an origin that is none of " + ", ".join(ORIGINS), "the rows cannot be judged"),
    Rule("exposure", ("treatment",), "treatment IS NOT NULL AND NOT list_contains($treatments, treatment)",
         "error", "a treatment that the knowledge does not have", "the rows cannot be judged"),
    Rule("score", ("scale",), "scale IS NULL OR NOT list_contains($scales, scale)", "error",
         "a scale that the knowledge does not have", "the rows cannot be judged"),
    Rule("score", ("day_earliest", "day_latest"), "day_earliest IS NULL OR day_latest IS NULL", "error",
         "a score without a day", "a score without a day is no row of a record"),
    Rule("exposure", ("start_earliest",), "start_earliest > $until", "warning", "starts in the future",
         "such rows count only once their day has come"),
    Rule("score", ("day_earliest",), "day_earliest > $until", "warning", "scores in the future",
         "such rows count only once their day has come"),
    Rule("exposure", ("start_latest", "end_latest"), "end_latest < start_earliest", "warning",
         "ends before it starts", "such rows have no days"),
    Rule("exposure", ("dose_low", "dose_high"), "dose_low > dose_high OR dose_low < 0", "warning",
         "a dose range that is upside down or negative", "doses of such rows mean nothing"),
    Rule("exposure", ("dose_low", "dose_unit"), "dose_low IS NOT NULL AND dose_unit IS NULL", "warning",
         "a dose without a unit", "doses of such rows are unknown"),
)  # fmt: skip


def check(folder: Path, knowledge: Knowledge) -> list[Finding]:
    """Hold record tables to their columns, types and rules; the last finding says what can be computed."""
    findings: list[Finding] = []
    columns: dict[str, list[str]] = {}
    for table, schema in SCHEMAS.items():
        path = table_file(folder, table)
        if not path.exists():
            findings.append(_missing(table))
            continue
        try:
            own = pq.read_schema(path)
        except (OSError, pa.ArrowInvalid) as error:
            findings.append(_error(table, f"it cannot be read: {error}", "write it again"))
            continue
        columns[table] = own.names
        findings += _columns(table, own, schema)
    if any(finding.level == "error" for finding in findings):
        return findings
    with duckdb.connect() as base:
        findings += _persons(base, folder, columns)
        findings += _rules(base, folder, columns, knowledge)
    if not any(finding.level == "error" for finding in findings):
        means = "a column that is not there reads as unknown and gives bounds"
        what = "trials, lines of treatment, verdicts and staging"
        findings.append(Finding(level="note", place=_CAN, what=what, means=means))
    return findings


def _error(place: str, what: str, means: str) -> Finding:
    return Finding(level="error", place=place, what=what, means=means)


def _missing(table: str) -> Finding:
    if table in _WITHOUT:
        return Finding(level="warning", place=table, what="the table is missing", means=_WITHOUT[table])
    return _error(table, "the table is missing", "record tables cannot be read without it")


def _columns(table: str, own: pa.Schema, schema: pa.Schema) -> Iterator[Finding]:
    for name in NEEDED[table]:
        if name not in own.names:
            yield _error(f"{table}.{name}", "the column is missing", "the table says nothing without it")
    for field in own:
        if field.name not in schema.names:
            means = "it is not read"
            yield Finding(level="note", place=f"{table}.{field.name}", what="an unknown column", means=means)
            continue
        wanted = schema.field(field.name).type
        if field.type != wanted and not pa.types.is_null(field.type) and not _same_text(field.type, wanted):
            what = f"the column is {field.type}, not {wanted}"
            yield _error(f"{table}.{field.name}", what, "write it in the type of docs/record-tables.md")


def _same_text(own: pa.DataType, wanted: pa.DataType) -> bool:
    return bool(pa.types.is_string(wanted) and (pa.types.is_dictionary(own) or pa.types.is_large_string(own)))


def _persons(
    base: duckdb.DuckDBPyConnection, folder: Path, columns: dict[str, list[str]]
) -> Iterator[Finding]:
    persons = f"read_parquet({_text(table_file(folder, 'person'))})"
    repeated = _count(base, f"SELECT count(person_id) - count(DISTINCT person_id) FROM {persons}", {})  # noqa: S608
    unnamed = _count(base, f"SELECT count(*) FROM {persons} WHERE person_id IS NULL", {})  # noqa: S608
    if repeated or unnamed:
        yield Finding(
            level="error",
            place="person.person_id",
            what="an id that stands twice or is not there",
            means="whose a row is cannot be told",
            rows=repeated + unnamed,
        )
    for table in columns:
        if table in ("person", "unused"):
            continue
        rows = f"read_parquet({_text(table_file(folder, table))})"
        strangers = _count(base, f"SELECT count(*) FROM {rows} ANTI JOIN {persons} USING (person_id)", {})  # noqa: S608
        if strangers:
            yield Finding(
                level="warning",
                place=f"{table}.person_id",
                what="rows of somebody who is not in the table person",
                means="they are not read",
                rows=strangers,
            )


def _rules(
    base: duckdb.DuckDBPyConnection, folder: Path, columns: dict[str, list[str]], knowledge: Knowledge
) -> Iterator[Finding]:
    until = written([table_file(folder, table) for table in columns])
    given: dict[str, object] = {
        "kinds": list(KINDS),
        "origins": list(ORIGINS),
        "treatments": list(knowledge.treatments),
        "scales": list(knowledge.scales),
        "until": date.max if until is None else date.fromordinal(until),
    }
    for rule in _RULES:
        if not set(rule.columns) <= set(columns.get(rule.table, ())):
            continue
        rows = f"read_parquet({_text(table_file(folder, rule.table))})"
        asked = {name: value for name, value in given.items() if f"${name}" in rule.where}
        found = _count(base, f"SELECT count(*) FROM {rows} WHERE {rule.where}", asked)  # noqa: S608
        if found:
            place = f"{rule.table}.{rule.columns[0]}"
            yield Finding(level=rule.level, place=place, what=rule.what, means=rule.means, rows=found)


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _count(base: duckdb.DuckDBPyConnection, query: str, given: dict[str, object]) -> int:
    row = base.execute(query, given).fetchone()
    return int(row[0]) if row else 0
