"""The table of ``docs/article.md``: what it names is there, and is seen in the sample persons it names."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from opentrd.present.words import AUDIENCES, Words, languages
from tests.present.people import bundled, statements, words

DOCS = Path(__file__).parents[2] / "docs"
STATEMENTS = 18
THERAPIES = ("act", "group", "cbt", "dbt", "mst", "vns", "ect", "mbct", "dbs", "rtms")


def rows() -> list[tuple[int, list[tuple[str, str]], list[str]]]:
    """Return the rows of the table: number, references, samples."""
    found = []
    for line in (DOCS / "article.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 4 and cells[0].isdigit():
            named = re.findall(r"`(\w+):([^`]+)`", cells[2])
            found.append((int(cells[0]), named, re.findall(r"`([^`]+)`", cells[3])))
    return found


@cache
def shown(sample: str) -> dict[str, set[str]]:
    """Return what the assessment of a sample names, by sort."""
    a = bundled()[sample]
    cited = {c.partition(":")[2] for s in statements(a) for c in s.citations if c.startswith("figure:")}
    return {
        "option": {option.option for option in a.options},
        "review": {line.check for line in a.review},
        "definition": {status.definition for status in a.judged.status},
        "figure": cited,
    }


def test_every_statement_has_its_row() -> None:
    assert [number for number, _, _ in rows()] == list(range(1, STATEMENTS + 1))


@pytest.mark.parametrize(("number", "named", "samples"), rows())
def test_what_a_row_names_is_there(number: int, named: list[tuple[str, str]], samples: list[str]) -> None:
    assert named and samples
    for sort, key in named:
        if sort == "doc":
            assert (DOCS / key).is_file(), key
        elif sort == "message":
            for language in languages():
                for audience in AUDIENCES:
                    said = Words(language, audience, words().knowledge)
                    assert audience == "clinician" or said.template(key), (language, key)
        else:
            assert any(key in shown(sample)[sort] for sample in samples), f"{sort}:{key} not in {samples}"


def test_each_therapy_is_explained_in_a_sentence() -> None:
    for language in languages():
        said = Words(language, "patient", words().knowledge, strict=True)
        for option in THERAPIES:
            assert len(said.text(f"option_what.{option}").split()) > 5
