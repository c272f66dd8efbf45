"""What each score told on the day on which it was taken: the rule of outcomes, applied up to that day.

A score is read for the last treatment in whose window it lies (talking therapy where there is nothing else),
by that treatment's baseline and with the scores known until then; no limit stands here that stage 5 does not
have. ``decide`` says that waiting longer has little to give: the treatment had the time from which a score
speaks of failure and does not help, or it had the full time that the instrument asks for and helps in part
only; of what is counted in sessions it had those that are asked for. Source of the rule: tables ``scale``,
``convention``, ``adequacy``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from opentrd.kleene import YES
from opentrd.rules.model import Judged, Outcome, Trial
from opentrd.rules.outcomes import HELPED, by_score, episode_limits, window_end
from opentrd.rules.rulebook import Need, RuleBook
from opentrd.rules.scores import Point

#: Roles that are no attempt at the depression.
_ASIDE: Final = ("not_for_depression", "add_on_without_base")
_NO_HELP: Final = ("none", "worse")
#: Kinds of which the next one closes the window of the one before: a score is theirs before any other's.
_LEADING: Final = ("medicine", "stimulation")


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
    reader = _Reader(judged, book, instrument, horizon)
    own = [point for point in points if point.scale == scale]
    return [reader.told(own[: number + 1]) for number in range(len(own))]


class _Reader:
    """Reads scores for the treatments of one person."""

    def __init__(self, judged: Judged, book: RuleBook, instrument: str, horizon: int) -> None:
        self._judged = judged
        self._book = book
        self._instrument = instrument
        self._horizon = horizon
        self._limits = episode_limits(judged.episodes, horizon)
        attempts = [trial for trial in judged.trials if trial.role not in _ASIDE]
        #: The one whose score it is first: the last to begin, of the leading kinds before any other.
        self._trials = sorted(attempts, key=lambda t: (t.kind in _LEADING, t.start, t.id), reverse=True)

    def told(self, points: list[Point]) -> Told:
        """Return what the last of some scores told."""
        point = points[-1]
        for trial in self._trials:
            begun, limit = self._limits.get(trial.episode, (0, self._horizon))
            stop = min(window_end(trial, trial.judged_end, trial.next_start, self._book), limit)
            if trial.start < point.day < stop:
                scale = self._book.scales[point.scale]
                found = by_score(trial, scale, points, begun, point.day + 1, self._book)
                if found is not None:
                    return self._marked(point, trial, found)
        cited = (f"scale:{point.scale}",)
        return Told(point=point, mark="remission" if point.remission else None, citations=cited)

    def _marked(self, point: Point, trial: Trial, found: Outcome) -> Told:
        had_chance, had_time, need = self._time(point.day, trial)
        unhelped = had_chance and found.result in _NO_HELP
        half = had_time and found.result == "partial"
        cited = {citation: None for said in found.why for citation in said.citations}
        if unhelped:
            cited["convention:outcome_earliest_days"] = None
        if half and need is not None:
            cited[need.citation] = None
        early = point.day - trial.start < self._book.conventions.outcome_earliest_days
        return Told(
            point=point,
            mark=_mark(found, early),
            decide=unhelped or half,
            trial=trial,
            outcome=found,
            citations=tuple(cited),
        )

    def _time(self, day: int, trial: Trial) -> tuple[bool, bool, Need | None]:
        """Say whether a treatment had a chance until a day, whether it had its full time, and what is asked.

        That a score speaks of failure no earlier than it may, the outcome itself sees to.
        """
        need = self._book.need(self._instrument, trial.treatment, None, trial.age)
        if need is not None and need.min_sessions is not None:
            judgement = self._judged.adequacy.get(trial.id)
            had = judgement is not None and judgement.duration == YES
            return had, had, need
        return True, need is not None and need.days is not None and day - trial.start >= need.days, need


def _mark(found: Outcome, early: bool) -> str | None:
    if found.lost_response == YES and found.result not in HELPED:
        return "lost"
    return found.result or ("too_soon" if early else None)
