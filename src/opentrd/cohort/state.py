"""What a run keeps while it works, so that a run that was stopped goes on: the folder ``OUT/.work``.

``plan.json`` says what the work belongs to; work of another plan or of a changed source is thrown away.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypeVar

import msgspec

from opentrd.cohort.judging import Plan
from opentrd.cohort.sources.model import Converted, Finding
from opentrd.folders import drop

T = TypeVar("T")
#: What the check of a source found, beside the record tables that were made of it.
ORIGIN: Final = "source.json"


class Work(msgspec.Struct, kw_only=True, frozen=True):
    """What the work of a run depends on: any difference makes it worthless.

    ``source`` is the fingerprint of the source, ``version`` that of the program, ``knowledge`` that of its
    tables; ``as_of`` is the day asked for (``None``: the last day of the source).
    """

    source: str
    version: str
    knowledge: str
    engine: str
    as_of: int | None
    instrument: str
    definitions: tuple[str, ...] | None
    staging: bool
    trials: bool
    persons_a_slice: int

    def plan(self, as_of: int, folder: str | None) -> Plan:
        """Return what a slice needs to know."""
        return Plan(
            as_of=as_of,
            instrument=self.instrument,
            definitions=self.definitions,
            staging=self.staging,
            trials=self.trials,
            knowledge=folder,
        )


class Origin(msgspec.Struct, kw_only=True):
    """``source.json`` beside record tables: of what they were made, and what its check found."""

    source: str
    kind: str
    findings: list[Finding]


def keep_findings(folder: Path, origin: Origin) -> None:
    """Write what the check of a source found beside the record tables that are made of it."""
    write_json(folder / ORIGIN, origin)


def kept_findings(folder: Path) -> list[Finding]:
    """Return what the check of the source found of which record tables were made, where that was kept."""
    origin = read_json(folder / ORIGIN, Origin)
    return origin.findings if origin is not None else []


class WorkFolder:
    """The folder of work below a folder of results."""

    def __init__(self, out: Path) -> None:
        self.path = out / ".work"
        self.records = self.path / "records"
        self.slices = self.path / "slices"

    def begin(self, work: Work) -> bool:
        """Make the folder for this work; tell whether there is work of the same kind to go on with."""
        if read_json(self.path / "plan.json", Work) == work:
            return True
        self.drop()
        self.path.mkdir(parents=True)
        write_json(self.path / "plan.json", work)
        return False

    @property
    def converted(self) -> Converted | None:
        """What the conversion did, where it was finished."""
        return read_json(self.path / "converted.json", Converted)

    def keep_converted(self, converted: Converted) -> None:
        """Note that the conversion is finished."""
        write_json(self.path / "converted.json", converted)

    def drop(self) -> None:
        """Remove the work."""
        drop(self.path)


def write_json(path: Path, value: object) -> None:
    """Write a value as JSON, whole or not at all."""
    made = path.with_name(f".{path.name}.part")
    made.write_bytes(msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=2) + b"\n")
    made.replace(path)


def read_json(path: Path, kind: type[T]) -> T | None:
    """Return a value that ``write_json`` wrote; ``None`` where there is none or it is of another form."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
