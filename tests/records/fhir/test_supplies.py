"""The dose that a supply makes where no instruction tells it: one case a row."""

from __future__ import annotations

from typing import Any

import pytest

from tests.records.fhir.build import J, daily, dispense, order, record

LIQUID = "sertraline 20 MG/ML Oral Solution"
PATCH = "selegiline 6 mg/24 hours transdermal patch"

#: Product (else tablets of 50 mg), quantity, its unit, days of supply; the dose.
CASES: list[tuple[str, str | None, float | None, str | None, float | None, float | None]] = [
    ("two tablets a day", None, 180, "tablet", 90, 100),
    ("split tablets", None, 45, "TAB", 90, 25),
    ("a number without a unit counts tablets", None, 180, None, 90, 100),
    ("a weekly capsule", "fluoxetine 90 MG Delayed Release Oral Capsule", 4, "capsule", 28, 90 / 7),
    ("more than ten tablets a day are milligrams", None, 4500, None, 90, None),
    ("fewer than one in ten days are packs", None, 1, None, 30, None),
    ("packs", None, 3, "{package}", 90, None),
    ("boxes", None, 3, "box", 90, None),
    ("grams", None, 9, "g", 90, None),
    ("milligrams", None, 4500, "mg", 90, None),
    ("a liquid", LIQUID, 150, "mL", 30, 100),
    ("a liquid without a unit may be bottles", LIQUID, 150, None, 30, None),
    ("a liquid in bottles", LIQUID, 3, "bottle", 30, None),
    ("a liquid counted as tablets", LIQUID, 30, "tablet", 30, None),
    ("too little of a liquid", LIQUID, 1, "mL", 30, None),
    ("one patch a day", PATCH, 30, "patch", 30, 6),
    ("another number of patches", PATCH, 10, "patch", 30, None),
    ("no strength", "sertraline", 180, "tablet", 90, None),
    ("no quantity", None, None, None, 90, None),
    ("a quantity of none", None, 0, "tablet", 90, None),
    ("no days", None, 180, "tablet", None, None),
    ("days of none", None, 180, "tablet", 0, None),
]


def _line(resource: J) -> tuple[float | None, float | None]:
    row = record(resource).exposures[0]
    return row.dose_low, row.dose_high


def _amount(value: float | None, unit: str | None) -> J | None:
    return None if value is None else {"value": value} | ({"unit": unit} if unit else {})


def _supply(
    product: str | None, quantity: float | None, unit: str | None, days: float | None
) -> tuple[J, J | None, J | None]:
    named: J = {} if product is None else {"medicationCodeableConcept": {"text": product}}
    return named, _amount(quantity, unit), _amount(days, "d")


@pytest.mark.parametrize("case", [row[1:] for row in CASES], ids=[row[0] for row in CASES])
@pytest.mark.parametrize("origin", ["dispense", "order"])
def test_the_dose_that_a_supply_makes(
    case: tuple[str | None, float | None, str | None, float | None, float | None], origin: str
) -> None:
    name, number, unit, length, dose = case
    product, quantity, days = _supply(name, number, unit, length)
    if origin == "dispense":
        found = _line(dispense(**product, quantity=quantity, daysSupply=days))
    else:
        ordered = {"quantity": quantity, "expectedSupplyDuration": days}
        found = _line(order(**product, dispenseRequest=ordered))
    assert found == ((None, None) if dose is None else (round(dose, 4), round(dose, 4)))


#: The instructions beside 180 tablets of 50 mg for 90 days; the dose, low and high.
INSTRUCTIONS: list[tuple[str, Any, tuple[float | None, float | None]]] = [
    ("that tell the dose speak alone", [daily(1, "tablet")], (50, 50)),
    ("that leave it open", [{"text": "use as directed"}], (100, 100)),
    ("as needed", [{"asNeededBoolean": True}], (0, 100)),
    ("several, which may be a taper", [{"text": "use as directed"}, {"text": "then as told"}], (None, None)),
]


@pytest.mark.parametrize("case", [row[1:] for row in INSTRUCTIONS], ids=[row[0] for row in INSTRUCTIONS])
def test_a_supply_beside_instructions(case: tuple[Any, tuple[float | None, float | None]]) -> None:
    dosage, dose = case
    supply = {"quantity": _amount(180, "tablet"), "daysSupply": _amount(90, "d")}
    assert _line(dispense(**supply, dosageInstruction=dosage)) == dose
