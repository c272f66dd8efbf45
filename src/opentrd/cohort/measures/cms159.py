"""CMS159 Depression Remission at Twelve Months (DepressionRemissionatTwelveMonthsFHIR 0.2.000).

Of persons from 12 years on whose PHQ-9 (or PHQ-9M) was above 9 around a visit for depression: how many have a
score below 5 twelve months later, give or take 60 days?
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from opentrd.cohort.measures.hospice import (
    CMS159,
    HOLDS,
    confirmed_and_active,
    in_hospice,
    in_palliative_care,
)
from opentrd.cohort.measures.model import (
    DENOMINATOR,
    EXCLUSION,
    INITIAL,
    NUMERATOR,
    Judged,
    Search,
    Step,
    age_step,
    any_of,
    began,
    by_time,
    last_ones,
    of,
    search,
    status,
    step,
)
from opentrd.cohort.measures.record import Condition, Encounter, MeasureRecord, Observation
from opentrd.cohort.measures.times import Moment, Stretch, age, not_after
from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_and, tri_or

DEPRESSION = ("major_depression_including_remission", "dysthymia")
OTHER = (
    "bipolar_disorder",
    "personality_disorder_emotionally_labile",
    "schizophrenia_or_psychotic_disorder",
    "pervasive_developmental_disorder",
)
SCALE = "phq_9_and_phq_9m_tools"


class Window(NamedTuple):
    """The days on which the second score is looked for, and the time in which exclusions are."""

    scored: Stretch
    whole: Stretch


def judge(person: MeasureRecord, year: Stretch, n: Mapping[str, int]) -> Judged:
    """Judge a person for a year; ``n`` are the measure's numbers."""
    identified = identification_period(year, n)
    found = _index(person, identified, n)
    index = by_time(found.yes, began)[0] if found.yes else None
    begun = began(index) if index else None
    steps = [
        step(
            INITIAL,
            "index_score",
            Search((index,), ()) if index else found,
            day=begun.ordinal if begun else None,
            score=index.value if index else None,
            above=n["score_above"],
            since=identified.start.ordinal if identified.start else None,
            until=identified.end.ordinal if identified.end else None,
        )
    ]
    groups: tuple[Mapping[str, bool], ...] = ({INITIAL: False},)
    window = _window(begun, identified, n)
    if begun is not None and window is not None:
        steps.append(age_step(person, age(person.born, begun), begun, n))
        initial = all(each.met for each in steps)
        excluding = _excluded(person, window)
        remitted = _remitted(person, window, n)
        steps += [*excluding, remitted]
        groups = (
            {
                INITIAL: initial,
                DENOMINATOR: initial,
                EXCLUSION: any(each.met for each in excluding),
                NUMERATOR: remitted.met is True,
            },
        )
    return Judged("CMS159", person.person_id, groups, tuple(steps))


def identification_period(year: Stretch, n: Mapping[str, int]) -> Stretch:
    """Return when the visit for depression must end: from 14 to 2 months before the year."""
    if year.start is None:
        return Stretch(None, None)
    until = year.start.plus(months=-n["identified_until"])
    return Stretch(
        year.start.plus(months=-n["identified_from"]), until.plus(milliseconds=-1) if until else None
    )


def _index(person: MeasureRecord, identified: Stretch, n: Mapping[str, int]) -> Search[Observation]:
    """Return the scores above the limit around a visit for depression."""
    diagnoses = search(person.conditions, of(*DEPRESSION), confirmed_and_active).yes

    def for_depression(visit: Encounter) -> Tri:
        period = visit.period
        return any_of(diagnoses, lambda d: period.overlaps(d.present) if period else UNKNOWN)

    visits = search(
        person.encounters,
        of("contact_or_office_visit"),
        status("finished"),
        for_depression,
        lambda visit: identified.holds(visit.period.end if visit.period else None),
    )

    def around_visit(score: Observation) -> Tri:
        def around(visit: Encounter) -> Tri:
            return _around(visit, n).holds_all(score.time, days=True)

        return tri_or(any_of(visits.yes, around), tri_and(UNKNOWN, any_of(visits.open, around)))

    def above(score: Observation) -> Tri:
        return UNKNOWN if score.value is None else YES if score.value > n["score_above"] else NO

    return search(person.observations, of(SCALE), status(*HOLDS), above, around_visit)


def _around(visit: Encounter, n: Mapping[str, int]) -> Stretch:
    """Return from so many days before a visit to its end."""
    if visit.period is None or visit.period.start is None:
        return Stretch(None, None)
    first = visit.period.start.plus(days=-n["before_encounter"])
    return Stretch(first.day.midnight if first else None, visit.period.end)


def _window(begun: Moment | None, identified: Stretch, n: Mapping[str, int]) -> Window | None:
    later = begun.day.plus(months=n["after"]) if begun else None
    if later is None:
        return None
    scored = Stretch(later.plus(days=-n["around"]), later.plus(days=n["around"]))
    return Window(scored, Stretch(identified.start, scored.end.midnight if scored.end else None))


def _excluded(person: MeasureRecord, window: Window) -> list[Step]:
    last = window.scored.end

    def begun_by_then(condition: Condition) -> Tri:
        start = condition.present.start if condition.present else None
        return not_after(start.day if start else None, last)

    died = not_after(person.died, last.midnight if last else None) if person.dead else NO
    until = last.ordinal if last else None
    return [
        step(EXCLUSION, "hospice", in_hospice(person, window.whole, CMS159)),
        step(EXCLUSION, "palliative", in_palliative_care(person, window.whole)),
        step(
            EXCLUSION,
            "died",
            None if died == UNKNOWN else died == YES,
            sources=[person.source] if person.dead else [],
            day=person.died.ordinal if person.died else None,
            until=until,
        ),
        step(
            EXCLUSION,
            "other_diagnosis",
            search(person.conditions, of(*OTHER), confirmed_and_active, begun_by_then),
            until=until,
        ),
    ]


def _remitted(person: MeasureRecord, window: Window, n: Mapping[str, int]) -> Step:
    """Return whether the last score of the window is below the limit."""

    def in_window(score: Observation) -> Tri:
        start = began(score)
        return window.scored.holds(start.day if start else None)

    found = search(person.observations, of(SCALE), status(*HOLDS), in_window)
    since, until = window.scored
    first_day, last_day = since.ordinal if since else None, until.ordinal if until else None
    if not found.yes:
        return step(NUMERATOR, "second_score", found, since=first_day, until=last_day)
    last, *others = last_ones(found.yes, began)
    begun = began(last)
    if any(_is_below(other, n) != _is_below(last, n) for other in others):
        sources = [each.source for each in (last, *others)]
        return step(NUMERATOR, "same_time", None, sources=sources, day=begun.ordinal if begun else None)
    return step(
        NUMERATOR,
        "remission",
        _is_below(last, n),
        sources=[last.source],
        score=last.value,
        below=n["remission_below"],
        day=begun.ordinal if begun else None,
        since=first_day,
        until=last_day,
    )


def _is_below(score: Observation, n: Mapping[str, int]) -> bool | None:
    return None if score.value is None else score.value < n["remission_below"]
