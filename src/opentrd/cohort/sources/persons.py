"""One person out of record tables."""

from __future__ import annotations

from pathlib import Path

import pyarrow.dataset as ds

from opentrd.errors import InputError
from opentrd.records.model import Record
from opentrd.records.tables.columns import SCHEMAS
from opentrd.records.tables.rows import records
from opentrd.records.tables.write import table_file


def record_of(folder: Path, person_id: str) -> Record:
    """Return the record of a person from a folder of record tables.

    The tables are sorted, so only the groups of rows that may hold the person are read. Raises ``InputError``
    where there is no such person.
    """
    mine = ds.field("person_id") == person_id
    tables = {
        table: ds.dataset(table_file(folder, table), format="parquet").to_table(filter=mine)
        for table in SCHEMAS
        if table_file(folder, table).exists()
    }
    found = list(records(tables)) if "person" in tables else []
    if not found:
        raise InputError(str(folder), f"person {person_id}", "there is no such person", "look at person_id")
    return found[0]
