"""The cohort as Circe takes it, and the OMOP tables that it reads, made of mentions.

Persons enter at the begin of an era of an antidepressant when eras of at least three different ones begin
within the 365 days up to and with that day. Eras are joined as the OMOP CDM does it, across the gap of the
convention ``era_gap_days``; ingredients have made-up concept ids.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import duckdb

from bench.peers.mentions import MENTIONS
from opentrd.records.tables.write import table_file

NUMBER: Final = 3
WINDOW: Final = 365

_ERAS: Final = """
    WITH numbered AS (
      SELECT m.person_id, m.day, concept_id,
             m.day - lag(m.day + 1) OVER (PARTITION BY m.person_id, m.treatment ORDER BY m.day) > $gap
               AS begins
      FROM mention AS m JOIN concept ON concept_name = treatment
    ), grouped AS (
      SELECT *, sum(coalesce(begins, true)::INTEGER)
                  OVER (PARTITION BY person_id, concept_id ORDER BY day) AS era
      FROM numbered
    )
    SELECT row_number() OVER () AS drug_era_id, number AS person_id, concept_id AS drug_concept_id,
           min(day) AS drug_era_start_date, max(day) + 1 AS drug_era_end_date,
           count(*) AS drug_exposure_count, 0 AS gap_days
    FROM grouped JOIN subject USING (person_id)
    GROUP BY number, concept_id, era
"""


def expression(medicines: int) -> dict[str, Any]:
    """Return the cohort for the medicines numbered from 1."""
    era = {"DrugEra": {"CodesetId": 0}}
    window = {
        "Start": {"Days": WINDOW, "Coeff": -1},
        "End": {"Days": 0, "Coeff": 1},
        "UseIndexEnd": False,
        "UseEventEnd": False,
    }
    three = {
        "Criteria": era,
        "StartWindow": window,
        "Occurrence": {"Type": 2, "Count": NUMBER, "IsDistinct": True, "CountColumn": "DOMAIN_CONCEPT"},
        "IgnoreObservationPeriod": True,
    }
    concepts = [{"concept": {"CONCEPT_ID": n}, "includeDescendants": False} for n in range(1, medicines + 1)]
    return {
        "ConceptSets": [{"id": 0, "name": "antidepressants", "expression": {"items": concepts}}],
        "PrimaryCriteria": {
            "CriteriaList": [era],
            "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "All"},
        },
        "AdditionalCriteria": {
            "Type": "ALL",
            "CriteriaList": [three],
            "DemographicCriteriaList": [],
            "Groups": [],
        },
        "QualifiedLimit": {"Type": "First"},
        "ExpressionLimit": {"Type": "First"},
        "InclusionRules": [],
        "CensoringCriteria": [],
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
        "CensorWindow": {},
    }


def make_cdm(mentions: Path, file: Path, gap: int) -> int:
    """Write the OMOP tables of a folder of mentions into a DuckDB file; return the number of medicines."""
    with duckdb.connect(str(file)) as base:
        rows = str(mentions / MENTIONS)
        base.execute(
            "CREATE TEMP TABLE mention AS FROM read_csv($rows, header = true, all_varchar = true) "
            "SELECT person_id, treatment, day::DATE AS day",
            {"rows": rows},
        )
        base.execute(
            "CREATE TABLE subject AS SELECT person_id, row_number() OVER (ORDER BY person_id) AS number "
            "FROM read_parquet($rows)",
            {"rows": str(table_file(mentions, "person"))},
        )
        base.execute(
            "CREATE TABLE concept AS SELECT row_number() OVER (ORDER BY treatment)::INTEGER AS concept_id, "
            "treatment AS concept_name, NULL::VARCHAR AS invalid_reason "
            "FROM (SELECT DISTINCT treatment FROM mention)"
        )
        base.execute(
            "CREATE TABLE concept_ancestor AS SELECT concept_id AS ancestor_concept_id, "
            "concept_id AS descendant_concept_id FROM concept"
        )
        base.execute(
            "CREATE TABLE observation_period AS SELECT number AS observation_period_id, number AS person_id, "
            "DATE '1900-01-01' AS observation_period_start_date, "
            "DATE '2100-01-01' AS observation_period_end_date "
            "FROM subject"
        )
        base.execute(f"CREATE TABLE drug_era AS {_ERAS}", {"gap": gap})
        base.execute(
            "CREATE TABLE cohort (cohort_definition_id INTEGER, subject_id BIGINT, "
            "cohort_start_date DATE, cohort_end_date DATE)"
        )
        counted = base.execute("SELECT count(*) FROM concept").fetchone()
    assert counted is not None
    return int(counted[0])
