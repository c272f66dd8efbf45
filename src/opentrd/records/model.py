"""The record: what every reader produces and every rule reads.

Days are integers (``datetime.date.toordinal``), calendar days without a time zone. Intervals are
half-open: an end is the first day without. Every date has an earliest and a latest day, equal when the
date is known; ``None`` for both means unknown. Unknown is ``None`` (or ``UNKNOWN`` for yes or no), never
zero and never today. Every row names the person and the record lines that it was made of. Write the fields by
name; only ``records/tables/rows.py`` makes rows by position, a whole column at a time.
"""

from __future__ import annotations

import msgspec

from opentrd.kleene import UNKNOWN, Tri

KINDS = ("medicine", "psychotherapy", "stimulation", "lifestyle", "comedication")
ORIGINS = ("administration", "dispense", "statement", "order", "self_report")
RESPONSES = ("none", "little", "lot", "well")
STOP_REASONS = ("no_effect", "lost_effect", "adverse", "recovered", "cost", "pregnancy", "wish", "other")


class Person(msgspec.Struct, gc=False):
    """The person: birth and death, sex, and the time that the record covers.

    Outside ``observed_start``..``observed_end`` (the first day after) absence of data is not absence of
    treatment. ``name`` is shown to the reader of a report and used for nothing else.
    """

    person_id: str
    name: str | None = None
    source_ids: tuple[str, ...] = ()
    birth_earliest: int | None = None
    birth_latest: int | None = None
    sex: str | None = None
    death_earliest: int | None = None
    death_latest: int | None = None
    observed_start: int | None = None
    observed_end: int | None = None


class Exposure(msgspec.Struct, gc=False):
    """One line that tells of a treatment: an order, a dispense, an administration, a statement, a session.

    ``treatment`` is a key of the table ``treatment``, or ``None`` where the product is none of them (such a
    row is kept for interactions, by its text and codes). ``dose_*`` is per day in ``dose_unit`` (``mg/d``,
    ``mcg/d``) or per session (``mg/session``). ``taken_*`` is the share taken, 0 to 1. ``order_id`` is
    the order under which a dispense or administration was made. ``doubt`` names the other treatment where
    code and name disagree. ``status`` is ``active``, ``completed``, ``stopped``, ``on_hold``, ``intended``
    or ``unknown``; rows that never happened (entered in error, cancelled, not taken before it began) do not
    become exposures. ``collected`` is ``NO`` for a supply known not to have been collected.
    """

    person_id: str
    source_ids: tuple[str, ...]
    treatment: str | None
    kind: str
    origin: str
    product_text: str | None = None
    codes: tuple[tuple[str, str], ...] = ()
    formulation: str | None = None
    route: str | None = None
    strength: float | None = None
    strength_unit: str | None = None
    start_earliest: int | None = None
    start_latest: int | None = None
    end_earliest: int | None = None
    end_latest: int | None = None
    ongoing: Tri = UNKNOWN
    dose_low: float | None = None
    dose_high: float | None = None
    dose_unit: str | None = None
    supply_days: int | None = None
    sessions_low: int | None = None
    sessions_high: int | None = None
    session_detail: str | None = None
    taken_low: float | None = None
    taken_high: float | None = None
    collected: Tri = UNKNOWN
    reported_response: str | None = None
    stop_reasons: tuple[str, ...] = ()
    indication: str | None = None
    status: str = "unknown"
    order_id: str | None = None
    doubt: str | None = None


class Score(msgspec.Struct, gc=False):
    """A rating on a scale of the table ``scale``; ``items`` are the answers where known, by item number."""

    person_id: str
    source_ids: tuple[str, ...]
    scale: str
    day_earliest: int
    day_latest: int
    value: float | None
    items: dict[int, int] = {}
    suicide_item: int | None = None


class Condition(msgspec.Struct, gc=False):
    """A diagnosis or problem of the person, or of a family member where ``family_member`` says so.

    ``concept`` is a key of the table ``condition`` or ``None`` (kept by text and codes). ``verification`` is
    ``confirmed``, ``provisional``, ``differential``, ``unconfirmed`` or ``unknown``; refuted ones and errors
    do not become rows. ``severity`` is ``mild``, ``moderate``, ``severe`` or ``None``.
    """

    person_id: str
    source_ids: tuple[str, ...]
    concept: str | None
    text: str | None = None
    codes: tuple[tuple[str, str], ...] = ()
    onset_earliest: int | None = None
    onset_latest: int | None = None
    end_earliest: int | None = None
    end_latest: int | None = None
    clinical_status: str = "unknown"
    verification: str = "unknown"
    severity: str | None = None
    family_member: str | None = None


class Observation(msgspec.Struct, gc=False):
    """A laboratory value, vital sign, genotype, pregnancy, allergy, device or life factor."""

    person_id: str
    source_ids: tuple[str, ...]
    concept: str | None
    kind: str
    day_earliest: int | None = None
    day_latest: int | None = None
    end_earliest: int | None = None
    end_latest: int | None = None
    value: float | None = None
    value_text: str | None = None
    value_code: str | None = None
    comparator: str | None = None
    unit: str | None = None
    codes: tuple[tuple[str, str], ...] = ()
    range_low: float | None = None
    range_high: float | None = None
    negated: Tri = UNKNOWN
    substance: str | None = None


class Unused(msgspec.Struct, frozen=True, gc=False):
    """A line that was read and not used; ``reason`` is a key of ``records/reasons.py``."""

    source_id: str
    resource: str
    reason: str
    detail: str = ""


class Record(msgspec.Struct, kw_only=True, gc=False):
    """All rows of one person. ``len(read) == len(used) + len(unused)`` holds for every reader."""

    person: Person
    exposures: list[Exposure] = []
    scores: list[Score] = []
    conditions: list[Condition] = []
    observations: list[Observation] = []
    used: list[str] = []
    unused: list[Unused] = []

    @property
    def read(self) -> int:
        """The number of lines read for this person."""
        return len(self.used) + len(self.unused)
