"""The same seed gives the same persons: to the byte, whatever their number and the number of processes."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from opentrd.knowledge.loader import load
from opentrd.simulate.chance import BLOCK
from opentrd.simulate.run import make_plan, simulate
from opentrd.simulate.writing.omop_columns import CDM

SEED = 11
FEW = 200
WEEKS = 104


def made(folder: Path, persons: int, *, processes: int, form: str = "omop", seed: int = SEED) -> Path:
    plan = make_plan(load(), persons, seed, "middle", form=form, weeks=WEEKS)
    simulate(load(), plan, folder, processes=processes, progress=lambda so_far, whole: None)
    return folder


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("few"), FEW, processes=1)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two blocks in two processes, the second not whole."""
    return made(tmp_path_factory.mktemp("many"), BLOCK + 500, processes=2)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows(folder: Path, table: str) -> pa.Table:
    path = folder / table
    return pq.read_table(path if path.is_dir() else path.with_suffix(".parquet"))


def test_the_same_seed_gives_the_same_bytes(few: Path, tmp_path: Path) -> None:
    assert contents(made(tmp_path / "again", FEW, processes=2)) == contents(few)


def test_another_seed_gives_other_persons(few: Path, tmp_path: Path) -> None:
    other = made(tmp_path / "other", FEW, processes=1, seed=SEED + 1)
    assert not rows(other, "drug_exposure").equals(rows(few, "drug_exposure"))


OF_PERSONS = (
    *(table for table, schema in CDM.items() if "person_id" in schema.names),
    "truth",
    "truth_trials",
)


@pytest.mark.parametrize("table", OF_PERSONS)
def test_the_first_of_many_are_the_few(table: str, few: Path, many: Path) -> None:
    of_many = rows(many, table)
    first = of_many.filter(pa.compute.field("person_id") <= FEW)
    assert len(of_many) > len(first)
    assert first.equals(rows(few, table))


def test_blocks_differ(many: Path) -> None:
    born = rows(many, "person").column("birth_datetime").to_pylist()
    assert born[:500] != born[BLOCK : BLOCK + 500]


def test_ids_are_unique_and_persons_in_order(many: Path) -> None:
    for table, schema in CDM.items():
        if "person_id" not in schema.names:
            continue
        found = rows(many, table)
        assert found.schema.equals(schema), table
        persons = found.column("person_id").to_pylist()
        assert persons == sorted(persons), table
        if schema.names[0] != "person_id":
            ids = found.column(schema.names[0]).to_pylist()
            assert len(set(ids)) == len(ids), table


def test_every_concept_is_there_and_every_product_leads_to_its_ingredient(many: Path) -> None:
    with duckdb.connect() as connection:
        for table in CDM:
            source = f"{many}/{table}/*.parquet" if (many / table).is_dir() else f"{many}/{table}.parquet"
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{source}')")
        for column, table in (
            ("drug_concept_id", "drug_exposure"),
            ("drug_type_concept_id", "drug_exposure"),
            ("condition_concept_id", "condition_occurrence"),
            ("measurement_concept_id", "measurement"),
            ("procedure_concept_id", "procedure_occurrence"),
            ("visit_concept_id", "visit_occurrence"),
            ("gender_concept_id", "person"),
        ):
            lost = connection.sql(
                f"SELECT DISTINCT {column} FROM {table} ANTI JOIN concept ON concept_id = {column}"
            ).fetchall()
            assert lost == [], table
        whole = connection.sql(
            "SELECT count(*), count(ingredient_concept_id), count(ancestor_concept_id) FROM drug_exposure"
            " LEFT JOIN drug_strength USING (drug_concept_id)"
            " LEFT JOIN concept_ancestor ON descendant_concept_id = drug_concept_id"
            "  AND ancestor_concept_id = ingredient_concept_id"
        ).fetchall()[0]
        assert whole[0] == whole[1] == whole[2] > 0
        outside = connection.sql(
            "SELECT count(*) FROM drug_exposure JOIN observation_period USING (person_id)"
            " WHERE drug_exposure_start_date NOT BETWEEN observation_period_start_date"
            " AND observation_period_end_date"
        ).fetchall()
        assert outside == [(0,)]


def test_ids_that_are_not_known_are_local(few: Path) -> None:
    """A concept has an id that some table of the project holds, or a local one."""
    known = {int(row.code) for (system, _), row in load().table("treatment_code").items() if system == "OMOP"}  # type: ignore[attr-defined]
    known |= {row.concept_id for row in load().simulation_concepts.values()}
    for concept in rows(few, "concept").column("concept_id").to_pylist():
        assert concept in known or concept > 2_000_000_000
