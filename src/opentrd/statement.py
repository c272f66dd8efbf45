"""A statement: everything that is shown is data first; words are made at the end.

``key`` names a message of ``present/words``; ``params`` are its values (days as proleptic Gregorian
ordinals, codes as keys, numbers as numbers); ``sources`` are record rows; ``citations`` are knowledge
rows (``table:key``); ``searched`` says what was looked for where something is absent.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

Param: TypeAlias = "str | int | float | tuple[str, ...] | None"


class Statement(msgspec.Struct, frozen=True, gc=False):
    """One thing said, with its basis."""

    key: str
    params: dict[str, Param] = {}
    sources: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()


class Standing(Statement, frozen=True, gc=False):
    """A statement of the tables alone, made once for all persons: what is made of it may be kept, too."""
