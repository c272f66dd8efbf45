"""What a medicine does beside all that is taken now, and what those do to each other, by their classes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Final

from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_and
from opentrd.knowledge.medicines import Medicine, selector
from opentrd.knowledge.schema import InteractionRule
from opentrd.review.context import ReviewContext
from opentrd.review.model import Caution
from opentrd.review.taken import Taken, taken_of
from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

_GRAVITY: Final = ("avoid", "caution", "monitor")
#: What is replaced is not given together with the new one for long; the wash-out says when it may begin.
_WHILE_CHANGING: Final = {"avoid": "caution", "caution": "caution", "monitor": "monitor"}


def find_interactions(
    context: ReviewContext,
    option: str,
    medicine: str | None,
    shown: str,
    subjects: list[Medicine],
    others: list[Taken],
    ending: frozenset[str],
) -> list[Caution]:
    """Return the interactions of an option's treatment with those others that are or may be taken now.

    With several ``subjects`` (a class of medicines) only what holds for all of them is said.
    """
    found: list[Caution] = []
    meant = tuple(subjects)
    for each in others:
        if each.taking.now == NO:
            continue
        replaced = each.name in ending
        found += [
            _caution(
                rule,
                context,
                option,
                medicine,
                (shown, each.name),
                each.taking.now,
                each.taking.sources,
                _cited(rule, subjects[0], each.medicine),
                replaced=replaced,
            )
            for rule in _shared(context.knowledge, meant, each.medicine, context.region)
        ]
    return found


def pairs_taken(context: ReviewContext, option: str) -> list[Caution]:
    """Return the interactions of each two medicines that are or may be taken now."""
    found: list[Caution] = []
    for one, other in combinations([each for each in taken_of(context) if each.taking.now != NO], 2):
        if one.is_same(other.medicine):
            continue
        rules = _rules(context.knowledge, one.medicine, other.medicine)
        found += [
            _caution(
                rule,
                context,
                option,
                one.name,
                (one.name, other.name),
                tri_and(one.taking.now, other.taking.now),
                (*one.taking.sources, *other.taking.sources),
                _cited(rule, one.medicine, other.medicine),
                replaced=False,
                unsure=tuple(t.name for t in (one, other) if t.taking.now == UNKNOWN),
            )
            for rule in _gravest(rules, context.region)
        ]
    return found


@lru_cache(maxsize=8192)
def _shared(
    knowledge: Knowledge, subjects: tuple[Medicine, ...], other: Medicine, region: str | None
) -> tuple[InteractionRule, ...]:
    """Return the gravest rules that all of some medicines meet with another."""
    rules = [_rules(knowledge, subject, other) for subject in subjects]
    shared = [rule for rule in rules[0] if all(rule in further for further in rules[1:])]
    return tuple(_gravest(shared, region))


@lru_cache(maxsize=8192)
def _rules(knowledge: Knowledge, one: Medicine, other: Medicine) -> tuple[InteractionRule, ...]:
    """Return the rules that two medicines meet, in either order."""
    return tuple(
        rule
        for rule in knowledge.interaction_rules.values()
        if (selector(rule.one).matches(one) and selector(rule.other).matches(other))
        or (selector(rule.one).matches(other) and selector(rule.other).matches(one))
    )


def _gravest(rules: Iterable[InteractionRule], region: str | None) -> list[InteractionRule]:
    """Return one rule for each message, the gravest, of those that hold in the region."""
    best: dict[str, InteractionRule] = {}
    for rule in rules:
        if rule.region and region and region not in rule.region.split(";"):
            continue
        known = best.get(rule.message)
        if known is None or _GRAVITY.index(rule.severity) < _GRAVITY.index(known.severity):
            best[rule.message] = rule
    return list(best.values())


def _cited(rule: InteractionRule, one: Medicine, other: Medicine) -> tuple[str, ...]:
    """Return the rows by which the two belong to the classes of the rule."""
    return _cited_of(rule.one, rule.other, one, other)


@lru_cache(maxsize=8192)
def _cited_of(first: str, second: str, one: Medicine, other: Medicine) -> tuple[str, ...]:
    if not (selector(first).matches(one) and selector(second).matches(other)):
        one, other = other, one
    cited = (*selector(first).citations(one), *selector(second).citations(other))
    return tuple(dict.fromkeys(cited))


def _caution(
    rule: InteractionRule,
    context: ReviewContext,
    option: str,
    medicine: str | None,
    names: tuple[str, str],
    now: Tri,
    sources: tuple[str, ...],
    cited: tuple[str, ...],
    *,
    replaced: bool,
    unsure: tuple[str, ...] | None = None,
) -> Caution:
    reference = context.knowledge.row_ref("interaction_rule", rule)
    citations = (reference, *cited)
    unsure = (names[1],) if unsure is None else unsure
    return Caution(
        caution=reference,
        option=option,
        medicine=medicine,
        severity=_WHILE_CHANGING[rule.severity] if replaced else rule.severity,
        applies=YES if now == YES else UNKNOWN,
        until=None,
        statement=Statement(
            rule.message,
            {"subject": names[0], "other": names[1], "replaced": names[1] if replaced else None},
            sources,
            citations,
        ),
        ask=None
        if now == YES
        else Statement(
            "caution.ask.still_taking", {"subject": names[0], "about": unsure}, sources, (reference,)
        ),
        citations=citations,
    )
