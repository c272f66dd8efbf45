"""The CDM's tables as views with exactly the columns and types that the SQL reads, wherever they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Final

import duckdb

from opentrd.errors import InputError
from opentrd.records.omop.cdm import EVENT, NEEDED, TABLES, Column

#: Rows of the source with what they mean, one view each; the record tables are made of them.
LINES: Final = ("result_row", "drug_line", "procedure_line", "condition_line", "result_line")


_WHOLE: Final = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"})
_BROKEN_NUMBERS: Final = frozenset({"FLOAT", "DOUBLE"})


def connected() -> duckdb.DuckDBPyConnection:
    """Return an empty DuckDB in which a time with a zone lies on its day in UTC, wherever the machine is."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def sql(name: str) -> str:
    """Return the text of one of the SQL files of this package."""
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def quoted(name: str) -> str:
    """Return a name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def described(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Return the columns of a relation and their types, by its own names."""
    return {row[0]: row[1] for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()}


def numbered(columns: Iterable[Mapping[str, str]]) -> bool:
    """Say whether all tables number persons with whole numbers, so that they can be compared as such."""
    return all(
        type_ in _WHOLE for table in columns for name, type_ in table.items() if name.lower() == "person_id"
    )


def create(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    relation: str | None,
    columns: Mapping[str, str],
    source: str,
    *,
    by_number: bool,
) -> None:
    """Make the view of a table: ``relation`` with its ``columns``, or no rows where there is none.

    ``by_number``: persons are numbered with whole numbers in all tables. Raises ``InputError`` naming table
    and column where the source lacks one that it must have.
    """
    have = {column.lower(): (column, type_) for column, type_ in columns.items()}
    if relation is not None:
        for needed in NEEDED.get(table, ()):
            if not any(name in have for name in TABLES[table][needed].names):
                raise InputError(source, f"table {table}", f"the column {needed} is missing")
    shown = ", ".join(f"{_read(table, name, have, by_number)} AS {name}" for name in TABLES[table])
    rows = f"FROM {relation}" if relation is not None else "WHERE false"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS SELECT {shown} {rows}")


def _read(table: str, name: str, have: Mapping[str, tuple[str, str]], by_number: bool) -> str:
    column = TABLES[table][name]
    found = [_cast(*have[own], column, name, by_number) for own in column.names if own in have]
    event = EVENT.get(table)
    if event is not None and name in (event.concept, event.source_concept):
        found.append("0")
    elif event is not None and name == event.source_value:
        found.append("''")
    elif not found:
        return f"NULL::{_type(column, name, by_number)}"
    return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"


def _cast(own: str, type_: str, column: Column, name: str, by_number: bool) -> str:
    wanted = _type(column, name, by_number)
    if column.type == "ID" and name != "person_id":
        wanted = "BIGINT" if type_ in _WHOLE else "VARCHAR"
    if wanted == "VARCHAR" and name != "person_id":
        return f"CAST({quoted(own)} AS VARCHAR)"
    value = f"CAST({filled(own, type_)} AS {wanted})"
    return _number(value) if wanted == "DOUBLE" else value


def filled(own: str, type_: str) -> str:
    """Return a column as SQL, its values NULL that stand for nothing: empty texts, and what is no number."""
    if type_ == "VARCHAR":
        return f"nullif(trim({quoted(own)}), '')"
    return _number(quoted(own)) if type_ in _BROKEN_NUMBERS else quoted(own)


def _number(value: str) -> str:
    """Return a value as SQL, NULL where it is no number (of which DuckDB 2.0 miscounts ``nullif``)."""
    return f"CASE WHEN NOT isnan({value}) THEN {value} END"


def unreadable(own: str, type_: str, wanted: str) -> str | None:
    """Return the SQL that says of a value that it cannot be read as a type; ``None`` where all can be."""
    if wanted in _WHOLE and (type_ == wanted or (wanted == "BIGINT" and type_ in _WHOLE)):
        return None
    value = filled(own, type_)
    read = f"TRY_CAST({value} AS {wanted})"
    endless = f" OR isinf({read})" if wanted in ("DATE", "DOUBLE") else ""
    return f"{value} IS NOT NULL AND ({read} IS NULL{endless})"


def _type(column: Column, name: str, by_number: bool) -> str:
    if column.type != "ID":
        return column.type
    return "BIGINT" if name == "person_id" and by_number else "VARCHAR"


def create_lines(connection: duckdb.DuckDBPyConnection, *names: str, kind: str = "VIEW") -> None:
    """Make the lines (all, or those named): as views, or as tables of what is there now."""
    for line in names or LINES:
        connection.execute(f"CREATE OR REPLACE TEMP {kind} {line} AS {sql(line)}")
