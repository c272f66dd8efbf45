"""What the readers of the resource types share: knowledge, references, rows, what became of each entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from opentrd.knowledge.lookup import plain
from opentrd.records.fhir import resources as r
from opentrd.records.fhir import words
from opentrd.records.fhir.codes import Knows, codings, texts
from opentrd.records.fhir.dates import Span
from opentrd.records.fhir.entry import Entry
from opentrd.records.fhir.products import Products
from opentrd.records.model import Condition, Exposure, Observation, Person, Record, Score, Unused
from opentrd.records.reasons import REASONS

Resolve = Callable[[r.Reference | None, Entry], Entry | None]


class Meanings:
    """What concepts mean, each way of writing one looked up only once."""

    def __init__(self, knows: Knows) -> None:
        self._knows = knows
        self._conditions: dict[object, str | None] = {}
        self._by_name: dict[str, str] | None = None

    def condition(self, concept: r.CodeableConcept | None) -> str | None:
        """Return the key of a condition by code, the narrowest of several, else by its exact name."""
        if concept is None:
            return None
        key = tuple((c.system, c.code, c.display) for c in concept.coding), concept.text
        if key not in self._conditions:
            self._conditions[key] = self._condition(concept)
        return self._conditions[key]

    def _condition(self, concept: r.CodeableConcept) -> str | None:
        best: str | None = None
        for coding in codings(concept):
            rows = self._knows.condition_by_code(coding.system, coding.code or "")
            if rows and (best is None or self._inside(rows[0].concept, best)):
                best = rows[0].concept
        if best is not None:
            return best
        for text in texts(concept):
            found = self.condition_by_name(text)
            if found is not None:
                return found
        return None

    def _inside(self, concept: str, wider: str) -> bool:
        row = self._knows.conditions.get(concept)
        seen = 0
        while row is not None and row.parent is not None and seen < 9:
            if row.parent == wider:
                return True
            row = self._knows.conditions.get(row.parent)
            seen += 1
        return False

    def condition_by_name(self, text: str) -> str | None:
        """Return the condition of exactly this name (SNOMED's ending in brackets aside)."""
        if self._by_name is None:
            self._by_name = names = {}
            for key, row in self._knows.conditions.items():
                names[plain(key.replace("_", " "))] = key
                for part in (row.name, *row.name.replace(")", "(").split("(")):
                    if len(part.strip()) > 2:
                        names.setdefault(plain(part), key)
            for name, key in words.condition_names().items():
                if key in self._knows.conditions:
                    names.setdefault(name, key)
        whole = plain(text)
        return self._by_name.get(whole) or self._by_name.get(plain(text.partition("(")[0])) or None


class Context:
    """One person while being read."""

    def __init__(
        self, person: Person, knows: Knows, products: Products, meanings: Meanings, resolve: Resolve
    ) -> None:
        self.person = person
        self.person_id = person.person_id
        self.knows = knows
        self.products = products
        self.meanings = meanings
        self.resolve = resolve
        self.exposures: list[Exposure] = []
        self.scores: list[Score] = []
        self.conditions: list[Condition] = []
        self.observations: list[Observation] = []
        self.used: dict[str, None] = {}
        self.unused: dict[str, Unused] = {}
        self.panels: list[Entry] = []
        self.removals: list[tuple[str, Span, str]] = []
        self.meetings: dict[str, Exposure] = {}
        self.told_encounters: dict[str, str] = {}
        self.not_taken: dict[str, list[Entry]] = {}

    def use(self, *sources: str) -> None:
        """Note that lines were used; being used outweighs a reason given before."""
        for source in sources:
            self.used[source] = None
            self.unused.pop(source, None)

    def skip(self, entry: Entry, reason: str, detail: str = "") -> None:
        """Note that a line was not used, and why."""
        if reason not in REASONS:
            raise KeyError(reason)
        if entry.source not in self.used:
            self.unused[entry.source] = Unused(
                source_id=entry.source, resource=entry.type, reason=reason, detail=detail
            )

    def is_self(self, reference: r.Reference, entry: Entry) -> bool:
        """Say whether a reference leads to the person (or a relative), in whatever way it is written."""
        target = self.resolve(reference, entry)
        return target is not None and target.type in ("Patient", "RelatedPerson")

    def indication(
        self, entry: Entry, codes: tuple[r.CodeableConcept, ...], references: tuple[r.Reference, ...]
    ) -> str | None:
        """Return the condition for which something was given, by code, by reference or by its exact name."""
        for concept in codes:
            found = self.meanings.condition(concept)
            if found is not None:
                return found
        for reference in references:
            target = self.resolve(reference, entry)
            body = target.body if target else None
            if isinstance(body, r.Condition):
                found = self.meanings.condition(body.code)
            else:
                found = self.meanings.condition_by_name(reference.display) if reference.display else None
            if found is not None:
                return found
        return None

    def record(self, mine: Callable[[str], bool]) -> Record:
        """Return all rows in an order that does not depend on the order of reading.

        ``mine`` says whether a line counts for this person; each line of an input counts once.
        """
        return Record(
            person=self.person,
            exposures=_sorted(self.exposures),
            scores=_sorted(self.scores),
            conditions=_sorted(self.conditions),
            observations=_sorted(self.observations),
            used=sorted(source for source in self.used if mine(source)),
            unused=[self.unused[source] for source in sorted(self.unused)],
        )


Rows = TypeVar("Rows", bound=msgspec.Struct)


def _sorted(rows: list[Rows]) -> list[Rows]:
    return sorted(rows, key=_key)


def _key(row: msgspec.Struct) -> tuple[int, tuple[str, ...], str]:
    day = None
    for name in ("start_earliest", "start_latest", "day_earliest", "onset_earliest", "onset_latest"):
        day = getattr(row, name, None) if day is None else day
    return day or 0, getattr(row, "source_ids", ()), repr(row) if isinstance(row, Observation) else ""
