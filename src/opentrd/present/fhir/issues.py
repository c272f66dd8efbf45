"""DetectedIssues: the cautions of what is taken and of the options; certain ones final, open ones not yet.

Cautions that wait for the same answer are one issue, with all that hangs on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from opentrd.kleene import NO, UNKNOWN
from opentrd.present.fhir.making import Making, references
from opentrd.present.fhir.parts import Json, of_type, system
from opentrd.present.fhir.plan import PROPOSED
from opentrd.review.cautions import CURRENT, SEVERITIES, in_order
from opentrd.review.model import Caution
from opentrd.review.taken import taken_of

_SEVERITY: Final = {"avoid": "high", "caution": "moderate", "monitor": "low"}
_MEDICINES: Final = (
    "MedicationRequest",
    "MedicationDispense",
    "MedicationStatement",
    "MedicationAdministration",
)


def issues(made: Making, plan: Json) -> list[Json]:
    """Add the cautions and return their references. ``plan``: where the options stand."""
    groups: dict[tuple[object, ...], list[Caution]] = {}
    for caution in in_order(_cautions(made)):
        groups.setdefault(_together(caution), []).append(caution)
    return [made.add("DetectedIssue", _issue(made, group, plan)) for group in groups.values()]


def _cautions(made: Making) -> Iterator[Caution]:
    yield from made.a.cautions
    for option in made.a.options:
        if option.fit in PROPOSED:
            yield from option.cautions


def _together(caution: Caution) -> tuple[object, ...]:
    """Return what cautions share that become one issue: the question; else all that they say."""
    if caution.applies == UNKNOWN and caution.ask is not None:
        return (UNKNOWN, caution.ask.key, caution.ask.params.get("about"))
    said = caution.statement
    return (caution.applies, caution.caution, said.key, repr(sorted(said.params.items())))


def _issue(made: Making, group: list[Caution], plan: Json) -> Json:
    first = group[0]
    rows = dict.fromkeys(row for caution in group for row in caution.citations)
    basis = made.basis(*(caution.statement for caution in group), citations=rows, lines_apart=True)
    codes = dict.fromkeys(caution.caution.partition(":")[2] or caution.caution for caution in group)
    sources = dict.fromkeys(source for caution in group for source in caution.statement.sources)
    evidence = [{"detail": references(sources)}] if sources else []
    implicated = references(dict.fromkeys((*_taken(made, group), *_medicines(made, group))))
    if any(caution.option != CURRENT for caution in group):
        implicated.append(plan)
    severity = min((caution.severity for caution in group), key=SEVERITIES.index)
    return {
        "extension": basis,
        "status": "preliminary" if first.applies == UNKNOWN else "final",
        "code": {
            "coding": [{"system": system("caution"), "code": code} for code in codes],
            "text": made.words.text(f"severity.{severity}"),
        },
        "severity": _SEVERITY[severity],
        "patient": made.subject,
        "identifiedDateTime": made.day,
        "author": made.author,
        **({"implicated": implicated} if implicated else {}),
        **({"evidence": evidence} if evidence else {}),
        "detail": _detail(made, group),
    }


def _detail(made: Making, group: list[Caution]) -> str:
    """Return what is said: the question with all that hangs on it where it is open."""
    first = group[0]
    if first.applies != UNKNOWN or first.ask is None:
        said = made.words.say(first.statement)
        return f"{said} {made.words.say(first.ask)}" if first.ask is not None else said
    subjects = dict.fromkeys(str(caution.statement.params.get("subject") or "") for caution in group)
    names = tuple(subject for subject in subjects if subject)
    question = made.words.say(first.ask)
    return made.words.text("fhir_out.matters", question=question, subjects=names) if names else question


def _taken(made: Making, group: list[Caution]) -> Iterator[str]:
    """Give the lines of the medicines taken now of which cautions speak."""
    asked = {caution.medicine for caution in group if caution.option == CURRENT and caution.medicine}
    for each in taken_of(made.a.context):
        if each.taking.now != NO and asked & each.medicine.keys:
            yield from each.taking.sources


def _medicines(made: Making, group: list[Caution]) -> Iterator[str]:
    """Give the lines of medicines among those that cautions rest on."""
    own = {source for row in made.a.record.exposures for source in row.source_ids}
    for caution in group:
        yield from (s for s in caution.statement.sources if s in own or of_type(s, *_MEDICINES))
