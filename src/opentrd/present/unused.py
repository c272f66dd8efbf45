"""Why a line was not used, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentrd.present.words.formats import clean
from opentrd.records.reasons import REASONS

if TYPE_CHECKING:
    from opentrd.present.words import Words


def unused_text(reason: str, detail: str, words: Words) -> str:
    """Return why a line was not used, in words."""
    text = words.find(f"unused.{reason}") or REASONS.get(reason) or reason.replace("_", " ")
    return f"{text} ({clean(detail)})" if detail else text
