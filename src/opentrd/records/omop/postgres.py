"""Brings the columns that are read from a PostgreSQL CDM into Parquet files, streamed as Arrow over ADBC."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import pyarrow.parquet as pq

from opentrd.errors import InputError
from opentrd.records.omop.cdm import TABLES
from opentrd.records.omop.views import quoted

SCHEMES: Final = ("postgresql://", "postgres://")
#: The types of the columns, as PostgreSQL has them.
_TYPES: Final = {
    "VARCHAR": "text",
    "BIGINT": "bigint",
    "INTEGER": "integer",
    "DOUBLE": "double precision",
    "DATE": "date",
}
_TEXTS: Final = ("text", "character varying", "character")
_WHOLE: Final = ("smallint", "integer", "bigint")
#: What of an address may be shown beside server and database; the rest of its parameters may be secret.
_SHOWN: Final = frozenset({"host", "hostaddr", "port", "dbname", "user", "options", "sslmode"})
_TO_DO: Final = (
    "the address is postgresql://user@host/database; ?options=-csearch_path%3Dschema names a schema"
)


def stage(address: str, folder: Path) -> dict[str, str]:
    """Write each table of the CDM that the address leads to into ``folder``; return what reads them.

    Tables are looked for in the search path of the connection. Raises ``InputError`` where the server cannot
    be reached, a value cannot be read as its column's type, or the driver is not installed.
    """
    relations: dict[str, str] = {}
    with _cursor(address) as cursor:
        for table, (name, columns) in _tables(cursor).items():
            path = folder / f"{table}.parquet"
            with _said(address, f"table {table}", "correct the values, or empty them"):
                _copy(cursor, table, name, columns, path)
            relations[table] = f"read_parquet('{path}')"
    return relations


def fingerprint(address: str) -> str:
    """Return what changes when the source does: how many rows each table has."""
    told: list[tuple[str, int]] = []
    with _cursor(address) as cursor:
        for table, (name, _) in _tables(cursor).items():
            cursor.execute(f"SELECT count(*) FROM {name}")
            told.append((table, cursor.fetchone()[0]))
    return hashlib.sha256(repr(sorted(told)).encode()).hexdigest()


@contextmanager
def _cursor(address: str) -> Iterator[Any]:
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise InputError(
            hidden(address), "", "reading PostgreSQL needs one more part", "install opentrd[postgresql]"
        ) from None
    with _said(address, "", _TO_DO), dbapi.connect(address) as connection, connection.cursor() as cursor:
        yield cursor


@contextmanager
def _said(address: str, place: str, what_to_do: str) -> Iterator[None]:
    """Turn what the driver says into the error that names address and place."""
    from adbc_driver_postgresql import dbapi

    try:
        yield
    except (dbapi.Error, OSError) as error:  # rows that arrive as Arrow tell of what is wrong as OSError
        what = str(error).splitlines()[0] if str(error) else "cannot be read"
        raise InputError(hidden(address), place, _without_secrets(what, address), what_to_do) from None


def hidden(address: str) -> str:
    """Return an address without the passwords in it; what is no address (a path) as it is."""
    scheme, sign, rest = address.partition("://")
    if not sign:
        return address
    who, at, where = rest.rpartition("@")
    place, mark, query = where.partition("?")
    shown = "&".join(each for each in query.split("&") if unquote(each.partition("=")[0]) in _SHOWN)
    return f"{scheme}://{who.partition(':')[0]}{at}{place}{mark if shown else ''}{shown}"


def _without_secrets(text: str, address: str) -> str:
    """Return what the driver said, without what it quotes of the hidden parts of an address."""
    shown = hidden(address)
    text = text.replace(address, shown)
    return re.sub(r'"([^"]+)"', lambda m: m[0] if m[1] in shown or m[1] not in address else '"..."', text)


def _tables(cursor: Any) -> dict[str, tuple[str, dict[str, tuple[str, str]]]]:
    """Return the visible tables: own name (as SQL writes it), column and type by lower-case name."""
    cursor.execute(
        "SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
        "WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND pg_table_is_visible(c.oid) "
        "AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2, a.attnum"
    )
    found: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {}
    for schema, table, column, type_ in cursor.fetchall():
        if table.lower() in TABLES:
            name = f"{quoted(schema)}.{quoted(table)}"
            own = found.setdefault(table.lower(), (name, {}))
            if own[0] == name:
                own[1][column.lower()] = column, type_
    return found


def _copy(cursor: Any, table: str, whole: str, columns: dict[str, tuple[str, str]], path: Path) -> None:
    shown = []
    for column in TABLES[table].values():
        for name in column.names:
            if name in columns:
                own, has = columns[name]
                key = "bigint" if has in _WHOLE else "text"
                type_ = key if column.type == "ID" else _TYPES[column.type]
                value = f"NULLIF(TRIM({quoted(own)}), '')" if has in _TEXTS else quoted(own)
                shown.append(f"CAST({value} AS {type_}) AS {name}")
    if not shown:
        return
    cursor.execute(f"SELECT {', '.join(shown)} FROM {whole}")
    with cursor.fetch_record_batch() as reader, pq.ParquetWriter(path, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)
