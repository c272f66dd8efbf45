"""Done when 7: every malformed input ends with a message that names file and place; none with a traceback.

All of them in one process through ``read``; a few through the command itself, with its exit code.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from opentrd.errors import InputError
from opentrd.knowledge.loader import load
from opentrd.records.read import read
from tests.malformed import fhir_cases, sheet_cases
from tests.malformed.good import PATIENT, SCORE, STATEMENT, bundle, text

CASES = fhir_cases.all_cases() | sheet_cases.all_cases()
#: Whole files that are no record have no place within.
WHOLE = ("file:", "sheet file:", "not FHIR:", "YAML: 'person: {id: a}")
COMMAND = (
    "cut at byte 5",
    "type of MedicationRequest.authoredOn = 2023",
    "date MedicationRequest.authoredOn = 2024-13-45",
    "not FHIR: an object without a type",
    "not FHIR: FHIR DSTU2 order",
    "JSON: nested 5,000 deep",
    "line 2 of NDJSON: cut off",
    "file: empty",
    "file: gzip cut",
    "sheet: treatment,setraline,50 mg",
    "sheet: score,PHQ-9,,2023,,,,,,28",
    "YAML: 'treatments:\\n\\t- name: sertraline'",
)


def test_there_are_enough() -> None:
    assert len(CASES) >= 200
    assert set(COMMAND) <= set(CASES)


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_with_file_and_place(case: str, tmp_path: Path) -> None:
    name, data, said = CASES[case]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read(path, load())
    message = str(caught.value)
    assert name in caught.value.file
    assert caught.value.place or case.startswith(WHOLE)
    assert caught.value.what
    assert said in message
    assert "Traceback" not in message
    assert len(message) < 10_000


@pytest.mark.parametrize("case", COMMAND)
def test_the_command_ends_with_3_and_a_message(case: str, tmp_path: Path) -> None:
    name, data, _ = CASES[case]
    path = tmp_path / name
    path.write_bytes(data)
    command = [sys.executable, "-m", "opentrd", "assess", str(path)]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", env=environment, timeout=60, check=False
    )
    assert done.returncode == 3, done.stderr
    assert name in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout.strip()


def test_standard_input_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "opentrd", "assess", "-"]
    done = subprocess.run(command, input=b'{"resourceType": ', capture_output=True, timeout=60, check=False)
    assert done.returncode == 3
    assert b"standard input" in done.stderr
    assert b"Traceback" not in done.stderr


#: What must not be refused: strange, but a record.
FINE: dict[str, bytes] = {
    "an unknown resource type of R4": text(bundle(PATIENT, {"resourceType": "Slot", "id": "b"})),
    "unknown fields": text({**PATIENT, "shoeSize": 41}),
    "a field twice": b'{"resourceType": "Patient", "id": "a", "id": "b"}',
    "an end before the start": text(
        bundle(PATIENT, {**STATEMENT, "effectivePeriod": {"start": "2023-06", "end": "2023-03"}})
    ),
    "a score of 300": text(bundle(PATIENT, {**SCORE, "valueInteger": 300})),
    "a sheet line that ends before it starts": b"name,from,to\nsertraline,2023,2021\n",
}


@pytest.mark.parametrize("case", FINE)
def test_what_is_strange_but_a_record_is_read(case: str, tmp_path: Path) -> None:
    path = tmp_path / ("a.json" if FINE[case].startswith(b"{") else "a.csv")
    path.write_bytes(FINE[case])
    record = read(path, load()).one()
    assert record.read == len(record.used) + len(record.unused)
