"""FHIR R4: an individual MeasureReport for each person and measure, and a summary one for each measure."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid5

from opentrd.cohort.measures.data import Found, Json, Person, counted, population_name, rate_name
from opentrd.cohort.measures.model import DENOMINATOR, EXCEPTION, EXCLUSION, INITIAL, NUMERATOR, Judged

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge
    from opentrd.present.words import Words

_NAMESPACE: Final = UUID("0c1f2a52-9f0f-5d0a-8f43-3f0d5f6f1b77")
_SYSTEM: Final = "http://terminology.hl7.org/CodeSystem/measure-population"
#: Population to its display in the code system.
_DISPLAY: Final = {
    INITIAL: "Initial Population",
    DENOMINATOR: "Denominator",
    EXCLUSION: "Denominator Exclusion",
    EXCEPTION: "Denominator Exception",
    NUMERATOR: "Numerator",
}


def to_bundle(found: Found, words: Words) -> Json:
    """Return a Bundle (collection) of the reports. It names persons, so no count in it is hidden."""
    entries = [
        {"fullUrl": f"urn:uuid:{report['id']}", "resource": report} for report in _reports(found, words)
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _reports(found: Found, words: Words) -> Iterator[Json]:
    for measure in found.counts.measures:
        yield _summary(found, measure, words)
    for person in found.persons or ():
        for judged in person.judged:
            yield _individual(found.year, person, judged, words)


def _summary(found: Found, measure: str, words: Words) -> Json:
    knowledge = words.knowledge
    groups = []
    for rate in found.counts.rates(measure, hide=False):
        group: Json = {
            "id": rate.group_id,
            "code": {"text": rate_name(measure, rate.group, words)},
            "population": [
                _population(measure, rate.group, population, count or 0, knowledge)
                for population, count in rate.populations.items()
            ],
        }
        if rate.share is not None:
            group["measureScore"] = {"value": round(rate.share, 6)}
        groups.append(group)
    return _head(found.year, measure, "summary", "", knowledge) | {"group": groups}


def _individual(year: int, person: Person, judged: Judged, words: Words) -> Json:
    knowledge = words.knowledge
    ids = {
        row.group: row.group_id
        for row in knowledge.measure_populations.values()
        if row.measure == judged.measure
    }
    out = _head(year, judged.measure, "individual", person.person_id, knowledge)
    sources = dict.fromkeys(source for step in judged.steps for source in step.said.sources)
    out["text"] = {"status": "generated", "div": _narrative(judged, words)}
    out["subject"] = {"reference": f"Patient/{person.person_id}"}
    out["group"] = [
        {
            "id": ids[group],
            "code": {"text": rate_name(judged.measure, group, words)},
            "population": [
                _population(judged.measure, group, population, count, knowledge)
                for population, count in counted(judged, group, knowledge).items()
            ],
        }
        for group in range(1, len(ids) + 1)
    ]
    evaluated = [{"reference": source} for source in sources if _is_reference(source)]
    if evaluated:
        out["evaluatedResource"] = evaluated
    return out


def _head(year: int, measure: str, kind: str, person: str, knowledge: Knowledge) -> Json:
    row = knowledge.measures[measure]
    return {
        "resourceType": "MeasureReport",
        "id": str(uuid5(_NAMESPACE, f"{kind} {measure} {year} {person}")),
        "status": "complete",
        "type": kind,
        "measure": f"{row.url}|{row.version}",
        "period": {"start": f"{year}-01-01", "end": f"{year}-12-31"},
    }


def _population(measure: str, group: int, population: str, count: int, knowledge: Knowledge) -> Json:
    row = knowledge.measure_populations[measure, group, population]
    return {
        "id": row.population_id,
        "code": {"coding": [{"system": _SYSTEM, "code": population, "display": _DISPLAY[population]}]},
        "count": count,
    }


def _narrative(judged: Judged, words: Words) -> str:
    """Return the steps as XHTML: which population, met or not, and why."""
    items = "".join(
        f"<li>{escape(population_name(step.population, words))}: {escape(words.say(step.said))}</li>"
        for step in judged.steps
    )
    return f'<div xmlns="http://www.w3.org/1999/xhtml"><ul>{items}</ul></div>'


def _is_reference(source: str) -> bool:
    kind, slash, key = source.partition("/")
    return bool(slash) and kind.isalpha() and kind[:1].isupper() and " " not in key and "#" not in key
