"""What a source is shows in what it holds."""

from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import pytest

from opentrd.cohort.sources.opening import open_source
from opentrd.errors import InputError
from opentrd.records.tables.write import write
from tests.records.bulk.exports import export
from tests.records.fhir.build import order, patient
from tests.spec.rows import KNOWLEDGE

PERSON = [patient(), order()]


def _omop(folder: Path, form: str) -> None:
    folder.mkdir()
    for table in ("person", "drug_exposure"):
        found = duckdb.sql("SELECT 1 AS person_id, 2 AS gender_concept_id")
        assert found is not None
        found.write_parquet(str(folder / f"{table}.parquet"))
        if form == "csv":
            (folder / f"{table}.parquet").unlink()
            (folder / f"{table.upper()}.CSV").write_text("person_id,gender_concept_id\n1,2\n")
        elif form == "folders":
            (folder / table).mkdir()
            (folder / f"{table}.parquet").rename(folder / table / "part-0.parquet")


@pytest.mark.parametrize("form", ["parquet", "csv", "folders"])
def test_an_omop_folder(form: str, tmp_path: Path) -> None:
    _omop(tmp_path / "any-name", form)
    assert open_source(str(tmp_path / "any-name"), KNOWLEDGE).kind == "omop"


def test_a_duckdb_file_by_any_name(tmp_path: Path) -> None:
    path = tmp_path / "cdm.data"
    with duckdb.connect(str(path)) as base:
        base.execute("CREATE TABLE person (person_id INTEGER)")
    assert open_source(str(path), KNOWLEDGE).kind == "omop"


def test_an_address_of_postgresql_keeps_its_password() -> None:
    opened = open_source("postgresql://ann:secret@host.example/cdm", KNOWLEDGE)
    assert opened.kind == "omop"
    assert "secret" not in opened.name


def test_exports(tmp_path: Path) -> None:
    plain = export(tmp_path / "plain", PERSON)
    packed = export(tmp_path / "packed.parquet", PERSON, packed=True)
    deep = export(tmp_path / "deep" / "2026" / "july", PERSON)
    for path in (plain, packed, deep.parents[1], plain / "Patient.000.ndjson"):
        assert open_source(str(path), KNOWLEDGE).kind == "fhir"


def test_record_tables(tmp_path: Path) -> None:
    write([], tmp_path / "tables")
    assert open_source(str(tmp_path / "tables"), KNOWLEDGE).kind == "tables"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.parquet", b"PAR1....", "one Parquet file"),
        ("a.zip", b"PK\x03\x04..", "ZIP archive"),
        ("a.db", b"SQLite format 3\x00", "SQLite"),
        ("a.ndjson", b"<xml/>", "XML"),
        ("a.txt", b"{}", "no population"),
        ("a.csv.gz", gzip.compress(b"x", mtime=0), "no population"),
    ],
)
def test_other_files_are_refused_with_help(name: str, content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=told) as raised:
        open_source(str(tmp_path / name), KNOWLEDGE)
    assert "OMOP CDM" in raised.value.what_to_do


def test_other_places_are_refused_with_help(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("hello")
    for text, told in (
        (str(tmp_path / "nowhere"), "no such file"),
        (str(tmp_path / "empty"), "empty"),
        (str(tmp_path / "other"), "neither"),
        ("mysql://me:secret@host/db", "not read"),
    ):
        with pytest.raises(InputError, match=told) as raised:
            open_source(text, KNOWLEDGE)
        assert "secret" not in str(raised.value)
