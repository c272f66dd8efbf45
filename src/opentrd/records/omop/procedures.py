"""Which procedures are treatments: psychotherapy, stimulation, lifestyle treatments, esketamine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb

from opentrd.knowledge.loader import Knowledge
from opentrd.knowledge.systems import system_name
from opentrd.records.fhir.codes import text_of, texts
from opentrd.records.fhir.products import Products
from opentrd.records.fhir.therapies import IMPLANTS, NO_SESSION, Therapies, Therapy, detail_of, formulation_of
from opentrd.records.omop.concepts import Concepts, said_in


def rows(connection: duckdb.DuckDBPyConnection, knowledge: Knowledge) -> Iterator[tuple[Any, ...]]:
    """Give the rows of ``map_procedure``."""
    table = "procedure_occurrence"
    said = said_in(connection, table)
    above = {int(code) for system, code in knowledge.table("procedure_code") if system_name(system) == "OMOP"}
    concepts = Concepts(connection, table, said, above)
    therapies, products = Therapies(knowledge), Products(knowledge)
    for each in said:
        concept = concepts.of(each)
        therapy = therapies.of(concept)
        if therapy is None:
            product = products.of(concept)
            if product is not None and product.treatment and product.dose_unit == "mg/session":
                therapy = Therapy(product.treatment, product.kind)
        if therapy is None or therapy.detail in NO_SESSION:
            continue
        implant = therapy.treatment in IMPLANTS
        detail = "implant" if implant else detail_of(therapy, texts(concept)) or therapy.detail
        yield (
            *each,
            therapy.treatment,
            therapy.kind,
            text_of(concept),
            concepts.code_rows(each),
            formulation_of(knowledge, therapy.treatment, detail),
            detail,
            implant and not therapy.removal,
            therapy.removal,
        )
