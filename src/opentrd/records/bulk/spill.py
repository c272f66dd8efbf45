"""Lines on the disk between the two passes: written in packed blocks, one file open at a time.

Lines for many buckets wait in memory up to a limit; then each bucket's are packed (zstd) and added to its
file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from typing import Final

import msgspec
import pyarrow as pa

from opentrd.records.fhir.bundle import Found

_SIZES: Final = Struct("<QQ")
_LENGTH: Final = Struct("<I")
_CODEC: Final = pa.Codec("zstd", compression_level=1)


class Spilled(msgspec.Struct, array_like=True, gc=False):
    """A line with where it stood: number of the file, place in it, running number there."""

    file: int
    order: int
    place: str
    raw: bytes
    full_url: str | None = None
    reason: str = ""
    deletes: str | None = None
    deleted_at: str = ""

    @classmethod
    def of(cls, file: int, order: int, found: Found) -> Spilled:
        """Return a resource as it is kept."""
        raw = bytes(found.raw)
        at = found.full_url, found.reason, found.deletes, found.deleted_at
        return cls(file, order, found.place, raw, *at)

    def found(self, names: list[str]) -> Found:
        """Return the resource as the reader takes it; ``names`` are those of the files."""
        return Found(
            self.raw,
            names[self.file],
            self.place,
            self.full_url,
            self.reason,
            self.deletes,
            self.deleted_at,
        )


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Spilled).decode


class Spill:
    """Writes lines to the files of buckets, ``name-writer`` in a folder, holding at most ``limit`` bytes."""

    def __init__(self, folder: Path, writer: int, limit: int) -> None:
        self._folder = folder
        self._writer = writer
        self._limit = limit
        self._waiting: dict[str, bytearray] = {}
        self._held = 0
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, bucket: str, line: Spilled) -> None:
        """Add a line to a bucket."""
        text = _encode(line)
        held = self._waiting.get(bucket)
        if held is None:
            held = self._waiting[bucket] = bytearray()
        held += _LENGTH.pack(len(text))
        held += text
        self._held += len(text)
        if self._held > self._limit:
            self.flush()

    def flush(self) -> None:
        """Write all that waits."""
        for bucket, held in self._waiting.items():
            packed = _CODEC.compress(bytes(held), asbytes=True)
            with (self._folder / f"{bucket}-{self._writer}").open("ab") as file:
                file.write(_SIZES.pack(len(packed), len(held)))
                file.write(packed)
        self._waiting.clear()
        self._held = 0


def bucket_files(folder: Path, bucket: str) -> list[Path]:
    """Return the files of a bucket, one for each writer that had something for it."""
    return sorted(folder.glob(f"{bucket}-*"))


def spilled(folder: Path, bucket: str) -> Iterator[Spilled]:
    """Give the lines of a bucket, block by block."""
    for path in bucket_files(folder, bucket):
        with path.open("rb") as file:
            while sizes := file.read(_SIZES.size):
                packed, size = _SIZES.unpack(sizes)
                block = memoryview(_CODEC.decompress(file.read(packed), size, asbytes=True))
                at = 0
                while at < size:
                    (length,) = _LENGTH.unpack_from(block, at)
                    at += _LENGTH.size
                    yield _decode(block[at : at + length])
                    at += length
