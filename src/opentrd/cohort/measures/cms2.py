"""CMS2 Screening for Depression and Follow-Up Plan (PCSDepressionScreenAndFollowUpFHIR 0.2.000).

Of persons from 12 years on who came to a visit in the year: how many were screened for depression on that day
or in the 14 days before, and, where the screening was positive, followed up on the day of the visit or, where
it is an order, in the two days after?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from opentrd.cohort.measures.model import (
    DENOMINATOR,
    EXCEPTION,
    EXCLUSION,
    INITIAL,
    NUMERATOR,
    Judged,
    Search,
    Step,
    age_step,
    among,
    any_of,
    began,
    last_ones,
    of,
    search,
    status,
    step,
)
from opentrd.cohort.measures.record import (
    Condition,
    Encounter,
    MeasureRecord,
    Observation,
    Order,
    Procedure,
)
from opentrd.cohort.measures.times import Moment, Stretch, age, before
from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_and

VISITS = ("encounter_to_screen_for_depression", "physical_therapy_evaluation", "telephone_visits")
ANSWERS = frozenset({"screening_negative", "screening_positive"})
LISTED = frozenset({"problem-list-item", "health-concern"})


class Form(NamedTuple):
    """The screening for an age: its value set, and those of what may follow."""

    key: str
    screening: str
    medicines: str
    referral: str
    follow_up: str


ADOLESCENT = Form(
    "adolescent",
    "adolescent_screening",
    "adolescent_depression_medications",
    "referral_for_adolescent_depression",
    "follow_up_for_adolescent_depression",
)
ADULT = Form(
    "adult",
    "adult_screening",
    "adult_depression_medications",
    "referral_for_adult_depression",
    "follow_up_for_adult_depression",
)


def judge(person: MeasureRecord, year: Stretch, n: Mapping[str, int]) -> Judged:
    """Judge a person for a year; ``n`` are the measure's numbers."""
    visits = search(
        person.encounters,
        of(*VISITS),
        status("finished"),
        lambda visit: year.holds_all(visit.period, days=True),
    )
    first = year.start.day if year.start else None
    years = age(person.born, first)
    steps = [
        age_step(person, years, first, n),
        step(INITIAL, "visit_in_year", visits, year=year.start.parts[0] if year.start else None),
    ]
    initial = all(each.met for each in steps)
    if not initial or years is None:
        return Judged("CMS2", person.person_id, ({INITIAL: False},), tuple(steps))
    excluded = step(EXCLUSION, "bipolar_before", _bipolar(person, visits.yes))
    screened = {form: _screenings(person, form, visits.yes, n) for form in (ADOLESCENT, ADULT)}
    answered = [_answered(person, form, screened[form], visits.yes, year, n) for form in _forms(years, n)]
    excepted = [
        each
        for form in (ADOLESCENT, ADULT)
        if not screened[form].yes
        and ((each := _excepted(person, form, visits.yes)).met is not False or form in _forms(years, n))
    ]
    groups = {
        INITIAL: True,
        DENOMINATOR: True,
        EXCLUSION: excluded.met is True,
        NUMERATOR: any(each.met for each in answered),
        EXCEPTION: any(each.met for each in excepted),
    }
    steps += [excluded, *answered, *excepted]
    return Judged("CMS2", person.person_id, (groups,), tuple(steps))


def _forms(years: int, n: Mapping[str, int]) -> tuple[Form, ...]:
    """Return the forms of screening that count at an age."""
    if years >= n["age_adult"]:
        return (ADULT,)
    return (ADOLESCENT, ADULT) if years >= n["age_either"] else (ADOLESCENT,)


def _bipolar(person: MeasureRecord, visits: Sequence[Encounter]) -> Search[Condition]:
    def before_a_visit(condition: Condition) -> Tri:
        starts = condition.present.start if condition.present else None
        return any_of(visits, lambda visit: before(starts, visit.period.start if visit.period else None))

    return search(
        person.conditions,
        of("bipolar_disorder"),
        lambda c: NO if LISTED.isdisjoint(c.categories) else YES,
        before_a_visit,
    )


def _days_up_to(visit: Encounter, n: Mapping[str, int]) -> Stretch:
    """Return the day on which a visit begins and the days before on which a screening counts for it."""
    start = visit.period.start if visit.period else None
    return Stretch(start.plus(days=-n["before_encounter"]) if start else None, start)


def _screenings(
    person: MeasureRecord, form: Form, visits: Sequence[Encounter], n: Mapping[str, int]
) -> Search[Observation]:
    def for_a_visit(screening: Observation) -> Tri:
        end = screening.time.end if screening.time else None
        return any_of(visits, lambda visit: _days_up_to(visit, n).holds(end, days=True))

    return search(
        person.observations,
        of(form.screening),
        status("final"),
        lambda o: YES if o.has_value else NO,
        for_a_visit,
    )


def _answered(
    person: MeasureRecord,
    form: Form,
    screened: Search[Observation],
    visits: Sequence[Encounter],
    year: Stretch,
    n: Mapping[str, int],
) -> Step:
    """Return whether the last screening was negative, or positive and followed up."""
    if not screened.yes:
        return step(NUMERATOR, f"screened_{form.key}", screened)
    last, *others = last_ones(screened.yes, began)
    begun = began(last)
    day = begun.ordinal if begun else None
    if any(other.answers & ANSWERS != last.answers & ANSWERS for other in others):
        sources = [each.source for each in (last, *others)]
        return step(NUMERATOR, "same_time", None, sources=sources, day=day)
    if "screening_negative" in last.answers:
        return step(NUMERATOR, "negative", True, sources=[last.source], day=day)
    if "screening_positive" not in last.answers:
        return step(NUMERATOR, "no_result", False, sources=[last.source], day=day)
    followed = _followed(person, form, last, visits, year, n)
    met = True if followed.yes else None if followed.open else False
    sources = [last.source, *(event.source for event in followed.yes or followed.open)]
    return step(NUMERATOR, "positive", met, sources=sources, day=day, days=n["order_after"])


def _followed(
    person: MeasureRecord,
    form: Form,
    last: Observation,
    visits: Sequence[Encounter],
    year: Stretch,
    n: Mapping[str, int],
) -> Search[Order | Procedure]:
    def at_a_visit(event: Order | Procedure) -> Tri:
        def screened(visit: Encounter) -> Tri:
            return _days_up_to(visit, n).holds(began(last), days=True)

        return any_of(visits, lambda visit: tri_and(screened(visit), _with_visit(event, visit, n)))

    def in_year(event: Order | Procedure) -> Tri:
        return year.holds(_when(event), days=True)

    def not_forbidden(order: Order) -> Tri:
        return NO if order.forbids else YES

    medicines = search(
        person.medicines,
        of(form.medicines),
        status("active", "completed"),
        lambda order: among(order.intent, frozenset({"order"})),
        not_forbidden,
        at_a_visit,
        in_year,
    )
    referrals = search(
        person.services, of(form.referral), status("active", "completed"), not_forbidden, at_a_visit, in_year
    )
    done = search(person.procedures, of(form.follow_up), status("completed"), at_a_visit, in_year)
    return Search((*medicines.yes, *referrals.yes, *done.yes), (*medicines.open, *referrals.open, *done.open))


def _when(event: Order | Procedure) -> Moment | None:
    if isinstance(event, Order):
        return event.written
    return event.time.start if event.time else None


def _with_visit(event: Order | Procedure, visit: Encounter, n: Mapping[str, int]) -> Tri:
    """Say whether something was done during a visit, or ordered on its last day or soon after."""
    if visit.period is None:
        return UNKNOWN
    if isinstance(event, Procedure):
        return visit.period.holds(_when(event))
    end = visit.period.end
    return Stretch(end, end.plus(days=n["order_after"]) if end else None).holds(event.written, days=True)


def _excepted(person: MeasureRecord, form: Form, visits: Sequence[Encounter]) -> Step:
    """Return whether a reason is recorded why a screening that was not made was not."""

    def at_a_visit(reason: Observation) -> Tri:
        return any_of(visits, lambda visit: visit.period.holds(reason.issued) if visit.period else UNKNOWN)

    reasons = search(
        person.observations,
        of(form.screening),
        status("cancelled"),
        lambda o: YES if o.not_done and o.not_done & {"screening_declined", "medical_reason"} else NO,
        at_a_visit,
    )
    return step(EXCEPTION, f"reason_{form.key}", reasons)
