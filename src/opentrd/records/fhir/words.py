"""The words that this reader knows: reasons to stop, names of scales, link ids, answers, names of conditions.

They stand in small tables beside the other knowledge and are read when first asked for.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from typing import Final, NamedTuple

from opentrd.knowledge.loader import SHIPPED
from opentrd.knowledge.lookup import plain
from opentrd.knowledge.systems import system_name
from opentrd.records.fhir.codes import all_texts, codings
from opentrd.records.fhir.resources import CodeableConcept
from opentrd.records.model import STOP_REASONS

#: Words before a reason that turn it round ("no side effects").
_NOT: Final = re.compile(r"(?:no|not|without|sin|ohne|keine|denies)\Z")


def _rows(name: str) -> list[dict[str, str]]:
    with (SHIPPED / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Phrases:
    """Phrases to be found in a text, each with its meaning; longer ones first, no word used twice."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._meaning = {plain(phrase): meaning for phrase, meaning in pairs}
        self._longest: dict[str, int] = {}
        for phrase in self._meaning:
            words = phrase.split()
            self._longest[words[0]] = max(len(words), self._longest.get(words[0], 0))

    def exactly(self, text: str) -> str | None:
        """Return the meaning of a whole text."""
        return self._meaning.get(plain(text))

    def within(self, text: str) -> list[str]:
        """Return the meanings of the phrases found in a text, in order, denied ones left out."""
        words = plain(text).split()
        found: list[str] = []
        place = 0
        while place < len(words):
            step = 1
            for length in range(self._longest.get(words[place], 0), 0, -1):
                meaning = self._meaning.get(" ".join(words[place : place + length]))
                if meaning is not None:
                    if not (place and _NOT.match(words[place - 1])):
                        found.append(meaning)
                    step = length
                    break
            place += step
        return found


@cache
def _stop() -> tuple[Phrases, dict[tuple[str, str], str]]:
    rows = _rows("stop_reason_word")
    words = [(row["text"], row["reason"]) for row in rows if row["sort"] == "word"]
    codes = {(row["system"], row["text"]): row["reason"] for row in rows if row["sort"] == "code"}
    return Phrases(words), codes


def stop_reasons(*concepts: CodeableConcept | None) -> tuple[str, ...]:
    """Return why a treatment ended, as codes and words say; ``other`` where they say something else."""
    phrases, codes = _stop()
    found: set[str] = set()
    said = False
    for concept in concepts:
        for coding in codings(concept):
            said = True
            system = system_name(coding.system)
            reason = codes.get((system, coding.code or "")) or codes.get(("HL7", coding.code or ""))
            if reason is not None:
                found.add(reason)
    for text in all_texts(concepts):
        said = True
        found.update(phrases.within(text))
    if len(found) > 1:
        found.discard("other")
    if not found:
        return ("other",) if said else ()
    return tuple(reason for reason in STOP_REASONS if reason in found)


@cache
def _scales() -> Phrases:
    return Phrases([(row["name"], row["scale"]) for row in _rows("scale_name")])


def scale_names(text: str) -> list[str]:
    """Return the scales that a text names, in order."""
    return list(dict.fromkeys(_scales().within(text)))


class LinkId(NamedTuple):
    """A way in which forms number their questions."""

    scale: str
    part: str
    pattern: re.Pattern[str]
    needs_form: bool


@cache
def link_ids() -> tuple[LinkId, ...]:
    """Return the known ways of numbering questions."""
    return tuple(
        LinkId(row["scale"], row["part"], re.compile(row["pattern"], re.IGNORECASE), row["needs"] == "form")
        for row in _rows("link_id")
    )


@cache
def answers() -> dict[tuple[str, str], int]:
    """Return the number of an answer by scale and words (as ``plain`` writes them)."""
    return {(row["scale"], plain(row["answer"])): int(row["number"]) for row in _rows("answer_word")}


@cache
def item_words() -> dict[tuple[str, int], frozenset[str]]:
    """Return words of which a question's text has at least one, by scale and number."""
    found: dict[tuple[str, int], set[str]] = {}
    for row in _rows("item_word"):
        found.setdefault((row["scale"], int(row["number"])), set()).add(plain(row["word"]))
    return {key: frozenset(words) for key, words in found.items()}


@cache
def condition_names() -> dict[str, str]:
    """Return further names of conditions (as ``plain`` writes them)."""
    return {plain(row["name"]): row["concept"] for row in _rows("condition_name")}
