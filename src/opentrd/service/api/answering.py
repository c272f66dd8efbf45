"""From what was given to assessments: the one way for all doors of the interface."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from opentrd.errors import InputError
from opentrd.service.api.refusals import CallRefusedError

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.service.api.asking import Asked
    from opentrd.service.api.given import Given
    from opentrd.service.service import Service


def assessments(body: Given, ask: Asked, service: Service, most: int | None = None) -> Iterator[Assessment]:
    """Assess the persons that were given. Raises ``InputError``; refuses (413) more than ``most`` of them."""
    records = body.records(service.knowledge)
    if most is not None and len(records) > most:
        what = f"these are {len(records)} persons, more than {most}"
        raise CallRefusedError(413, what, "send them to /assess/batch")
    if body.answers and len(records) > 1:
        what_to_do = "send each person alone, with the answers of that person"
        raise InputError("answers", "", f"there are {len(records)} persons", what_to_do)
    if body.preferences:
        ask = msgspec.structs.replace(ask, preferences={**ask.preferences, **body.preferences})
    for record in records:
        yield ask.assess(record, body.answers, service)
