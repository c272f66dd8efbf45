"""Tables that the judging needs: conventions, staging models, what is not computed."""

from __future__ import annotations

from typing import Literal

from opentrd.knowledge.schema.base import Row


class Convention(Row, kw_only=True, frozen=True):
    """A number or choice that the rules need and no instrument fixes. Key: ``key``."""

    key: str
    value: float
    unit: str
    meaning: str


class StagingModel(Row, kw_only=True, frozen=True):
    """A staging model. Key: ``model``. ``form`` names the function that computes it.

    ``instrument`` says by whose doses a trial is adequate; empty: by the chosen instrument's, or by none
    where ``dose`` is ``ignored``. The model gives a score from ``min_failures`` failed adequate trials on
    (with fewer it does not apply). ``distinct``: what has to differ between two counted trials. ``outcome``
    ``ignored``: a trial counts whatever it did; ``failure_below``: improvement in percent of baseline below
    which it failed. ``scope``: trials of the episode or of the whole life.
    """

    model: str
    name: str
    version: str
    form: Literal["points", "per_trial", "ladder", "durations", "count"]
    instrument: str | None = None
    dose: Literal["instrument", "ignored"]
    min_weeks: float | None = None
    min_failures: int
    distinct: Literal["treatment", "class", "none"]
    scope: Literal["episode", "lifetime"]
    outcome: Literal["no_response", "no_remission", "ignored"]
    failure_below: float | None = None
    applies: str
    remark: str | None = None


class StagingItem(Row, kw_only=True, frozen=True):
    """A level of an item of a staging model. Key: ``model``, ``item``, ``level``.

    Items are evaluated by name: ``duration_months``, ``severity``, ``failures``, ``classes``,
    ``augmentation``, ``ect``, or the ladder's conditions. The level applies where ``low < value <= high``
    (numbers: above the lower and up to the upper limit, so that "up to 12 months" holds 12; an empty limit is
    open) or value equals ``level``. ``counts`` says which treatment class must have failed, ``detail`` what
    its session detail must hold; ``needs`` is the level that must be reached first.
    """

    model: str
    item: str
    level: str
    order: int
    low: float | None = None
    high: float | None = None
    points: float | None = None
    counts: str | None = None
    detail: str | None = None
    needs: str | None = None
    remark: str | None = None


class StagingBand(Row, kw_only=True, frozen=True):
    """A band of a model's total, both ends included. Key: ``model``, ``band``."""

    model: str
    band: str
    low: float
    high: float


class NotComputed(Row, kw_only=True, frozen=True):
    """A published definition or model that is not computed, and why. Key: ``what``, ``key``."""

    what: Literal["definition", "staging", "scale", "option"]
    key: str
    name: str
    reason: str
