# ruff: noqa: D101
"""The few fields of FHIR R4 resources that are read, as small typed structures.

Everything else in a resource is skipped while decoding. A field of a wrong type is an error of the decoder
that names the field; ``entry`` turns it into ``InputError``. Fields that only older or newer FHIR versions
have are kept as raw text, so that those versions are recognised and refused by name.
"""

from __future__ import annotations

from msgspec import Raw

from opentrd.records.fhir.datatypes import (
    NOTHING as NOTHING,
)
from opentrd.records.fhir.datatypes import (
    Annotation as Annotation,
)
from opentrd.records.fhir.datatypes import (
    CodeableConcept as CodeableConcept,
)
from opentrd.records.fhir.datatypes import (
    Coding as Coding,
)
from opentrd.records.fhir.datatypes import (
    Dosage as Dosage,
)
from opentrd.records.fhir.datatypes import (
    DoseAndRate as DoseAndRate,
)
from opentrd.records.fhir.datatypes import (
    Extension as Extension,
)
from opentrd.records.fhir.datatypes import (
    Fhir as Fhir,
)
from opentrd.records.fhir.datatypes import (
    Identifier as Identifier,
)
from opentrd.records.fhir.datatypes import (
    Meta as Meta,
)
from opentrd.records.fhir.datatypes import (
    Period as Period,
)
from opentrd.records.fhir.datatypes import (
    Quantity as Quantity,
)
from opentrd.records.fhir.datatypes import (
    Range as Range,
)
from opentrd.records.fhir.datatypes import (
    Ratio as Ratio,
)
from opentrd.records.fhir.datatypes import (
    Reference as Reference,
)
from opentrd.records.fhir.datatypes import (
    Repeat as Repeat,
)
from opentrd.records.fhir.datatypes import (
    Timing as Timing,
)
from opentrd.records.fhir.datatypes import Whole
from opentrd.records.fhir.datatypes import (
    present as present,
)
from opentrd.records.fhir.medication_resources import (
    DispenseRequest as DispenseRequest,
)
from opentrd.records.fhir.medication_resources import (
    Medication as Medication,
)
from opentrd.records.fhir.medication_resources import (
    MedicationAdministration as MedicationAdministration,
)
from opentrd.records.fhir.medication_resources import (
    MedicationDispense as MedicationDispense,
)
from opentrd.records.fhir.medication_resources import (
    MedicationRequest as MedicationRequest,
)
from opentrd.records.fhir.medication_resources import (
    MedicationStatement as MedicationStatement,
)


class Head(Fhir):
    """What every resource has, and the ways in which resources name their person."""

    resource_type: str | None = None
    id: str | None = None
    meta: Meta | None = None
    contained: tuple[Raw, ...] = ()
    fhir_version: str | None = None
    subject: Raw = NOTHING
    patient: Raw = NOTHING
    beneficiary: Raw = NOTHING


class Link(Fhir):
    other: Reference | None = None
    type: str | None = None


class HumanName(Fhir):
    """A name; older versions of FHIR have a list of family names, which is how they are told apart later."""

    use: str | None = None
    text: str | None = None
    given: tuple[str, ...] = ()
    family: str | tuple[str, ...] | None = None


class Patient(Fhir):
    name: tuple[HumanName, ...] = ()
    gender: str | None = None
    birth_date: str | None = None
    deceased_date_time: str | None = None
    deceased_boolean: bool | None = None
    identifier: tuple[Identifier, ...] = ()
    link: tuple[Link, ...] = ()


class ReferenceRange(Fhir):
    low: Quantity | None = None
    high: Quantity | None = None


class Valued(Fhir):
    """The forms in which an observation or a component gives its value."""

    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_integer: Whole | None = None
    value_decimal: float | None = None  # not in R4, seen in records
    value_range: Range | None = None
    value_date_time: str | None = None
    reference_range: tuple[ReferenceRange, ...] = ()


class Component(Valued):
    code: CodeableConcept | None = None


class ObservationCode(Fhir):
    """The cheap first look at an observation: enough to decide whether the rest is needed."""

    code: CodeableConcept | None = None
    has_member: Raw = NOTHING
    component: Raw = NOTHING


class Observation(Valued):
    status: str | None = None
    code: CodeableConcept | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    effective_instant: str | None = None
    effective_timing: Timing | None = None
    issued: str | None = None
    has_member: tuple[Reference, ...] = ()
    component: tuple[Component, ...] = ()
    related: Raw = NOTHING  # STU3


class Answer(Fhir):
    value_coding: Coding | None = None
    value_integer: Whole | None = None
    value_decimal: float | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_quantity: Quantity | None = None
    item: tuple[Item, ...] = ()


class Item(Fhir):
    link_id: str | None = None
    definition: str | None = None
    text: str | None = None
    answer: tuple[Answer, ...] = ()
    item: tuple[Item, ...] = ()


class QuestionnaireResponse(Fhir):
    status: str | None = None
    questionnaire: str | None = None
    authored: str | None = None
    item: tuple[Item, ...] = ()
    group: Raw = NOTHING  # DSTU2


class Condition(Fhir):
    clinical_status: CodeableConcept | str | None = None  # text before R4
    verification_status: CodeableConcept | str | None = None  # text before R4
    severity: CodeableConcept | None = None
    code: CodeableConcept | None = None
    onset_date_time: str | None = None
    onset_period: Period | None = None
    onset_age: Quantity | None = None
    onset_range: Range | None = None
    onset_string: str | None = None
    abatement_date_time: str | None = None
    abatement_period: Period | None = None
    abatement_age: Quantity | None = None
    abatement_range: Range | None = None
    abatement_string: str | None = None
    recorded_date: str | None = None
    asserted_date: Raw = NOTHING  # STU3
    date_recorded: Raw = NOTHING  # DSTU2


class FamilyCondition(Fhir):
    code: CodeableConcept | None = None
    onset_age: Quantity | None = None
    onset_string: str | None = None


class FamilyMemberHistory(Fhir):
    status: str | None = None
    name: str | None = None
    relationship: CodeableConcept | None = None
    condition: tuple[FamilyCondition, ...] = ()


class Reaction(Fhir):
    substance: CodeableConcept | None = None
    manifestation: tuple[CodeableConcept, ...] = ()


class AllergyIntolerance(Fhir):
    clinical_status: CodeableConcept | str | None = None  # text in STU3
    verification_status: CodeableConcept | str | None = None  # text in STU3
    type: str | None = None
    criticality: str | None = None
    code: CodeableConcept | None = None
    onset_date_time: str | None = None
    onset_period: Period | None = None
    recorded_date: str | None = None
    reaction: tuple[Reaction, ...] = ()
    substance: Raw = NOTHING  # DSTU2


class Procedure(Fhir):
    status: str | None = None
    status_reason: CodeableConcept | None = None
    code: CodeableConcept | None = None
    based_on: tuple[Reference, ...] = ()
    part_of: tuple[Reference, ...] = ()
    encounter: Reference | None = None
    performed_date_time: str | None = None
    performed_period: Period | None = None
    occurrence_date_time: Raw = NOTHING  # R5
    occurrence_period: Raw = NOTHING  # R5
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    body_site: tuple[CodeableConcept, ...] = ()
    note: tuple[Annotation, ...] = ()
    not_performed: Raw = NOTHING  # DSTU2


class ActivityDetail(Fhir):
    code: CodeableConcept | None = None
    status: str | None = None
    status_reason: CodeableConcept | None = None
    do_not_perform: bool | None = None
    scheduled_period: Period | None = None
    scheduled_timing: Timing | None = None
    description: str | None = None


class Activity(Fhir):
    detail: ActivityDetail | None = None


class CarePlan(Fhir):
    status: str | None = None
    intent: str | None = None
    category: tuple[CodeableConcept, ...] = ()
    title: str | None = None
    period: Period | None = None
    created: str | None = None
    addresses: tuple[Reference, ...] = ()
    activity: tuple[Activity, ...] = ()


class Encounter(Fhir):
    status: str | None = None
    type: tuple[CodeableConcept, ...] = ()
    service_type: CodeableConcept | None = None
    period: Period | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()


class ServiceRequest(Fhir):
    status: str | None = None
    intent: str | None = None
    do_not_perform: bool | None = None
    code: CodeableConcept | None = None
    order_detail: tuple[CodeableConcept, ...] = ()
    quantity_quantity: Quantity | None = None
    occurrence_date_time: str | None = None
    occurrence_period: Period | None = None
    occurrence_timing: Timing | None = None
    authored_on: str | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()


class DeviceName(Fhir):
    name: str | None = None


class Device(Fhir):
    status: str | None = None
    type: CodeableConcept | None = None
    device_name: tuple[DeviceName, ...] = ()
    model_number: str | None = None
    manufacture_date: str | None = None


class DeviceUseStatement(Fhir):
    status: str | None = None
    device: Reference | None = None
    timing_timing: Timing | None = None
    timing_period: Period | None = None
    timing_date_time: str | None = None
    recorded_on: str | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
