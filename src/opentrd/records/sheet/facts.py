"""Lines about the person: conditions, family, allergies, life, tests, and who it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import msgspec

from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.knowledge.lookup import plain
from opentrd.records.model import Condition, Observation, Person
from opentrd.records.sheet.amounts import number
from opentrd.records.sheet.context import Context
from opentrd.records.sheet.lines import Cell, Line
from opentrd.records.sheet.problems import CellError, shown
from opentrd.records.sheet.scores import VALUE
from opentrd.records.sheet.words import choices, closest, is_unknown, leading, meaning, within

_PRESSURE: Final = re.compile(r"(\d{2,3})\s*/\s*(\d{2,3})\s*(?:mm\s*\[?hg\]?)?", re.IGNORECASE)
Row = Condition | Observation | None


def read_condition(line: Line, person: str, context: Context) -> Row:
    """Return a condition, or an observation where it is stated to be absent or is none of the conditions."""
    text, certainty, severity, negated = line.text("name"), "unknown", None, False
    if not text or is_unknown(text):
        context.problems.add(line.at("name"), "the line does not say which condition", "write its name")
        return None
    if meaning("nothing", text):
        return _stated(line, person, None, text)
    key = context.names.condition(text, strict=False)
    for column in ("unknown", "about", "certainty", "negation", "severity") if key is None else ():
        hit = leading(column, text)
        if hit is None or not hit[1]:
            continue
        text = hit[1]
        if column == "severity":
            severity = hit[0].meaning
        elif column == "negation":
            negated = True
        else:
            certainty = "provisional" if column != "certainty" else hit[0].meaning
    for column in ("value", "severity"):
        said = context.cell(line, column, _condition_word)
        if said is not None:
            negated = negated or said == "absent"
            certainty = said if said in ("confirmed", "provisional") else certainty
            severity = said if said in ("mild", "moderate", "severe") else severity
    known = context.names.observation(text, strict=False) if key is None else None
    key = key or context.cell(line, "name", lambda _: context.names.condition(text, strict=known is None))
    if negated or certainty == "absent":
        return _stated(line, person, key or (known.concept if known else None), text)
    if key is None and known is not None:
        return _observation(line, person, known.kind, known.concept, None, context)
    start = context.date(line, "from")
    end, ongoing = context.end(line)
    concept = context.knowledge.conditions.get(key or "")
    return Condition(
        person_id=person,
        source_ids=(line.ref,),
        concept=key,
        text=line.text("name"),
        onset_earliest=start and start.earliest,
        onset_latest=start and start.latest,
        end_earliest=end and end.earliest,
        end_latest=end and end.latest,
        clinical_status="active" if ongoing == YES else "resolved" if ongoing == NO else "unknown",
        verification=certainty,
        severity=severity or (concept.severity if concept else None),
    )


def _condition_word(text: str) -> str | None:
    if is_unknown(text):
        return None
    word = meaning("severity", text) or meaning("certainty", text)
    if word is None:
        raise CellError(
            f"{shown(text)} cannot be read here",
            f"write {choices('certainty')}, {choices('severity')}, or nothing",
        )
    return word.meaning


def _stated(line: Line, person: str, concept: str | None, text: str) -> Observation:
    """Return what is stated to be absent."""
    return Observation(
        person_id=person, source_ids=(line.ref,), concept=concept, kind="stated", value_text=text, negated=YES
    )


def read_family(line: Line, person: str, context: Context) -> Row:
    """Return a condition of a family member."""
    text = line.text("name")
    if not text or is_unknown(text):
        context.problems.add(
            line.at("name"),
            "the line does not say which condition",
            "write its name, and who has it under value",
        )
        return None
    who = [word.meaning for word in within("relative", f"{line.text('value')} {text}")]
    member = ", ".join(dict.fromkeys(who)) or (line.text("value") if line.known("value") else "relative")
    words = [word for word in plain(text).split() if meaning("relative", word) is None]
    rest = " ".join(words) if who and not line.known("value") else text
    hit = leading("negation", rest)
    if meaning("nothing", rest) or hit or meaning("nothing", line.text("value")):
        key = context.names.condition(hit[1] if hit else rest, strict=False)
        return Observation(
            person_id=person, source_ids=(line.ref,), concept=key, kind="family", value_text=text, negated=YES
        )
    key = context.cell(line, "name", lambda _: context.names.condition(rest))
    start = context.date(line, "from")
    return Condition(
        person_id=person, source_ids=(line.ref,), concept=key, text=text, family_member=member,
        onset_earliest=start and start.earliest, onset_latest=start and start.latest,
    )  # fmt: skip


def read_allergy(line: Line, person: str, context: Context) -> Row:
    """Return an allergy or intolerance with its substance and reaction."""
    text = line.text("name")
    none = meaning("nothing", text) or (leading("negation", text) and not meaning("nothing", text))
    reaction = line.text("value") or line.text("note") or None
    row = (
        None
        if none or not text
        else context.cell(line, "name", lambda name: context.names.treatment(name).row)
    )
    day = context.date(line, "from")
    return Observation(
        person_id=person,
        source_ids=(line.ref,),
        concept=None,
        kind="allergy",
        value_text=text if none else reaction,
        substance=None if none else row.treatment if row else text or None,
        negated=YES if none else NO,
        day_earliest=day and day.earliest,
        day_latest=day and day.latest,
    )


def read_life(line: Line, person: str, context: Context) -> Row:
    """Return a life factor: a known observation, a known condition of life, or its text."""
    text = line.text("name")
    value = line.text("value")
    said = is_unknown(value) or meaning("certainty", value) or meaning("severity", value)
    known = context.names.observation(text, strict=False)
    if known is None and said and context.names.condition(text, strict=False):
        return read_condition(line, person, context)
    return _observation(
        line, person, known.kind if known else "life", known.concept if known else None, text, context
    )


def read_test(line: Line, person: str, context: Context) -> Row:
    """Return a laboratory value, a measurement or an implant."""
    text = line.text("name")
    known = context.cell(line, "name", context.names.observation)
    if known is None and context.names.condition(text, strict=False):
        return read_condition(line, person, context)
    return _observation(
        line, person, known.kind if known else "laboratory", known.concept if known else None, text, context
    )


def split_pressure(line: Line) -> tuple[Line, Line] | None:
    """Return two lines for a blood pressure written as one: 120/80."""
    match = _PRESSURE.fullmatch(line.text("value").strip())
    if match is None or meaning("pressure", line.text("name")) is None:
        return None
    parts = (("systolic", match[1]), ("diastolic", match[2]))
    first, second = (
        {
            **line.cells,
            "name": Cell(name, line.at("name")),
            "value": Cell(f"{value} mm[Hg]", line.at("value")),
        }
        for name, value in parts
    )
    return msgspec.structs.replace(line, cells=first), msgspec.structs.replace(line, cells=second)


def _observation(
    line: Line, person: str, kind: str, concept: str | None, text: str | None, context: Context
) -> Observation:
    """Return an observation with its day and value."""
    day = context.date(line, "from")
    end, _ = context.end(line)
    written = line.text("value") or line.text("note")
    found = Observation(
        person_id=person,
        source_ids=(line.ref,),
        concept=concept,
        kind=kind,
        day_earliest=day and day.earliest,
        day_latest=day and day.latest,
        end_earliest=end and end.earliest,
        end_latest=end and end.latest,
        value_text=written or None,
        negated=_negation(written),
    )
    match = VALUE.fullmatch(written.strip())
    if match:
        found.comparator = match[1]
        found.value = context.cell(line, "value", lambda _: number(match[2]))
        found.unit = (match[3] or "").strip() or None
    if concept is None and text:
        found.value_text = f"{text}: {written}" if written else text
    return found


def _negation(written: str) -> Tri:
    """Tell whether an answer denies; a cell that says that it is not known tells nothing."""
    if not written:
        return NO
    if is_unknown(written):
        return UNKNOWN
    return YES if meaning("certainty", written) == meaning("certainty", "no") else NO


def read_person(lines: list[Line], person: Person, context: Context) -> None:
    """Fill in who the person is from the lines ``person``."""
    seen: set[str] = set()
    for line in lines:
        name = line.text("name")
        fact = meaning("fact", name)
        if fact is None:
            close = closest("fact", name)
            advice = f"did you mean {close}?" if close else "born, sex, died, name, id, written"
            context.problems.add(line.at("name"), f"{shown(name)} is no fact that is known", advice)
            continue
        if fact.meaning in seen:
            context.problems.add(line.at("name"), f"{shown(name)} is there twice", "keep one of them")
            continue
        seen.add(fact.meaning)
        column = "value" if line.known("value") else "from"
        _FACTS[fact.meaning](line, column, person, context)


def _born(line: Line, column: str, person: Person, context: Context) -> None:
    span = context.date(line, column)
    person.birth_earliest, person.birth_latest = (span.earliest, span.latest) if span else (None, None)


def _died(line: Line, column: str, person: Person, context: Context) -> None:
    span = context.date(line, column)
    person.death_earliest, person.death_latest = (span.earliest, span.latest) if span else (None, None)


def _sex(line: Line, column: str, person: Person, context: Context) -> None:
    if not is_unknown(line.text(column)):
        word = meaning("sex", line.text(column))
        if word is None:
            context.problems.add(
                line.at(column), f"{shown(line.text(column))} cannot be read", "female, male, other or ?"
            )
        person.sex = word.meaning if word else None


def _written(line: Line, column: str, person: Person, context: Context) -> None:
    span = context.date(line, column)
    person.observed_end = span.latest + 1 if span else None


def _covers(line: Line, column: str, person: Person, context: Context) -> None:
    span = context.date(line, column)
    person.observed_start = span.earliest if span else None


def _name(line: Line, column: str, person: Person, context: Context) -> None:
    if line.known(column):
        person.name = " ".join(line.text(column).split())


def _id(line: Line, column: str, person: Person, context: Context) -> None:
    """The id was used when the lines were put together."""


_FACTS: Final[dict[str, Callable[[Line, str, Person, Context], None]]] = {
    "born": _born,
    "died": _died,
    "sex": _sex,
    "written": _written,
    "covers": _covers,
    "id": _id,
    "name": _name,
}
