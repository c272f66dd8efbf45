"""Spark hands persons to the same functions: on two real cores, exactly the rows of DuckDB."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from opentrd.cohort.engines import spark
from opentrd.cohort.run import Options, run_on_spark
from opentrd.cohort.sources.opening import open_source
from opentrd.cohort.tables import FILES, VERDICTS
from opentrd.errors import InputError
from opentrd.knowledge.loader import load
from tests.cohort import populations
from tests.cohort.populations import AS_OF, quiet, results, simulated, tables

PERSONS = 2000
#: One definition of each kind: the others are the same functions with other numbers.
KINDS = (
    "sforzini_2022",
    "fife_2018",
    "fabbri_2021",
    "cepeda_2018",
    "gibson_mgh_claims_2010",
)


@pytest.fixture(scope="module", autouse=True)
def session() -> Iterator[None]:
    """One session for the tests of this file, stopped after them."""
    opened = spark.session("local[2]", 2000)
    opened.sparkContext.setLogLevel("ERROR")
    yield
    opened.stop()


def test_omop_on_spark_gives_the_rows_of_duckdb(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = simulated(tmp_path_factory, PERSONS, "omop")
    asked = Options(definitions=KINDS, staging=True, as_of=AS_OF.toordinal(), partitions=4)
    populations.judge(source, tmp_path / "duckdb", asked)
    run_on_spark(str(source), "local[2]", tmp_path / "spark", load(), asked, quiet)
    want, got = tables(tmp_path / "duckdb"), tables(tmp_path / "spark")
    assert {row["definition"] for row in want["status"]} == set(KINDS)
    for table, rows in want.items():
        assert got[table] == rows, table
    assert read(tmp_path / "spark") == read(tmp_path / "duckdb")


def test_the_definitions_are_of_every_kind() -> None:
    definitions = load().definitions
    judged = [d for name, d in definitions.items() if name.partition(".")[0] in KINDS]
    assert {d.kind for d in judged} == {d.kind for d in definitions.values()}


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
    populations.judge(records, tmp_path / "duckdb", options)
    assert read(tmp_path / "out") == read(tmp_path / "duckdb")


def test_verdicts_alone_on_spark_are_those_of_duckdb(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = simulated(tmp_path_factory, 150, "omop")
    asked = Options(trials=False, as_of=AS_OF.toordinal(), partitions=2)
    populations.judge(source, tmp_path / "duckdb", asked)
    run_on_spark(str(source), "local[2]", tmp_path / "spark", load(), asked, quiet)
    for table in VERDICTS:
        folders = (tmp_path / engine for engine in ("duckdb", "spark"))
        want, got = (pq.read_table(folder / FILES[table]).to_pylist() for folder in folders)
        assert want and got == want, table
    assert not (tmp_path / "spark" / FILES["trial"]).exists()


def read(out: Path) -> Any:
    """What settings tell of the rows of the source."""
    return json.loads((out / "settings.json").read_text(encoding="utf-8"))["read"]


def changed(source: Path, table: str, out: Path, change: Callable[[pa.Table], pa.Table]) -> Path:
    """Copy a population, one of its tables changed."""
    shutil.copytree(source, out)
    (path,) = (path for path in out.iterdir() if path.name.partition(".")[0] == table)
    rows = change(pq.read_table(path))
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    pq.write_table(rows, out / f"{table}.parquet")
    return out


def test_rows_that_are_not_used_are_counted_as_on_duckdb(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Forty rows of nobody, thirty of strangers, as many without a known code."""

    def spoilt(rows: pa.Table) -> pa.Table:
        whose = [None] * 40 + [9_000_001] * 30 + rows["person_id"].to_pylist()[70:]
        what = rows["drug_concept_id"].to_pylist()
        what[70:120] = [1] * 50
        for name, values in (("person_id", whose), ("drug_concept_id", what)):
            at = rows.column_names.index(name)
            rows = rows.set_column(at, name, pa.array(values, rows.schema.field(name).type))
        return rows

    source = changed(simulated(tmp_path_factory, 150, "omop"), "drug_exposure", tmp_path / "cdm", spoilt)
    asked = Options(definitions=KINDS[:1], as_of=AS_OF.toordinal(), partitions=2)
    populations.judge(source, tmp_path / "duckdb", asked)
    run_on_spark(str(source), "local[2]", tmp_path / "spark", load(), asked, quiet)
    told = {row["table"]: row for row in read(tmp_path / "spark")}
    assert told["drug_exposure"]["unused"]["unknown_person"] == 70
    assert read(tmp_path / "spark") == read(tmp_path / "duckdb")
    assert tables(tmp_path / "spark") == tables(tmp_path / "duckdb")


def test_persons_who_are_there_twice_are_refused(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def doubled(rows: pa.Table) -> pa.Table:
        return pa.concat_tables([rows, rows.slice(0, 20)])

    source = changed(simulated(tmp_path_factory, 150, "omop"), "person", tmp_path / "cdm", doubled)
    asked = Options(as_of=AS_OF.toordinal(), partitions=2)
    with pytest.raises(InputError, match=r"same value in several rows \(20 rows\)"):
        run_on_spark(str(source), "local[2]", tmp_path / "spark", load(), asked, quiet)
    assert not (tmp_path / "spark").exists()


def test_a_source_that_spark_cannot_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither a table drug_exposure"):
        run_on_spark(
            str(tmp_path), "local[2]", tmp_path / "out", load(), Options(as_of=AS_OF.toordinal()), quiet
        )
    with pytest.raises(InputError, match="day of assessment"):
        run_on_spark(str(tmp_path), "local[2]", tmp_path / "out", load(), Options(), quiet)
