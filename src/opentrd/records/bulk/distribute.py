"""First pass: every line of the export to the bucket of its person, in a few processes.

Lines that are nobody's go to a bucket by their own name, so that the same one told twice meets itself; those
that a person's line may refer to go to the shared ones as well, deletions to a list that every bucket sees.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec

from opentrd.errors import SHOWN, InputError
from opentrd.records.bulk.files import ExportFile, Reading
from opentrd.records.bulk.owners import SHAREABLE, Owned, SamePerson, owner
from opentrd.records.bulk.spill import Spill, Spilled
from opentrd.records.fhir.bundle import Found, explain

SHARED: Final = "shared"
DELETED: Final = "deleted"
#: Lines that name their person by an identifier alone: they wait until all patients were seen.
BY_IDENTIFIER: Final = "by_identifier"
_BROKEN: Final = "repair or export it again"

Step = Callable[[int], None]


class Share(msgspec.Struct):
    """What one process has to distribute: its number, its files, where to, into how many buckets."""

    writer: int
    files: list[ExportFile]
    folder: Path
    buckets: int
    limit: int
    links: list[tuple[str, str]]


class Distributed(msgspec.Struct):
    """What came of a share: lines by file, links of patients, problems of the input."""

    lines: int = 0
    types: Counter[str] = msgspec.field(default_factory=Counter)
    links: list[tuple[str, str]] = []
    patient_files: list[int] = []
    problems: list[InputError] = []


def person_bucket(person: str, buckets: int) -> str:
    """Return the bucket of a person."""
    return bucket_of(f"Patient/{person}", buckets)


def bucket_of(name: str, buckets: int) -> str:
    """Return the bucket of a name: a person's, or that of a line of nobody."""
    number = int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
    return f"b{number % buckets:05d}"


def distribute(share: Share, _: None, step: Step) -> Distributed:
    """Send the lines of a share's files to their buckets. ``step`` is told of bytes read."""
    same = SamePerson(share.links)
    spill = Spill(share.folder, share.writer, share.limit)
    out = Distributed()
    for file in share.files:
        for order, found, owned in owned_lines(file, out, step):
            line = Spilled.of(file.number, order, found)
            out.lines += 1
            out.types[owned.type] += 1
            out.links += [(owned.person or "", other) for other in owned.links]
            if owned.type == "Patient" and file.number not in out.patient_files:
                out.patient_files.append(file.number)
            if owned.identifier is not None:
                spill.add(BY_IDENTIFIER, line)
                continue
            if owned.person is None and owned.type in SHAREABLE and (owned.name or found.full_url):
                spill.add(SHARED, line)
            if found.deletes:
                spill.add(DELETED, line)
            if owned.person is not None:
                bucket = person_bucket(same.group(owned.person), share.buckets)
            else:
                bucket = bucket_of(owned.name or f"{file.number} {order}", share.buckets)
            spill.add(bucket, line)
    spill.flush()
    return out


def patient_links(files: list[ExportFile]) -> list[tuple[str, str]]:
    """Return which ids the patients of some files say to be one person."""
    out = Distributed()
    found = (owned for file in files for _, _, owned in owned_lines(file, out, lambda _: None))
    return [(owned.person, other) for owned in found if owned.person for other in owned.links]


def holds_patients(file: ExportFile) -> bool:
    """Say whether the first line of a file is a patient, as in exports all others of the file are then."""
    for _, _, owned in owned_lines(file, Distributed(), lambda _: None):
        return owned.type == "Patient"
    return False


def owned_lines(file: ExportFile, out: Distributed, step: Step) -> Iterator[tuple[int, Found, Owned]]:
    """Give the resources of a file with whose they are; a broken line is a problem and passed over."""
    order = 0
    done = 0
    try:
        with Reading(file) as reading:
            for number, text in reading.lines():
                try:
                    found = reading.found(number, text)
                    aliases = _aliases(found)
                    owned = [(one, _owner(one, aliases)) for one in found]
                except InputError as error:
                    _note(out, error)
                    continue
                for one, whose in owned:
                    order += 1
                    yield order, one, whose
                if reading.done != done:
                    step(reading.done - done)
                    done = reading.done
    except InputError as error:
        _note(out, error)
    step(file.size - done)


def _owner(found: Found, aliases: dict[str, str]) -> Owned:
    if found.reason:
        return Owned("", None, None)
    try:
        return owner(found, aliases)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        field, what = explain(error)
        where = ", ".join(part for part in (found.place, field) if part)
        raise InputError(found.file, where, what, _BROKEN) from None


def _aliases(found: list[Found]) -> dict[str, str]:
    """Return where the full addresses within a Bundle lead: ``Type/id``."""
    if len(found) < 2:
        return {}
    aliases = {}
    for one in found:
        if one.full_url and not one.reason:
            own = _owner(one, {})
            aliases[one.full_url] = (
                f"Patient/{own.person}" if own.type == "Patient" else own.name or "Other/?"
            )
    return aliases


def _note(out: Distributed, error: InputError) -> None:
    if len(out.problems) <= SHOWN:
        out.problems.append(error)
