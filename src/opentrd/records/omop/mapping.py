"""CDM rows in, record tables out: the same SQL for a whole source and for the rows of some persons."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from opentrd.records.omop.cdm import OF_PERSONS, TABLES
from opentrd.records.omop.maps import SCHEMAS as MAPS
from opentrd.records.omop.views import create, create_lines, sql
from opentrd.records.tables.columns import SCHEMAS


def use_maps(connection: duckdb.DuckDBPyConnection, maps: Mapping[str, pa.Table]) -> None:
    """Put the maps beside the tables of the CDM, and make the lines of both."""
    for name in MAPS:
        connection.register(f"given_{name}", maps[name])
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM given_{name}")
        connection.unregister(f"given_{name}")
    create_lines(connection)


def record_sql(table: str) -> str:
    """Return the SQL of a record table, with its columns in order and of their types, sorted by person."""
    text = sql(table)
    return text if text.endswith("\n") else text + "\n"


def record_table(connection: duckdb.DuckDBPyConnection, table: str) -> pa.Table:
    """Return a record table of what the views of a connection show."""
    found = connection.sql(record_sql(table)).to_arrow_table()
    return found.select(SCHEMAS[table].names).cast(SCHEMAS[table])


def map_slice(tables: Mapping[str, pa.Table], maps: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Map the raw CDM rows of some persons to record tables.

    ``tables``: lower-case table name to rows as the CDM has them (any columns, in any case; only those of
    ``cdm.OF_PERSONS`` are read, missing ones are empty), all rows of each person. ``maps``: what
    ``maps.make_maps`` returned for the whole source. Returns all tables of ``records/tables/columns.py``,
    sorted by ``person_id``. Raises ``InputError`` for a missing column.
    """
    with duckdb.connect(config={"threads": 1}) as connection:
        for table in TABLES:
            given = tables.get(table) if table in OF_PERSONS else None
            if given is not None:
                connection.register(f"given_{table}", given)
            create(
                connection,
                table,
                f"given_{table}" if given is not None else None,
                given.column_names if given is not None else (),
                "slice",
            )
        use_maps(connection, maps)
        return {table: record_table(connection, table) for table in SCHEMAS}
