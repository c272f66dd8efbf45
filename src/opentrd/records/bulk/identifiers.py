"""Lines that name their person by an identifier alone: settled once all patients were seen."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from opentrd.records.bulk.distribute import BY_IDENTIFIER, person_bucket
from opentrd.records.bulk.files import ExportFile, Reading
from opentrd.records.bulk.owners import SamePerson, identifiers, owner
from opentrd.records.bulk.spill import Spill, Spilled, bucket_files, spilled

#: Beyond all writers of the first pass.
_WRITER: Final = 1_000_000
_LIMIT: Final = 32_000_000


def settle(files: list[ExportFile], names: list[str], folder: Path, same: SamePerson, buckets: int) -> None:
    """Send lines that name a person by identifier to the person's bucket.

    ``files`` are those that hold patients. An identifier that no patient has stands for a person of its own,
    as the reader takes it.
    """
    wanted = {_identifier(line, names) for line in spilled(folder, BY_IDENTIFIER)}
    if not wanted:
        return
    persons = _patients_with(wanted, files)
    spill = Spill(folder, _WRITER, _LIMIT)
    for line in spilled(folder, BY_IDENTIFIER):
        key = _identifier(line, names)
        spill.add(person_bucket(same.group(persons.get(key, key[1])), buckets), line)
    spill.flush()
    for path in bucket_files(folder, BY_IDENTIFIER):
        path.unlink()


def _identifier(line: Spilled, names: list[str]) -> tuple[str, str]:
    found = owner(line.found(names), {}).identifier
    assert found is not None
    return found


def _patients_with(wanted: set[tuple[str, str]], files: list[ExportFile]) -> dict[tuple[str, str], str]:
    """Return the ids of patients by those identifiers that are asked for; the first patient has it."""
    found: dict[tuple[str, str], str] = {}
    for file in files:
        with Reading(file) as reading:
            for number, text in reading.lines():
                for one in reading.found(number, text):
                    whose = None if one.reason else owner(one, {})
                    if whose is None or whose.type != "Patient" or whose.person is None:
                        continue
                    for key in identifiers(one.raw):
                        if key in wanted:
                            found.setdefault(key, whose.person)
    return found
