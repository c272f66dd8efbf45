"""The numbers of a simulation: the table ``simulation`` for a quality of the record and its switches."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

QUALITIES = ("low", "middle", "high")


@dataclass(frozen=True)
class Parameters:
    """The numbers by their keys. Plain data, so that it can be handed to other processes."""

    values: dict[str, float]
    groups: dict[str, dict[int, float]] = field(default_factory=dict, compare=False)

    def __getitem__(self, key: str) -> float:
        """Return a number."""
        return self.values[key]

    def whole(self, key: str) -> int:
        """Return a whole number."""
        return int(self.values[key])

    def group(self, prefix: str) -> dict[int, float]:
        """Return the numbers whose keys are a prefix and a whole number, by that number, in its order."""
        if prefix not in self.groups:
            found = {
                int(key.removeprefix(prefix)): value
                for key, value in self.values.items()
                if key.startswith(prefix) and key.removeprefix(prefix).isdigit()
            }
            self.groups[prefix] = dict(sorted(found.items()))
        return self.groups[prefix]


def switches(knowledge: Knowledge) -> tuple[str, ...]:
    """Return what a record can do to the truth, by name."""
    return tuple(sorted({row.switch for row in knowledge.simulation.values() if row.switch}))


def parameters(
    knowledge: Knowledge, quality: str, off: Collection[str] = (), weeks: int | None = None
) -> Parameters:
    """Return the numbers of a quality; switches in ``off`` do nothing; ``weeks``: another length of time."""
    values = {
        key: row.off
        if row.switch in off and row.off is not None
        else float(getattr(row, f"{quality}_quality"))
        for key, row in knowledge.simulation.items()
    }
    if weeks is not None:
        values["weeks"] = weeks
    return Parameters(values)
