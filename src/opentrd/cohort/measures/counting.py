"""How many persons are in each population of each measure, and what of it may be shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from opentrd.cohort.measures.measures import populations
from opentrd.cohort.measures.model import DENOMINATOR, EXCEPTION, EXCLUSION, INITIAL, NUMERATOR, Judged
from opentrd.cohort.summing.small_cells import Cells

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge
    from opentrd.knowledge.schema import MeasurePopulation

#: Who counts for a rate: the denominator without those excluded or excepted.
ELIGIBLE: Final = "eligible"


class Rate(msgspec.Struct, frozen=True):
    """One rate of a measure: how many persons are in each population; ``None`` for a hidden count.

    ``group`` is its number in the measure, ``group_id`` the measure's own id of it.
    ``eligible`` are those who count for the rate, ``share`` how many of them are in the numerator (0 to 1).
    """

    group: int
    group_id: str
    populations: dict[str, int | None]
    eligible: int | None
    share: float | None


class Counts:
    """Adds up judged persons."""

    def __init__(self, knowledge: Knowledge, measures: Sequence[str]) -> None:
        self.measures = tuple(measures)
        self.persons = 0
        self._rows = {measure: _rows(knowledge, measure) for measure in measures}
        self._counts: Counter[tuple[str, int, str]] = Counter()

    def add(self, judged: Iterable[Judged]) -> None:
        """Add one person, judged under each measure."""
        self.persons += 1
        for each in judged:
            for group, met in enumerate(each.groups, start=1):
                for population, is_in in populations(met).items():
                    self._counts[each.measure, group, population] += is_in

    def rates(self, measure: str, *, hide: bool) -> list[Rate]:
        """Return the rates of a measure; ``hide`` small counts and those that would give them away."""
        shown = self._protected() if hide else {}
        out = []
        for group, rows in self._rows[measure].items():
            exact = self._exact(measure, group)
            seen = {
                name: shown.get((measure, group, name), count) if hide else count
                for name, count in exact.items()
            }
            eligible, numerator = seen[ELIGIBLE], seen[NUMERATOR]
            share = numerator / eligible if eligible and numerator is not None else None
            out.append(
                Rate(
                    group=group,
                    group_id=rows[0].group_id,
                    populations={row.population: seen[row.population] for row in rows},
                    eligible=eligible,
                    share=share,
                )
            )
        return out

    def shown_persons(self, *, hide: bool) -> int | None:
        """Return how many persons there are, ``None`` where that is hidden."""
        return self._protected().get(("", 0, "persons")) if hide else self.persons

    def _exact(self, measure: str, group: int) -> dict[str, int]:
        names = (INITIAL, DENOMINATOR, EXCLUSION, EXCEPTION, NUMERATOR)
        found = {name: self._counts[measure, group, name] for name in names}
        found[ELIGIBLE] = found[DENOMINATOR] - found[EXCLUSION] - found[EXCEPTION]
        return found

    def _protected(self) -> dict[tuple[str, int, str], int | None]:
        """Return all counts that are shown, by measure, group and population."""
        cells = Cells()
        everybody = cells.add("persons", self.persons)
        names = {("", 0, "persons"): everybody}
        for measure in self.measures:
            for group in self._rows[measure]:
                exact = self._exact(measure, group)
                here = {key: cells.add(_name(measure, group, key), count) for key, count in exact.items()}
                rest = cells.add(f"{measure}/{group}/rest", exact[ELIGIBLE] - exact[NUMERATOR], shown=False)
                outside = cells.add(f"{measure}/outside", self.persons - exact[INITIAL], shown=False)
                cells.total(everybody, [here[INITIAL], outside])
                cells.total(here[DENOMINATOR], [here[EXCLUSION], here[EXCEPTION], here[ELIGIBLE]])
                cells.total(here[ELIGIBLE], [here[NUMERATOR], rest])
                names |= {(measure, group, key): name for key, name in here.items()}
        shown = cells.protect()
        return {key: shown[name] for key, name in names.items()}


def _name(measure: str, group: int, key: str) -> str:
    """Return the name of a count. One that is the same by definition has the same name.

    Everybody in the initial population is in the denominator, and the rates of a measure differ in the
    numerator alone.
    """
    if key == NUMERATOR:
        return f"{measure}/{group}/{key}"
    return f"{measure}/{INITIAL if key == DENOMINATOR else key}"


def _rows(knowledge: Knowledge, measure: str) -> dict[int, list[MeasurePopulation]]:
    """Return the populations of a measure by group, in its order."""
    out: dict[int, list[MeasurePopulation]] = {}
    for row in knowledge.measure_populations.values():
        if row.measure == measure:
            out.setdefault(row.group, []).append(row)
    return out
