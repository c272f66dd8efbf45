"""Definitions within definitions: who meets one meets the other too, so their numbers may be subtracted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Nested(NamedTuple):
    """All persons of ``inner`` are among those of ``outer``, which has ``rest`` more."""

    inner: str
    outer: str
    rest: int


def nested(patterns: Iterable[tuple[Sequence[str], int]]) -> list[Nested]:
    """Return which sets lie within which, each only within the next larger ones.

    ``patterns``: the names of the sets that persons are in together, and how many these persons are, each
    pattern once. Sets of the same persons are not within each other (``Results.twins`` tells of them).
    """
    sizes: dict[str, int] = {}
    around: dict[str, frozenset[str]] = {}
    for names, persons in patterns:
        together = frozenset(names)
        for name in names:
            sizes[name] = sizes.get(name, 0) + persons
            around[name] = around.get(name, together) & together
    larger = {name: {o for o in others if sizes[o] > sizes[name]} for name, others in around.items()}
    return [
        Nested(inner, outer, sizes[outer] - sizes[inner])
        for inner, others in sorted(larger.items())
        for outer in sorted(others - {farther for each in others for farther in larger[each]})
    ]
