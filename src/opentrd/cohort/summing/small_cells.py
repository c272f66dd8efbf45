"""Small cells: no count from 1 to 4 is shown, nor one that would give it away by subtraction.

Every count of a summary is a cell with a name, and whatever adds up is said once: a total and its parts. A
small cell is hidden; then whoever knows all that is shown, and that a hidden cell is at least 1, is put to
the question: could this cell as well be 5 or more? While the answer is no, another cell near it is hidden
too, the smallest first, totals last. What is hidden because it is small and what is hidden to protect it
look alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

#: The smallest count of persons that may be shown (0 may: it tells of nobody).
LIMIT: Final = 5


class Shown:
    """What may be shown: a count by its name, ``None`` where it is hidden."""

    def __init__(self, values: Mapping[str, int], hidden: frozenset[str]) -> None:
        self._values = values
        self._hidden = hidden

    def __getitem__(self, name: str) -> int | None:
        return None if name in self._hidden else self._values[name]

    @property
    def number_hidden(self) -> int:
        """How many cells are hidden."""
        return len(self._hidden)


class Cells:
    """The counts of a summary and what adds up to what."""

    def __init__(self) -> None:
        self._values: dict[str, int] = {}
        self._small: set[str] = set()
        self._unshown: set[str] = set()
        self._sums: list[tuple[str, tuple[str, ...]]] = []

    def add(self, name: str, value: int, *, persons: int | None = None, shown: bool = True) -> str:
        """Add a count and return its name; ``persons``: how many are behind it, where it counts other things.

        A count that is not ``shown`` stands in sums only. One name has one value: to add it again with
        another is an error.
        """
        known = self._values.setdefault(name, value)
        if known != value:
            raise ValueError(f"the cell {name} is {known} and {value}")
        if 0 < (value if persons is None else persons) < LIMIT:
            self._small.add(name)
        if not shown:
            self._unshown.add(name)
        return name

    def total(self, total: str, parts: Iterable[str]) -> None:
        """Say that a total is the sum of its parts: they are all of it, and none is counted twice."""
        named = tuple(parts)
        found = sum(self._values[part] for part in named)
        if found != self._values[total]:
            raise ValueError(f"the parts of {total} add up to {found}, not {self._values[total]}")
        self._sums.append((total, named))

    def protect(self) -> Shown:
        """Hide what is small and what would give it away."""
        return Shown(self._values, _Hiding(self._values, self._small, self._unshown, self._sums).run())


class _Hiding:
    """Hides one cell after another until no small one can be known."""

    def __init__(
        self,
        values: Mapping[str, int],
        small: set[str],
        unshown: set[str],
        sums: list[tuple[str, tuple[str, ...]]],
    ) -> None:
        self.values = values
        self.small = small
        self.unshown = unshown
        self.sums = [frozenset({total, *parts}) for total, parts in sums]
        self.signs = [{total: -1, **dict.fromkeys(parts, 1)} for total, parts in sums]
        self.totals = {total for total, _ in sums}
        self.of: dict[str, list[int]] = {name: [] for name in values}
        for place, names in enumerate(self.sums):
            for name in names:
                self.of[name].append(place)
        self.hidden = {name for name in small if values[name]} | unshown

    def run(self) -> frozenset[str]:
        """Return the names of what is hidden."""
        safe: set[str] = set()
        for name in sorted(self.small, key=lambda n: (self.values[n], n)):
            while name not in safe:
                names, sums = self._component(name)
                found = self._largest(name, names, sums)
                safe |= {n for n in self.small & found.keys() if found[n] >= self._enough(n)}
                if name not in safe:
                    self.hidden.add(self._next(name, sums))
        return frozenset(self.hidden)

    def _enough(self, name: str) -> int:
        """What a cell must be able to be: a count that may be shown, and another one than it is."""
        return max(LIMIT, self.values[name] + 1)

    def _component(self, name: str) -> tuple[list[str], list[int]]:
        """Return the hidden cells that hang together with one through sums, and these sums."""
        names, sums, open_ = {name}, set(self.of[name]), [name]
        while open_:
            for place in self.of[open_.pop()]:
                sums.add(place)
                for other in self.sums[place] & self.hidden:
                    if other not in names:
                        names.add(other)
                        open_.append(other)
        return sorted(names), sorted(sums)

    def _largest(self, name: str, names: list[str], sums: list[int]) -> dict[str, float]:
        """Return counts that agree with all that is shown, with this cell as large as it can be."""
        import numpy
        from scipy.optimize import Bounds, LinearConstraint, milp

        if not sums:
            return {name: float(self._enough(name))}
        column = {each: place for place, each in enumerate(names)}
        matrix = numpy.zeros((len(sums), len(names)))
        known = numpy.zeros(len(sums))
        for row, place in enumerate(sums):
            for each, sign in self.signs[place].items():
                if each in column:
                    matrix[row, column[each]] = sign
                else:
                    known[row] -= sign * self.values[each]
        aim = numpy.zeros(len(names))
        aim[column[name]] = -1
        least = [0 if each in self.unshown else 1 for each in names]
        most = numpy.full(len(names), numpy.inf)
        most[column[name]] = self._enough(name)
        found = milp(
            aim,
            integrality=numpy.ones(len(names)),
            bounds=Bounds(least, most),
            constraints=LinearConstraint(matrix, known, known),
        )
        if found.x is None:
            raise ValueError(f"the sums around {name} do not hold")
        return dict(zip(names, numpy.round(found.x), strict=True))

    def _next(self, name: str, sums: list[int]) -> str:
        """Return the shown cell to hide: of the sums of the cell itself first, parts before totals."""
        for places in (self.of[name], sums):
            near = {n for place in places for n in self.sums[place] - self.hidden if self.values[n]}
            if near:
                return min(near, key=lambda n: (n in self.totals, self.values[n], n))
        raise ValueError(f"nothing is left to protect {name} with")
