"""How long to wait: the days that must pass between the last dose of one medicine and the first of another.

Where sources name different times the longest counts and all are cited. So many whole days without a dose:
after a last dose on the 1st and fourteen days, the 16th is the first day.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_and
from opentrd.knowledge.medicines import Medicine, selector
from opentrd.knowledge.schema import Washout
from opentrd.review.context import ReviewContext
from opentrd.review.model import Caution
from opentrd.review.taken import Taken, taken_of
from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge
    from opentrd.statement import Param

AVOID = "avoid"


@lru_cache(maxsize=8192)
def washouts_between(knowledge: Knowledge, before: Medicine, after: Medicine) -> tuple[Washout, ...]:
    """Return the rows for a change from one medicine to another, the longest first."""
    rows = [
        row
        for row in knowledge.washouts.values()
        if selector(row.before).matches(before) and selector(row.after).matches(after)
    ]
    return tuple(sorted(rows, key=lambda row: -row.days))


def find_washouts(
    context: ReviewContext,
    option: str,
    medicine: str | None,
    shown: str,
    subjects: list[Medicine],
    others: list[Taken],
    ending: frozenset[str],
) -> list[Caution]:
    """Return the wash-outs after others that are not over, with the first day on which each is.

    Something that would be replaced counts as taken until today. What goes on beside the new treatment has
    no wash-out: there the interaction says what is to be said. Several ``subjects``: the shortest of them.
    """
    found = []
    for each in others:
        if each.taking.now == YES and each.name not in ending:
            continue
        per_subject = [washouts_between(context.knowledge, each.medicine, subject) for subject in subjects]
        if not all(per_subject):
            continue
        rows = min(per_subject, key=lambda rows: rows[0].days)
        made = _caution(rows, each, context, option, medicine, shown, replaced=each.name in ending)
        if made is not None:
            found.append(made)
    return found


def begun_too_soon(context: ReviewContext, option: str, taken: Taken, subject: Medicine) -> list[Caution]:
    """Return the wash-outs that are not over of what ended, while the other medicine is taken already."""
    going = {each.name for each in taken_of(context) if each.taking.now != NO}
    found = []
    for each in taken_of(context):
        if each.taking.now != NO or each.name in going or each.is_same(subject):
            continue
        rows = washouts_between(context.knowledge, each.medicine, subject)
        made = (
            _caution(rows, each, context, option, subject.key, subject.key, replaced=False) if rows else None
        )
        if made is None:
            continue
        said = made.statement
        sources = tuple(dict.fromkeys((*said.sources, *taken.taking.sources)))
        ask = made.ask
        if ask is None and taken.taking.now != YES:
            about: dict[str, Param] = {"subject": subject.key, "about": (taken.name,)}
            ask = Statement("caution.ask.still_taking", about, sources, made.citations[:1])
        found.append(
            msgspec.structs.replace(
                made,
                applies=tri_and(made.applies, taken.taking.now),
                statement=msgspec.structs.replace(said, key="washout.too_soon", sources=sources),
                ask=ask,
            )
        )
    return found


def _caution(
    rows: tuple[Washout, ...],
    each: Taken,
    context: ReviewContext,
    option: str,
    medicine: str | None,
    shown: str,
    *,
    replaced: bool,
) -> Caution | None:
    days = rows[0].days
    if days == 0:
        return None
    taking = each.taking
    first_low, first_high = taking.last_earliest + days + 1, taking.last_latest + days + 1
    applies: Tri = YES if first_low > context.as_of else UNKNOWN if first_high > context.as_of else NO
    if taking.now == YES:
        applies, key = YES, "washout.ongoing"
        first_high = context.as_of + days + 1
    elif taking.now == UNKNOWN:
        applies, key = (YES if replaced and applies == YES else UNKNOWN), "washout.unknown_end"
        first_high = context.as_of + days + 1
    else:
        key = "washout.waiting" if applies == YES else "washout.unknown_end"
    if applies == NO:
        return None
    citations = tuple(context.knowledge.row_ref("washout", row) for row in rows)
    return Caution(
        caution=citations[0],
        option=option,
        medicine=medicine,
        severity=AVOID,
        applies=applies,
        until=first_high,
        statement=Statement(
            key,
            {
                "subject": shown,
                "other": each.name,
                "days": days,
                "least": rows[-1].days if rows[-1].days != days else None,
                "until": first_high,
                "last": taking.last_latest if taking.now == NO else None,
            },
            taking.sources,
            citations,
        ),
        ask=None
        if applies == YES
        else Statement(
            "caution.ask.last_dose", {"subject": shown, "about": (each.name,)}, taking.sources, citations[:1]
        ),
        citations=citations,
    )
