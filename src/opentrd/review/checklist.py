"""The specialist's review: every check of the table ``review``, in its order, for one person.

Each line says present, absent or unknown, why, what was searched and what to ask. What a record does not
mention is unknown and asked for; only what it denies, measures or answers is absent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from opentrd.kleene import NO, YES
from opentrd.knowledge.schema import Check
from opentrd.review.checks import course, intake, medicines
from opentrd.review.checks.line import ABSENT, PRESENT, UNKNOWN_, line_of
from opentrd.review.checks.signs import look, told_of_life
from opentrd.review.context import ReviewContext
from opentrd.review.model import ReviewLine
from opentrd.rules.told import CHECK
from opentrd.statement import Statement

#: The functions that the column ``rule`` of the table ``review`` may name.
RULES: Final[dict[str, Callable[[ReviewContext, Check], list[ReviewLine]]]] = {
    "adherence_trial": intake.adherence_trial,
    "adherence_now": intake.adherence_now,
    "uncollected": intake.uncollected,
    "stopped_early": intake.stopped_early,
    "dose_reached": intake.dose_reached,
    "mania_on_antidepressant": medicines.mania_on_antidepressant,
    "mood_stabiliser": medicines.mood_stabiliser,
    "told_of_life": told_of_life,
    "family": medicines.family,
    "perinatal": medicines.perinatal,
    "medicines_of_group": medicines.medicines_of_group,
    "genes": medicines.genes,
    "risk_note": medicines.risk_note,
    "chronic_course": course.chronic_course,
    "trial_course": course.trial_course,
    "best_so_far": course.best_so_far,
    "helped_a_little": course.helped_a_little,
    "stopped_for_harm": course.stopped_for_harm,
    "relapse": course.relapse,
    "therapy_adequate": course.therapy_adequate,
    "family_response": course.family_response,
}


def review(context: ReviewContext) -> list[ReviewLine]:
    """Return the lines of every check that concerns this person, in the order of the table."""
    lines = []
    for check in sorted(context.knowledge.checks.values(), key=lambda c: c.order):
        if concerns(context, check):
            rule = RULES.get(check.rule or "")
            made = rule(context, check) if rule else [line_of(check, look(context, check))]
            lines += [told(context, check, line) for line in made]
    return lines


def told(context: ReviewContext, check: Check, line: ReviewLine) -> ReviewLine:
    """Return a line that the record leaves open with what the person said when asked about it."""
    said = context.latest(f"{CHECK}{check.check}")
    if said is None or line.finding != UNKNOWN_:
        return line
    answer = "no" if said.negated == YES else "yes"
    statement = Statement(f"review.told_{answer}", {"check": check.check}, said.source_ids, (line.citation,))
    return msgspec.structs.replace(
        line,
        finding=ABSENT if answer == "no" else PRESENT,
        why=(statement, *(each for each in line.why if each.sources)),
        ask=None,
        sources=tuple(dict.fromkeys((*said.source_ids, *line.sources))),
    )


def concerns(context: ReviewContext, check: Check) -> bool:
    """Tell whether a check is for this person: sex and age where they are known."""
    if check.sex is not None and context.sex is not None and context.sex != check.sex:
        return False
    return check.age_from is None or context.aged_at_least(check.age_from) != NO
