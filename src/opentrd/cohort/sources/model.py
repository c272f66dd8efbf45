"""What every source of a population can do, and what it says of itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import msgspec

from opentrd.statement import Param

#: The place of the findings that say what can be computed.
ANSWER: Final = "answer"


class Finding(msgspec.Struct, kw_only=True, frozen=True):
    """One thing that a check of a source found.

    ``level``: ``error`` (the source cannot be used), ``warning``, ``note``. ``place`` names table and column
    (or a part of the source by a key of ``source_place``). ``what`` is wrong or missing and ``means`` what
    follows for the answer are keys of messages, both with ``params``. ``rows`` is how many rows it concerns
    (``None`` where it is not about rows).
    """

    level: str
    place: str
    what: str
    means: str
    params: dict[str, Param] = {}
    rows: int | None = None


class TableCount(msgspec.Struct, kw_only=True, frozen=True):
    """How many rows of a table of the source were read, and used or not: ``read == used + unused``."""

    table: str
    read: int
    used: int
    unused: dict[str, int]


class Converted(msgspec.Struct, kw_only=True, frozen=True):
    """What was read of a source: rows by table, persons, and the last days on which it saw anybody.

    Days are ordinals: ``last_day`` that of any row, ``observed`` that of any time of observation; ``None``
    where there is none, or (of an engine that is told the day of assessment) where nobody asks.
    """

    tables: list[TableCount]
    persons: int
    last_day: int | None
    observed: int | None = None


#: Told of progress: the stage in words, how much is done and of how much (``None`` where unknown).
Progress = Callable[[str, int, int | None], None]


class Source(Protocol):
    """A population to be read. Opening one reads only what it takes to know what it is.

    ``kind``: ``omop``, ``fhir`` or ``tables``; ``name`` as the user gave it.
    """

    kind: str
    name: str

    def fingerprint(self) -> str:
        """Return what changes when the source does: files with sizes and times, or the tables' row counts."""
        ...

    def check(self) -> list[Finding]:
        """Look at the source: missing tables and columns, keys that do not join, dates, units."""
        ...

    def convert(self, folder: Path, *, memory_mb: int, processes: int, progress: Progress) -> Converted:
        """Write the record tables (``records/tables/columns.py``) into ``folder``, sorted by person.

        Each file is whole or not there: written beside, then renamed. Raises ``InputError`` for a source that
        cannot be read.
        """
        ...

    def prepare(self, folder: Path, *, memory_mb: int, processes: int, progress: Progress) -> Converted:
        """Put into ``folder`` what ``slices.read_slice`` makes slices of record tables from.

        That is the record tables themselves where nothing less will do. Raises as ``convert`` does.
        """
        ...
