"""Which psychotherapy, stimulation or lifestyle treatment a concept is: by code, else by names in it."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from opentrd.records.fhir import resources as r
from opentrd.records.fhir.codes import Knows, codings, texts

_PLACEMENT: Final = (
    ("bilateral", re.compile(r"\b(bilateral|bitemporal|bifrontal|bitemp)\b", re.IGNORECASE)),
    ("right unilateral", re.compile(r"\b(right unilateral|rul)\b", re.IGNORECASE)),
    ("unilateral", re.compile(r"\bunilateral\b", re.IGNORECASE)),
)
_FORMAT: Final = (
    ("group", re.compile(r"\bgroup\b", re.IGNORECASE)),
    ("family", re.compile(r"\b(family|couples?)\b", re.IGNORECASE)),
    ("individual", re.compile(r"\bindividual\b", re.IGNORECASE)),
)
#: More special treatments that the words of a procedure name, by the treatment of its code.
_NARROWER: Final = {
    "rtms": (
        ("saint", re.compile(r"\b(saint|snt|accelerated)\b", re.IGNORECASE)),
        ("itbs", re.compile(r"\b(itbs|theta[- ]burst)\b", re.IGNORECASE)),
        ("dtms", re.compile(r"\b(deep|h1[- ]coil|dtms)\b", re.IGNORECASE)),
    ),
}
IMPLANTS: Final = frozenset({"vns", "dbs"})
NO_SESSION: Final = frozenset({"programming", "planning", "anaesthesia", "mapping"})
_REMOVAL_CODES: Final = {"446256001": "vns", "64570": "vns"}
_REMOVAL: Final = re.compile(r"\b(removal|explant\w*|remove)\b", re.IGNORECASE)
_NOT_GIVEN: Final = re.compile(
    r"\b(referral|refer|assessment|evaluation|consult\w*|screening|declined|education|avoid|recommend\w*|plan)\b",
    re.I,
)
#: Abbreviations that mean a treatment wherever they stand in capitals.
_CLEAR: Final = frozenset(
    {"cbt", "ect", "tms", "rtms", "itbs", "dbt", "ipt", "vns", "dbs", "mbct", "cbasp", "tdcs"}
)
KINDS: Final = frozenset({"psychotherapy", "stimulation", "lifestyle"})


class Therapy(msgspec.Struct, gc=False):
    """What treatment a concept is: key, kind, detail of the code's row, and whether it ends an implant."""

    treatment: str
    kind: str
    detail: str | None = None
    removal: bool = False


class Therapies:
    """Finds treatments in concepts, each way of writing one only once."""

    def __init__(self, knows: Knows) -> None:
        self._knows = knows
        self._seen: dict[object, Therapy | None] = {}

    def of(self, concept: r.CodeableConcept | None) -> Therapy | None:
        """Return the treatment that a concept is, by code, else by the names in its text."""
        if concept is None:
            return None
        key = tuple((c.system, c.code, c.display) for c in concept.coding), concept.text
        if key not in self._seen:
            self._seen[key] = self._find(concept)
        return self._seen[key]

    def _find(self, concept: r.CodeableConcept) -> Therapy | None:
        words = texts(concept)
        for coding in codings(concept):
            if coding.code in _REMOVAL_CODES:
                return Therapy(_REMOVAL_CODES[coding.code or ""], "stimulation", removal=True)
            row = self._knows.procedure_by_code(coding.system, coding.code or "")
            if row is not None:
                treatment = row.treatment
                for narrow, pattern in _NARROWER.get(treatment, ()):
                    if any(pattern.search(word) for word in words) and narrow in self._knows.treatments:
                        treatment = narrow
                        break
                known = self._knows.treatments.get(treatment)
                return Therapy(treatment, known.kind if known else "psychotherapy", row.detail)
        for word in words:
            if not _NOT_GIVEN.search(word):
                found = self._named(word)
                if found is not None:
                    return found
        return None

    def _named(self, word: str) -> Therapy | None:
        """Return the treatment that a text names; abbreviations, lifestyles only where they are all of it."""
        whole = {name.name for name in self._knows.by_name(word.partition("(")[0])}
        for name in self._knows.names.within(word):
            known = self._knows.treatments.get(name.treatment)
            if known is None or known.kind not in KINDS:
                continue
            unclear = known.kind == "lifestyle" or name.sort == "abbreviation"
            clear = name.name in _CLEAR and name.name.upper() in word
            if name.name not in whole and unclear and not clear:
                continue
            removal = known.treatment in IMPLANTS and _REMOVAL.search(word) is not None
            return Therapy(known.treatment, known.kind, removal=removal)
        return None


def formulation_of(knows: Knows, treatment: str, detail: str | None) -> str | None:
    """Return the detail where the table ``adequacy`` tells it apart for this treatment (bilateral, group)."""
    known = any(row.treatment == treatment and row.formulation == detail for row in knows.adequacy.values())
    return detail if detail is not None and known else None


def detail_of(therapy: Therapy, words: tuple[str, ...]) -> str | None:
    """Return the placement of ECT or the format of a therapy that the words name."""
    kinds = _PLACEMENT if therapy.treatment == "ect" else _FORMAT if therapy.kind == "psychotherapy" else ()
    for name, pattern in kinds:
        if any(pattern.search(word) for word in words):
            return name
    return None
