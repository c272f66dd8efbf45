"""How a person is called on top of what is shown: by name and age where the record has them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words


def called(a: Assessment, words: Words) -> str:
    """Return the name (else the id), with the age on the day judged where the birth date is known."""
    person = a.record.person
    name = person.name or person.person_id
    if person.birth_earliest is None or person.birth_earliest != person.birth_latest:
        return name
    born, day = date.fromordinal(person.birth_earliest), date.fromordinal(a.settings.as_of)
    age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return words.text("top.person", person=name, age=age)
