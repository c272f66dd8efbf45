"""What a check of a source found, in words."""

from __future__ import annotations

from opentrd.cohort.sources.model import Finding
from opentrd.present.words import Words


def place_of(finding: Finding, words: Words) -> str:
    """Return where something was found: table and column, or a part of the source in words."""
    return words.find(f"source_place.{finding.place}") or finding.place


def what_of(finding: Finding, words: Words) -> str:
    """Return what was found."""
    return words.text(finding.what, **finding.params)


def meaning_of(finding: Finding, words: Words) -> str:
    """Return what follows from it for the answer."""
    return words.text(finding.means, **finding.params)
