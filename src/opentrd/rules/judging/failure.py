"""Did the trial fail? By the definition's own threshold, on the outcome that the record supports.

Improvement lies in an interval; below the threshold throughout is failure, at or above it throughout is
not. What was reached and lost again is no failure unless the definition says so; a definition that asks for
remission means a remission that was lost. Source: the definition, tables ``scale``, ``convention``.
"""

from __future__ import annotations

from msgspec.structs import replace

from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_and, tri_not, tri_or
from opentrd.rules.model import Outcome, Trial
from opentrd.rules.outcomes import EXACT, follows
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.trials import PENDING
from opentrd.statement import Param, Statement

Answer = tuple[Tri, tuple[Statement, ...]]


def judge_failure(
    trial: Trial,
    trials: list[Trial],
    outcome: str,
    failure: str,
    below: float | None,
    lost_counts: bool,
    book: RuleBook,
) -> Answer:
    """Return whether the trial failed, and why; ``trials`` are all of the person, the rest is policy."""
    if outcome == "ignored":
        return YES, ()
    if outcome == "next_treatment":
        return _followed(trial, trials, book)
    o = trial.outcome
    if outcome == "score" and o.basis != "score":
        o = _of_score_alone(o)
    limit = below if below is not None else _response_percent(o, book)
    failed: Tri
    was_there: Tri
    if failure == "no_remission":
        failed, was_there = tri_not(o.remission), o.had_remission
    elif o.remission == YES or o.improvement_low >= limit:
        failed, was_there = NO, YES
    else:
        failed, was_there = (YES if o.improvement_high <= limit + 2 * EXACT else UNKNOWN), YES
    if lost_counts or failed == NO or o.lost_response == NO:
        return failed, o.why
    lost = tri_and(o.lost_response, was_there)
    if lost == YES:
        said = Statement("judgement.lost_not_counted", {"treatment": trial.treatment}, o.sources)
        return NO, (*o.why, said)
    return (failed if lost == NO else UNKNOWN), o.why


def _of_score_alone(o: Outcome) -> Outcome:
    """What a score without a result still shows, without what was told."""
    if o.scale is None:
        return PENDING
    low, high = PENDING.improvement_low, PENDING.improvement_high
    return replace(o, improvement_low=low, improvement_high=high)


def _followed(trial: Trial, trials: list[Trial], book: RuleBook) -> Answer:
    """The next treatment stands in for failure; one that may be for another use only may."""
    within = book.conventions.proxy_next_days
    followed: Tri = NO
    if trial.next_start is not None:
        for later in trials:
            if follows(later, trial) and later.start - trial.judged_end <= within:
                followed = tri_or(followed, UNKNOWN if later.other_use_certain == UNKNOWN else YES)
    said: dict[str, Param] = {"treatment": trial.treatment, "day": trial.next_start, "within": within}
    key = "judgement.next_treatment.no" if followed == NO else "judgement.next_treatment.yes"
    return followed, (Statement(key, said, trial.sources, ("convention:proxy_next_days",)),)


def _response_percent(o: Outcome, book: RuleBook) -> float:
    """The scale's own limit of response, or that of the best-ranked scale where no score speaks."""
    if o.scale is not None:
        percent = book.scales[o.scale].response_percent
        if percent is not None:
            return percent
    return book.usual_response_percent
