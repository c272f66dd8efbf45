"""Observations: the verdicts of the definitions, and the staging scores. None has a rating scale's code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from opentrd.present.answer import current_staging, headline_status, verdict_line
from opentrd.present.citations import cite
from opentrd.present.fhir.making import Making, references
from opentrd.present.fhir.parts import Json, absent, bounds, concept, of_type, system
from opentrd.present.words.formats import clean
from opentrd.rules.model import Staging, Status

_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
#: What ``derivedFrom`` may lead to.
_DERIVED: Final = ("Observation", "QuestionnaireResponse")


def verdicts(made: Making) -> Json | None:
    """Add the verdicts of the headline definitions, one a component, and return the reference."""
    rows = headline_status(made.a)
    if not rows:
        return None
    open_ = any(row.verdict == "undetermined" for row in rows)
    line = verdict_line(rows, made.words) if made.a.judged.applicable is None else ""
    return made.add(
        "Observation",
        {
            "status": "preliminary" if open_ else "final",
            "code": concept(system("observation"), "trd-verdicts", made.words.text("fhir_out.verdicts")),
            **_about(made),
            **({"valueString": line} if line else {"dataAbsentReason": absent("not-applicable")}),
            "component": [_verdict(made, row) for row in rows],
        },
    )


def _verdict(made: Making, row: Status) -> Json:
    said = made.words.text(f"verdict.{row.verdict}")
    value: Json
    if row.verdict == "undetermined":
        value = {"dataAbsentReason": absent("unknown", said)}
    elif row.verdict == "not_applicable":
        value = {"dataAbsentReason": absent("not-applicable", said)}
    else:
        value = {"valueCodeableConcept": concept(system("verdict"), row.verdict, said)}
    return {
        "extension": made.basis(*row.why, *row.assumptions, citations=[row.citation]),
        "code": concept(system("definition"), row.definition, clean(row.name)),
        **value,
    }


def staging(made: Making) -> list[tuple[Staging, Json]]:
    """Add the staging scores of the current episode and return each with its reference."""
    return [(row, made.add("Observation", _staged(made, row))) for row in current_staging(made.a)]


def _staged(made: Making, row: Staging) -> Json:
    words = made.words
    sources = [source for item in row.items for source in item.sources]
    content: Json = {
        "extension": made.basis(*row.why, sources=sources, citations=[row.citation]),
        "status": "final" if _settled(row) else "preliminary",
        "category": [{"coding": [{"system": _CATEGORY, "code": "survey"}]}],
        "code": concept(system("staging-model"), row.model, words.write("model", row.model)),
        **_about(made),
        **_value(made, row),
        "method": {"text": cite(row.citation, words).source or row.citation},
    }
    notes = made.notes(row.why)
    derived = _derived(sources)
    components = [
        {
            "extension": made.basis(*item.why, sources=item.sources, citations=[row.citation]),
            "code": concept(
                system("staging-item"), f"{row.model}.{item.item}", words.write("item", item.item)
            ),
            **bounds(item.low, item.high),
        }
        for item in row.items
    ]
    return (
        content
        | ({"note": notes} if notes else {})
        | ({"derivedFrom": derived} if derived else {})
        | ({"component": components} if components else {})
    )


def _settled(row: Staging) -> bool:
    return row.applies and row.low is not None and row.low == row.high and row.level_low == row.level_high


def _value(made: Making, row: Staging) -> Json:
    """Return a score: points or their range; a level, both levels where it may be either; or why none."""
    if not row.applies:
        return {"dataAbsentReason": absent("not-applicable")}
    if row.level_low is None and row.level_high is None:
        return bounds(row.low, row.high)
    if row.level_low == row.level_high and row.level_low is not None:
        said = made.words.write("stage", row.level_low)
        return {
            "valueCodeableConcept": concept(system("staging-level"), f"{row.model}.{row.level_low}", said)
        }
    if row.level_low is None or row.level_high is None:
        return {"dataAbsentReason": absent("unknown")}
    return {"valueString": made.words.write("stage", row.level_low, row.level_high)}


def _about(made: Making) -> Json:
    return {"subject": made.subject, "effectiveDateTime": made.day, "device": made.author}


def _derived(sources: Iterable[str]) -> list[Json]:
    return references(source for source in sources if of_type(source, *_DERIVED))
