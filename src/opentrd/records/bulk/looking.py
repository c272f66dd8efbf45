"""A first look at an export: the first lines of each file, and what its table of contents says."""

from __future__ import annotations

from collections import Counter
from typing import Final

import msgspec

from opentrd.errors import InputError
from opentrd.records.bulk.files import ExportFile, Reading
from opentrd.records.fhir.entry import Reader

#: Lines of each file that are looked at.
LINES: Final = 1_000


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
    """What a first look found: resources by type, how many of them name a person, problems, contents."""

    types: Counter[str] = msgspec.field(default_factory=Counter)
    named: int = 0
    problems: list[InputError] = []
    manifest: Manifest | None = None


def look(files: list[ExportFile]) -> Look:
    """Look at the first lines of each file, each read as far as the reader decodes a line by itself."""
    out = Look()
    reader = Reader(lambda _: True)
    for file in files:
        try:
            _look_at(file, reader, out)
        except InputError as error:
            out.problems.append(error)
    return out


def _look_at(file: ExportFile, reader: Reader, out: Look) -> None:
    with Reading(file) as reading:
        for count, (number, text) in enumerate(reading.lines()):
            if count >= LINES:
                return
            for found in reading.found(number, text):
                if found.reason == "export_manifest":
                    out.manifest = _manifest(text)
                for entry in reader.entries(found):
                    out.types[entry.type] += 1
                    out.named += entry.type == "Patient" or entry.owner is not None


def _manifest(text: bytes) -> Manifest | None:
    try:
        return msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError:
        return None
