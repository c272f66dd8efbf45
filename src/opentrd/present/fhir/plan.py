"""A CarePlan of intent ``proposal``: the options, as a draft that somebody has yet to decide on.

Nothing is ordered. What fits now stands among the activities; what waits or is to be avoided stands in notes
with its reason, so that nothing that reads activities can take it for a step to do.
"""

from __future__ import annotations

from typing import Final

from opentrd.present.answer import sentence
from opentrd.present.fhir.making import Making
from opentrd.present.fhir.parts import BASE, Json, concept, system
from opentrd.present.review import Card, cards
from opentrd.statement import Statement

#: Fits of options that stand among the activities.
PROPOSED: Final = ("suggested", "possible", "caution")
_FIT: Final = f"{BASE}/StructureDefinition/option-fit"


def plan(made: Making) -> Json:
    """Add the options and return the reference to them."""
    shown = cards(made.a, made.words)
    activities = [_activity(made, card) for card in shown if card.option.fit in PROPOSED]
    notes = [_waiting(made, card) for card in shown if card.option.fit not in PROPOSED]
    return made.add(
        "CarePlan",
        {
            "status": "draft",
            "intent": "proposal",
            "title": made.words.text("fhir_out.options"),
            "subject": made.subject,
            "created": made.day,
            "author": made.author,
            **({"activity": activities} if activities else {}),
            **({"note": notes} if notes else {}),
        },
    )


def _activity(made: Making, card: Card) -> Json:
    said = [card.place, *card.person]
    return {
        "extension": [{"url": _FIT, "valueCode": card.option.fit}, *_basis(made, card, said)],
        "detail": {
            "code": concept(system("option"), card.option.option, card.name),
            "status": "not-started",
            "description": _text(made, card, said),
        },
    }


def _waiting(made: Making, card: Card) -> Json:
    said = [*card.person, *(care.caution.statement for care in card.cautions if not care.open)]
    said = said or [card.place]
    return made.note(_text(made, card, said), _basis(made, card, said))


def _basis(made: Making, card: Card, said: list[Statement]) -> list[Json]:
    return made.basis(*said, citations=card.option.citations)


def _text(made: Making, card: Card, said: list[Statement]) -> str:
    """Return name, medicines, fit and reasons in a line."""
    medicines = [medicine for medicine in card.medicines if medicine not in card.name]
    name = f"{card.name}: {', '.join(medicines)}" if medicines else card.name
    return " ".join((f"{sentence(name)} ({card.fit}).", *made.sentences(said)))
