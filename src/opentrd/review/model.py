"""What the review hands on: lines of the checklist, cautions, options.

Everything shown is a statement with its basis.
"""

from __future__ import annotations

import msgspec

from opentrd.kleene import Tri
from opentrd.statement import Statement


class ReviewLine(msgspec.Struct, kw_only=True, gc=False):
    """One thing a specialist looks at.

    ``finding``: ``present``, ``absent`` or ``unknown``; ``ask`` where asking helps.
    """

    check: str
    domain: str
    finding: str
    why: tuple[Statement, ...]
    ask: Statement | None
    sources: tuple[str, ...]
    searched: tuple[str, ...]
    citation: str


class Caution(msgspec.Struct, kw_only=True, gc=False):
    """A reason for care with one option (or one medicine of it).

    ``severity``: ``avoid``, ``caution`` or ``monitor``. ``applies``: yes, or unknown where the record does
    not say what decides it (then ``ask`` holds the question). ``until`` is the first day on which a wash-out
    is over.
    """

    caution: str
    option: str
    medicine: str | None
    severity: str
    applies: Tri
    until: int | None
    statement: Statement
    ask: Statement | None
    citations: tuple[str, ...]


class Option(msgspec.Struct, kw_only=True, gc=False):
    """A next step.

    ``fit``: ``suggested``, ``possible``, ``caution``, ``avoid`` or ``later``; ``placed_by`` names the row of
    ``option_order`` that gave it its place; ``medicines`` are the ones meant, best first.
    """

    option: str
    category: str
    fit: str
    rank: int
    placed_by: str
    medicines: tuple[str, ...]
    why: tuple[Statement, ...]
    cautions: tuple[Caution, ...]
    evidence: tuple[Statement, ...]
    citations: tuple[str, ...]
