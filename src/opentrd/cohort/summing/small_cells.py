"""Small cells: no count from 1 to 4 is shown, nor one that would give it away by subtraction.

Every count of a summary is a cell with a name, and whatever adds up is said once: a total and its parts. A
small cell is hidden. Then for each of them another population is looked for that would be shown just the
same, yet has 5 or more there: who knows all that is shown, and that a hidden cell is at least 1, cannot tell
the two apart. Where there is none, the one that changes the least of what is shown is taken, and what it
changes is hidden too. What is hidden because it is small and what is hidden to protect it look alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from math import log2
from typing import Final

#: The smallest count of persons that may be shown (0 may: it tells of nobody).
LIMIT: Final = 5


class Shown:
    """What may be shown: a count by its name, ``None`` where it is hidden."""

    def __init__(self, values: Mapping[str, int], hidden: frozenset[str], unshown: Set[str]) -> None:
        self._values = values
        self._hidden = hidden
        self._unshown = unshown

    def __getitem__(self, name: str) -> int | None:
        return None if name in self._hidden else self._values[name]

    @property
    def number_hidden(self) -> int:
        """How many cells are hidden of those that would be shown."""
        return len(self._hidden - self._unshown)


class Cells:
    """The counts of a summary and what adds up to what."""

    def __init__(self) -> None:
        self._values: dict[str, int] = {}
        self._small: set[str] = set()
        self._unshown: set[str] = set()
        self._kept: set[str] = set()
        self._sums: list[tuple[str, tuple[str, ...]]] = []

    def add(
        self, name: str, value: int, *, persons: int | None = None, shown: bool = True, keep: bool = False
    ) -> str:
        """Add a count and return its name; ``persons``: how many are behind it, where it counts other things.

        A count that is not ``shown`` stands in sums only; one to ``keep`` is hidden for others last. One name
        has one value: to add it again with another is an error, and so is a negative one.
        """
        if value < 0:
            raise ValueError(f"the cell {name} is {value}")
        known = self._values.setdefault(name, value)
        if known != value:
            raise ValueError(f"the cell {name} is {known} and {value}")
        if 0 < (value if persons is None else persons) < LIMIT:
            self._small.add(name)
        if not shown:
            self._unshown.add(name)
        if keep:
            self._kept.add(name)
        return name

    def total(self, total: str, parts: Iterable[str]) -> None:
        """Say that a total is the sum of its parts: they are all of it, and none is counted twice."""
        named = tuple(parts)
        found = sum(self._values[part] for part in named)
        if found != self._values[total]:
            raise ValueError(f"the parts of {total} add up to {found}, not {self._values[total]}")
        self._sums.append((total, named))

    def alike(self, one: str, other: str) -> None:
        """Say that two counts are known to be the same, where both are there and are."""
        if one in self._values and self._values[one] == self._values.get(other):
            self.total(one, [other])

    def protect(self) -> Shown:
        """Hide what is small and what would give it away."""
        hiding = _Hiding(self._values, self._small, self._unshown, self._kept, self._sums)
        return Shown(self._values, hiding.run(), self._unshown)


class _Hiding:
    """Hides what must be, until each small cell could as well be one that may be shown."""

    def __init__(
        self,
        values: Mapping[str, int],
        small: set[str],
        unshown: set[str],
        kept: set[str],
        sums: list[tuple[str, tuple[str, ...]]],
    ) -> None:
        self.values = values
        self.small = {name for name in small if values[name]}
        self.unshown = unshown
        self.kept = kept
        self.signs = [{total: -1, **dict.fromkeys(parts, 1)} for total, parts in sums]
        self.totals = {total for total, _ in sums}
        self.of: dict[str, list[int]] = {name: [] for name in values}
        for place, signs in enumerate(self.signs):
            for name in signs:
                self.of[name].append(place)
        self.hidden = self.small | unshown

    def run(self) -> frozenset[str]:
        """Return the names of what is hidden."""
        safe: set[str] = set()
        for name in sorted(self.small, key=lambda n: (self.values[n], n)):
            if name in safe:
                continue
            other = self._other_population(name)
            self.hidden |= {n for n, value in other.items() if value != self.values[n]}
            safe |= {n for n in self.small & other.keys() if other[n] >= self._enough(n)}
        return frozenset(self.hidden)

    def _enough(self, name: str) -> int:
        """What a small cell must be able to be: a count that may be shown, and another one than it is."""
        return max(LIMIT, self.values[name] + 1)

    def _other_population(self, name: str) -> dict[str, int]:
        """Return counts that add up, with enough in this cell, changing as little as can be of what is shown.

        Looked for near the cell first, and among what is not to be kept; then farther, then everywhere.
        """
        for steps, keep in ((2, True), (4, True), (8, True), (len(self.signs) + 1, False)):
            found = self._search(name, self._near(name, steps, keep))
            if found is not None:
                return found
        raise ValueError(f"the sums around {name} do not hold")

    def _near(self, name: str, steps: int, keep: bool) -> list[str]:
        """Return the cells that may change: so many sums away, not zero where zero is shown."""
        near, edge = {name}, [name]
        for _ in range(steps):
            around = {other for each in edge for place in self.of[each] for other in self.signs[place]}
            edge = [n for n in around - near if self._may_change(n, keep)]
            near.update(edge)
            if not edge:
                break
        return sorted(near)

    def _may_change(self, name: str, keep: bool) -> bool:
        if name in self.hidden:
            return True
        return self.values[name] > 0 and not (keep and name in self.kept)

    def _search(self, name: str, near: list[str]) -> dict[str, int] | None:
        """Solve for the cheapest change: columns are the cells, then the rise and fall of the shown ones."""
        import numpy
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import coo_array

        column = {each: place for place, each in enumerate(near)}
        shown = [each for each in near if each not in self.hidden]
        sums = sorted({place for each in near for place in self.of[each]})
        entries: list[tuple[int, int, int]] = []
        known = [0] * len(sums)
        for row, place in enumerate(sums):
            for each, sign in self.signs[place].items():
                if each in column:
                    entries.append((row, column[each], sign))
                else:
                    known[row] -= sign * self.values[each]
        for place, each in enumerate(shown):
            row = len(sums) + place
            rise = len(near) + 2 * place
            entries += [(row, column[each], 1), (row, rise, -1), (row, rise + 1, 1)]
            known.append(self.values[each])
        width = len(near) + 2 * len(shown)
        low = [0.0 if each in self.unshown else 1.0 for each in near] + [0.0] * (2 * len(shown))
        low[column[name]] = self._enough(name)
        cost = [0.0] * len(near) + [cost for each in shown for cost in (self._cost(each),) * 2]
        constraints = []
        if known:
            rows, columns, signs = zip(*entries, strict=True)
            matrix = coo_array((signs, (rows, columns)), shape=(len(known), width)).tocsr()
            constraints = [LinearConstraint(matrix, known, known)]
        for whole in (0, 1):
            found = milp(
                cost,
                integrality=numpy.full(width, whole),
                bounds=Bounds(low, numpy.inf),
                constraints=constraints,
            )
            if found.x is None:
                return None
            counts = numpy.round(found.x[: len(near)])
            if numpy.allclose(found.x[: len(near)], counts, atol=1e-6):
                return {each: int(count) for each, count in zip(near, counts, strict=True)}
        return None

    def _cost(self, name: str) -> float:
        """What it costs to hide a cell: more for large ones, for totals, and most for those to keep."""
        cost = log2(1 + self.values[name])
        return cost * (100 if name in self.kept else 4 if name in self.totals else 1)
