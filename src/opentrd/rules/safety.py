"""Safety: what must stand on top, by the table ``safety``, and how recent it is.

An old answer is history, not an alarm: each rule says within how many days of the day judged it counts. A
later zero does not silence a positive answer within that time. Findings stand side by side; only what several
rows say of the same thing in the same line is said once, by the most pressing row. Nothing is added up: no
score of risk is computed.
"""

from __future__ import annotations

from typing import Final

from opentrd.knowledge.schema import SafetyRule
from opentrd.records.model import Record
from opentrd.rules.model import SafetyFinding, Trial
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.safety_signs import SIGNS, Hit, Look
from opentrd.statement import Statement

#: From the most pressing to the least.
LEVELS: Final = ("crisis", "high", "moderate", "ask", "watch", "info")


def find_safety(record: Record, trials: list[Trial], book: RuleBook, as_of: int) -> list[SafetyFinding]:
    """Return what the record tells about safety on a day, the most pressing first, then the latest."""
    look = Look(record, trials, book, as_of)
    hits = [hit for rule in book.safety if rule.trigger in SIGNS for hit in SIGNS[rule.trigger](look, rule)]
    return [
        SafetyFinding(rule=hit.rule.rule, level=hit.rule.level, day=hit.day, statement=hit.statement)
        for hit in sorted(_once(hits), key=lambda h: (LEVELS.index(h.rule.level), -(h.day or 0), h.rule.rule))
    ]


def _once(hits: list[Hit]) -> list[Hit]:
    """Leave one hit for each thing told by the same lines: the most pressing, then the narrowest window."""
    best: dict[tuple[str, tuple[str, ...]], Hit] = {}
    for hit in hits:
        key = (hit.about, hit.statement.sources)
        known = best.get(key)
        if known is None or _weight(hit) <= _weight(known):
            best[key] = hit
    return list(best.values())


def _weight(hit: Hit) -> tuple[int, float]:
    within = hit.rule.within_days
    return LEVELS.index(hit.rule.level), float("inf") if within is None else within


def said_beside(
    findings: list[SafetyFinding], book: RuleBook, trigger: str
) -> list[tuple[SafetyRule, Statement]]:
    """Return the rows (``option``, ``note``) that are said beside findings as pressing as they ask for."""
    if not findings:
        return []
    first = min(LEVELS.index(finding.level) for finding in findings)
    found = []
    for rule in book.safety:
        if rule.trigger != trigger or rule.from_level is None or first > LEVELS.index(rule.from_level):
            continue
        told = [f for f in findings if LEVELS.index(f.level) <= LEVELS.index(rule.from_level)]
        sources = tuple(dict.fromkeys(s for f in told for s in f.statement.sources))
        found.append((rule, Statement(rule.message, {}, sources, (f"safety:{rule.rule}",))))
    return found
