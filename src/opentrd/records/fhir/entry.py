"""Raw resources become entries: typed, named, with their person's reference, contained ones beside them.

Resource types that nothing reads are not decoded further than their head. An observation is looked at
cheaply first (its code), so that hundreds of megabytes of unrelated ones pass quickly.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

import msgspec
from msgspec import Raw

from opentrd.errors import InputError
from opentrd.records.fhir import resources as r
from opentrd.records.fhir.bundle import Found, explain, resources
from opentrd.records.fhir.dates import BadValueError
from opentrd.records.fhir.versions import TYPES, check_body, check_head

#: The resource types that are read, with what they are decoded to.
READ: Final[dict[str, type[r.Fhir]]] = {
    cls.__name__: cls
    for cls in (
        r.Patient,
        r.Medication,
        r.MedicationRequest,
        r.MedicationDispense,
        r.MedicationStatement,
        r.MedicationAdministration,
        r.Observation,
        r.QuestionnaireResponse,
        r.Condition,
        r.FamilyMemberHistory,
        r.AllergyIntolerance,
        r.Procedure,
        r.CarePlan,
        r.Encounter,
        r.ServiceRequest,
        r.Device,
        r.DeviceUseStatement,
    )
}


class ObservationHead(r.Head):
    """Head and first look at an observation in one pass."""

    code: r.CodeableConcept | None = None
    has_member: Raw = r.NOTHING
    component: Raw = r.NOTHING


class Entry(msgspec.Struct, gc=False):
    """One resource that was read.

    ``source`` is the name by which rows cite it. ``body`` is ``None`` where nothing more is read of it, then
    ``reason`` says why. ``owner`` is the reference to the person as written, ``None`` where there is none.
    """

    type: str
    source: str
    file: str
    place: str
    id: str | None = None
    full_url: str | None = None
    owner: r.Reference | None = None
    body: r.Fhir | None = None
    reason: str = ""
    detail: str = ""
    digest: bytes = b""
    updated: str = ""
    container: Entry | None = None
    deletes: str | None = None

    def error(self, bad: BadValueError) -> InputError:
        """Return the error for a value of this resource."""
        return place_error(self.file, self.place, self.source, bad)


def place_error(file: str, place: str, source: str, bad: BadValueError) -> InputError:
    """Return the error for a field: file, place, resource and field, what is wrong, what to do."""
    where = ", ".join(part for part in (place, source if source != place else "", bad.field) if part)
    return InputError(file, where, bad.what, bad.what_to_do or "correct the field or leave it out")


Bodies: TypeAlias = "Mapping[str, msgspec.json.Decoder[r.Fhir]]"


def decoders(types: Mapping[str, type[r.Fhir]]) -> Bodies:
    """Return the decoder of each resource type."""
    return {name: msgspec.json.Decoder(kind) for name, kind in types.items()}


_head: Final = msgspec.json.Decoder(r.Head)
_observation_head: Final = msgspec.json.Decoder(ObservationHead)
_reference: Final = msgspec.json.Decoder(r.Reference)
_bodies: Final = decoders(READ)
_IS_OBSERVATION: Final = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"Observation"')
#: Where each type names its person, if not in ``subject``.
_OWNER: Final = {
    "AllergyIntolerance": "patient",
    "FamilyMemberHistory": "patient",
    "Device": "patient",
    "Immunization": "patient",
    "Claim": "patient",
    "ExplanationOfBenefit": "patient",
    "Coverage": "beneficiary",
}

Wanted = Callable[[r.CodeableConcept | None], bool]


class Reader:
    """Makes entries of raw resources. ``wanted`` says whether an observation's code can be of use.

    ``bodies`` are the resource types that are read, with their decoders, where not those of ``READ``.
    """

    def __init__(self, wanted: Wanted, bodies: Bodies | None = None) -> None:
        self._wanted = wanted
        self._bodies = _bodies if bodies is None else bodies
        self._references: dict[bytes, r.Reference | None] = {}

    def entries(self, found: Found) -> Iterator[Entry]:
        """Give the entry of a resource and those of the resources contained in it."""
        if found.reason:
            kind = "" if found.reason == "no_resource" else "Bundle"
            source = found.deletes or found.full_url or found.place or found.file
            yield Entry(
                type=kind,
                source=f"{found.place}: {source}" if found.deletes else source,
                file=found.file,
                place=found.place,
                reason=found.reason,
                deletes=found.deletes,
                updated=found.deleted_at,
            )
            return
        yield from self._read(found.raw, found, None)

    def _read(self, raw: Raw | bytes, found: Found, container: Entry | None) -> Iterator[Entry]:
        file, place = found.file, found.place
        source = place
        try:
            head = _observation_head.decode(raw) if _IS_OBSERVATION.match(raw) else _head.decode(raw)
            name = head.resource_type or ""
            source = _source(head, found, container)
            check_head(head, alone=not place)
            if name == "Bundle":
                for inner in resources(bytes(raw), file, place):
                    yield from self.entries(inner)
                return
            entry = Entry(name, source, file, place, id=head.id)
            entry.full_url = found.full_url if container is None else None
            entry.digest = hashlib.blake2b(raw, digest_size=12).digest()
            if head.meta is not None:
                entry.updated = f"{head.meta.last_updated or ''} {head.meta.version_id or '':>12}"
            entry.container = container
            entry.owner = self._owner(getattr(head, _OWNER.get(name, "subject")), name)
            decoder = self._bodies.get(name)
            if decoder is None:
                entry.reason = "not_relevant_resource" if name in TYPES else "unknown_resource"
            elif name == "Observation" and not self._worth(raw, head):
                entry.reason = "unknown_code"
            else:
                entry.body = decoder.decode(raw)
                check_body(name, entry.body)
        except BadValueError as bad:
            raise place_error(file, place, source, bad) from None
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            field, what = explain(error)
            raise place_error(file, place, source, BadValueError(field, what)) from None
        yield entry
        for inner_raw in head.contained:
            yield from self._read(inner_raw, found, entry)

    def _worth(self, raw: Raw | bytes, head: r.Head) -> bool:
        if not isinstance(head, ObservationHead):
            head = _observation_head.decode(raw)
        return r.present(head.component) or r.present(head.has_member) or self._wanted(head.code)

    def _owner(self, raw: Raw, name: str) -> r.Reference | None:
        if not r.present(raw):
            return None
        key = bytes(raw)
        if key not in self._references:
            try:
                self._references[key] = _reference.decode(key)
            except msgspec.ValidationError as error:
                if name not in READ:
                    return None
                field, what = explain(error)
                owner = _OWNER.get(name, "subject")
                raise BadValueError(f"{owner}.{field}" if field else owner, what) from None
        return self._references[key]


def _source(head: r.Head, found: Found, container: Entry | None) -> str:
    if container is not None:
        return f"{container.source}#{head.id or head.resource_type}"
    if head.id:
        return f"{head.resource_type}/{head.id}"
    if found.full_url:
        return found.full_url
    if head.resource_type is None:
        return found.place
    return f"{head.resource_type} ({found.place})" if found.place else f"{head.resource_type}"
