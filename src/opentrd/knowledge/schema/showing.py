"""Tables of what is shown beside the judging: figures, safety rules, contacts."""

from __future__ import annotations

from typing import Literal, TypeAlias

from opentrd.knowledge.schema.base import Row, YesNo


class Figure(Row, kw_only=True, frozen=True):
    """A published figure. Key: ``figure``.

    ``people``: the numbers of ``value`` that are people out of 100, in its order, separated by semicolons.
    """

    figure: str
    category: str
    item: str
    statement: str | None = None
    value: str
    people: str | None = None
    range: str | None = None
    population: str | None = None
    year: int | None = None
    caution: str | None = None


SafetyLevelName: TypeAlias = Literal["crisis", "high", "moderate", "ask", "watch", "info"]


class SafetyRule(Row, kw_only=True, frozen=True):
    """What is told about safety, and how pressing it is.

    Key: ``rule``. ``within_days``: how recent it must be; empty: at any time. ``message`` is the key of the
    sentence, ``unknown_message`` the one that is said where what decides it (the day, the date of birth) is
    not known. ``trigger``:

    - ``item``: an answer of ``scale``, number ``item``, of ``at_least``; ``earlier_item``: the latest such
      answer whose own window is over, where no newer one counts;
    - ``score``: the total of ``scale``; ``latest_score``: the latest score of any scale of depression, by the
      limits of the rows ``score``;
    - ``condition``: the person's own ``concept``; ``observation``: ``concept`` among what was told;
    - ``start``: an antidepressant begun or its dose changed before the age ``age_below``; ``after_start``: a
      ``concept`` (several with ``;``) that began within so many days of that;
    - ``worsening``: a higher answer on suicide under one of ``treatments`` than before it;
    - ``option``: said with ``option``, and ``note``: said under the findings, both where a finding is as
      pressing as ``from_level`` or more.
    """

    rule: str
    trigger: Literal[
        "item",
        "earlier_item",
        "score",
        "latest_score",
        "condition",
        "observation",
        "start",
        "after_start",
        "worsening",
        "option",
        "note",
    ]
    scale: str | None = None
    item: int | None = None
    at_least: float | None = None
    concept: str | None = None
    treatments: str | None = None
    age_below: int | None = None
    within_days: int | None = None
    level: SafetyLevelName
    message: str
    unknown_message: str | None = None
    option: str | None = None
    from_level: SafetyLevelName | None = None
    remark: str | None = None


class SafetyLevel(Row, kw_only=True, frozen=True):
    """How pressing findings are, the most pressing first. Key: ``level``.

    ``message`` is the key of what to do now; ``alarm``: whether help and contacts stand on top.
    """

    level: SafetyLevelName
    message: str
    alarm: YesNo
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
