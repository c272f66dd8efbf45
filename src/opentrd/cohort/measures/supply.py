"""For which days a dispense or an order of a medicine lasts, as the measures reckon it.

Source: the library CumulativeMedicationDuration 4.1.000 (cited in ``measure_number``, CMD). A stated number
of days counts first; otherwise the quantity is divided by what is taken in a day. Numbers are exact
fractions, parts of a day fall away. What cannot be reckoned is ``None``: never a guess.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from opentrd.cohort.measures.times import Moment, Stretch, moment
from opentrd.records.fhir import resources as r
from opentrd.records.fhir.amounts import unit_kind

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

#: Units of time: UCUM codes and words to the names of the rows that say how many days they are.
_WEEKS: Final = frozenset({"wk", "week"})
_MONTHS: Final = frozenset({"mo", "month"})
_YEARS: Final = frozenset({"a", "year"})
_PARTS: Final = {"s": 86400, "second": 86400, "min": 1440, "minute": 1440, "h": 24, "hour": 24}


class Reckoning:
    """Reckons days of supply with the numbers of the tables."""

    def __init__(self, knowledge: Knowledge) -> None:
        numbers = {name: row.value for (of, name), row in knowledge.measure_numbers.items() if of == "CMD"}
        self._times = numbers["times_a_day"]
        self._days: dict[str, Fraction] = {"d": Fraction(1), "day": Fraction(1)}
        for names, row in (
            (_WEEKS, "days_in_week"),
            (_MONTHS, "days_in_month"),
            (_YEARS, "days_in_year"),
        ):
            self._days |= dict.fromkeys(names, Fraction(numbers[row]))
        self._days |= {name: Fraction(1, parts) for name, parts in _PARTS.items()}

    def dispensed(self, body: r.MedicationDispense, field: str = "") -> Stretch | None:
        """Return the days of a dispense: from when it was handed over, else prepared."""
        start = moment(body.when_handed_over, f"{field}whenHandedOver") or moment(
            body.when_prepared, f"{field}whenPrepared"
        )
        days = self.days(body.days_supply)
        if days is None:
            days = self._by_quantity(body.quantity, body.dosage_instruction)
        return _days_from(start, days)

    def ordered(self, body: r.MedicationRequest) -> Stretch | None:
        """Return the days of an order with its repeats: by its bounds, the day it was written, its validity.

        Where no length can be reckoned the end of the bounds is the end.
        """
        bounds = _bounds(body.dosage_instruction)
        request = body.dispense_request
        validity = request.validity_period if request else None
        field = "dosageInstruction.timing.repeat.boundsPeriod"
        last = moment(bounds.end, f"{field}.end") if bounds else None
        start = (
            (moment(bounds.start, f"{field}.start") if bounds else None)
            or moment(body.authored_on, "authoredOn")
            or (moment(validity.start, "dispenseRequest.validityPeriod.start") if validity else None)
        )
        days = self.days(request.expected_supply_duration) if request else None
        if days is None and request is not None:
            days = self._by_quantity(request.quantity, body.dosage_instruction)
        if days is not None and request is not None:
            return _days_from(start, days * (1 + (request.number_of_repeats_allowed or 0)))
        if start is None or last is None:
            return None
        return Stretch(start.day, last.day)

    def days(self, value: r.Quantity | None) -> Fraction | None:
        """Return a length of time in days; a number without unit counts days."""
        if value is None or value.value is None or value.comparator:
            return None
        unit = (value.code or value.unit or "d").strip().lower().strip("{}()")
        days = self._days.get(unit) or self._days.get(unit.removesuffix("s"))
        return None if days is None else _exact(value.value) * days

    def _by_quantity(self, supplied: r.Quantity | None, dosages: tuple[r.Dosage, ...]) -> Fraction | None:
        """Return for how many days a quantity lasts; only where there is one instruction with one dose."""
        if supplied is None or supplied.value is None or len(dosages) != 1:
            return None
        dosage = dosages[0]
        if len(dosage.dose_and_rate) != 1:
            return None
        rate = dosage.dose_and_rate[0]
        dose = rate.dose_range.high if rate.dose_range and rate.dose_range.high else rate.dose_quantity
        doses = _doses(supplied, dose) if dose else None
        a_day = self._times_a_day(dosage.timing)
        return doses / a_day if doses is not None and a_day else None

    def _times_a_day(self, timing: r.Timing | None) -> Fraction:
        """Return how often a day something is taken at most: by interval, by times of day, else once."""
        repeat = timing.repeat if timing else None
        if repeat is None:
            return Fraction(self._times)
        often = repeat.frequency_max if repeat.frequency_max is not None else repeat.frequency
        unit = (repeat.period_unit or "").lower()
        if often is not None and repeat.period and unit in self._days:
            return often / (_exact(repeat.period) * self._days[unit])
        return Fraction(len(repeat.time_of_day) or self._times)


def _doses(supplied: r.Quantity, dose: r.Quantity) -> Fraction | None:
    """Return how many doses a supply is.

    The measure divides the numbers as they stand; where one is a mass and the other is not, they say nothing
    together.
    """
    if supplied.value is None or not dose.value:
        return None
    kind, factor = unit_kind(supplied.unit, supplied.code)
    other, other_factor = unit_kind(dose.unit, dose.code)
    if kind == other:
        return _exact(supplied.value) * _exact(factor) / (_exact(dose.value) * _exact(other_factor))
    if "mg" in (kind, other) and not {kind, other} & {None, "?"}:
        return None
    return _exact(supplied.value) / _exact(dose.value)


def _bounds(dosages: tuple[r.Dosage, ...]) -> r.Period | None:
    if len(dosages) != 1:
        return None
    timing = dosages[0].timing
    return timing.repeat.bounds_period if timing and timing.repeat else None


def _days_from(start: Moment | None, days: Fraction | None) -> Stretch | None:
    """Return so many days from a day on, the first one counted; ``None`` where there are none."""
    if start is None or days is None or days <= 0:
        return None
    first = start.day
    last = first.plus(days=int(days - 1))
    return None if last is None else Stretch(first, last)


def _exact(value: float) -> Fraction:
    """Return a number as it is written in decimals."""
    return Fraction(repr(value))
