"""Yes, no and unknown: Kleene's three-valued logic in three small functions.

The values are ordered small integers (``NO < UNKNOWN < YES``), so that "and" is the smaller,
"or" is the larger, and "not" mirrors. Source: Kleene, Introduction to Metamathematics (1952), section 64.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Tri: TypeAlias = Literal[0, 1, 2]

NO: Final = 0
UNKNOWN: Final = 1
YES: Final = 2


def tri_and(a: Tri, b: Tri) -> Tri:
    """Return ``YES`` when both are, ``NO`` when either is not, otherwise ``UNKNOWN``."""
    return a if a < b else b


def tri_or(a: Tri, b: Tri) -> Tri:
    """Return ``YES`` when either is, ``NO`` when neither is, otherwise ``UNKNOWN``."""
    return a if a > b else b


def tri_not(a: Tri) -> Tri:
    """Return the opposite; unknown stays unknown."""
    return YES if a == NO else NO if a == YES else UNKNOWN


def from_bool(value: bool | None) -> Tri:
    """Turn ``True``, ``False`` or ``None`` (as JSON has them) into a three-valued constant."""
    return UNKNOWN if value is None else YES if value else NO


def to_bool(value: Tri) -> bool | None:
    """Turn a three-valued constant into ``True``, ``False`` or ``None`` (unknown)."""
    return None if value == UNKNOWN else value == YES
