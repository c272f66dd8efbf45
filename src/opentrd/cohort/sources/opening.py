"""What a SOURCE is shows in what it holds, not in its name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from opentrd.cohort.sources.fhir import FhirSource
from opentrd.cohort.sources.model import Source
from opentrd.cohort.sources.omop import OmopSource
from opentrd.cohort.sources.tables import TablesSource
from opentrd.errors import InputError
from opentrd.knowledge.loader import Knowledge
from opentrd.records.bulk.files import ENDINGS
from opentrd.records.omop import postgres
from opentrd.records.omop.cdm import TABLES
from opentrd.records.tables.write import table_file

_HELP: Final = (
    "give an OMOP CDM (a DuckDB file, a folder of Parquet or CSV files, a postgresql:// address), a folder "
    "of FHIR NDJSON as a server exports it, or a folder of record tables (opentrd convert)"
)
#: How a file begins that is something else, and what it is.
_OTHER: Final = (
    (b"PAR1", "it is one Parquet file; give the folder of all tables"),
    (b"PK\x03\x04", "it is a ZIP archive; unpack it and give the folder"),
    (b"SQLite format 3", "it is an SQLite database, which is not read"),
    (b"%PDF", "it is a PDF"),
    (b"<", "it is XML or HTML; FHIR is read as NDJSON"),
)
_DUCKDB: Final = slice(8, 12)


def open_source(text: str, knowledge: Knowledge) -> Source:
    """Return the population that a path or an address holds, told by its contents.

    Raises ``InputError`` that says what was found instead and what can be given.
    """
    if text.startswith(postgres.SCHEMES):
        return OmopSource(text, knowledge)
    if "://" in text:
        raise InputError(
            text.partition("://")[0] + "://...", "", "addresses of this kind are not read", _HELP
        )
    path = Path(text)
    if path.is_dir():
        return _folder(path, text, knowledge)
    if not path.exists():
        raise InputError(text, "", "there is no such file or folder", _HELP)
    return _file(path, text, knowledge)


def _file(path: Path, text: str, knowledge: Knowledge) -> Source:
    try:
        with path.open("rb") as stream:
            start = stream.read(64)
    except OSError as error:
        raise InputError(text, "", f"it cannot be opened: {error.strerror}", _HELP) from None
    if start[_DUCKDB] == b"DUCK":
        return OmopSource(text, knowledge)
    for mark, what in _OTHER:
        if start.startswith(mark):
            raise InputError(text, "", what, _HELP)
    if _is_fhir(path, start):
        return FhirSource(text, knowledge)
    raise InputError(text, "", "it is no population", _HELP)


def _folder(folder: Path, text: str, knowledge: Knowledge) -> Source:
    if _are_record_tables(folder):
        return TablesSource(text, knowledge)
    names = {path.name.lower().partition(".")[0] for path in folder.iterdir()}
    if "drug_exposure" in names or ("person" in names and names & set(TABLES) > {"person"}):
        return OmopSource(text, knowledge)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            with path.open("rb") as stream:
                if _is_fhir(path, stream.read(64)):
                    return FhirSource(text, knowledge)
    if {"trials", "judgements", "status"} <= names:
        what = "it holds results of opentrd cohort; give the source that they were made of"
    elif names:
        what = "there are neither tables of an OMOP CDM nor FHIR nor record tables in it"
    else:
        what = "the folder is empty"
    raise InputError(text, "", what, _HELP)


def _is_fhir(path: Path, start: bytes) -> bool:
    endings = [ending.lower() for ending in path.suffixes if ending.lower() != ".gz"]
    if not endings or endings[-1] not in ENDINGS:
        return False
    return start.startswith(b"\x1f\x8b") or start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def _are_record_tables(folder: Path) -> bool:
    """Say whether the tables are those of a record: exposures, and persons that are not those of a CDM."""
    exposure, person = table_file(folder, "exposure"), table_file(folder, "person")
    if not exposure.is_file():
        return False
    try:
        names = pq.read_schema(person).names if person.is_file() else []
    except (OSError, pa.ArrowInvalid):
        return True  # the check says what is wrong with it
    return "gender_concept_id" not in {name.lower() for name in names}
