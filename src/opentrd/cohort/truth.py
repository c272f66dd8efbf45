"""Results held against a known truth: how often is each definition right, and how far off in time?

The truth comes from ``opentrd simulate`` (``simulate/writing/truth.py``): what it can show is what happens to
a rule when a record keeps only part of the truth, among persons who behave as the simulation assumes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.csv

from opentrd.cohort.tables import FILES
from opentrd.errors import InputError

VALIDITY: Final = "validity.csv"
TRUTH: Final = "truth.parquet"

_SHARE: Final = pa.float64()
#: A row is a definition. Persons are those treated for depression in truth, or with a treatment in the
#: record. ``found``: met; undetermined, excluded or not applicable is not found. ``sensitivity``: found of
#: the resistant; ``specificity``: not found of the others; ``ppv``: resistant of the found; each with its
#: 95 % Wilson interval, null where there is no one to count. ``undetermined``: persons not found for whom a
#: fact is missing, and ``undetermined_resistant`` of them truly resistant. ``days_*``: days from the true
#: date to the first day on which the definition was met, among the resistant who were found: quartiles;
#: negative is too early.
COLUMNS: Final = pa.schema(
    [
        ("definition", pa.string()),
        ("persons", pa.int64()),
        ("resistant", pa.int64()),
        ("found", pa.int64()),
        ("found_resistant", pa.int64()),
        ("undetermined", pa.int64()),
        ("undetermined_resistant", pa.int64()),
        *(
            (f"{share}{end}", _SHARE)
            for share in ("sensitivity", "specificity", "ppv")
            for end in ("", "_low", "_high")
        ),
        ("days_lower_quartile", _SHARE),
        ("days_median", _SHARE),
        ("days_upper_quartile", _SHARE),
    ]
)

_COUNTS: Final = """
    WITH people AS (
      SELECT truth.person_id::VARCHAR AS person_id, resistant, resistant_on
      FROM read_parquet($truth) AS truth
      LEFT JOIN read_parquet($person) AS seen ON seen.person_id = truth.person_id::VARCHAR
      WHERE truth.treated OR seen.first_treatment IS NOT NULL
    ), verdicts AS (
      SELECT person_id, definition, bool_or(verdict = 'met') AS met,
             bool_or(verdict = 'undetermined') AND NOT bool_or(verdict = 'met') AS undetermined,
             min(first_met) FILTER (verdict = 'met') AS first_met
      FROM read_parquet($status) GROUP BY ALL
    ), judged AS (
      SELECT definition, resistant, coalesce(met, false) AS met,
             coalesce(undetermined, false) AS undetermined,
             CASE WHEN met AND resistant THEN date_diff('day', resistant_on, first_met) END AS days
      FROM people CROSS JOIN (SELECT DISTINCT definition FROM verdicts)
      LEFT JOIN verdicts USING (person_id, definition)
    )
    SELECT definition, count(*) AS persons, count(*) FILTER (resistant) AS resistant,
           count(*) FILTER (met) AS found, count(*) FILTER (met AND resistant) AS found_resistant,
           count(*) FILTER (undetermined) AS undetermined,
           count(*) FILTER (undetermined AND resistant) AS undetermined_resistant,
           quantile_cont(days, 0.25) AS days_lower_quartile, quantile_cont(days, 0.5) AS days_median,
           quantile_cont(days, 0.75) AS days_upper_quartile
    FROM judged GROUP BY definition ORDER BY definition
"""


def validity(results: Path, truth: Path) -> pa.Table:
    """Hold a folder of results against the truth of a simulation; the columns are ``COLUMNS``.

    Raises ``InputError`` where the truth or the results are not there, or are of other persons.
    """
    files = {"truth": truth / TRUTH, "person": results / FILES["person"], "status": results / FILES["status"]}
    for file in files.values():
        if not file.is_file():
            raise InputError(str(file), "", "is not there", "name a folder that opentrd simulate wrote")
    with duckdb.connect() as connection:
        parameters = {name: str(file) for name, file in files.items()}
        strangers = connection.execute(
            "SELECT count(*) FROM read_parquet($person) ANTI JOIN"
            " (SELECT person_id::VARCHAR AS person_id FROM read_parquet($truth)) USING (person_id)",
            {name: parameters[name] for name in ("person", "truth")},
        ).fetchall()
        if strangers[0][0]:
            what = f"{strangers[0][0]:,} persons of the results are not in this truth"
            raise InputError(
                str(files["truth"]), "person_id", what, "results and truth must be of one source"
            )
        rows = connection.sql(_COUNTS, params=parameters).to_arrow_table().to_pylist()
    return pa.Table.from_pylist([row | _shares(row) for row in rows], schema=COLUMNS)


def write_validity(results: Path, truth: Path) -> pa.Table:
    """Hold results against the truth and write the table beside them as ``validity.csv``."""
    found = validity(results, truth)
    pyarrow.csv.write_csv(found, results / VALIDITY)
    return found


def _shares(row: dict[str, Any]) -> dict[str, float | None]:
    """Return sensitivity, specificity and predictive value of a definition's counts, with intervals."""
    well = row["persons"] - row["resistant"]
    false = row["found"] - row["found_resistant"]
    return {
        **_share("sensitivity", row["found_resistant"], row["resistant"]),
        **_share("specificity", well - false, well),
        **_share("ppv", row["found_resistant"], row["found"]),
    }


def _share(name: str, part: int, whole: int) -> dict[str, float | None]:
    """Return a share with its 95 % interval after Wilson (1927), as scipy computes it."""
    if not whole:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    from scipy.stats import binomtest

    interval = binomtest(part, whole).proportion_ci(0.95, method="wilson")
    return {name: part / whole, f"{name}_low": float(interval.low), f"{name}_high": float(interval.high)}
