"""Tables of what is shown beside the judging: figures, safety rules, contacts."""

from __future__ import annotations

from typing import Literal

from opentrd.knowledge.schema.base import Row, YesNo


class Figure(Row, kw_only=True, frozen=True):
    """A published figure. Key: ``figure``."""

    figure: str
    category: str
    item: str
    statement: str | None = None
    value: str
    range: str | None = None
    population: str | None = None
    year: int | None = None
    caution: str | None = None


class SafetyRule(Row, kw_only=True, frozen=True):
    """When help must stand on top.

    Key: ``rule``. ``within_days``: how recent a finding must be to be an alarm.

    ``trigger``: ``item`` (an answer of ``scale``, number ``item``, of ``at_least``), ``score`` (its total),
    ``condition`` (``concept`` recorded), ``treatment_start`` or ``note`` (told, not looked for). ``message``
    is the key of the sentence.
    """

    rule: str
    trigger: Literal["item", "score", "condition", "treatment_start", "note"]
    scale: str | None = None
    item: int | None = None
    at_least: float | None = None
    concept: str | None = None
    within_days: int | None = None
    level: Literal["crisis", "high", "moderate", "ask", "watch", "info"]
    message: str
    remark: str | None = None


class Contact(Row, kw_only=True, frozen=True):
    """A crisis or emergency contact.

    Key: ``contact``, ``region``. ``confirmed`` once the operator confirmed it.
    """

    contact: str
    region: Literal["us", "uk", "ie", "eu", "ca", "au", "nz", "world"]
    sort: Literal["emergency", "crisis_line", "index"]
    name: str
    number: str
    order: int
    confirmed: YesNo
