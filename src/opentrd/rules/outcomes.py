"""Stage 5, outcomes: what each trial did, by each scale's own thresholds.

The baseline is the last score before the start, or where there is none the first one shortly after it; the
outcome is the last score of the same scale inside the window of the trial. The window reaches some weeks
beyond the end, less far beyond the start of the next treatment, up to the day on which something was added,
and never into the next episode. Scores of different scales are never mixed; a scale without a limit of
response tells of remission only. Without scores counts what was told (table ``reported_response``), then
why it was stopped; otherwise the outcome is unknown. Improvement that was reached and lost again within the
trial is ``lost_response``. Source of the rule: tables ``scale``, ``convention``.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from msgspec.structs import replace

from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.knowledge.schema import Scale
from opentrd.rules.model import Episode, Outcome, Trial
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.scores import Point, improvement
from opentrd.rules.trials import PENDING
from opentrd.statement import Param, Statement

HELPED = ("response", "remission")
EXACT = 1e-6
"""Width that turns an exact improvement into the half-open interval of the model."""


def judge_outcomes(
    trials: list[Trial], points: list[Point], episodes: list[Episode], book: RuleBook, horizon: int
) -> None:
    """Fill in the outcome of every trial."""
    by_scale: dict[str, list[Point]] = {}
    for point in points:
        by_scale.setdefault(point.scale, []).append(point)
    scales = sorted(by_scale, key=lambda s: (book.scales[s].rank or 0, s))
    ranked = [(book.scales[name], by_scale[name]) for name in scales]
    limits = episode_limits(episodes, horizon)
    sure = [trial for trial in trials if trial.other_use_certain != UNKNOWN]
    for trial in trials:
        low, high = limits.get(trial.episode, (0, horizon))
        stop = min(window_end(trial, trial.judged_end, trial.next_start, book), high)
        trial.outcome = outcome_of(trial, ranked, low, stop, book)
        if len(sure) < len(trials):
            wide = _if_not_for_depression(trial, sure, book)
            other = outcome_of(trial, ranked, low, min(wide, high), book)
            trial.outcome = _either(trial.outcome, other)


def episode_limits(episodes: list[Episode], horizon: int) -> dict[str, tuple[int, int]]:
    """Return for each episode its first day, and the day on which the next one begins or the record ends."""
    after = {episode.id: following.start for episode, following in pairwise(episodes)}
    return {e.id: (e.start, min(after.get(e.id, horizon), horizon)) for e in episodes}


def window_end(trial: Trial, judged_end: int, next_start: int | None, book: RuleBook) -> int:
    """Return the first day on which a score no longer tells the outcome of this trial."""
    c = book.conventions
    last = trial.era.end + c.outcome_after_days
    if next_start is not None:
        last = min(last, next_start + c.outcome_next_treatment_days)
    if judged_end < trial.era.end:
        last = min(last, judged_end)
    return max(last, trial.start) + 1


def follows(later: Trial, trial: Trial) -> bool:
    """Tell whether a trial is another treatment of depression that began after this one."""
    return (
        later.start > trial.start
        and later.treatment != trial.treatment
        and later.kind in ("medicine", "stimulation")
        and later.role not in ("not_for_depression", "add_on_without_base")
    )


def _if_not_for_depression(trial: Trial, sure: Iterable[Trial], book: RuleBook) -> int:
    """The end of the window if the treatments that may be for another use were for that use."""
    bases = {trial.id, trial.base} - {None}
    added = [t.start for t in sure if t.base in bases and t.start > trial.start]
    next_start = None
    if trial.next_start is not None:
        next_start = min((t.start for t in sure if follows(t, trial)), default=None)
    return window_end(trial, min([trial.era.end, *added]), next_start, book)


def _either(one: Outcome, other: Outcome) -> Outcome:
    """What is sure when it is not known which of two windows holds."""
    if one.last_day == other.last_day and one.result == other.result:
        return one
    return replace(
        one,
        result=one.result if one.result == other.result else None,
        improvement_low=min(one.improvement_low, other.improvement_low),
        improvement_high=max(one.improvement_high, other.improvement_high),
        remission=one.remission if one.remission == other.remission else UNKNOWN,
        lost_response=one.lost_response if one.lost_response == other.lost_response else UNKNOWN,
        had_remission=one.had_remission if one.had_remission == other.had_remission else UNKNOWN,
        why=(*one.why, *(said for said in other.why if said not in one.why)),
        sources=tuple(sorted({*one.sources, *other.sources})),
    )


def outcome_of(
    trial: Trial, ranked: list[tuple[Scale, list[Point]]], begun: int, stop: int, book: RuleBook
) -> Outcome:
    """Return the outcome by the best-ranked scale that tells one, else by what was told.

    ``begun`` is the day on which the trial's episode began, ``stop`` the first day after the window.
    """
    unsettled: Outcome | None = None
    for scale, points in ranked:
        found = by_score(trial, scale, points, begun, stop, book)
        if found is None:
            continue
        if found.result is not None:
            return found
        unsettled = unsettled or found
    told = _by_report(trial, book)
    if told is None:
        searched = ("score", "report", "stop_reason")
        said = Statement("outcome.unknown", {"treatment": trial.treatment}, trial.sources, searched=searched)
        return unsettled or replace(PENDING, why=(said,))
    return told if unsettled is None else _score_first(told, unsettled)


def _score_first(told: Outcome, score: Outcome) -> Outcome:
    """What was told, corrected by what a score without a result still shows."""
    if score.remission == UNKNOWN and score.lost_response != YES:
        return told
    return replace(
        told,
        result="response" if told.result == "remission" and score.remission == NO else told.result,
        remission=score.remission if score.remission != UNKNOWN else told.remission,
        lost_response=YES if score.lost_response == YES else told.lost_response,
        had_remission=YES if score.had_remission == YES else told.had_remission,
        scale=score.scale,
        last=score.last,
        last_day=score.last_day,
        why=told.why + score.why,
        sources=tuple(sorted({*told.sources, *score.sources})),
    )


def by_score(
    trial: Trial, scale: Scale, points: list[Point], begun: int, stop: int, book: RuleBook
) -> Outcome | None:
    """Return the outcome as the scores of one scale tell it; ``None`` where none lies in the window."""
    baseline = _baseline(trial, points, begun, book)
    after = baseline.day if baseline is not None else trial.start
    inside = [p for p in points if trial.start < p.day < stop and p.day > after]
    if not inside:
        return None
    last = inside[-1]
    sources = tuple(sorted({s for p in (baseline, last) if p is not None for s in p.sources}))
    change: float | None = None
    if baseline is not None and scale.response_percent is not None:
        change = improvement(book, scale.scale, baseline.value, last.value)
    early = last.day - trial.start < book.conventions.outcome_earliest_days
    if baseline is None or change is None or scale.response_percent is None:
        return _without_percent(scale, inside, early, sources)
    responded = change >= scale.response_percent
    too_soon = early and not last.remission and not responded
    best = max((improvement(book, scale.scale, baseline.value, p.value) or 0.0) for p in inside)
    had_remission = any(p.remission for p in inside)
    reached = best >= scale.response_percent or had_remission
    lost: Tri = YES if reached and not responded and not last.remission else NO
    cite = (f"scale:{scale.scale}",)
    said = Statement(
        "outcome.too_soon" if too_soon else "outcome.score",
        {
            "scale": scale.scale,
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
        params: dict[str, Param] = {"scale": scale.scale, "percent": round(best, 1)}
        why.append(Statement("outcome.lost", params, sources, cite))
    return Outcome(
        result=None if too_soon else _word(scale, change, last.remission),
        basis="score",
        improvement_low=PENDING.improvement_low if too_soon else change,
        improvement_high=PENDING.improvement_high if too_soon else change + EXACT,
        remission=UNKNOWN if too_soon else _in_remission(scale, last),
        lost_response=lost,
        had_remission=YES if had_remission else NO if scale.remission_max is not None else UNKNOWN,
        scale=scale.scale,
        baseline=baseline.value,
        baseline_day=baseline.day,
        last=last.value,
        last_day=last.day,
        best_percent=best,
        percent_change=change,
        why=tuple(why),
        sources=sources,
    )


def _without_percent(scale: Scale, inside: list[Point], early: bool, sources: tuple[str, ...]) -> Outcome:
    """Scores without one to compare them with tell of remission, and of a remission that was lost again."""
    last = inside[-1]
    had_remission = any(p.remission for p in inside)
    least = scale.response_percent if last.remission else None
    said = Statement(
        "outcome.no_baseline" if scale.response_percent is not None else "outcome.no_percent",
        {"scale": scale.scale, "last": last.value, "last_day": last.day},
        sources,
        (f"scale:{scale.scale}",),
        ("baseline",) if scale.response_percent is not None else (),
    )
    return replace(
        PENDING,
        result="remission" if last.remission else None,
        basis="score",
        improvement_low=PENDING.improvement_low if least is None else least,
        remission=UNKNOWN if early and not last.remission else _in_remission(scale, last),
        lost_response=NO if last.remission else YES if had_remission else UNKNOWN,
        had_remission=YES if had_remission else NO if scale.remission_max is not None else UNKNOWN,
        scale=scale.scale,
        last=last.value,
        last_day=last.day,
        why=(said,),
        sources=sources,
    )


def _in_remission(scale: Scale, point: Point) -> Tri:
    """A scale without a limit of remission can only tell that somebody is still depressed."""
    if point.remission:
        return YES
    return NO if scale.remission_max is not None or point.depressed else UNKNOWN


def _baseline(trial: Trial, points: list[Point], begun: int, book: RuleBook) -> Point | None:
    """The last score before the start, or where there is none the first one shortly after it.

    A remission from before the episode began is no baseline: it belongs to the episode before, or to none.
    """
    c = book.conventions
    earliest = trial.start - c.baseline_before_days
    before = [p for p in points if earliest <= p.day <= trial.start and not (p.remission and p.day < begun)]
    if before:
        return before[-1]
    latest = min(trial.start + c.baseline_after_days, trial.judged_end)
    return next((p for p in points if trial.start < p.day <= latest), None)


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
    """The outcome as it was told: what it did, then why it was stopped. A lost effect is the last word.

    That a course helped tells of the episode that it ended, not of the relapse in which it went on.
    """
    told = []
    response = trial.era.reported_response
    if response is not None and trial.role == "continued" and book.told[response].result in HELPED:
        response = None
    if response is not None:
        told.append(response)
    told += [f"stop:{reason}" for reason in trial.stopped_for if f"stop:{reason}" in book.told]
    if not told:
        return None
    rows = [book.told[word] for word in told]
    loss = next((row for row in rows if row.lost == "yes"), None)
    low, high = PENDING.improvement_low, PENDING.improvement_high
    remission: Tri = UNKNOWN
    had_remission: Tri = UNKNOWN
    for row in rows:
        known = row is not loss and row.result is not None and row.remission is not None
        if known and had_remission == UNKNOWN:
            had_remission = YES if row.remission == "yes" else NO
        if loss is not None and row is not loss:
            continue
        new_low, new_high = max(low, row.improvement_low), min(high, row.improvement_high)
        if new_low < new_high:
            low, high = new_low, new_high
        if remission == UNKNOWN and row.remission is not None:
            remission = YES if row.remission == "yes" else NO
    said = Statement(
        "outcome.told",
        {"treatment": trial.treatment, "told": tuple(told)},
        trial.sources,
        tuple(f"reported_response:{word}" for word in told),
    )
    return replace(
        PENDING,
        result=rows[0].result,
        basis="report" if response is not None else "stop_reason",
        improvement_low=low,
        improvement_high=high,
        remission=remission,
        lost_response=NO if loss is None else YES,
        had_remission=had_remission,
        why=(said,),
        sources=trial.sources,
    )
