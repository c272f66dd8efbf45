"""An OMOP CDM as a source of a population."""

from __future__ import annotations

from pathlib import Path

from opentrd.cohort.checking import omop as checking
from opentrd.cohort.sources.days import last_day, written
from opentrd.cohort.sources.model import Converted, Finding, Progress, TableCount
from opentrd.knowledge.loader import Knowledge, load
from opentrd.records.omop import postgres
from opentrd.records.omop.opening import open_source
from opentrd.records.omop.writing import write


class OmopSource:
    """A CDM 5.3 or 5.4: a DuckDB file, a folder of Parquet or CSV, or a ``postgresql://`` address."""

    kind = "omop"

    def __init__(self, address: str, knowledge: Knowledge | None = None) -> None:
        self._address = address
        self._knowledge = knowledge or load()
        self.name = postgres.hidden(address)

    def fingerprint(self) -> str:
        """Return what changes when the source does."""
        if self._address.startswith(postgres.SCHEMES):
            return postgres.fingerprint(self._address)
        with open_source(self._address) as cdm:
            return cdm.fingerprint()

    def check(self) -> list[Finding]:
        """Look at the source; the last findings say what can be computed."""
        return checking.check(self._address, self._knowledge)

    def convert(self, folder: Path, *, memory_mb: int, processes: int, progress: Progress) -> Converted:
        """Write the record tables into ``folder``."""
        progress("opening", 0, None)
        with open_source(self._address) as cdm:
            done = write(
                cdm, self._knowledge, folder, memory_mb=memory_mb, threads=processes, progress=progress
            )
            until = written(cdm.files, cdm.released())
        return Converted(
            tables=[
                TableCount(table=c.table, read=c.read, used=c.used, unused=c.unused) for c in done.tables
            ],
            persons=done.persons,
            last_day=last_day(folder, until),
        )
