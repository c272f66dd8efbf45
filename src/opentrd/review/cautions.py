"""Everything that asks for care with one option, or one medicine of it, for this person.

Rows of the table ``caution``, interactions with all that is taken now, and wash-outs. What the record does
not say leaves a caution open, with a question; it never makes it go away.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from opentrd.kleene import NO, UNKNOWN, YES
from opentrd.knowledge.medicines import Medicine, medicines_of, selector
from opentrd.knowledge.schema import CautionRow
from opentrd.review.context import ReviewContext
from opentrd.review.interactions import find_interactions, pairs_taken
from opentrd.review.model import Caution
from opentrd.review.taken import Taken, taken_of
from opentrd.review.triggers import Sign, asks_subject, look
from opentrd.review.washout import begun_too_soon, find_washouts
from opentrd.statement import Standing, Statement

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

SEVERITIES: Final = ("avoid", "caution", "monitor")
_GRAVITY: Final = {severity: place for place, severity in enumerate(SEVERITIES)}
#: The option under which the cautions of what is taken already are given.
CURRENT: Final = "current"
#: Options of this category replace the antidepressants that are taken now.
SWITCH: Final = "switch"
#: Said where nothing is recorded of what decides.
OPEN: Final = "caution.open"


def find_cautions(
    context: ReviewContext,
    option_key: str,
    medicine: str | None = None,
    *,
    replaces: frozenset[str] | None = None,
) -> tuple[Caution, ...]:
    """Return the cautions of an option, the gravest first, certain ones before open ones.

    Give ``medicine`` for each medicine that the option may mean: without one, only what holds for all of
    the option's treatments is said. ``replaces`` are the treatments that would end when this begins (for a
    switch: by default every antidepressant taken now); with those it is the wash-out that counts.
    """
    subjects = _subjects(context, option_key, medicine)
    shown = medicine or (subjects[0].key if len(subjects) == 1 else option_key)
    others = [each for each in taken_of(context) if not any(each.is_same(one) for one in subjects)]
    absent = context.kept.absent
    found = [
        msgspec.structs.replace(caution, option=option_key, medicine=medicine)
        for row in _rows(context.knowledge, tuple(subject.key for subject in subjects), option_key)
        if row.caution not in absent and (caution := _of_row(row, context, subjects, shown)) is not None
    ]
    if others:
        ending = _ending(context, option_key, others) if replaces is None else replaces
        found += find_interactions(context, option_key, medicine, shown, subjects, others, ending)
        found += find_washouts(context, option_key, medicine, shown, subjects, others, ending)
    return in_order(found)


def current_cautions(context: ReviewContext) -> tuple[Caution, ...]:
    """Return the cautions of what is taken now: of each medicine, and of each two together.

    Of a medicine for something else what holds is said; what nobody wrote down is not asked for its sake.
    """
    found: list[Caution] = list(pairs_taken(context, CURRENT))
    for each in taken_of(context):
        if each.taking.now == NO:
            continue
        for key in sorted(each.medicine.keys & medicines_of(context.knowledge).keys):
            subject = medicines_of(context.knowledge).get(key)
            for row in _rows(context.knowledge, (key,), CURRENT):
                if row.kind in ("untried", "stopped"):
                    continue
                sign = look(row, context, subject)
                asked = sign.recorded or key in context.knowledge.treatments
                if sign.applies != NO and (asked or sign.applies == YES):
                    said = _caution(row, sign, context.knowledge, key)
                    found.append(msgspec.structs.replace(said, option=CURRENT, medicine=key))
            found += begun_too_soon(context, CURRENT, each, subject)
    return in_order(found)


def merged(cautions: Iterable[Caution]) -> tuple[Caution, ...]:
    """Return cautions as they are shown: those that say the same become one, the gravest, with all citations.

    Several rows may wait for one answer (the heart), or find the same thing by two ways (a sedative).
    """
    ordered = in_order(cautions)
    if len(ordered) < 2:
        return ordered
    kept: dict[tuple[object, ...], Caution] = {}
    for caution in ordered:
        said = caution.statement
        place = (
            (caution.option, caution.medicine, caution.applies, said.key)
            + (said.params.get("about"), said.params.get("other"))
            + ((said.params.get("found"),) if said.key != OPEN else ())
        )
        first = kept.get(place)
        if first is None:
            kept[place] = caution
            continue
        citations = tuple(dict.fromkeys((*first.citations, *caution.citations)))
        sources = tuple(dict.fromkeys((*first.statement.sources, *said.sources)))
        kept[place] = msgspec.structs.replace(
            first,
            citations=citations,
            statement=msgspec.structs.replace(first.statement, citations=citations, sources=sources),
        )
    return tuple(kept.values())


def questions(cautions: Iterable[Caution]) -> tuple[Statement, ...]:
    """Return the questions that would settle open cautions, each once."""
    asked: dict[tuple[str, object], Statement] = {}
    for caution in cautions:
        if caution.ask is not None:
            asked.setdefault((caution.ask.key, caution.ask.params.get("about")), caution.ask)
    return tuple(asked.values())


def in_order(cautions: Iterable[Caution]) -> tuple[Caution, ...]:
    """Return cautions with the gravest first, certain before open, then by their key."""
    return tuple(
        sorted(cautions, key=lambda c: (_GRAVITY[c.severity], -c.applies, c.caution, c.medicine or ""))
    )


def _of_row(row: CautionRow, context: ReviewContext, subjects: list[Medicine], shown: str) -> Caution | None:
    """Return what a row says of some treatments, made once for a person; the option is not in it yet."""
    kept, place = context.kept.cautions, (row.caution, shown, subjects[0])
    if place not in kept:
        sign = _sign(row, context, subjects)
        kept[place] = None if sign.applies == NO else _caution(row, sign, context.knowledge, shown)
    return kept[place]


def _sign(row: CautionRow, context: ReviewContext, subjects: list[Medicine]) -> Sign:
    """Return what was found for all of an option's treatments: what holds for one only is not said of all."""
    if len(subjects) == 1 or not asks_subject(row, context):
        return look(row, context, subjects[0])
    return min((look(row, context, subject) for subject in subjects), key=lambda sign: sign.applies)


def _subjects(context: ReviewContext, option: str, medicine: str | None) -> list[Medicine]:
    known = medicines_of(context.knowledge)
    if medicine is not None:
        return [known.get(medicine)]
    return known.of_option(option) or [_bare(option)]


@lru_cache(maxsize=1024)
def _bare(option: str) -> Medicine:
    """Return what the selectors see of an option that is no treatment."""
    bare = Medicine(option)
    bare.options.add(option)
    return bare


@lru_cache(maxsize=1024)
def _rows(knowledge: Knowledge, keys: tuple[str, ...], option: str) -> tuple[CautionRow, ...]:
    """Return the rows that concern all of some treatments, or the option as such."""
    known = medicines_of(knowledge)
    subjects = [known.get(key) if key in known.keys else _bare(key) for key in keys]
    bare = _bare(option)
    return tuple(
        row
        for row in knowledge.cautions.values()
        if (meant := selector(row.affects)).matches(bare) or all(meant.matches(s) for s in subjects)
    )


def _ending(context: ReviewContext, option: str, others: list[Taken]) -> frozenset[str]:
    """Return the names of what would end of all else that is taken when this option begins."""
    row = context.knowledge.options.get(option)
    if row is None or row.category != SWITCH:
        return frozenset()
    return frozenset(each.name for each in others if each.main)


def _caution(row: CautionRow, sign: Sign, knowledge: Knowledge, shown: str) -> Caution:
    """Return a caution under no option yet."""
    if sign.bare:
        return _standing(row.caution, sign, knowledge, shown)
    return _made(row, sign, knowledge, shown, Statement)


@lru_cache(maxsize=8192)
def _standing(key: str, sign: Sign, knowledge: Knowledge, shown: str) -> Caution:
    return _made(knowledge.cautions[key], sign, knowledge, shown, Standing)


def _made(row: CautionRow, sign: Sign, knowledge: Knowledge, shown: str, say: type[Statement]) -> Caution:
    reference = knowledge.row_ref("caution", row)
    is_open = sign.applies == UNKNOWN
    asked = sign.ask or row.ask
    about = (row.ask or "").rpartition(".")[2]
    key = row.message
    if is_open and not sign.recorded and about:
        key = OPEN
    statement = say(
        key,
        {"subject": shown, "limit": row.limit, "about": about or None, **sign.params()},
        sign.sources,
        (reference, *sign.citations),
        sign.searched,
    )
    ask = (
        say(asked, {"subject": shown, "about": sign.ask_about}, sign.sources, (reference,))
        if is_open and asked
        else None
    )
    return Caution(
        caution=reference,
        option="",
        medicine=None,
        severity=row.severity,
        applies=sign.applies if is_open else YES,
        until=None,
        statement=statement,
        ask=ask,
        citations=statement.citations,
    )
