"""Questionnaire responses: which scale, which answer is which item, and the total.

A response names its questions by link id only, and every author has an own way (table ``link_id``). A link
id that is a code of a known item counts only where the form or the wording of the questions agrees, since
other forms reuse those codes. Answers are read by code, by their words, then by the weight they carry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from opentrd.knowledge.lookup import plain
from opentrd.records.fhir import resources as r
from opentrd.records.fhir import statuses
from opentrd.records.fhir.codes import Knows
from opentrd.records.fhir.context import Context
from opentrd.records.fhir.dates import Span, span
from opentrd.records.fhir.entry import Entry
from opentrd.records.fhir.scores import Part, in_range, total, valid_item
from opentrd.records.fhir.values import answer_value
from opentrd.records.fhir.words import item_words, link_ids, scale_names

_LOINC: Final = re.compile(r"\d{4,5}-\d")
_TOTAL: Final = re.compile(
    r"(?:.*[^a-z])?(?:total|sum|summe?|score|puntuacion|total-?score|sum-?score)", re.IGNORECASE
)
_NUMBERED: Final = re.compile(r"(?:.*?[^0-9])?0?(\d{1,2})")


class Question(msgspec.Struct):
    """One answered question: where it stands, its words, what was answered."""

    link_id: str
    text: str
    definition: str
    answer: r.Answer | None
    scale: str = ""
    number: int | None = None
    is_total: bool = False
    by_code: bool = False


def _flatten(items: tuple[r.Item, ...]) -> Iterator[Question]:
    for item in items:
        answer = item.answer[0] if item.answer else None
        if answer is not None or not item.item:
            yield Question(item.link_id or "", item.text or "", item.definition or "", answer)
        yield from _flatten(item.item)
        for one in item.answer:
            yield from _flatten(one.item)


def read(ctx: Context, entry: Entry, body: r.QuestionnaireResponse, parts: list[Part]) -> None:
    """Read one response; adds the parts of its scores."""
    _, refused = statuses.meaning(statuses.QUESTIONNAIRE_RESPONSE, body.status)
    if refused:
        ctx.skip(entry, refused)
        return
    day = span(body.authored, "authored")
    named = _form_scales(body, ctx.knows)
    questions = list(_flatten(body.item))
    for question in questions:
        _place(question, named, ctx.knows)
    trusted = _trusted(questions, named, len(body.item))
    scales = sorted({q.scale for q in questions if q.scale and (q.scale in trusted or not q.by_code)})
    if not scales:
        wrong = any(q.by_code for q in questions)
        ctx.skip(entry, "not_this_scale" if wrong else "unknown_questionnaire", body.questionnaire or "")
        return
    if day.earliest is None:
        ctx.skip(entry, "no_date")
        return
    reasons = [_scale(ctx, entry, scale, questions, day, parts) for scale in scales]
    if "" not in reasons:
        ctx.skip(entry, reasons[0])


def _form_scales(body: r.QuestionnaireResponse, knows: Knows) -> list[str]:
    """Return the scales that the form's address names."""
    address = (body.questionnaire or "").partition("|")[0]
    tail = address.rsplit("/", 1)[-1]
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", tail)
    found = scale_names(text) or scale_names(tail)
    for code in _LOINC.findall(address):
        found += [row.scale for row in knows.score_code("LOINC", code) if row.part in ("panel", "total")]
    return [scale for scale in dict.fromkeys(found) if scale in knows.scales]


def _place(question: Question, named: list[str], knows: Knows) -> None:
    """Find which item or total of which scale a question is."""
    link = question.link_id.strip()
    tail = link.rsplit("/", 1)[-1]
    for code in (*_LOINC.findall(tail), *_LOINC.findall(question.definition.rsplit("/", 1)[-1])):
        rows = [row for row in knows.score_code("LOINC", code) if row.part in ("total", "item")]
        rows.sort(key=lambda row: (row.scale not in named, row.scale in ("PHQ-2", "GAD-2", "PHQ-4", "PHQ-8")))
        if rows:
            question.scale, question.number, question.by_code = rows[0].scale, rows[0].number, True
            question.is_total = rows[0].part == "total"
            return
    for way in link_ids():
        match = way.pattern.fullmatch(link)
        if match is None or (way.needs_form and way.scale not in named):
            continue
        if way.part == "other":
            return
        groups = match.groupdict()
        question.scale, question.is_total = way.scale, way.part == "total"
        if groups.get("n"):
            question.number = int(groups["n"])
        elif groups.get("l"):
            question.number = ord(groups["l"].lower()) - ord("a") + 1
        return
    if len(named) == 1:
        _by_form(question, named[0], link, knows)


def _by_form(question: Question, scale: str, link: str, knows: Knows) -> None:
    """Number a question of a form that names its scale: by the number at the end of its link id."""
    count = knows.scales[scale].items
    if _TOTAL.fullmatch(link) or _TOTAL.fullmatch(plain(question.text)):
        question.scale, question.is_total = scale, True
        return
    match = _NUMBERED.fullmatch(link)
    if match is not None and count is not None and 1 <= int(match[1]) <= count:
        question.scale, question.number = scale, int(match[1])


def _trusted(questions: list[Question], named: list[str], on_top: int) -> set[str]:
    """Return the scales whose codes in link ids may be believed: the form or the wording agrees.

    Without any wording and any name that speaks against it, a total or three items must be there, or
    nothing else (``on_top`` counts the response's own items): a form that asks the suicide item alone.
    """
    trusted = set(named)
    known = item_words()
    for scale in {q.scale for q in questions if q.by_code} - trusted:
        own = [q for q in questions if q.by_code and q.scale == scale]
        worded = [q for q in own if q.text.strip() and (scale, q.number or 0) in known]
        if worded:
            agree = sum(bool(known[scale, q.number or 0] & set(plain(q.text).split())) for q in worded)
            agree += sum(
                any(" " in word and word in plain(q.text) for word in known[scale, q.number or 0])
                for q in worded
            )
            if agree * 2 > len(worded):
                trusted.add(scale)
        elif not named and (
            any(q.is_total for q in own) or len(own) >= 3 or len(own) == len(questions) == on_top
        ):
            trusted.add(scale)
    return trusted


def _scale(
    ctx: Context, entry: Entry, scale: str, questions: list[Question], day: Span, parts: list[Part]
) -> str:
    """Add the part of one scale. Empty where there is one, else the reason why not."""
    items: dict[int, int] = {}
    stated: float | None = None
    for question in questions:
        if question.scale != scale or question.answer is None:
            continue
        value = answer_value(question.answer, scale, ctx.knows)
        if question.is_total:
            stated = value if value is not None else stated
        elif question.number is not None:
            answer = valid_item(scale, question.number, value, ctx.knows)
            if answer is not None:
                items[question.number] = max(answer, items.get(question.number, 0))
    row = ctx.knows.scales.get(scale)
    if stated is not None and not in_range(row, stated):
        stated = None
        if not items:
            return "out_of_range"
    if stated is None:
        stated = total(scale, items, row.items if row else None)
    if stated is None and not items:
        answered = any(q.answer is not None for q in questions if q.scale == scale)
        return "unreadable_answers" if answered else "missing_answers"
    parts.append(Part(scale, day, entry.source, value=stated, items=items, group=entry.source))
    return ""
