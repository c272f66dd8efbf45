"""A source as Spark sees it: an OMOP CDM or record tables, in a folder or in the cluster's catalogue.

The rows are never gathered in one place. Only the distinct ways in which rows name things come to the driver,
where the small maps are made that go out to every task.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from opentrd.cohort.engines.spark import COUNTED
from opentrd.cohort.sources.model import Converted, Finding, TableCount
from opentrd.errors import InputError
from opentrd.knowledge.loader import Knowledge
from opentrd.records.omop.cdm import EVENT, OF_PERSONS, TABLES
from opentrd.records.omop.counting import UNKNOWN_PERSON
from opentrd.records.omop.mapping import map_and_count
from opentrd.records.omop.maps import make_maps
from opentrd.records.omop.postgres import hidden
from opentrd.records.omop.views import connected, create, described
from opentrd.records.tables.columns import SCHEMAS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from opentrd.cohort.engines.spark import Prepare

#: Before a source that is a database of the cluster's catalogue.
CATALOG: Final = "catalog:"

Frames = dict[str, "DataFrame"]
Tables: TypeAlias = Mapping[str, pa.Table]


def open_frames(source: str, spark: SparkSession) -> Frames:
    """Return the tables of a source by their lower-case names, with lower-case columns.

    ``source`` is a folder with a Parquet file or folder, or a Delta table, for each table, or
    ``catalog:NAME`` for a database of the catalogue. Raises ``InputError`` where no table is known.
    """
    known = {*TABLES, *SCHEMAS}
    found = _catalog(source, spark, known) if source.startswith(CATALOG) else _folder(source, spark, known)
    if not ({"drug_exposure", "exposure"} & set(found)):
        raise InputError(
            hidden(source),
            "",
            "there is neither a table drug_exposure (OMOP CDM) nor a table exposure (record tables)",
            f"give a folder of Parquet or Delta tables, or {CATALOG}NAME",
        )
    return {name: frame.toDF(*[column.lower() for column in frame.columns]) for name, frame in found.items()}


def _catalog(source: str, spark: SparkSession, known: set[str]) -> Frames:
    database = source.removeprefix(CATALOG)
    names = [table.name for table in spark.catalog.listTables(database)]
    return {name.lower(): spark.table(f"{database}.{name}") for name in names if name.lower() in known}


def _folder(source: str, spark: SparkSession, known: set[str]) -> Frames:
    found: Frames = {}
    for path in sorted(Path(source).iterdir()) if Path(source).is_dir() else ():
        name = path.name.lower().removesuffix(".parquet")
        if name not in known or not (path.is_dir() or path.suffix.lower() == ".parquet"):
            continue
        form = "delta" if (path / "_delta_log").is_dir() else "parquet"
        found[name] = spark.read.format(form).load(str(path))
    return found


def persons_frames(frames: Frames, knowledge: Knowledge) -> tuple[Frames, Prepare]:
    """Return the tables whose rows belong to persons, and what makes record tables of a slice of them."""
    if "exposure" in frames:
        return {name: frames[name] for name in SCHEMAS if name in frames}, _as_they_are
    used: Frames = {name: _columns(name, frames[name]) for name in OF_PERSONS if name in frames}
    return used, partial(_mapped, maps=_maps(frames, knowledge))


def _mapped(
    tables: Mapping[str, pa.Table], maps: Mapping[str, pa.Table]
) -> tuple[dict[str, pa.Table], pa.Table]:
    found, counts = map_and_count(tables, maps)
    return found, _counted([(each.table, each.used, each.unused) for each in counts])


def _as_they_are(tables: Tables) -> tuple[Tables, pa.Table]:
    none = pa.chunked_array([], pa.string())
    persons = (tables["person"].column("person_id") if "person" in tables else none).combine_chunks()
    counts = []
    for name, rows in tables.items():
        used = pc.sum(pc.is_in(rows.column("person_id"), persons)).as_py() or 0
        counts.append((name, used, {UNKNOWN_PERSON: rows.num_rows - used}))
    return tables, _counted(counts)


def _counted(counts: list[tuple[str, int, dict[str, int]]]) -> pa.Table:
    """Return what became of the rows of some tables as Spark stacks it."""
    rows = [
        {"table": table, "reason": reason, "rows": count}
        for table, used, unused in counts
        for reason, count in ((None, used), *unused.items())
        if count
    ]
    return pa.Table.from_pylist(rows, COUNTED)


def check(frames: Frames) -> list[Finding]:
    """Find persons without an identifier and those that are there twice, as other sources do."""
    if "person" not in frames:
        return []
    row = (
        frames["person"]
        .selectExpr("count(*) - count(person_id)", "count(person_id) - count(DISTINCT person_id)")
        .first()
    )
    found = zip(row or (), ("source_found.no_value", "source_found.twice"), strict=False)
    place, means = "person.person_id", "source_means.whose"
    return [
        Finding(level="error", place=place, what=what, means=means, rows=count)
        for count, what in found
        if count
    ]


def _columns(name: str, frame: DataFrame) -> DataFrame:
    """Leave out the columns of a CDM table that nobody reads."""
    read = {own for column in TABLES[name].values() for own in column.names}
    return frame.select(*[column for column in frame.columns if column in read])


def _maps(frames: Frames, knowledge: Knowledge) -> dict[str, pa.Table]:
    """Make the maps of a CDM from the distinct ways in which its rows name things, and its vocabulary."""
    with connected() as connection:
        for table in TABLES:
            relation, columns = None, {}
            if table in frames:
                relation = f"given_{table}"
                connection.register(relation, _named(table, frames[table]))
                columns = described(connection, relation)
            create(connection, table, relation, columns, "source", by_number=False)
        return make_maps(connection, knowledge)


def _named(table: str, frame: DataFrame) -> pa.Table:
    """Return a table of the vocabulary, or the distinct names, texts and concepts of a table of persons."""
    columns = TABLES[table]
    if table not in OF_PERSONS:
        return _columns(table, frame).toArrow()
    own = {"person_id", EVENT[table].line if table in EVENT else ""}
    names = [
        name
        for name, column in columns.items()
        if name in frame.columns and name not in own and column.type in ("BIGINT", "VARCHAR")
    ]
    rows = frame.select(*names).distinct().toArrow() if names else pa.table({})
    for name in columns:
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.nulls(rows.num_rows, pa.string()))
    return rows


def counted(frames: Frames, counts: Mapping[str, Mapping[str | None, int]], persons: int) -> Converted:
    """Return how many rows of each table were read, and what became of them.

    Rows without a person reach no task: they are nobody's, and not used.
    """
    tables = []
    for name in frames if "exposure" in frames else OF_PERSONS:
        found = Counter(counts.get(name, {}))
        read, named = _rows(frames[name]) if name in frames else (0, 0)
        if sum(found.values()) != named:
            raise AssertionError(f"{name}: {named} rows with a person, {sum(found.values())} accounted for")
        if name != "unused":  # its rows of nobody are what it is for
            found[UNKNOWN_PERSON] += read - named
        unused = {reason: count for reason, count in found.items() if reason is not None and count}
        used = read - sum(unused.values())
        tables.append(TableCount(table=name, read=read, used=used, unused=dict(sorted(unused.items()))))
    return Converted(tables=tables, persons=persons, last_day=None)


def _rows(frame: DataFrame) -> tuple[int, int]:
    """Return how many rows there are, and how many with a person."""
    (row,) = frame.selectExpr("count(*)", "count(person_id)").collect()
    return row[0], row[1]
