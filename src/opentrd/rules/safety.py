"""Safety: which findings must stand on top, by the table ``safety``, and how recent they are.

An old answer is history, not an alarm: each rule says within how many days of the day judged it counts. A
later zero does not silence a positive answer within that time. No score of risk is computed.
"""

from __future__ import annotations

from opentrd.knowledge.schema import SafetyRule
from opentrd.records.model import Score
from opentrd.rules.model import SafetyFinding
from opentrd.rules.rulebook import RuleBook
from opentrd.statement import Statement


def find_safety(scores: list[Score], book: RuleBook, horizon: int) -> list[SafetyFinding]:
    """Return the findings of every rule that reads scores, the latest of each, the most pressing first."""
    found = []
    for rule in book.safety:
        if rule.scale is None:
            continue
        latest = _latest(rule, scores, book, horizon)
        if latest is not None:
            found.append(latest)
    return sorted(found, key=lambda f: (LEVELS.index(f.level), -f.day, f.rule))


LEVELS = ("crisis", "high", "moderate", "ask", "watch", "info")


def _latest(rule: SafetyRule, scores: list[Score], book: RuleBook, horizon: int) -> SafetyFinding | None:
    best: SafetyFinding | None = None
    top = 0.0
    for score in scores:
        day = min(score.day_latest, horizon - 1)
        if score.scale != rule.scale or score.day_earliest >= horizon:
            continue
        if rule.within_days is not None and horizon - 1 - day > rule.within_days:
            continue
        value: float | None
        if rule.item is not None:
            value = score.items.get(rule.item)
            if value is None and book.scales[score.scale].suicide_item == rule.item:
                value = score.suicide_item
        else:
            value = score.value
        if value is None or rule.at_least is None or value < rule.at_least:
            continue
        if best is None or (day, value, score.source_ids) > (best.day, top, best.statement.sources):
            top = value
            said = Statement(
                rule.message,
                {"scale": score.scale, "value": value, "day": day},
                score.source_ids,
                (f"safety:{rule.rule}",),
            )
            best = SafetyFinding(rule=rule.rule, level=rule.level, day=day, statement=said)
    return best
