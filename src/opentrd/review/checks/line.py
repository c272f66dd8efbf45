"""Evidence for a check, and the line that it makes.

``finding`` is about what the check looks for: present where something speaks for it, absent where something
speaks against it, unknown where nothing does or where it is only suspected. Silence of a record is unknown.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from opentrd.knowledge.schema import Check
from opentrd.review.model import ReviewLine
from opentrd.statement import Param, Standing, Statement

PRESENT = "present"
ABSENT = "absent"
UNKNOWN_ = "unknown"


class Evidence(msgspec.Struct):
    """What was found for a check, by what it says, and where was looked."""

    present: list[Statement] = []
    absent: list[Statement] = []
    suspected: list[Statement] = []
    aside: list[Statement] = []
    searched: list[str] = []

    @property
    def finding(self) -> str:
        """What the evidence comes to."""
        if self.present:
            return PRESENT
        if self.suspected:
            return UNKNOWN_
        return ABSENT if self.absent else UNKNOWN_


def line_of(check: Check, evidence: Evidence, params: dict[str, Param] | None = None) -> ReviewLine:
    """Make the line of a check; where nothing was found it says what was searched and what to ask."""
    finding = evidence.finding
    searched = tuple(dict.fromkeys(evidence.searched))
    why = (*evidence.present, *evidence.suspected, *evidence.absent, *evidence.aside)
    citation = f"review:{check.check}"
    if not any(said.sources for said in why):
        why = (_nothing_found(check.check, searched), *why)
    asked: Statement | None = None
    if finding == UNKNOWN_:
        key = f"review.ask.{check.check}"
        asked = Statement(key, params, (), (citation,), searched) if params else _ask(key, citation, searched)
    return ReviewLine(
        check=check.check,
        domain=check.domain,
        finding=finding,
        why=why,
        ask=asked,
        sources=tuple(dict.fromkeys(source for said in why for source in said.sources)),
        searched=searched,
        citation=citation,
    )


@lru_cache(maxsize=1024)
def _nothing_found(check: str, searched: tuple[str, ...]) -> Standing:
    return Standing("review.nothing_found", {"check": check}, (), (f"review:{check}",), searched)


@lru_cache(maxsize=1024)
def _ask(key: str, citation: str, searched: tuple[str, ...]) -> Standing:
    return Standing(key, {}, (), (citation,), searched)


@lru_cache(maxsize=4096)
def cells(text: str | None) -> tuple[str, ...]:
    """Return the keys of a cell that holds several."""
    return tuple(part.strip() for part in (text or "").split(";") if part.strip())
