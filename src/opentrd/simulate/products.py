"""The medicines of a simulation: what can be chosen, and by which products a dose is supplied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from opentrd.simulate.chance import Bools, Floats, Ints

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

LEVELS: Final = ("low", "usual", "high", "other_use")
LOW, USUAL, HIGH, OTHER_USE = range(4)
#: Ids above are local, as OMOP sites do for what has no known id.
LOCAL: Final = 2_000_000_000


@dataclass(frozen=True)
class Product:
    """A product: its RxNorm code, name, strength in mg, ingredient by place, and its OMOP id."""

    code: str
    name: str
    strength: float
    treatment: int
    concept: int


@dataclass(frozen=True)
class Medicines:
    """Medicines by place. ``product``, ``units``, ``split``, ``split_units``, ``dose``: by both.

    -1 stands for no product. ``weights`` are by use (``first``, ``later``, ``add_on``, ``combine``, ``pain``,
    ``sleep``).
    """

    names: tuple[str, ...]
    codes: tuple[str, ...]
    concepts: tuple[int, ...]
    labels: tuple[str, ...]
    products: tuple[Product, ...]
    weights: dict[str, Floats]
    antidepressant: Bools
    product: Ints
    units: Ints
    split: Ints
    split_units: Ints
    dose: Floats

    @property
    def strengths(self) -> Floats:
        """Strengths of the products in mg."""
        return np.array([product.strength for product in self.products])


def medicines(knowledge: Knowledge) -> Medicines:
    """Return the medicines of the tables ``simulation_treatment`` and ``simulation_dose``."""
    rows = list(knowledge.simulation_treatments.values())
    names = tuple(row.treatment for row in rows)
    ingredients = [_ingredient(knowledge, name) for name in names]
    shape = (len(names), len(LEVELS))
    product, units, split, split_units = (np.full(shape, fill) for fill in (-1, 0, -1, 0))
    products: dict[str, Product] = {}
    for dose in knowledge.simulation_doses.values():
        at = names.index(dose.treatment), LEVELS.index(dose.level)
        product[at], units[at] = _place(knowledge, products, dose.code, at[0]), dose.units
        if dose.split_code is not None and dose.split_units is not None:
            split[at] = _place(knowledge, products, dose.split_code, at[0])
            split_units[at] = dose.split_units
    found = tuple(products.values())
    strengths = np.array([one.strength for one in found])
    return Medicines(
        names=names,
        codes=tuple(code for code, _, _ in ingredients),
        labels=tuple(label for _, label, _ in ingredients),
        concepts=tuple(concept for _, _, concept in ingredients),
        products=found,
        weights={
            use: np.array([getattr(row, use) for row in rows], dtype=float)
            for use in ("first", "later", "add_on", "combine", "pain", "sleep")
        },
        antidepressant=np.array([row.add_on == 0 for row in rows]),
        product=product,
        units=units,
        split=split,
        split_units=split_units,
        dose=np.where(product >= 0, strengths[product] * units, 0.0),
    )


def _place(knowledge: Knowledge, products: dict[str, Product], code: str, treatment: int) -> int:
    """Return the place of a product, taking it up when it is new."""
    if code not in products:
        row = knowledge.by_code("RxNorm", code)
        if row is None or row.strength is None:
            raise ValueError(f"simulation_dose.csv: RxNorm {code} has no strength in treatment_code.csv")
        products[code] = Product(code, row.display or code, row.strength, treatment, LOCAL + int(code))
    return list(products).index(code)


def _ingredient(knowledge: Knowledge, treatment: str) -> tuple[str, str, int]:
    """Return RxNorm code, name and OMOP id of an ingredient; a local id where none is known."""
    rows = [
        row
        for row in knowledge.table("treatment_code").values()
        if getattr(row, "treatment", None) == treatment and getattr(row, "strength", None) is None
    ]
    code, name = next((row.code, row.display) for row in rows if row.system == "RxNorm")  # type: ignore[attr-defined]
    known = [row.code for row in rows if row.system == "OMOP"]  # type: ignore[attr-defined]
    return code, name or treatment, int(known[0]) if known else LOCAL + int(code)
