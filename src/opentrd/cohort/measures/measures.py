"""The measures that there are, and how a person's criteria become the counts of a report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from opentrd.cohort.measures import cms2, cms128, cms159
from opentrd.cohort.measures.model import (
    DENOMINATOR,
    EXCEPTION,
    EXCLUSION,
    INITIAL,
    NUMERATOR,
    Judge,
    Judged,
)
from opentrd.cohort.measures.record import MeasureRecord
from opentrd.cohort.measures.times import Moment, Stretch
from opentrd.kleene import NO

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

JUDGES: Final[dict[str, Judge]] = {"CMS2": cms2.judge, "CMS128": cms128.judge, "CMS159": cms159.judge}


def year_of(number: int) -> Stretch:
    """Return a calendar year in UTC, as the measures state their period."""
    return Stretch(Moment((number, 1, 1, 0, 0, 0, 0)), Moment((number, 12, 31, 23, 59, 59, 999)))


class Measures:
    """Judges persons under some measures for a year."""

    def __init__(self, knowledge: Knowledge, year: int, measures: Iterable[str]) -> None:
        self.year = year
        self.measures = tuple(measures)
        self._period = year_of(year)
        self._numbers: dict[str, dict[str, int]] = {}
        for (measure, name), row in knowledge.measure_numbers.items():
            self._numbers.setdefault(measure, {})[name] = row.value

    def judge(self, person: MeasureRecord) -> Iterator[Judged]:
        """Judge a person under each measure."""
        for measure in self.measures:
            yield JUDGES[measure](person, self._period, self._numbers[measure])

    def happened(self, person: MeasureRecord) -> bool:
        """Say whether a dated row of a person lies in the year, or may; what lasts does where it begins."""
        visits = [row.period for row in person.encounters]
        present = [row.present for row in person.conditions]
        results = [row.time for row in person.observations]
        done = [row.time for row in person.procedures]
        supplied = [row.supply for row in person.dispenses]
        begun = [time.start for time in (*visits, *present, *results, *done, *supplied) if time]
        written = [row.written for row in (*person.services, *person.medicines)]
        return any(day and self._period.holds(day, days=True) != NO for day in (*begun, *written))


def populations(met: Mapping[str, bool]) -> dict[str, bool]:
    """Return in which populations of a proportion a person counts, from the criteria that are met.

    Who is not in the initial population is in none; who is excluded is in no numerator; an exception counts
    only for who would else have failed. (Scoring of a proportion: FHIR Quality Measure Implementation Guide.)
    """
    initial = met[INITIAL]
    denominator = initial and met.get(DENOMINATOR, initial)
    excluded = denominator and met.get(EXCLUSION, False)
    numerator = denominator and not excluded and met.get(NUMERATOR, False)
    return {
        INITIAL: initial,
        DENOMINATOR: denominator,
        EXCLUSION: excluded,
        NUMERATOR: numerator,
        EXCEPTION: denominator and not excluded and not numerator and met.get(EXCEPTION, False),
    }
