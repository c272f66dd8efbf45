"""A source that cannot be used is refused with everything that its check found, not with the first of it."""

from __future__ import annotations

from collections.abc import Iterable

from opentrd.cohort.sources.findings import meaning_of, place_of, what_of
from opentrd.cohort.sources.model import Finding
from opentrd.errors import InputError, SeveralInputsError
from opentrd.knowledge.loader import Knowledge
from opentrd.present.words import Words


def refuse(source: str, findings: Iterable[Finding], knowledge: Knowledge) -> None:
    """Raise all errors among the findings of a source at once; do nothing where there is none."""
    words = Words("en", "clinician", knowledge)
    errors = tuple(
        InputError(source, place_of(finding, words), _with_rows(finding, words), meaning_of(finding, words))
        for finding in findings
        if finding.level == "error"
    )
    if errors:
        raise SeveralInputsError(errors)


def _with_rows(finding: Finding, words: Words) -> str:
    text = what_of(finding, words)
    return text if finding.rows is None else f"{text} ({finding.rows:,} rows)"
