"""Product and dose texts as this reader needs them: a thin layer over ``product_text`` and ``dose_text``."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import msgspec

from opentrd.knowledge import schema
from opentrd.records.dose_text import IN_MG, parse_dose_text, phase_dose
from opentrd.records.dose_text.grammar import COUNTED, MASS
from opentrd.records.fhir.amounts import mass_factor
from opentrd.records.fhir.codes import Knows
from opentrd.records.product_text import Product as Told
from opentrd.records.product_text import read_product

_MEDICINES: Final = frozenset({"medicine", "comedication"})
#: The forms of ``product_text`` as this reader tells them apart.
_FORMS: Final = {
    "orodispersible tablet": "tablet",
    "dispersible tablet": "tablet",
    "chewable tablet": "tablet",
    "sublingual tablet": "tablet",
    "oral lyophilisate": "tablet",
    "oral solution": "liquid",
    "oral drops": "liquid",
    "oral suspension": "liquid",
    "nasal spray": "spray",
}


class TextProduct(msgspec.Struct, gc=False):
    """What a product text says: the treatment, strength in ``mg``, ``mg/ml``, ``mg/h``, form and release.

    ``bare`` is a strength without a unit ("sertraline 100"), which the treatment's own unit completes.
    """

    treatment: str | None = None
    strength: float | None = None
    strength_unit: str | None = None
    bare: float | None = None
    form: str | None = None
    release: str | None = None


def text_product(text: str, knows: Knows) -> TextProduct:
    """Read a product text. Fields that it does not tell are ``None``."""
    told = read_product(text)
    form = _FORMS.get(told.form, told.form) if told.form else None
    out = TextProduct(treatment=_treatment(text, told, form, knows), form=form, release=told.release)
    if len(told.names) > 1 or len(set(told.strengths)) > 1:
        return out
    one = told.per_one()
    if one is None:
        out.bare = told.strength if told.strength_unit is None else None
        return out
    mass, _, per = one[1].partition("/")
    factor = mass_factor(mass)
    unit = {"": "mg", "ml": "mg/ml", "hr": "mg/h"}.get(per)
    if factor is not None and unit is not None:
        out.strength, out.strength_unit = one[0] * factor, unit
    return out


def _treatment(text: str, told: Told, form: str | None, knows: Knows) -> str | None:
    """Return the treatment of a product: by its names together, one by one, its brand, any name in it."""
    joined = told.ingredients_text
    tries = [joined.replace(" / ", "/"), joined.replace(" / ", "-"), "/".join(reversed(told.names))]
    if form == "patch":
        tries.insert(0, f"{joined} transdermal")
    if told.brand:
        tries.append(told.brand)
    for name in tries:
        found = _medicine(knows.by_name(name), knows)
        if found is not None:
            return found
    if len(told.names) > 1:
        parts = {_medicine(knows.by_name(name), knows) for name in told.names}
        for row in knows.treatments.values():
            if row.parts is not None and set(row.parts.split("+")) == parts:
                return row.treatment
    for name in (*told.names, *told.also):
        found = _medicine(knows.by_name(name), knows)
        if found is not None:
            return found
    return _medicine(tuple(n for n in knows.names.within(text) if n.sort != "abbreviation"), knows)


def _medicine(names: tuple[schema.Name, ...], knows: Knows) -> str | None:
    for name in names:
        row = knows.treatments.get(name.treatment)
        if row is not None and row.kind in _MEDICINES:
            return name.treatment
    return None


class TextStep(msgspec.Struct, gc=False):
    """One phase of a dose text: mg a day, units of the form (or ml) a day, its length in days."""

    low: float | None = None
    high: float | None = None
    units_low: float | None = None
    units_high: float | None = None
    days_low: float | None = None
    days_high: float | None = None


class TextDose(msgspec.Struct, gc=False):
    """What a dose text says: its phases (one, or several for a taper), the takes a day, mg of one take."""

    phases: tuple[TextStep, ...] = ()
    takes_low: float | None = None
    takes_high: float | None = None
    take_low: float | None = None
    take_high: float | None = None


@lru_cache(maxsize=4096)
def text_dose(
    text: str, low: float | None = None, high: float | None = None, unit: str | None = None
) -> TextDose | None:
    """Read a dose text for a product whose strength lies in ``low``..``high`` of ``unit``.

    ``None`` where the text tells no dose. Amounts that cannot be known are ``None``.
    """
    said = parse_dose_text(text)
    if said is None:
        return None
    bare = "mg" if low is not None else None
    asked = unit.replace("/h", "/hr") if unit else None
    phases = []
    for phase in said.phases:
        ends = [phase_dose(said, phase, strength, asked, bare_unit=bare) for strength in (low, high)]
        step = TextStep(days_low=phase.days_low, days_high=phase.days_high)
        if ends[0] is not None and ends[1] is not None:
            step.low, step.high = _mg(ends[0][0], ends[0][2]), _mg(ends[1][1], ends[1][2])
        if phase.unit in COUNTED or phase.unit == "ml":
            step.units_low, step.units_high = phase.low, phase.high
        phases.append(step)
    out = TextDose(tuple(phases), said.takes_low, said.takes_high)
    for amount, strength, mass, name in (
        (said.take_low, low, said.mass_low, "take_low"),
        (said.take_high, high, said.mass_high, "take_high"),
    ):
        if mass is not None:
            setattr(out, name, _mg(mass, said.mass_unit))
        elif amount is not None and said.take_unit in MASS:
            setattr(out, name, _mg(amount, said.take_unit))
        elif amount is not None and strength is not None and said.take_unit in COUNTED and unit == "mg":
            setattr(out, name, amount * strength)
    return out


def _mg(value: float, unit: str) -> float:
    return value * IN_MG.get(unit, 1.0)
