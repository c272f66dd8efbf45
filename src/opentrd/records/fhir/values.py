"""Values of observations and answers as numbers: whatever of FHIR's forms they come in."""

from __future__ import annotations

import re
from typing import Final

from opentrd.knowledge.lookup import plain
from opentrd.records.fhir import resources as r
from opentrd.records.fhir.codes import Knows, texts
from opentrd.records.fhir.words import answers

_NUMBER: Final = re.compile(
    r"\s*([<>]=?)?\s*(-?\d+(?:[.,]\d+)?)\s*(?:(?:/|of|out of|von|de)\s*\d+)?\s*(.*)", re.DOTALL
)
_LETTERS: Final = re.compile(r"[^\W\d_]")
_SCORE_UNIT: Final = re.compile(
    r"[^\w%]*(?:1|score|scores|point|points|pts?|punkte|puntos|total|\{?\w*\s*(?:score|points?)\}?|t-?score|\[score\])?[^\w%]*",
    re.IGNORECASE,
)
_WEIGHTS: Final = (
    "http://hl7.org/fhir/StructureDefinition/ordinalValue",
    "http://hl7.org/fhir/StructureDefinition/itemWeight",
    "http://hl7.org/fhir/StructureDefinition/iso21090-CO-value",
)


def number_in(text: str) -> float | None:
    """Return the number that a text is or begins with ("12", "12/27", "12 (moderate)"), else ``None``."""
    match = _NUMBER.fullmatch(text)
    if match is None or match[1]:
        return None
    rest = match[3].strip()
    if rest and not rest.startswith(("(", "[", "-", ",", ";", ":")) and not _SCORE_UNIT.fullmatch(rest):
        return None
    return float(match[2].replace(",", "."))


def score_value(value: r.Valued) -> tuple[float | None, str]:
    """Return the number of a score, or the reason why there is none."""
    if value.value_integer is not None:
        return float(value.value_integer), ""
    if value.value_decimal is not None:
        return value.value_decimal, ""
    quantity = value.value_quantity
    if quantity is not None:
        for unit in (quantity.unit, quantity.code):
            if unit and not _SCORE_UNIT.fullmatch(unit):
                return None, "wrong_unit"
        if quantity.comparator:
            return None, "not_a_number"
        return quantity.value, "" if quantity.value is not None else "no_value"
    if value.value_string is not None and value.value_string.strip():
        found = number_in(value.value_string)
        return found, "" if found is not None else "not_a_number"
    limits = value.value_range
    if limits is not None and limits.low is not None and limits.high is not None:
        if limits.low.value is not None and limits.low.value == limits.high.value:
            return limits.low.value, ""
        return None, "not_a_number"
    if value.value_codeable_concept is not None or value.value_boolean is not None:
        for text in texts(value.value_codeable_concept):
            found = number_in(text)
            if found is not None:
                return found, ""
        return None, "not_a_number"
    return None, "no_value"


def coded_answer(coding: r.Coding, scale: str, knows: Knows) -> float | None:
    """Return the number of a coded answer: by its code, its words, then the weight that it carries.

    A weight comes last: one public code system weighs the last answer of the PHQ-9 4 instead of 3.
    """
    if coding.code:
        for row in knows.score_code(coding.system, coding.code):
            if row.part == "answer" and row.scale == scale and row.number is not None:
                return float(row.number)
    if coding.display:
        known = answers().get((scale, plain(coding.display)))
        if known is not None:
            return float(known)
    for extension in coding.extension:
        if extension.url in _WEIGHTS:
            if extension.value_decimal is not None:
                return extension.value_decimal
            if extension.value_integer is not None:
                return float(extension.value_integer)
    for text in (coding.code, coding.display):
        if text and not _LETTERS.search(text):
            found = number_in(text)
            if found is not None:
                return found
    return None


def text_answer(text: str, scale: str) -> float | None:
    """Return the number of an answer given as text: a number, or the words of an answer."""
    known = answers().get((scale, plain(text)))
    return float(known) if known is not None else number_in(text)


def item_value(value: r.Valued, scale: str, knows: Knows) -> float | None:
    """Return the number that an observation or component gives for one item."""
    concept = value.value_codeable_concept
    if concept is not None:
        for coding in concept.coding:
            found = coded_answer(coding, scale, knows)
            if found is not None:
                return found
        return text_answer(concept.text, scale) if concept.text else None
    if value.value_boolean is not None:
        return float(value.value_boolean)
    if value.value_string is not None:
        return text_answer(value.value_string, scale)
    return score_value(value)[0]


def answer_value(answer: r.Answer, scale: str, knows: Knows) -> float | None:
    """Return the number of an answer of a questionnaire."""
    if answer.value_coding is not None:
        return coded_answer(answer.value_coding, scale, knows)
    for number in (answer.value_integer, answer.value_decimal):
        if number is not None:
            return float(number)
    if answer.value_quantity is not None:
        return answer.value_quantity.value
    if answer.value_boolean is not None:
        return float(answer.value_boolean)
    return text_answer(answer.value_string, scale) if answer.value_string else None
