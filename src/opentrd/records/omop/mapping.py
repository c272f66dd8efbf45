"""CDM rows in, record tables out: the same SQL for a whole source and for the rows of some persons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import duckdb
import pyarrow as pa

from opentrd.records.omop.cdm import OF_PERSONS, TABLES
from opentrd.records.omop.counting import Count, counts
from opentrd.records.omop.maps import SCHEMAS as MAPS
from opentrd.records.omop.ordering import by_person
from opentrd.records.omop.views import connected, create, create_lines, described, numbered, sql
from opentrd.records.tables.columns import SCHEMAS, whole

#: Columns of mapped rows that are numbers of rows of another SQL file, where what they mean is told once.
_TOLD: Final = {
    "exposure": ("known", "stopped"),
    "condition": ("known",),
    "observation": ("known",),
}
#: By what the rows of a person are sorted; what is equal in it keeps the order of the lines.
_THEN: Final = {
    "person": (),
    "exposure": ("start_earliest",),
    "score": ("day_earliest", "scale"),
    "condition": ("onset_earliest",),
    "observation": ("day_earliest",),
    "unused": ("source_id",),
}


def use_maps(connection: duckdb.DuckDBPyConnection, maps: Mapping[str, pa.Table]) -> None:
    """Put the maps beside the tables of the CDM, and make the lines of both."""
    for name in MAPS:
        connection.register(f"given_{name}", maps[name])
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM given_{name}")
        connection.unregister(f"given_{name}")
    create_lines(connection)


class Mapper:
    """Maps to record tables what the lines of a connection are whenever it is asked."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """The connection has its maps, and lines: other ones may take their place later."""
        self._rows = {table: connection.sql(sql(table)) for table in SCHEMAS}
        self._told = {
            table: {name: connection.sql(sql(f"{table}_{name}")).to_arrow_table() for name in names}
            for table, names in _TOLD.items()
        }

    def mapped(self, table: str) -> pa.Table:
        """Return the rows of a record table, sorted by person.

        Persons, and what the maps tell of many rows, come as dictionaries (``plain`` takes them out).
        """
        rows = self._rows[table].to_arrow_table()
        columns = dict(zip(rows.column_names, rows.combine_chunks().columns, strict=True))
        persons = whole(columns["person_id"]).dictionary_encode()
        columns["person_id"] = _coded(persons.indices, persons.dictionary.cast(pa.string()))
        for name, told in self._told.get(table, {}).items():
            places = whole(columns.pop(name)).cast(pa.int32())
            columns |= {column: _coded(places, whole(told.column(column))) for column in told.column_names}
        return by_person(pa.table({name: columns[name] for name in SCHEMAS[table].names}), *_THEN[table])

    def tables(self) -> dict[str, pa.Table]:
        """Return all record tables, each as ``mapped``."""
        return {table: self.mapped(table) for table in SCHEMAS}


def _coded(places: pa.Array, means: pa.Array) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(places, means)


def plain(table: str, rows: pa.Table) -> pa.Table:
    """Return mapped rows with the columns of their record table, as it says that they are."""
    columns = []
    for column, field in zip(rows.columns, SCHEMAS[table], strict=True):
        if pa.types.is_dictionary(column.type):
            told = whole(column)
            column = told.dictionary.take(told.indices)
        columns.append(column.cast(field.type))
    return pa.table(columns, SCHEMAS[table])


def map_slice(tables: Mapping[str, pa.Table], maps: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Map the raw CDM rows of some persons to record tables.

    ``tables``: lower-case table name to rows as the CDM has them (any columns, in any case; only those of
    ``cdm.OF_PERSONS`` are read, missing ones are empty), all rows of each person. ``maps``: what
    ``maps.make_maps`` returned for the whole source. Returns all tables of ``records/tables/columns.py``,
    sorted by ``person_id``, texts that repeat as dictionaries. Raises ``InputError`` for a missing column.
    """
    return map_and_count(tables, maps)[0]


def map_and_count(
    tables: Mapping[str, pa.Table], maps: Mapping[str, pa.Table]
) -> tuple[dict[str, pa.Table], list[Count]]:
    """Map rows as ``map_slice`` does, and tell what became of the rows of each table."""
    with connected() as connection:
        connection.execute("SET threads = 1")
        columns: dict[str, dict[str, str]] = {}
        for table in OF_PERSONS:
            if table in tables:
                connection.register(f"given_{table}", tables[table])
                columns[table] = described(connection, f"given_{table}")
        by_number = numbered(columns.values())
        for table in TABLES:
            relation = f"given_{table}" if table in columns else None
            create(connection, table, relation, columns.get(table, {}), "slice", by_number=by_number)
        use_maps(connection, maps)
        return Mapper(connection).tables(), counts(connection)
