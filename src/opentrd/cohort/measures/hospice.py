"""Hospice and palliative care, which take a person out of a measure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from opentrd.cohort.measures import record as m
from opentrd.cohort.measures.events import ACTIVE
from opentrd.cohort.measures.model import Search, among, of, search, status, status_other_than
from opentrd.cohort.measures.times import Stretch
from opentrd.kleene import NO, YES, Tri, tri_and

#: Statuses of a visit that took place (library Status 1.8.000, isEncounterPerformed).
PERFORMED: Final = ("finished", "arrived", "triaged", "in-progress", "onleave")
#: Statuses of a result that holds.
HOLDS: Final = ("final", "amended", "corrected")
ORDERED: Final = ("active", "completed")
ORDERS: Final = frozenset({"order", "original-order", "reflex-order", "filler-order", "instance-order"})


class Forms(NamedTuple):
    """Which events count: the one thing in which the measures differ."""

    inpatient: Callable[[m.Event], Tri]
    encounter: Callable[[m.Event], Tri]
    assessment: Callable[[m.Observation], Tri]
    intents: frozenset[str]
    procedure: Callable[[m.Event], Tri]
    condition: Callable[[m.Condition], Tri]


def confirmed_and_active(condition: m.Condition) -> Tri:
    """Say whether a diagnosis is confirmed and active."""
    return YES if condition.confirmed and condition.status in ACTIVE else NO


def survey(event: m.Observation) -> Tri:
    """Say whether a result holds and comes from a questionnaire (Status 1.8.000, isAssessmentPerformed)."""
    return tri_and(status(*HOLDS)(event), YES if "survey" in event.categories else NO)


#: As in the library Hospice 6.12.000.
LIBRARY: Final = Forms(
    inpatient=status(*PERFORMED),
    encounter=status(*PERFORMED),
    assessment=survey,
    intents=frozenset({"order"}),
    procedure=status("completed"),
    condition=lambda _: YES,
)
#: As DepressionRemissionatTwelveMonthsFHIR 0.2.000 has it in its own text.
CMS159: Final = Forms(
    inpatient=status("finished"),
    encounter=status_other_than("cancelled", "entered-in-error", "unknown"),
    assessment=status(*HOLDS),
    intents=ORDERS,
    procedure=status_other_than("not-done", "entered-in-error", "unknown"),
    condition=confirmed_and_active,
)


def in_hospice(person: m.MeasureRecord, window: Stretch, forms: Forms) -> Search[m.Event]:
    """Return what says that a person had hospice care on a day of a stretch of time."""
    return together(
        search(
            person.encounters,
            of("encounter_inpatient"),
            forms.inpatient,
            lambda e: YES if "discharge_for_hospice_care" in e.discharged else NO,
            lambda e: window.holds(e.period.end if e.period else None, days=True),
        ),
        search(
            person.encounters,
            of("hospice_encounter"),
            forms.encounter,
            lambda e: window.overlaps(e.period, days=True),
        ),
        search(
            person.observations,
            of("hospice_assessment"),
            forms.assessment,
            lambda o: YES if "answer_yes" in o.answers else NO,
            lambda o: window.overlaps(o.time, days=True),
        ),
        search(
            person.services,
            of("hospice_care_ambulatory"),
            status(*ORDERED),
            lambda s: among(s.intent, forms.intents),
            lambda s: NO if s.forbids else YES,
            lambda s: window.holds(s.written, days=True),
        ),
        search(
            person.procedures,
            of("hospice_care_ambulatory"),
            forms.procedure,
            lambda p: window.overlaps(p.time, days=True),
        ),
        search(
            person.conditions,
            of("hospice_diagnosis"),
            forms.condition,
            lambda c: window.overlaps(c.present, days=True),
        ),
    )


def in_palliative_care(person: m.MeasureRecord, window: Stretch) -> Search[m.Event]:
    """Return what says that a person had palliative care in a stretch of time."""
    return together(
        search(
            person.observations,
            of("palliative_assessment"),
            status(*HOLDS),
            lambda o: window.overlaps(o.time),
        ),
        search(
            person.conditions,
            of("palliative_care_diagnosis"),
            confirmed_and_active,
            lambda c: window.overlaps(c.present),
        ),
        search(
            person.encounters,
            of("palliative_care_encounter"),
            status("finished"),
            lambda e: window.overlaps(e.period),
        ),
        search(
            person.procedures,
            of("palliative_care_intervention"),
            CMS159.procedure,
            lambda p: window.overlaps(p.time),
        ),
    )


def together(*searches: Search[Any]) -> Search[m.Event]:
    """Return several searches as one."""
    return Search(
        tuple(event for found in searches for event in found.yes),
        tuple(event for found in searches for event in found.open),
    )
