"""Tables of treatments: what they are called, their codes, doses and other uses."""

from __future__ import annotations

from typing import Literal

import msgspec

from opentrd.knowledge.schema.base import Kind, Row, YesNo


class Treatment(Row, kw_only=True, frozen=True):
    """A treatment that the rules know. Key: ``treatment``.

    ``class_`` is the pharmacological class in the sense of "a distinctly different class" (SSRI, SNRI, TCA,
    MAOI, ...) or the kind of therapy or stimulation. ``main`` says whether it can be an attempt of its own
    against depression, ``add_on`` whether it is used to augment. ``with_base``: what it is called beside
    another main antidepressant (empty: a combination where it is main, otherwise an augmentation). ``parts``
    names the two treatments of a combination product, separated by ``+``. ``dose_unit`` is the unit of its
    adequacy rows. ``option`` is the row of the options table for it, where there is one.
    """

    treatment: str
    name: str
    kind: Kind
    class_: str = msgspec.field(name="class")
    mechanism: str | None = None
    main: YesNo
    add_on: YesNo
    with_base: Literal["augmentation", "combination"] | None = None
    parts: str | None = None
    dose_unit: Literal["mg/d", "mcg/d", "mg/session", "mmol/L", "sessions", "months"] | None = None
    option: str | None = None
    remark: str | None = None


class Name(Row, kw_only=True, frozen=True):
    """A name by which a treatment appears in text, lower case. Key: ``name``, ``region``."""

    name: str
    treatment: str
    sort: Literal["generic", "brand", "synonym", "abbreviation"]
    region: str | None = None


class TreatmentCode(Row, kw_only=True, frozen=True):
    """A code of a medicine.

    Key: ``system``, ``code``. ``strength`` is per unit of the form (per ml for liquids).
    """

    system: str
    code: str
    treatment: str
    display: str | None = None
    strength: float | None = None
    strength_unit: str | None = None
    strengths: str | None = None
    form: str | None = None
    formulation: str | None = None


class ProcedureCode(Row, kw_only=True, frozen=True):
    """A code of a procedure that is a treatment. Key: ``system``, ``code``."""

    system: str
    code: str
    treatment: str
    display: str | None = None
    detail: str | None = None


class Instrument(Row, kw_only=True, frozen=True):
    """A way to say what an adequate trial is.

    Key: ``instrument``. ``min_weeks`` applies where its rows have none.
    """

    instrument: str
    name: str
    min_weeks: float | None = None
    default: YesNo
    stand_in: str | None = None
    remark: str | None = None


class Adequacy(Row, kw_only=True, frozen=True):
    """The least that counts as adequate. Key: ``instrument``, ``treatment``, ``formulation``, ``age_from``.

    ``formulation`` is empty where it does not matter. ``min_dose`` is in ``dose_unit``; sessions for
    psychotherapy and stimulation; ``min_months`` for implants. ``age_from``/``age_to`` are completed years
    at the time of treatment, half-open.
    """

    instrument: str
    treatment: str
    formulation: str | None = None
    age_from: int | None = None
    age_to: int | None = None
    min_dose: float | None = None
    dose_unit: str | None = None
    min_sessions: int | None = None
    min_weeks: float | None = None
    min_months: float | None = None
    stand_in: str | None = None
    remark: str | None = None


class DoseRange(Row, kw_only=True, frozen=True):
    """Usual and largest doses by region. Key: ``treatment``, ``formulation``, ``region``, ``age_from``."""

    treatment: str
    formulation: str | None = None
    region: str | None = None
    age_from: int | None = None
    start_low: float | None = None
    usual_low: float | None = None
    usual_high: float | None = None
    max_dose: float | None = None
    dose_unit: str
    remark: str | None = None


class OtherUse(Row, kw_only=True, frozen=True):
    """When a medicine is not tried against depression. Key: ``treatment``, ``use``.

    ``rule``: ``dose`` (always below ``dose_below``), ``reason`` (with one of ``reasons``, condition keys
    separated by ``;``, as indication of the line), ``dose_or_reason``, ``dose_and_reason``, or
    ``reason_without_depression`` (a reason in the record and no depressive disorder).
    """

    treatment: str
    use: str
    rule: Literal["dose", "reason", "dose_or_reason", "dose_and_reason", "reason_without_depression"]
    dose_below: float | None = None
    dose_unit: str | None = None
    reasons: str | None = None
    remark: str | None = None
