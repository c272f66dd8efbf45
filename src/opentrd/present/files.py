"""Assessments to standard output, to a file, or to a folder with one file each."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

SUFFIXES: Final = {
    "text": "txt",
    "json": "json",
    "html": "html",
    "fhir": "fhir.json",
    "pdf": "pdf",
    "letter-text": "referral.txt",
    "letter-pdf": "referral.pdf",
}


class NeedsFolderError(Exception):
    """What is to be written cannot go where it was sent: a file or a folder has to be named."""


def rendered(a: Assessment, words: Words, form: str) -> bytes:
    """Return an assessment in a format."""
    if form == "json":
        from opentrd.present.json import to_json

        return to_json(a, words) + b"\n"
    if form == "html":
        from opentrd.present.html import report

        return report(a, words).encode()
    if form == "fhir":
        from opentrd.present.fhir import to_fhir

        return to_fhir(a, words) + b"\n"
    if form == "pdf":
        from opentrd.present.pdf import report_pdf

        return report_pdf(a, words)
    if form in ("letter-text", "letter-pdf"):
        return _letter(a, words, form)
    from opentrd.present.console import console
    from opentrd.present.terminal import show

    text = StringIO()
    show(a, words, console(text))
    return text.getvalue().encode()


def _letter(a: Assessment, words: Words, form: str) -> bytes:
    if form == "letter-pdf":
        from opentrd.present.pdf import letter_pdf

        return letter_pdf(a, words)
    from opentrd.present.letter_text import letter_text

    return letter_text(a, words).encode()


def write(found: Iterator[Assessment], words: Words, form: str, out: Path | None) -> None:
    """Write assessments where they shall go.

    ``NeedsFolderError`` where one file or standard output cannot hold them.
    """
    first = next(found, None)
    if first is None:
        return
    second = next(found, None)
    everyone = chain([first], [second] if second else [], found)
    if form == "json" and (out is None or not out.is_dir()):
        _write_lines(everyone, words, out)
    elif second is not None or (out is not None and out.is_dir()):
        if out is None or (out.exists() and not out.is_dir()):
            raise NeedsFolderError(
                f"there are several persons: name a folder with --out, for one file each ({form})"
            )
        write_folder(everyone, words, form, out)
    elif out is not None:
        out.write_bytes(rendered(first, words, form))
    elif form == "text":
        from opentrd.present.console import console
        from opentrd.present.terminal import show

        show(first, words, console())
    elif SUFFIXES[form].endswith("pdf") and sys.stdout.isatty():
        raise NeedsFolderError("a PDF is no text for a terminal: name a file with --out")
    else:
        sys.stdout.buffer.write(rendered(first, words, form))


def _write_lines(found: Iterator[Assessment], words: Words, out: Path | None) -> None:
    """Write JSON, one object a line."""
    if out is None:
        for assessment in found:
            sys.stdout.buffer.write(rendered(assessment, words, "json"))
            sys.stdout.buffer.flush()
        return
    with out.open("wb") as file:
        for assessment in found:
            file.write(rendered(assessment, words, "json"))


def write_folder(found: Iterator[Assessment], words: Words, form: str, folder: Path) -> list[Path]:
    """Write one file a person into a folder and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    names: dict[str, int] = {}
    made = []
    for assessment in found:
        path = folder / f"{file_name(assessment.record.person.person_id, names)}.{SUFFIXES[form]}"
        path.write_bytes(rendered(assessment, words, form))
        made.append(path)
    return made


def file_name(person: str, names: dict[str, int]) -> str:
    """Return a safe name for a person's file, with a counter where two would be the same."""
    stem = re.sub(r"[^\w.-]+", "_", person).strip("._")[:80] or "person"
    names[stem.lower()] = names.get(stem.lower(), 0) + 1
    return stem if names[stem.lower()] == 1 else f"{stem}-{names[stem.lower()]}"
