"""The one loader of what is known: tables and definitions, read when first asked for, checked as they are.

``load()`` gives what is shipped; ``load(folder)`` lays a clinic's own rows over it and checks all of it.
"""

from __future__ import annotations

import hashlib
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

import msgspec

from opentrd.errors import KnowledgeError
from opentrd.knowledge.access import Tables
from opentrd.knowledge.checking import check
from opentrd.knowledge.definition import Definition
from opentrd.knowledge.reading import Key, Problems, columns, key_of, read_definition, read_table, show
from opentrd.knowledge.schema import TABLES, Row

SHIPPED: Final = Path(__file__).parent
DEFINITION: Final = "definition"
_FORM: Final = "it holds TABLE.csv or definitions/ID.toml; opentrd knowledge lists the tables"


@lru_cache(maxsize=16384)
def _reference(table: str, key: Key) -> str:
    parts = key if isinstance(key, tuple) else (key,)
    return f"{table}:" + "/".join(quote(show(part), safe=" '+,():;<>=&@") for part in parts).rstrip("/")


class Knowledge(Tables):
    """All tables and definitions, shipped and local."""

    def __init__(self, shipped: Path = SHIPPED, overlay: Path | None = None) -> None:
        self._shipped = shipped
        self._overlay = overlay
        self._tables: dict[str, dict[Key, Row]] = {}
        self._numbers: dict[str, dict[Key, int]] = {}

    def table(self, name: str) -> dict[Key, Row]:
        """Return a table by name, its rows by key."""
        found = self._tables.get(name)
        if found is None:
            found = self._tables[name] = self._read(name)
        return found

    def _read(self, name: str) -> dict[Key, Row]:
        cls = TABLES[name][0]
        problems = Problems()
        rows, numbers = read_table(name, cls, self._shipped / "tables" / f"{name}.csv", problems)
        local = self._overlay / f"{name}.csv" if self._overlay else None
        if local is not None and local.exists():
            own, own_numbers = read_table(name, cls, local, problems)
            rows |= {key: msgspec.structs.replace(row, local=True) for key, row in own.items()}
            numbers |= own_numbers
        if problems:
            raise KnowledgeError(tuple(problems))
        self._numbers[name] = numbers
        return rows

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """The definitions by their ids, in the order of the ids."""
        problems = Problems()
        found = {}
        for path in (*self._files("definitions/*.toml"), *self._local_files("definitions/*.toml")):
            definition = read_definition(path, problems)
            if definition is not None:
                found[definition.definition] = definition
        if problems:
            raise KnowledgeError(tuple(problems))
        return dict(sorted(found.items()))

    @cached_property
    def local_definitions(self) -> frozenset[str]:
        """The ids of the definitions that come from the overlay."""
        return frozenset(path.stem for path in self._local_files("definitions/*.toml"))

    def _files(self, pattern: str) -> list[Path]:
        return sorted(self._shipped.glob(pattern))

    def _local_files(self, pattern: str) -> list[Path]:
        return sorted(self._overlay.glob(pattern)) if self._overlay else []

    @cached_property
    def local_rows(self) -> int:
        """The number of rows and definitions that come from the overlay."""
        if self._overlay is None:
            return 0
        rows = sum(row.local for name in TABLES for row in self.table(name).values())
        return rows + len(self.local_definitions)

    @cached_property
    def version(self) -> str:
        """A short fingerprint of all shipped tables and definitions."""
        total = hashlib.sha256()
        for path in (*self._files("tables/*.csv"), *self._files("definitions/*.toml")):
            total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        return total.hexdigest()[:12]

    def check(self) -> None:
        """Read and check everything; raise ``KnowledgeError`` with all problems."""
        problems = Problems()
        if self._overlay is not None:
            problems.extend(_check_overlay(self._overlay))
        for name in TABLES:
            try:
                self.table(name)
            except KnowledgeError as error:
                problems.extend(error.problems)
        try:
            _ = self.definitions
        except KnowledgeError as error:
            problems.extend(error.problems)
        if not problems:
            problems = check(self)
        if problems:
            raise KnowledgeError(tuple(problems))

    # Citations

    def row_ref(self, table: str, row: Row | Definition) -> str:
        """Return the name by which a row is cited: table, colon, key; ``definition:`` and its id."""
        if isinstance(row, Definition):
            return f"{DEFINITION}:{row.definition}"
        return _reference(table, key_of(table, row))

    def row(self, ref: str) -> Row | Definition:
        """Return the row that a citation names. ``KeyError`` where there is none."""
        table, _, key = ref.partition(":")
        if table == DEFINITION:
            return self.definitions[key]
        if table not in TABLES:
            raise KeyError(ref)
        cls, names = TABLES[table]
        parts = [unquote(part) for part in key.split("/")]
        parts += [""] * (len(names) - len(parts))
        types = {attribute: kind for attribute, kind, _ in columns(cls).values()}
        try:
            cells = tuple(
                msgspec.convert(part, types[name], strict=False) if part else None
                for name, part in zip(names, parts, strict=True)
            )
            return self.table(table)[cells[0] if len(cells) == 1 else cells]
        except (ValueError, KeyError) as error:
            raise KeyError(ref) from error

    def is_local(self, ref: str) -> bool:
        """Say whether a cited row comes from the overlay."""
        row = self.row(ref)
        return row.definition in self.local_definitions if isinstance(row, Definition) else row.local

    def place(self, table: str, key: Key) -> tuple[str, int]:
        """Return the file and row number of a row."""
        return f"{table}.csv", self._numbers[table][key]

    def search(self, text: str) -> list[tuple[str, str, Row | Definition]]:
        """Return the rows that hold all words of a text: table, citation, row. Keys come first."""
        words = text.casefold().split()
        rows: list[tuple[str, Row | Definition]] = []
        rows += [(name, row) for name in TABLES for row in self.table(name).values()]
        rows += [(DEFINITION, definition) for definition in self.definitions.values()]
        found = []
        for table, row in rows:
            cells = " ".join(
                str(cell) for cell in msgspec.structs.astuple(row) if cell is not None
            ).casefold()
            if words and all(word in cells for word in words):
                found.append((table, self.row_ref(table, row), row))
        wanted = " ".join(words)
        return sorted(found, key=lambda item: wanted not in item[1].partition(":")[2].casefold().split("/"))


def _check_overlay(folder: Path) -> Problems:
    """Check that a folder holds files that can be laid over."""
    problems = Problems()
    if not folder.is_dir():
        what = "it is no folder" if folder.exists() else "there is no such folder"
        problems.add(str(folder), "", what, "name the folder of a clinic's own rows")
        return problems
    tables = ", ".join(TABLES)
    files = [path for path in sorted(folder.iterdir()) if path.suffix == ".csv"]
    if not files and not any(folder.glob("definitions/*.toml")):
        problems.add(str(folder), "", "no tables or definitions here", _FORM)
    for path in files:
        if path.stem not in TABLES:
            problems.add(path.name, "", "there is no such table", f"tables are {tables}")
    return problems


@cache
def _shipped() -> Knowledge:
    return Knowledge()


def load(overlay: Path | None = None) -> Knowledge:
    """Return what is shipped (the same object each time), or a clinic's rows laid over it, all checked."""
    if overlay is None:
        return _shipped()
    knowledge = Knowledge(overlay=overlay)
    knowledge.check()
    return knowledge
