"""FHIR R4 to records: all entries of an input, person by person, every one used or unused with a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import msgspec

from opentrd.errors import InputError
from opentrd.records.fhir import conditions, devices, medicines, procedures, questionnaires
from opentrd.records.fhir import resources as r
from opentrd.records.fhir.bundle import NOT_FHIR, Found
from opentrd.records.fhir.codes import Knows
from opentrd.records.fhir.context import Context, Meanings
from opentrd.records.fhir.dates import BadValueError
from opentrd.records.fhir.entry import Entry, Reader
from opentrd.records.fhir.observations import ObservationReader, find_observation
from opentrd.records.fhir.persons import Index, Persons, once
from opentrd.records.fhir.products import Products
from opentrd.records.fhir.scores import ScoreCodes, put_together
from opentrd.records.fhir.therapies import Therapies
from opentrd.records.model import Record, Unused


class Part(msgspec.Struct):
    """Some persons of a larger input, read.

    ``nobody`` are own lines of none of the records; ``uses`` tells which person, the first by id, used a
    line that is nobody's, an own or a shared one (it is among ``nobody`` all the same where it is an own
    one); ``read`` counts the own lines by resource type, with contained ones.
    """

    records: list[Record]
    nobody: list[Unused]
    uses: dict[str, str]
    read: Counter[str]


class Fhir:
    """Reads FHIR R4 with a knowledge; may be used for several inputs, and remembers what codes mean."""

    def __init__(self, knowledge: Knows) -> None:
        self._knows = knowledge
        self._products = Products(knowledge)
        self._meanings = Meanings(knowledge)
        self._therapies = Therapies(knowledge)
        self._scores = ScoreCodes(knowledge)
        self._worth: dict[object, bool] = {}

    def _wanted(self, concept: r.CodeableConcept | None) -> bool:
        """Say whether an observation's code can be of use."""
        if concept is None:
            return False
        key = tuple((c.system, c.code, c.display) for c in concept.coding), concept.text
        found = self._worth.get(key)
        if found is None:
            found = bool(self._scores.find(concept)) or find_observation(concept, self._knows) is not None
            self._worth[key] = found
        return found

    def read(self, found: Iterable[Found], name: str = "") -> tuple[list[Record], list[Unused]]:
        """Return the records of all persons, by their ids, and what belongs to no person.

        ``name`` is the input as messages name it. Somebody who is only referred to, and of whom nothing can
        be used, is no person of the input.

        Raises ``InputError`` where a resource is malformed or of another FHIR version, and where nothing in
        the input belongs to a person.
        """
        reader = Reader(self._wanted)
        raw = [entry for one in found for entry in reader.entries(one)]
        entries, aside = once(raw)
        index = Index(entries)
        persons = Persons(entries, index)
        if not persons.entries:
            file = raw[0].file if raw else name
            raise InputError(file, "", "nothing here belongs to a person: there is no patient", NOT_FHIR)
        used: set[str] = set()
        records = []
        for person_id in sorted(persons.entries):
            record = self._person(person_id, persons, index)
            used.update(record.used)
            records.append(record)
        strangers = [record for record in records if not record.used and not persons.has_patient(record)]
        if len(strangers) < len(records):
            records = [record for record in records if record not in strangers]
        else:
            strangers = []
        nobody = [row for record in strangers for row in record.unused]
        nobody += [row for row in _of_nobody(persons) if row.source_id not in used]
        nobody += self._set_aside(aside, records, persons)
        for record in records:
            record.unused.sort(key=lambda row: (row.source_id, row.reason, row.detail))
        return records, sorted(nobody, key=lambda row: (row.source_id, row.reason, row.detail))

    def read_part(self, own: Iterable[Found], shared: Iterable[Found]) -> Part:
        """Read some persons of a larger input: all lines of theirs, and shared ones that these refer to.

        ``shared`` lines are nobody's and are only looked at: what became of them is for the whole to say, by
        ``Part.uses``. What they delete is deleted. Raises ``InputError`` as ``read`` does, except that a part
        may have no person.
        """
        reader = Reader(self._wanted)
        mine = [entry for one in own for entry in reader.entries(one)]
        others = [entry for one in shared for entry in reader.entries(one)]
        deleting = {id(entry): entry for entry in others if entry.deletes}
        kept, aside = once([*mine, *deleting.values()])
        kept = [entry for entry in kept if id(entry) not in deleting]
        looked_at = once(others)[0]
        index = Index([*kept, *looked_at])
        persons = Persons(kept, index, part=True)
        records = []
        nobody = []
        for person_id in sorted(persons.entries):
            record = self._person(person_id, persons, index)
            if record.used or persons.has_patient(record):
                records.append(record)
            else:
                nobody += record.unused
        nobody += _of_nobody(persons)
        nobody += self._set_aside(aside, records, persons, part=True)
        for record in records:
            record.unused.sort(key=lambda row: (row.source_id, row.reason, row.detail))
        open_ = {entry.source for entry, _ in persons.nobody} | {entry.source for entry in looked_at}
        uses = {source: person for source, person in persons.uses.items() if source in open_}
        return Part(records, nobody, uses, Counter(entry.type or "Bundle" for entry in mine))

    @staticmethod
    def _set_aside(
        aside: list[tuple[Entry, Unused]], records: list[Record], persons: Persons, *, part: bool = False
    ) -> list[Unused]:
        """Give repeated, older and deleted lines to their person; return those of nobody."""
        by_id = {record.person.person_id: record for record in records}
        only = records[0] if len(records) == 1 and not part else None
        rest: list[Unused] = []
        for entry, row in aside:
            record = by_id.get(persons.owner_of(entry) or "") or only
            if record is not None:
                record.unused.append(row)
            else:
                rest.append(row)
        return rest

    def _person(self, person_id: str, persons: Persons, index: Index) -> Record:
        entries = sorted(persons.entries[person_id], key=lambda entry: (entry.type, entry.source))
        try:
            person = persons.person(person_id)
        except BadValueError as bad:
            patient = next(e for e in entries if isinstance(e.body, r.Patient))
            raise patient.error(bad) from None
        ctx = Context(person, self._knows, self._products, self._meanings, index.find)
        observations = ObservationReader(ctx, self._scores)
        observations.panels(entries)
        for entry in entries:
            if entry.body is None:
                ctx.skip(entry, entry.reason or "not_relevant", entry.detail)
                continue
            try:
                self._one(ctx, entry, entry.body, observations)
            except BadValueError as bad:
                raise entry.error(bad) from None
        put_together(ctx, observations.parts)
        for entry in ctx.panels:
            body = entry.body
            assert isinstance(body, r.Observation)
            members = [index.find(member, entry) for member in body.has_member]
            if any(member is not None and member.source in ctx.used for member in members):
                ctx.use(entry.source)
        medicines.mark_not_taken(ctx)
        procedures.close_implants(ctx)
        procedures.join_meetings(ctx)
        for entry in entries:
            if entry.source not in ctx.used and entry.source not in ctx.unused:
                ctx.skip(entry, "not_referenced" if entry.type == "Medication" else "not_relevant")
        return ctx.record(persons.claim(person_id, entries))

    def _one(self, ctx: Context, entry: Entry, body: r.Fhir, observations: ObservationReader) -> None:
        """Read one resource by its type."""
        if isinstance(body, r.Observation):
            observations.read(entry, body)
        elif isinstance(body, r.QuestionnaireResponse):
            questionnaires.read(ctx, entry, body, observations.parts)
        elif isinstance(body, r.Patient):
            ctx.use(entry.source)
        elif isinstance(body, r.Medication):
            return
        elif isinstance(body, r.Procedure):
            procedures.procedure(ctx, self._therapies, entry, body)
        elif isinstance(body, r.Encounter):
            procedures.encounter(ctx, self._therapies, entry, body)
        elif isinstance(body, r.CarePlan):
            procedures.care_plan(ctx, self._therapies, entry, body)
        elif isinstance(body, r.ServiceRequest):
            procedures.service_request(ctx, self._therapies, entry, body)
        else:
            read = _READERS[type(body)]
            read(ctx, entry, body)


def _of_nobody(persons: Persons) -> list[Unused]:
    """Return the lines of nobody, with the reason why they are."""
    return [
        Unused(
            source_id=entry.source,
            resource=entry.type or "Bundle",
            reason=why or "not_referenced",
            detail=entry.detail,
        )
        for entry, why in persons.nobody
    ]


_READERS: dict[type[r.Fhir], Callable[[Context, Entry, r.Fhir], None]] = {
    r.MedicationRequest: medicines.request,  # type: ignore[dict-item]
    r.MedicationDispense: medicines.dispense,  # type: ignore[dict-item]
    r.MedicationStatement: medicines.statement,  # type: ignore[dict-item]
    r.MedicationAdministration: medicines.administration,  # type: ignore[dict-item]
    r.Condition: conditions.read,  # type: ignore[dict-item]
    r.FamilyMemberHistory: conditions.family,  # type: ignore[dict-item]
    r.AllergyIntolerance: conditions.allergy,  # type: ignore[dict-item]
    r.Device: devices.device,  # type: ignore[dict-item]
    r.DeviceUseStatement: devices.use,  # type: ignore[dict-item]
}
