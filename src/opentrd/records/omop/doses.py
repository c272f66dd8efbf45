"""What instructions (sig) say for a product, and why a treatment ended: each distinct text read once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa

from opentrd.errors import InputError
from opentrd.records.fhir.dosage import Step, course
from opentrd.records.fhir.products import Product
from opentrd.records.fhir.resources import CodeableConcept, Dosage
from opentrd.records.fhir.words import stop_reasons


def dose_rows(
    connection: duckdb.DuckDBPyConnection, drugs: pa.Table, treated: dict[int, Product]
) -> Iterator[tuple[Any, ...]]:
    """Give the rows of ``map_dose``: the steps of each sig beside each product that is a treatment."""
    for dose, (product, sig) in enumerate(_pairs(connection, drugs, treated)):
        try:
            steps = course((Dosage(text=sig),), treated[product], "sig")
        except InputError:
            continue
        for step in _steps(steps):
            yield dose, product, sig, *step


def _pairs(
    connection: duckdb.DuckDBPyConnection, drugs: pa.Table, treated: dict[int, Product]
) -> list[tuple[int, str]]:
    connection.register("asked_drug", drugs)
    connection.register("asked_product", pa.table({"product": pa.array(sorted(treated), pa.int32())}))
    try:
        return connection.execute(
            "SELECT DISTINCT m.product, d.sig FROM drug_exposure d JOIN asked_drug m "
            "ON m.concept = d.drug_concept_id AND m.source_concept = d.drug_source_concept_id "
            "AND m.source_value = d.drug_source_value SEMI JOIN asked_product p ON p.product = m.product "
            "WHERE d.sig <> '' ORDER BY ALL"
        ).fetchall()
    finally:
        connection.unregister("asked_drug")
        connection.unregister("asked_product")


def _steps(steps: list[Step]) -> Iterator[tuple[Any, ...]]:
    after_low = after_high = 0
    for number, step in enumerate(steps):
        low, high = _days(step.days_low), _days(step.days_high)
        exact = step.dose.units_low is not None and step.dose.units_low == step.dose.units_high
        yield (
            number,
            len(steps),
            number == len(steps) - 1,
            after_low,
            after_high,
            low,
            high if high is not None else low,
            step.dose.low,
            step.dose.high,
            step.dose.units_low if exact and len(steps) == 1 else None,
        )
        after_low += low or 0
        after_high += (high if high is not None else low) or 0


def _days(days: float | None) -> int | None:
    return None if days is None else max(1, round(days))


def stop_rows(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    """Give the rows of ``map_stop``."""
    for (text,) in connection.execute(
        "SELECT DISTINCT stop_reason FROM drug_exposure WHERE stop_reason <> '' ORDER BY ALL"
    ).fetchall():
        yield text, list(stop_reasons(CodeableConcept(text=text)))
