"""Stage 8, staging: how far along a published model places an episode, low and high.

Every number is a row of ``staging_item`` or ``staging_band``; the five forms of model are in
``staging_forms``. What is certain gives the low end, what is possible the high end. No score is given where a
model does not apply.
"""

from __future__ import annotations

from collections.abc import Callable

from opentrd.knowledge.schema import StagingModel
from opentrd.rules.case import Case, Pair
from opentrd.rules.judging.policy import JudgePolicy
from opentrd.rules.model import Episode, Staging
from opentrd.rules.staging_forms import count, durations, ladder, per_trial, points
from opentrd.rules.staging_forms.facts import Facts, Score
from opentrd.statement import Statement

FORMS: dict[str, Callable[[Facts], Score]] = {
    "points": points.score,
    "per_trial": per_trial.score,
    "ladder": ladder.score,
    "durations": durations.score,
    "count": count.score,
}


def build_staging(case: Case, instrument: str, reason: Statement | None) -> dict[str, list[Staging]]:
    """Score every model for every episode; by model, in order of the episodes.

    ``reason`` is why no score applies to this person, or ``None``.
    """
    found: dict[str, list[Staging]] = {}
    for model in case.book.models.values():
        rows = []
        for episode in case.episodes:
            if reason is not None:
                rows.append(_not_given(model, episode, (reason,)))
            else:
                pairs = pairs_of(case, model, episode, case.book.policy_of_model(model, instrument))
                rows.append(_staging(facts_of(case, model, episode, pairs, instrument)))
        found[model.model] = rows
    return found


def pairs_of(case: Case, model: StagingModel, episode: Episode | None, policy: JudgePolicy) -> list[Pair]:
    """Return the trials of an episode (all for ``None``, or where the model counts a lifetime), judged."""
    return [
        (trial, judgement)
        for trial, judgement in zip(case.trials, case.judge(policy), strict=True)
        if episode is None or trial.episode == episode.id or model.scope == "lifetime"
    ]


def facts_of(
    case: Case,
    model: StagingModel,
    episode: Episode,
    pairs: list[Pair],
    instrument: str,
    *,
    silent: bool = False,
) -> Facts:
    """Gather what the forms read; ``silent`` where only the numbers are wanted."""
    return Facts(
        model=model,
        episode=episode,
        pairs=pairs,
        points=case.points,
        conditions=case.conditions,
        exclusions=case.exclusions,
        book=case.book,
        horizon=case.horizon,
        instrument=model.instrument or instrument,
        optimised=case.optimised,
        silent=silent,
    )


def range_of(facts: Facts) -> tuple[float | None, float | None]:
    """Return the least and the highest score that the facts allow; ``None`` where the model may not apply."""
    certain, possible = facts.failed_count()
    if possible < facts.model.min_failures:
        return None, None
    score = FORMS[facts.model.form](facts)
    return (score.low if certain >= facts.model.min_failures else None), score.high


def _staging(facts: Facts) -> Staging:
    certain, possible = facts.failed_count()
    if certain < facts.model.min_failures:
        key = "staging.not_yet" if possible < facts.model.min_failures else "staging.not_certain"
        said = Statement(
            key,
            {
                "model": facts.model.name,
                "needed": facts.model.min_failures,
                "certain": certain,
                "possible": possible,
            },
            citations=(facts.citation,),
        )
        return _not_given(facts.model, facts.episode, (said,))
    score = FORMS[facts.model.form](facts)
    return Staging(
        model=facts.model.model,
        name=facts.model.name,
        episode=facts.episode.id,
        applies=True,
        low=score.low,
        high=score.high,
        level_low=score.level_low,
        level_high=score.level_high,
        band_low=_band(facts, score.low),
        band_high=_band(facts, score.high),
        items=tuple(score.items),
        why=tuple(score.why),
        citation=facts.citation,
    )


def _band(facts: Facts, total: float) -> str | None:
    return next(
        (b.band for b in facts.book.totals.get(facts.model.model, ()) if b.low <= total <= b.high), None
    )


def _not_given(model: StagingModel, episode: Episode, why: tuple[Statement, ...]) -> Staging:
    return Staging(
        model=model.model,
        name=model.name,
        episode=episode.id,
        applies=False,
        low=None,
        high=None,
        level_low=None,
        level_high=None,
        band_low=None,
        band_high=None,
        items=(),
        why=why,
        citation=f"staging_model:{model.model}",
    )
