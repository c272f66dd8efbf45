"""An assessment as a FHIR R4 Bundle, for a record system; what each resource means: docs/fhir-out.md."""

from opentrd.present.fhir.bundle import to_fhir

__all__ = ["to_fhir"]
