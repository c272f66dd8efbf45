"""Makes record files of what was uploaded: compressed files are opened, within limits.

Sizes are counted as they come out, whatever a file says of itself. Names serve to show and to tell files
apart: never as paths.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import IO, Final

from opentrd.errors import InputError
from opentrd.present.words.formats import clean
from opentrd.service.settings import Limits

_BLOCK: Final = 1 << 16
#: So many letters of a name are kept, its ending among them.
_NAME: Final = 120
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
#: What is read of an archive; all else in it (pictures, other people's formats) is left packed.
_RECORDS: Final = (".json", ".ndjson", ".jsonl", ".fhir", ".csv", ".tsv", ".yaml", ".yml")
#: Below so many bytes the ratio says nothing.
_SMALL: Final = 1 << 20
_FULL: Final = "open fewer or smaller files; the limits are settings of the service (docs/service.md)"


def unpack(uploads: Iterable[tuple[str, bytes]], limits: Limits) -> dict[str, bytes]:
    """Return record files by name. Raises ``InputError`` where something is too large or broken."""
    made = _Unpacked(limits)
    for name, body in uploads:
        made.add(plain_name(name), body)
    if not made.files:
        raise InputError("", "", "no file was chosen", "choose a file, or write down what you tried")
    return made.files


def plain_name(name: str) -> str:
    """Return the last part of a name, without signs that cannot be shown."""
    last = clean(name.replace("\\", "/").rpartition("/")[2]).strip(" .")
    if len(last) > _NAME:
        ending = PurePosixPath(last).suffix[:12]
        last = last[: _NAME - len(ending)] + ending
    return last or "file"


class _Unpacked:
    def __init__(self, limits: Limits) -> None:
        self.files: dict[str, bytes] = {}
        self._limits = limits
        self._left = limits.unpacked_bytes

    def add(self, name: str, body: bytes) -> None:
        """Take an uploaded file, opened where it is compressed."""
        if body.startswith(_GZIP):
            self._keep(name.removesuffix(".gz"), self._gunzip(name, body))
        elif body.startswith(_ZIP):
            self._unzip(name, body)
        else:
            self._keep(name, body)

    def _keep(self, name: str, body: bytes) -> None:
        if len(self.files) >= self._limits.files:
            raise InputError(name, "", f"these are more than {self._limits.files} files", _FULL)
        self._left -= len(body)
        if self._left < 0:
            raise InputError(name, "", self._too_large(), _FULL)
        path = PurePosixPath(name)
        number = 1
        while name in self.files:
            number += 1
            name = f"{path.stem} ({number}){path.suffix}"
        self.files[name] = body

    def _gunzip(self, name: str, body: bytes) -> bytes:
        opened = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        most = self._most(len(body))
        try:
            made = opened.decompress(body, most + 1)
        except zlib.error as error:
            raise InputError(name, "", f"it cannot be unpacked: {error}", "copy it again") from None
        if len(made) > most:
            raise InputError(name, "", self._too_large(), _FULL)
        if not opened.eof:
            raise InputError(name, "", "it ends too soon", "copy it again")
        return made

    def _unzip(self, name: str, body: bytes) -> None:
        try:
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                self._members(name, archive)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
            what = f"the archive cannot be opened: {clean(str(error))}"
            raise InputError(name, "", what, "unpack it and choose the files in it") from None

    def _members(self, name: str, archive: zipfile.ZipFile) -> None:
        found = [
            member
            for member in archive.infolist()
            if not member.is_dir() and _is_record(PurePosixPath(member.filename))
        ]
        if not found:
            what = "there is no record in this archive"
            raise InputError(name, "", what, f"it holds files that end in one of: {', '.join(_RECORDS)}")
        if len(found) > self._limits.files:
            raise InputError(name, "", f"it holds more than {self._limits.files} files", _FULL)
        for member in found:
            with archive.open(member) as opened:
                self._keep(plain_name(member.filename), self._read(name, opened, member.compress_size))

    def _read(self, name: str, opened: IO[bytes], packed: int) -> bytes:
        most = self._most(packed)
        blocks: list[bytes] = []
        total = 0
        while block := opened.read(_BLOCK):
            total += len(block)
            if total > most:
                raise InputError(name, "", self._too_large(), _FULL)
            blocks.append(block)
        return b"".join(blocks)

    def _most(self, packed: int) -> int:
        return min(self._left, max(_SMALL, packed * self._limits.ratio))

    def _too_large(self) -> str:
        return f"unpacked it is larger than what is read ({self._limits.unpacked_bytes} bytes)"


def _is_record(path: PurePosixPath) -> bool:
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return path.suffix.lower() in _RECORDS and not hidden
