"""FHIR to what the measures look at: each resource of a person used, or counted with the reason.

Who a resource belongs to is found as everywhere (``records/fhir/persons.py``), with one thing more: one
that names its person by the address of another server, in a Bundle (or a folder of single resources) that
holds exactly one patient, counts as that patient's and is listed as adopted. That is how a record looks that
was put together from two servers, and how some of the measures' own test patients are written.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opentrd.cohort.measures import resources as f
from opentrd.cohort.measures.events import Events
from opentrd.cohort.measures.record import Event, MeasureRecord
from opentrd.cohort.measures.supply import Reckoning
from opentrd.cohort.measures.times import moment
from opentrd.cohort.measures.value_sets import ValueSets
from opentrd.cohort.sources.opening import open_source
from opentrd.errors import InputError
from opentrd.records.bulk.files import export_files
from opentrd.records.bulk.persons import in_buckets
from opentrd.records.fhir import resources as r
from opentrd.records.fhir.bundle import NOT_FHIR, Found
from opentrd.records.fhir.dates import BadValueError
from opentrd.records.fhir.entry import Entry, Reader, decoders
from opentrd.records.fhir.persons import Index, Persons, once
from opentrd.records.omop.postgres import hidden
from opentrd.records.read import resources

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

_BODIES: Final = decoders(f.TYPES)
#: From so many bytes on an export is read in parts, which take about so many megabytes of memory.
LARGE: Final = 50_000_000
MEMORY_MB: Final = 1_000
LOOKED_UP: Final = "looked_up"
#: Kinds of populations without what the measures ask for.
_TABLES: Final = {"omop": "the tables of an OMOP CDM", "tables": "record tables"}
#: A resource type and why it was not used (``used`` where it was), with how many resources.
Account = Counter[tuple[str, str]]


class Reading:
    """Reads sources with a knowledge. ``account`` counts what became of each resource read so far.

    ``large`` is from how many bytes on an export is read in parts.
    """

    def __init__(self, knowledge: Knowledge, large: int = LARGE) -> None:
        self._large = large
        self._knowledge = knowledge
        self._sets = ValueSets(knowledge)
        self._events = Events(self._sets, Reckoning(knowledge))
        self.account: Account = Counter()

    def read(self, source: str | Path) -> Iterator[MeasureRecord]:
        """Give the persons of a source; those of a large export of NDJSON in no order, some at a time.

        Raises ``InputError`` that names file, resource and field for what cannot be read.
        """
        if _is_large_export(Path(source), self._large):
            found = self._from_export(Path(source))
        else:
            try:
                files, other = resources(source, self._knowledge)
            except InputError:
                _refuse_tables(str(source), self._knowledge)
                raise
            self.account.update(("file", row.reason) for row in other)
            found = self.persons(one for file in files for one in file)
        someone = False
        for person in found:
            someone = True
            yield person
        if not someone:
            raise InputError(str(source), "", "there is no patient here", NOT_FHIR)

    def _from_export(self, source: Path) -> Iterator[MeasureRecord]:
        """Give the persons of a bulk export, in no order, holding some at a time."""
        with tempfile.TemporaryDirectory(prefix="opentrd-") as work:
            for own in in_buckets(source, Path(work), memory_mb=MEMORY_MB, told=lambda *_: None):
                yield from self.persons(own.lines, own.shared)

    def persons(
        self, found: Iterable[Found], shared: Sequence[Found] | None = None
    ) -> Iterator[MeasureRecord]:
        """Give the persons of raw resources, in the order of their ids.

        ``shared`` is given where these are a part of a larger source: what they may refer to beside them, and
        what is deleted.
        """
        reader = Reader(lambda concept: bool(self._sets.of(concept)), _BODIES)
        others = [entry for one in shared or () for entry in reader.entries(one)]
        deleting = [entry for entry in others if entry.deletes]
        entries, aside = once([*(entry for one in found for entry in reader.entries(one)), *deleting])
        entries = [entry for entry in entries if entry not in deleting] if deleting else entries
        self.account.update((row.resource, row.reason) for _, row in aside)
        index = Index([*entries, *once(others)[0]])
        persons = Persons(entries, index, part=shared is not None)
        self.account.update((e.type or "Bundle", _why(e, why)) for e, why in persons.nobody)
        adopted = _adopt(persons)
        for person_id in sorted(persons.entries):
            if person_id in persons.patients:
                yield self._person(person_id, persons.entries[person_id], index, adopted)
            else:
                self.account.update((e.type, e.reason or "no_patient") for e in persons.entries[person_id])

    def _person(
        self, person_id: str, entries: list[Entry], index: Index, adopted: frozenset[str]
    ) -> MeasureRecord:
        out = MeasureRecord(person_id=person_id)
        entries = sorted(entries, key=lambda entry: (entry.type, entry.source))
        for entry in entries:
            if isinstance(entry.body, r.Patient):
                with _placed(entry):
                    self._patient(out, entry, entry.body)
        for entry in entries:
            if entry.body is None:
                self.account[entry.type, entry.reason or "no_body"] += 1
            elif not isinstance(entry.body, r.Patient):
                self._event(out, entry, entry.body, index)
        used = {event.source for event in _all(out)}
        out.adopted = tuple(sorted(adopted & used))
        return out

    def _patient(self, out: MeasureRecord, entry: Entry, body: r.Patient) -> None:
        out.source = out.source or entry.source
        out.born = out.born or moment(body.birth_date, "birthDate")
        out.died = out.died or moment(body.deceased_date_time, "deceasedDateTime")
        out.dead = out.dead or bool(body.deceased_boolean) or out.died is not None
        self.account["Patient", "used"] += 1

    def _event(self, out: MeasureRecord, entry: Entry, body: r.Fhir, index: Index) -> None:
        sets = self._events.concepts(body, _medicine(entry, body, index))
        if isinstance(body, r.Medication):
            self.account[entry.type, LOOKED_UP] += 1
        elif not sets:
            self.account[entry.type, "in_no_value_set"] += 1
        else:
            with _placed(entry):
                self._events.add(out, body, entry.source, sets, out.born)
            self.account[entry.type, "used"] += 1


def _why(entry: Entry, why: str) -> str:
    return LOOKED_UP if isinstance(entry.body, r.Medication) else why or "not_referenced"


def _refuse_tables(source: str, knowledge: Knowledge) -> None:
    """Say why a population that is no FHIR cannot be measured; nothing where it is something else again."""
    try:
        kind = open_source(source, knowledge).kind
    except InputError:
        return
    if kind in _TABLES:
        what = (
            f"{_TABLES[kind]} keep no statuses of orders, no reasons for what was not done, no problem list"
        )
        raise InputError(hidden(source), "", what, "give FHIR; docs/measures.md tells more")


def _is_large_export(source: Path, large: int) -> bool:
    """Say whether a source holds lines of NDJSON alone, and too many to read them all at once."""
    if not source.exists():
        return False
    files, _ = export_files(source)
    names = [file.shown.lower().removesuffix(".gz") for file in files]
    return sum(file.content for file in files) >= large and all(
        n.endswith((".ndjson", ".jsonl")) for n in names
    )


class _placed:  # noqa: N801
    """Turns a bad value into the error that names file, resource and field."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, BadValueError):
            raise self._entry.error(error) from None


def _medicine(entry: Entry, body: r.Fhir, index: Index) -> r.CodeableConcept | None:
    """Return what an order or a dispense is about, looked up where it refers to a Medication."""
    if not isinstance(body, (r.MedicationRequest, r.MedicationDispense)):
        return None
    if body.medication_reference is None:
        return body.medication_codeable_concept
    target = index.find(body.medication_reference, entry)
    return target.body.code if target is not None and isinstance(target.body, r.Medication) else None


def _adopt(persons: Persons) -> frozenset[str]:
    """Give resources that name a person on another server to the one patient beside them.

    Returns the names of these resources.
    """
    patients: dict[tuple[str, str], set[str]] = {}
    for person, entries in persons.patients.items():
        for entry in entries:
            patients.setdefault(_place(entry), set()).add(persons.root(person))
    adopted = set()
    for person in [person for person in persons.entries if person not in persons.patients]:
        own = persons.entries.pop(person)
        rest = []
        for entry in own:
            near = patients.get(_place(entry), set())
            if len(near) == 1 and _elsewhere(entry):
                persons.entries[next(iter(near))].append(entry)
                adopted.add(entry.source)
            else:
                rest.append(entry)
        if rest:
            persons.entries[person] = rest
    return frozenset(adopted)


def _place(entry: Entry) -> tuple[str, str]:
    """Return where a resource stands with others: its Bundle, or the folder of a file that holds it alone."""
    if not entry.place:
        return str(Path(entry.file).parent), ""
    return entry.file, entry.place.rpartition("entry ")[0]


def _elsewhere(entry: Entry) -> bool:
    """Say whether a resource names its person on another server; lines of a bulk export are not looked at."""
    text = (entry.owner.reference if entry.owner else None) or ""
    return text.startswith(("http://", "https://")) and not entry.place.startswith("line")


def _all(record: MeasureRecord) -> Iterator[Event]:
    for events in (
        record.encounters,
        record.conditions,
        record.observations,
        record.procedures,
        record.services,
        record.medicines,
        record.dispenses,
    ):
        yield from events
