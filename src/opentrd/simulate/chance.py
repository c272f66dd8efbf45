"""Chance: streams of numbers that depend on seed, block of persons and purpose, and on nothing else.

A block is always drawn whole. So the same persons come out however many there are, in whatever order and
in however many processes; and a switch that is turned off changes nothing that others draw.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

#: Persons of a block. Another size makes other persons of the same seed.
BLOCK: Final = 10_000

#: Purposes, in a fixed order: the place is part of the seed.
_PURPOSES: Final = (
    "persons",
    "course",
    "scores",
    "unfilled",
    "early_refills",
    "stockpiles",
    "wrong_days_supply",
    "missing_dose",
    "duplicates",
    "two_strengths",
    "same_day_switch",
    "other_use",
    "open_orders",
    "orders",
    "before_record",
    "elsewhere",
    "diagnosis",
    "psychotherapy",
    "score_kept",
    "stop_reasons",
    "hospital",
)

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]


def stream(seed: int, block: int, purpose: str) -> np.random.Generator:
    """Return the stream of a block for a purpose."""
    key = (block, _PURPOSES.index(purpose))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def pick(weights: Floats, chance: Floats) -> Ints:
    """Pick a column for each row of ``weights``, with the odds that they give; -1 where all are zero."""
    total = np.cumsum(weights, axis=1)
    found = (total <= (chance * total[:, -1])[:, None]).sum(axis=1)
    return np.where(total[:, -1] > 0, found, -1)


def pick_one(weights: Floats, chance: Floats) -> Ints:
    """Pick a place of ``weights`` for each chance."""
    total = np.cumsum(weights)
    places: Ints = np.searchsorted(total, chance * total[-1], side="right")
    return places
