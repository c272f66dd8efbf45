"""Somebody who reads all that is shown, knows what adds up, and wants to know a hidden count.

Two ways, both without the code under test: whole-number programming for the least and the most that a cell
can be, and plain differencing (elimination over fractions), which needs no solver.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy
from scipy.optimize import Bounds, LinearConstraint, milp

#: No population is larger.
MOST = 1_000_000
Sum = tuple[str, Sequence[str]]


def span(
    wanted: str, shown: Mapping[str, int | None], sums: Sequence[Sum], zeros: set[str]
) -> tuple[int, int]:
    """Return the least and the most that a hidden cell can be; cells in ``zeros`` may be none."""
    names = sorted({name for total, parts in sums for name in (total, *parts)} | {wanted})
    column = {name: place for place, name in enumerate(names)}
    rows = []
    for total, parts in sums:
        row = numpy.zeros(len(names))
        row[column[total]] = -1
        for part in parts:
            row[column[part]] += 1
        rows.append(row)
    low = [0 if name in zeros else 1 for name in names]
    high = [MOST] * len(names)
    for name, value in shown.items():
        if value is not None and name in column:
            low[column[name]] = high[column[name]] = value
    aim = numpy.zeros(len(names))
    aim[column[wanted]] = 1
    constraints = [LinearConstraint(numpy.array(rows), 0, 0)] if rows else []
    ends = []
    for sign in (1, -1):
        found = milp(
            sign * aim, integrality=numpy.ones(len(names)), bounds=Bounds(low, high), constraints=constraints
        )
        assert found.x is not None, found.message
        ends.append(round(float(found.x[column[wanted]])))
    return ends[0], ends[1]


def differenced(shown: Mapping[str, int | None], sums: Sequence[Sum]) -> dict[str, Fraction]:
    """Return every hidden cell that follows from the shown ones by adding and subtracting alone."""
    hidden = sorted({n for total, parts in sums for n in (total, *parts) if shown.get(n) is None})
    column = {name: place for place, name in enumerate(hidden)}
    rows = []
    for total, parts in sums:
        row = [Fraction(0)] * (len(hidden) + 1)
        for name, sign in ((total, -1), *((part, 1) for part in parts)):
            value = shown.get(name)
            if value is None:
                row[column[name]] += sign
            else:
                row[-1] -= sign * value
        rows.append(row)
    found = {}
    for row in _reduced(rows, len(hidden)):
        places = [place for place in range(len(hidden)) if row[place]]
        if len(places) == 1:
            found[hidden[places[0]]] = row[-1]
    return found


def _reduced(rows: list[list[Fraction]], width: int) -> list[list[Fraction]]:
    done = 0
    for place in range(width):
        pivot = next((n for n in range(done, len(rows)) if rows[n][place]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        first = rows[done][place]
        rows[done] = [value / first for value in rows[done]]
        for n, row in enumerate(rows):
            if n != done and row[place]:
                factor = row[place]
                rows[n] = [a - factor * b for a, b in zip(row, rows[done], strict=True)]
        done += 1
    return rows[:done]
