"""Flags: the safety findings, each with the time for which it counts. No risk is computed or scored.

A Flag is what record systems show at a glance. It ends when the finding is too old to be an alarm, so that no
label stays on a person; what it rests on stands beside it.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from opentrd.present.fhir.making import Making, references
from opentrd.present.fhir.parts import Json, concept, system
from opentrd.rules.model import SafetyFinding

_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/flag-category"
#: The extension of R4 that leads from a flag to what supports it.
_DETAIL: Final = "http://hl7.org/fhir/StructureDefinition/flag-detail"
#: The level of findings that are history.
_HISTORY: Final = "info"


def flags(made: Making) -> list[Json]:
    """Add the safety findings and return their references."""
    return [made.add("Flag", _flag(made, finding)) for finding in made.a.safety]


def _flag(made: Making, finding: SafetyFinding) -> Json:
    said = finding.statement
    details = [{"url": _DETAIL, "valueReference": ref} for ref in references(said.sources)]
    return {
        "extension": [*details, *made.basis(said, lines_apart=True)],
        "status": "inactive" if finding.level == _HISTORY else "active",
        "category": [
            {"coding": [{"system": _CATEGORY, "code": "safety", "display": "Safety"}]},
            {"coding": [{"system": system("safety-level"), "code": finding.level}]},
        ],
        "code": concept(system("safety"), finding.rule, made.words.say(said)),
        "subject": made.subject,
        **_period(made, finding),
        "author": made.author,
    }


def _period(made: Making, finding: SafetyFinding) -> Json:
    """Return from when to when a finding counts, as far as it has a day and its rule an end."""
    if finding.day is None:
        return {}
    rule = made.a.knowledge.safety_rules.get(finding.rule)
    period = {"start": date.fromordinal(finding.day).isoformat()}
    if rule is not None and rule.within_days is not None:
        period["end"] = date.fromordinal(finding.day + rule.within_days).isoformat()
    return {"period": period}
