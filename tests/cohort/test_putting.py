"""The cohort in the form of OMOP: whose rows they are, and from when to when."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from opentrd.cohort.putting import connect, put_together, write_cohort
from opentrd.cohort.tables import FILES
from opentrd.knowledge.loader import load
from tests.cohort.populations import quiet, results, simulated
from tests.cohort.summing.population import TWO, Population


def cohort_of(ids: list[str], folder: Path) -> list[int]:
    """Return the subjects of a cohort of persons with these ids, each of whom meets a definition."""
    made = Population()
    for _ in ids:
        made.status(made.person(), TWO, "met", 20)
    for table in ("person", "status"):
        for row, own in zip(made.rows[table], ids, strict=True):
            row["person_id"] = own
    given, out = made.write(folder / "given"), folder / "out"
    out.mkdir()
    with connect(500, folder / "spill", 1) as connection:
        put_together(
            lambda table: connection.read_parquet(str(given / FILES[table])), tuple(FILES), out, quiet
        )
        write_cohort(out, load().definitions.values(), connection)
    persons = pq.read_table(out / "persons.parquet").to_pylist()
    assert [row["person_id"] for row in persons] == ids
    rows = pq.read_table(out / "cohort.parquet").to_pylist()
    found = [row["subject_id"] for row in rows]
    assert found == [row["subject_id"] for row in persons]
    return found


@pytest.mark.parametrize(
    ("ids", "subjects"),
    [
        (["3", "12", "200"], [3, 12, 200]),
        (["12.1", "12.2"], [1, 2]),
        (["007", "7"], [1, 2]),
        (["1", "two"], [1, 2]),
    ],
)
def test_no_two_persons_become_one(ids: list[str], subjects: list[int], tmp_path: Path) -> None:
    assert cohort_of(ids, tmp_path) == subjects


def test_the_cohort_ends_with_the_observation(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = simulated(tmp_path_factory, 600, "omop")
    seen = {
        str(row["person_id"]): row["observation_period_end_date"]
        for row in pq.read_table(source / "observation_period.parquet").to_pylist()
    }
    found = pq.read_table(results(tmp_path_factory, 600, "omop") / "cohort.parquet").to_pylist()
    ends = {str(row["subject_id"]): row["cohort_end_date"] for row in found}
    assert ends and all(_day(seen[person]) == end for person, end in ends.items())


def _day(value: object) -> object:
    return date.fromisoformat(value) if isinstance(value, str) else value
