"""How much of a source tells a fact that definitions rest on."""

from __future__ import annotations

from opentrd.cohort.sources.model import ANSWER, Finding
from opentrd.knowledge.loader import Knowledge
from opentrd.statement import Param


def by_dose(knowledge: Knowledge) -> list[str]:
    """Return the definitions that ask for a dose."""
    definitions = knowledge.definitions.values()
    return [d.definition for d in definitions if d.policy.dose == "instrument" and d.reads == "judgements"]


def told_of(what: str, have: int, of: int, definitions: list[str], **more: Param) -> Finding:
    """Say how many of some lines tell a fact, and which definitions rest on it."""
    level, means = "note", "source_means.known"
    if have == 0:
        level, means = "warning", "source_means.unknown"
    elif have < of:
        means = "source_means.known_in_part"
    params = more | {"share": round(have / of, 2), "definitions": ", ".join(definitions) or None}
    return Finding(level=level, place=ANSWER, what=what, means=means, params=params, rows=have)
