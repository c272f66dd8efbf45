"""Stage 5, outcomes: what each trial did, by each scale's own thresholds.

The baseline is the score nearest to the start, preferably before it; the outcome is the last score of the same
scale inside the window of the trial. Scores of different scales are never mixed. Without scores counts what was told
(table ``reported_response``), then why it was stopped; otherwise the outcome is unknown. Improvement that was
reached and lost again within the trial is ``lost_response``. Source of the rule: tables ``scale``, ``convention``.
"""

from __future__ import annotations

from msgspec.structs import replace

from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.knowledge.schema import Scale
from opentrd.rules.model import Outcome, Trial
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.scores import Point, improvement
from opentrd.rules.trials import PENDING
from opentrd.statement import Statement

EXACT = 1e-6
"""Width that turns an exact improvement into the half-open interval of the model."""


def judge_outcomes(trials: list[Trial], points: list[Point], book: RuleBook, horizon: int) -> None:
    """Fill in the outcome of every trial."""
    by_scale: dict[str, list[Point]] = {}
    for point in points:
        by_scale.setdefault(point.scale, []).append(point)
    scales = sorted(by_scale, key=lambda s: (book.scales[s].rank or 0, s))
    for trial in trials:
        trial.outcome = outcome_of(trial, scales, by_scale, book, horizon)


def outcome_of(
    trial: Trial, scales: list[str], by_scale: dict[str, list[Point]], book: RuleBook, horizon: int
) -> Outcome:
    """Return the outcome by the best-ranked scale that has a baseline and a later score, else by what was told."""
    partial: Outcome | None = None
    for name in scales:
        found = _by_score(trial, name, by_scale[name], book, horizon)
        if found is None:
            continue
        if found.result is not None:
            return found
        partial = partial or found
    told = _by_report(trial, book)
    if told is None:
        return partial or replace(
            PENDING,
            why=(
                Statement(
                    "outcome.unknown",
                    {"treatment": trial.treatment},
                    trial.sources,
                    searched=("score", "report", "stop_reason"),
                ),
            ),
        )
    if partial is not None and partial.remission == NO and told.remission == UNKNOWN:
        told = replace(told, remission=NO, why=told.why + partial.why)
    return told


def window_end(trial: Trial, book: RuleBook, horizon: int) -> int:
    """Return the first day on which a score no longer tells the outcome of this trial."""
    c = book.conventions
    last = trial.judged_end + c.outcome_after_days
    if trial.augmented_by or (trial.next_start is not None and trial.next_start >= trial.judged_end):
        begun = trial.judged_end if trial.augmented_by else trial.next_start
        assert begun is not None
        last = min(last, begun + c.outcome_next_treatment_days)
    return min(max(last, trial.start + 1), horizon)


def _by_score(trial: Trial, name: str, points: list[Point], book: RuleBook, horizon: int) -> Outcome | None:
    c = book.conventions
    scale = book.scales[name]
    stop = window_end(trial, book, horizon)
    baseline = _baseline(trial, points, book)
    after = baseline.day if baseline is not None else trial.start
    inside = [p for p in points if trial.start < p.day < stop and p.day > after]
    if not inside:
        return None
    last = inside[-1]
    change = improvement(book, name, baseline.value, last.value) if baseline is not None else None
    sources = tuple(sorted({s for p in (baseline, last) if p is not None for s in p.sources}))
    cite = (f"scale:{name}",)
    if change is None or baseline is None:
        result = "remission" if last.remission else None
        said = Statement(
            "outcome.no_baseline",
            {"scale": name, "last": last.value, "last_day": last.day},
            sources,
            cite,
            ("baseline",),
        )
        return replace(
            PENDING,
            result=result,
            basis="score",
            remission=YES if last.remission else NO,
            improvement_low=_least(scale) if last.remission else PENDING.improvement_low,
            scale=name,
            last=last.value,
            last_day=last.day,
            why=(said,),
            sources=sources,
        )
    responded = scale.response_percent is not None and change >= scale.response_percent
    too_soon = last.day - trial.start < c.outcome_earliest_days and not last.remission and not responded
    best = max((improvement(book, name, baseline.value, p.value) or 0.0) for p in inside)
    reached = scale.response_percent is not None and best >= scale.response_percent
    lost: Tri = YES if reached and not responded and not last.remission else NO
    said = Statement(
        "outcome.too_soon" if too_soon else "outcome.score",
        {
            "scale": name,
            "baseline": baseline.value,
            "baseline_day": baseline.day,
            "last": last.value,
            "last_day": last.day,
            "percent": round(change, 1),
        },
        sources,
        (*cite, "convention:outcome_earliest_days") if too_soon else cite,
    )
    why = [said]
    if lost == YES:
        why.append(Statement("outcome.lost", {"scale": name, "percent": round(best, 1)}, sources, cite))
    return Outcome(
        result=None if too_soon else _word(scale, change, last.remission),
        basis="score",
        improvement_low=PENDING.improvement_low if too_soon else change,
        improvement_high=PENDING.improvement_high if too_soon else change + EXACT,
        remission=UNKNOWN if too_soon else YES if last.remission else NO,
        lost_response=lost,
        scale=name,
        baseline=baseline.value,
        baseline_day=baseline.day,
        last=last.value,
        last_day=last.day,
        best_percent=best,
        percent_change=change,
        why=tuple(why),
        sources=sources,
    )


def _baseline(trial: Trial, points: list[Point], book: RuleBook) -> Point | None:
    """The last score before the start, or where there is none the first one shortly after it."""
    c = book.conventions
    before = [p for p in points if trial.start - c.baseline_before_days <= p.day <= trial.start]
    if before:
        return before[-1]
    after = [
        p for p in points if trial.start < p.day <= min(trial.start + c.baseline_after_days, trial.judged_end)
    ]
    return after[0] if after else None


def _least(scale: Scale) -> float:
    """A remission without a baseline is at least a response."""
    return scale.response_percent if scale.response_percent is not None else PENDING.improvement_low


def _word(scale: Scale, change: float, remission: bool) -> str:
    if remission:
        return "remission"
    if scale.response_percent is not None and change >= scale.response_percent:
        return "response"
    if scale.partial_percent is not None and change >= scale.partial_percent:
        return "partial"
    if scale.worse_percent is not None and -change >= scale.worse_percent:
        return "worse"
    return "none"


def _by_report(trial: Trial, book: RuleBook) -> Outcome | None:
    told = []
    if trial.era.reported_response is not None:
        told.append(trial.era.reported_response)
    told += [f"stop:{reason}" for reason in trial.stopped_for if f"stop:{reason}" in book.told]
    if not told:
        return None
    low, high = PENDING.improvement_low, PENDING.improvement_high
    remission: Tri = UNKNOWN
    lost: Tri = NO
    for word in told:
        row = book.told[word]
        new_low, new_high = max(low, row.improvement_low), min(high, row.improvement_high)
        if new_low < new_high:
            low, high = new_low, new_high
        if remission == UNKNOWN and row.remission is not None:
            remission = YES if row.remission == "yes" else NO
        if row.lost == "yes":
            lost = YES
    said = Statement(
        "outcome.told",
        {"treatment": trial.treatment, "told": tuple(told)},
        trial.sources,
        tuple(f"reported_response:{word}" for word in told),
    )
    return replace(
        PENDING,
        result=book.told[told[0]].result,
        basis="report" if trial.era.reported_response is not None else "stop_reason",
        improvement_low=low,
        improvement_high=high,
        remission=remission,
        lost_response=lost,
        why=(said,),
        sources=trial.sources,
    )
