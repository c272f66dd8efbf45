"""What the trigger of a row of the table ``caution`` names, read once."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from opentrd.knowledge.medicines import NOTHING
from opentrd.knowledge.systems import code_key


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """A trigger: all that is wanted, and of it names, beginnings of codes and words; what is not meant."""

    tokens: tuple[str, ...]
    names: frozenset[str]
    codes: tuple[str, ...]
    texts: tuple[str, ...]
    without: frozenset[str]


@lru_cache(maxsize=1024)
def wanted_by(trigger: str | None) -> Wanted:
    """Return what the trigger of a row of the table ``caution`` says."""
    said = [token.strip() for token in (trigger or "").split(";") if token.strip()]
    tokens = tuple(token for token in said if not token.startswith(NOTHING))
    return Wanted(
        tokens,
        frozenset(tokens),
        tuple(code_key("ICD-10", token[4:]) for token in tokens if token.startswith("icd:")),
        tuple(token[5:] for token in tokens if token.startswith("text:")),
        frozenset(token[1:] for token in said if token.startswith(NOTHING)),
    )
