"""Second pass: the lines of one bucket become the records of its persons, written as record tables."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from opentrd.records.bulk.distribute import DELETED
from opentrd.records.bulk.owners import SHAREABLE, references
from opentrd.records.bulk.shared import look_up
from opentrd.records.bulk.spill import Spilled, bucket_files, spilled
from opentrd.records.fhir.bundle import Found
from opentrd.records.fhir.reader import Fhir, Part
from opentrd.records.tables.write import RecordWriter

COUNTS: Final = "counts.json"
USES: Final = "uses.parquet"
_USES: Final = pa.schema([("source_id", pa.string()), ("person_id", pa.string())])


class Bucket(msgspec.Struct):
    """One bucket to read: its name, the names of the export's files, where lines are and tables go."""

    name: str
    files: list[str]
    lines: Path
    shared: Path
    tables: Path


class Counts(msgspec.Struct):
    """What was read in a bucket: resources by type, lines of the export."""

    read: dict[str, int]
    lines: int


def read_bucket(bucket: Bucket, fhir: Fhir, step: Callable[[int], None]) -> None:
    """Read a bucket and write its tables: a folder that is whole or not there. ``step`` is told of lines.

    Raises ``InputError`` that names file and line of what is malformed.
    """
    lines = sorted(spilled(bucket.lines, bucket.name), key=_place, reverse=True)
    total = len(lines)
    shared = shared_lines(bucket, lines)
    part = fhir.read_part(taken(lines, bucket.files), (line.found(bucket.files) for line in shared))
    check_sum(part)
    made = bucket.tables / f"{bucket.name}.part"
    shutil.rmtree(made, ignore_errors=True)
    with RecordWriter(made) as writer:
        for record in part.records:
            writer.write(record)
        writer.nobody(part.nobody)
    write_uses(part.uses, made / USES)
    (made / COUNTS).write_bytes(msgspec.json.encode(Counts(dict(part.read), total)))
    made.rename(bucket.tables / bucket.name)
    for path in bucket_files(bucket.lines, bucket.name):
        path.unlink()
    step(total)


def write_uses(uses: dict[str, str], path: Path) -> None:
    """Write who used lines that are nobody's."""
    pq.write_table(pa.table([list(uses), list(uses.values())], schema=_USES), path)


def check_sum(part: Part) -> None:
    """Hold a part to the law of all readers: what was read was used, or is listed as not used."""
    used = sum(len(record.used) for record in part.records)
    unused = sum(len(record.unused) for record in part.records) + len(part.nobody)
    read = sum(part.read.values())
    if read != used + unused:
        raise AssertionError(f"read {read} resources, used {used}, not used {unused}")


def _place(line: Spilled) -> tuple[int, int]:
    return line.file, line.order


def taken(lines: list[Spilled], files: list[str]) -> Iterator[Found]:
    """Give lines from the end of the list, so that each text is let go once it is read."""
    while lines:
        yield lines.pop().found(files)


def shared_lines(bucket: Bucket, lines: list[Spilled]) -> list[Spilled]:
    """Return what the lines of a bucket refer to among those of nobody, and what is deleted."""
    own = {_place(line) for line in lines}
    asked = {name for line in lines for name in references(line.raw) if _may_be_shared(name)}
    found = [*look_up(bucket.shared, asked), *spilled(bucket.lines, DELETED)]
    return [line for line in found if _place(line) not in own]


def _may_be_shared(name: str) -> bool:
    kind, slash, rest = name.partition("/")
    return not slash or "/" in rest or kind in SHAREABLE


def total_read(folders: list[Path]) -> Counter[str]:
    """Return how many resources of each type the buckets of some folders hold."""
    total: Counter[str] = Counter()
    for folder in folders:
        total.update(msgspec.json.decode((folder / COUNTS).read_bytes(), type=Counts).read)
    return total
