"""One person's rows on their way through the rules: what every kind of definition may read."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.records.model import Condition, Exposure, Person
from opentrd.rules.askable import Way
from opentrd.rules.exclusions import Exclusions
from opentrd.rules.judging.policy import JudgePolicy
from opentrd.rules.model import Episode, Era, Judgement, Staging, Trial
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.scores import Point
from opentrd.rules.streams import Streams
from opentrd.rules.trials import is_adult
from opentrd.statement import Statement

NUMBERS, SAID, WAYS = 0, 1, 2
"""How much a count is to tell: the numbers; what they are made of and since when; what could settle them."""

Pair = tuple[Trial, Judgement]
Issue = tuple[int, str, float, tuple[str, ...]]
"""A date of issue: day, treatment, strength, lines."""


class Course(msgspec.Struct):
    """A course of one treatment as supplies show it: days, certain and possible, that a definition asks for.

    ``beside``: a main treatment that went on beside it longer than a change takes.
    """

    treatment: str
    start: int
    start_earliest: int
    end: int
    low: int
    high: int
    doubted: bool
    beside: bool
    trials: list[Trial]
    sources: tuple[str, ...]

    def lasted(self, need: int, until: int | None = None) -> Tri:
        """Tell whether it lasted ``need`` days, up to the day ``until`` where one is given."""
        low, high = self.low, self.high
        if until is not None:
            low, high = min(low, until - self.start), min(high, until - self.start_earliest)
        if high < need:
            return NO
        return YES if low >= need and not self.doubted else UNKNOWN


class Case(msgspec.Struct):
    """The stages' results so far; ``judge`` gives the judgements of a policy, each made once.

    ``failing``, ``courses``, ``optimised`` and ``issues`` keep what several definitions share.
    """

    person: Person
    exposures: list[Exposure]
    conditions: list[Condition]
    points: list[Point]
    exclusions: Exclusions
    streams: Streams
    eras: list[Era]
    episodes: list[Episode]
    trials: list[Trial]
    staging: dict[str, list[Staging]]
    book: RuleBook
    horizon: int
    judge: Callable[[JudgePolicy], list[Judgement]]
    failing: dict[tuple[JudgePolicy, str | None], list[Pair]] = {}
    courses: dict[tuple[object, ...], list[Course]] = {}
    optimised: dict[tuple[str, str], Tri] = {}
    issues: dict[tuple[str, ...], list[Issue]] = {}

    def under_age(self, day: int) -> bool:
        """Tell whether the person was certainly not yet an adult on a day; such days are passed over."""
        return is_adult(self.person, day, self.book.conventions.adult_age) == NO


class Count(msgspec.Struct):
    """What a definition counted for an episode or the lifetime: certain and possible, and since when.

    ``ways``: sets of facts, each of which could settle what is open, where the kind knows them itself.
    """

    certain: float
    possible: float
    needed: float
    first_met: int | None = None
    decisive: tuple[str, ...] = ()
    why: tuple[Statement, ...] = ()
    assumptions: tuple[Statement, ...] = ()
    strictly_above: bool = False
    ways: tuple[Way, ...] = ()

    def reached(self, value: float) -> bool:
        """Tell whether a count fulfils what is needed."""
        return value > self.needed if self.strictly_above else value >= self.needed


def episode_span(case: Case, episode: Episode | None) -> tuple[int, int]:
    """Return the half-open days in which a start belongs to the episode; all days for ``None``."""
    if episode is None:
        return 0, case.horizon
    starts = [e.start for e in case.episodes if e.start > episode.start]
    first = 0 if episode is case.episodes[0] else episode.start
    return first, min(starts, default=case.horizon)


def begun_by(conditions: list[Condition], horizon: int) -> list[Condition]:
    """Return the conditions without those that are recorded to begin after the day judged."""
    return [c for c in conditions if c.onset_earliest is None or c.onset_earliest < horizon]
