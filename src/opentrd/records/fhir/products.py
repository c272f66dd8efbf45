"""Which treatment a medicine is, by its codes and its names, with strength, form and formulation.

Code and name are read apart. Where they name different treatments the name counts (it is what people saw)
and the other treatment is named as doubt. Where they name different strengths both are kept as a range.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from opentrd.knowledge import schema
from opentrd.records.fhir import resources as r
from opentrd.records.fhir.amounts import mass_factor, unit_kind
from opentrd.records.fhir.codes import Knows, codings, pairs, texts
from opentrd.records.fhir.wording import TextProduct, text_product
from opentrd.records.product_text import read_product

#: Forms that are counted one by one, so that a bare number is a number of them.
COUNTED: Final = frozenset({"tablet", "capsule"})
_EXTENDED: Final = frozenset({"er", "sr", "cr", "xl"})
_FORMS: Final[dict[str, tuple[str, ...]]] = {
    "tablet": ("tablet", "tab"),
    "capsule": ("capsule", "cap"),
    "liquid": ("solution", "suspension", "syrup", "drop", "liquid", "concentrate", "elixir"),
    "patch": ("patch", "transdermal"),
    "injection": ("injection", "injectable", "vial", "ampoule", "infusion"),
    "spray": ("spray", "nasal"),
}


class Product(msgspec.Struct, gc=False):
    """A medicine as the tables know it. ``strength_*`` in ``strength_unit`` per unit of the form.

    ``strength_unit``: ``mg`` (a tablet), ``mg/ml``, ``mg/h`` (a patch). Low and high differ where code and
    name disagree. ``parts``: the treatments that a combination product holds, each with its milligrams in
    one unit; ``strength_*`` is then that of the first. ``most_units``: a larger number counts no tablets,
    capsules or patches (convention ``units_most``).
    """

    treatment: str | None = None
    doubt: str | None = None
    kind: str = "comedication"
    text: str | None = None
    codes: tuple[tuple[str, str], ...] = ()
    form: str | None = None
    formulation: str | None = None
    route: str | None = None
    strength_low: float | None = None
    strength_high: float | None = None
    strength_unit: str | None = None
    dose_unit: str | None = None
    parts: tuple[tuple[str, float], ...] = ()
    most_units: float = 0.0

    @property
    def exact(self) -> float | None:
        """The milligrams of one unit of the form, where they are known exactly."""
        same = self.strength_unit == "mg" and self.strength_low == self.strength_high
        return self.strength_low or None if same else None

    @property
    def counted(self) -> bool:
        """Whether it is counted: in tablets or capsules of a known strength."""
        return self.strength_unit == "mg" and (self.form is None or self.form in COUNTED)

    def counts(self, number: float) -> bool:
        """Tell whether so many, without a unit, can be meant as tablets or capsules."""
        return self.counted and number <= self.most_units


class Strength(msgspec.Struct, gc=False):
    """A strength, low and high, in its unit."""

    low: float
    high: float
    unit: str


class Products:
    """Reads products, each way of writing one only once."""

    def __init__(self, knowledge: Knows) -> None:
        self._knows = knowledge
        self._most_units = knowledge.conventions["units_most"].value
        self._seen: dict[object, Product] = {}
        self._known: dict[str, set[str]] | None = None

    def of(self, concept: r.CodeableConcept | None, medication: r.Medication | None = None) -> Product | None:
        """Return the product of a line's concept, or of the medication that it refers to.

        ``None`` where neither holds a code or a word.
        """
        if medication is not None:
            return self._medication(medication)
        if concept is None:
            return None
        key = tuple((c.system, c.code, c.display) for c in concept.coding), concept.text
        found = self._seen.get(key)
        if found is None:
            found = self._seen[key] = self._read(concept)
        return found if found.text or found.codes else None

    def _medication(self, medication: r.Medication) -> Product | None:
        product = self._read(medication.code)
        form = texts(medication.form)
        if product.form is None and form:
            product.form = text_product(form[0], self._knows).form
        parts = [part for part in medication.ingredient if part.item_codeable_concept]
        if len(parts) == 1:
            part = self._read(parts[0].item_codeable_concept)
            if product.treatment is None and part.treatment is not None:
                product.treatment, product.kind, product.dose_unit = part.treatment, part.kind, part.dose_unit
            elif part.treatment not in (None, product.treatment) and product.doubt is None:
                product.doubt = part.treatment
            product.text = product.text or part.text
            product.codes = product.codes or part.codes
            strength = _ratio(parts[0].strength)
            if strength is not None and product.strength_low is None:
                product.strength_low, product.strength_high = strength.low, strength.high
                product.strength_unit = strength.unit
        elif parts and product.text is None:
            named = [text for part in parts for text in texts(part.item_codeable_concept)[:1]]
            joined = self._read(r.CodeableConcept(text=" / ".join(named)))
            joined.codes = pairs(*(part.item_codeable_concept for part in parts))
            return joined if named or joined.codes else None
        return product if product.text or product.codes else None

    def _read(self, concept: r.CodeableConcept | None) -> Product:
        words = texts(concept)
        product = Product(text=words[0] if words else None, codes=pairs(concept), most_units=self._most_units)
        coded = [row for coding in codings(concept) if (row := self._by_code(coding)) is not None]
        named = [text_product(word, self._knows) for word in words]
        by_name = _first(found.treatment for found in named)
        by_code = _first(row.treatment for row in coded)
        product.treatment, product.doubt = self._choose(by_name, by_code)
        others = dict.fromkeys(
            [found.treatment for found in named if found.treatment] + [row.treatment for row in coded]
        )
        if product.doubt is None and len(others) > 1:
            for other in others:
                if other != product.treatment and not self._parts(product.treatment, other):
                    product.doubt = other
                    break
        product.form = _first(found.form for found in named) or _first(_form(row.form) for row in coded)
        if product.treatment is not None:
            known = self._knows.treatments.get(product.treatment)
            if known is not None:
                product.kind, product.dose_unit = known.kind, known.dose_unit
            release = _first(found.release for found in named)
            by_code = _first(row.formulation for row in coded if row.treatment == product.treatment)
            product.formulation = self._formulation(product, release) or by_code
        self._strength(product, named, coded)
        self._combined(product, words, coded)
        return product

    def _combined(self, product: Product, words: tuple[str, ...], coded: list[schema.TreatmentCode]) -> None:
        """Take the milligrams of each part of a combination product, from its code or else from its name."""
        row = self._knows.treatments.get(product.treatment or "")
        if row is None or row.parts is None or product.doubt is not None:
            return
        parts = row.parts.split("+")
        found: list[float] = []
        for code in coded:
            if code.treatment == row.treatment and code.strengths and ";" not in code.strengths:
                found = [float(strength) for strength in code.strengths.split("+")]
        for word in () if found else words:
            told = read_product(word)
            if len(told.names) == len(told.strengths) and all(s.unit == "mg" for s in told.strengths):
                by_name = dict(zip(told.names, told.strengths, strict=True))
                found = [by_name[part].amount for part in parts if part in by_name]
        if len(found) == len(parts) and found[0] > 0:
            product.parts = tuple(zip(parts, found, strict=True))
            product.strength_low = product.strength_high = found[0]
            product.strength_unit = "mg"

    def combination(self, treatment: str | None) -> tuple[str, ...]:
        """Return the parts of a combination product, empty where the treatment is none."""
        row = self._knows.treatments.get(treatment or "")
        return tuple(row.parts.split("+")) if row is not None and row.parts is not None else ()

    def _by_code(self, coding: r.Coding) -> schema.TreatmentCode | None:
        return self._knows.by_code(coding.system, coding.code or "")

    def _choose(self, by_name: str | None, by_code: str | None) -> tuple[str | None, str | None]:
        """Return the treatment and the one that it may be instead."""
        if by_name is None or by_code is None or by_name == by_code:
            return by_name or by_code, None
        if self._parts(by_name, by_code):
            return by_name, None
        if self._parts(by_code, by_name):
            return by_code, None
        return by_name, by_code

    def _parts(self, whole: str | None, part: str) -> bool:
        """Say whether one treatment is a combination product that holds the other."""
        row = self._knows.treatments.get(whole) if whole else None
        return row is not None and row.parts is not None and part in row.parts.split("+")

    def _formulation(self, product: Product, release: str | None) -> str | None:
        """Return the formulation by the keys of the table ``adequacy``: the treatment's own, or ``xr``."""
        if product.form in ("patch", "injection", "spray"):
            return {"patch": "transdermal", "spray": "nasal"}.get(product.form, product.form)
        if self._known is None:
            self._known = {}
            for row in self._knows.adequacy.values():
                if row.formulation is not None:
                    self._known.setdefault(row.treatment, set()).add(row.formulation)
        known = self._known.get(product.treatment or "", set())
        if release in _EXTENDED:
            return "cr" if "cr" in known else "xr"
        plain = product.form in ("tablet", "capsule", "liquid") or release == "ir"
        return "ir" if "ir" in known and plain else None

    @staticmethod
    def _strength(product: Product, named: list[TextProduct], coded: list[schema.TreatmentCode]) -> None:
        """Take the strength that names and codes agree on; a range where they do not."""
        found: list[tuple[float, str]] = []
        found += [(t.strength, t.strength_unit) for t in named if t.strength is not None and t.strength_unit]
        bare = {"mcg/d": 0.001}.get(product.dose_unit or "", 1.0)
        if product.form in (None, "tablet", "capsule"):
            found += [(t.bare * bare, "mg") for t in named if t.bare is not None and product.treatment]
        for row in coded:
            strength = _row_strength(row) if row.treatment in (product.treatment, product.doubt) else None
            if strength is not None:
                found.append(strength)
        units = {unit for _, unit in found}
        if len(units) != 1:
            return
        values = [value for value, _ in found]
        product.strength_low, product.strength_high, product.strength_unit = (
            min(values),
            max(values),
            units.pop(),
        )


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)


def _row_strength(row: schema.TreatmentCode) -> tuple[float, str] | None:
    """Return the strength of a code in mg, mg/ml or mg/h."""
    if row.strength is None:
        return None
    mass, _, per = (row.strength_unit or "mg").partition("/")
    factor = mass_factor(mass)
    if factor is None:
        return None
    per = per.strip().lower()
    if per in ("", "1", "unit", "tablet", "capsule"):
        liquid = row.form is not None and _form(row.form) == "liquid"
        return row.strength * factor, "mg/ml" if liquid else "mg"
    if per == "ml":
        return row.strength * factor, "mg/ml"
    if per in ("h", "hr", "hour"):
        return row.strength * factor, "mg/h"
    if per in ("d", "day", "24h", "24 h", "24hr"):
        return row.strength * factor / 24, "mg/h"
    return None


def _form(text: str | None) -> str | None:
    """Return the form that a code's row names."""
    if text is None:
        return None
    lower = text.lower()
    for form, words in _FORMS.items():
        if any(word in lower for word in words):
            return form
    return None


def _ratio(ratio: r.Ratio | None) -> Strength | None:
    """Return the strength that a medication's ingredient states."""
    if ratio is None or ratio.numerator is None or ratio.numerator.value is None:
        return None
    kind, factor = unit_kind(ratio.numerator.unit, ratio.numerator.code)
    if kind != "mg":
        return None
    value = ratio.numerator.value * factor
    below = ratio.denominator
    if below is None or below.value is None:
        return Strength(value, value, "mg")
    if below.value <= 0:
        return None
    per, per_factor = unit_kind(below.unit, below.code)
    unit = {None: "mg", "unit": "mg", "ml": "mg/ml"}.get(per)
    each = value / (below.value * per_factor)
    return Strength(each, each, unit) if unit else None
