"""Models that give points for each failed trial, for its optimisation and augmentation, and for ECT (MGH-S).

A medicine combined with another one gives the other trial its half point for augmentation or combination and
is no trial of its own (our reading of the table: half a point, not one and a half).
"""

from __future__ import annotations

from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_and, tri_or
from opentrd.rules.days import DAYS_PER_WEEK
from opentrd.rules.judging.dose_and_duration import count_days, enough
from opentrd.rules.model import DoseStep, StagingItem, Trial
from opentrd.rules.staging_forms.facts import Facts, Pair, Score, any_of
from opentrd.statement import Statement


def score(facts: Facts) -> Score:
    """Add up the points of the trials, low and high."""
    drugs = [p for p in facts.drugs() if p[0].role != "combination"]
    items = [
        _item(facts, "trial", "no_response", [(p, p[1].counts) for p in drugs]),
        _item(facts, "optimised", "dose", [(p, tri_and(p[1].counts, _optimised(facts, p))) for p in drugs]),
        _item(facts, "augmentation", "used", [(p, tri_and(p[1].counts, _added(facts, p))) for p in drugs]),
        _item(facts, "ect", "failed", _once(facts.ect())),
    ]
    return Score(low=sum(i.low for i in items), high=sum(i.high for i in items), items=items, why=[])


def _item(facts: Facts, item: str, level: str, found: list[tuple[Pair, Tri]]) -> StagingItem:
    row = next(r for r in facts.levels(item) if r.level == level)
    points = row.points or 0.0
    certain = sum(1 for _, counts in found if counts == YES)
    possible = sum(1 for _, counts in found if counts != NO)
    pairs = [pair for pair, counts in found if counts != NO]
    said = Statement(
        f"staging.{item}",
        {"low": certain, "high": possible},
        facts.sources(pairs),
        (facts.citation,),
        ("trial",),
    )
    return StagingItem(
        item=item,
        level_low=str(certain),
        level_high=str(possible),
        low=points * certain,
        high=points * possible,
        why=(said, *facts.statements(pairs)),
        sources=facts.sources(pairs),
    )


def _once(pairs: list[Pair]) -> list[tuple[Pair, Tri]]:
    """ECT gives its points once, however many courses failed."""
    counts = any_of([j.counts for _, j in pairs])
    return [(pairs[0], counts)] if pairs else []


def _optimised(facts: Facts, pair: Pair) -> Tri:
    """Optimised: held above the least adequate dose, or carried on for long at an adequate one."""
    place = (facts.instrument, pair[0].id)
    if place not in facts.optimised:
        facts.optimised[place] = _raised_or_long(facts, pair[0])
    return facts.optimised[place]


def _raised_or_long(facts: Facts, trial: Trial) -> Tri:
    formulation = next((step.formulation for step in trial.era.steps if step.formulation), None)
    need = facts.book.need(facts.instrument, trial.treatment, formulation, trial.age)
    ratio = next(r.low or 1.0 for r in facts.levels("optimised") if r.level == "dose")
    tolerance = facts.book.conventions.lower_dose_tolerance
    dose: Tri = UNKNOWN
    least: float | None = None
    if need is not None and need.min_dose is not None:
        least = need.min_dose * (1 - tolerance)
        raised = need.min_dose * ratio * (1 + tolerance)
        if trial.dose_max_low is not None and trial.dose_max_low > raised:
            dose = YES
        elif trial.dose_max_high is not None and trial.dose_max_high <= raised:
            dose = NO
    long = round(facts.book.conventions.optimised_weeks * DAYS_PER_WEEK)
    found = count_days(trial, [_held(step, least) for step in trial.era.steps], facts.book)
    return tri_or(dose, enough(found.low, found.high, long))


def _held(step: DoseStep, least: float | None) -> Tri:
    """Tell whether a step was at an adequate dose; where no least dose is known every step is."""
    if least is None or (step.dose_low is not None and step.dose_low >= least):
        return YES
    return NO if step.dose_high is not None and step.dose_high < least else UNKNOWN


def _added(facts: Facts, pair: Pair) -> Tri:
    """Augmented or combined: something was added to the trial, whatever came of it."""
    added = [t for t, _ in facts.pairs if t.id in pair[0].augmented_by]
    sure = [t for t in added if t.other_use_certain == NO and t.era.doubt is None]
    return YES if sure else UNKNOWN if added else NO
