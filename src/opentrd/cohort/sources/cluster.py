"""A source as Spark sees it: an OMOP CDM or record tables, in a folder or in the cluster's catalogue.

The rows are never gathered in one place. Only the distinct ways in which rows name things come to the driver,
where the small maps are made that go out to every task.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from opentrd.cohort.sources.model import Converted, TableCount
from opentrd.errors import InputError
from opentrd.knowledge.loader import Knowledge
from opentrd.records.omop.cdm import EVENT, OF_PERSONS, TABLES
from opentrd.records.omop.mapping import map_slice
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
    return used, partial(map_slice, maps=_maps(frames, knowledge))


def _as_they_are(tables: Mapping[str, pa.Table]) -> Mapping[str, pa.Table]:
    return tables


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


def counted(frames: Frames, unused: Mapping[str, Mapping[str, int]], persons: int) -> Converted:
    """Return how many rows of each table were read, and what became of them."""
    tables = []
    for name, frame in frames.items():
        read = frame.count()
        reasons = dict(sorted(unused.get(name, {}).items()))
        tables.append(TableCount(table=name, read=read, used=read - sum(reasons.values()), unused=reasons))
    return Converted(tables=tables, persons=persons, last_day=None)
