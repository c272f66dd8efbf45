"""Tables of what a record finds: scales and scores, conditions, observations, what was told."""

from __future__ import annotations

from typing import Literal

from opentrd.knowledge.schema.base import Row, YesNo


class Scale(Row, kw_only=True, frozen=True):
    """A rating scale. Key: ``scale``.

    ``response_percent``/``partial_percent``: reduction from baseline from which it is response or partial
    response; ``worse_percent``: increase from which it is worse. ``remission_max``: remission at or below.
    ``depressed_min``: from here the scale speaks for a depressive episode. ``measures``: what it rates.
    ``rank``: lower is preferred when several were taken at the same times.
    """

    scale: str
    name: str
    measures: str
    rater: str
    items: int | None = None
    min_score: float
    max_score: float
    depressed_min: float | None = None
    remission_max: float | None = None
    response_percent: float | None = None
    partial_percent: float | None = None
    worse_percent: float | None = None
    recall_days: int | None = None
    suicide_item: int | None = None
    rank: int | None = None
    text_shippable: YesNo
    licence: str | None = None
    remark: str | None = None


class ScaleBand(Row, kw_only=True, frozen=True):
    """A severity band of a scale, both ends included. Key: ``scale``, ``low``.

    ``severity``: ``none``, ``subsyndromal``, ``mild``, ``moderate`` or ``severe``, the levels of the staging
    items; which of them a band word stands for is a mapping of ours, empty where the band says no such thing
    (a screening cut-off). ``band`` keeps the words of the source.
    """

    scale: str
    low: float
    high: float
    band: str
    severity: Literal["none", "subsyndromal", "mild", "moderate", "severe"] | None = None
    remark: str | None = None


class ScaleConversion(Row, kw_only=True, frozen=True):
    """Published equivalence of two scales. Key: ``from_scale``, ``from_low``, ``to_scale``."""

    from_scale: str
    from_low: float
    from_high: float
    to_scale: str
    to_low: float
    to_high: float


class ScoreCode(Row, kw_only=True, frozen=True):
    """A code of a scale's total, panel, item or answer. Key: ``system``, ``code``, ``part``.

    ``part``: ``total``, ``panel``, ``item`` (with ``number``), ``answer`` (with ``number`` as its score),
    ``other`` (part of the form, not of the score).
    """

    system: str
    code: str
    scale: str
    part: Literal["total", "panel", "item", "answer", "other"]
    number: int | None = None
    remark: str | None = None


class ConditionConcept(Row, kw_only=True, frozen=True):
    """A condition that the rules know. Key: ``concept``.

    ``group``: ``depressive``, ``bipolar``, ``psychosis``, ``dementia``, ``substance``, ``anxiety``,
    ``personality``, ``eating``, ``physical``, ``life``, ``self_harm``, ``sleep``, ``pain``, ``perinatal``,
    ``neurodevelopmental``, ``other``. ``severity``/``remission`` where the diagnosis itself says so.
    ``parent`` is the wider concept.
    """

    concept: str
    name: str
    group: str
    parent: str | None = None
    severity: str | None = None
    remission: Literal["full", "partial"] | None = None
    psychotic: YesNo | None = None


class ConditionCode(Row, kw_only=True, frozen=True):
    """A code of a condition.

    Key: ``system``, ``code``, ``concept``. ``match``: ``exact``, ``prefix`` or ``descendants``.
    """

    system: str
    code: str
    match: Literal["exact", "prefix", "descendants"]
    concept: str
    display: str | None = None


class ObservationConcept(Row, kw_only=True, frozen=True):
    """A laboratory test, vital sign, genotype, device, life factor. Key: ``concept``."""

    concept: str
    name: str
    kind: Literal["laboratory", "vital", "genotype", "pregnancy", "device", "life", "ecg"]
    units: str | None = None


class ObservationCode(Row, kw_only=True, frozen=True):
    """A code of an observation. Key: ``system``, ``code``."""

    system: str
    code: str
    concept: str
    display: str | None = None


class ReportedResponse(Row, kw_only=True, frozen=True):
    """What a told response or a reason for stopping says about improvement. Key: ``told``.

    ``told`` is a response word (``none``, ``little``, ``lot``, ``well``) or ``stop:`` and a stop reason.
    Improvement in percent of baseline lies in ``improvement_low``..``improvement_high``; ``remission``,
    ``lost`` (response that was lost again) are yes, no or empty for unknown. ``result`` is the outcome word,
    where what was told says that much.
    """

    told: str
    result: Literal["remission", "response", "partial", "none", "worse"] | None = None
    improvement_low: float
    improvement_high: float
    remission: YesNo | None = None
    lost: YesNo | None = None


class TakenShare(Row, kw_only=True, frozen=True):
    """What a told answer says about the share of doses taken, 0 to 1. Key: ``told``."""

    told: str
    low: float
    high: float
