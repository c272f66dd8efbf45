"""Spark hands persons to the same functions: on two real cores, exactly the rows of DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest

from opentrd.cohort.engines import spark
from opentrd.cohort.engines.spark import PERSON, whole_persons
from opentrd.cohort.run import Options, run_on_spark
from opentrd.cohort.sources.opening import open_source
from opentrd.errors import InputError
from opentrd.knowledge.loader import load
from tests.cohort.populations import AS_OF, quiet, results, simulated, tables

PERSONS = 2000


@pytest.fixture(scope="module", autouse=True)
def session() -> Iterator[None]:
    """One session for the tests of this file, stopped after them."""
    opened = spark.session("local[2]", 2000)
    opened.sparkContext.setLogLevel("ERROR")
    yield
    opened.stop()


def judge(source: str, out: Path, **more: object) -> None:
    options = Options(as_of=AS_OF.toordinal(), partitions=4, **more)  # type: ignore[arg-type]
    run_on_spark(source, "local[2]", out, load(), options, quiet)


def test_omop_on_spark_gives_the_rows_of_duckdb(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    want = tables(results(tmp_path_factory, PERSONS, "omop"))
    judge(str(simulated(tmp_path_factory, PERSONS, "omop")), tmp_path / "out")
    got = tables(tmp_path / "out")
    for table, rows in want.items():
        assert got[table] == rows, table


def test_record_tables_on_spark_give_the_rows_of_duckdb(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    want = tables(results(tmp_path_factory, 150, "fhir"))
    records = tmp_path / "records"
    source = open_source(str(simulated(tmp_path_factory, 150, "fhir")), load())
    converted = source.convert(records, memory_mb=1000, processes=1, progress=quiet)
    assert converted.last_day is not None
    options = Options(as_of=converted.last_day, partitions=2)
    run_on_spark(str(records), "local[2]", tmp_path / "out", load(), options, quiet)
    assert tables(tmp_path / "out") == want


def test_a_source_that_spark_cannot_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither a table drug_exposure"):
        judge(str(tmp_path), tmp_path / "out")
    with pytest.raises(InputError, match="day of assessment"):
        run_on_spark(str(tmp_path), "local[2]", tmp_path / "out", load(), Options(), quiet)


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 100])
def test_no_person_is_cut_in_two(rows: int) -> None:
    persons = ["a", "a", "b", "c", "c", "c", "c", "d"]
    for size in range(1, len(persons) + 1):
        batches = (
            pa.RecordBatch.from_arrays([pa.array(persons[n : n + size])], names=[PERSON])
            for n in range(0, len(persons), size)
        )
        parts = [part.column(PERSON).to_pylist() for part in whole_persons(batches, rows)]
        assert [one for part in parts for one in part] == persons
        starts = [part[0] for part in parts]
        assert len(set(starts)) == len(starts)
        assert all(set(a).isdisjoint(b) for a, b in pairwise(parts))
