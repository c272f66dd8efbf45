"""What all resources of one Bundle share: person, day, language, ids, and the basis of a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid5

import msgspec

from opentrd.present.fhir.parts import BASE, BASIS, RECORD_LINE, Json, reference
from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

_NAMESPACE: Final = UUID("5f2c8f0e-7a0b-5d55-9a53-6d1c2a7f1e04")
_ENCODE: Final = msgspec.json.Encoder(order="sorted").encode
_MAY_BE_ID: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.")
_LONGEST_ID: Final = 64


class Making:
    """A Bundle in the making.

    ``author``: the reference to what made it; ``cited`` gathers the rows of knowledge that were cited. Every
    resource gets an id made of its content, so the same assessment gives the same Bundle.
    """

    def __init__(self, a: Assessment, words: Words, author: Json) -> None:
        self.a = a
        self.words = words
        self.author = author
        self.day = date.fromordinal(a.settings.as_of).isoformat()
        self.instant = f"{self.day}T00:00:00Z"
        self.resources: dict[str, Json] = {}
        self.cited: dict[str, None] = {}
        self.subject = self._subject()

    def add(self, kind: str, content: Json, text: Json | None = None) -> Json:
        """Add a resource and return the reference to it."""
        head: Json = {
            "resourceType": kind,
            "meta": {"source": BASE},
            "language": self.words.language,
        }
        body = head | ({"text": text} if text else {}) | content
        own = str(uuid5(_NAMESPACE, _ENCODE([body, self.a.record.person.person_id]).decode()))
        self.resources[own] = {"resourceType": kind, "id": own} | body
        return {"reference": f"urn:uuid:{own}"}

    def basis(
        self,
        *statements: Statement,
        sources: Iterable[str] = (),
        citations: Iterable[str] = (),
        lines_apart: bool = False,
    ) -> list[Json]:
        """Return the extension that names what a sentence rests on; nothing where nothing is named.

        ``lines_apart``: the resource has a place of its own for the lines of the record.
        """
        lines = [] if lines_apart else _once(sources, (line for said in statements for line in said.sources))
        rows = _once(citations, (row for said in statements for row in said.citations))
        looked = _once(kind for said in statements for kind in said.searched)
        self.cited.update(dict.fromkeys(rows))
        parts: list[Json] = [{"url": "record", "valueReference": ref} for ref in references(lines)]
        parts += [{"url": "knowledge", "valueString": row} for row in rows]
        parts += [{"url": "searched", "valueString": kind} for kind in looked]
        return [{"url": BASIS, "extension": parts}] if parts else []

    def note(self, text: str, basis: list[Json]) -> Json:
        """Return a note with its basis."""
        return ({"extension": basis} if basis else {}) | {"text": text}

    def notes(self, statements: Iterable[Statement]) -> list[Json]:
        """Return a note for each statement, each sentence once."""
        return [self.note(text, self.basis(said)) for text, said in self.sentences(statements).items()]

    def sentences(self, statements: Iterable[Statement]) -> dict[str, Statement]:
        """Return the sentences of statements, each once, with the first that says it."""
        found: dict[str, Statement] = {}
        for said in statements:
            found.setdefault(self.words.say(said), said)
        return found

    def _subject(self) -> Json:
        """Return the reference to the person: as the record has it, else to a patient made of the id alone.

        A patient of the record is not repeated: a receiver could take the few fields for all there is.
        """
        person = self.a.record.person
        lines = (*person.source_ids, *self.a.record.used, *(row.source_id for row in self.a.record.unused))
        refs = [ref["reference"] for ref in map(reference, lines) if "reference" in ref]
        patient = next((ref for ref in refs if ref.rsplit("/", 2)[-2] == "Patient"), None)
        if patient is None and refs and _is_id(person.person_id):
            patient = f"Patient/{person.person_id}"
        if patient is not None:
            return {"reference": patient}
        return self.add("Patient", {"identifier": [{"system": RECORD_LINE, "value": person.person_id}]})


def references(sources: Iterable[str]) -> list[Json]:
    """Return the references to lines of the record, each once."""
    found = {_ENCODE(ref): ref for ref in map(reference, sources)}
    return list(found.values())


def _is_id(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_ID and _MAY_BE_ID.issuperset(text)


def _once(*groups: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(item for group in groups for item in group))
