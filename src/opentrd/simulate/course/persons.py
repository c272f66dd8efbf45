"""Who the persons of a block are, before anything happens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from opentrd.simulate.chance import BLOCK, Ints, stream
from opentrd.simulate.course.state import Place, State
from opentrd.simulate.parameters import Parameters
from opentrd.simulate.products import Medicines


@dataclass
class Persons:
    """The persons of a block: ``woman`` 0 or 1, ``born``: day of birth, counted from the first day."""

    woman: Ints
    born: Ints


def draw_persons(seed: int, block: int, p: Parameters, m: Medicines) -> tuple[Persons, State]:
    """Draw a block of persons and where they stand before the first week."""
    rng = stream(seed, block, "persons")
    size = BLOCK
    woman = (rng.random(size) < p["women_share"]).astype(np.int64)
    age = rng.uniform(p["age_low"], p["age_high"], size)
    ill = rng.random(size) < p["depressed_share"]
    onset = np.where(ill, rng.integers(0, p.whole("onset_weeks"), size), -1)
    zeros = np.zeros(size, dtype=np.int64)
    state = State(
        alive=np.ones(size, dtype=bool),
        ill=ill,
        bipolar=ill & (rng.random(size) < p["bipolar_share"]),
        episode_on=np.zeros(size, dtype=bool),
        treated_before=np.zeros(size, dtype=bool),
        episode=zeros.copy(),
        onset=onset,
        step=zeros.copy(),
        failures=zeros.copy(),
        resistant_on=np.full(size, -1, dtype=np.int64),
        well_weeks=zeros.copy(),
        next_visit=np.full(size, -1, dtype=np.int64),
        severity=np.full(size, p["severity_well"]),
        base=np.zeros(size),
        target=np.full(size, p["severity_well"]),
        latent=rng.random((size, len(m.names))),
        last=np.full(size, -1, dtype=np.int64),
        tried=np.zeros((size, len(m.names)), dtype=bool),
        failed_with=np.zeros((size, len(m.names)), dtype=bool),
        places=(Place.empty(size), Place.empty(size)),
    )
    return Persons(woman, -np.floor(age * 365.25).astype(np.int64)), state
