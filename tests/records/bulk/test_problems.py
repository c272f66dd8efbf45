"""Broken lines are named by file and line; a run that was stopped goes on; files are whole or not there."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from opentrd.errors import InputError, SeveralInputsError
from opentrd.records.bulk import convert as module
from opentrd.records.bulk.files import export_files
from opentrd.records.bulk.reading import read_bucket
from opentrd.records.fhir.reader import Fhir
from tests.records.bulk.exports import converted, export, of_tables, samples
from tests.records.fhir.build import bundle, order, patient
from tests.spec.rows import KNOWLEDGE

ROOT = Path(__file__).parents[3]
PERSON = [patient(), order(), order(id="o2", authoredOn="2024-03-01")]


def _break(folder: Path, name: str, line: int, text: str) -> None:
    path = folder / name
    lines = path.read_text().splitlines()
    lines[line - 1] = text
    path.write_text("\n".join(lines))


@pytest.mark.parametrize(
    "text",
    [
        '{"resourceType": "MedicationRequest", "id": "o',
        "not JSON at all",
        "[]",
        '{"resourceType": "MedicationRequest", "subject": {"reference": "Patient/p"}, "authoredOn": 5}',
        '{"resourceType": "MedicationRequest", "subject": 7}',
        '{"resourceType": "MedicationRequest", "id": "o2", "subject": {"reference": "Patient/p"}, '
        '"status": "active", "intent": "order", "authoredOn": "yesterday", '
        '"medicationCodeableConcept": {"text": "sertraline"}}',
        '{"resourceType": "MedicationOrder", "patient": {"reference": "Patient/p"}}',
    ],
    ids=["cut off", "not JSON", "a list", "wrong type", "wrong subject", "no date", "another version"],
)
def test_a_broken_line_is_named(text: str, tmp_path: Path) -> None:
    source = export(tmp_path / "export", PERSON)
    _break(source, "MedicationRequest.000.ndjson", 2, text)
    with pytest.raises(InputError) as raised:
        converted(source, tmp_path / "out")
    assert raised.value.file == "MedicationRequest.000.ndjson"
    assert "line 2" in raised.value.place
    assert not list((tmp_path / "out").glob("*.parquet"))


def test_all_lines_that_are_not_json_are_told_at_once(tmp_path: Path) -> None:
    source = export(tmp_path / "export", PERSON)
    _break(source, "MedicationRequest.000.ndjson", 2, "{")
    _break(source, "Patient.000.ndjson", 1, '{"resourceType": "Patient", ')
    with pytest.raises(SeveralInputsError) as raised:
        converted(source, tmp_path / "out")
    told = str(raised.value).splitlines()
    assert [line.partition(":")[0] for line in told] == [
        "MedicationRequest.000.ndjson, line 2",
        "Patient.000.ndjson, line 1",
    ]


def test_a_resource_type_that_nobody_knows_is_listed(tmp_path: Path) -> None:
    own = {"resourceType": "VendorNote", "subject": {"reference": "Patient/p"}}
    source = export(tmp_path / "export", [*PERSON, own | {"id": "v"}, own | {"id": "w", "subject": None}])
    out = converted(source, tmp_path / "out")
    assert out.unused["VendorNote"] == {"unknown_resource": 2}
    assert len(of_tables(tmp_path / "out")[0].exposures) == 2


def test_a_bundle_with_each_entry_on_a_line_is_one_text(tmp_path: Path) -> None:
    source = export(tmp_path / "export", PERSON)
    text = json.dumps(bundle(order(id="o3"))).replace('{"resource"', '\n{"resource"')
    (source / "bundle.json").write_text(text)
    converted(source, tmp_path / "out")
    assert len(of_tables(tmp_path / "out")[0].exposures) == 3


def test_a_cut_gzip_is_named(tmp_path: Path) -> None:
    source = export(tmp_path / "export", PERSON)
    path = source / "MedicationRequest.000.ndjson"
    (source / "MedicationRequest.001.ndjson.gz").write_bytes(gzip.compress(path.read_bytes())[:-9])
    with pytest.raises(InputError, match=r"MedicationRequest.001.ndjson.gz"):
        converted(source, tmp_path / "out")


@pytest.mark.parametrize("kinds", [["Organization"], []])
def test_an_export_of_nobody_is_refused(kinds: list[str], tmp_path: Path) -> None:
    source = export(tmp_path / "export", [{"resourceType": kind, "id": "x"} for kind in kinds])
    with pytest.raises(InputError):
        converted(source, tmp_path / "out")


def test_files_that_are_no_records_are_listed(tmp_path: Path) -> None:
    source = export(tmp_path / "export", PERSON)
    (source / "readme.txt").write_text("hello")
    out = converted(source, tmp_path / "out")
    assert out.unused["file"] == {"not_a_record": 1}


def test_finished_buckets_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = export(tmp_path / "export", samples())
    converted(source, tmp_path / "whole", memory_mb=1)
    seen: list[str] = []

    def stops(bucket, fhir, step):  # type: ignore[no-untyped-def]
        if len(seen) == 3:
            raise KeyboardInterrupt
        seen.append(bucket.name)
        read_bucket(bucket, fhir, step)

    monkeypatch.setattr(module, "read_bucket", stops)
    with pytest.raises(KeyboardInterrupt):
        converted(source, tmp_path / "out", memory_mb=1)
    assert not list((tmp_path / "out").glob("*.parquet"))

    def notes(bucket, fhir, step):  # type: ignore[no-untyped-def]
        assert bucket.name not in seen
        read_bucket(bucket, fhir, step)

    monkeypatch.setattr(module, "read_bucket", notes)
    monkeypatch.setattr(module, "distribute", None)
    converted(source, tmp_path / "out", memory_mb=1)
    assert of_tables(tmp_path / "out") == of_tables(tmp_path / "whole")


def test_work_of_a_changed_export_is_thrown_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = export(tmp_path / "export", PERSON)
    monkeypatch.setattr(module, "merge", None)
    with pytest.raises(TypeError):
        converted(source, tmp_path / "out")
    monkeypatch.undo()
    export(source, [*PERSON, order(id="o3", authoredOn="2024-05-01")])
    converted(source, tmp_path / "out")
    assert len(of_tables(tmp_path / "out")[0].exposures) == 3


def test_lines_are_read_one_at_a_time(tmp_path: Path) -> None:
    """However a file is cut into blocks, its lines and their numbers are those of the file."""
    from opentrd.records.bulk import files

    path = tmp_path / "Patient.ndjson"
    path.write_bytes(b"\xef\xbb\xbf" + b"\n\n".join(b'{"a": %d}' % n for n in range(50)) + b"\r\n\n")
    whole = [(2 * n + 1, b'{"a": %d}' % n) for n in range(50)]
    for block in (40, 64, 1 << 20):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(files, "_BLOCK", block)
            with files.Reading(export_files(path)[0][0]) as reading:
                assert list(reading.lines()) == whole


def test_the_reader_may_be_used_for_no_person() -> None:
    part = Fhir(KNOWLEDGE).read_part([], [])
    assert (part.records, part.nobody, part.uses, part.read) == ([], [], {}, {})
