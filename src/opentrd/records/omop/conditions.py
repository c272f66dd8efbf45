"""Which conditions the rows of condition_occurrence and observation name."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import duckdb

from opentrd.knowledge.loader import Knowledge
from opentrd.knowledge.systems import system_name
from opentrd.records.fhir.codes import text_of
from opentrd.records.fhir.conditions import of_family, severity_of_concept
from opentrd.records.fhir.context import Meanings
from opentrd.records.omop.concepts import Concepts, Said, said_in


def rows(
    connection: duckdb.DuckDBPyConnection, knowledge: Knowledge, table: str, taken: Collection[Said] = ()
) -> Iterator[tuple[Any, ...]]:
    """Give the rows of ``map_condition`` for a table, but for those that are ``taken`` for something else."""
    said = [each for each in said_in(connection, table) if each not in taken]
    above = {int(row[1]) for row in knowledge.table("condition_code") if system_name(row[0]) == "OMOP"}
    concepts = Concepts(connection, table, said, above)
    meanings = Meanings(knowledge)
    for each in said:
        concept = concepts.of(each)
        found = meanings.condition(concept)
        if found is None:
            continue
        known = knowledge.conditions.get(found)
        yield (
            *each,
            found,
            text_of(concept),
            concepts.code_rows(each),
            severity_of_concept(known.severity if known else None),
            "relative" if of_family(concept) else None,
        )
