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


def sql(name: str) -> str:
    """Return the text of one of the SQL files of this package."""
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def quoted(name: str) -> str:
    """Return a name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def create(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    relation: str | None,
    columns: Iterable[str],
    source: str,
) -> None:
    """Make the view of a table: ``relation`` with its ``columns``, or no rows where there is none.

    Raises ``InputError`` naming table and column where the source lacks one that it must have.
    """
    have = {column.lower(): column for column in columns}
    if relation is not None:
        for needed in NEEDED.get(table, ()):
            if not any(name in have for name in TABLES[table][needed].names):
                raise InputError(source, f"table {table}", f"the column {needed} is missing")
    shown = ", ".join(f"{_read(table, name, have)} AS {name}" for name in TABLES[table])
    rows = f"FROM {relation}" if relation is not None else "WHERE false"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS SELECT {shown} {rows}")


def _read(table: str, name: str, have: Mapping[str, str]) -> str:
    column = TABLES[table][name]
    found = [_cast(have[own], column) for own in column.names if own in have]
    event = EVENT.get(table)
    if event is not None and name in (event.concept, event.source_concept):
        found.append("0")
    elif event is not None and name == event.source_value:
        found.append("''")
    elif not found:
        return f"NULL::{column.type}"
    return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"


def _cast(name: str, column: Column) -> str:
    return f"CAST({quoted(name)} AS {column.type})"


def create_lines(connection: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Make the views of lines (all, or those named) over those of the tables and the maps."""
    for line in names or LINES:
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {line} AS {sql(line)}")
