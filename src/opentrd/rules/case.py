"""One person's rows on their way through the rules: what every kind of definition may read."""

from __future__ import annotations

from functools import cached_property

import msgspec

from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.records.model import Condition, Record
from opentrd.rules.askable import Way
from opentrd.rules.episodes import build_episodes
from opentrd.rules.eras import build_eras
from opentrd.rules.exclusions import Exclusions
from opentrd.rules.judgements import Judge
from opentrd.rules.judging.policy import JudgePolicy
from opentrd.rules.model import Episode, Era, Judgement, Staging, Trial
from opentrd.rules.outcomes import judge_outcomes
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.scores import Point, depression_points
from opentrd.rules.streams import Streams, build_streams
from opentrd.rules.trials import build_trials, perhaps_adult
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
    sources: tuple[str, ...]

    def lasted(self, need: int, until: int | None = None) -> Tri:
        """Tell whether it lasted ``need`` days, up to the day ``until`` where one is given."""
        low, high = self.low, self.high
        if until is not None:
            low, high = min(low, until - self.start), min(high, until - self.start_earliest)
        if high < need:
            return NO
        return YES if low >= need and not self.doubted else UNKNOWN


class Case:
    """One person's record on its way through the stages: each is done once, and only when it is asked for.

    A definition that reads supplies alone makes no trials. ``failing``, ``courses``, ``optimised`` and
    ``issues`` keep what several definitions share; ``staging`` is empty where no scores are asked for.
    """

    def __init__(self, record: Record, book: RuleBook, horizon: int) -> None:
        self.person = record.person
        self.exposures = record.exposures
        self.conditions = begun_by(record.conditions, horizon)
        self.scores = record.scores
        self.exclusions = Exclusions(self.conditions, record.observations, book)
        self.book = book
        self.horizon = horizon
        self.staging: dict[str, list[Staging]] = {}
        self.failing: dict[tuple[JudgePolicy, str | None], list[Pair]] = {}
        self.courses: dict[tuple[object, ...], list[Course]] = {}
        self.optimised: dict[tuple[str, str], Tri] = {}
        self.issues: dict[tuple[str, ...], list[Issue]] = {}

    @cached_property
    def points(self) -> list[Point]:
        """The depression scores, in order of time."""
        return depression_points(self.scores, self.book, self.horizon)

    @cached_property
    def streams(self) -> Streams:
        """Stage 1: the dose steps of every treatment."""
        return build_streams(self.exposures, self.book, self.horizon)

    @cached_property
    def eras(self) -> list[Era]:
        """Stage 2: dose steps joined across the allowed gap."""
        return build_eras(self.streams, self.exposures, self.book)

    @cached_property
    def episodes(self) -> list[Episode]:
        """Stage 3: the episodes of illness."""
        return build_episodes(self.eras, self.points, self.conditions, self.book, self.horizon)

    @cached_property
    def trials(self) -> list[Trial]:
        """Stages 4 and 5: eras as attempts, with what each of them did."""
        trials = build_trials(self.eras, self.episodes, self.person, self.conditions, self.book)
        judge_outcomes(trials, self.points, self.episodes, self.book, self.horizon)
        return trials

    @cached_property
    def doubted(self) -> bool:
        """Whether any line names a treatment by its code and another one by its words."""
        return any(x.doubt is not None for x in self.exposures)

    def trials_in(self, course: Course) -> list[Trial]:
        """Return the trials of a course's treatment that begin in it."""
        return [
            t for t in self.trials if t.treatment == course.treatment and course.start <= t.start < course.end
        ]

    @cached_property
    def judge(self) -> Judge:
        """Stage 6: gives the judgements of a policy, each made once."""
        return Judge(self.trials, self.book, self.horizon)

    def under_age(self, day: int) -> bool:
        """Tell whether the person was certainly not yet an adult on a day; such days are passed over."""
        return day < self.perhaps_adult

    @cached_property
    def perhaps_adult(self) -> int:
        """The first day on which the person may have been an adult."""
        return perhaps_adult(self.person, self.book.conventions.adult_age)


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
