"""One entry to all forms of a record: FHIR R4 (bundle, resource, NDJSON, folder) and history sheets.

What an input is shows in its first characters, not in its name; only sheets are told apart by their names
(``.csv``, ``.yaml``) where the text leaves it open.
"""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Final, TypeAlias
from weakref import WeakKeyDictionary

from opentrd.errors import InputError
from opentrd.knowledge.loader import Knowledge
from opentrd.records.fhir import bundle
from opentrd.records.fhir.bundle import Found
from opentrd.records.fhir.reader import Fhir
from opentrd.records.model import Record, Unused

Source: TypeAlias = "str | Path | bytes | IO[bytes]"

_SHEETS: Final = (".csv", ".tsv", ".yaml", ".yml")
_JSON: Final = (".json", ".ndjson", ".jsonl", ".fhir")
_HELP: Final = "give a FHIR R4 Bundle (JSON or NDJSON), a folder of them, or a history sheet (CSV or YAML)"
_OTHER: Final = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive (unpack it first)"),
    (b"PAR1", "a Parquet file (use `opentrd cohort`)"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "a database"),
)


class Records:
    """The records of all persons of an input, in the order of their ids.

    ``unused`` are lines that belong to no person, with the reason.
    """

    def __init__(self, records: list[Record], unused: list[Unused]) -> None:
        self._records = records
        self.unused = unused

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, number: int) -> Record:
        return self._records[number]

    def one(self) -> Record:
        """Return the only record; ``InputError`` where the input holds several persons."""
        if len(self._records) != 1:
            ids = ", ".join(record.person.person_id for record in self._records[:5])
            raise InputError(
                "", "", f"the input holds {len(self._records)} persons ({ids})", "choose one of them"
            )
        return self._records[0]


def read(source: Source, knowledge: Knowledge) -> Records:
    """Read the records of a path, of standard input (``-``), of a text or of an open file.

    Raises ``InputError`` that names file and place for anything that cannot be read.
    """
    reader = _Reader(knowledge)
    if isinstance(source, bytes):
        reader.stream(io.BytesIO(source), "input", "")
    elif isinstance(source, (str, Path)):
        reader.path(source)
    else:
        reader.stream(source, str(getattr(source, "name", "input")), "")
    return reader.finish()


def read_files(files: Mapping[str, bytes], knowledge: Knowledge) -> Records:
    """Read the records of several files that were handed in together, by their names.

    Raises ``InputError`` that names file and place for anything that cannot be read.
    """
    reader = _Reader(knowledge)
    for name, body in files.items():
        reader.stream(io.BytesIO(body), name, _suffix(Path(name)))
    return reader.finish()


def resources(source: str | Path, knowledge: Knowledge) -> tuple[list[Iterable[Found]], list[Unused]]:
    """Return the FHIR resources of a path or of standard input, raw, and the files that are no records.

    Raises ``InputError`` for what cannot be read, and for a source without FHIR in it.
    """
    reader = _Reader(knowledge)
    reader.path(source)
    return reader.resources()


_readers: WeakKeyDictionary[Knowledge, Fhir] = WeakKeyDictionary()


def _fhir(knowledge: Knowledge) -> Fhir:
    """Return the reader of a knowledge; it remembers what codes mean from one input to the next."""
    found = _readers.get(knowledge)
    if found is None:
        found = _readers[knowledge] = Fhir(knowledge)
    return found


class _Reader:
    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._found: list[Iterable[Found]] = []
        self._records: list[Record] = []
        self._unused: list[Unused] = []
        self._name = ""

    def finish(self) -> Records:
        """Read what was found and return all records."""
        records, unused = self._records, self._unused
        if self._found:
            found = (one for source in self._found for one in source)
            fhir, rest = _fhir(self._knowledge).read(found, self._name)
            records, unused = [*records, *fhir], [*unused, *rest]
        if not records:
            raise InputError(self._name, "", "there is no record of a person here", _HELP)
        return Records(sorted(records, key=lambda record: record.person.person_id), unused)

    def resources(self) -> tuple[list[Iterable[Found]], list[Unused]]:
        """Return the FHIR resources that were found, raw, and the files that are no records."""
        if self._records or not self._found:
            raise InputError(
                self._name, "", "this is no FHIR, and only FHIR has what is asked for", bundle.NOT_FHIR
            )
        return self._found, self._unused

    def path(self, source: str | Path) -> None:
        """Read a file, a folder or, for ``-``, standard input."""
        self._name = str(source)
        if str(source) == "-":
            self._name = "standard input"
            self.stream(sys.stdin.buffer, self._name, "")
            return
        scheme, sign, _ = str(source).partition("://")
        if sign:
            raise InputError(f"{scheme}://...", "", "addresses are not read", _HELP)
        path = Path(source)
        if path.is_dir():
            self._folder(path)
        else:
            self._file(path, str(path))

    def _folder(self, folder: Path) -> None:
        names = sorted(path for path in folder.rglob("*") if path.is_file())
        for path in names:
            shown = str(path.relative_to(folder))
            if any(part.startswith(".") for part in path.relative_to(folder).parts):
                continue
            kind = _suffix(path)
            if kind in (*_JSON, *_SHEETS):
                self._file(path, shown)
            else:
                self._unused.append(Unused(source_id=shown, resource="file", reason="not_a_record"))

    def _file(self, path: Path, shown: str) -> None:
        try:
            stream = path.open("rb")
        except OSError as error:
            what = (
                "there is no such file"
                if isinstance(error, FileNotFoundError)
                else f"it cannot be opened: {error.strerror}"
            )
            raise InputError(shown, "", what, _HELP) from None
        self.stream(stream, shown, _suffix(path))

    def stream(self, stream: IO[bytes], name: str, kind: str) -> None:
        """Read an open file."""
        self._name = self._name or name
        data = _Peek(stream, name)
        start = data.start.lstrip(b"\xef\xbb\xbf \t\r\n")
        if not start:
            raise InputError(name, "", "it is empty", _HELP)
        for mark, what in _OTHER:
            if start.startswith(mark):
                raise InputError(name, "", f"it is {what}, not a record", _HELP)
        if start.startswith(b"<"):
            what = "it is FHIR as XML" if b"hl7.org/fhir" in data.start else "it is XML or HTML"
            raise InputError(name, "", f"{what}, only JSON is read", "export it as FHIR R4 JSON")
        if start.startswith(b"{") or (start.startswith(b"[") and kind in ("", *_JSON)):
            self._json(data, name)
        elif kind in _JSON:
            raise InputError(name, "byte 1", "it does not begin as JSON does", bundle.NOT_FHIR)
        else:
            self._sheet(data.read(), name, kind)

    def _json(self, data: _Peek, name: str) -> None:
        first, second = data.two_lines()
        if bundle.is_lines(first, second):
            self._found.append(bundle.lines(data, name))
            return
        text = data.read().removeprefix(b"\xef\xbb\xbf")
        if text.lstrip().startswith(b"["):
            raise InputError(name, "", "it is a list, not a FHIR resource", bundle.NOT_FHIR)
        self._found.append(bundle.resources(text, name))

    def _sheet(self, data: bytes, name: str, kind: str) -> None:
        from opentrd.records.sheet import read_sheet

        label = name if kind in _SHEETS or not kind else f"{name}{kind}"
        self._records.extend(read_sheet(data, self._knowledge, label))


class _Peek:
    """A file that is looked at before it is read; a compressed one is opened on the way."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._name = name
        head = stream.read(2)
        rest = _Rest(head, stream)
        self._read: Callable[[int], bytes] = rest.read
        if head == b"\x1f\x8b":
            self._read = gzip.GzipFile(fileobj=rest).read
        self.start = self._block(65536)

    def _block(self, size: int) -> bytes:
        try:
            return self._read(size)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(
                self._name, "", f"it cannot be read: {error}", "copy or export it again"
            ) from None

    def read(self) -> bytes:
        """Return the whole content."""
        return self.start + self._block(-1)

    def two_lines(self) -> tuple[bytes, bytes]:
        """Return the first two lines that are not empty (the second as far as it is in sight)."""
        while True:
            found = [line for line in self.start.split(b"\n", 64) if line.strip()]
            if len(found) > 1:
                return found[0], found[1]
            block = self._block(1 << 20)
            if not block:
                return found[0] if found else b"", b""
            self.start += block

    def __iter__(self) -> Iterator[bytes]:
        """Give the lines, without holding more than a block of them."""
        pending = self.start
        while block := self._block(1 << 20):
            *lines, pending = (pending + block).split(b"\n")
            yield from lines
        yield from pending.split(b"\n")


class _Rest(io.BytesIO):
    """A stream from its beginning again, after its first bytes were read."""

    def __init__(self, head: bytes, stream: IO[bytes]) -> None:
        super().__init__()
        self._head = head
        self._stream = stream

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes, all of them for -1."""
        if size is None or size < 0:
            head, self._head = self._head, b""
            return head + self._stream.read()
        head, self._head = self._head[:size], self._head[size:]
        return head + self._stream.read(size - len(head)) if len(head) < size else head


def _suffix(path: Path) -> str:
    """Return the ending of a name that says what the file is, the one of compression aside."""
    endings = [ending.lower() for ending in path.suffixes]
    if endings and endings[-1] == ".gz":
        endings.pop()
    return endings[-1] if endings else ""
