"""The table of care gaps: what a population is looked through for."""

from __future__ import annotations

from opentrd.knowledge.schema.base import Row


class CareGap(Row, kw_only=True, frozen=True):
    """A gap in care. Key: ``gap``. The rule of that name is in ``cohort/summing/gaps.py``.

    ``days``: how long something must have been missing or gone on; ``recent_days``: how recent a score or a
    line must be to speak of now. ``severity``: levels of ``scale_band`` from which a score is high.
    ``protected_by``: treatments, or ``class:`` and a class of treatment, whose presence closes the gap.
    Several are separated by ``;``. ``meaning`` says the gap in words, ``ask`` what to look at.
    """

    gap: str
    order: int
    name: str
    meaning: str
    ask: str
    days: int | None = None
    recent_days: int | None = None
    severity: str | None = None
    protected_by: str | None = None
    remark: str | None = None
