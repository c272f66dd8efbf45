"""How long a simulation must be for so many lines about medicines a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opentrd.simulate.chance import BLOCK
from opentrd.simulate.course.weeks import run_course
from opentrd.simulate.keeping.record import keep
from opentrd.simulate.parameters import parameters
from opentrd.simulate.products import medicines

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

_TRIES: Final = 4
_CLOSE: Final = 0.03


def weeks_for(knowledge: Knowledge, exposures: float, seed: int, quality: str, off: tuple[str, ...]) -> int:
    """Return the weeks after which the first block holds about so many lines a person.

    It is tried on the first block, whatever the number of persons, so that these stay the same persons.
    """
    m = medicines(knowledge)
    weeks, before = parameters(knowledge, quality, off).whole("weeks"), (0, 0.0)
    for _ in range(_TRIES):
        p = parameters(knowledge, quality, off, weeks)
        found = len(keep(run_course(seed, 0, p, m), p, m, seed, 0).lines) / BLOCK
        if abs(found - exposures) <= _CLOSE * exposures:
            break
        slope = (found - before[1]) / (weeks - before[0]) if weeks != before[0] else found / weeks
        before = (weeks, found)
        weeks = max(round(weeks + (exposures - found) / slope), 1)
    return weeks
