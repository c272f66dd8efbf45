"""Which rows of measurement and observation are parts of scores or known results, and what they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import duckdb
import pyarrow as pa

from opentrd.kleene import NO, YES
from opentrd.knowledge.loader import Knowledge
from opentrd.records.fhir.observations import best, find_observation, negated_by_code, negated_in_words
from opentrd.records.fhir.resources import CodeableConcept, Quantity, Valued
from opentrd.records.fhir.scores import ITEM_MAX, SHORT_FORMS, TOTALS, ScoreCodes, disagreeing
from opentrd.records.fhir.values import item_value, number_in, score_value
from opentrd.records.omop.concepts import Concepts, Said, said_in

_TABLES: Final = ("measurement", "observation")
#: The highest answer that an item of a scale without a known limit can have.
_ITEM_MAX: Final = 10


class Results:
    """What the rows of a source's measurement and observation mean."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, knowledge: Knowledge) -> None:
        self._connection = connection
        self._knows = knowledge
        self._codes = ScoreCodes(knowledge)
        self._rows: dict[Said, tuple[Any, ...]] = {}
        for table in _TABLES:
            said = said_in(connection, table)
            concepts = Concepts(connection, table, said, ())
            for each in said:
                row = self._row(concepts.of(each), concepts.code_rows(each))
                if row is not None:
                    self._rows.setdefault(each, row)

    @property
    def said(self) -> frozenset[Said]:
        """The ways of saying what a row is that are known here."""
        return frozenset(self._rows)

    def rows(self) -> list[tuple[Any, ...]]:
        """Return the rows of ``map_result``."""
        return [(*said, *row) for said, row in self._rows.items()]

    def _row(self, concept: CodeableConcept, codes: list[dict[str, str]]) -> tuple[Any, ...] | None:
        """Return role, scale, item, its limits, concept, kind and codes; ``None`` where nothing is known."""
        refused: str | None = None
        for row in best(self._codes.find(concept)):
            scale, part = (row, "total") if isinstance(row, str) else (row.scale, row.part)
            known = self._knows.scales.get(scale)
            number = None if isinstance(row, str) else row.number
            if part in ("answer", "other"):
                refused = refused or "not_score"
            elif part == "item" and number is not None:
                if known is None or known.items is None or 1 <= number <= known.items:
                    most = ITEM_MAX.get(scale, _ITEM_MAX)
                    return ("item", scale, number, most, None, None, None, None, codes)
            elif not isinstance(row, str) and disagreeing(concept, scale):
                refused = "disagree"
            else:
                low, high = (known.min_score, known.max_score) if known else (None, None)
                return ("total", scale, None, None, low, high, None, None, codes)
        found = find_observation(concept, self._knows) if refused is None else None
        if found is not None:
            row_of = self._knows.observations.get(found.concept)
            kind = row_of.kind if row_of else "laboratory"
            return ("observation", None, None, None, None, None, found.concept, kind, codes)
        return None if refused is None else (refused, *[None] * 7, codes)

    def answers(self, results: pa.Table) -> Iterator[tuple[Any, ...]]:
        """Give the rows of ``map_answer``: the numbers of answers that came as concepts or words."""
        asked = self._values(results, "m.role, m.scale", "m.role IN ('total', 'item')")
        concepts = self._concepts(asked)
        for role, scale, value, text in asked:
            coded = concepts.of(Said(value, 0, text))
            forms = [Valued(value_codeable_concept=coded)] if value else []
            forms += [Valued(value_string=text)] if text else []
            read = [
                item_value(form, scale, self._knows) if role == "item" else score_value(form)[0]
                for form in forms
            ]
            number = next((one for one in read if one is not None), None)
            if number is not None:
                yield role, scale, value, text, number

    def values(self, results: pa.Table) -> Iterator[tuple[Any, ...]]:
        """Give the rows of ``map_value``: what results without a number say."""
        asked = self._values(results, "'observation', ''", "m.role = 'observation'")
        concepts = self._concepts(asked)
        for _, _, value, text in asked:
            own = concepts.coding(value)
            said = (own.display if own else None) or text or None
            if said is None:
                continue
            negated = negated_by_code(CodeableConcept(coding=(own,))) if own else negated_in_words(said)
            number = None if own else number_in(text)
            yield value, text, said, own.code if own else None, number, {YES: True, NO: False}.get(negated)

    def units(self, results: pa.Table) -> Iterator[tuple[Any, ...]]:
        """Give the rows of ``map_unit``: the unit in words, and whether a score can have it."""
        asked = self._ask(results, "o.unit_concept, o.unit_text", "o.unit_concept <> 0 OR o.unit_text <> ''")
        concepts = self._concepts([("", "", unit, "") for unit, _ in asked])
        for unit, text in asked:
            own = concepts.coding(unit)
            shown = text or (own.code if own else None)
            fits = score_value(Valued(value_quantity=Quantity(value=1.0, unit=shown)))[1] == ""
            yield unit, text, shown, fits

    def _values(self, results: pa.Table, shown: str, where: str) -> list[tuple[str, str, int, str]]:
        wanted = f"{where} AND o.number IS NULL AND (o.value_concept <> 0 OR o.value_text <> '')"
        return self._ask(results, f"{shown}, o.value_concept, o.value_text", wanted)

    def _ask(self, results: pa.Table, shown: str, where: str) -> list[Any]:
        self._connection.register("asked_result", results)
        try:
            return self._connection.execute(
                f"SELECT DISTINCT {shown} FROM result_row o JOIN asked_result m ON m.concept = o.concept "
                f"AND m.source_concept = o.source_concept AND m.source_value = o.source_value WHERE {where} "
                "ORDER BY ALL"
            ).fetchall()
        finally:
            self._connection.unregister("asked_result")

    def _concepts(self, asked: list[tuple[str, str, int, str]]) -> Concepts:
        said = [Said(value, 0, "") for _, _, value, _ in asked]
        return Concepts(self._connection, "observation", said, ())


def scale_rows(knowledge: Knowledge) -> list[tuple[Any, ...]]:
    """Return the rows of ``map_scale``."""
    return [(row.scale, row.items, row.suicide_item) for row in knowledge.scales.values()]


def item_rows(knowledge: Knowledge) -> Iterator[tuple[Any, ...]]:
    """Give the rows of ``map_item``: two items count together where both at 1 add up to 1."""
    for scale, way in TOTALS.items():
        known = knowledge.scales.get(scale)
        items = range(1, (known.items or 0) + 1) if known else ()
        for item in items:
            same = [
                other
                for other in items
                if other < item and way({each: int(each in (item, other)) for each in items}) == 1
            ]
            yield scale, item, min(same, default=item)


def short_rows(knowledge: Knowledge) -> list[tuple[Any, ...]]:
    """Return the rows of ``map_short``."""
    return [
        (longer, short, sorted(numbers))
        for longer, forms in SHORT_FORMS.items()
        for short, numbers in forms
        if short in knowledge.scales
    ]
