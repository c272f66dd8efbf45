"""What was tried already, and how it went: each attempt at an option says what it means for trying it now."""

from __future__ import annotations

from typing import Final

from opentrd.kleene import NO, UNKNOWN, YES
from opentrd.knowledge.schema import OptionRow
from opentrd.review.checks.line import cells
from opentrd.review.context import ADDED_ROLES, ReviewContext
from opentrd.review.option_rules.fit import CAUTION, LATER, SUGGESTED, worse
from opentrd.rules.model import Trial
from opentrd.statement import Param, Statement

ADDED: Final = ("augmentation", "combination")
HELPED: Final = ("remission", "response")
PARTS: Final = ("dose", "duration", "intake")


def attempts(context: ReviewContext, option: OptionRow, treatment: str | None = None) -> list[Trial]:
    """Return the trials that were attempts at an option (or at one medicine of it), in any episode.

    What is added to an antidepressant is another attempt than the same medicine on its own.
    """
    wanted = (treatment,) if treatment is not None else cells(option.treatments)
    added = option.category in ADDED
    return [
        t
        for t in context.judged.trials
        if t.treatment in wanted
        and t.role != "not_for_depression"
        and (t.kind != "medicine" or option.medicines is None or (t.role in ADDED_ROLES) == added)
    ]


def helped_before(context: ReviewContext, option: OptionRow) -> list[Trial]:
    """Return the attempts that brought response or remission and ended; those that lost it do not count."""
    now = context.trials_now
    return [
        t
        for t in attempts(context, option)
        if t.outcome.result in HELPED and t.outcome.lost_response != YES and t not in now
    ]


def weigh(context: ReviewContext, trials: list[Trial]) -> tuple[str, list[Statement]]:
    """Return the best fit that earlier attempts allow, and what is to be said of each."""
    fit, said = SUGGESTED, []
    for trial in trials:
        allowed, statement = _weigh(context, trial)
        fit = worse(fit, allowed)
        said.append(statement)
    return fit, said


def _weigh(context: ReviewContext, trial: Trial) -> tuple[str, Statement]:
    judgement = context.judgement(trial)
    present = context.episode is not None and trial.episode == context.episode.id
    params: dict[str, Param] = {
        "trial": trial.id,
        "treatment": trial.treatment,
        "result": trial.outcome.result,
        "percent": trial.outcome.percent_change,
    }

    def say(key: str, **more: Param) -> Statement:
        sources = tuple(dict.fromkeys((*trial.sources, *trial.outcome.sources)))
        return Statement(f"option.{key}", {**params, **more}, sources)

    if trial in context.trials_now:
        return LATER, say("running")
    if present and judgement is not None and judgement.counts == YES:
        return LATER, say("tried_failed")
    if "adverse" in trial.stopped_for:
        return CAUTION, say("tried_not_tolerated")
    if trial.outcome.result in HELPED and trial.outcome.lost_response != YES:
        return SUGGESTED, say("tried_helped")
    if not present:
        return SUGGESTED, say("tried_in_earlier_episode")
    if judgement is None:
        return SUGGESTED, say("tried")
    if judgement.adequate == NO:
        short = tuple(part for part in PARTS if getattr(judgement, part) == NO)
        return SUGGESTED, say("tried_not_fully", missing=short)
    if judgement.counts == UNKNOWN:
        return SUGGESTED, say("tried_perhaps", missing=judgement.missing)
    return SUGGESTED, say("tried")
