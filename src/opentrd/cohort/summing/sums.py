"""The sums of a population as they may be shown: every count here has been through ``small_cells``.

A count that is ``None`` is hidden: it is from 1 to 4, or would give such a one away.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

Count: TypeAlias = "int | None"


class _Sum(msgspec.Struct, kw_only=True):
    """What all sums are: plain rows, by name."""


class Part(_Sum):
    """One part of a whole: its key and its count."""

    key: str
    count: Count


class Size(_Sum):
    """How many persons meet a definition, for certain and possibly (``undetermined`` between the two)."""

    definition: str
    name: str
    headline: bool
    certain: Count
    undetermined: Count
    possible: Count


class Attrition(_Sum):
    """The steps to a definition: how many were left after each, and how many were lost in it."""

    definition: str
    left: list[Part]
    lost: list[Part]


class Pattern(_Sum):
    """Persons who meet exactly these of the compared definitions."""

    definitions: tuple[str, ...]
    persons: Count


class Overlap(_Sum):
    """Which definitions agree: the commonest patterns, and all others together."""

    definitions: tuple[str, ...]
    patterns: list[Pattern]
    others: Count
    none: Count


class Waiting(_Sum):
    """The time from the first treatment of an episode until a definition was met; days, in bands."""

    definition: str
    persons: Count
    bands: list[Part]
    quartiles: tuple[float, float, float] | None


class Edge(_Sum):
    """Persons who went from one category in line ``line`` to another in the next, or to an end."""

    line: int
    source: str
    target: str
    persons: Count


class Flow(_Sum):
    """Lines of treatment: persons by line and category, and where they went.

    ``ends``: for each line how many ended after it, and how; ``on``: how many went on to another treatment.
    """

    persons: Count
    nodes: list[list[Part]]
    edges: list[Edge]
    ends: list[list[Part]]
    on: list[Count]


class Adequacy(_Sum):
    """What became of the trials of one treatment."""

    treatment: str
    trials: Count
    parts: list[Part]


class Stages(_Sum):
    """How the persons to whom a staging model applies spread over its bands."""

    model: str
    persons: Count
    bands: list[Part]


class Following(_Sum):
    """What came first after a definition was met: by kind, and within how long."""

    definition: str
    persons: Count
    kinds: list[Part]
    within: dict[str, list[Part]]


class GapCount(_Sum):
    """A care gap: found, possible, not there. ``blind``: the source holds nothing that could show it."""

    gap: str
    yes: Count
    unknown: Count
    no: Count
    blind: bool


class Missing(_Sum):
    """A fact of trials: in how many it is known and unknown, and whom it keeps undetermined."""

    fact: str
    known: Count
    unknown: Count
    undetermined: Count


class Example(_Sum):
    """A trial of somebody, without who or when: from which week on, for how many, and how two rules see it.

    ``inside``, ``outside``: whether it counts (``None``: cannot be told, or the rule judges no trials);
    ``why``: the key of what keeps it out of the definition that leaves the person out.
    """

    treatment: str
    week: int
    weeks: int
    inside: bool | None
    outside: bool | None
    why: str | None


class Difference(_Sum):
    """Persons who are in one definition and not in another, and what kept them out.

    ``verdicts``: what the other definition says of them; ``reasons``: keys of its reasons, with the persons
    of whom each was told; ``example``: the trials of one of them, none where the group is small.
    """

    inside: str
    outside: str
    persons: Count
    verdicts: list[Part]
    reasons: list[Part]
    example: list[Example]


class Pair(_Sum):
    """Two definitions side by side. ``parameters``: name, value in the first, value in the second."""

    first: str
    second: str
    both: Count
    neither: Count
    parameters: list[tuple[str, str, str]]
    differences: list[Difference]


class Sums(_Sum):
    """All sums of a folder of results. ``main`` is the definition that speaks for the report.

    What is made of trials, from ``waiting`` to ``missing``, is empty in a run for verdicts alone.
    """

    limit: int
    hidden: int
    as_of: str
    main: str
    persons: Count
    depressive: Count
    adult: Count
    treated: Count
    sizes: list[Size]
    attrition: list[Attrition]
    overlap: Overlap | None
    pairs: list[Pair]
    waiting: list[Waiting] = []
    flow: Flow | None = None
    adequacy: list[Adequacy] = []
    staging: list[Stages] = []
    following: Following | None = None
    gaps: list[GapCount] = []
    missing: list[Missing] = []
