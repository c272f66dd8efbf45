"""The dose that a supply makes: so many units of a known strength, handed out or ordered for so many days.

One rule for all readers: a quantity is believed only where it counts what the strength is told for, and where
it makes a number of units a day that people take.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from opentrd.knowledge import schema
from opentrd.records.fhir import resources as r
from opentrd.records.fhir.amounts import amount
from opentrd.records.fhir.dosage import Daily
from opentrd.records.fhir.products import Product


class Unit(NamedTuple):
    """The mg (low, high) of one unit of a quantity, what it counts, and which numbers a day are believed."""

    low: float
    high: float
    counts: str
    least: float
    most: float


Conventions: TypeAlias = "Mapping[str, schema.Convention]"


def unit(product: Product, agreed: Conventions) -> Unit | None:
    """Return what one unit of a product's quantity holds; ``None`` where that is not known.

    One patch a day is worn for a day; how long another number of them is worn is not said.
    """
    low, high, per = product.strength_low, product.strength_high, product.strength_unit
    if low is None or high is None or product.treatment is None:
        return None
    if per == "mg" and (product.counted or product.dose_unit == "mg/session"):
        return Unit(low, high, "unit", agreed["units_least"].value, product.most_units)
    if per == "mg/ml" and product.form in (None, "liquid"):
        return Unit(low, high, "ml", agreed["liquid_least_ml"].value, agreed["liquid_most_ml"].value)
    if per == "mg/h":
        hours, tolerance = agreed["patch_hours"].value, agreed["lower_dose_tolerance"].value
        return Unit(low * hours, high * hours, "patch", 1.0 - tolerance, 1.0 + tolerance)
    return None


def supplied(product: Product, quantity: r.Quantity | None, days: float | None, agreed: Conventions) -> Daily:
    """Return the dose a day of a supply for so many days; unknown where any part of it is not told.

    A number without a unit counts tablets or patches; of a liquid it may be bottles.
    """
    one, counted = unit(product, agreed), amount(quantity, quantity)
    if one is None or counted is None or not days or product.dose_unit == "mg/session":
        return Daily()
    if counted.unit != one.counts and (counted.unit is not None or one.counts == "ml"):
        return Daily()
    units = counted.low / days
    if not one.least <= units <= one.most:
        return Daily()
    return Daily(units * one.low, units * one.high)
