"""The files of a bulk export: which there are, what the first line of each is, their lines one by one."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, cast

import msgspec

from opentrd.errors import InputError
from opentrd.records.fhir.bundle import Found, is_lines, resources

ENDINGS: Final = (".json", ".ndjson", ".jsonl", ".fhir")
HELP: Final = "give a folder of NDJSON files as a FHIR server exports them (Patient.ndjson, ...)"
#: How much larger than a gzip file of FHIR its content is, at most, as a rule.
GZIP_RATIO: Final = 15
_BLOCK: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"


class ExportFile(msgspec.Struct, frozen=True):
    """One file of an export: its number in the order of the names, its name within the folder, its size."""

    number: int
    path: Path
    shown: str
    size: int
    modified_ns: int
    gzip: bool

    @property
    def content(self) -> int:
        """About how many bytes are in it, unpacked."""
        return self.size * GZIP_RATIO if self.gzip else self.size


def export_files(source: Path) -> tuple[list[ExportFile], list[str]]:
    """Return the files of an export (a folder, or one file) and the names of files that are no records.

    Hidden files and folders are passed over. Raises ``InputError`` for one that cannot be opened.
    """
    paths = sorted(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else [source]
    found: list[ExportFile] = []
    others: list[str] = []
    for path in paths:
        shown = str(path.relative_to(source)) if source.is_dir() else path.name
        if source.is_dir() and any(part.startswith(".") for part in Path(shown).parts):
            continue
        endings = [ending.lower() for ending in path.suffixes if ending.lower() != ".gz"]
        if endings and endings[-1] in ENDINGS:
            status = path.stat()
            packed = _start(path, shown) == _GZIP
            found.append(ExportFile(len(found), path, shown, status.st_size, status.st_mtime_ns, packed))
        else:
            others.append(shown)
    return found, others


def _start(path: Path, shown: str) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(2)
    except OSError as error:
        raise InputError(shown, "", f"it cannot be opened: {error.strerror}", HELP) from None


def fingerprint(files: list[ExportFile]) -> str:
    """Return what changes when a file of the export does: of names, sizes and times."""
    total = hashlib.sha256()
    for file in files:
        total.update(f"{file.shown}\0{file.size}\0{file.modified_ns}\n".encode())
    return total.hexdigest()


class Reading:
    """An export's file while being read; ``done`` is how many of its bytes on the disk were read."""

    def __init__(self, file: ExportFile) -> None:
        self.file = file
        self._raw: IO[bytes] = file.path.open("rb")
        self._stream: IO[bytes] = self._raw
        if file.gzip:
            self._stream = cast(IO[bytes], gzip.GzipFile(fileobj=self._raw))

    @property
    def done(self) -> int:
        """How many bytes of the file were read."""
        return self._raw.tell()

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._raw.close()

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Give the lines that are not empty with their numbers, holding one at a time.

        A file that is one JSON text over several lines (a Bundle as a file) is given as line 0.
        """
        start = self._block(_BLOCK).removeprefix(b"\xef\xbb\xbf")
        if not start.lstrip():
            return
        if not start.lstrip().startswith(b"{"):
            raise InputError(self.file.shown, "line 1", "it does not begin as JSON does", HELP)
        first, _, rest = start.strip().partition(b"\n")
        if rest and not is_lines(first, rest.lstrip()):
            yield 0, start + self._block(-1)
            return
        number = 0
        pending = start
        while pending:
            *whole, pending = pending.split(b"\n")
            for line in whole:
                number += 1
                if line.strip():
                    yield number, line.strip()
            block = self._block(_BLOCK)
            if not block:
                break
            pending += block
        if pending.strip():
            yield number + 1, pending.strip()

    def _block(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(
                self.file.shown, "", f"it cannot be read: {error}", "copy or export it again"
            ) from None

    def found(self, number: int, text: bytes) -> list[Found]:
        """Return the resources of a line: one, those of a Bundle, or a mark of what is no resource."""
        return list(resources(text, self.file.shown, f"line {number}" if number else ""))
