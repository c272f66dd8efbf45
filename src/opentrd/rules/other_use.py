"""Which courses were for something other than depression, by dose or by reason (table ``other_use``).

A low dose of trazodone, quetiapine or amitriptyline is given for sleep or pain, bupropion also to stop
smoking, duloxetine for pain. What the record does not settle (a missing dose) is unknown, never assumed.
"""

from __future__ import annotations

from functools import cache

from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_and, tri_or
from opentrd.knowledge.schema import OtherUse
from opentrd.records.model import Condition
from opentrd.rules.model import Era
from opentrd.rules.rulebook import RuleBook


def other_use(era: Era, conditions: list[Condition], book: RuleBook) -> tuple[OtherUse | None, Tri]:
    """Tell whether a course was for something other than depression, and how sure that is.

    The dose rule holds when the highest dose of the whole course stays below the row's dose.
    """
    best: tuple[OtherUse | None, Tri] = (None, NO)
    rows = book.other_uses.get(era.treatment)
    if rows is None or _against_depression(era.indications, book):
        return best
    known = {c.concept for c in conditions if c.concept and not c.family_member}
    for row in rows:
        reasons = _reasons(row.reasons)
        given_for: Tri = NO if reasons.isdisjoint(era.indications) else YES
        recorded: Tri = given_for if era.indications or reasons.isdisjoint(known) else YES
        answer: Tri
        if row.rule == "dose":
            answer = _dose_below(era, row)
        elif row.rule == "reason":
            answer = given_for
        elif row.rule == "dose_or_reason":
            answer = tri_or(_dose_below(era, row), given_for)
        elif row.rule == "dose_and_reason":
            answer = tri_and(_dose_below(era, row), recorded)
        else:
            answer = given_for if recorded == NO or _against_depression(known, book) else recorded
        if answer > best[1]:
            best = (row, answer)
    return best


def told_other_use(treatment: str, dose_high: float | None, indication: str | None, book: RuleBook) -> bool:
    """Tell whether one line alone says plainly, by dose or reason, that it was for something else."""
    if indication is not None and _against_depression((indication,), book):
        return False
    for row in book.other_uses.get(treatment, ()):
        low = row.dose_below is not None and dose_high is not None and dose_high < row.dose_below
        given_for = indication in _reasons(row.reasons)
        if (low and row.rule in ("dose", "dose_or_reason")) or (given_for and row.rule != "dose_and_reason"):
            return True
    return False


def _against_depression(concepts: set[str] | tuple[str, ...], book: RuleBook) -> bool:
    return any(book.conditions[c].group == "depressive" for c in concepts if c in book.conditions)


@cache
def _reasons(listed: str | None) -> frozenset[str]:
    return frozenset(listed.split(";")) if listed else frozenset()


def _dose_below(era: Era, row: OtherUse) -> Tri:
    if row.dose_below is None:
        return NO
    answer: Tri = YES
    for step in era.steps:
        if step.dose_low is not None and step.dose_low >= row.dose_below:
            return NO
        if step.dose_high is None or step.dose_high >= row.dose_below:
            answer = UNKNOWN
    return answer
