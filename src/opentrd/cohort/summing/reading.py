"""What was read of a source, as it may be shown: small counts hidden, and what would give them away."""

from __future__ import annotations

from typing import Final

import msgspec

from opentrd.cohort.sources.model import Converted, Finding
from opentrd.cohort.summing.small_cells import LIMIT, Cells
from opentrd.cohort.summing.sums import Count

#: How far a share may be from what it is, as it has two decimals.
_ROUNDED: Final = 0.005


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
    """Return what a check found without its numbers of rows, and without a share that tells a small one.

    A finding is about rows that stand above as read, used or not, as reason or in part: its number would give
    away what is hidden there.
    """
    return [
        msgspec.structs.replace(
            finding,
            rows=None,
            params={k: v for k, v in finding.params.items() if k != "share" or not _tells(finding)},
        )
        for finding in findings
    ]


def _tells(finding: Finding) -> bool:
    """Say whether a share leaves only small counts for those that have something, or for the rest."""
    share, rows = finding.params["share"], finding.rows
    if not isinstance(share, float) or not rows:
        return False
    total = rows / max(share, _ROUNDED)
    return any(total * (part + _ROUNDED) < LIMIT for part in (share, 1 - share))
