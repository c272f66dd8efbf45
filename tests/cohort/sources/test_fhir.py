"""A bulk export as a source, and the commands ``check`` and ``convert`` over it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from opentrd.cohort.progress import progress
from opentrd.cohort.sources.fhir import FhirSource
from tests.records.bulk.exports import export, of_tables, samples
from tests.records.fhir.build import daily, dispense, observation, order, patient, resource
from tests.spec.rows import KNOWLEDGE

ALL = [
    patient(),
    order(dosageInstruction=[daily(1, "tablet")]),
    dispense(dosageInstruction=[daily(1, "tablet")]),
    observation("44261-6", valueInteger=9),
    resource("Condition", code={"text": "depression"}),
    resource("Encounter", status="finished"),
]


def _opentrd(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "opentrd", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"COLUMNS": "100"},
    )


def _levels(folder: Path) -> list[tuple[str, str]]:
    return [(f.level, f.place) for f in FhirSource(str(folder), KNOWLEDGE).check() if f.level != "note"]


def test_a_whole_export_lacks_nothing(tmp_path: Path) -> None:
    assert _levels(export(tmp_path, ALL)) == []


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("Patient", "Patient"),
        ("MedicationDispense", "MedicationDispense"),
        ("Observation", "Observation"),
        ("Condition", "Condition"),
        ("Encounter", "Procedure"),
    ],
)
def test_what_is_not_there_is_said(kind: str, place: str, tmp_path: Path) -> None:
    source = export(tmp_path, [one for one in ALL if one["resourceType"] != kind])
    assert _levels(source) == [("warning", place)]


def test_how_many_medicine_lines_tell_a_dose_is_said(tmp_path: Path) -> None:
    supply = {"quantity": {"value": 180}, "daysSupply": {"value": 90, "unit": "d"}}
    rows = [dispense(id=f"d{n}", whenHandedOver=f"2024-0{n}-01", **supply) for n in range(1, 4)]
    found = FhirSource(str(export(tmp_path, [patient(), *rows, dispense(id="d4")])), KNOWLEDGE).check()
    [doses] = [one for one in found if one.what == "source_found.doses_looked_at"]
    assert (doses.level, doses.means) == ("note", "source_means.known_in_part")
    assert (doses.rows, doses.params["share"]) == (3, 0.75)


def test_what_is_dated_after_the_export_is_counted(tmp_path: Path) -> None:
    """By the type of resource, of the lines that are looked at; such rows count once their day has come."""
    rows = [
        order(id="planned", authoredOn="2150-01-01"),
        dispense(id="mistyped", whenHandedOver="2202-05-01"),
        observation("44261-6", id="s1", valueInteger=9, effectiveDateTime="2124-02-01"),
        observation("44261-6", id="s2", valueInteger=8, effectiveDateTime="2124-03-01"),
    ]
    found = FhirSource(str(export(tmp_path, [*ALL, *rows])), KNOWLEDGE).check()
    to_come = [(f.what, f.place, f.rows) for f in found if f.means == "source_means.day_to_come"]
    assert to_come == [
        ("source_found.starts_to_come", "MedicationDispense", 1),
        ("source_found.starts_to_come", "MedicationRequest", 1),
        ("source_found.scores_to_come", "Observation", 2),
    ]


def test_all_broken_files_are_told(tmp_path: Path) -> None:
    source = export(tmp_path, ALL)
    (source / "Patient.000.ndjson").write_text('{"resourceType": "Patient"\n{}\n')
    (source / "MedicationOrder.ndjson").write_text('{"resourceType": "MedicationOrder", "id": "x"}\n')
    assert [place for level, place in _levels(source) if level == "error"] == [
        "MedicationOrder.ndjson, line 1, MedicationOrder/x, resourceType",
        "Patient.000.ndjson, line 1",
        "Patient.000.ndjson, line 2, resourceType",
    ]


def test_the_first_broken_lines_are_named_and_all_are_counted(tmp_path: Path) -> None:
    source = export(tmp_path, ALL)
    path = source / "MedicationRequest.000.ndjson"
    path.write_text(path.read_text() + "\n".join(["oops"] * 12))
    errors = [one for one in FhirSource(str(source), KNOWLEDGE).check() if one.level == "error"]
    assert [one.place for one in errors[:-1]] == [f"{path.name}, line {n}" for n in range(2, 12)]
    assert (errors[-1].what, errors[-1].rows) == ("source_found.broken", 12)


def test_files_that_the_contents_name_are_missed(tmp_path: Path) -> None:
    source = export(tmp_path, ALL)
    output = [{"type": "Patient", "url": "https://x.example/Patient.000.ndjson"}]
    output += [{"type": "Condition", "url": "https://x.example/Condition.001.ndjson"}]
    manifest = {"transactionTime": "2024-01-01T00:00:00Z", "output": output, "error": output[:1]}
    (source / "manifest.json").write_text(json.dumps(manifest))
    assert _levels(source) == [("warning", "Condition.001.ndjson"), ("warning", "manifest")]


def test_what_convert_says_adds_up(tmp_path: Path) -> None:
    source = FhirSource(str(export(tmp_path / "export", samples())), KNOWLEDGE)
    told: list[tuple[str, int, int | None]] = []
    done = source.convert(
        tmp_path / "out", memory_mb=500, processes=1, progress=lambda *what: told.append(what)
    )
    assert all(count.read == count.used + sum(count.unused.values()) for count in done.tables)
    records = of_tables(tmp_path / "out")
    assert done.persons == len(records)
    assert sum(count.used for count in done.tables) == sum(len(record.used) for record in records)
    days = [score.day_latest for record in records for score in record.scores]
    assert done.last_day is not None
    assert done.last_day >= max(days)
    assert {stage: total for stage, _, total in told if total}.keys() >= {"reading lines"}


def test_the_fingerprint_changes_with_a_file(tmp_path: Path) -> None:
    source = FhirSource(str(export(tmp_path, ALL)), KNOWLEDGE)
    before = source.fingerprint()
    assert source.fingerprint() == before
    export(tmp_path, [*ALL[:2], order(id="o9")])
    assert source.fingerprint() != before


def test_the_commands(tmp_path: Path) -> None:
    source = export(tmp_path / "export", ALL[:2])
    checked = _opentrd("check", str(source))
    assert checked.returncode == 0
    assert "Cannot be computed, or only with bounds" in checked.stdout
    assert checked.stderr == ""
    report = json.loads(_opentrd("check", str(source), "--format", "json").stdout)
    assert report["kind"] == "fhir"
    assert {finding["place"] for finding in report["findings"]} >= {"what can be computed"}
    told = _opentrd("check", str(source), "--language", "es").stdout
    assert "No se puede calcular, o solo con límites" in told
    assert "no hay dispensaciones" in told
    made = _opentrd("convert", str(source), "--out", str(tmp_path / "out"))
    assert (made.returncode, made.stderr) == (0, "")
    assert "1 person in" in made.stdout
    told = _opentrd("convert", str(source), "--out", str(tmp_path / "es"), "--language", "es").stdout
    assert "leídas" in told
    assert "1 persona en" in told
    (source / "Patient.000.ndjson").write_text("[]\n")
    for command in (["check", str(source)], ["convert", str(source), "--out", str(tmp_path / "again")]):
        refused = _opentrd(*command)
        assert refused.returncode == 3
        assert "Patient.000.ndjson, line 1" in refused.stderr
    assert not (tmp_path / "again").exists()


def test_progress_is_quiet_in_a_pipe() -> None:
    shown = io.StringIO()
    with progress(shown) as told:
        told("judge", 1, 2)
    assert shown.getvalue() == ""


def test_progress_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    shown = Terminal()
    with progress(shown) as told:
        told("check", 0, None)
        told("judge", 1_000, 2_000)
        told("judge", 2_000, 2_000)
    assert "judging persons" in shown.getvalue()
    assert "2,000 of 2,000" in shown.getvalue()
