"""What the page of the answer shows beside the report: questions with their fields, answers, wishes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec

from opentrd.assessment import Assessment
from opentrd.errors import InputError
from opentrd.present.answer import asked
from opentrd.present.html import page_context
from opentrd.present.html.basis import Basis, Said
from opentrd.records.model import Record
from opentrd.rules.answers import ONGOING
from opentrd.rules.measured import is_value
from opentrd.rules.told import CAUTION, CHECK
from opentrd.service.pages.errors import Reason, refusal
from opentrd.service.store import tables as t
from opentrd.statement import Param, Statement

if TYPE_CHECKING:
    from opentrd.present.words import Words
    from opentrd.rules.model import Question

#: What ``page`` gives to every template itself.
_OF_THE_FRAME: Final = ("t", "words", "css")
_CONDITION: Final = "condition:"
#: What takes a measured value back: not sure.
UNSURE: Final = "unsure"
#: So few choices are shown side by side; more are a list.
_FEW: Final = 3
#: So many wishes are shown at once, the others by a touch.
_FIRST_WISHES: Final = 6
WEIGHTS: Final = (0, 1, 2, 3)
#: What choosing by one's wishes does, of the table ``figure``.
_WISHES_HELP: Final = "background.wishes"


class Chart(msgspec.Struct, kw_only=True):
    """A chart that was read: what was said since, the assessment, and the answers that do not fit it."""

    kept: t.Chart
    record: Record
    as_of: int
    answers: dict[str, Any]
    preferences: dict[str, float]
    assessment: Assessment
    unfit: dict[str, InputError]


class Field(msgspec.Struct, kw_only=True):
    """A question with its field. ``type``: number, date, few or many choices; ``value`` was just sent."""

    id: str
    said: Said
    type: str
    choices: list[tuple[str, str]]
    value: str
    ongoing: str
    last: str
    error: Reason | None


class Told(msgspec.Struct, kw_only=True):
    """An answer that is kept, with the reason where it does not fit any more; ``nothing`` takes it back."""

    id: str
    about: str
    answer: str
    error: Reason | None
    nothing: str


class Origin(msgspec.Struct, kw_only=True):
    """Where a chart was read from by SMART: the system, the day, what it did not give."""

    name: str
    day: int
    missing: dict[str, str]
    again: bool


class Wish(msgspec.Struct, kw_only=True):
    """Something that may matter to the person, and how much it does."""

    name: str
    label: str
    weight: int
    level: str


def context(
    chart: Chart,
    words: Words,
    told: Statement | None,
    wrong: Mapping[str, InputError],
    given: Mapping[str, str],
    origin: Origin | None,
) -> dict[str, Any]:
    """Return all that the template shows. ``wrong``: answers just sent that do not fit, with their values."""
    a = chart.assessment
    report = {name: value for name, value in page_context(a, words).items() if name not in _OF_THE_FRAME}
    basis: Basis = report["basis"]
    fields = [_field(question, chart, words, basis, wrong, given) for question in asked(a)]
    wishes = _wishes(chart, words)
    return {
        **report,
        "chart": chart.kept,
        "origin": origin,
        "fields": fields,
        "elsewhere": [
            _told(key, given.get(key, ""), words, error)
            for key, error in wrong.items()
            if key not in {field.id for field in fields}
        ],
        "told": [_told(key, value, words, chart.unfit.get(key)) for key, value in chart.answers.items()],
        "wishes": wishes[:_FIRST_WISHES],
        "more_wishes": wishes[_FIRST_WISHES:],
        "weights": WEIGHTS,
        "wishes_help": [basis.said(said) for said in a.background if said.key == _WISHES_HELP],
        "changed": None if told is None else basis.said(told),
    }


def _field(
    question: Question,
    chart: Chart,
    words: Words,
    basis: Basis,
    wrong: Mapping[str, InputError],
    given: Mapping[str, str],
) -> Field:
    choices = [(value, choice(question.field, value, words)) for value in question.choices if value]
    few = "few" if len(choices) <= _FEW else "many"
    error = wrong.get(question.id)
    return Field(
        id=question.id,
        said=basis.said(question.text),
        type=few if question.type == "choice" else question.type,
        choices=choices,
        value=given.get(question.id, ""),
        ongoing=ONGOING[0] if question.field == "duration" else "",
        last=date.fromordinal(chart.as_of).isoformat(),
        error=None if error is None else refusal(error, words),
    )


def choice(field: str, value: str, words: Words) -> str:
    """Return a choice of a question in words."""
    if field == "treatment":
        return words.write("name", value)
    if field == "stop_reason":
        return words.text(f"stop_reason.{value}")
    return words.find(f"choice.{field}.{value}") or words.find(f"choice.{value}") or value


def about(key: str, words: Words) -> str:
    """Return what a question asks, by its id, in a word or two."""
    field, _, of = key.partition(":")
    if key.startswith(CHECK):
        return words.write("check", of)
    if key.startswith(CAUTION):
        return words.write("topic", of)
    if is_value(key):
        return words.write("measured", of)
    if key.startswith(_CONDITION):
        return words.write("condition", of)
    if field == "birth_date":
        return words.text("asked.birth_date")
    return words.text("asked.trial", trial=of, part=words.find(f"asked.{field}") or field)


def _told(key: str, value: Any, words: Words, error: InputError | None) -> Told:
    field = key.partition(":")[0]
    return Told(
        id=key,
        about=about(key, words),
        answer=_measured(value, words) if isinstance(value, dict) else choice(field, str(value), words),
        error=None if error is None else refusal(error, words),
        nothing=UNSURE if is_value(key) else "",
    )


def _measured(value: dict[str, Any], words: Words) -> str:
    params: dict[str, Param] = {"value": value["value"], "unit": value["unit"], "day": value["day"]}
    return words.text("asked.value.told", **params)


def _wishes(chart: Chart, words: Words) -> list[Wish]:
    """Return all that may matter, in the order of the table; what does matter is never out of sight."""
    names = dict.fromkeys(row.preference for row in chart.assessment.knowledge.preferences.values())
    made = []
    for name in names:
        weight = min(max(round(chart.preferences.get(name, 0)), WEIGHTS[0]), WEIGHTS[-1])
        made.append(
            Wish(
                name=name,
                label=words.text(f"asked.wish.{name}"),
                weight=weight,
                level=words.text(f"asked.weight.{weight}"),
            )
        )
    return made
