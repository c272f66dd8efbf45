"""Measured values that a person tells in place: a blood pressure, a QTc, a kidney value, as of today.

They are kept with the answers of a chart, under ``value:`` and the concept of the table ``observation``, and
become observations of the record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from opentrd.errors import InputError
from opentrd.knowledge.loader import Knowledge
from opentrd.records.model import Observation, Record
from opentrd.review.measured import VALUE, askable, unit_of
from opentrd.rules.told import SOURCE

#: What takes a value back: not sure.
UNSURE: Final = "unsure"
_NUMBER: Final = re.compile(r"\d{1,4}(?:[.,]\d{1,3})?", re.ASCII)


def is_value(answer: str) -> bool:
    """Say whether the id of an answer is that of a measured value."""
    return answer.startswith(VALUE)


def taken(answer: str, text: str, day: int, knowledge: Knowledge) -> dict[str, Any]:
    """Return a value as it is kept: number, unit, day. Raises ``InputError`` naming the answer."""
    concept = answer.removeprefix(VALUE)
    if concept not in askable(knowledge):
        known = ", ".join(f"{VALUE}{each}" for each in askable(knowledge))
        raise InputError("answers", answer, "no such value", f"values that can be told: {known}")
    if not _NUMBER.fullmatch(text) or not float(text.replace(",", ".")):
        raise InputError(
            "answers", answer, f"{text[:20]!r} is not a measured value", "give a number such as 60"
        )
    return {"value": float(text.replace(",", ".")), "unit": unit_of(concept, knowledge), "day": day}


def with_values(record: Record, answers: Mapping[str, Any], knowledge: Knowledge) -> Record:
    """Return the record with the values among some answers as observations; the record itself stays."""
    told = [
        Observation(
            person_id=record.person.person_id,
            source_ids=(f"{SOURCE}#{answer}",),
            concept=answer.removeprefix(VALUE),
            kind=_kind(answer.removeprefix(VALUE), knowledge),
            day_earliest=int(kept["day"]),
            day_latest=int(kept["day"]),
            value=float(kept["value"]),
            unit=str(kept["unit"]),
        )
        for answer, kept in answers.items()
        if is_value(answer)
    ]
    return replace(record, observations=[*record.observations, *told]) if told else record


def _kind(concept: str, knowledge: Knowledge) -> str:
    return str(getattr(knowledge.table("observation")[concept], "kind", ""))
