"""Which measured values the cautions of the options wait for: rows of the table ``caution`` that ask."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from opentrd.knowledge.schema import CautionRow
from opentrd.rules.told import CAUTION_ASK

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

#: Ids of answers that hold a value: this and the concept of the table ``observation``.
VALUE: Final = "value:"
_MEASURED: Final = "observation"


@lru_cache(maxsize=8)
def _by_topic(knowledge: Knowledge) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for row in knowledge.table("caution").values():
        if isinstance(row, CautionRow) and row.kind == _MEASURED and row.ask and row.trigger:
            found.setdefault(row.ask.removeprefix(CAUTION_ASK), {})[row.trigger] = None
    return {topic: tuple(concepts) for topic, concepts in found.items()}


def measured(topic: str, knowledge: Knowledge) -> tuple[str, ...]:
    """Return the concepts whose values answer the question ``caution.ask.`` and a topic; none for others."""
    return _by_topic(knowledge).get(topic, ())


def askable(knowledge: Knowledge) -> tuple[str, ...]:
    """Return all concepts whose values are asked for."""
    return tuple(dict.fromkeys(each for concepts in _by_topic(knowledge).values() for each in concepts))


def unit_of(concept: str, knowledge: Knowledge) -> str:
    """Return the unit in which a value is asked for: the first of the table ``observation``."""
    units = getattr(knowledge.table("observation")[concept], "units", None) or ""
    return str(units).split(";")[0]
