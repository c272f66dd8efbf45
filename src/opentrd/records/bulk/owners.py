"""Whose a line of an export is, from its head alone; which ids are one person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
from msgspec import Raw

from opentrd.records.fhir import resources as r
from opentrd.records.fhir.bundle import Found
from opentrd.records.fhir.entry import READ
from opentrd.records.fhir.persons import person_named

#: A line of nobody that is of one of these types may be what a person's line refers to (a medication).
SHAREABLE: Final = frozenset(READ) | {"RelatedPerson"}
_REFERENCE: Final = re.compile(rb'"reference"\s*:\s*"([^"\\]+)"')


class Inner(r.Fhir):
    """The little of a contained resource that is needed."""

    resource_type: str | None = None
    id: str | None = None


class Line(r.Fhir):
    """What is decoded of every line: type, id, and the ways to name a person; the rest is passed over."""

    resource_type: str | None = None
    id: str | None = None
    subject: Raw = r.NOTHING
    patient: Raw = r.NOTHING
    beneficiary: Raw = r.NOTHING
    contained: tuple[Inner, ...] = ()


class PatientLine(Line):
    """What is decoded of a patient: also the other ids of the same person."""

    link: tuple[r.Link, ...] = ()


class IdentifiedLine(r.Fhir):
    """What is decoded of a patient to find it by an identifier."""

    resource_type: str | None = None
    identifier: tuple[r.Identifier, ...] = ()


class Owned(msgspec.Struct, frozen=True, gc=False):
    """Whose a line is.

    ``person`` is the id of the person, ``None`` for nobody; ``identifier`` (system and value) where the line
    names the person by that alone. ``name`` is ``Type/id`` where it has an id; ``links`` are other ids of the
    person.
    """

    type: str
    name: str | None
    person: str | None
    identifier: tuple[str, str] | None = None
    links: tuple[str, ...] = ()


_lines: Final = msgspec.json.Decoder(Line)
_patients: Final = msgspec.json.Decoder(PatientLine)
_identified: Final = msgspec.json.Decoder(IdentifiedLine)
_references: Final = msgspec.json.Decoder(r.Reference)
_IS_PATIENT: Final = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"Patient"')


def owner(found: Found, aliases: Mapping[str, str]) -> Owned:
    """Return whose a line is.

    ``aliases`` leads from the full addresses within a Bundle to ``Type/id``. Raises the decoder's error for
    what is not JSON or of a wrong type where this looks; the reader names what is wrong elsewhere.
    """
    line = _patients.decode(found.raw) if _IS_PATIENT.match(found.raw) else _lines.decode(found.raw)
    kind = line.resource_type or ""
    name = f"{kind}/{line.id}" if line.id else None
    if kind == "Patient":
        own = line.id or (found.full_url or f"Patient ({found.place})").rsplit("/", 1)[-1]
        if not isinstance(line, PatientLine):
            line = _patients.decode(found.raw)
        links = (_person(link.other, line, aliases) for link in line.link if link.other)
        return Owned(
            kind, name, own.removeprefix("urn:uuid:"), links=tuple(other for other in links if other)
        )
    reference = _reference(line)
    if reference is None:
        inner = next((one.id for one in line.contained if one.resource_type == "Patient" and one.id), None)
        return Owned(kind, name, inner)
    person = _person(reference, line, aliases)
    if person is None and reference.identifier is not None and reference.identifier.value:
        return Owned(kind, name, None, (reference.identifier.system or "", reference.identifier.value))
    return Owned(kind, name, person or None)


def identifiers(raw: bytes | Raw) -> Iterable[tuple[str, str]]:
    """Give the identifiers of a patient: system and value."""
    for one in _identified.decode(raw).identifier:
        if one.value:
            yield one.system or "", one.value


def _reference(line: Line) -> r.Reference | None:
    for raw in (line.subject, line.patient, line.beneficiary):
        if r.present(raw):
            try:
                found = _references.decode(raw)
            except msgspec.DecodeError:
                return None  # the reader says what is wrong with it
            return None if found.reference == "#" else found
    return None


def _person(reference: r.Reference | None, line: Line, aliases: Mapping[str, str]) -> str | None:
    """Return the id of the person that a reference names; empty where it names something else."""
    if reference is None:
        return None
    text = reference.reference or ""
    if text.startswith("#"):
        inner = next((one for one in line.contained if one.id == text[1:]), None)
        if inner is not None:
            return text[1:] if inner.resource_type == "Patient" else ""
    return person_named(r.Reference(reference=aliases[text]) if text in aliases else reference)


def references(raw: bytes) -> Iterable[str]:
    """Give the names under which what a line refers to may be kept: as written, and ``Type/id``."""
    for match in _REFERENCE.finditer(raw.replace(b"\\/", b"/")):
        text = match[1].decode("utf-8", "replace")
        yield text
        bare = text.partition("/_history/")[0].partition("?")[0].partition("|")[0]
        if bare.count("/") >= 2:
            yield "/".join(bare.rsplit("/", 2)[1:])
        elif bare != text:
            yield bare


class SamePerson:
    """Which ids are of one person, by the links of patients: each id leads to one id of its group."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._up: dict[str, str] = {}
        for one, other in pairs:
            self.join(one, other)

    def join(self, one: str, other: str) -> None:
        """Say that two ids are one person."""
        first, second = sorted((self.group(one), self.group(other)))
        if first != second:
            self._up[second] = first

    def group(self, person: str) -> str:
        """Return the id that stands for the group of an id."""
        while person in self._up:
            person = self._up[person]
        return person
