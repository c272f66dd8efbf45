"""A block of persons whose record is the truth, for tests that look at what a record does to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from opentrd.knowledge.loader import load
from opentrd.simulate.course.weeks import Course, run_course
from opentrd.simulate.keeping.record import Kept, keep
from opentrd.simulate.parameters import Parameters, parameters, switches
from opentrd.simulate.products import Medicines, medicines

SEED = 7
WEEKS = 130

#: Switches that change what persons do, not only what a record keeps.
OF_THE_TRUTH = ("hospital", "intolerance", "packs", "unfilled")


@pytest.fixture(scope="session")
def simulated_medicines() -> Medicines:
    return medicines(load())


def numbers(*on: str, quality: str = "low") -> Parameters:
    """The numbers with only these switches on."""
    return parameters(load(), quality, [name for name in switches(load()) if name not in on], WEEKS)


@pytest.fixture(scope="session")
def plain(simulated_medicines: Medicines) -> Course:
    """What truly happened, with every switch off."""
    return run_course(SEED, 0, numbers(), simulated_medicines)


@pytest.fixture(scope="session")
def kept_with(plain: Course, simulated_medicines: Medicines) -> Callable[..., tuple[Course, Kept]]:
    """The truth and its record with only these switches on."""

    def kept(*on: str) -> tuple[Course, Kept]:
        p = numbers(*on)
        course = plain
        if set(on) & set(OF_THE_TRUTH):
            course = run_course(SEED, 0, p, simulated_medicines)
        return course, keep(course, p, simulated_medicines, SEED, 0)

    return kept
