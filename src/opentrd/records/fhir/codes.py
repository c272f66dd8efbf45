# ruff: noqa: D102
"""What the codes and texts of a concept mean, by the knowledge tables, remembered for the whole input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from opentrd.knowledge import schema
from opentrd.knowledge.systems import system_name
from opentrd.records.fhir.resources import CodeableConcept, Coding


class NameIndex(Protocol):
    """Names of treatments in texts (``opentrd.knowledge.lookup.Names``)."""

    def within(self, text: str, region: str | None = None) -> tuple[schema.Name, ...]: ...


class Knows(Protocol):
    """The part of ``Knowledge`` that reading FHIR needs."""

    @property
    def treatments(self) -> dict[str, schema.Treatment]: ...
    @property
    def scales(self) -> dict[str, schema.Scale]: ...
    @property
    def adequacy(self) -> dict[tuple[str, str, str | None, int | None], schema.Adequacy]: ...
    @property
    def conditions(self) -> dict[str, schema.ConditionConcept]: ...
    @property
    def observations(self) -> dict[str, schema.ObservationConcept]: ...
    @property
    def conventions(self) -> dict[str, schema.Convention]: ...
    @property
    def names(self) -> NameIndex: ...
    def by_name(self, text: str, region: str | None = None) -> tuple[schema.Name, ...]: ...
    def by_code(self, system: str | None, code: str) -> schema.TreatmentCode | None: ...
    def procedure_by_code(self, system: str | None, code: str) -> schema.ProcedureCode | None: ...
    def condition_by_code(self, system: str | None, code: str) -> tuple[schema.ConditionCode, ...]: ...
    def score_code(self, system: str | None, code: str) -> tuple[schema.ScoreCode, ...]: ...
    def observation_code(self, system: str | None, code: str) -> schema.ObservationCode | None: ...


def codings(concept: CodeableConcept | None) -> Iterator[Coding]:
    """Give the codings of a concept that have a code."""
    for coding in concept.coding if concept else ():
        if coding.code and coding.code.strip():
            yield coding


def pairs(*concepts: CodeableConcept | None) -> tuple[tuple[str, str], ...]:
    """Return system (short name) and code of all codings, each once, in order."""
    found = {
        (system_name(coding.system), coding.code.strip()): None
        for concept in concepts
        for coding in codings(concept)
        if coding.code
    }
    return tuple(found)


def texts(concept: CodeableConcept | None) -> tuple[str, ...]:
    """Return the text and the displays of a concept, each once, the text first."""
    if concept is None:
        return ()
    words = (concept.text, *(coding.display for coding in concept.coding))
    return tuple(dict.fromkeys(word.strip() for word in words if word and word.strip()))


def text_of(concept: CodeableConcept | None) -> str | None:
    """Return the words that best show a concept: its text, else its first display."""
    found = texts(concept)
    return found[0] if found else None


def all_texts(concepts: Iterable[CodeableConcept | None]) -> tuple[str, ...]:
    """Return the texts of several concepts."""
    return tuple(text for concept in concepts for text in texts(concept))


def has_code(concept: CodeableConcept | None, wanted: frozenset[str]) -> bool:
    """Say whether any coding has one of these codes (of whatever system)."""
    return any(coding.code in wanted for coding in codings(concept))
