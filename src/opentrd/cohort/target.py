"""Folders that are written to: nothing of a source, nor of anybody else, is ever overwritten in them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from opentrd.cohort.state import Work, WorkFolder, read_json, write_json
from opentrd.errors import InputError

#: What a folder of results rests on; by it a folder is known to be one.
SETTINGS: Final = "settings.json"
#: In a folder of record tables while they are being made.
CONVERTING: Final = ".converting.json"


class _Settings(msgspec.Struct):
    """By what the settings of a run are told from other files of that name."""

    opentrd: str
    knowledge: str
    fingerprint: str
    engine: str


class _Converting(msgspec.Struct):
    """Which source a folder of record tables is being made of."""

    converting: str


def results_folder(out: Path, source: str) -> None:
    """Raise ``InputError`` where results would be written into a source or between files of others.

    A folder of earlier results, or of a run that was stopped, is written again.
    """
    _apart(out, source, "results")
    if not _holds_anything(out):
        return
    ours = read_json(out / SETTINGS, _Settings), read_json(WorkFolder(out).path / "plan.json", Work)
    if ours == (None, None):
        raise InputError(
            str(out), "", "the folder holds something else than results of opentrd cohort",
            "name a new or an empty folder for the results",
        )  # fmt: skip


def begin_tables(out: Path, source: str, fingerprint: str) -> None:
    """Make a folder for record tables and note that it is being filled, until ``end_tables``.

    Raises ``InputError`` where they would be written into a source, between files of others, or upon the
    tables of a conversion that was finished.
    """
    _apart(out, source, "tables")
    mark = _Converting(fingerprint)
    if _holds_anything(out) and read_json(out / CONVERTING, _Converting) != mark:
        raise InputError(
            str(out), "", "the folder is not empty, and what it holds is no unfinished work on this source",
            "name a new or an empty folder for the tables",
        )  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / CONVERTING, mark)


def end_tables(out: Path) -> None:
    """Note that the record tables are whole."""
    (out / CONVERTING).unlink()


def _apart(out: Path, source: str, what: str) -> None:
    if out.exists() and not out.is_dir():
        raise InputError(str(out), "", "it is a file", f"name a folder for the {what}")
    if "://" in source:
        return
    place, origin = out.resolve(), Path(source).resolve()
    if origin == place or origin in place.parents:
        where = "it is the source itself" if origin == place else "it lies in the source"
        raise InputError(str(out), "", where, f"name a folder outside {source} for the {what}")


def _holds_anything(folder: Path) -> bool:
    """Say whether there is more than hidden files, which systems leave anywhere."""
    return folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir())
