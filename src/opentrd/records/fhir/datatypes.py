# ruff: noqa: D101
"""The data types of FHIR R4 as far as they are read: small typed structures.

Everything else in a resource is skipped while decoding. A field of a wrong type is an error of the decoder
that names the field; ``entry`` turns it into ``InputError``. Fields that only older or newer FHIR versions
have are kept as raw text, so that those versions are recognised and refused by name.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Raw

#: An integer of FHIR: 32 bits.
Whole = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
#: Stands where a field that is kept raw is absent.
NOTHING: Final = Raw(b"")


def present(field: object) -> bool:
    """Say whether a field that is kept raw is there."""
    return isinstance(field, Raw) and field is not NOTHING


class Fhir(msgspec.Struct, rename="camel", gc=False):
    """Base of all: camel case in JSON, no tracking by the garbage collector (the trees have no cycles)."""


class Meta(Fhir):
    last_updated: str | None = None
    version_id: str | None = None
    profile: tuple[str, ...] = ()


class Coding(Fhir):
    system: str | None = None
    code: str | None = None
    display: str | None = None
    extension: tuple[Extension, ...] = ()


class CodeableConcept(Fhir):
    coding: tuple[Coding, ...] = ()
    text: str | None = None


class Extension(Fhir):
    url: str = ""
    value_decimal: float | None = None
    value_integer: Whole | None = None


class Identifier(Fhir):
    system: str | None = None
    value: str | None = None


class Reference(Fhir):
    reference: str | None = None
    type: str | None = None
    display: str | None = None
    identifier: Identifier | None = None


class Period(Fhir):
    start: str | None = None
    end: str | None = None


class Quantity(Fhir):
    value: float | None = None
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class Range(Fhir):
    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(Fhir):
    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Annotation(Fhir):
    text: str = ""


class Repeat(Fhir):
    bounds_period: Period | None = None
    bounds_duration: Quantity | None = None
    bounds_range: Range | None = None
    count: Whole | None = None
    frequency: Whole | None = None
    frequency_max: Whole | None = None
    period: float | None = None
    period_max: float | None = None
    period_unit: str | None = None
    period_units: Raw = NOTHING
    day_of_week: tuple[str, ...] = ()
    time_of_day: tuple[str, ...] = ()
    when: tuple[str, ...] = ()


class Timing(Fhir):
    event: tuple[str, ...] = ()
    repeat: Repeat | None = None
    code: CodeableConcept | None = None


class DoseAndRate(Fhir):
    type: CodeableConcept | None = None
    dose_quantity: Quantity | None = None
    dose_range: Range | None = None


class Dosage(Fhir):
    sequence: Whole | None = None
    text: str | None = None
    patient_instruction: str | None = None
    additional_instruction: tuple[CodeableConcept, ...] = ()
    timing: Timing | None = None
    as_needed_boolean: bool | None = None
    as_needed_codeable_concept: CodeableConcept | None = None
    route: CodeableConcept | None = None
    dose_and_rate: tuple[DoseAndRate, ...] = ()
    max_dose_per_period: Ratio | None = None
    dose_quantity: Raw = NOTHING  # before R4
    dose_range: Raw = NOTHING  # before R4
