"""A first look at an export: the first lines of each file, and what its table of contents says."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Final

import msgspec

from opentrd.errors import InputError
from opentrd.records.bulk.files import ExportFile, Reading
from opentrd.records.fhir.bundle import Found
from opentrd.records.fhir.entry import Reader

#: Lines of each file that are looked at.
LINES: Final = 1_000
#: At most so many lines of medicines, and of scores, are read as they are for the record.
KEPT: Final = 10_000
MEDICINES: Final = (
    "MedicationRequest",
    "MedicationDispense",
    "MedicationStatement",
    "MedicationAdministration",
    "Medication",
)
SCORES: Final = ("Observation", "QuestionnaireResponse")
#: At most so many broken places are named; the others are counted.
NAMED: Final = 10


class Output(msgspec.Struct, rename="camel"):
    """One file that the table of contents of an export names."""

    type: str | None = None
    url: str | None = None


class Manifest(msgspec.Struct, rename="camel"):
    """The table of contents of an export, where it was kept beside the files."""

    transaction_time: str | None = None
    output: list[Output] = []
    deleted: list[Output] = []
    error: list[Output] = []


class Look(msgspec.Struct):
    """What a first look found: resources by type, how many of them name a person, problems, contents.

    ``broken`` counts all problems, of which the first are kept; ``medicines`` and ``scores`` are the first
    lines that tell of them.
    """

    types: Counter[str] = msgspec.field(default_factory=Counter)
    named: int = 0
    problems: list[InputError] = []
    broken: int = 0
    medicines: list[Found] = []
    scores: list[Found] = []
    manifest: Manifest | None = None


def look(files: list[ExportFile]) -> Look:
    """Look at the first lines of each file, each read as far as the reader decodes a line by itself."""
    out = Look()
    reader = Reader(lambda _: True)
    for file in files:
        try:
            with Reading(file) as reading:
                for number, text in islice(reading.lines(), LINES):
                    _look_at(reading, number, text, reader, out)
        except InputError as error:
            _note(out, error)
    return out


def _look_at(reading: Reading, number: int, text: bytes, reader: Reader, out: Look) -> None:
    try:
        for found in reading.found(number, text):
            if found.reason == "export_manifest":
                out.manifest = _manifest(text)
            entries = list(reader.entries(found))
            types = {entry.type for entry in entries}
            for kept, wanted in ((out.medicines, MEDICINES), (out.scores, SCORES)):
                if len(kept) < KEPT and not types.isdisjoint(wanted):
                    kept.append(found)
            for entry in entries:
                out.types[entry.type] += 1
                out.named += entry.type == "Patient" or entry.owner is not None
    except InputError as error:
        _note(out, error)


def _note(out: Look, error: InputError) -> None:
    out.broken += 1
    if len(out.problems) < NAMED:
        out.problems.append(error)


def _manifest(text: bytes) -> Manifest | None:
    try:
        return msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError:
        return None
