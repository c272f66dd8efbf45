"""What is wrong with record tables that come from elsewhere, and what that means for the answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from opentrd.cohort.sources.days import written
from opentrd.cohort.sources.model import ANSWER, Finding
from opentrd.folders import in_sql
from opentrd.knowledge.loader import Knowledge
from opentrd.records.model import KINDS, ORIGINS
from opentrd.records.tables.columns import SCHEMAS
from opentrd.records.tables.write import table_file
from opentrd.statement import Param

#: Columns without which a table says nothing.
NEEDED: Final = {
    "person": ("person_id",),
    "exposure": ("person_id", "source_ids", "treatment", "kind", "origin"),
    "score": ("person_id", "source_ids", "scale", "day_earliest", "day_latest", "value"),
    "condition": ("person_id", "source_ids", "concept"),
    "observation": ("person_id", "source_ids", "concept", "kind"),
    "unused": ("source_id", "resource", "reason", "person_id"),
}
#: Tables that may be missing.
_OPTIONAL: Final = frozenset({"score", "condition", "observation", "unused"})


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
         "source_found.kind", "source_means.not_judged"),
    Rule("exposure", ("origin",), "origin IS NULL OR NOT list_contains($origins, origin)", "error",
         "source_found.origin", "source_means.not_judged"),
    Rule("exposure", ("treatment",), "treatment IS NOT NULL AND NOT list_contains($treatments, treatment)",
         "error", "source_found.treatment", "source_means.not_judged"),
    Rule("score", ("scale",), "scale IS NULL OR NOT list_contains($scales, scale)", "error",
         "source_found.scale", "source_means.not_judged"),
    Rule("score", ("day_earliest", "day_latest"), "day_earliest IS NULL OR day_latest IS NULL", "error",
         "source_found.score_day", "source_means.score_day"),
    Rule("exposure", ("start_earliest",), "start_earliest > $until", "warning", "source_found.starts_later",
         "source_means.day_to_come"),
    Rule("score", ("day_earliest",), "day_earliest > $until", "warning", "source_found.scores_later",
         "source_means.day_to_come"),
    Rule("exposure", ("start_latest", "end_latest"), "end_latest < start_earliest", "warning",
         "source_found.ends_early", "source_means.no_days"),
    Rule("exposure", ("dose_low", "dose_high"), "dose_low > dose_high OR dose_low < 0", "warning",
         "source_found.dose_range", "source_means.dose_range"),
    Rule("exposure", ("dose_low", "dose_unit"), "dose_low IS NOT NULL AND dose_unit IS NULL", "warning",
         "source_found.dose_unit", "source_means.dose_unit"),
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
            what, means = "source_found.unreadable", "source_means.write_again"
            findings.append(_error(table, what, means, {"error": str(error)}))
            continue
        columns[table] = own.names
        findings += _columns(table, own, schema)
    if any(finding.level == "error" for finding in findings):
        return findings
    with duckdb.connect() as base:
        findings += _persons(base, folder, columns)
        findings += _rules(base, folder, columns, knowledge)
    if not any(finding.level == "error" for finding in findings):
        what, means = "source_found.everything", "source_means.absent_column"
        findings.append(Finding(level="note", place=ANSWER, what=what, means=means))
    return findings


def _error(place: str, what: str, means: str, params: dict[str, Param] | None = None) -> Finding:
    return Finding(level="error", place=place, what=what, means=means, params=params or {})


def _missing(table: str) -> Finding:
    what = "source_found.missing"
    if table in _OPTIONAL:
        return Finding(level="warning", place=table, what=what, means=f"source_means.lacks_table.{table}")
    return _error(table, what, "source_means.needs_table")


def _columns(table: str, own: pa.Schema, schema: pa.Schema) -> Iterator[Finding]:
    for name in NEEDED[table]:
        if name not in own.names:
            yield _error(f"{table}.{name}", "source_found.missing", "source_means.needs_column")
    for field in own:
        place = f"{table}.{field.name}"
        if field.name not in schema.names:
            what, means = "source_found.unknown_column", "source_means.not_read"
            yield Finding(level="note", place=place, what=what, means=means)
            continue
        wanted = schema.field(field.name).type
        if field.type != wanted and not pa.types.is_null(field.type) and not _same_text(field.type, wanted):
            types: dict[str, Param] = {"own": str(field.type), "wanted": str(wanted)}
            yield _error(place, "source_found.type", "source_means.type", types)


def _same_text(own: pa.DataType, wanted: pa.DataType) -> bool:
    return bool(pa.types.is_string(wanted) and (pa.types.is_dictionary(own) or pa.types.is_large_string(own)))


def _persons(
    base: duckdb.DuckDBPyConnection, folder: Path, columns: dict[str, list[str]]
) -> Iterator[Finding]:
    persons = f"read_parquet({in_sql(table_file(folder, 'person'))})"
    repeated = _count(base, f"SELECT count(person_id) - count(DISTINCT person_id) FROM {persons}", {})  # noqa: S608
    unnamed = _count(base, f"SELECT count(*) FROM {persons} WHERE person_id IS NULL", {})  # noqa: S608
    if repeated or unnamed:
        yield Finding(
            level="error",
            place="person.person_id",
            what="source_found.id",
            means="source_means.whose",
            rows=repeated + unnamed,
        )
    for table in columns:
        if table in ("person", "unused"):
            continue
        rows = f"read_parquet({in_sql(table_file(folder, table))})"
        strangers = _count(base, f"SELECT count(*) FROM {rows} ANTI JOIN {persons} USING (person_id)", {})  # noqa: S608
        if strangers:
            yield Finding(
                level="warning",
                place=f"{table}.person_id",
                what="source_found.stranger",
                means="source_means.unused",
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
        "until": until,
    }
    for rule in _RULES:
        if not set(rule.columns) <= set(columns.get(rule.table, ())):
            continue
        rows = f"read_parquet({in_sql(table_file(folder, rule.table))})"
        asked = {name: value for name, value in given.items() if f"${name}" in rule.where}
        found = _count(base, f"SELECT count(*) FROM {rows} WHERE {rule.where}", asked)  # noqa: S608
        if found:
            place = f"{rule.table}.{rule.columns[0]}"
            yield Finding(
                level=rule.level,
                place=place,
                what=rule.what,
                means=rule.means,
                params={"kinds": ", ".join(KINDS), "origins": ", ".join(ORIGINS)},
                rows=found,
            )


def _count(base: duckdb.DuckDBPyConnection, query: str, given: dict[str, object]) -> int:
    row = base.execute(query, given).fetchone()
    return int(row[0]) if row else 0
