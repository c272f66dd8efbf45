"""The history sheet: what a person or a clinician writes by hand, as a CSV table or as YAML.

``read_sheet`` gives the records; every line is used or listed with the reason why not. All problems of a
sheet are told at once, each with its line, its column and what to do. Limits: 2 MB, 5,000 lines, 2,000
letters in a cell.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from opentrd.errors import InputError
from opentrd.knowledge.loader import Knowledge
from opentrd.knowledge.lookup import plain
from opentrd.records.model import Record
from opentrd.records.sheet.build import build
from opentrd.records.sheet.csv_lines import read_csv
from opentrd.records.sheet.lines import MAX_BYTES
from opentrd.records.sheet.problems import SheetError
from opentrd.records.sheet.template import template
from opentrd.records.sheet.words import meaning

__all__ = ["SheetError", "kind_of", "read_sheet", "template"]

Kind = Literal["csv", "yaml"]
_SUFFIXES: dict[str, Kind] = {".csv": "csv", ".tsv": "csv", ".tab": "csv", ".yaml": "yaml", ".yml": "yaml"}
_SECTION = re.compile(r"([^\W\d_][\w ]*):(?:\s|$)")


def read_sheet(source: Path | str | bytes, knowledge: Knowledge, name: str | None = None) -> list[Record]:
    """Read a sheet from a file (``Path``), its text or its bytes; ``name`` is the file that messages name.

    Raises ``InputError`` where it cannot be read; ``SheetError`` holds all problems that were found.
    """
    file = name or (str(source) if isinstance(source, Path) else "sheet")
    text = _text(source, file)
    label = Path(file).name or "sheet"
    if kind_of(label, text) == "yaml":
        from opentrd.records.sheet.yaml_lines import (
            read_yaml,
        )  # only where it is needed: it takes time to load

        sheet = read_yaml(text, file, label)
    else:
        sheet = read_csv(text, file, label)
    if not sheet.lines:
        advice = "fill in a line for each treatment; lines that begin with # are examples"
        raise InputError(file, "line 1", "nothing is filled in yet", advice)
    return build(sheet, knowledge, file, Path(label).stem or "person")


def kind_of(name: str, text: str) -> Kind:
    """Tell a CSV table from YAML: by the name of the file, else by the first line that is no comment."""
    found = _SUFFIXES.get(Path(name).suffix.lower())
    if found is not None:
        return found
    for line in text.splitlines():
        bare = line.strip()
        if bare and not bare.startswith(("#", "%")):
            match = _SECTION.match(bare)
            return (
                "yaml"
                if bare.startswith(("---", "- ")) or (match and meaning("what", plain(match[1])))
                else "csv"
            )
    return "csv"


def _text(source: Path | str | bytes, file: str) -> str:
    """Return the text of a sheet. Raises ``InputError`` for what is no text."""
    if isinstance(source, Path):
        try:
            if source.stat().st_size > MAX_BYTES:
                raise _too_large(file)
            source = source.read_bytes()
        except OSError as error:
            raise InputError(
                file, "", f"cannot be opened: {error.strerror or error}", "check its name"
            ) from None
    if isinstance(source, bytes):
        if len(source) > MAX_BYTES:
            raise _too_large(file)
        source = _decode(source, file)
    if len(source) > MAX_BYTES:
        raise _too_large(file)
    text = source.removeprefix("\ufeff")
    if not text.strip():
        raise InputError(file, "line 1", "the file is empty", "opentrd template writes one to fill in")
    control = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]", text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        raise InputError(file, f"line {line}", "this is no text", "save the sheet as CSV, UTF-8")
    return text


def _decode(data: bytes, file: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif data[:2] == b"PK":
        raise InputError(
            file, "byte 1", "this is a spreadsheet file, not a CSV table", "save it as CSV, UTF-8"
        )
    else:
        encoding = "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = "this is no text in UTF-8"
        raise InputError(
            file, f"line {line}, byte {error.start + 1}", what, "save the sheet as CSV, UTF-8"
        ) from None


def _too_large(file: str) -> InputError:
    return InputError(
        file, "", f"larger than {MAX_BYTES // 1_000_000} MB", "a sheet holds one history; split it"
    )
