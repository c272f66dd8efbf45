"""What a dosage says about the daily dose: stretches of time with a low and a high number of milligrams.

Instructions with the same sequence (or none) hold together and add up. Instructions with different
sequences follow each other where their lengths are known; otherwise the dose is the range of all of them.
What cannot be read is unknown (``None``), never zero. "As needed" makes the low end zero.
"""

from __future__ import annotations

from typing import Final

import msgspec

from opentrd.records.fhir import resources as r
from opentrd.records.fhir.amounts import Amount, amount
from opentrd.records.fhir.codes import codings, texts
from opentrd.records.fhir.dates import UNKNOWN_DAY, BadValueError, Span, duration_days, period, unit_days
from opentrd.records.fhir.products import Product
from opentrd.records.fhir.versions import check_dosage
from opentrd.records.fhir.wording import TextDose, TextStep, text_dose

#: Codes of timing.code (GTSAbbreviation and common ones): takes a day.
_TIMES: Final = {
    "QD": 1.0, "OD": 1.0, "BID": 2.0, "TID": 3.0, "QID": 4.0, "AM": 1.0, "PM": 1.0, "BED": 1.0, "HS": 1.0,
    "QOD": 0.5, "Q1H": 24.0, "Q2H": 12.0, "Q3H": 8.0, "Q4H": 6.0, "Q6H": 4.0, "Q8H": 3.0, "Q12H": 2.0,
    "WK": 1 / 7, "MO": 1 / 30.4375,
}  # fmt: skip


class Daily(msgspec.Struct, gc=False):
    """Dose in mg (a day, or a session for treatments counted so) and units of the form a day."""

    low: float | None = None
    high: float | None = None
    units_low: float | None = None
    units_high: float | None = None


class Step(msgspec.Struct, gc=False):
    """A stretch of one dose. ``start``/``end`` where stated as dates, ``days_*`` where as a length."""

    dose: Daily
    start: Span = UNKNOWN_DAY
    end: Span = UNKNOWN_DAY
    days_low: float | None = None
    days_high: float | None = None


def takes(timing: r.Timing | None, field: str) -> tuple[float, float] | None:
    """Return how often a day something is taken, low and high; ``None`` where that is not said."""
    if timing is None:
        return None
    repeat = timing.repeat
    if repeat is not None:
        found = _repeat(repeat, field)
        if found is not None:
            return found
    for coding in codings(timing.code):
        times = _TIMES.get((coding.code or "").upper())
        if times is not None:
            return times, times
    for text in texts(timing.code):
        times = _TIMES.get(text.upper())
        if times is not None:
            return times, times
        said = text_dose(text)
        if said is not None and said.takes_low is not None and said.takes_high is not None:
            return said.takes_low, said.takes_high
    return None


def _repeat(repeat: r.Repeat, field: str) -> tuple[float, float] | None:
    for name, number in (("frequency", repeat.frequency), ("period", repeat.period)):
        if number is not None and number <= 0:
            raise BadValueError(f"{field}.timing.repeat.{name}", f"{number:g} is not more than zero")
    events = max(len(repeat.time_of_day), len(repeat.when))
    share = len(set(repeat.day_of_week)) / 7 if repeat.day_of_week else 1.0
    unit = unit_days(repeat.period_unit)
    if repeat.period_unit is not None and unit is None:
        raise BadValueError(
            f"{field}.timing.repeat.periodUnit", f'"{repeat.period_unit[:20]}" is no unit of time'
        )
    if unit is None or (repeat.period is None and repeat.frequency is None and events):
        return (events * share, events * share) if events else (share, share) if repeat.day_of_week else None
    days = (repeat.period or 1.0) * unit
    days_max = max(days, (repeat.period_max or 0.0) * unit)
    low = float(repeat.frequency if repeat.frequency is not None else max(events, 1))
    high = float(max(low, repeat.frequency_max or 0))
    if days == 1.0 and events > high:
        low = high = float(events)
    if repeat.day_of_week and days <= 1.0:
        return low / days_max * share, high / days * share
    return low / days_max, high / days


def daily(dosage: r.Dosage, product: Product, field: str) -> Daily:
    """Return the daily dose that one instruction says, by its structure or else by its text.

    Where structure and text say different doses, the dose is the range of both.
    """
    check_dosage(dosage, field)
    dose = _structured(dosage, product, takes(dosage.timing, field))
    for text in _texts(dosage):
        said = said_in(text, product)
        phase = said.phases[0] if said is not None and len(said.phases) == 1 else None
        if said is not None and product.dose_unit == "mg/session":
            phase = TextStep(said.take_low, said.take_high)
        if phase is None:
            continue
        if dose.low is None or dose.high is None:
            units = dose.units_low, dose.units_high
            dose = Daily(phase.low, phase.high, phase.units_low, phase.units_high)
            if dose.units_low is None:
                dose.units_low, dose.units_high = units
        elif phase.low is not None and phase.high is not None:
            differ = phase.low < dose.low * 0.99 or phase.high > dose.high * 1.01
            if differ and not needed(dosage):
                dose = Daily(min(dose.low, phase.low), max(dose.high, phase.high))
        if dose.low is not None:
            break
    if needed(dosage) and dose.low is not None:
        dose = Daily(0.0, dose.high, 0.0 if dose.units_low is not None else None, dose.units_high)
    return _capped(dosage, product, dose, as_needed=needed(dosage))


def said_in(text: str, product: Product) -> TextDose | None:
    """Return what a dose text says for a product."""
    return text_dose(text, product.strength_low, product.strength_high, product.strength_unit)


def _texts(dosage: r.Dosage) -> list[str]:
    return [text for text in (dosage.text, dosage.patient_instruction) if text and text.strip()]


def needed(dosage: r.Dosage) -> bool:
    """Return whether something is taken only as needed."""
    return bool(dosage.as_needed_boolean) or dosage.as_needed_codeable_concept is not None


def _capped(dosage: r.Dosage, product: Product, dose: Daily, *, as_needed: bool) -> Daily:
    """Apply the most that may be taken in a time."""
    most = dosage.max_dose_per_period
    if most is None or most.numerator is None:
        return dose
    days = duration_days(most.denominator) if most.denominator else 1.0
    limit = milligrams(amount(most.numerator, most.numerator), product)
    if not days or limit is None:
        return dose
    cap = limit[1] / days
    if dose.high is None:
        return Daily(0.0, cap) if as_needed else dose
    if dose.high > cap:
        return Daily(min(dose.low or 0.0, cap), cap)
    return dose


def _structured(dosage: r.Dosage, product: Product, times: tuple[float, float] | None) -> Daily:
    take = _take(dosage)
    if take is None:
        return Daily()
    mg = milligrams(take, product)
    if product.dose_unit == "mg/session":
        return Daily(*mg) if mg else Daily()
    counts = take.unit == "unit" or (take.unit is None and product.counts(take.high))
    if take.unit == "patch" and mg is not None:
        return Daily(*mg)
    if times is None:
        return Daily()
    low, high = times
    out = Daily()
    if counts or take.unit == "ml":
        out.units_low, out.units_high = take.low * low, take.high * high
    elif mg is not None and (each := product.exact) is not None:
        out.units_low, out.units_high = mg[0] * low / each, mg[1] * high / each
    if mg is not None:
        out.low, out.high = mg[0] * low, mg[1] * high
    return out


def _take(dosage: r.Dosage) -> Amount | None:
    """Return the amount of one take: what was ordered before what was calculated, else the range of all."""
    found: list[Amount] = []
    for rate in dosage.dose_and_rate:
        quantity, limits = rate.dose_quantity, rate.dose_range
        one = amount(quantity, quantity) if quantity else amount(limits.low, limits.high) if limits else None
        if one is None:
            continue
        if any(coding.code == "ordered" for coding in codings(rate.type)):
            return one
        found.append(one)
    if not found or len({one.unit for one in found}) > 1:
        return None
    return Amount(min(one.low for one in found), max(one.high for one in found), found[0].unit)


def milligrams(take: Amount | None, product: Product) -> tuple[float, float] | None:
    """Return an amount in milligrams by the product's strength (a day, for a patch)."""
    if take is None:
        return None
    if take.unit == "mg":
        return take.low, take.high
    low, high, per = product.strength_low, product.strength_high, product.strength_unit
    if low is None or high is None:
        return None
    if take.unit == "ml" and per == "mg/ml":
        return take.low * low, take.high * high
    if take.unit in ("patch", "unit", None) and per == "mg/h" and take.high <= product.most_units:
        return take.low * low * 24, take.high * high * 24
    if take.unit == "unit" and per == "mg":
        return take.low * low, take.high * high
    if take.unit is None and product.counts(take.high):
        return take.low * low, take.high * high
    return None


def course(dosages: tuple[r.Dosage, ...], product: Product, field: str) -> list[Step]:
    """Return the steps of all instructions of a line, in order; one of unknown dose where nothing is said."""
    read = [(d, _step(d, product, f"{field}[{i}]")) for i, d in enumerate(dosages)]
    if not read:
        return [Step(Daily())]
    if len(read) == 1:
        phases = _text_phases(read[0][0], product, read[0][1])
        return phases or [read[0][1]]
    groups: dict[object, list[Step]] = {}
    starts = [step.start for _, step in read]
    dated = all(start.earliest is not None for start in starts) and len(set(starts)) > 1
    for dosage, step in read:
        groups.setdefault(step.start if dated else dosage.sequence, []).append(step)
    steps = [_together(group) for _, group in sorted(groups.items(), key=lambda item: _order(item[0]))]
    if len(steps) == 1:
        return steps
    known = all(
        step.days_low is not None or (step.start.earliest is not None and step.end.earliest is not None)
        for step in steps[:-1]
    )
    return steps if known else [_range(steps, read)]


def _order(key: object) -> tuple[int, int]:
    if isinstance(key, Span):
        return key.earliest or 0, key.latest or 0
    return (key if isinstance(key, int) else 0), 0


def _step(dosage: r.Dosage, product: Product, field: str) -> Step:
    step = Step(daily(dosage, product, field))
    repeat = dosage.timing.repeat if dosage.timing else None
    if repeat is None:
        return step
    where = f"{field}.timing.repeat"
    step.start, step.end = period(repeat.bounds_period, f"{where}.boundsPeriod")
    step.days_low = step.days_high = duration_days(repeat.bounds_duration)
    if repeat.bounds_range is not None:
        step.days_low = duration_days(repeat.bounds_range.low)
        step.days_high = duration_days(repeat.bounds_range.high)
    if step.days_low is None and step.end.earliest is None and repeat.count and repeat.bounds_period is None:
        times = takes(dosage.timing, field)
        if times is not None and times[0] > 0:
            step.days_low, step.days_high = repeat.count / times[1], repeat.count / times[0]
    return step


def _text_phases(dosage: r.Dosage, product: Product, whole: Step) -> list[Step]:
    """Return the steps of a taper that stands in the text; a stop at its end ends the last step."""
    for text in _texts(dosage):
        said = said_in(text, product)
        if said is None or len(said.phases) < 2:
            continue
        phases = list(said.phases)
        while len(phases) > 1 and phases[-1].high == 0:
            phases.pop()
        steps = [
            Step(Daily(p.low, p.high, p.units_low, p.units_high), days_low=p.days_low, days_high=p.days_high)
            for p in phases
        ]
        if all(step.days_low is not None for step in steps[:-1]):
            steps[0].start, steps[-1].end = whole.start, whole.end
            return steps
        return [_range(steps, [], whole)]
    return []


def _together(steps: list[Step]) -> Step:
    """Add up what is taken side by side. One unknown part makes the sum unknown."""
    if len(steps) == 1:
        return steps[0]
    out = Step(
        Daily(
            *(
                _sum([getattr(step.dose, name) for step in steps])
                for name in ("low", "high", "units_low", "units_high")
            )
        )
    )
    for step in steps:
        if step.start.earliest is not None and out.start.earliest is None:
            out.start = step.start
        if step.end.latest is not None and (out.end.latest is None or step.end.latest > out.end.latest):
            out.end = step.end
        if step.days_high is not None and step.days_high > (out.days_high or 0.0):
            out.days_low, out.days_high = step.days_low, step.days_high
    return out


def _sum(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _range(steps: list[Step], read: list[tuple[r.Dosage, Step]], whole: Step | None = None) -> Step:
    """Return one step over the range of doses, where the order or lengths of the steps are not known.

    Instructions at different times of the day may also hold together: then the sum is possible too.
    """
    lows, highs = [step.dose.low for step in steps], [step.dose.high for step in steps]
    dose = Daily()
    if all(value is not None for value in (*lows, *highs)):
        dose.low = min(value for value in lows if value is not None)
        dose.high = max(value for value in highs if value is not None)
        if _other_times(read):
            dose.high = sum(value for value in highs if value is not None)
    if whole is not None:
        return Step(dose, whole.start, whole.end, whole.days_low, whole.days_high)
    starts = [step.start for step in steps if step.start.earliest is not None]
    end = steps[-1].end
    return Step(dose, starts[0] if starts else UNKNOWN_DAY, end)


def _other_times(read: list[tuple[r.Dosage, Step]]) -> bool:
    seen: set[str] = set()
    for dosage, _ in read:
        repeat = dosage.timing.repeat if dosage.timing else None
        own = set(repeat.when) | set(repeat.time_of_day) if repeat else set()
        if not own or own & seen:
            return False
        seen |= own
    return bool(read)
