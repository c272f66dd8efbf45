# ruff: noqa: D101
"""The few fields that are read of the resources which tell of medicines (see ``resources``)."""

from __future__ import annotations

from msgspec import Raw

from opentrd.records.fhir.datatypes import (
    NOTHING,
    CodeableConcept,
    Dosage,
    Fhir,
    Period,
    Quantity,
    Ratio,
    Reference,
    Whole,
)


class Ingredient(Fhir):
    item_codeable_concept: CodeableConcept | None = None
    strength: Ratio | None = None


class Medication(Fhir):
    code: CodeableConcept | None = None
    form: CodeableConcept | None = None
    ingredient: tuple[Ingredient, ...] = ()
    status: str | None = None


class DispenseRequest(Fhir):
    validity_period: Period | None = None
    number_of_repeats_allowed: Whole | None = None
    quantity: Quantity | None = None
    expected_supply_duration: Quantity | None = None


class MedicationRequest(Fhir):
    status: str | None = None
    status_reason: CodeableConcept | None = None
    intent: str | None = None
    do_not_perform: bool | None = None
    reported_boolean: bool | None = None
    reported_reference: Reference | None = None
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    medication: Raw = NOTHING  # R5
    authored_on: str | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    dosage_instruction: tuple[Dosage, ...] = ()
    dispense_request: DispenseRequest | None = None
    date_written: Raw = NOTHING  # DSTU2


class MedicationDispense(Fhir):
    status: str | None = None
    status_reason_codeable_concept: CodeableConcept | None = None
    status_reason_reference: Reference | None = None
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    medication: Raw = NOTHING  # R5
    authorizing_prescription: tuple[Reference, ...] = ()
    quantity: Quantity | None = None
    days_supply: Quantity | None = None
    when_prepared: str | None = None
    when_handed_over: str | None = None
    dosage_instruction: tuple[Dosage, ...] = ()
    not_done: Raw = NOTHING  # STU3


class MedicationStatement(Fhir):
    status: str | None = None
    status_reason: tuple[CodeableConcept, ...] = ()
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    medication: Raw = NOTHING  # R5
    based_on: tuple[Reference, ...] = ()
    effective_date_time: str | None = None
    effective_period: Period | None = None
    date_asserted: str | None = None
    information_source: Reference | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    dosage: tuple[Dosage, ...] = ()
    taken: Raw = NOTHING  # STU3
    was_not_taken: Raw = NOTHING  # DSTU2


class AdministrationDosage(Fhir):
    text: str | None = None
    route: CodeableConcept | None = None
    dose: Quantity | None = None


class MedicationAdministration(Fhir):
    status: str | None = None
    status_reason: tuple[CodeableConcept, ...] = ()
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    medication: Raw = NOTHING  # R5
    request: Reference | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    reason_code: tuple[CodeableConcept, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    dosage: AdministrationDosage | None = None
    not_given: Raw = NOTHING  # STU3
    was_not_given: Raw = NOTHING  # DSTU2
