"""What each score told on the day on which it was taken: the rule of outcomes, applied up to that day.

A score is read for the last treatment in whose window it lies, by that treatment's baseline and with the
scores known until then; no limit stands here that stage 5 does not have. ``decide`` says that waiting longer
has little to give: the treatment had the time from which a score speaks of failure and does not help, or it
had the full time that the instrument asks for and helps in part only. Source of the rule: tables ``scale``,
``convention``, ``adequacy``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from opentrd.kleene import YES
from opentrd.rules.model import Judged, Outcome, Trial
from opentrd.rules.outcomes import HELPED, by_score, episode_limits, window_end
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.scores import Point

#: Roles that are no attempt to treat the depression with something that has a base.
_ASIDE: Final = ("not_for_depression", "add_on_without_base")
_NO_HELP: Final = ("none", "worse")


class Told(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """A score with what it told on its day.

    ``mark``: ``remission``, ``response``, ``partial``, ``none``, ``worse``, ``lost`` (help that was there and
    was lost again), ``too_soon``, or ``None`` where there is nothing to compare it with.
    """

    point: Point
    mark: str | None
    decide: bool = False
    trial: Trial | None = None
    outcome: Outcome | None = None
    citations: tuple[str, ...] = ()


def course(
    scale: str, judged: Judged, points: Sequence[Point], book: RuleBook, instrument: str, horizon: int
) -> list[Told]:
    """Return what each score of a scale told on its day, in order of time."""
    limits = episode_limits(judged.episodes, horizon)
    trials = sorted((t for t in judged.trials if t.role not in _ASIDE), key=lambda t: (t.start, t.id))
    own = [point for point in points if point.scale == scale]
    return [_told(own[: number + 1], trials, limits, book, instrument, horizon) for number in range(len(own))]


def _told(
    points: list[Point],
    trials: list[Trial],
    limits: dict[str, tuple[int, int]],
    book: RuleBook,
    instrument: str,
    horizon: int,
) -> Told:
    """Return what the last of some scores told."""
    point = points[-1]
    for trial in reversed(trials):
        begun, limit = limits.get(trial.episode, (0, horizon))
        stop = min(window_end(trial, trial.judged_end, trial.next_start, book), limit)
        if trial.start < point.day < stop:
            found = by_score(trial, book.scales[point.scale], points, begun, point.day + 1, book)
            if found is not None:
                return _marked(point, trial, found, book, instrument)
    cited = (f"scale:{point.scale}",)
    return Told(point=point, mark="remission" if point.remission else None, citations=cited)


def _marked(point: Point, trial: Trial, found: Outcome, book: RuleBook, instrument: str) -> Told:
    need = book.need(instrument, trial.treatment, None, trial.age)
    had_time = need is not None and need.days is not None and point.day - trial.start >= need.days
    unhelped = found.result in _NO_HELP
    half = found.result == "partial" and had_time
    cited = {citation: None for said in found.why for citation in said.citations}
    if unhelped:
        cited["convention:outcome_earliest_days"] = None
    if half and need is not None:
        cited[need.citation] = None
    return Told(
        point=point,
        mark=_mark(found, point.day - trial.start < book.conventions.outcome_earliest_days),
        decide=unhelped or half,
        trial=trial,
        outcome=found,
        citations=tuple(cited),
    )


def _mark(found: Outcome, early: bool) -> str | None:
    if found.lost_response == YES and found.result not in HELPED:
        return "lost"
    return found.result or ("too_soon" if early else None)
