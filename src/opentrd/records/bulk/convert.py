"""An export to record tables: plan, distribute, read, merge; goes on from the buckets that are finished."""

from __future__ import annotations

import math
import shutil
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from opentrd.errors import SHOWN, InputError, SeveralInputsError
from opentrd.folders import drop
from opentrd.knowledge.loader import Knowledge
from opentrd.records.bulk import files as export
from opentrd.records.bulk.distribute import (
    SHARED,
    Distributed,
    Share,
    distribute,
    holds_patients,
    patient_links,
)
from opentrd.records.bulk.files import ExportFile
from opentrd.records.bulk.identifiers import settle
from opentrd.records.bulk.merge import merge, persons_and_used, unused_counts
from opentrd.records.bulk.owners import SamePerson
from opentrd.records.bulk.pool import run
from opentrd.records.bulk.reading import COUNTS, USES, Bucket, Counts, read_bucket, total_read, write_uses
from opentrd.records.bulk.shared import keep
from opentrd.records.bulk.spill import bucket_files, spilled
from opentrd.records.fhir.reader import Fhir
from opentrd.records.model import Unused
from opentrd.records.tables.write import RecordWriter
from opentrd.version import __version__

#: The folder of work within the folder of tables, gone when the tables are whole.
WORK: Final = ".reading"
#: How many times its text a bucket takes in memory while it is read, as measured (docs/bulk-fhir.md).
READING_TAKES: Final = 8
_MB: Final = 1_000_000
#: Starting a process takes as long as reading this much.
_WORTH_A_PROCESS: Final = 20 * _MB
_MOST_WAITING: Final = 64 * _MB

Told = Callable[[str, int, int | None], None]
T = TypeVar("T")


class Plan(msgspec.Struct, frozen=True):
    """What the work belongs to: work of another export, program or knowledge is thrown away."""

    export: str
    version: str
    knowledge: str
    buckets: int


class Lines(msgspec.Struct):
    """What the first pass found: how many lines, the buckets that have any."""

    lines: int
    buckets: list[str]


class Export(msgspec.Struct):
    """What reading an export did: resources read by type, those not used by type and reason, persons."""

    read: dict[str, int]
    unused: dict[str, dict[str, int]]
    persons: int


def convert(
    source: Path, folder: Path, knowledge: Knowledge, *, memory_mb: int, processes: int, told: Told
) -> Export:
    """Write the record tables of an export into a folder, sorted by person, each file whole or not there.

    ``knowledge`` is what codes are read with; ``memory_mb`` is what all processes may take together, a person
    of one bucket aside. ``told`` is given the stage, how much is done and of how much (megabytes of files,
    then lines, then tables). Stopped and called again, it goes on from the buckets that were finished.

    Raises ``InputError`` that names file and line: of all lines that are not JSON at once, else of the first
    resource that cannot be read; and where the work of a run that was stopped is not whole.
    """
    found, others = export.export_files(source)
    if not found:
        raise InputError(str(source), "", "there is no FHIR in it", export.HELP)
    work = folder / WORK
    content = sum(file.content for file in found)
    processes = max(min(processes, math.ceil(content / _WORTH_A_PROCESS)), 1)
    plan = Plan(
        export.fingerprint(found),
        __version__,
        f"{knowledge.version} {knowledge.local_rows}",
        bucket_count(content, memory_mb, processes),
    )
    _begin(work, plan)
    lines = _read(work / "lines.json", Lines)
    if lines is None:
        lines = distribute_all(found, work, plan, memory_mb, processes, told)
        _write(work / "lines.json", lines)
    _read_buckets(lines, found, work, knowledge, processes, told)
    _set_aside(others, work / "tables")
    tables = [work / "tables" / name for name in (*lines.buckets, "others")]
    merge(
        tables,
        folder,
        work / "spill",
        memory_mb=memory_mb,
        threads=processes,
        told=lambda done: told("sorting tables by person", done, 6),
    )
    out = _counted(folder, total_read(tables), str(source))
    drop(work)
    return out


def bucket_count(content: int, memory_mb: int, processes: int) -> int:
    """Return into how many buckets lines go, so that those that are read at once fit the memory."""
    one = memory_mb * _MB / max(processes, 1) / READING_TAKES
    return max(processes, math.ceil(content / one), 1)


def _begin(work: Path, plan: Plan) -> None:
    if _read(work / "plan.json", Plan) != plan:
        drop(work)
        (work / "tables").mkdir(parents=True)
        _write(work / "plan.json", plan)


def distribute_all(
    found: list[ExportFile], work: Path, plan: Plan, memory_mb: int, processes: int, told: Told
) -> Lines:
    """Write every line of an export to the bucket of its person, below ``work``; tell the buckets."""
    size = sum(file.size for file in found) // _MB
    links = patient_links([file for file in found if holds_patients(file)])
    limit = min(_MOST_WAITING, memory_mb * _MB // max(processes, 1) // 8)
    while True:
        shutil.rmtree(work / "lines", ignore_errors=True)
        shares = [
            Share(number, some, work / "lines", plan.buckets, limit, links)
            for number, some in enumerate(_shared_out(found, processes))
        ]
        parts = list(
            run(
                distribute,
                shares,
                _nothing,
                processes,
                lambda done: told("finding whose each line is (MB)", done // _MB, size),
            )
        )
        _raise(parts)
        same = SamePerson(links)
        late = [pair for part in parts for pair in part.links if same.group(pair[0]) != same.group(pair[1])]
        if not late:
            break
        links = [*links, *late]
    patients = [file for file in found if any(file.number in part.patient_files for part in parts)]
    settle(patients, [file.shown for file in found], work / "lines", same, plan.buckets)
    keep(spilled(work / "lines", SHARED), work / "shared.sqlite")
    names = {path.name.rpartition("-")[0] for path in bucket_files(work / "lines", "b[0-9]*")}
    return Lines(sum(part.lines for part in parts), sorted(names))


def _nothing() -> None:
    return None


def _shared_out(found: list[ExportFile], processes: int) -> list[list[ExportFile]]:
    """Return the files of each process, about as much for each, each in the order of the names."""
    shares: list[list[ExportFile]] = [[] for _ in range(max(processes, 1))]
    sizes = [0] * len(shares)
    for file in sorted(found, key=lambda each: -each.content):
        least = sizes.index(min(sizes))
        shares[least].append(file)
        sizes[least] += file.content
    return [sorted(share, key=lambda file: file.number) for share in shares if share]


def _raise(parts: list[Distributed]) -> None:
    problems = [problem for part in parts for problem in part.problems]
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise SeveralInputsError(tuple(sorted(problems, key=lambda each: each.file)[: SHOWN + 1]))


def _read_buckets(
    lines: Lines, found: list[ExportFile], work: Path, knowledge: Knowledge, processes: int, told: Told
) -> None:
    names = [file.shown for file in found]
    tables = work / "tables"
    done = [name for name in lines.buckets if (tables / name).exists()]
    before = sum(_lines_of(tables / name) for name in done)
    pieces = [
        Bucket(name, names, work / "lines", work / "shared.sqlite", tables)
        for name in lines.buckets
        if name not in done
    ]
    make = partial(Fhir, knowledge)
    for _ in run(
        read_bucket, pieces, make, processes, lambda now: told("reading lines", before + now, lines.lines)
    ):
        pass
    there = sum(_lines_of(tables / name) for name in lines.buckets)
    if there != lines.lines:
        what = f"{there} of {lines.lines} lines of the export are in this work of a run that was stopped"
        raise InputError(str(work), "", what, "remove this folder and start again")


def _lines_of(folder: Path) -> int:
    return msgspec.json.decode((folder / COUNTS).read_bytes(), type=Counts).lines


def _set_aside(others: list[str], tables: Path) -> None:
    """Write files that are no records as lines of nobody."""
    folder = tables / "others"
    with RecordWriter(folder) as writer:
        writer.nobody(Unused(source_id=name, resource="file", reason="not_a_record") for name in others)
    write_uses({}, folder / USES)
    (folder / COUNTS).write_bytes(msgspec.json.encode(Counts({"file": len(others)} if others else {}, 0)))


def _counted(folder: Path, read: Counter[str], source: str) -> Export:
    """Return the counts, held to the law that all that was read was used or is listed as not used."""
    unused = unused_counts(folder)
    persons, used = persons_and_used(folder)
    if not persons:
        raise InputError(source, "", "nothing here belongs to a person: there is no patient", export.HELP)
    total = sum(sum(reasons.values()) for reasons in unused.values())
    if sum(read.values()) != used + total:
        raise AssertionError(f"read {sum(read.values())} resources, used {used}, not used {total}")
    return Export(
        dict(sorted(read.items())), {kind: dict(reasons) for kind, reasons in unused.items()}, persons
    )


def _write(path: Path, value: Plan | Lines) -> None:
    made = path.with_suffix(".part")
    made.write_bytes(msgspec.json.encode(value))
    made.replace(path)


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
