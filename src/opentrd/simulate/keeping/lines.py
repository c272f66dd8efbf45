"""Lines about medicines: what truly was supplied, before a record does anything to it."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from opentrd.simulate.chance import Bools, Floats, Ints
from opentrd.simulate.course.weeks import Course
from opentrd.simulate.products import OTHER_USE, Medicines

#: Kinds of lines; an open one is a prescription that was never closed.
CLAIM, PRESCRIPTION, OPEN = range(3)
#: What the text of a line says: nothing, or the units a day.
NO_TEXT = 0


@dataclass
class Lines:
    """Lines by column. ``trial`` -1: of no trial. ``quantity`` NaN and ``supply`` -1: not recorded.

    ``units``: what is taken a day of the product; ``text``: the units that the line says in words, 0 for
    none; ``stop``: place in ``REASONS``, 0 where none is recorded; ``level``: dose level of the truth.
    """

    person: Ints
    day: Ints
    trial: Ints
    treatment: Ints
    level: Ints
    product: Ints
    units: Ints
    quantity: Floats
    supply: Ints
    kind: Ints
    text: Ints
    stop: Ints

    def __len__(self) -> int:
        """The number of lines."""
        return len(self.person)

    def take(self, which: Ints | Bools) -> Lines:
        """Return some of the lines, as a copy."""
        return Lines(**{f.name: getattr(self, f.name)[which].copy() for f in fields(self)})

    def with_more(self, other: Lines) -> Lines:
        """Return these lines and others."""
        return Lines(
            **{f.name: np.concatenate((getattr(self, f.name), getattr(other, f.name))) for f in fields(self)}
        )

    def in_order(self) -> Lines:
        """Return the lines by person, day and product."""
        return self.take(
            np.lexsort((self.supply, self.kind, self.product, self.trial, self.day, self.person))
        )


def lines_of(
    person: Ints, day: Ints, trial: Ints | int, treatment: Ints, level: Ints | int, days: Ints, m: Medicines
) -> Lines:
    """Return supplies as lines that say all there is to say."""
    size = len(person)
    level = np.broadcast_to(np.asarray(level), (size,)).copy()
    units = m.units[treatment, level]
    return Lines(
        person=person,
        day=day,
        trial=np.broadcast_to(np.asarray(trial), (size,)).copy(),
        treatment=treatment,
        level=level,
        product=m.product[treatment, level],
        units=units,
        quantity=(days * units).astype(np.float64),
        supply=days,
        kind=np.full(size, CLAIM),
        text=np.full(size, NO_TEXT),
        stop=np.zeros(size, dtype=np.int64),
    )


def true_lines(course: Course, m: Medicines) -> Lines:
    """Return what truly was supplied for depression."""
    fill = course.events["fill"]
    lines = lines_of(
        fill["person"], fill["day"], fill["trial"], fill["treatment"], fill["level"], fill["pack"], m
    )
    return lines.in_order()


def other_lines(person: Ints, treatment: Ints, start: Ints, supplies: Ints, days: int, m: Medicines) -> Lines:
    """Return the supplies of medicines that are taken for something else."""
    size = int(supplies.sum())
    turn = np.arange(size) - np.repeat(np.cumsum(supplies) - supplies, supplies)
    day = np.repeat(start, supplies) + turn * days
    return lines_of(
        np.repeat(person, supplies),
        day,
        -1,
        np.repeat(treatment, supplies),
        OTHER_USE,
        np.full(size, days),
        m,
    )
