"""What was found as plain data: the JSON of ``opentrd measures``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from opentrd.cohort.measures.counting import Counts, Rate
from opentrd.cohort.measures.measures import populations
from opentrd.cohort.measures.model import Judged, Step
from opentrd.cohort.summing.small_cells import Cells
from opentrd.version import __version__

if TYPE_CHECKING:
    from opentrd.cohort.measures.reading import Account
    from opentrd.knowledge.loader import Knowledge
    from opentrd.present.words import Words

Json = dict[str, Any]
#: The version of this form of data.
FORMAT: Final = "1"


class Person(msgspec.Struct, frozen=True):
    """One person: judged under each measure, and which of their lines were adopted (see ``reading``)."""

    person_id: str
    judged: tuple[Judged, ...]
    adopted: tuple[str, ...] = ()


class Found(msgspec.Struct, frozen=True):
    """All that a run found. ``persons`` are listed where they may be shown; then no count is hidden.

    ``lacks`` names what the source lacks so that nobody can be counted.
    """

    year: int
    counts: Counts
    account: Account
    persons: tuple[Person, ...] | None
    lacks: tuple[str, ...] = ()


def lacking(found: Found, words: Words) -> list[str]:
    """Return in words why nobody can be counted."""
    return [words.text(f"measures.lacks.{name}", year=str(found.year)) for name in found.lacks]


def to_data(found: Found, words: Words) -> Json:
    """Return what was found as JSON data."""
    knowledge = words.knowledge
    hide = found.persons is None
    out: Json = {
        "format": FORMAT,
        "opentrd": __version__,
        "knowledge": knowledge.version,
        "period": {"start": f"{found.year}-01-01", "end": f"{found.year}-12-31"},
        "lacks": lacking(found, words),
        "small_counts_hidden": hide,
        "persons": found.counts.shown_persons(hide=hide),
        "measures": [
            _measure(measure, found.counts.rates(measure, hide=hide), words)
            for measure in found.counts.measures
        ],
        "read": read(found.account, hide=hide),
    }
    if found.persons is not None:
        out["listed"] = [_person(person, words) for person in found.persons]
    return out


def read(account: Mapping[tuple[str, str], int], *, hide: bool) -> list[Json]:
    """Return what became of the resources that were read, persons themselves left out.

    ``hide`` small counts, and those that would give them away to who knows how many there are of a type.
    """
    cells = Cells()
    found = {key: count for key, count in sorted(account.items()) if key[0] != "Patient"}
    for resource in sorted({resource for resource, _ in found}):
        own = {f"{resource}/{key[1]}": count for key, count in found.items() if key[0] == resource}
        parts = [cells.add(name, count) for name, count in own.items()]
        cells.total(cells.add(resource, sum(own.values()), keep=True), parts)
    shown = cells.protect() if hide else None
    return [
        {"resource": key[0], "result": key[1], "count": shown["/".join(key)] if shown else count}
        for key, count in found.items()
    ]


def _measure(measure: str, rates: Sequence[Rate], words: Words) -> Json:
    row = words.knowledge.measures[measure]
    return {
        "measure": measure,
        "name": row.name,
        "version": row.version,
        "url": row.url,
        "groups": [
            {"name": rate_name(measure, rate.group, words)} | msgspec.to_builtins(rate) for rate in rates
        ],
    }


def _person(person: Person, words: Words) -> Json:
    return {
        "person_id": person.person_id,
        "adopted": list(person.adopted),
        "measures": [
            {
                "measure": judged.measure,
                "groups": [
                    counted(judged, group, words.knowledge) for group in range(1, len(judged.groups) + 1)
                ],
                "why": [_step(step, words) for step in judged.steps],
            }
            for judged in person.judged
        ],
    }


def rate_name(measure: str, group: int, words: Words) -> str:
    """Return what a rate of a measure counts, in words."""
    return words.text(f"measure.rate.{measure}.{group}")


def population_name(population: str, words: Words) -> str:
    """Return a population in words."""
    return words.text(f"measure.population.{population}")


def counted(judged: Judged, group: int, knowledge: Knowledge) -> dict[str, int]:
    """Return the populations of a group in the measure's order, 1 where the person is in it."""
    is_in = populations(judged.groups[group - 1])
    rows = knowledge.measure_populations.values()
    return {
        row.population: int(is_in[row.population])
        for row in rows
        if row.measure == judged.measure and row.group == group
    }


def _step(step: Step, words: Words) -> Json:
    return {
        "population": step.population,
        "group": step.group,
        "met": step.met,
        "key": step.said.key,
        "text": words.say(step.said),
        "params": step.said.params,
        "sources": list(step.said.sources),
    }
