"""The Bundle: all resources of an assessment, the main one first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from opentrd.present.fhir.flags import flags
from opentrd.present.fhir.impression import impression
from opentrd.present.fhir.issues import issues
from opentrd.present.fhir.making import Making
from opentrd.present.fhir.observations import staging, verdicts
from opentrd.present.fhir.origin import author, provenance
from opentrd.present.fhir.parts import Json
from opentrd.present.fhir.plan import plan

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

#: The order in which resources stand: what is read first comes first.
_ORDER: Final = (
    "ClinicalImpression",
    "Flag",
    "Observation",
    "DetectedIssue",
    "CarePlan",
    "Patient",
    "Provenance",
)


def to_fhir(a: Assessment, words: Words) -> bytes:
    """Return an assessment as a FHIR R4 Bundle in JSON."""
    return msgspec.json.encode(bundle(a, words))


def bundle(a: Assessment, words: Words) -> Json:
    """Return an assessment as a FHIR R4 Bundle of type collection."""
    made = Making(a, words, author(a))
    status = verdicts(made)
    staged = staging(made)
    steps = plan(made)
    others = [
        *flags(made),
        steps,
        *issues(made, steps),
    ]
    impression(made, status, staged, others)
    provenance(made)
    resources = sorted(made.resources.values(), key=lambda each: _ORDER.index(each["resourceType"]))
    return {
        "resourceType": "Bundle",
        "language": words.language,
        "type": "collection",
        "timestamp": made.instant,
        "entry": [{"fullUrl": f"urn:uuid:{each['id']}", "resource": each} for each in resources],
    }
