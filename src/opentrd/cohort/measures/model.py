"""What a measure says of a person: which populations, and step by step why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

import msgspec

from opentrd.cohort.measures.record import Event, MeasureRecord, Observation
from opentrd.cohort.measures.times import Moment, Stretch, compare
from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_and, tri_or
from opentrd.statement import Param, Statement

INITIAL: Final = "initial-population"
DENOMINATOR: Final = "denominator"
EXCLUSION: Final = "denominator-exclusion"
EXCEPTION: Final = "denominator-exception"
NUMERATOR: Final = "numerator"

E = TypeVar("E", bound=Event)


class Step(msgspec.Struct, frozen=True):
    """One criterion of a population and what was found.

    ``group`` is the number of the rate that it concerns, ``None`` for all. ``met`` is ``None`` where the
    record leaves it open, which counts as not met.
    """

    population: str
    met: bool | None
    said: Statement
    group: int | None = None


class Judged(msgspec.Struct, frozen=True):
    """A person under a measure: for each group the criteria that are met, before they are counted."""

    measure: str
    person_id: str
    groups: tuple[Mapping[str, bool], ...]
    steps: tuple[Step, ...]


#: Judges a person for a year with the measure's numbers.
Judge = Callable[[MeasureRecord, Stretch, Mapping[str, int]], Judged]


class Search(NamedTuple, Generic[E]):
    """The events that meet a criterion, and those of which the record leaves it open."""

    yes: tuple[E, ...]
    open: tuple[E, ...]


def search(events: Sequence[E], *tests: Callable[[E], Tri]) -> Search[E]:
    """Return the events that meet all tests, and those that may."""
    yes: list[E] = []
    perhaps: list[E] = []
    for event in events:
        found: Tri = YES
        for test in tests:
            found = tri_and(found, test(event))
            if found == NO:
                break
        if found != NO:
            (yes if found == YES else perhaps).append(event)
    return Search(tuple(yes), tuple(perhaps))


def any_of(events: Iterable[E], test: Callable[[E], Tri]) -> Tri:
    """Say whether one of some events meets a test."""
    found: Tri = NO
    for event in events:
        found = tri_or(found, test(event))
    return found


def of(*sets: str) -> Callable[[Event], Tri]:
    """Return the test whether an event's code is in one of some value sets."""
    wanted = frozenset(sets)
    return lambda event: NO if wanted.isdisjoint(event.sets) else YES


def among(word: str | None, wanted: frozenset[str]) -> Tri:
    """Say whether a status is one of some; unknown where there is none."""
    return UNKNOWN if word is None else YES if word in wanted else NO


def status(*words: str) -> Callable[[Event], Tri]:
    """Return the test whether an event has one of some statuses."""
    wanted = frozenset(words)
    return lambda event: among(event.status, wanted)


def status_other_than(*words: str) -> Callable[[Event], Tri]:
    """Return the test whether an event has a status that is none of some."""
    barred = frozenset(words)
    return lambda event: UNKNOWN if event.status is None else NO if event.status in barred else YES


def step(
    population: str,
    key: str,
    found: Search[E] | bool | None,
    *,
    group: int | None = None,
    sources: Sequence[str] = (),
    **params: Param,
) -> Step:
    """Return a step: its words are those of ``measure.<key>`` and ``yes``, ``no`` or ``open``."""
    if isinstance(found, Search):
        met = True if found.yes else None if found.open else False
        sources = [event.source for event in found.yes or found.open]
    else:
        met = found
    form = "open" if met is None else "yes" if met else "no"
    said = Statement(f"measure.{key}.{form}", dict(params), tuple(sources))
    return Step(population, met, said, group)


def age_step(person: MeasureRecord, years: int | None, on: Moment | None, n: Mapping[str, int]) -> Step:
    """Return whether a person of so many years on a day is old enough for the measure."""
    return step(
        INITIAL,
        "age",
        None if years is None else years >= n["age_from"],
        sources=[person.source],
        age=years,
        least=n["age_from"],
        day=on.ordinal if on else None,
    )


def began(observation: Observation) -> Moment | None:
    """Return when a result was made, or began to be."""
    return observation.time.start if observation.time else None


def last_ones(events: Sequence[E], when: Callable[[E], Moment | None]) -> list[E]:
    """Return the last event by a time; several where nobody knows which of them is: same time, bare day."""
    ordered = by_time(events, when)
    end = when(ordered[-1])
    return [event for event in ordered if compare(when(event), end) != -1]


def by_time(events: Sequence[E], when: Callable[[E], Moment | None]) -> list[E]:
    """Return events in the order of a time; those without one come first."""
    return sorted(events, key=lambda event: moment.parts if (moment := when(event)) else ())
