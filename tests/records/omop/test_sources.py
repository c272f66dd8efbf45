"""The same CDM from every kind of source gives the same record tables; broken ones say what is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from opentrd.cohort.measures.reading import Reading
from opentrd.cohort.sources.omop import OmopSource
from opentrd.errors import InputError
from opentrd.knowledge.loader import Knowledge
from opentrd.records.omop.opening import open_source
from opentrd.records.read import read
from opentrd.records.tables.columns import SCHEMAS
from tests.records.omop import cdm as c
from tests.records.omop.test_results import TOTAL, condition, measured, observed
from tests.service import postgres

Maker = Callable[[Path, dict[str, c.Rows]], str]


def whole() -> dict[str, c.Rows]:
    """A CDM of three persons with a row in every table."""
    persons = [c.PERSON | {"person_id": number} for number in (1, 2, 10)]
    return c.cdm(
        person=persons,
        drug_exposure=[
            c.drug(drug_exposure_id=1, sig="take 2 tablets daily"),
            c.drug(drug_exposure_id=2, person_id=10, drug_concept_id=c.ATORVASTATIN),
            c.drug(drug_exposure_id=3, person_id=2, stop_reason="no effect", drug_type_concept_id=c.WRITTEN),
            c.drug(drug_exposure_id=4, person_id=2, drug_concept_id=0),
        ],
        condition_occurrence=[condition(condition_occurrence_id=1)],
        measurement=[measured(TOTAL, 14.0, measurement_id=1), measured("1-8", 14.0, measurement_id=2)],
        observation=[observed(person_id=2, value_as_string="9")],
        procedure_occurrence=[
            {
                "procedure_occurrence_id": 1,
                "person_id": 1,
                "procedure_concept_id": 4030840,
                "procedure_date": c.DAY,
                "quantity": 1,
            },
        ],
        observation_period=[
            {
                "observation_period_id": 1,
                "person_id": 1,
                "observation_period_start_date": date(2020, 1, 1),
                "observation_period_end_date": date(2024, 12, 31),
            },
        ],
        death=[{"person_id": 2, "death_date": date(2024, 12, 1)}],
        cdm_source=[{"source_release_date": date(2025, 1, 1), "cdm_version": "5.4"}],
    )


def parquet(folder: Path, tables: dict[str, c.Rows]) -> str:
    return str(c.write_parquet(folder, tables))


def upper(folder: Path, tables: dict[str, c.Rows]) -> str:
    shouted = {
        name.upper(): [{k.upper(): v for k, v in row.items()} for row in rows]
        for name, rows in tables.items()
    }
    return str(c.write_parquet(folder, shouted))


def csv(folder: Path, tables: dict[str, c.Rows]) -> str:
    for name, rows in tables.items():
        pacsv.write_csv(c.arrow(rows), folder / f"{name}.csv")
    return str(folder)


def zipped(folder: Path, tables: dict[str, c.Rows]) -> str:
    with duckdb.connect() as connection:
        for name, rows in tables.items():
            connection.register("given", c.arrow(rows))
            connection.execute(f"COPY given TO '{folder / name.upper()}.csv.gz' (HEADER, COMPRESSION gzip)")
    return str(folder)


def partitioned(folder: Path, tables: dict[str, c.Rows]) -> str:
    for name, rows in tables.items():
        for number, row in enumerate(rows):
            (own := folder / name / f"part={number % 2}").mkdir(parents=True, exist_ok=True)
            pq.write_table(c.arrow([row]), own / f"{number}.parquet")
    return str(folder)


def of_spark(folder: Path, tables: dict[str, c.Rows]) -> str:
    """Folders as Spark leaves them: with the ending of a file, a mark of success, and what a stop left."""
    for name, rows in tables.items():
        for number, row in enumerate(rows):
            (own := folder / f"{name}.parquet" / "_temporary").mkdir(parents=True, exist_ok=True)
            pq.write_table(c.arrow([row]), own / f"part-{number}.parquet")
            pq.write_table(c.arrow([row]), own.parent / f"part-{number}.snappy.parquet")
            (own.parent / "_SUCCESS").touch()
    return str(folder)


def of_texts(folder: Path, tables: dict[str, c.Rows]) -> str:
    """Folders of CSV, the first of each plain and the others compressed."""
    with duckdb.connect() as connection:
        for name, rows in tables.items():
            (folder / name).mkdir()
            connection.register("given", c.arrow(rows))
            for number in range(len(rows)):
                path = folder / name / f"{number}.csv{'.gz' if number else ''}"
                connection.execute(f"COPY (FROM given LIMIT 1 OFFSET {number}) TO '{path}' (HEADER)")
    return str(folder)


def database(folder: Path, tables: dict[str, c.Rows]) -> str:
    path = folder / "population.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA cdm")
        for name, rows in tables.items():
            connection.register("given", c.arrow(rows))
            connection.execute(f"CREATE TABLE cdm.{name} AS SELECT * FROM given")
    return str(path)


def older(folder: Path, tables: dict[str, c.Rows]) -> str:
    """CDM 5.3: without the columns that 5.4 brought, with those that it dropped, days only as times."""
    tables = {name: [dict(row) for row in rows] for name, rows in tables.items()}
    for row in tables["observation"]:
        row["observation_event_id"] = 5
    for row in tables["drug_exposure"]:
        row["drug_exposure_start_datetime"] = "2024-03-01 08:30:00"
    return str(c.write_parquet(folder, tables))


MAKERS: dict[str, Maker] = {
    "upper": upper,
    "csv": csv,
    "csv.gz": zipped,
    "partitioned": partitioned,
    "folders of Spark": of_spark,
    "plain and compressed": of_texts,
    "duckdb": database,
    "5.3": older,
}


@pytest.fixture(scope="module")
def expected(knowledge: Knowledge, tmp_path_factory: pytest.TempPathFactory) -> dict[str, c.Rows]:
    """The record tables of the CDM in Parquet."""
    with c.opened_record(parquet(tmp_path_factory.mktemp("parquet"), whole()), knowledge) as found:
        assert [row["person_id"] for row in found["person"]] == ["1", "10", "2"]
        assert [len(found[table]) for table in SCHEMAS] == [3, 4, 2, 1, 0, 1]
        return found


@pytest.mark.parametrize("kind", MAKERS)
def test_same_from_every_source(
    kind: str, expected: dict[str, c.Rows], knowledge: Knowledge, tmp_path: Path
) -> None:
    address = MAKERS[kind](tmp_path, whole())
    with c.opened_record(address, knowledge) as found:
        assert found == expected


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A real PostgreSQL server."""
    with postgres.server() as address:
        yield address.replace("+psycopg", "")


def test_same_from_postgresql(server: str, expected: dict[str, c.Rows], knowledge: Knowledge) -> None:
    import psycopg

    types = {int: "bigint", float: "numeric", date: "date", str: "varchar"}
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA cdm")
        for name, rows in whole().items():
            kinds = {
                key: next((type(r[key]) for r in rows if r.get(key) is not None), str) for key in rows[0]
            }
            columns = ", ".join(f'"{key}" {types[kind]}' for key, kind in kinds.items())
            for row in rows if name == "drug_exposure" else ():
                row["verbatim_end_date"] = ""  # a date that is kept as text
            connection.execute(f"CREATE TABLE cdm.{name} ({columns})")
            marks = ", ".join(["%s"] * len(kinds))
            with connection.cursor() as cursor:
                cursor.executemany(
                    f"INSERT INTO cdm.{name} VALUES ({marks})",
                    [[row.get(key) for key in kinds] for row in rows],
                )
    address = f"{server}&options=-csearch_path%3Dcdm"
    with c.opened_record(address, knowledge) as found:
        assert found == expected
    source = OmopSource(address, knowledge)
    assert not [finding for finding in source.check() if finding.level == "error"]
    before = source.fingerprint()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DELETE FROM cdm.death")
    assert source.fingerprint() != before
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("UPDATE cdm.drug_exposure SET verbatim_end_date = 'May' WHERE person_id = 10")
    [error] = source.check()
    assert (error.level, error.place) == ("error", "table drug_exposure")
    assert '"May"' in str(error.params["said"])


#: Addresses with passwords, and what is shown of each.
ADDRESSES = {
    "postgresql://somebody:secret@127.0.0.1:1/none": "postgresql://somebody@127.0.0.1:1/none",
    "postgresql://somebody:sec@ret@127.0.0.1:1/none": "postgresql://somebody@127.0.0.1:1/none",
    "postgresql://127.0.0.1:1/none?user=me&password=secret": "postgresql://127.0.0.1:1/none?user=me",
    "postgresql://127.0.0.1:1/none?sslpassword=secret&options=-csearch_path%3Dcdm": (
        "postgresql://127.0.0.1:1/none?options=-csearch_path%3Dcdm"
    ),
    "postgresql://127.0.0.1:1/none?pass%77ord=secret": "postgresql://127.0.0.1:1/none",
    "postgresql://127.0.0.1:1/none?password=secr%et": "postgresql://127.0.0.1:1/none",
    "postgresql://me:12/secret@127.0.0.1:1/none": "postgresql://me@127.0.0.1:1/none",
    "postgresql://me:secret/34@127.0.0.1:1/none": "postgresql://me@127.0.0.1:1/none",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_password_is_shown(address: str, knowledge: Knowledge) -> None:
    """The address is named, its passwords are not: in the name, by opening, by the check."""
    source = OmopSource(address, knowledge)
    assert source.name == ADDRESSES[address]
    with pytest.raises(InputError) as told:
        source.fingerprint()
    with pytest.raises(InputError) as opened, open_source(address):
        pass
    for text in (str(told.value), str(opened.value), str(source.check())):
        assert "sec" not in text
    assert ADDRESSES[address] in str(told.value)


@pytest.mark.parametrize(
    "address", ["postgresql://me:secret@host/db", "postgresql://host/db?password=secret"]
)
def test_no_password_where_an_address_is_not_read(address: str, knowledge: Knowledge) -> None:
    """A person or measures of one: only FHIR and sheets are read."""
    for reading in (read, lambda source, known: list(Reading(known).read(source))):
        with pytest.raises(InputError) as told:
            reading(address, knowledge)
        assert "secret" not in str(told.value)


def test_no_password_in_an_error_of_the_tables(knowledge: Knowledge, monkeypatch: Any) -> None:
    """What is wrong with a table behind an address, or with its rows, does not show the address either."""
    for relations in ({}, {"person": "nowhere", "drug_exposure": "nowhere"}):
        monkeypatch.setattr("opentrd.records.omop.postgres.stage", lambda *_, found=relations: found)
        address = "postgresql://host/db?password=secret"
        with pytest.raises(InputError, match="postgresql://host/db") as told, open_source(address):
            pass
        assert "secret" not in str(told.value)


def _without(table: str, column: str | None = None) -> dict[str, c.Rows]:
    tables = whole()
    if column is None:
        del tables[table]
    else:
        tables[table] = [{k: v for k, v in row.items() if k != column} for row in tables[table]]
    return tables


@pytest.mark.parametrize(
    ("tables", "place"),
    [
        (_without("person"), "table person"),
        (_without("drug_exposure"), "table drug_exposure"),
        (_without("drug_exposure", "drug_concept_id"), "drug_concept_id"),
        (_without("drug_exposure", "drug_exposure_start_date"), "drug_exposure_start_date"),
        (_without("person", "person_id"), "person_id"),
    ],
)
def test_broken(tables: dict[str, c.Rows], place: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=place) as told, open_source(parquet(tmp_path, tables)):
        pass
    assert str(tmp_path) in str(told.value)


def test_a_file_that_is_no_table(tmp_path: Path) -> None:
    address = parquet(tmp_path, whole())
    (tmp_path / "measurement.parquet").write_bytes(b"no table")
    with pytest.raises(InputError, match="table measurement"), open_source(address):
        pass


def test_a_delta_table_is_refused(tmp_path: Path) -> None:
    """Its folder holds removed rows too, and only its log says which."""
    address = partitioned(tmp_path, whole())
    (tmp_path / "drug_exposure" / "_delta_log").mkdir()
    with pytest.raises(InputError, match=r"table drug_exposure: it is a Delta.*--engine spark"):
        open_source(address).__enter__()


@pytest.mark.parametrize("second", ["person.csv", "person.csv.gz", "PERSON", "person/2.csv"])
def test_a_table_that_is_there_twice_is_refused(second: str, tmp_path: Path) -> None:
    whole_folder = second.startswith("person/")
    address = (partitioned if whole_folder else parquet)(tmp_path, whole())
    path = tmp_path / second
    if path.suffix:
        path.write_text("person_id\n7\n")
    else:
        path.mkdir()
    with pytest.raises(InputError, match=r"table person: it is .*keep one"):
        open_source(address).__enter__()


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"), open_source(str(tmp_path / "none")):
        pass


def test_convert(expected: dict[str, c.Rows], knowledge: Knowledge, tmp_path: Path, monkeypatch: Any) -> None:
    """Range by range of persons, the same rows, sorted; every row of the source is accounted for."""
    monkeypatch.setattr("opentrd.records.omop.writing._ROWS", 4)
    told: list[str] = []
    out = tmp_path / "out"
    source = OmopSource(parquet(tmp_path / "in", whole()), knowledge)
    done = source.convert(out, memory_mb=500, processes=1, progress=lambda stage, *_: told.append(stage))
    for table, schema in SCHEMAS.items():
        found = pq.read_table(out / f"{table}.parquet")
        assert found.schema.names == schema.names
        assert found.to_pylist() == expected[table]
    assert sorted(path.name for path in out.iterdir()) == sorted(f"{table}.parquet" for table in SCHEMAS)
    assert done.persons == 3
    assert date.fromordinal(done.last_day or 0) == c.DAY
    counts = {count.table: count for count in done.tables}
    for count in counts.values():
        assert count.read == count.used + sum(count.unused.values())
    assert counts["drug_exposure"].unused == {"no_product": 1}
    assert counts["measurement"].unused == {"unknown_code": 1}
    assert told


DAYS = """
import sys, pyarrow.parquet as pq
from opentrd.knowledge.loader import load
from opentrd.records.omop.mapping import map_slice
from opentrd.records.omop.maps import make_maps
from tests.records.omop.cdm import opened_record, open_source
folder, knowledge = sys.argv[1], load()
with opened_record(folder, knowledge) as found:
    print([str(row["start_earliest"]) for row in found["exposure"]])
with open_source(folder) as opened:
    maps = make_maps(opened.connection, knowledge)
tables = {name: pq.read_table(f"{folder}/{name}.parquet") for name in ("person", "drug_exposure")}
print([str(day) for day in map_slice(tables, maps)["exposure"]["start_earliest"]])
"""


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland"])
def test_days_are_the_same_in_every_time_zone(zone: str, tmp_path: Path) -> None:
    """A date that is kept as a time in UTC: from a folder, and from rows in memory."""
    moments = (datetime(2020, 1, 1, hour, tzinfo=UTC) for hour in (0, 23))
    rows = [c.drug(drug_exposure_id=i, drug_exposure_start_date=at) for i, at in enumerate(moments, 1)]
    folder = parquet(tmp_path, c.cdm(drug_exposure=rows))
    command = [sys.executable, "-c", DAYS, folder]
    told = subprocess.run(command, env={**os.environ, "TZ": zone}, capture_output=True, text=True, check=True)
    assert told.stdout == "['2020-01-01', '2020-01-01']\n" * 2


@pytest.mark.parametrize(
    ("released", "exposures", "last"),
    [
        (None, [c.DAY, date(2099, 1, 1)], c.DAY),
        (date(2100, 1, 1), [c.DAY, date(2099, 1, 1)], c.DAY),
        (c.DAY, [date(2023, 5, 1), date(2024, 3, 2)], date(2023, 5, 1)),
        (None, [date(2099, 1, 1)], None),
    ],
)
def test_a_day_to_come_is_not_the_last_day(
    released: date | None, exposures: list[date], last: date | None, knowledge: Knowledge, tmp_path: Path
) -> None:
    """Whether the source says when it was released, says a day that has not come, or says nothing."""
    rows = [c.drug(drug_exposure_id=i, drug_exposure_start_date=day) for i, day in enumerate(exposures)]
    told = [{"source_release_date": released}] if released else []
    source = OmopSource(parquet(tmp_path / "in", c.cdm(drug_exposure=rows, cdm_source=told)), knowledge)
    done = source.convert(tmp_path / "out", memory_mb=500, processes=1, progress=lambda *_: None)
    assert done.last_day == (last.toordinal() if last else None)


def test_convert_of_a_broken_source_leaves_no_file(knowledge: Knowledge, tmp_path: Path) -> None:
    tables = whole()
    folder = Path(csv(_made(tmp_path / "in"), tables))
    text = (folder / "measurement.csv").read_text()
    (folder / "measurement.csv").write_text(text.replace("2024-03-01", "March"))
    out = tmp_path / "out"
    source = OmopSource(str(folder), knowledge)
    with pytest.raises(InputError):
        source.convert(out, memory_mb=500, processes=1, progress=lambda *_: None)
    assert [path for path in out.rglob("*") if path.suffix == ".parquet"] == []
    [error] = [finding for finding in source.check() if finding.level == "error"]
    assert (error.place, error.rows) == ("measurement.measurement_date", 2)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
