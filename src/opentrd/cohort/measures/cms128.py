"""CMS128 Antidepressant Medication Management (AntidepressantMedicationManagementFHIR 0.1.001).

Of adults with major depression to whom an antidepressant was newly given out: for how many does what was
given out last at least 84 days of the first 115, and at least 180 of the first 232?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from opentrd.cohort.measures.hospice import LIBRARY, PERFORMED, in_hospice
from opentrd.cohort.measures.model import (
    DENOMINATOR,
    EXCLUSION,
    INITIAL,
    NUMERATOR,
    Judged,
    Search,
    Step,
    age_step,
    among,
    of,
    search,
    status,
    step,
)
from opentrd.cohort.measures.record import Condition, Dispense, Encounter, MeasureRecord
from opentrd.cohort.measures.times import Moment, Stretch, age
from opentrd.kleene import NO, UNKNOWN, YES, Tri

VISITS = (
    "office_visit",
    "preventive_care_services_established_office_visit_18_and_up",
    "preventive_care_services_initial_office_visit_18_and_up",
    "home_healthcare_services",
    "annual_wellness_visit",
    "nursing_facility_visit",
    "psych_visit_diagnostic_evaluation",
    "psych_visit_psychotherapy",
    "telephone_visits",
    "virtual_encounter",
)
GROUPS = (1, 2)


def judge(person: MeasureRecord, year: Stretch, n: Mapping[str, int]) -> Judged:
    """Judge a person for a year; ``n`` are the measure's numbers."""
    intake = intake_period(year, n)
    dispensed = search(
        person.dispenses,
        of("antidepressant_medication"),
        status("completed", "in-progress", "on-hold"),
    ).yes
    started = search(dispensed, lambda d: _starts_in(d, intake))
    first = min((d.supply.start.parts for d in started.yes if d.supply and d.supply.start), default=None)
    start = Moment(first) if first else None
    steps = [
        step(
            INITIAL,
            "supply_first",
            started if not start else Search(tuple(d for d in started.yes if _start(d) == start), ()),
            day=start.ordinal if start else None,
            since=intake.start.ordinal if intake.start else None,
            until=intake.end.ordinal if intake.end else None,
        )
    ]
    groups = [{INITIAL: False} for _ in GROUPS]
    if start is not None:
        steps += _initial(person, start, n)
        initial = all(found.met for found in steps)
        excluding = _excluded(person, year, start, n)
        supplied = [_supplied(dispensed, start, n, group) for group in GROUPS]
        steps += [*excluding, *supplied]
        groups = [
            {
                INITIAL: initial,
                DENOMINATOR: initial,
                EXCLUSION: any(found.met for found in excluding),
                NUMERATOR: found.met is True,
            }
            for found in supplied
        ]
    return Judged("CMS128", person.person_id, tuple(groups), tuple(steps))


def intake_period(year: Stretch, n: Mapping[str, int]) -> Stretch:
    """Return when a treatment must begin: from May of the year before to the end of April."""
    number = year.start.parts[0] if year.start else 0
    return Stretch(
        Moment((number - 1, n["intake_start_month"], n["intake_start_day"], 0, 0, 0, 0)),
        Moment((number, n["intake_end_month"], n["intake_end_day"], 23, 59, 59, 0)),
    )


def _start(dispense: Dispense) -> Moment | None:
    return dispense.supply.start if dispense.supply else None


def _starts_in(dispense: Dispense, intake: Stretch) -> Tri:
    return intake.holds(_start(dispense), days=True)


def _initial(person: MeasureRecord, start: Moment, n: Mapping[str, int]) -> list[Step]:
    near = Stretch(start.plus(days=-n["diagnosis_within"]), start.plus(days=n["diagnosis_within"]))
    around = Stretch(start.plus(days=-n["encounter_within"]), start.plus(days=n["encounter_within"]))
    years = age(person.born, start)

    def diagnosed(condition: Condition) -> Tri:
        begun = condition.present.start if condition.present else None
        return near.holds(begun.day if begun else None)

    def seen(visit: Encounter) -> Tri:
        begun = visit.period.start if visit.period else None
        return around.holds(begun.day if begun else None)

    diagnoses = search(person.conditions, of("major_depression"), diagnosed)
    visits = search(person.encounters, of(*VISITS), status(*PERFORMED), seen)
    return [
        age_step(person, years, start, n),
        step(INITIAL, "depression_near", diagnoses, days=n["diagnosis_within"]),
        step(INITIAL, "visit_near", visits, days=n["encounter_within"]),
    ]


def _excluded(person: MeasureRecord, year: Stretch, start: Moment, n: Mapping[str, int]) -> list[Step]:
    lookback = Stretch(start.plus(days=-n["free_before"]), start.plus(days=-1))
    earlier = search(
        person.medicines,
        of("antidepressant_medication"),
        status("active"),
        lambda order: among(order.intent, frozenset({"order"})),
        lambda order: NO if order.forbids else YES,
        lambda order: lookback.overlaps(order.supply) if order.supply else UNKNOWN,
    )
    return [
        step(EXCLUSION, "hospice", in_hospice(person, year, LIBRARY)),
        step(EXCLUSION, "order_before", earlier, days=n["free_before"]),
    ]


def _supplied(dispensed: Sequence[Dispense], start: Moment, n: Mapping[str, int], group: int) -> Step:
    """Return whether enough days of a window were supplied; a day counts once however often supplied."""
    window, needed = n[f"window_{group}"], n[f"supplied_{group}"]
    first = start.ordinal or 0
    days: set[int] = set()
    used, untold = [], []
    for dispense in dispensed:
        low, high = _days(dispense.supply)
        if low is None or high is None:
            untold.append(dispense.source)
            continue
        inside = range(max(low, first), min(high, first + window) + 1)
        if inside:
            days.update(inside)
            used.append(dispense.source)
    met = len(days) >= needed
    return step(
        NUMERATOR,
        "supplied",
        None if untold and not met else met,
        group=group,
        sources=used + (untold if not met else []),
        days=len(days),
        needed=needed,
        window=window,
        untold=len(untold) or None,
    )


def _days(supply: Stretch | None) -> tuple[int | None, int | None]:
    """Return the first and last day of a supply as numbers."""
    if supply is None or supply.start is None or supply.end is None:
        return None, None
    return supply.start.ordinal, supply.end.ordinal
