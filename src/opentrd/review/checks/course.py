"""How each treatment went: what helped, even a little, what was stopped and why, what came back."""

from __future__ import annotations

from typing import Final

from opentrd.kleene import NO, YES
from opentrd.knowledge.schema import Check
from opentrd.review.checks.line import Evidence, line_of
from opentrd.review.checks.signs import look
from opentrd.review.context import ReviewContext
from opentrd.review.model import ReviewLine
from opentrd.rules.model import Trial
from opentrd.statement import Param, Statement

#: Outcomes from the best to the worst.
RESULTS: Final = ("remission", "response", "partial", "none", "worse")
HELPED: Final = RESULTS[:3]
RESULT: Final = ("outcome",)


def _told(trial: Trial, key: str) -> Statement:
    """Say what a trial did, with the percent of change where scores tell it."""
    outcome = trial.outcome
    params: dict[str, Param] = {
        "trial": trial.id,
        "treatment": trial.treatment,
        "result": outcome.result,
        "percent": outcome.percent_change,
        "best": outcome.best_percent,
    }
    sources = tuple(dict.fromkeys((*trial.sources, *outcome.sources)))
    return Statement(key, params, sources, (), () if outcome.result else RESULT)


def trial_course(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """One line for each trial of the episode, therapy and stimulation included: did it help?"""
    if not context.trials:
        return [line_of(check, Evidence(searched=["treatment"]))]
    lines = []
    for trial in context.trials:
        found = Evidence(searched=["outcome"])
        result = trial.outcome.result
        if result in HELPED:
            found.present.append(_told(trial, "review.went"))
        elif result is not None:
            found.absent.append(_told(trial, "review.went"))
        else:
            found.aside.append(_told(trial, "review.went_unknown"))
        lines.append(line_of(check, found, {"treatment": trial.treatment, "trial": trial.id}))
    return lines


def best_so_far(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """The best that any treatment did so far, in any episode."""
    found = Evidence(searched=["outcome"])
    judged = [t for t in context.judged.trials if t.outcome.result in RESULTS]
    judged.sort(
        key=lambda t: (RESULTS.index(t.outcome.result or ""), -(t.outcome.best_percent or 0), t.start)
    )
    if judged and judged[0].outcome.result in HELPED:
        found.present.append(_told(judged[0], "review.best"))
    elif judged and len(judged) == len(context.judged.trials):
        found.absent.extend(_told(t, "review.went") for t in judged)
    else:
        found.aside.extend(_told(t, "review.went") for t in judged)
    return [line_of(check, found)]


def helped_a_little(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """Treatments that helped somewhat, which is a reason to build on them."""
    found = Evidence(searched=["outcome"])
    for trial in context.trials:
        if trial.outcome.result == "partial" or trial.era.reported_response == "little":
            found.present.append(_told(trial, "review.helped_a_little"))
    known = [t for t in context.trials if t.outcome.result is not None]
    if known and len(known) == len(context.trials) and not found.present:
        found.absent.extend(_told(t, "review.went") for t in known)
    return [line_of(check, found)]


def stopped_for_harm(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """Treatments that were stopped for side effects: not tolerated is not failed."""
    found = Evidence(searched=["stop_reason"])
    for trial in context.judged.trials:
        params: dict[str, Param] = {
            "trial": trial.id,
            "treatment": trial.treatment,
            "reasons": trial.stopped_for or None,
        }
        if "adverse" in trial.stopped_for:
            found.present.append(Statement("review.stopped_for_harm", params, trial.sources))
        elif trial.stopped_for:
            found.aside.append(Statement("review.stopped_for", params, trial.sources))
    ended = [t for t in context.trials if t not in context.trials_now]
    if ended and not found.present and all(t.stopped_for for t in ended):
        found.absent, found.aside = found.aside, []
    return [line_of(check, found)]


def relapse(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """Improvement that was followed by return: an earlier episode, or a response that was lost."""
    found = Evidence(searched=["score", "outcome"])
    episodes = context.judged.episodes
    for earlier in episodes[:-1]:
        if earlier.end_reason == "remission":
            params: dict[str, Param] = {"day": earlier.end, "back": episodes[-1].start}
            cite = ("convention:episode_remission_days",)
            sources = tuple(dict.fromkeys(s for said in earlier.why for s in said.sources))
            sources = sources or earlier.sources or episodes[-1].sources
            found.present.append(Statement("review.came_back", params, sources, cite))
    for trial in context.judged.trials:
        if trial.outcome.lost_response == YES:
            found.present.append(_told(trial, "review.response_lost"))
    known = [t for t in context.trials if t.outcome.lost_response == NO and t.outcome.result is not None]
    if not found.present and known and len(known) == len(context.trials):
        found.absent.extend(_told(t, "review.went") for t in known)
    return [line_of(check, found)]


def therapy_adequate(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """Whether talking therapy has not had a full course in this episode."""
    found = Evidence(searched=["treatment"])
    for trial in context.trials:
        if trial.kind != "psychotherapy":
            continue
        judgement = context.judgement(trial)
        adequate = None if judgement is None else judgement.adequate
        params: dict[str, Param] = {
            "trial": trial.id,
            "treatment": trial.treatment,
            "low": trial.era.sessions_low,
            "high": trial.era.sessions_high,
        }
        cited = tuple(
            c for s in (judgement.why if judgement else ()) for c in s.citations if c.startswith("adequacy:")
        )
        if adequate == YES:
            found.absent.append(Statement("review.therapy_full", params, trial.sources, cited))
        elif adequate == NO:
            found.present.append(Statement("review.therapy_short", params, trial.sources, cited))
        else:
            found.aside.append(Statement("review.therapy_unknown", params, trial.sources, cited))
    if found.absent:
        found.aside, found.present = [*found.aside, *found.present], []
    return [line_of(check, found)]


def family_response(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """Relatives with depression: what helped them is worth asking, whatever the record says."""
    found = look(context, check)
    found.aside, found.present = [*found.aside, *found.present], []
    found.absent = []
    return [line_of(check, found)]


def chronic_course(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """A long-lasting course: a diagnosis says so, or the present episode is that long."""
    found = look(context, check)
    limit = int(context.convention("chronic_days"))
    cite = ("convention:chronic_days",)
    episode = context.episode
    found.searched.append("episode")
    if episode is not None and episode.end is None:
        longest, shortest = context.as_of - episode.start_earliest, context.as_of - episode.start_latest
        params: dict[str, Param] = {"start": episode.start, "days": longest, "limit": limit}
        sources = episode.sources or tuple(s for said in episode.why for s in said.sources)
        if shortest >= limit:
            found.present.append(Statement("review.episode_long", params, sources, cite))
        elif longest < limit:
            found.absent.append(Statement("review.episode_short", params, sources, cite))
    return [line_of(check, found)]
