"""What a person says of their health when asked: a condition, something a specialist looks at, a caution.

A yes to a check of the review is kept as what was said, never as a diagnosis; a no denies what the check
looks for. Where a yes would not say which of several things is meant, it cannot be taken: the question stays
open. Ids: ``condition:name``, ``check:name`` (table ``review``), ``caution:topic`` (the question
``caution.ask.topic`` of the table ``caution``).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from opentrd.errors import InputError
from opentrd.kleene import NO, YES
from opentrd.records.model import Condition, Observation, Record
from opentrd.rules.exclusions import SUSPECTED, names_of

if TYPE_CHECKING:
    from opentrd.knowledge.schema import CautionRow, Check
    from opentrd.rules.rulebook import RuleBook

SOURCE: Final = "answer"
STATED: Final = "stated"
CHECK: Final = "check:"
CAUTION: Final = "caution:"
#: Rules of the table ``review`` that look for one thing which a person can affirm or deny.
_TELLABLE: Final = (None, "family", "perinatal", "mania_on_antidepressant", "mood_stabiliser")
#: To these a yes says the condition itself, so that the rules of safety see it.
_SAYS: Final = {"suicidal_thoughts": "suicidal_ideation"}
_PREGNANCY: Final = "pregnancy"
_ALLERGY: Final = "allergy"
_CARRIED: Final = ("condition", "device")
CAUTION_ASK: Final = "caution.ask."


def check_choices(check: Check) -> tuple[str, ...]:
    """Return the answers that a check takes; none where only a test or the treatments can tell."""
    return ("yes", "no") if check.rule in _TELLABLE and check.test_expected != "yes" else ()


@lru_cache(maxsize=512)
def caution_choices(topic: str, book: RuleBook) -> tuple[str, ...]:
    """Return the answers that the question of a caution takes; none where a measured value is asked for."""
    rows = _rows(topic, book)
    if topic == _ALLERGY and rows:
        return ("no",)
    if topic == _PREGNANCY and rows:
        return ("yes", "no")
    if not rows or any(row.kind not in _CARRIED for row in rows):
        return ()
    return ("yes", "no") if _answers(rows) else ("no",) if _concepts(rows) else ()


def state_check(record: Record, key: str, name: str, value: object, book: RuleBook) -> None:
    """Keep what was said of a check of the review."""
    check = book.checks.get(name)
    choices = check_choices(check) if check is not None else ()
    if check is None or not choices:
        known = ", ".join(row.check for row in book.checks.values() if check_choices(row))
        raise InputError("answers", key, "no such question", f"checks that can be answered: {known}")
    said = _said(key, value, choices)
    record.observations.append(_stated(record, key, f"{CHECK}{name}", said))
    if said == "yes":
        if name in _SAYS:
            state_condition(record, key, _SAYS[name], "yes", book)
        return
    for condition in (part.strip() for part in (check.conditions or "").split(";")):
        if condition:
            state_condition(record, key, condition, "no", book)


def state_caution(record: Record, key: str, topic: str, value: object, book: RuleBook) -> None:
    """Keep the answer to the question that cautions wait for."""
    choices = caution_choices(topic, book)
    if not choices:
        asked = {(row.ask or "").removeprefix(CAUTION_ASK) for row in book.cautions}
        known = ", ".join(sorted(each for each in asked if caution_choices(each, book)))
        raise InputError("answers", key, "no such question", f"cautions that can be answered: {known}")
    said, rows = _said(key, value, choices), _rows(topic, book)
    if topic == _PREGNANCY:
        state_condition(record, key, _PREGNANCY, said, book)
    elif topic == _ALLERGY:
        denied = _stated(record, key, None, said)
        record.observations.append(replace(denied, kind=_ALLERGY))
    else:
        for name in _answers(rows) if said == "yes" else (*_concepts(rows), *_answers(rows)):
            _state(record, key, name, said, book)


def state_condition(record: Record, key: str, name: str, value: object, book: RuleBook) -> None:
    """Add a condition, or what denies it; then what was only suspected of it is taken back."""
    members = [c for c, row in book.conditions.items() if c == name or row.group == name]
    if not members:
        raise InputError("answers", key, f"no such condition: {name}", "use the id of the question")
    if _said(key, value, ("yes", "no")) == "yes":
        record.conditions.append(
            Condition(
                person_id=record.person.person_id,
                source_ids=(f"{SOURCE}#{key}",),
                concept=name if name in book.conditions else members[0],
                clinical_status="active",
                verification="confirmed",
            )
        )
        return
    kept = []
    for condition in record.conditions:
        concept = condition.concept or ""
        if condition.verification not in SUSPECTED or name not in names_of(concept, book):
            kept.append(condition)
        elif book.conditions[concept].group != name and book.conditions[concept].parent is not None:
            kept.append(replace(condition, concept=book.conditions[concept].parent))
    record.conditions[:] = kept
    record.observations += [_stated(record, key, each, "no") for each in members]


def _state(record: Record, key: str, name: str, said: str, book: RuleBook) -> None:
    """Say that a condition or a device is there, or that it is not."""
    if any(name in (concept, row.group) for concept, row in book.conditions.items()):
        state_condition(record, key, name, said, book)
    elif said == "yes":
        record.observations.append(replace(_stated(record, key, name, said), kind="device"))
    else:
        record.observations.append(_stated(record, key, name, said))


def _stated(record: Record, key: str, concept: str | None, said: str) -> Observation:
    return Observation(
        person_id=record.person.person_id,
        source_ids=(f"{SOURCE}#{key}",),
        concept=concept,
        kind=STATED,
        negated=YES if said == "no" else NO,
    )


def _said(key: str, value: object, choices: tuple[str, ...]) -> str:
    said = "yes" if value is True else "no" if value is False else value
    if said not in choices:
        known = "choose one of: " + ", ".join(choices)
        raise InputError("answers", key, f"{value!r} is not one of the choices", known)
    return str(said)


def _rows(topic: str, book: RuleBook) -> list[CautionRow]:
    return [row for row in book.cautions if row.ask == f"{CAUTION_ASK}{topic}"]


def _concepts(rows: list[CautionRow]) -> tuple[str, ...]:
    """Return the conditions and devices that rows look for, each once."""
    cells = [token.strip() for row in rows for token in (row.trigger or "").split(";")]
    return tuple(dict.fromkeys(cell for cell in cells if cell and ":" not in cell and cell[0] != "-"))


def _answers(rows: list[CautionRow]) -> tuple[str, ...]:
    """Return the one condition that all rows take for the answer, where they name one."""
    named = {row.answered_by for row in rows}
    return tuple(name for name in named if name) if len(named) == 1 else ()
