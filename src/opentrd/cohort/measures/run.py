"""The command ``opentrd measures``: read, judge, add up, write."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from opentrd.cohort.measures.counting import Counts
from opentrd.cohort.measures.data import Found, Person, to_data
from opentrd.cohort.measures.measures import JUDGES, Measures
from opentrd.cohort.measures.model import INITIAL
from opentrd.cohort.measures.reading import Reading
from opentrd.cohort.measures.report import to_bundle
from opentrd.cohort.measures.text import to_text
from opentrd.present.console import console

if TYPE_CHECKING:
    from opentrd.present.words import Words

FORMATS = ("text", "json", "fhir")


def find(
    source: str | Path, year: int, words: Words, measures: Sequence[str] = (), *, list_persons: bool = False
) -> Found:
    """Judge all persons of a source under some measures (all where none is named) for a calendar year.

    Persons are listed, with no count hidden, where ``list_persons`` asks for it, or where there is just one.
    Raises ``InputError`` that names file and place for what cannot be read.
    """
    knowledge = words.knowledge
    asked = Measures(knowledge, year, measures or JUDGES)
    counts = Counts(knowledge, asked.measures)
    reading = Reading(knowledge)
    persons: list[Person] = []
    someone = visited = happened = False
    for record in reading.read(source):
        visited = visited or bool(record.encounters)
        happened = happened or asked.happened(record)
        judged = tuple(asked.judge(record))
        counts.add(judged)
        someone = someone or any(met[INITIAL] for each in judged for met in each.groups)
        if list_persons or counts.persons == 1:
            persons.append(Person(record.person_id, judged, record.adopted))
    persons.sort(key=lambda person: person.person_id)
    listed = tuple(persons) if list_persons or counts.persons == 1 else None
    there = {"no_visits": visited, "nothing_in_period": happened}
    lacks = () if someone else tuple(name for name, is_there in there.items() if not is_there)
    return Found(year, counts, reading.account, listed, lacks)


def run(
    source: str, year: int, words: Words, measures: Sequence[str], form: str, out: Path | None, listed: bool
) -> None:
    """Judge a source and write what was found, to a file or standard output."""
    found = find(source, year, words, measures, list_persons=listed or form == "fhir")
    if form == "text":
        if out is None:
            console().print(to_text(found, words))
        else:
            with out.open("w", encoding="utf-8") as file:
                console(file).print(to_text(found, words))
        return
    data = to_bundle(found, words) if form == "fhir" else to_data(found, words)
    text = msgspec.json.format(msgspec.json.encode(data), indent=2).decode()
    if out is None:
        sys.stdout.write(text + "\n")
    else:
        out.write_text(text + "\n", encoding="utf-8")
