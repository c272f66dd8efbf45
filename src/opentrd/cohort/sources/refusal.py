"""A source that cannot be used is refused with everything that its check found, not with the first of it."""

from __future__ import annotations

from collections.abc import Iterable

from opentrd.cohort.sources.model import Finding
from opentrd.errors import InputError, SeveralInputsError


def refuse(source: str, findings: Iterable[Finding]) -> None:
    """Raise all errors among the findings of a source at once; do nothing where there is none."""
    errors = tuple(
        InputError(source, finding.place, _with_rows(finding), finding.means)
        for finding in findings
        if finding.level == "error"
    )
    if errors:
        raise SeveralInputsError(errors)


def _with_rows(finding: Finding) -> str:
    return finding.what if finding.rows is None else f"{finding.what} ({finding.rows:,} rows)"
