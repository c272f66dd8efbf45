"""Lines to records: each line is told apart, read, and either used or left out with its reason."""

from __future__ import annotations

from opentrd.knowledge.loader import Knowledge
from opentrd.records.model import Condition, Observation, Person, Record, Unused
from opentrd.records.sheet.context import Context
from opentrd.records.sheet.facts import (
    read_allergy,
    read_condition,
    read_family,
    read_life,
    read_person,
    read_test,
    split_pressure,
)
from opentrd.records.sheet.lines import WHATS, Line, Sheet
from opentrd.records.sheet.problems import CellError, Problems, shown
from opentrd.records.sheet.scores import join_items, read_score
from opentrd.records.sheet.treatments import read_treatment
from opentrd.records.sheet.words import leading, meaning

_TREATMENT_COLUMNS = ("dose", "sessions", "taken", "helped", "stopped", "for")
_ROWS = {
    "condition": read_condition,
    "family": read_family,
    "allergy": read_allergy,
    "life": read_life,
    "test": read_test,
}


def build(sheet: Sheet, knowledge: Knowledge, file: str, stem: str) -> list[Record]:
    """Return a record for each person of a sheet. Raises ``SheetError`` with all problems."""
    problems = Problems(file)
    context = Context(knowledge, problems)
    people: dict[str, list[Line]] = {}
    for line in sheet.lines:
        people.setdefault(" ".join(line.person.split()), []).append(line)
    if len(people) > 1 and "" in people:
        for line in people[""]:
            problems.add(
                f"{line.place}, column person", "the line does not say whose it is", "fill the column person"
            )
    records = []
    for person, lines in people.items():
        records.append(_record(_person_id(person, lines, stem), lines, context))
    ids = [record.person.person_id for record in records]
    for person_id in {found for found in ids if ids.count(found) > 1}:
        problems.add("", f"two persons are called {shown(person_id)}", "give each another id")
    problems.stop()
    for ref, reason, text in sheet.left_out:
        records[0].unused.append(Unused(source_id=ref, resource="line", reason=reason, detail=text[:80]))
    return records


def _person_id(person: str, lines: list[Line], stem: str) -> str:
    """Return how a person is told apart: by the id, else the name in the lines, else the name of the file."""
    told: dict[str, str] = {}
    for line in lines:
        fact = meaning("fact", line.text("name")) if line.what in ("person", None) else None
        if fact and line.known("value"):
            told.setdefault(fact.meaning, " ".join(line.text("value").split()))
    for key in ("id", "name"):
        if key in told:
            return told[key]
    if person.isdecimal():
        return f"{stem}-{person}" if lines[0].ref.partition("#")[2].startswith(f"{person}:") else person
    return person or stem


def _record(person_id: str, lines: list[Line], context: Context) -> Record:
    record = Record(person=Person(person_id=person_id))
    seen: set[tuple[object, ...]] = set()
    facts: list[Line] = []
    for line in lines:
        what = line.what or _guess(line, context)
        if what is None:
            continue
        told = sorted((name, " ".join(cell.text.casefold().split())) for name, cell in line.cells.items())
        key = (what, *told, *sorted((number, cell.text) for number, cell in line.items.items()))
        empty = not any(line.known(column) for column in line.cells) and not line.items
        reason = (
            "no_code" if empty else "duplicate" if key in seen else "not_relevant" if what == "note" else None
        )
        seen.add(key)
        if what == "person" and reason is None:
            facts.append(line)
        elif reason is None:
            line.what = what
            reason = _read(line, what, record, context)
        if reason is None:
            record.used.append(line.ref)
        else:
            record.unused.append(
                Unused(source_id=line.ref, resource=what, reason=reason, detail=line.text("name")[:80])
            )
    record.person.source_ids = tuple(line.ref for line in facts)
    read_person(facts, record.person, context)
    record.scores = join_items(record.scores)
    return record


def _read(line: Line, what: str, record: Record, context: Context) -> str | None:
    """Read one line into the record; return the reason where it is not used."""
    person = record.person.person_id
    if what in ("treatment", "other_medicine"):
        exposures, told, reason = read_treatment(line, person, context)
        record.exposures += exposures
        record.observations += told
        return reason
    if what == "score":
        score = read_score(line, person, context)
        if isinstance(score, str):
            return score
        record.scores += [score] if score else []
        return None
    pressure = split_pressure(line) if what == "test" else None
    if pressure:
        record.observations += [
            x for part in pressure if isinstance(x := read_test(part, person, context), Observation)
        ]
        return None
    row = _ROWS[what](line, person, context)
    if isinstance(row, Condition):
        if (
            row.onset_earliest is not None
            and row.end_latest is not None
            and row.end_latest <= row.onset_earliest
        ):
            return "end_before_start"
        record.conditions.append(row)
    elif isinstance(row, Observation):
        if row.day_earliest is not None and row.end_latest is not None and row.end_latest <= row.day_earliest:
            return "end_before_start"
        record.observations.append(row)
    return None


def _guess(line: Line, context: Context) -> str | None:
    """Return what a line tells of where it does not say so: by its filled columns, then by its name."""
    name = line.text("name")
    names = context.names
    hit = leading("negation", name)
    if names.scale(name):
        return "score"
    if any(line.known(column) for column in _TREATMENT_COLUMNS):
        return "treatment"
    if meaning("fact", name) and line.known("value"):
        return "person"
    if names.condition(name, strict=False) or (hit and names.condition(hit[1], strict=False)):
        return "condition"
    if names.whole(name):
        return "treatment"
    if names.observation(name, strict=False):
        return "test"
    advice = "write in the column what: " + ", ".join(WHATS).replace("_", " ")
    try:
        if names.treatment(name).row is not None:
            return "treatment"
    except CellError as wrong:
        context.problems.add(line.at("name"), wrong.what, wrong.what_to_do)
        return None
    context.problems.add(line.place, f"the line does not say what {shown(name)} is", advice)
    return None
