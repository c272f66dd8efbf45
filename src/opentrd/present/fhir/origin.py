"""Where it comes from: OpenTRD as the author, and the Provenance of all resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opentrd.present.citations import cite
from opentrd.present.fhir.making import Making, references
from opentrd.present.fhir.parts import BASE, KNOWLEDGE, Json
from opentrd.version import __version__

if TYPE_CHECKING:
    from opentrd.assessment import Assessment

_PART: Final = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


def author(a: Assessment) -> Json:
    """Return the program, with its version and that of its knowledge.

    It is named by identifier: a Device in the Bundle would read as a device of the person.
    """
    return {
        "type": "Device",
        "identifier": {"system": BASE, "value": f"opentrd/{__version__}"},
        "display": f"OpenTRD {__version__}, knowledge {a.knowledge.version}",
    }


def provenance(made: Making) -> Json:
    """Add what all was made of: the lines of the record that were used, and the rows of knowledge cited."""
    targets = [
        {"reference": f"urn:uuid:{own}"}
        for own, resource in made.resources.items()
        if resource["resourceType"] != "Patient"
    ]
    record = [{"role": "source", "what": ref} for ref in references(made.a.record.used)]
    return made.add(
        "Provenance",
        {
            "target": targets,
            "occurredDateTime": made.day,
            "recorded": made.instant,
            "agent": [{"type": {"coding": [{"system": _PART, "code": "assembler"}]}, "who": made.author}],
            "entity": [*record, *(_row(made, row) for row in made.cited)],
        },
    )


def _row(made: Making, row: str) -> Json:
    found = cite(row, made.words)
    display = ": ".join(filter(None, (found.title, found.source)))
    marked = f"{display} ({found.mark})" if found.mark else display
    return {
        "role": "source",
        "what": {"identifier": {"system": KNOWLEDGE, "value": row}, "display": marked},
    }
