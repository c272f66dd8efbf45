# ruff: noqa: D101
"""The resources that the measures read, with the fields that they need beyond those of a record."""

from __future__ import annotations

from typing import Final

from opentrd.records.fhir import resources as r


class Hospitalization(r.Fhir):
    discharge_disposition: r.CodeableConcept | None = None


class Encounter(r.Encounter):
    hospitalization: Hospitalization | None = None


class Condition(r.Condition):
    category: tuple[r.CodeableConcept, ...] = ()


class Reason(r.Fhir):
    """An extension whose value is a concept, as QI-Core says why something was not done."""

    url: str = ""
    value_codeable_concept: r.CodeableConcept | None = None


class Observation(r.Observation):
    category: tuple[r.CodeableConcept, ...] = ()
    extension: tuple[Reason, ...] = ()
    modifier_extension: tuple[Reason, ...] = ()


#: Resource type to what it is decoded to.
TYPES: Final[dict[str, type[r.Fhir]]] = {
    "Patient": r.Patient,
    "Medication": r.Medication,
    "MedicationRequest": r.MedicationRequest,
    "MedicationDispense": r.MedicationDispense,
    "Observation": Observation,
    "Condition": Condition,
    "Procedure": r.Procedure,
    "Encounter": Encounter,
    "ServiceRequest": r.ServiceRequest,
}
NOT_DONE_REASON: Final = "http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-notDoneReason"
