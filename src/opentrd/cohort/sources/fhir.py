"""A bulk FHIR export as a source of a population."""

from __future__ import annotations

from pathlib import Path

from opentrd.cohort.checking import fhir as checking
from opentrd.cohort.sources.days import last_days, written
from opentrd.cohort.sources.model import Converted, Finding, Progress, TableCount
from opentrd.knowledge.loader import Knowledge
from opentrd.records.bulk import convert as bulk
from opentrd.records.bulk.files import export_files, fingerprint


class FhirSource:
    """A folder of NDJSON (plain or gzip) as servers export it, or one file of it; Bundles are opened."""

    kind = "fhir"

    def __init__(self, path: str, knowledge: Knowledge) -> None:
        self.name = path
        self._path = Path(path)
        self._knowledge = knowledge

    def fingerprint(self) -> str:
        """Return what changes when a file of the export does."""
        return fingerprint(export_files(self._path)[0])

    def check(self) -> list[Finding]:
        """Look at the first lines of each file; the last findings say what can be computed."""
        return checking.check(self._path, self._knowledge)

    def convert(self, folder: Path, *, memory_mb: int, processes: int, progress: Progress) -> Converted:
        """Write the record tables into ``folder``; stopped and called again, it goes on.

        The last day is that of the last line that is dated before its file was written. Raises ``InputError``
        that names file and line.
        """
        folder.mkdir(parents=True, exist_ok=True)
        done = bulk.convert(
            self._path, folder, self._knowledge, memory_mb=memory_mb, processes=processes, told=progress
        )
        until = written([file.path for file in export_files(self._path)[0]])
        days = last_days(folder, until)
        return Converted(
            tables=[_count(kind, read, done.unused.get(kind, {})) for kind, read in done.read.items()],
            persons=done.persons,
            last_day=days.row,
            observed=days.observed,
        )

    prepare = convert


def _count(kind: str, read: int, unused: dict[str, int]) -> TableCount:
    return TableCount(table=kind, read=read, used=read - sum(unused.values()), unused=unused)
