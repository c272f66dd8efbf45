"""What a person takes and took, comedications too: one row a treatment, does it go on, its last day.

The rules' trials decide where there are some (they carry refills over and close open ends); other medicines
are read from their lines. An end that nobody wrote down is no end: such a medicine may still be taken.
"""

from __future__ import annotations

import msgspec

from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_or
from opentrd.records.model import Exposure
from opentrd.rules.model import Trial
from opentrd.rules.rulebook import RuleBook


class Taking(msgspec.Struct, frozen=True):
    """One treatment over all its lines. ``treatment`` is ``None`` for a product that is no row of the table.

    ``now``: it is taken on the day of the review. ``last_earliest``..``last_latest``: the last day with it
    (the day of the review while it goes on or may). ``dose_low``/``dose_high``: the latest known dose a day.
    """

    treatment: str | None
    text: str
    kind: str
    codes: tuple[tuple[str, str], ...]
    first: int | None
    last_earliest: int
    last_latest: int
    now: Tri
    dose_low: float | None
    dose_high: float | None
    dose_unit: str | None
    route: str | None
    sources: tuple[str, ...]

    @property
    def name(self) -> str:
        """The key of the treatment, or the words of the product."""
        return self.treatment or self.text


def find_takings(
    exposures: list[Exposure], trials: list[Trial], book: RuleBook, as_of: int
) -> tuple[Taking, ...]:
    """Return every treatment once, by its first day and name."""
    lines: dict[str, list[Exposure]] = {}
    for row in exposures:
        if row.status == "intended" or (row.start_earliest is not None and row.start_earliest > as_of):
            continue
        lines.setdefault(_identity(row), []).append(row)
    eras: dict[str, list[Trial]] = {}
    for trial in trials:
        eras.setdefault(trial.treatment, []).append(trial)
    gap = book.conventions.era_gap_days
    found = []
    for rows in lines.values():
        treatment = rows[0].treatment
        own = eras.get(treatment, []) if treatment is not None else []
        spans = [_of_trial(t, as_of, gap) for t in own] or [_of_line(row, as_of, gap) for row in rows]
        found.append(_taking(rows, spans, as_of))
    return tuple(sorted(found, key=lambda t: (t.first if t.first is not None else 0, t.name)))


def _identity(row: Exposure) -> str:
    if row.treatment is not None:
        return row.treatment
    if row.product_text:
        return "text:" + row.product_text.casefold().strip()
    return "code:" + "/".join(code for _, code in row.codes[:1])


class _Span(msgspec.Struct):
    """First day, last day (earliest and latest) and whether it goes on."""

    first: int | None
    last_earliest: int
    last_latest: int
    now: Tri


def _of_trial(trial: Trial, as_of: int, gap: int) -> _Span:
    """A trial's time; an era that reaches the day of the review goes on unless the record ends it."""
    era = trial.era
    now: Tri
    if era.ongoing == YES or (era.end > as_of and era.ongoing != NO):
        now = YES if era.ongoing == YES or not era.open_end else UNKNOWN
    elif era.ongoing == UNKNOWN and era.end + gap > as_of:
        now = UNKNOWN
    else:
        now = NO
    last_earliest, last_latest = min(era.end_earliest - 1, as_of), min(era.end_latest - 1, as_of)
    return _Span(
        trial.start, as_of if now == YES else last_earliest, as_of if now != NO else last_latest, now
    )


def _of_line(row: Exposure, as_of: int, gap: int) -> _Span:
    """A line's time; a supply that ran out within the allowed gap may still be taken."""
    start = row.start_latest if row.start_latest is not None else row.start_earliest
    low, high = row.end_earliest, row.end_latest
    if low is None and high is None and start is not None:
        if row.supply_days is not None:
            low, high = start + row.supply_days, start + row.supply_days
        elif row.origin == "administration":
            low, high = start + 1, start + 1
    now: Tri = UNKNOWN
    if row.ongoing == YES or (low is not None and low > as_of):
        now = YES
    elif row.ongoing == NO or row.status in ("completed", "stopped"):
        now = NO
    elif high is not None and high <= as_of:
        stated = row.end_latest is not None or row.origin == "administration"
        now = NO if stated or high + gap <= as_of else UNKNOWN
    elif row.status == "active":
        now = YES
    last_latest = as_of if high is None or now != NO else min(high - 1, as_of)
    known = low if low is not None else start
    last_earliest = (
        as_of if now == YES or known is None else min(max(known - 1, start or known - 1), last_latest)
    )
    return _Span(row.start_earliest, last_earliest, last_latest, now)


def _taking(rows: list[Exposure], spans: list[_Span], as_of: int) -> Taking:
    now: Tri = NO
    for span in spans:
        now = tri_or(now, span.now)
    rows = sorted(rows, key=lambda r: (r.start_latest or 0, r.source_ids))
    latest = next((r for r in reversed(rows) if r.dose_high is not None), rows[-1])
    firsts = [span.first for span in spans if span.first is not None]
    return Taking(
        treatment=rows[-1].treatment,
        text=next((r.product_text for r in reversed(rows) if r.product_text), rows[-1].treatment or ""),
        kind=rows[-1].kind,
        codes=tuple(dict.fromkeys(code for r in rows for code in r.codes)),
        first=min(firsts, default=None),
        last_earliest=max(span.last_earliest for span in spans),
        last_latest=max(span.last_latest for span in spans) if now == NO else as_of,
        now=now,
        dose_low=latest.dose_low,
        dose_high=latest.dose_high,
        dose_unit=latest.dose_unit,
        route=next((r.route for r in reversed(rows) if r.route), None),
        sources=tuple(dict.fromkeys(source for r in rows for source in r.source_ids)),
    )
