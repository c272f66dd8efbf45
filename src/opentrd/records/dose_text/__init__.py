"""Reads dose instructions as real records have them: English, Latin, British and Spanish habits.

``parse_dose_text("1-2 tabs po bid prn")`` gives phases of so much a day. What a text does not say stays
unknown: without a frequency there is no amount a day ("take 1 tablet by mouth" has a take of 1 and no
phases), and a text that says nothing at all ("as directed") gives ``None``. Zero is only ever a stop, or
the least of "as needed" and "up to". Rates below one a day are shares of days with three decimals: every
other day 0.5, weekly 0.143.
"""

from __future__ import annotations

import msgspec

from opentrd.records.dose_text.grammar import COUNTED, MASS, reduce_items
from opentrd.records.dose_text.groups import Reader
from opentrd.records.dose_text.phases import Phase, build_phases, share_of, takes_of
from opentrd.records.dose_text.words import scan

__all__ = ["DoseText", "Phase", "daily_dose", "parse_dose_text", "phase_dose"]

SPOON_ML = {"teaspoon": 5.0, "tablespoon": 15.0}
IN_MG = {"mg": 1.0, "mcg": 0.001, "g": 1000.0}


class DoseText(msgspec.Struct, frozen=True, kw_only=True):
    """What a dose instruction says.

    ``phases``: amounts a day in order of time; empty where the amount a day cannot be known. ``take_*``:
    the dose of one take in ``take_unit``, of the first phase. ``takes_*``: takes a day, over all days.
    ``mass_*``: mass of one take in ``mass_unit`` where the text gives it beside a count: "1 tablet
    (50 mg)". ``strength``: mass of one piece, or of one ml where ``per_ml``, in ``strength_unit``.
    ``most``: the stated most a day in ``most_unit``, already applied where it has the phases' unit.
    """

    phases: tuple[Phase, ...] = ()
    as_needed: bool = False
    take_low: float | None = None
    take_high: float | None = None
    take_unit: str = ""
    takes_low: float | None = None
    takes_high: float | None = None
    mass_low: float | None = None
    mass_high: float | None = None
    mass_unit: str = ""
    strength: float | None = None
    strength_unit: str = ""
    per_ml: bool = False
    most: float | None = None
    most_unit: str = ""


def parse_dose_text(text: str) -> DoseText | None:
    """Return what a dose instruction says, or ``None`` where nothing in it tells a dose. Never raises."""
    reader = Reader(reduce_items(scan(text)))
    groups = [g for g in reader.groups if g.amount or g.timed or g.stop]
    if not groups:
        return None
    phases = build_phases(reader)
    first = groups[0]
    found = DoseText(phases=phases, as_needed=reader.as_needed)
    changes: dict[str, object] = {}
    if first.amount:
        changes |= {
            "take_low": first.amount.low,
            "take_high": first.amount.high,
            "take_unit": first.amount.name,
        }
    takes = takes_of(first) if first.timed or phases else None
    if takes and not first.stop:
        low, high = share_of(first)
        least = 0.0 if reader.as_needed else round(takes[0] * low, 3)
        changes |= {"takes_low": least, "takes_high": round(takes[1] * high, 3)}
    if first.total and first.total.name in MASS and first.amount and first.amount.name not in MASS:
        changes |= {"mass_low": first.total.low, "mass_high": first.total.high, "mass_unit": first.total.name}
    strength = first.strength or reader.strength
    if reader.concentration:
        changes |= {
            "strength": reader.concentration[0],
            "strength_unit": reader.concentration[1],
            "per_ml": True,
        }
    elif strength and strength[1] in MASS:
        changes |= {"strength": strength[0], "strength_unit": strength[1]}
    if reader.maximum:
        changes |= {"most": reader.maximum.high, "most_unit": reader.maximum.name}
    return msgspec.structs.replace(found, **changes)


def daily_dose(
    dose_text: DoseText,
    strength: float | None = None,
    strength_unit: str | None = None,
    *,
    bare_unit: str | None = None,
) -> tuple[float, float, str] | None:
    """Return the daily dose, low, high and unit (``mg``, or ``mcg`` where all is in it).

    ``strength`` is the mass of one piece in ``strength_unit`` (``mg``, ``mcg``, ``g``), of one ml for
    ``mg/ml``, or the rate of a patch for ``mg/hr`` and ``mg/24h``; where it is ``None`` what the text says
    counts. ``bare_unit`` is what large bare numbers are in ("sertraline 100 daily"). ``None`` where it
    cannot be known, and where there are several phases: ask ``phase_dose`` for each.
    """
    if len(dose_text.phases) != 1:
        return None
    return phase_dose(dose_text, dose_text.phases[0], strength, strength_unit, bare_unit=bare_unit)


def phase_dose(
    dose_text: DoseText,
    phase: Phase,
    strength: float | None = None,
    strength_unit: str | None = None,
    *,
    bare_unit: str | None = None,
) -> tuple[float, float, str] | None:
    """Return the daily dose of one phase, low, high and unit; see ``daily_dose``."""
    unit = (strength_unit or "").lower().replace(" ", "")
    if phase.high == 0:
        return 0.0, 0.0, "mcg" if unit.startswith("mcg") else "mg"
    if phase.unit in MASS or (phase.unit == "" and bare_unit in MASS):
        return _in_mass(dose_text, phase.low, phase.high, phase.unit or bare_unit or "")
    per_ml = phase.unit == "ml" or phase.unit in SPOON_ML
    factor = SPOON_ML.get(phase.unit, 1.0)
    if strength is not None and strength > 0:
        mass, _, per = unit.partition("/")
        if mass in MASS and (per in ("hr", "h", "24h", "24hr") and phase.unit in ("patch", "unit")):
            # a patch gives its rate as long as it is worn, however often it is changed
            rate = strength * (24.0 if per in ("hr", "h") else 1.0)
            low, high = dose_text.take_low or 1.0, dose_text.take_high or 1.0
            return _in_mass(dose_text, 0.0 if dose_text.as_needed else low * rate, high * rate, mass)
        if mass in MASS and (per in ("ml", "1ml")) == per_ml and (per_ml or not per) and phase.unit != "":
            return _in_mass(dose_text, phase.low * strength * factor, phase.high * strength * factor, mass)
        return None
    if dose_text.strength is not None and dose_text.per_ml == per_ml and (per_ml or phase.unit in COUNTED):
        low, high = phase.low * dose_text.strength * factor, phase.high * dose_text.strength * factor
        return _in_mass(dose_text, low, high, dose_text.strength_unit)
    if (
        dose_text.mass_high
        and dose_text.take_high
        and (dose_text.take_low or 0) > 0
        and phase.unit == dose_text.take_unit
    ):
        low = phase.low * (dose_text.mass_low or 0.0) / (dose_text.take_low or 1.0)
        return _in_mass(
            dose_text, low, phase.high * dose_text.mass_high / dose_text.take_high, dose_text.mass_unit
        )
    return None


def _in_mass(dose_text: DoseText, low: float, high: float, unit: str) -> tuple[float, float, str]:
    """Return the range in mg (mcg stays), capped at a stated most a day in mass."""
    to = "mcg" if unit == "mcg" else "mg"
    factor = IN_MG[unit] / IN_MG[to]
    low, high = low * factor, high * factor
    if dose_text.most and dose_text.most_unit in MASS:
        high = min(high, dose_text.most * IN_MG[dose_text.most_unit] / IN_MG[to])
    return round(min(low, high), 6), round(high, 6), to
