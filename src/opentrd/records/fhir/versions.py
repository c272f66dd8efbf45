# ruff: noqa: SIM905
"""Telling FHIR R4 from its other versions: names of resource types and fields that only those have."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import Final

from opentrd.records.fhir.dates import BadValueError
from opentrd.records.fhir.resources import Dosage, Fhir, Head, present

ADVICE: Final = "only FHIR R4 (4.0.1) is read; export or convert the record to R4"

#: Resource types of DSTU2 and STU3 that R4 no longer has.
OLD_TYPES: Final = frozenset(
    "MedicationOrder DiagnosticOrder DeviceUseRequest ProcedureRequest ReferralRequest ProcessRequest "
    "ProcessResponse EligibilityRequest EligibilityResponse BodySite Conformance DataElement Sequence "
    "ServiceDefinition ImagingManifest ImagingObjectSelection ExpansionProfile DeviceComponent Order "
    "OrderResponse NutritionRequest".split()
)
#: Resource types that came after R4 and R4B.
NEW_TYPES: Final = frozenset(
    "MedicationUsage DeviceUsage Transport GenomicStudy NutritionIntake Permission Requirements "
    "ActorDefinition ArtifactAssessment BiologicallyDerivedProductDispense ConditionDefinition "
    "DeviceAssociation DeviceDispense EncounterHistory FormularyItem ImagingSelection InventoryItem "
    "InventoryReport TestPlan".split()
)
#: Resource types of R4 and R4B.
TYPES: Final = frozenset(
    "Account ActivityDefinition AdministrableProductDefinition AdverseEvent AllergyIntolerance "
    "Appointment AppointmentResponse AuditEvent Basic Binary BiologicallyDerivedProduct BodyStructure "
    "Bundle CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem ChargeItemDefinition Citation "
    "Claim ClaimResponse ClinicalImpression ClinicalUseDefinition CodeSystem Communication "
    "CommunicationRequest CompartmentDefinition Composition ConceptMap Condition Consent Contract "
    "Coverage CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue Device "
    "DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement DiagnosticReport DocumentManifest "
    "DocumentReference EffectEvidenceSynthesis Encounter Endpoint EnrollmentRequest EnrollmentResponse "
    "EpisodeOfCare EventDefinition Evidence EvidenceReport EvidenceVariable ExampleScenario "
    "ExplanationOfBenefit FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse "
    "HealthcareService ImagingStudy Immunization ImmunizationEvaluation ImmunizationRecommendation "
    "ImplementationGuide Ingredient InsurancePlan Invoice Library Linkage List Location "
    "ManufacturedItemDefinition Measure MeasureReport Media Medication MedicationAdministration "
    "MedicationDispense MedicationKnowledge MedicationRequest MedicationStatement MedicinalProduct "
    "MedicinalProductAuthorization MedicinalProductContraindication MedicinalProductDefinition "
    "MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction "
    "MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical "
    "MedicinalProductUndesirableEffect MessageDefinition MessageHeader MolecularSequence NamingSystem "
    "NutritionOrder NutritionProduct Observation ObservationDefinition OperationDefinition "
    "OperationOutcome Organization OrganizationAffiliation PackagedProductDefinition Parameters Patient "
    "PaymentNotice PaymentReconciliation Person PlanDefinition Practitioner PractitionerRole Procedure "
    "Provenance Questionnaire QuestionnaireResponse RegulatedAuthorization RelatedPerson RequestGroup "
    "ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment "
    "RiskEvidenceSynthesis Schedule SearchParameter ServiceRequest Slot Specimen SpecimenDefinition "
    "StructureDefinition StructureMap Subscription SubscriptionStatus SubscriptionTopic Substance "
    "SubstanceDefinition SubstanceNucleicAcid SubstancePolymer SubstanceProtein "
    "SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification SupplyDelivery "
    "SupplyRequest Task TerminologyCapabilities TestReport TestScript ValueSet VerificationResult "
    "VisionPrescription".split()
)
#: How much of a name is that of a resource type where it may be a misspelt one.
_NEAR: Final = 0.75
#: Fields that the typed resources keep only to recognise a version, by the version's name.
_OTHER_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "FHIR DSTU2": (
        "date_written",
        "was_not_taken",
        "was_not_given",
        "not_performed",
        "group",
        "date_recorded",
    ),
    "FHIR STU3": ("taken", "not_given", "not_done", "asserted_date", "related"),
    "FHIR R5": ("medication", "occurrence_date_time", "occurrence_period"),
}
#: Fields of that name which R4 has too, with another type.
_ALSO_R4: Final = frozenset(
    {("ServiceRequest", "occurrence_date_time"), ("ServiceRequest", "occurrence_period")}
)


def _refuse(version: str, field: str, what: str) -> BadValueError:
    return BadValueError(field, f"{what}: this looks like {version}", ADVICE)


def check_head(head: Head, *, alone: bool) -> None:
    """Raise ``BadValueError`` where type, profile or stated version are not of FHIR R4.

    A type that no version has is refused where the resource stands alone, or where it may be a misspelt one.
    """
    name = head.resource_type
    if name is None:
        raise BadValueError(
            "resourceType", "there is none, so this is no FHIR resource", "give a FHIR R4 Bundle or resource"
        )
    if name not in TYPES:
        if name in OLD_TYPES:
            raise _refuse("FHIR DSTU2 or STU3", "resourceType", f"FHIR R4 has no {name}")
        if name in NEW_TYPES:
            raise _refuse("FHIR R5", "resourceType", f"FHIR R4 has no {name}")
        if alone or _misspelt(name):
            raise BadValueError(
                "resourceType", f'"{name[:40]}" is no resource type of FHIR', "check the spelling"
            )
    if head.fhir_version is not None and not head.fhir_version.startswith("4."):
        raise _refuse(f"FHIR {head.fhir_version}", "fhirVersion", "another version is stated")
    for profile in head.meta.profile if head.meta else ():
        for mark, version in (("/DSTU2/", "FHIR DSTU2"), ("/STU3/", "FHIR STU3"), ("/R5/", "FHIR R5")):
            if mark in profile:
                raise _refuse(version, "meta.profile", f'the profile is "{profile}"')


@cache
def _misspelt(name: str) -> bool:
    """Say whether a name is so near to a resource type that it may be meant."""
    near = {kind.lower() for kind in TYPES}
    return bool(get_close_matches(name.lower()[:80], near, 1, cutoff=_NEAR))


def check_body(name: str, body: Fhir) -> None:
    """Raise ``BadValueError`` where a resource has fields or forms of another FHIR version."""
    for version, field in _marks(name, type(body)):
        if present(getattr(body, field)):
            raise _refuse(version, _camel(field), f"FHIR R4 has no such field in {name}")
    if name not in ("Condition", "AllergyIntolerance"):
        return
    for field in ("clinical_status", "verification_status"):
        if isinstance(getattr(body, field, None), str):
            raise _refuse("FHIR DSTU2 or STU3", _camel(field), "it is a text, in R4 it is a CodeableConcept")


@cache
def _marks(name: str, body: type[Fhir]) -> tuple[tuple[str, str], ...]:
    """Return the fields of a type that only other versions have, each with the version."""
    marks = [
        (version, field)
        for version, fields in _OTHER_FIELDS.items()
        for field in fields
        if hasattr(body, field) and (name, field) not in _ALSO_R4
    ]
    if name == "AllergyIntolerance":
        marks.append(("FHIR DSTU2", "substance"))
    return tuple(marks)


def check_dosage(dosage: Dosage, field: str) -> None:
    """Raise ``BadValueError`` where a dosage has the form that it had before R4."""
    if present(dosage.dose_quantity) or present(dosage.dose_range):
        raise _refuse("FHIR DSTU2 or STU3", f"{field}.doseQuantity", "in R4 the dose stands in doseAndRate")
    repeat = dosage.timing.repeat if dosage.timing else None
    if repeat is not None and present(repeat.period_units):
        raise _refuse("FHIR DSTU2", f"{field}.timing.repeat.periodUnits", "in R4 it is periodUnit")


def _camel(field: str) -> str:
    first, *rest = field.split("_")
    return first + "".join(word.capitalize() for word in rest)
