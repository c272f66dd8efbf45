"""The population as the peers read it: on which day which antidepressant of a person is mentioned, no more.

``cardinal_pythonlib`` takes persons, medicines and dates; a drug era of the OMOP CDM takes a line without a
known supply as one day. So both peers and OpenTRD are given the same: each mention a line of one day.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from opentrd.knowledge.loader import Knowledge
from opentrd.records.tables.columns import SCHEMAS
from opentrd.records.tables.write import table_file

#: A mention: person, medicine, day.
Mention = tuple[str, str, date]
MENTIONS: Final = "mentions.csv"
#: OpenTRD's definitions for comparison, and the folder of local rows that has them.
CARDINAL: Final = "cardinal_two"
CIRCE: Final = "circe_three"
KNOWLEDGE: Final = Path(__file__).parent / "knowledge"


def antidepressants(knowledge: Knowledge) -> list[str]:
    """Return the medicines that are mentioned: those that the definitions for comparison see."""
    classes = knowledge.definitions[CARDINAL].classes
    rows = knowledge.treatments.values()
    return sorted(r.treatment for r in rows if r.main == "yes" and not r.parts and r.class_ in classes)


def reduce(records: Path, out: Path, knowledge: Knowledge) -> None:
    """Write record tables of mentions only, and the mentions as CSV in order of person, day and medicine.

    ``records`` is a folder of record tables; persons and diagnoses are taken over as they are.
    """
    out.mkdir(parents=True)
    for table in ("person", "condition"):
        shutil.copyfile(table_file(records, table), table_file(out, table))
    with duckdb.connect() as base:
        base.execute(
            "CREATE TABLE mention AS SELECT DISTINCT person_id, treatment, start_earliest AS day "
            "FROM read_parquet($rows) WHERE start_earliest IS NOT NULL AND list_contains($names, treatment)",
            {"rows": str(table_file(records, "exposure")), "names": antidepressants(knowledge)},
        )
        base.execute(
            "COPY (FROM mention ORDER BY person_id, day, treatment) "
            f"TO '{out / MENTIONS}' (HEADER, DATEFORMAT '%Y-%m-%d')"
        )
        base.execute(
            "COPY (SELECT person_id, [concat_ws(' ', treatment, day)] AS source_ids, treatment, "
            "'medicine' AS kind, 'statement' AS origin, day AS start_earliest, day AS start_latest, "
            "(day + 1)::DATE AS end_earliest, (day + 1)::DATE AS end_latest, false AS ongoing, "
            "'completed' AS status FROM mention ORDER BY person_id, day, treatment) "
            f"TO '{table_file(out, 'exposure')}' (FORMAT parquet)"
        )


def write(mentions: list[Mention], out: Path, knowledge: Knowledge) -> None:
    """Write the mentions of some persons as ``reduce`` does, each an adult with a depression on record."""
    full = out.parent / f"{out.name}-lines"
    full.mkdir(parents=True)
    persons = sorted({person for person, _, _ in mentions})
    born, onset = date(1970, 1, 1), date(2010, 1, 1)
    rows: dict[str, list[dict[str, object]]] = {
        "person": [{"person_id": p, "birth_earliest": born, "birth_latest": born} for p in persons],
        "condition": [
            {
                "person_id": p,
                "source_ids": ["diagnosis"],
                "concept": "major_depression",
                "onset_earliest": onset,
                "onset_latest": onset,
                "clinical_status": "active",
                "verification": "confirmed",
            }
            for p in persons
        ],
        "exposure": [
            {"person_id": p, "treatment": treatment, "start_earliest": day, "start_latest": day}
            for p, treatment, day in mentions
        ],
    }
    for table, found in rows.items():
        pq.write_table(pa.Table.from_pylist(found, schema=SCHEMAS[table]), table_file(full, table))
    reduce(full, out, knowledge)
