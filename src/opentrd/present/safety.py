"""Help: contacts by region, and how pressing the findings are. Never one country's by guess."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opentrd.knowledge.schema import Contact
from opentrd.rules.model import SafetyFinding

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

#: From the most pressing to the least.
LEVELS: Final = ("crisis", "high", "moderate", "ask", "watch", "info")
#: What ``--region`` may be.
REGIONS: Final = ("us", "uk", "eu", "ca", "au")
#: Levels at which help and contacts stand on top.
ALARMS: Final = frozenset({"crisis", "high", "moderate", "ask"})
_SORTS: Final = ("emergency", "crisis_line", "index")


def contacts(knowledge: Knowledge, region: str | None) -> list[Contact]:
    """Return the contacts of a region and those of the world; of all regions where none is known."""
    rows = [row for row in knowledge.contacts.values() if region is None or row.region in (region, "world")]
    known = (*REGIONS, "ie", "nz", "world")
    return sorted(rows, key=lambda row: (known.index(row.region), _SORTS.index(row.sort), row.order))


def level(findings: list[SafetyFinding]) -> str | None:
    """Return the most pressing level among findings."""
    found = {finding.level for finding in findings}
    return next((name for name in LEVELS if name in found), None)


def alarming(findings: list[SafetyFinding]) -> bool:
    """Say whether help must stand on top."""
    return any(finding.level in ALARMS for finding in findings)
