"""An export bucket by bucket, for who reads other things of it than the record of depression."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from opentrd.errors import InputError
from opentrd.records.bulk import files as export
from opentrd.records.bulk.convert import Plan, Told, bucket_count, distribute_all
from opentrd.records.bulk.reading import Bucket, shared_lines, taken
from opentrd.records.bulk.spill import spilled
from opentrd.records.fhir.bundle import Found


class Own(NamedTuple):
    """Some persons of an export: all lines of theirs, and shared ones that these refer to."""

    lines: Iterator[Found]
    shared: list[Found]


def in_buckets(source: Path, work: Path, *, memory_mb: int, told: Told) -> Iterator[Own]:
    """Give the lines of an export, all those of a person in the same bucket, one bucket in memory at a time.

    ``work`` is an empty folder for the time of reading. Raises ``InputError`` that names file and line of all
    lines that are not JSON.
    """
    found, _ = export.export_files(source)
    if not found:
        raise InputError(str(source), "", "there is no FHIR in it", export.HELP)
    count = bucket_count(sum(file.content for file in found), memory_mb, 1)
    plan = Plan(export.fingerprint(found), "", "", count)
    lines = distribute_all(found, work, plan, memory_mb, 1, told)
    names = [file.shown for file in found]
    for name in lines.buckets:
        bucket = Bucket(name, names, work / "lines", work / "shared.sqlite", work)
        own = sorted(spilled(bucket.lines, name), key=lambda line: (line.file, line.order), reverse=True)
        shared = [line.found(names) for line in shared_lines(bucket, own)]
        yield Own(taken(own, names), shared)
