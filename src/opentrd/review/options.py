"""The next steps to weigh: every option of the table, judged for this person and put in order.

Nothing is hidden in a score: an option's fit is the least that any of its reasons allows, its place is a row
of ``option_order``. The list is never empty and ends with the referral.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import msgspec

from opentrd.kleene import NO, YES
from opentrd.knowledge.schema import OptionOrder, OptionRow
from opentrd.review.cautions import merged
from opentrd.review.checks.line import cells
from opentrd.review.context import ReviewContext
from opentrd.review.facts import Facts
from opentrd.review.model import Caution, Option, ReviewLine
from opentrd.review.option_rules.base import weigh_base
from opentrd.review.option_rules.fit import (
    AVOID,
    LATER,
    POSSIBLE,
    SUGGESTED,
    FindCautions,
    Verdict,
    fit_of_cautions,
    has_avoid,
)
from opentrd.review.option_rules.medicines import Choice, choose, say_left_out
from opentrd.review.option_rules.placing import place, place_by_fit
from opentrd.review.option_rules.saying import evidence, standing
from opentrd.review.option_rules.tried import attempts, weigh
from opentrd.review.preferences import preference_effect
from opentrd.rules.model import SafetyFinding
from opentrd.statement import Param, Statement

REFER: Final = "refer"
NOT_YET_APPROVED: Final = ("not_approved", "investigational")
#: The region whose guideline NICE is.
NICE_REGION: Final = "uk"
#: What an option needs if it means more of the medicine that is taken now, with what then speaks against it:
#: more time only what is to be avoided for certain, a higher dose what asks for caution too.
MORE_OF_THE_SAME: Final = {"time_left": ("avoid",), "dose_may_rise": ("avoid", "caution")}


class Placed(msgspec.Struct):
    """An option with what orders it."""

    option: Option
    row: OptionOrder
    liked: float
    strength: int
    number: int

    @property
    def order(self) -> tuple[int, float, int, int]:
        """Row of the rule, then preference, then strength of evidence, then the order of the table."""
        return self.row.order, -self.liked, self.strength, self.number


def options(
    context: ReviewContext,
    find_cautions: FindCautions,
    lines: list[ReviewLine] | None = None,
    safety: list[SafetyFinding] | None = None,
) -> list[Option]:
    """Return the options for one person in their order.

    ``find_cautions`` gives the cautions of an option or of one medicine of it; ``lines`` are those of the
    review, ``safety`` what the record tells about safety, where they were made already.
    """
    facts = Facts(context, lines, safety)
    find_cautions = cache(find_cautions)
    rows = list(context.knowledge.options.values())
    if context.aged_at_least(context.book.conventions.adult_age) == NO:
        rows = [row for row in rows if row.option == REFER]
    placed = [
        _judge(facts, row, find_cautions, number)
        for number, row in enumerate(rows)
        if row.shown_if is None or facts.any_of(cells(row.shown_if)).answer == YES
    ]
    placed.sort(key=lambda p: p.order)
    for rank, each in enumerate(placed, 1):
        each.option.rank = rank
    return [each.option for each in placed]


def _judge(facts: Facts, row: OptionRow, find_cautions: FindCautions, number: int) -> Placed:
    context = facts.context
    first, fact = place(facts, row)
    verdict = Verdict(fit=first.fit)
    verdict.why.append(
        Statement(
            first.reason,
            {"option": row.option, **fact.params},
            fact.sources,
            (f"option_order:{first.place}", f"option:{row.option}"),
        )
    )
    if context.aged_at_least(context.book.conventions.adult_age) == NO:
        adult: dict[str, Param] = {"age": context.age}
        cite = ("convention:adult_age",)
        verdict.why.append(Statement("option.adults_only", adult, context.record.person.source_ids, cite))
    _failures(facts, row, first, verdict)
    _needs(facts, row, verdict)
    _region(context, row, verdict)
    named, cautions, liked, why_liked = _medicines(context, row, find_cautions, verdict)
    cautions += weigh_base(facts, row, find_cautions, verdict)
    fit = verdict.fit
    if fit == SUGGESTED and has_avoid(cautions):
        fit = POSSIBLE
    moved = place_by_fit(context, row, fit)
    if moved is not None:
        verdict.why.pop(0)
        cite = (f"option_order:{moved.place}",)
        verdict.why.insert(0, Statement(moved.reason, {"option": row.option}, (), cite))
    placing = moved or first
    verdict.why.extend(facts.beside.get(row.option, ()))
    told = standing(context.knowledge, row.option, context.region)
    option = Option(
        option=row.option,
        category=row.category,
        fit=fit,
        rank=0,
        placed_by=f"option_order:{placing.place}",
        medicines=tuple(choice.medicine for choice in named),
        why=(*verdict.why, *told, *why_liked),
        cautions=merged(cautions),
        evidence=evidence(context.knowledge, row.option),
        citations=(f"option:{row.option}", f"option_order:{placing.place}"),
    )
    strength = row.evidence_level if row.evidence_level is not None else len(context.knowledge.options)
    return Placed(option=option, row=placing, liked=liked, strength=strength, number=number)


def _failures(facts: Facts, row: OptionRow, first: OptionOrder, verdict: Verdict) -> None:
    """Compare the failed treatments with what the label, guideline or trial asks for."""
    if not row.min_failures:
        return
    fact = facts.find(f"failures_{row.min_failures}")
    params: dict[str, Param] = {**fact.params, "by": row.failures_by}
    cite = (f"option:{row.option}",)
    if fact.answer == YES:
        verdict.why.append(Statement("option.failures_met", params, fact.sources, cite))
    elif first.waives_failures == "yes":
        verdict.why.append(Statement("option.failures_waived", params, fact.sources, cite))
    elif fact.answer == NO:
        verdict.limit(LATER, Statement("option.failures_needed", params, fact.sources, cite))
    else:
        verdict.limit(POSSIBLE, Statement("option.failures_open", params, fact.sources, cite))


def _needs(facts: Facts, row: OptionRow, verdict: Verdict) -> None:
    """Look whether what an option needs is there; the first thing that lacks is enough to say."""
    for name in cells(row.needs):
        fact = facts.find(name)
        if fact.answer == YES:
            continue
        how = "lacks" if fact.answer == NO else "open"
        said = Statement(f"option.{how}.{name}", fact.params, fact.sources, (f"option:{row.option}",))
        verdict.limit(LATER if fact.answer == NO else POSSIBLE, said)
        if fact.answer == NO:
            return


def _region(context: ReviewContext, row: OptionRow, verdict: Verdict) -> None:
    """What is not approved here, or not recommended by the guideline of here, is no better than possible."""
    if context.region is None:
        return
    if getattr(row, context.region, None) in NOT_YET_APPROVED:
        verdict.limit(POSSIBLE)
    if context.region == NICE_REGION and row.nice == "not_recommended":
        verdict.limit(POSSIBLE)


def _medicines(
    context: ReviewContext, row: OptionRow, find_cautions: FindCautions, verdict: Verdict
) -> tuple[list[Choice], tuple[Caution, ...], float, tuple[Statement, ...]]:
    """Look at cautions, earlier attempts and preferences, medicine by medicine where some are named."""
    if row.medicines is None:
        cautions = find_cautions(context, row.option, None)
        if verdict.fit in (SUGGESTED, POSSIBLE):
            cautions += _of_the_present(context, row, find_cautions)
        verdict.limit(fit_of_cautions(cautions, context.as_of))
        fit, said = weigh(context, attempts(context, row))
        verdict.limit(fit if row.tried is not None else SUGGESTED, *said)
        liked = preference_effect(context, row.option)
        return [], cautions, liked.score, liked.why
    named, left = choose(context, row, find_cautions, verdict)
    for choice in named:
        verdict.why.extend(choice.tried)
    verdict.why.extend(say_left_out(left, named[0].fit if named else AVOID))
    cautions = tuple(caution for choice in named for caution in choice.cautions)
    if not named:
        return named, cautions, 0.0, ()
    return named, cautions, named[0].liked, named[0].why_liked


def _of_the_present(
    context: ReviewContext, row: OptionRow, find_cautions: FindCautions
) -> tuple[Caution, ...]:
    """Return what speaks for certain against going on with what is taken now, where the option means that."""
    grave = next((MORE_OF_THE_SAME[need] for need in cells(row.needs) if need in MORE_OF_THE_SAME), ())
    return tuple(
        caution
        for trial in (context.trials_now if grave else ())
        if trial.kind == "medicine"
        for caution in find_cautions(context, row.option, trial.treatment)
        if caution.applies == YES and caution.severity in grave
    )
