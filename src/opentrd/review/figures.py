"""Numbers of published figures as people out of 100, for sentences that a patient reads."""

from __future__ import annotations

from opentrd.knowledge.schema import Figure
from opentrd.review.checks.line import cells
from opentrd.statement import Param


def people(*figures: Figure) -> dict[str, Param]:
    """Return the people out of 100 of some figures as ``n1``, ``n2``, ..., in the order of the column."""
    numbers = [float(cell) for figure in figures for cell in cells(figure.people)]
    return {f"n{place}": number for place, number in enumerate(numbers, 1)}


def cited(*figures: Figure) -> tuple[str, ...]:
    """Return the citations of some figures."""
    return tuple(f"figure:{figure.figure}" for figure in figures)
