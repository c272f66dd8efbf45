"""Tables of the quality measures: what they are, their value sets and their numbers."""

from __future__ import annotations

from typing import Literal, TypeAlias

from opentrd.knowledge.schema.base import Row

Population: TypeAlias = Literal[
    "initial-population", "denominator", "denominator-exclusion", "denominator-exception", "numerator"
]


class Measure(Row, kw_only=True, frozen=True):
    """A quality measure. Key: ``measure``, its CMS number. ``url`` and ``version`` name it in a report."""

    measure: str
    name: str
    version: str
    url: str


class MeasurePopulation(Row, kw_only=True, frozen=True):
    """A population of a measure, in its order. Key: ``measure``, ``group``, ``population``.

    ``group`` numbers the rates of a measure from 1; ``group_id`` and ``population_id`` are the ids that the
    measure itself gives them.
    """

    measure: str
    group: int
    group_id: str
    population: Population
    population_id: str


class MeasureNumber(Row, kw_only=True, frozen=True):
    """A number in the text of a measure. Key: ``measure``, ``number``.

    ``CMD`` stands for the measures' common reckoning of supplies (cumulative medication duration).
    """

    measure: str
    number: str
    value: int
    unit: str
    remark: str | None = None


class ValueSet(Row, kw_only=True, frozen=True):
    """A list of codes that a measure names. Key: ``value_set``.

    ``url`` and ``version`` as published; empty for single codes that a measure names in its text.
    """

    value_set: str
    name: str
    url: str | None = None
    version: str | None = None


class ValueSetCode(Row, kw_only=True, frozen=True):
    """A code of a value set. Key: ``value_set``, ``system``, ``code``. Codes only, no descriptions."""

    value_set: str
    system: str
    code: str
