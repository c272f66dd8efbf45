"""An OMOP CDM as a source of a population."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyarrow as pa

from opentrd.cohort.checking import omop as checking
from opentrd.cohort.sources.days import last_days_of, written
from opentrd.cohort.sources.model import Converted, Finding, Progress, TableCount
from opentrd.knowledge.loader import Knowledge, load
from opentrd.records.omop import kept, postgres
from opentrd.records.omop.maps import make_maps
from opentrd.records.omop.opening import Cdm, open_source
from opentrd.records.omop.views import sql
from opentrd.records.omop.writing import write
from opentrd.records.tables.columns import SCHEMAS

#: The days of scores, without putting these together.
_SCORED: Final = (
    "(SELECT day AS day_latest FROM result_line WHERE reason IS NULL AND role IN ('total', 'item'))"
)
#: Memory (MB) for what is not DuckDB's: the program itself and the wide rows of a range.
_BESIDE: Final = 450


class OmopSource:
    """A CDM 5.3 or 5.4: a DuckDB file, a folder of Parquet or CSV, or a ``postgresql://`` address."""

    kind = "omop"

    def __init__(self, address: str, knowledge: Knowledge | None = None) -> None:
        self._address = address
        self._knowledge = knowledge or load()
        self._maps: Mapping[str, pa.Table] | None = None
        self.name = postgres.hidden(address)

    def fingerprint(self) -> str:
        """Return what changes when the source does."""
        if self._address.startswith(postgres.SCHEMES):
            return postgres.fingerprint(self._address)
        with open_source(self._address) as cdm:
            return cdm.fingerprint()

    def check(self) -> list[Finding]:
        """Look at the source; the last findings say what can be computed."""
        found, self._maps = checking.check(self._address, self._knowledge)
        return found

    def convert(self, folder: Path, *, memory_mb: int, processes: int, progress: Progress) -> Converted:
        """Write the record tables into ``folder``."""
        with self._opened(folder, memory_mb, processes, progress) as cdm:
            done = kept.keep(cdm, self._meaning(cdm, progress), kept.IN_MEMORY, progress)
            found = _converted(cdm, done)
            write(cdm, folder, done.persons, done.rows, progress)
        return found

    def prepare(self, folder: Path, *, memory_mb: int, processes: int, progress: Progress) -> Converted:
        """Keep the lines of the source in ``folder``, sorted by person: slices are mapped from them."""
        made = folder / f"{kept.FILE}.part"
        with self._opened(folder, memory_mb, processes, progress) as cdm:
            for left in folder.glob(f"{kept.FILE}*"):  # by a run that was stopped: DuckDB would go on from it
                left.unlink()
            done = kept.keep(cdm, self._meaning(cdm, progress), str(made), progress)
            found = _converted(cdm, done)
            kept.close(cdm)
        made.replace(folder / kept.FILE)
        return found

    @contextmanager
    def _opened(self, folder: Path, memory_mb: int, processes: int, progress: Progress) -> Iterator[Cdm]:
        """Open the source with so much memory while the block lasts; what is too much goes to ``folder``."""
        spill = folder / ".spill"
        shutil.rmtree(spill, ignore_errors=True)
        spill.mkdir(parents=True)
        progress("opening", 0, None)
        try:
            with open_source(self._address) as cdm:
                memory = max(memory_mb // 2, memory_mb - _BESIDE)
                cdm.connection.execute("SET memory_limit = ?", [f"{memory}MB"])
                cdm.connection.execute("SET temp_directory = ?", [str(spill)])
                cdm.connection.execute("SET threads = ?", [max(1, processes)])
                yield cdm
        finally:
            shutil.rmtree(spill, ignore_errors=True)

    def _meaning(self, cdm: Cdm, progress: Progress) -> Mapping[str, pa.Table]:
        """Return the maps of the source: those of its check, where it was checked."""
        if self._maps is None:
            progress("looking up what the codes mean", 0, None)
            self._maps = make_maps(cdm.connection, self._knowledge)
        return self._maps


def _converted(cdm: Cdm, done: kept.Kept) -> Converted:
    rows = {table: f"({sql(table)})" for table in SCHEMAS} | {"score": _SCORED}
    days = last_days_of(cdm.connection, rows, written(cdm.files, cdm.released()))
    return Converted(
        tables=[TableCount(table=c.table, read=c.read, used=c.used, unused=c.unused) for c in done.tables],
        persons=done.persons,
        last_day=days.row,
        observed=days.observed,
    )
