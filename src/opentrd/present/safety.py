"""Help: contacts by region, and how pressing the findings are. Never one country's by guess."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from opentrd.knowledge.schema import Contact
from opentrd.rules.model import SafetyFinding
from opentrd.rules.safety import LEVELS, said_beside
from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.knowledge.loader import Knowledge
    from opentrd.present.words import Words

__all__ = [
    "ALARMS",
    "LEVELS",
    "REGIONS",
    "alarming",
    "contact_lines",
    "contacts",
    "do_now",
    "help_line",
    "level",
    "lines",
    "notes",
    "statements",
]

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


def contact_lines(region: str | None, words: Words) -> list[str]:
    """Return the contacts of a region, of all where none is known: one line a region."""
    regions: dict[str, list[str]] = defaultdict(list)
    for row in contacts(words.knowledge, region):
        regions[row.region].append(words.text("safety.contact", contact=f"{row.contact}/{row.region}"))
    return [
        words.text("safety.region", region=name, contacts=" · ".join(found))
        for name, found in regions.items()
    ]


def help_line(region: str | None, words: Words) -> str:
    """Return where help is in one line: of a region its emergency number and first crisis line."""
    rows = contacts(words.knowledge, region)
    if region is None:
        rows = [row for row in rows if row.sort == "index"]
    firsts = {row.sort: row for row in reversed(rows) if region is None or row.region == region}
    kept = [firsts[sort] for sort in _SORTS if sort in firsts]
    shown = [words.text("safety.contact", contact=f"{row.contact}/{row.region}") for row in kept]
    if region is None:
        shown.insert(0, words.text("safety.local_emergency"))
    return words.text("safety.small_region", contacts=" · ".join(shown))


def level(findings: list[SafetyFinding]) -> str | None:
    """Return the most pressing level among findings."""
    found = {finding.level for finding in findings}
    return next((name for name in LEVELS if name in found), None)


def alarming(findings: list[SafetyFinding]) -> bool:
    """Say whether help must stand on top."""
    return any(finding.level in ALARMS for finding in findings)


def do_now(a: Assessment) -> Statement | None:
    """Return what to do now, by the most pressing level; ``None`` without a finding."""
    name = level(a.safety)
    if name is None:
        return None
    sources = [s for finding in a.safety if finding.level == name for s in finding.statement.sources]
    row = a.knowledge.safety_levels[name]
    return Statement(row.message, {}, tuple(dict.fromkeys(sources)), (f"safety_level:{name}",))


def notes(a: Assessment) -> list[Statement]:
    """Return what is said under the findings."""
    return [statement for _, statement in said_beside(a.safety, a.context.book, "note")]


def statements(a: Assessment) -> list[Statement]:
    """Return all that is said on top, in order: what to do now, the findings, the notes."""
    first = do_now(a)
    return [] if first is None else [first, *(finding.statement for finding in a.safety), *notes(a)]


def lines(a: Assessment, words: Words) -> list[str]:
    """Return all that is said on top, in words; what this audience is not told is left out."""
    return [words.say(statement) for statement in statements(a) if words.tells(statement)]
