"""One person's rows on their way through the rules: what every kind of definition may read."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from opentrd.records.model import Exposure
from opentrd.rules.judgements import JudgePolicy
from opentrd.rules.model import Episode, Era, Judgement, Staging, Trial
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.streams import Streams
from opentrd.statement import Statement


class Case(msgspec.Struct):
    """The stages' results so far; ``judge`` gives the judgements of a policy, each made once."""

    exposures: list[Exposure]
    streams: Streams
    eras: list[Era]
    episodes: list[Episode]
    trials: list[Trial]
    staging: dict[str, list[Staging]]
    book: RuleBook
    horizon: int
    judge: Callable[[JudgePolicy], list[Judgement]]


class Count(msgspec.Struct):
    """What a definition counted for one episode (or over the lifetime): certain and possible, and since when."""

    certain: float
    possible: float
    needed: float
    first_met: int | None = None
    decisive: tuple[str, ...] = ()
    why: tuple[Statement, ...] = ()
    assumptions: tuple[Statement, ...] = ()
    strictly_above: bool = False

    def reached(self, value: float) -> bool:
        """Tell whether a count fulfils what is needed."""
        return value > self.needed if self.strictly_above else value >= self.needed


def episode_span(case: Case, episode: Episode | None) -> tuple[int, int]:
    """Return the half-open days in which a treatment start belongs to the episode; all days for ``None``."""
    if episode is None:
        return 0, case.horizon
    starts = [e.start for e in case.episodes if e.start > episode.start]
    first = 0 if episode is case.episodes[0] else episode.start
    return first, min(starts, default=case.horizon)
