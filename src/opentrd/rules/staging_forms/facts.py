"""What the staging forms read of an episode, and how a value finds its level in the table."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

import msgspec

from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.knowledge.schema import StagingItem as Level
from opentrd.knowledge.schema import StagingModel
from opentrd.records.model import Condition
from opentrd.rules.exclusions import Exclusions
from opentrd.rules.model import Episode, Judgement, StagingItem, Trial
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.scores import Point
from opentrd.statement import Statement

Pair = tuple[Trial, Judgement]


class Score(msgspec.Struct):
    """A model's total (or stage number), low and high, with its items."""

    low: float
    high: float
    items: list[StagingItem]
    why: list[Statement]
    level_low: str | None = None
    level_high: str | None = None


class Facts(msgspec.Struct):
    """An episode as a staging model sees it: trials with their judgements, scores, conditions."""

    model: StagingModel
    episode: Episode
    pairs: list[Pair]
    points: list[Point]
    conditions: list[Condition]
    exclusions: Exclusions
    book: RuleBook
    horizon: int
    instrument: str
    optimised: dict[tuple[str, str], Tri]
    silent: bool = False

    @property
    def citation(self) -> str:
        """The row of the model."""
        return f"staging_model:{self.model.model}"

    def levels(self, item: str) -> list[Level]:
        """The levels of an item, in their order."""
        return self.book.levels.get((self.model.model, item), [])

    def drugs(self) -> list[Pair]:
        """Main antidepressants (alone, switched to or combined) that count or may count as failed."""
        return [
            (t, j)
            for t, j in self.pairs
            if j.counts != NO and t.kind == "medicine" and t.role != "augmentation"
        ]

    def augmentations(self) -> list[Pair]:
        """Augmentations that count or may count as failed."""
        return [(t, j) for t, j in self.pairs if j.counts != NO and t.role == "augmentation"]

    def ect(self) -> list[Pair]:
        """Courses of electroconvulsive therapy that count or may count as failed."""
        return [(t, j) for t, j in self.pairs if j.counts != NO and t.class_ == ECT_CLASS]

    def counted(self) -> list[Pair]:
        """The trials whose number decides whether the model applies: medicines, and ECT where it is one."""
        with_ect = any(level.counts == ECT_CLASS for level in self.levels("trials"))
        return self.drugs() + (self.ect() if with_ect else [])

    def failed_count(self) -> tuple[int, int]:
        """How many different trials failed: certain, possible; different as the model says."""
        return count_distinct(self.counted(), self.model.distinct)

    def statements(self, pairs: list[Pair]) -> tuple[Statement, ...]:
        """Name the trials that count and those that may count."""
        if self.silent:
            return ()
        return tuple(
            Statement(
                "status.trial_counts" if j.counts == YES else "status.trial_may_count",
                {"trial": t.id, "treatment": t.treatment},
                t.sources,
            )
            for t, j in pairs
        )

    def sources(self, pairs: list[Pair]) -> tuple[str, ...]:
        """The record rows behind some trials."""
        return () if self.silent else tuple(dict.fromkeys(s for t, _ in pairs for s in t.sources))

    def months(self) -> tuple[float, float]:
        """How long the episode has lasted, in months: at least, at most."""
        end = self.episode.end if self.episode.end is not None else self.horizon - 1
        return months_between(self.episode.start_latest, end), months_between(
            self.episode.start_earliest, end
        )


def months_between(start: int, end: int) -> float:
    """Return calendar months between two days, the last one as a share; 0 where the end lies before."""
    if end <= start:
        return 0.0
    first, last = date.fromordinal(start), date.fromordinal(end)
    whole = (last.year - first.year) * 12 + last.month - first.month
    return whole + (last.day - first.day) / monthrange(last.year, last.month)[1]


ECT_CLASS = "ECT"


def count_distinct(pairs: list[Pair], distinct: str) -> tuple[int, int]:
    """Count certain and possible failures by treatment, by class or one by one."""
    certain: set[str] = set()
    possible: set[str] = set()
    for trial, judgement in pairs:
        key = (
            trial.treatment if distinct == "treatment" else trial.class_ if distinct == "class" else trial.id
        )
        possible.add(key)
        if judgement.counts == YES:
            certain.add(key)
    return len(certain), len(possible)


def level_of(levels: list[Level], value: float) -> Level | None:
    """Find the level of a value: above ``low``, up to and with ``high``; empty limits are open."""
    for level in levels:
        if (level.low is None or value > level.low) and (level.high is None or value <= level.high):
            return level
    return None


def banded(
    facts: Facts, item: str, low: float, high: float, why: tuple[Statement, ...], sources: tuple[str, ...]
) -> StagingItem | None:
    """Score an item with numeric levels for a value that lies between ``low`` and ``high``."""
    levels = facts.levels(item)
    low_level, high_level = level_of(levels, low), level_of(levels, high)
    if low_level is None or high_level is None:
        return None
    return StagingItem(
        item=item,
        level_low=low_level.level,
        level_high=high_level.level,
        low=low_level.points or 0.0,
        high=high_level.points or 0.0,
        why=why,
        sources=sources,
    )


def any_of(values: list[Tri]) -> Tri:
    """Yes when any is yes, unknown when any is unknown, otherwise no."""
    return YES if YES in values else UNKNOWN if UNKNOWN in values else NO
