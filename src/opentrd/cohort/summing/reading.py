"""What was read of a source, as it may be shown: small counts hidden, and what would give them away."""

from __future__ import annotations

import msgspec

from opentrd.cohort.sources.model import Converted, Finding
from opentrd.cohort.summing.small_cells import LIMIT, Cells
from opentrd.cohort.summing.sums import Count


class ReadCount(msgspec.Struct, kw_only=True):
    """How many rows of a table of the source were read and used, and why the others were not."""

    table: str
    read: Count
    used: Count
    unused: dict[str, Count]


def read_counts(converted: Converted) -> list[ReadCount]:
    """Return the counts of each table of a source as they may be shown."""
    cells = Cells()
    for row in converted.tables:
        parts = {"used": row.used, **row.unused}
        names = [cells.add(f"{row.table}.{key}", count) for key, count in parts.items()]
        cells.total(cells.add(row.table, row.read), names)
    shown = cells.protect()
    return [
        ReadCount(
            table=row.table,
            read=shown[row.table],
            used=shown[f"{row.table}.used"],
            unused={key: shown[f"{row.table}.{key}"] for key in row.unused},
        )
        for row in converted.tables
    ]


def shown_findings(findings: list[Finding]) -> list[Finding]:
    """Return what a check found, without the number of rows where that is small."""
    return [
        msgspec.structs.replace(finding, rows=None)
        if finding.rows is not None and 0 < finding.rows < LIMIT
        else finding
        for finding in findings
    ]
