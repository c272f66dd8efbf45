"""Results held against a truth: counted by hand on a few persons."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from opentrd.cohort.tables import FILES, RESULTS
from opentrd.cohort.truth import COLUMNS, VALIDITY, validity, write_validity
from opentrd.errors import InputError
from opentrd.simulate.writing.truth import TRUTH

DAY = date(2020, 3, 1)

#: person, treated, resistant since; verdicts of rule "a" by episode with the day first met.
PERSONS: list[tuple[int, bool, date | None, list[tuple[str, date | None]]]] = [
    (1, True, DAY, [("met", date(2020, 3, 11))]),
    (2, True, DAY, [("not_met", None), ("met", date(2020, 2, 20))]),
    (3, True, DAY, [("met", date(2020, 3, 31)), ("met", date(2020, 4, 30))]),
    (4, True, DAY, [("undetermined", None)]),
    (5, True, None, [("met", DAY)]),
    (6, True, None, [("undetermined", None), ("not_met", None)]),
    (7, True, None, [("excluded", None)]),
    (8, True, None, []),
    # Never treated and nothing in the record: not counted.
    (9, False, None, [("not_applicable", None)]),
    # Never treated for depression, and the record shows a treatment: counted.
    (10, False, None, [("met", DAY)]),
]


def write(folder: Path, name: str, schema: pa.Schema, rows: list[dict[str, Any]]) -> None:
    folder.mkdir(exist_ok=True)
    full = [{column: row.get(column) for column in schema.names} for row in rows]
    pq.write_table(pa.Table.from_pylist(full, schema=schema), folder / name)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    # Person 8 is in the truth and not in the results: not found.
    persons = [
        {"person_id": str(person), "first_treatment": None if person == 9 else DAY}
        for person, *_ in PERSONS
        if person != 8
    ]
    verdicts = [
        {"person_id": str(person), "definition": "a", "verdict": verdict, "first_met": day}
        for person, _, _, rows in PERSONS
        for verdict, day in rows
    ]
    nobody = [{**row, "definition": "b", "verdict": "not_met", "first_met": None} for row in verdicts]
    write(folder, FILES["person"], RESULTS["person"], persons)
    write(folder, FILES["status"], RESULTS["status"], [*verdicts, *nobody])
    return folder


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    rows = [
        {"person_id": person, "treated": treated, "resistant": on is not None, "resistant_on": on}
        for person, treated, on, _ in PERSONS
    ]
    write(tmp_path / "truth", "truth.parquet", TRUTH["truth"], rows)
    return tmp_path / "truth"


def test_counts_and_shares(results: Path, truth: Path) -> None:
    a, b = validity(results, truth).to_pylist()
    assert (a["definition"], a["persons"], a["resistant"]) == ("a", 9, 4)
    assert (a["found"], a["found_resistant"]) == (5, 3)
    assert (a["undetermined"], a["undetermined_resistant"]) == (2, 1)
    assert a["sensitivity"] == 3 / 4
    assert a["specificity"] == 3 / 5
    assert a["ppv"] == 3 / 5
    assert (b["found"], b["sensitivity"], b["specificity"], b["ppv"]) == (0, 0.0, 1.0, None)
    assert b["days_median"] is None


def test_intervals_are_those_of_wilson(results: Path, truth: Path) -> None:
    """3 of 4: centre (p + z²/2n) / (1 + z²/n), worked out by hand with z = 1.959964."""
    a, b = validity(results, truth).to_pylist()
    assert (round(a["sensitivity_low"], 4), round(a["sensitivity_high"], 4)) == (0.3006, 0.9544)
    assert (round(a["ppv_low"], 4), round(a["ppv_high"], 4)) == (0.2307, 0.8824)
    assert b["ppv_low"] is None and b["ppv_high"] is None


def test_time_error_is_of_the_first_day_met_among_the_resistant_found(results: Path, truth: Path) -> None:
    a = validity(results, truth).to_pylist()[0]
    assert [a[f"days_{name}"] for name in ("lower_quartile", "median", "upper_quartile")] == [0.0, 10.0, 20.0]


def test_the_table_is_written_beside_the_results(results: Path, truth: Path) -> None:
    made = write_validity(results, truth)
    assert made.schema.equals(COLUMNS)
    assert pyarrow.csv.read_csv(results / VALIDITY).column("found").to_pylist() == [5, 0]


def test_a_truth_of_other_persons_is_refused(results: Path, truth: Path) -> None:
    other = [{"person_id": 1, "treated": True, "resistant": False}]
    write(truth, "truth.parquet", TRUTH["truth"], other)
    with pytest.raises(InputError, match="8 persons of the results are not in this truth"):
        validity(results, truth)


def test_a_folder_without_truth_is_named(results: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"truth\.parquet.*is not there"):
        validity(results, tmp_path)
