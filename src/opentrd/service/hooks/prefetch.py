"""Which parts of the record a card needs, and which of them a call brought.

The templates keep to what the specification recommends of FHIR search: references, codes, ``_count`` and
``_sort``. Scores are asked for by their codes, since laboratory values would push old ones off the page.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from opentrd.knowledge.schema import ScoreCode
from opentrd.service.hooks.refusals import HookRefusedError

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

PATIENT: Final = "patient"
PERSON: Final = "{{context.patientId}}"
#: Where medicines stand: one of them is enough, since few systems hold all.
MEDICINES: Final = ("medicationRequests", "medicationStatements", "medicationDispenses")
_SEARCHES: Final = {
    "medicationRequests": "MedicationRequest?patient=PERSON&_sort=-authoredon&_count=200",
    "medicationStatements": "MedicationStatement?patient=PERSON&_sort=-effective&_count=200",
    "medicationDispenses": "MedicationDispense?patient=PERSON&_sort=-whenhandedover&_count=200",
    "procedures": "Procedure?patient=PERSON&_sort=-date&_count=100",
    "conditions": "Condition?patient=PERSON&_count=200",
    "scores": "Observation?patient=PERSON&code=CODES&_sort=-date&_count=100",
    "observations": "Observation?patient=PERSON&_sort=-date&_count=100",
    "questionnaires": "QuestionnaireResponse?patient=PERSON&_sort=-authored&_count=50",
    "allergies": "AllergyIntolerance?patient=PERSON&_count=100",
    "family": "FamilyMemberHistory?patient=PERSON&_count=100",
}
#: Parts of scales that a search asks for: totals, panels, and items, one of which asks about suicide.
_SCORE_PARTS: Final = ("total", "panel", "item")


class Link(msgspec.Struct, frozen=True):
    """A link of a bundle."""

    relation: str = ""
    url: str = ""


class Head(msgspec.Struct, rename="camel", frozen=True):
    """What is looked at of a prefetched resource before it is read."""

    resource_type: str = ""
    id: str | None = None
    link: tuple[Link, ...] = ()


class Given(msgspec.Struct, kw_only=True):
    """The parts of a record: ``files`` by key, ``failed`` where the client could not read one.

    ``more`` holds the next page of a part that came with its first page alone.
    """

    files: dict[str, bytes]
    empty: set[str]
    failed: set[str]
    more: dict[str, str]

    @property
    def known(self) -> set[str]:
        """The keys of which the client said something, an error too: those are not asked for again."""
        return {*self.files, *self.empty, *self.failed}

    @property
    def enough(self) -> bool:
        """Whether there is what no card can do without: the person, and one account of medicines."""
        there = {*self.files, *self.empty}
        return PATIENT in there and any(key in there for key in MEDICINES)


@lru_cache(maxsize=4)
def templates(knowledge: Knowledge) -> dict[str, str]:
    """Return the prefetch templates by key."""
    codes = ",".join(
        code
        for (system, code, *_), row in knowledge.table("score_code").items()
        if system == "LOINC" and isinstance(row, ScoreCode) and row.part in _SCORE_PARTS
    )
    searches = {
        key: text.replace("PERSON", PERSON).replace("CODES", codes) for key, text in _SEARCHES.items()
    }
    return {PATIENT: f"Patient/{PERSON}", **searches}


_heads: Final = msgspec.json.Decoder(Head)


def given(prefetch: dict[str, msgspec.Raw], wanted: dict[str, str]) -> Given:
    """Sort what a call brought: resources, ``null`` (there is none), errors of the client."""
    found = Given(files={}, empty=set(), failed=set(), more={})
    for key in wanted.keys() & prefetch.keys():
        take(found, key, bytes(prefetch[key]))
    return found


def take(found: Given, key: str, raw: bytes) -> None:
    """Note one part of the record. Raises ``HookRefusedError`` for what is no resource."""
    if raw == b"null":
        found.empty.add(key)
        return
    head = _head(raw)
    if head is None:
        raise HookRefusedError(400, f"prefetch.{key} is not a FHIR resource")
    if head.resource_type == "OperationOutcome":
        found.failed.add(key)
        return
    found.files[key] = raw
    following = _following(head)
    if following is not None:
        found.more[key] = following


def next_page(raw: bytes) -> str | None:
    """Return the address of the page after this one."""
    head = _head(raw)
    return None if head is None else _following(head)


def _following(head: Head) -> str | None:
    return next((link.url for link in head.link if link.relation == "next"), None)


def _head(raw: bytes) -> Head | None:
    try:
        return _heads.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
