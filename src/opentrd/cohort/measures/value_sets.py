"""What codes mean to a measure: the value sets that hold them, from the knowledge tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentrd.knowledge.systems import code_key, system_name
from opentrd.records.fhir.codes import codings

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge
    from opentrd.records.fhir.resources import CodeableConcept

_NONE: frozenset[str] = frozenset()


class ValueSets:
    """Finds the value sets of a concept. A code counts only in its own code system."""

    def __init__(self, knowledge: Knowledge) -> None:
        found: dict[tuple[str, str], set[str]] = {}
        for row in knowledge.value_set_codes.values():
            key = row.system, code_key(row.system, row.code)
            found.setdefault(key, set()).add(row.value_set)
        self._sets = {key: frozenset(names) for key, names in found.items()}

    def of(self, *concepts: CodeableConcept | None) -> frozenset[str]:
        """Return the keys of the value sets that hold a code of these concepts."""
        found = _NONE
        for concept in concepts:
            for coding in codings(concept):
                system = system_name(coding.system)
                found |= self._sets.get((system, code_key(system, coding.code or "")), _NONE)
        return found
