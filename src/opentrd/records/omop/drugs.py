"""Which products the rows of drug_exposure name, with strengths from drug_strength where it is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import msgspec

from opentrd.knowledge.loader import Knowledge
from opentrd.knowledge.systems import system_name
from opentrd.records.fhir.amounts import mass_factor
from opentrd.records.fhir.frame import shares
from opentrd.records.fhir.products import Product, Products
from opentrd.records.fhir.supplied import unit as supply_unit
from opentrd.records.omop.cdm import VALID
from opentrd.records.omop.concepts import Concepts, Said, said_in


class Drugs:
    """The products of a source: a number for each, and which way of saying it means which."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, knowledge: Knowledge) -> None:
        self._products = Products(knowledge)
        self._conventions = knowledge.conventions
        said = said_in(connection, "drug_exposure")
        self._concepts = Concepts(connection, "drug_exposure", said, ingredients(connection, knowledge))
        self._strengths = _strengths(connection, knowledge, said)
        self._numbers: dict[bytes, int] = {}
        self._found: dict[int, Product] = {}
        self._said: list[tuple[Any, ...]] = []
        for each in said:
            product = self._product(each)
            if product is not None:
                key = msgspec.msgpack.encode(product)
                number = self._numbers.setdefault(key, len(self._numbers) + 1)
                self._found[number] = product
                self._said.append((*each, number))

    @property
    def treated(self) -> dict[int, Product]:
        """The products that are treatments, by number: those whose dose matters."""
        return {number: product for number, product in self._found.items() if product.treatment}

    def said_rows(self) -> list[tuple[Any, ...]]:
        """Return the rows of ``map_drug``."""
        return self._said

    def product_rows(self) -> Iterator[tuple[Any, ...]]:
        """Give the rows of ``map_product``."""
        for number, product in self._found.items():
            per_session = product.dose_unit == "mg/session"
            unit = product.dose_unit if product.dose_unit in ("mcg/d", "mg/session") else "mg/d"
            each = supply_unit(product, self._conventions)
            exact = product.strength_low is not None and product.strength_low == product.strength_high
            for treatment, share in shares(product):
                yield (
                    number,
                    treatment,
                    product.kind,
                    product.text,
                    _codes(product.codes),
                    product.formulation,
                    product.route,
                    round((product.strength_low or 0.0) * share, 4) if exact else None,
                    product.strength_unit if exact else None,
                    each and each.low,
                    each and each.high,
                    each.least if each else 0.0,
                    each.most if each else 0.0,
                    share,
                    1000.0 if unit == "mcg/d" else 1.0,
                    unit,
                    per_session,
                    product.doubt,
                )

    def _product(self, said: Said) -> Product | None:
        found = self._products.of(self._concepts.of(said))
        if found is None:
            return None
        product = msgspec.structs.replace(found, codes=self._concepts.codes(said))
        for concept in (said.concept, said.source_concept):
            rows = self._strengths.get(concept)
            if rows:
                self._strengthen(product, rows)
                break
        return product

    def _strengthen(self, product: Product, rows: list[tuple[int, float, str]]) -> None:
        """Take the strength that drug_strength has; a range where its rows or the name disagree."""
        if len({ingredient for ingredient, _, _ in rows}) == 1:
            values = [value for _, value, _ in rows]
            units = {unit for _, _, unit in rows}
            if len(units) > 1:
                return
            [unit] = units
            if product.strength_unit == unit:
                values += [x for x in (product.strength_low, product.strength_high) if x is not None]
            product.strength_low, product.strength_high = min(values), max(values)
            product.strength_unit = unit
            return
        known = self._products.combination(product.treatment)
        own = {
            part.treatment: value
            for ingredient, value, unit in rows
            if unit == "mg" and (part := self._products.of(self._concepts.single(ingredient))) is not None
        }
        if known and all(part in own for part in known):
            product.parts = tuple((part, own[part]) for part in known)
            product.strength_low = product.strength_high = own[known[0]]
            product.strength_unit = "mg"


def ingredients(connection: duckdb.DuckDBPyConnection, knowledge: Knowledge) -> set[int]:
    """Return the concepts that are ingredients: by the source's own vocabulary, and those that we know."""
    own = connection.execute(
        "SELECT concept_id FROM concept WHERE concept_class_id = 'Ingredient'"
    ).fetchall()
    return {row[0] for row in own} | {
        int(code) for system, code in knowledge.table("treatment_code") if system_name(system) == "OMOP"
    }


def _codes(codes: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"system": system, "code": code} for system, code in codes]


def _strengths(
    connection: duckdb.DuckDBPyConnection, knowledge: Knowledge, said: list[Said]
) -> dict[int, list[tuple[int, float, str]]]:
    """Return what drug_strength says of the drugs asked for: ingredient, value and unit (mg, mg/ml, mg/h).

    Rows that are no longer valid count only for a drug that has no other: it is one that is no longer sold.
    """
    wanted = {one for each in said for one in (each.concept, each.source_concept) if one}
    units = {row.concept_id: row.meaning for row in knowledge.omop_concepts.values() if row.sort == "unit"}
    valid: dict[int, list[tuple[int, float, str]]] = {}
    former: dict[int, list[tuple[int, float, str]]] = {}
    rows = connection.execute(
        "SELECT drug_concept_id, ingredient_concept_id, amount_value, amount_unit_concept_id, "
        "numerator_value, numerator_unit_concept_id, denominator_value, denominator_unit_concept_id, "
        f"{VALID} FROM drug_strength ORDER BY ALL"
    ).fetchall()
    for drug, ingredient, amount, amount_unit, above, above_unit, below, below_unit, is_valid in rows:
        if drug not in wanted:
            continue
        mass = amount if amount is not None else above
        factor = mass_factor(units.get(amount_unit if amount is not None else above_unit, ""))
        per = "" if amount is not None else units.get(below_unit, "?")
        unit = {"": "mg", "ml": "mg/ml", "h": "mg/h"}.get(per)
        if mass is not None and mass > 0 and factor is not None and unit is not None:
            own = (valid if is_valid else former).setdefault(drug, [])
            own.append((ingredient, mass * factor / (below or 1.0), unit))
    return former | valid
