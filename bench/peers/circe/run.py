"""Make the SQL of a Circe cohort with ``duckcdm`` and run it on a DuckDB file of OMOP tables.

    run.py EXPRESSION DATABASE THREADS

Runs in the environment of the peer; prints JSON.
"""

import json
import sys
import time
from pathlib import Path

import duckdb
from duckcdm.circe import build_cohort_query  # type: ignore[import-not-found, unused-ignore]
from duckcdm.sqlrender import render, translate  # type: ignore[import-not-found, unused-ignore]


def main() -> None:
    """Print who is in the cohort and how many seconds it took, making the SQL included."""
    text = Path(sys.argv[1]).read_text()
    with duckdb.connect(sys.argv[2], config={"threads": int(sys.argv[3])}) as base:
        start = time.perf_counter()
        options = {"cdm_schema": "main", "vocabulary_schema": "main", "target_table": "main.cohort"}
        query = build_cohort_query(text, cohort_id=1, generate_stats=False, **options)
        sql = render(
            query,
            target_database_schema="main",
            target_cohort_table="cohort",
            target_cohort_id=1,
            results_database_schema="main",
            vocabulary_database_schema="main",
            cdm_database_schema="main",
        )
        base.execute(translate(sql, "duckdb"))
        seconds = time.perf_counter() - start
        found = base.execute(
            "SELECT DISTINCT s.person_id FROM cohort JOIN subject AS s ON number = subject_id ORDER BY 1"
        ).fetchall()
    print(json.dumps({"seconds": seconds, "found": [row[0] for row in found]}))


if __name__ == "__main__":
    main()
