"""Every sentence that an output shows resolves to a line of the record or a row of the knowledge."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from opentrd.knowledge.loader import load
from opentrd.present.answer import answer, to_bring
from opentrd.present.html import report
from opentrd.present.json import to_json
from opentrd.present.words import AUDIENCES, languages
from opentrd.present.words.formats import clean
from tests.present.people import bundled, with_audience, words, words_in

PEOPLE = bundled()


def said_in(found: Any) -> Iterator[dict[str, Any]]:
    """Return every statement of an assessment's JSON."""
    if isinstance(found, dict):
        if "key" in found and "citations" in found:
            yield found
        for value in found.values():
            yield from said_in(value)
    elif isinstance(found, list):
        for value in found:
            yield from said_in(value)


@pytest.mark.parametrize("name", PEOPLE)
def test_every_statement_of_the_json_names_a_line_or_a_row(name: str) -> None:
    made = json.loads(to_json(PEOPLE[name], words()))
    known = load()
    lines = {*made_lines(name)}
    for said in said_in(made):
        if said["key"].startswith("review.nothing_found") or not (said["sources"] or said["citations"]):
            assert said["searched"], said
        for row in said["citations"]:
            known.row(row)
        for line in said["sources"]:
            assert line in lines, (line, said["key"])


def made_lines(name: str) -> Iterator[str]:
    """Return the record lines of a person: those used, and those that rows of the record name."""
    record = PEOPLE[name].record
    yield from record.used
    yield from record.person.source_ids
    for rows in (record.exposures, record.scores, record.conditions, record.observations):
        for row in rows:
            yield from row.source_ids


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("name", ["two-failures", "bipolar", "safety", "wait", "whole-person", "sixteen"])
def test_every_sentence_of_the_page_stands_above_its_basis(name: str, audience: str, language: str) -> None:
    """What a page says in a summary opens to its basis; the answer's own sentences share one."""
    a, told = with_audience(PEOPLE[name], audience), words_in(language, audience)
    html = report(a, told)
    bodies = re.findall(r'<details class="why[^"]*"><summary>.*?</summary>(.*?)</details>', html, re.DOTALL)
    assert len(bodies) > 3
    for body in bodies:
        assert re.search(r"<code>|<b>|href=\"#(lines|source)-", body), body[:200]
    found = answer(a, told)
    for said in (found.basis, *to_bring(found)):
        assert said.sources or said.citations or said.searched
    plain = re.sub(r"<[^>]+>", "", html)
    assert clean(told.say(found.basis)) in " ".join(plain.replace("&#39;", "'").split())
