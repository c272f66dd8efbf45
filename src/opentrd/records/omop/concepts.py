"""The concepts of a source as the readers of FHIR know them: codings with their words.

A row names what it is up to three times: a standard concept, a source concept and a text. All three, what the
source's vocabulary maps them to, and their ancestors that the knowledge tables know, become one
``CodeableConcept``, so that codes and names mean the same as in any other record.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

import duckdb
import pyarrow as pa

from opentrd.records.fhir.codes import pairs
from opentrd.records.fhir.resources import CodeableConcept, Coding
from opentrd.records.omop.cdm import EVENT, VALID


class Said(NamedTuple):
    """How the rows of a table name what they are about."""

    concept: int
    source_concept: int
    source_value: str


_WORD: Final = re.compile(r"[^\W\d_]{3}")
#: Codes of a system that is told by how they are written; tried where no concept says more.
_WRITTEN: Final = {
    "drug_exposure": (("ATC", r"[A-Z]\d{2}[A-Z]{2}\d{2}"), ("NDC", r"\d{11}|\d{5}-\d{4}-\d{2}")),
    "procedure_occurrence": (
        ("CPT", r"\d{4}[\dTF]"),
        ("HCPCS", r"[A-V]\d{4}"),
        ("ICD-10-PCS", r"[0-9A-Z]{7}"),
        ("SNOMED CT", r"\d{7,18}"),
    ),
    "condition_occurrence": (
        ("ICD-10-CM", r"[A-TV-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?"),
        ("ICD-9-CM", r"\d{3}(?:\.\d{1,2})?"),
        ("SNOMED CT", r"\d{7,18}"),
    ),
    "measurement": (("LOINC", r"\d{1,5}-\d"),),
    "observation": (("LOINC", r"\d{1,5}-\d"), ("SNOMED CT", r"\d{7,18}")),
}
_NAMED: Final = re.compile(r"\s*([A-Za-z][\w .+-]*?)\s*[:|]\s*(\S+)\s*")


def said_in(connection: duckdb.DuckDBPyConnection, table: str) -> list[Said]:
    """Return each way in which the rows of a table of events say what they are, in a fixed order."""
    event = EVENT[table]
    rows = connection.execute(
        f"SELECT DISTINCT {event.concept}, {event.source_concept}, {event.source_value} "
        f"FROM {table} ORDER BY ALL"
    ).fetchall()
    return [Said(*row) for row in rows]


class Concepts:
    """What the source's own vocabulary tables say of the concepts that its rows name."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, table: str, said: list[Said], above: Iterable[int]
    ) -> None:
        """``above``: the concepts whose descendants mean the same (ingredients, diagnoses)."""
        self._table = table
        self._connection = connection
        ids = {one for each in said for one in (each.concept, each.source_concept) if one}
        self._mapped = self._pairs(
            "SELECT concept_id_1, concept_id_2 FROM concept_relationship "
            "JOIN asked ON asked.id = concept_id_1 "
            f"WHERE relationship_id = 'Maps to' AND concept_id_1 <> concept_id_2 AND {VALID} ORDER BY ALL",
            ids,
        )
        ids |= {one for many in self._mapped.values() for one in many}
        wanted = set(above)
        ancestors = self._pairs(
            "SELECT descendant_concept_id, ancestor_concept_id FROM concept_ancestor "
            "JOIN asked ON asked.id = descendant_concept_id "
            "WHERE ancestor_concept_id <> descendant_concept_id "
            "ORDER BY descendant_concept_id, min_levels_of_separation, ancestor_concept_id",
            ids,
            lambda pair: pair[1] in wanted,
        )
        self._ancestors = ancestors
        ids |= {one for many in ancestors.values() for one in many}
        self._rows = {
            row[0]: Coding(system=row[1], code=row[2], display=row[3])
            for row in self._ask(
                "SELECT concept_id, vocabulary_id, concept_code, concept_name FROM concept "
                "JOIN asked ON asked.id = concept_id",
                ids,
            )
        }

    def _ask(self, query: str, ids: set[int]) -> list[Any]:
        self._connection.register("asked_ids", pa.table({"id": pa.array(sorted(ids), pa.int64())}))
        try:
            return self._connection.execute(f"WITH asked AS (SELECT id FROM asked_ids) {query}").fetchall()
        finally:
            self._connection.unregister("asked_ids")

    def _pairs(
        self, query: str, ids: set[int], keep: Callable[[tuple[int, ...]], bool] = lambda _: True
    ) -> dict[int, list[int]]:
        found: dict[int, list[int]] = defaultdict(list)
        for pair in self._ask(query, ids):
            if keep(pair):
                found[pair[0]].append(pair[1])
        return found

    def coding(self, concept: int) -> Coding | None:
        """Return system, code and name of a concept where the source has it."""
        return self._rows.get(concept)

    def single(self, concept: int) -> CodeableConcept:
        """Return one concept by its number, with its code and name where the source has them."""
        own = self._rows.get(concept)
        number = Coding(system="OMOP", code=str(concept))
        return CodeableConcept(coding=(own, number) if own else (number,))

    def codes(self, said: Said) -> tuple[tuple[str, str], ...]:
        """Return system and code of what a row says; the concept's number where no code is known."""
        found: dict[tuple[str, str], None] = {}
        for one in (said.concept, said.source_concept):
            if one:
                found |= dict.fromkeys(pairs(CodeableConcept(coding=self.single(one).coding[:1])))
        if not found:
            found = dict.fromkeys(
                pairs(CodeableConcept(coding=tuple(_written(self._table, said.source_value))))
            )
        return tuple(found)

    def code_rows(self, said: Said) -> list[dict[str, str]]:
        """Return the same as rows of a record table."""
        return [{"system": system, "code": code} for system, code in self.codes(said)]

    def of(self, said: Said) -> CodeableConcept:
        """Return all that is said of one thing as one concept; without codings and text where nothing is."""
        ids = [one for one in (said.concept, said.source_concept) if one]
        ids += [to for one in ids for to in self._mapped.get(one, ())]
        ids += [up for one in ids for up in self._ancestors.get(one, ())]
        codings: list[Coding] = []
        for one in dict.fromkeys(ids):
            own = self._rows.get(one)
            if own is not None:
                codings.append(own)
            codings.append(Coding(system="OMOP", code=str(one)))
        text = said.source_value.strip()
        if not any(one in self._rows for one in ids):
            codings += _written(self._table, text)
        return CodeableConcept(coding=tuple(codings), text=text if _WORD.search(text) else None)


def _written(table: str, text: str) -> list[Coding]:
    """Return the code that a text is: with its system in front, or in the way that only one system writes."""
    named = _NAMED.fullmatch(text)
    if named is not None:
        return [Coding(system=named[1], code=named[2])]
    code = text.removesuffix(".0") if text.replace(".", "").isdigit() and len(text) > 8 else text
    return [Coding(system=system, code=code) for system, how in _WRITTEN[table] if re.fullmatch(how, code)]
