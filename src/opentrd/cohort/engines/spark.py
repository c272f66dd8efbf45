"""The engine for what one machine is too small for: Spark hands persons to the same function.

All tables of a source are stacked into one frame, partitioned and sorted by person, and ``mapInArrow`` gives
each partition to ``judge_slice``, a few thousand persons at a time. Spark knows no rule: it only moves rows.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from opentrd.cohort.judging import Plan, judge_slice
from opentrd.cohort.tables import RESULTS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Tables = dict[str, pa.Table]
#: Turns a slice of the source's own tables into record tables, and tells what became of their rows.
Prepare = Callable[[Mapping[str, pa.Table]], tuple[Mapping[str, pa.Table], pa.Table]]

PERSON, TABLE, NUMBER = "__person", "__table", "__number"
#: So many rows are gathered before a slice is judged; a person is never cut in two.
_ROWS: Final = 100_000

#: What became of the rows of a table of the source: used (no reason), or why not.
COUNTED: Final = pa.schema([("table", pa.string()), ("reason", pa.string()), ("rows", pa.int64())])
#: What comes back: the result tables, and what became of the rows of the source.
STACKED: Final[dict[str, pa.Schema]] = {**RESULTS, "counted": COUNTED}


def session(master: str, memory_mb: int) -> SparkSession:
    """Open a Spark session, or take the one that is there; it keeps to UTC and has no page of its own."""
    from pyspark.sql import SparkSession

    builder: Any = SparkSession.builder
    if master.startswith("local"):  # the processes of this machine: the same Python, no other address
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = builder.config("spark.driver.host", "127.0.0.1").config(
            "spark.driver.bindAddress", "127.0.0.1"
        )
    found: SparkSession = (
        builder.master(master)
        .appName("opentrd")
        .config("spark.driver.memory", f"{memory_mb}m")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", 20_000)
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    return found


def judge_all(
    frames: Mapping[str, DataFrame], prepare: Prepare, plan: Plan, out: Path, partitions: int
) -> None:
    """Judge everybody in the source's tables into ``out``, one Parquet folder for each result table.

    Each row of ``out`` is ``__number`` (its place within its slice) and the columns of the table in a struct
    of its name. Every frame has a column ``person_id``; ``partitions`` is how many tasks share the work.
    """
    stacked = stack(frames).repartition(partitions, PERSON).sortWithinPartitions(PERSON)
    judged = stacked.mapInArrow(_judge(prepare, plan), _spark_schema(stacked.sparkSession))
    judged.write.mode("overwrite").partitionBy(TABLE).parquet(str(out))


def stack(frames: Mapping[str, DataFrame]) -> DataFrame:
    """Put tables one upon the other: the person, the table's name, and the row as a struct of that name."""
    from pyspark.sql import functions as f

    rows = [
        frame.where(f.col("person_id").isNotNull()).select(
            f.col("person_id").cast("string").alias(PERSON),
            f.lit(name).alias(TABLE),
            f.struct(*frame.columns).alias(name),
        )
        for name, frame in frames.items()
    ]
    return reduce(lambda a, b: a.unionByName(b, allowMissingColumns=True), rows)


def _judge(prepare: Prepare, plan: Plan) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return what Spark calls for each partition."""

    def judge(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for part in whole_persons(batches, _ROWS):
            tables, counted = prepare(unstack(part))
            yield from packed({**judge_slice(tables, plan), "counted": counted})

    return judge


def whole_persons(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """Gather sorted batches into tables of about so many rows; a person's rows stay together."""
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        if batch.num_rows == 0:
            continue
        if count >= rows:
            last = held[-1].column(PERSON)[-1]
            same = pc.sum(pc.equal(batch.column(PERSON), last)).as_py() or 0
            if same < batch.num_rows:
                yield pa.Table.from_batches([*held, batch.slice(0, same)])
                held, count, batch = [], 0, batch.slice(same)
        held.append(batch)
        count += batch.num_rows
    if held:
        yield pa.Table.from_batches(held)


def unstack(part: pa.Table) -> Tables:
    """Take stacked rows apart into their tables again."""
    found = {}
    names = part.column(TABLE)
    for name in pc.unique(names).to_pylist():
        rows = part.filter(pc.equal(names, name)).column(name).combine_chunks()
        rows = rows.chunk(0) if isinstance(rows, pa.ChunkedArray) else rows
        found[name] = pa.Table.from_struct_array(rows)
    return found


def packed(results: Mapping[str, pa.Table]) -> Iterator[pa.RecordBatch]:
    """Stack result tables the same way, so that one call of ``mapInArrow`` returns all of them."""
    schema = result_schema()
    for name, table in results.items():
        rows = table.num_rows
        if rows == 0:
            continue
        columns = [
            pa.array([name]).take(pa.array([0] * rows)),
            pa.array(range(rows), pa.int32()),
            *(
                table.to_struct_array().combine_chunks() if other == name else pa.nulls(rows, field.type)
                for other, field in zip(STACKED, list(schema)[2:], strict=True)
            ),
        ]
        columns = [c.chunk(0) if isinstance(c, pa.ChunkedArray) else c for c in columns]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def result_schema() -> pa.Schema:
    """The columns of stacked results."""
    return pa.schema(
        [
            (TABLE, pa.string()),
            (NUMBER, pa.int32()),
            *((name, pa.struct(list(schema))) for name, schema in STACKED.items()),
        ]
    )


def _spark_schema(spark: SparkSession) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(result_schema())
