"""Where each person of a block stands in a week, and the log of what happened."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from opentrd.simulate.chance import Bools, Floats, Ints

#: Places of treatments beside each other: the main one, and what was added to it.
MAIN, BESIDE = 0, 1
ROLES = ("first", "switch", "augmentation", "combination", "again")
FIRST, SWITCH, AUGMENTATION, COMBINATION, AGAIN = range(5)
REASONS = ("ongoing", "no_effect", "adverse", "recovered", "wish", "death", "with_main")
ONGOING, NO_EFFECT, ADVERSE, RECOVERED, WISH, DEATH, WITH_MAIN = range(7)
RESULTS = ("none", "response", "remission")


def _log() -> defaultdict[str, list[tuple[Ints, ...]]]:
    return defaultdict(list)


@dataclass
class Log:
    """What happened, by kind: columns of whole numbers, person first."""

    rows: defaultdict[str, list[tuple[Ints, ...]]] = field(default_factory=_log)
    trials: int = 0

    def add(self, kind: str, *columns: Ints | int) -> None:
        """Add rows of a kind; a single number stands for all rows."""
        wide = np.broadcast_arrays(*(np.asarray(column, dtype=np.int64) for column in columns))
        if wide[0].size:
            self.rows[kind].append(tuple(np.array(column) for column in wide))

    def new_trials(self, count: int) -> Ints:
        """Return the numbers of new trials."""
        self.trials += count
        return np.arange(self.trials - count, self.trials)

    def columns(self, kind: str, count: int) -> list[Ints]:
        """Return the columns of a kind, ``count`` of them, also where nothing happened."""
        rows = self.rows.get(kind)
        if not rows:
            return [np.zeros(0, dtype=np.int64) for _ in range(count)]
        return [np.concatenate(parts) for parts in zip(*rows, strict=True)]


@dataclass
class Place:
    """The treatment at one place, by person. ``treatment`` -1: none. ``result``: place in ``RESULTS``."""

    treatment: Ints
    level: Ints
    weeks: Ints
    adequate: Ints
    unchanged: Ints
    delay: Ints
    result: Ints
    next_fill: Ints
    trial: Ints
    taken: Floats
    leave: Floats
    aim: Floats
    working: Bools
    spent: Bools
    failed: Bools
    stays_low: Bools
    counts: Bools

    @classmethod
    def empty(cls, size: int) -> Place:
        """Return a place without treatments."""

        def whole(value: int = 0) -> Ints:
            return np.full(size, value, dtype=np.int64)

        def real() -> Floats:
            return np.zeros(size)

        def no() -> Bools:
            return np.zeros(size, dtype=bool)

        return cls(
            whole(-1), whole(), whole(), whole(), whole(), whole(), whole(), whole(), whole(-1),
            real(), real(), real(), no(), no(), no(), no(), no(),
        )  # fmt: skip


@dataclass
class State:
    """A block of persons in a week.

    ``resistant_on`` is a day, -1 where not resistant (yet). ``tried`` and ``failed_with`` are by person and
    medicine, within the episode; ``last`` is the main medicine before, -1 for none.
    """

    alive: Bools
    ill: Bools
    bipolar: Bools
    episode_on: Bools
    treated_before: Bools
    episode: Ints
    onset: Ints
    step: Ints
    failures: Ints
    resistant_on: Ints
    well_weeks: Ints
    next_visit: Ints
    severity: Floats
    base: Floats
    target: Floats
    latent: Floats
    last: Ints
    tried: Bools
    failed_with: Bools
    places: tuple[Place, Place]
    log: Log = field(default_factory=Log)

    @property
    def main(self) -> Place:
        """The main treatment."""
        return self.places[MAIN]

    @property
    def beside(self) -> Place:
        """What was added to the main treatment."""
        return self.places[BESIDE]

    @property
    def size(self) -> int:
        """The number of persons."""
        return len(self.alive)
