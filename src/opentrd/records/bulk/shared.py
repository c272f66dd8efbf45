"""Lines of nobody that persons' lines may refer to (medications, devices), found by name on the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from opentrd.records.bulk.owners import Line
from opentrd.records.bulk.spill import Spilled

_ASKED_AT_ONCE: Final = 500
_lines: Final = msgspec.json.Decoder(Line)


def keep(lines: Iterable[Spilled], path: Path) -> None:
    """Write shared lines into a file in which they are found by ``Type/id`` and by full address."""
    made = path.with_suffix(".part")
    made.unlink(missing_ok=True)
    with closing(sqlite3.connect(made)) as base:
        base.execute("PRAGMA journal_mode = OFF")
        base.execute("CREATE TABLE line (name TEXT, file INTEGER, number INTEGER, text BLOB)")
        base.executemany("INSERT INTO line VALUES (?, ?, ?, ?)", _rows(lines))
        base.execute("CREATE INDEX by_name ON line (name)")
        base.commit()
    made.replace(path)


def _rows(lines: Iterable[Spilled]) -> Iterator[tuple[str, int, int, bytes]]:
    for line in lines:
        head = _lines.decode(line.raw)
        text = msgspec.msgpack.encode(line)
        for name in (f"{head.resource_type}/{head.id}" if head.id else None, line.full_url):
            if name is not None:
                yield name, line.file, line.order, text


def look_up(path: Path, names: Iterable[str]) -> list[Spilled]:
    """Return the shared lines of some names, each once, in the order of the export."""
    asked = sorted(set(names))
    found: dict[tuple[int, int], bytes] = {}
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as base:
        for at in range(0, len(asked), _ASKED_AT_ONCE):
            some = asked[at : at + _ASKED_AT_ONCE]
            marks = ",".join("?" * len(some))
            rows = base.execute(f"SELECT file, number, text FROM line WHERE name IN ({marks})", some)  # noqa: S608
            found.update({(file, number): text for file, number, text in rows})
    return [msgspec.msgpack.decode(found[key], type=Spilled) for key in sorted(found)]
