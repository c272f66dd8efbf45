"""Whose each entry is: references resolved, the same resource told twice, persons told apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from opentrd.errors import InputError
from opentrd.records.fhir import resources as r
from opentrd.records.fhir.dates import span
from opentrd.records.fhir.entry import READ, Entry
from opentrd.records.model import Person, Record, Unused

_SEXES: Final = frozenset({"male", "female", "other", "unknown"})


class Index:
    """Finds the entry that a reference leads to, in its own file first."""

    def __init__(self, entries: list[Entry]) -> None:
        self._by: dict[tuple[str, str], Entry] = {}
        for entry in entries:
            names = [entry.source]
            if entry.container is None:
                names += [
                    name
                    for name in (entry.full_url, f"{entry.type}/{entry.id}" if entry.id else None)
                    if name
                ]
            for name in names:
                self._by.setdefault((entry.file, name), entry)
                self._by.setdefault(("", name), entry)

    def find(self, reference: r.Reference | None, entry: Entry) -> Entry | None:
        """Return what a reference leads to: by full address, type and id, or within the resource (``#``)."""
        text = reference.reference if reference else None
        if not text:
            return None
        if text.startswith("#"):
            outer = entry.container or entry
            return self._get(entry.file, outer.source + text) if len(text) > 1 else outer
        found = self._get(entry.file, text)
        if found is not None:
            return found
        bare = text.partition("/_history/")[0].partition("?")[0].partition("|")[0]
        found = self._get(entry.file, bare)
        if found is None and bare.count("/") >= 2:
            found = self._get(entry.file, "/".join(bare.rsplit("/", 2)[1:]))
        return found

    def _get(self, file: str, name: str) -> Entry | None:
        return self._by.get((file, name)) or self._by.get(("", name))


def once(entries: list[Entry]) -> tuple[list[Entry], list[tuple[Entry, Unused]]]:
    """Keep each resource once: the newest version. Returns those and the repeated, older and deleted ones."""
    kept: dict[tuple[str, str, str], Entry] = {}
    aside: list[tuple[Entry, Unused]] = []
    names: dict[str, tuple[str, str, str]] = {}
    deleted = {entry.deletes: entry.updated for entry in entries if entry.deletes}
    for entry in entries:
        if entry.id and f"{entry.type}/{entry.id}" in deleted and entry.container is None:
            at = deleted[f"{entry.type}/{entry.id}"]
            if not at or entry.updated[: len(at)] <= at:
                aside.append((entry, _aside(entry, "deleted")))
                continue
        key = _identity(entry)
        other = kept.get(key)
        if other is None:
            kept[key] = entry
        elif other.digest == entry.digest:
            aside.append((entry, _aside(entry, "duplicate")))
        else:
            _same_person(other, entry)
            newer, older = (
                (entry, other)
                if (entry.updated, entry.digest) > (other.updated, other.digest)
                else (other, entry)
            )
            kept[key] = newer
            aside.append((older, _aside(older, "superseded")))
    for key, entry in kept.items():
        if names.setdefault(entry.source, key) != key:
            entry.source = f"{entry.source} ({', '.join(part for part in (entry.file, entry.place) if part)})"
    return list(kept.values()), aside


def _identity(entry: Entry) -> tuple[str, str, str]:
    owner = entry.owner.reference if entry.owner and entry.owner.reference else ""
    if entry.container is not None:
        return (entry.type, entry.source, str(_identity(entry.container)))
    if entry.id:
        return (entry.type, entry.id, owner)
    if not entry.digest:
        return (entry.type, f"{entry.file} {entry.place} {entry.reason}", "")
    return (entry.type, entry.digest.hex(), entry.full_url or "")


def _aside(entry: Entry, reason: str) -> Unused:
    return Unused(source_id=entry.source, resource=entry.type, reason=reason, detail=entry.place)


def _same_person(one: Entry, other: Entry) -> None:
    """Refuse two persons under one id: same id, other birth date, and no version that says which is newer."""
    if not isinstance(one.body, r.Patient) or not isinstance(other.body, r.Patient):
        return
    dates = one.body.birth_date, other.body.birth_date
    if None not in dates and dates[0] != dates[1] and one.updated == other.updated:
        raise InputError(
            other.file,
            f"{other.place}, {other.source}, birthDate" if other.place else f"{other.source}, birthDate",
            f"another patient of the same id was born on {dates[0]} ({one.file} {one.place}".rstrip() + ")",
            "give the records of different persons one at a time",
        )


class Persons:
    """The persons of an input and the entries of each; ``nobody`` are entries that belong to none.

    ``part`` says that the entries are some of a larger input: then what names nobody is nobody's even beside
    one person, and ``uses`` tells which person, the first by id, used a line that is not an own one.
    """

    def __init__(self, entries: list[Entry], index: Index, *, part: bool = False) -> None:
        self._index = index
        self._part = part
        self.uses: dict[str, str] = {}
        self._same: dict[str, str] = {}
        self._claimed: set[str] = set()
        self._by_identifier: dict[tuple[str, str], str] = {}
        self.patients: dict[str, list[Entry]] = {}
        self.entries: dict[str, list[Entry]] = {}
        self.nobody: list[tuple[Entry, str]] = []
        for entry in entries:
            if isinstance(entry.body, r.Patient):
                self.patients.setdefault(_patient_id(entry), []).append(entry)
                for identifier in entry.body.identifier:
                    if identifier.value:
                        name = (identifier.system or "", identifier.value)
                        self._by_identifier.setdefault(name, _patient_id(entry))
        self._merge_links()
        self._of_root: dict[str, list[Entry]] = {}
        for own, found in self.patients.items():
            self._of_root.setdefault(self.root(own), []).extend(found)
        loose: list[Entry] = []
        for entry in entries:
            person = self._person_of(entry)
            if person is None:
                loose.append(entry)
            elif person == "":
                self.nobody.append((entry, self._why_not(entry)))
            else:
                self.entries.setdefault(person, []).append(entry)
        for person in [p for p, own in self.entries.items() if all(entry.type not in READ for entry in own)]:
            loose += self.entries.pop(person)
        for entry in loose:
            if len(self.entries) == 1 and not part:
                next(iter(self.entries.values())).append(entry)
            else:
                self.nobody.append(
                    (entry, entry.reason or ("" if entry.type == "Medication" else "no_subject"))
                )

    def _merge_links(self) -> None:
        for own, entries in sorted(self.patients.items()):
            for entry in entries:
                for link in entry.body.link if isinstance(entry.body, r.Patient) else ():
                    other = self._id_of(link.other, entry)
                    if other is not None and other != own:
                        if link.type == "replaced-by":
                            self._same[own] = other
                        elif link.type == "replaces":
                            self._same[other] = own

    def root(self, person: str) -> str:
        """Return the person under whom another one's records go on."""
        seen: set[str] = set()
        while person in self._same and person not in seen:
            seen.add(person)
            person = self._same[person]
        return person

    def _id_of(self, reference: r.Reference | None, entry: Entry) -> str | None:
        """Return the id of the person that a reference names; empty where it names something else."""
        if reference is None:
            return None
        target = self._index.find(reference, entry)
        if target is not None:
            return _patient_id(target) if target.type == "Patient" else ""
        named = person_named(reference)
        if named is not None:
            return named
        identifier = reference.identifier
        if identifier is not None and identifier.value:
            found = self._by_identifier.get((identifier.system or "", identifier.value))
            return found or identifier.value
        return None

    def _person_of(self, entry: Entry) -> str | None:
        if entry.type == "Patient":
            return self.root(_patient_id(entry))
        if entry.owner is not None and entry.owner.reference != "#":
            found = self._id_of(entry.owner, entry)
            if found:
                return self.root(found)
            if found == "":
                return ""
        return self._person_of(entry.container) if entry.container is not None else None

    @staticmethod
    def _why_not(entry: Entry) -> str:
        text = (entry.owner.reference if entry.owner else None) or ""
        return "group_subject" if "Group/" in text else "other_subject"

    def claim(self, person_id: str, entries: list[Entry]) -> Callable[[str], bool]:
        """Return what says whether a line counts for a person: an own one, a shared one not counted yet."""
        own = {entry.source for entry in entries}
        if self._part:
            return lambda source: source in own or self._note_use(source, person_id)
        shared = {entry.source for entry, _ in self.nobody} - self._claimed

        def mine(source: str) -> bool:
            if source in shared:
                self._claimed.add(source)
            return source in own or source in shared

        return mine

    def _note_use(self, source: str, person_id: str) -> bool:
        self.uses.setdefault(source, person_id)
        return False

    def has_patient(self, record: Record) -> bool:
        """Say whether the input holds a patient resource of a record's person."""
        return record.person.person_id in self._of_root

    def owner_of(self, entry: Entry) -> str | None:
        """Return the person of an entry that was set aside, ``None`` or empty where it has none."""
        return self._person_of(entry)

    def person(self, person_id: str) -> Person:
        """Return the row of a person, from all their patient resources."""
        out = Person(person_id=person_id)
        found = sorted(
            self._of_root.get(person_id, ()),
            key=lambda entry: (_patient_id(entry) != person_id, entry.source),
        )
        out.source_ids = tuple(entry.source for entry in found)
        for entry in found:
            body = entry.body
            assert isinstance(body, r.Patient)
            born = span(body.birth_date, "birthDate")
            died = span(body.deceased_date_time, "deceasedDateTime")
            if out.birth_earliest is None:
                out.birth_earliest, out.birth_latest = born
            if out.death_earliest is None:
                out.death_earliest, out.death_latest = died
            out.name = out.name or _name(body.name)
            sex = (body.gender or "").strip().lower()
            out.sex = out.sex or (sex if sex in _SEXES - {"unknown"} else None)
        return out


def person_named(reference: r.Reference) -> str | None:
    """Return the id of the person that a reference writes out; empty where it writes something else.

    ``None`` where it writes nothing (an identifier alone).
    """
    text = (reference.reference or "").partition("/_history/")[0]
    if not text:
        return None
    parts = text.split("/")
    if len(parts) >= 2 and parts[-2][:1].isupper():
        return parts[-1] if parts[-2] == "Patient" else ""
    return text.removeprefix("urn:uuid:").removeprefix("urn:oid:")


def _name(names: tuple[r.HumanName, ...]) -> str | None:
    """Return how a person is called: the usual name, else the official one, else the first."""
    order = {"usual": 0, "official": 1}
    for name in sorted(names, key=lambda each: order.get(each.use or "", 2)):
        family = (name.family,) if isinstance(name.family, str) else name.family or ()
        whole = name.text or " ".join((*name.given, *family))
        if whole.strip() and name.use != "old":
            return " ".join(whole.split())
    return None


def _patient_id(entry: Entry) -> str:
    return entry.id or (entry.full_url or entry.source).rsplit("/", 1)[-1].removeprefix("urn:uuid:")
