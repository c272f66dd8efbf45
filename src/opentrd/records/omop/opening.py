"""Opens an OMOP CDM: a DuckDB file, a folder of Parquet or CSV, or a PostgreSQL address.

Whatever it is, the result is one DuckDB connection in which each table of ``cdm.TABLES`` is a view of that
name. Names of tables and columns may be in upper or lower case; a table may be one file or a folder of files.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final

import duckdb

from opentrd.errors import InputError
from opentrd.folders import in_sql
from opentrd.records.omop import postgres
from opentrd.records.omop.cdm import NEEDED, TABLES
from opentrd.records.omop.views import connected, create, described, numbered, quoted

_PARQUET: Final = "read_parquet({files}, union_by_name = true)"
_CSV: Final = "read_csv({files}, header = true, all_varchar = true, union_by_name = true)"
#: Endings of files of tables, and how DuckDB reads them.
_READ: Final = {".parquet": _PARQUET, ".csv": _CSV, ".csv.gz": _CSV}
_DATABASES: Final = (".duckdb", ".db", ".ddb")
_WHAT: Final = "give an OMOP CDM: a DuckDB file, a folder of Parquet or CSV files, or a postgresql:// address"


class Cdm:
    """An opened CDM. ``columns``: table to own columns and types; ``relations``: to what reads it."""

    def __init__(self, name: str, connection: duckdb.DuckDBPyConnection) -> None:
        self.name = name
        self.connection = connection
        self.columns: dict[str, dict[str, str]] = {}
        self.relations: dict[str, str] = {}
        self.files: list[Path] = []

    def fingerprint(self) -> str:
        """Return what changes when the source does: files with sizes and times."""
        told = [(str(f), (at := f.stat()).st_size, at.st_mtime_ns) for f in sorted(self.files)]
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        found = self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(found[0]) if found else 0

    def has_rows(self, table: str) -> bool:
        """Say whether a table has any row."""
        return self.connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None

    def released(self) -> date | None:
        """Return the day of which the source says that its data were released."""
        found = self.connection.execute("SELECT max(source_release_date) FROM cdm_source").fetchone()
        return found[0] if found and isinstance(found[0], date) else None

    def file(self, path: str | None) -> str:
        """Return the name of a file of the source as one finds it there; that of the database without one."""
        return Path(path).relative_to(self.name).as_posix() if path is not None else Path(self.name).name


@contextmanager
def open_source(address: str) -> Iterator[Cdm]:
    """Open a CDM while the block lasts.

    Raises ``InputError`` naming file, table or column where there is none or it lacks what it must have.
    """
    with tempfile.TemporaryDirectory(prefix="opentrd-omop-") as folder, connected() as connection:
        connection.execute("SET temp_directory = ?", [folder])
        cdm = Cdm(postgres.hidden(address), connection)
        try:
            if address.startswith(postgres.SCHEMES):
                relations = postgres.stage(address, Path(folder))
            elif Path(address).is_dir():
                relations = _from_folder(cdm, Path(address))
            elif Path(address).is_file():
                relations = _from_database(cdm, Path(address))
            else:
                raise InputError(cdm.name, "", "there is no such file or folder", _WHAT)
            _make_views(cdm, relations)
        except duckdb.Error as error:
            raise broken(cdm.name, "", error) from None
        yield cdm


def broken(name: str, place: str, error: duckdb.Error) -> InputError:
    """Return an error of DuckDB as one of the input, without the rows that it may quote."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return InputError(name, place, lines[0] if lines else "cannot be read")


def _make_views(cdm: Cdm, relations: dict[str, str]) -> None:
    for table in NEEDED:
        if table not in relations:
            raise InputError(cdm.name, f"table {table}", "is missing", _WHAT)
    for table, relation in relations.items():
        if table in TABLES:
            try:
                cdm.columns[table] = described(cdm.connection, relation)
            except duckdb.Error as error:
                raise broken(cdm.name, f"table {table}", error) from None
            cdm.relations[table] = relation
    by_number = numbered(cdm.columns.values())
    for table in TABLES:
        create(
            cdm.connection,
            table,
            cdm.relations.get(table),
            cdm.columns.get(table, {}),
            cdm.name,
            by_number=by_number,
        )


def _from_folder(cdm: Cdm, folder: Path) -> dict[str, str]:
    relations: dict[str, str] = {}
    for table, paths in _tables_in(folder).items():
        files = _files(cdm, table, paths)
        ways = {_READ[_ending(path)] for path in files}
        if len(ways) > 1:
            raise InputError(cdm.name, f"table {table}", "it is Parquet and CSV at once", "keep one of them")
        cdm.files += files
        listed = "[" + ", ".join(map(in_sql, files)) + "]"
        for way in ways:
            relations[table] = way.format(files=listed)
    return relations


def _tables_in(folder: Path) -> dict[str, list[Path]]:
    """Return the files and folders that are named like a table of the CDM."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        ending = _ending(path)
        table = path.name.lower().removesuffix(ending)
        if table in TABLES and (ending or path.is_dir()):
            found.setdefault(table, []).append(path)
    return found


def _files(cdm: Cdm, table: str, paths: list[Path]) -> list[Path]:
    """Return the files of a table: one, or all in a folder but those that a program keeps for itself."""
    if len(paths) > 1:
        names = ", ".join(path.name for path in paths)
        raise InputError(
            cdm.name, f"table {table}", f"it is there more than once: {names}", "keep one of them"
        )
    [path] = paths
    if not path.is_dir():
        return [path]
    if (path / "_delta_log").is_dir():
        what = "it is a Delta table, whose folder also holds rows that were removed"
        raise InputError(cdm.name, f"table {table}", what, "use --engine spark, or export it as Parquet")
    return [
        file
        for file in sorted(path.rglob("*"))
        if file.is_file()
        and _ending(file)
        and not any(part.startswith(("_", ".")) for part in file.relative_to(path).parts)
    ]


def _ending(path: Path) -> str:
    return next((ending for ending in _READ if path.name.lower().endswith(ending)), "")


def _from_database(cdm: Cdm, path: Path) -> dict[str, str]:
    """Attach a DuckDB file for reading; of several schemas, that of the persons comes first."""
    cdm.files.append(path)
    cdm.connection.execute(f"ATTACH {in_sql(path)} AS source (READ_ONLY)")
    rows = cdm.connection.execute(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = 'source' "
        "ORDER BY table_schema, table_name"
    ).fetchall()
    persons = [schema for schema, table in rows if table.lower() == "person"]
    relations: dict[str, str] = {}
    for schema, table in sorted(rows, key=lambda row: row[0] not in persons):
        relations.setdefault(table.lower(), f"source.{quoted(schema)}.{quoted(table)}")
    return relations
