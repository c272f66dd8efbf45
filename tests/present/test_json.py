"""The JSON holds to its contract and to its published schema."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from opentrd.assessment import Assessment
from opentrd.present.contract import schema
from opentrd.present.json import partial_day, to_json
from tests.present import builders
from tests.present.people import everyone, statements, words

PUBLISHED = Path(__file__).parents[2] / "docs" / "schema" / "assessment-1.json"
PEOPLE = everyone()
TOP = (
    *("schema", "as_of", "settings", "person", "trials", "episodes", "scores", "judgements", "status"),
    *("staging", "questions", "review", "options", "safety", "used", "not_used", "knowledge"),
)


def test_the_published_schema_is_up_to_date() -> None:
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == schema(), "make docs, or: see contract.py"


@pytest.mark.parametrize("name", PEOPLE)
def test_outputs_validate(name: str) -> None:
    made = json.loads(to_json(PEOPLE[name], words()))
    jsonschema.Draft202012Validator(schema()).validate(made)
    assert set(TOP) <= set(made)
    assert len({line["check"] for line in made["review"]}) > 20
    assert [option["rank"] for option in made["options"]] == list(range(1, len(made["options"]) + 1))
    assert made["options"][-1]["option"] == "refer"


@pytest.mark.parametrize("audience", ["clinician", "patient"])
@pytest.mark.parametrize("name", PEOPLE)
def test_every_statement_has_words_and_a_basis(name: str, audience: str) -> None:
    said = words(audience)
    for statement in statements(PEOPLE[name]):
        if not said.tells(statement):
            assert words("patient" if audience == "clinician" else "clinician").tells(statement), (
                statement.key
            )
            continue
        text = said.say(statement)
        assert text and "{" not in text and "  " not in text, (statement.key, text)
        assert "not known mg" not in text, statement


def test_what_an_audience_is_not_told_has_no_text() -> None:
    a = builders.two_failures()
    for audience, alone in (("patient", "review.nothing_found"), ("clinician", "figure_told.")):
        made = json.loads(to_json(a, words(audience, strict=False)))
        lines = [said for line in made["review"] for said in line["why"]]
        shown = [*lines, *(said for option in made["options"] for said in option["evidence"])]
        untold = [said for said in shown if said["key"].startswith(alone)]
        assert untold and all(said["text"] is None for said in untold)
        assert any(said["text"] for said in shown)


@pytest.mark.parametrize("name", PEOPLE)
def test_days_are_iso_dates(name: str) -> None:
    made = json.loads(to_json(PEOPLE[name], words()))
    for path, value in leaves(made):
        assert not (isinstance(value, int) and 690_000 < value < 770_000), (
            f"{path}: {value} is a day as a number"
        )


def leaves(found: Any, path: str = "") -> Any:
    if isinstance(found, dict):
        for name, item in found.items():
            yield from leaves(item, f"{path}.{name}")
    elif isinstance(found, list):
        for item in found:
            yield from leaves(item, path)
    else:
        yield path, found


def test_without_texts_the_data_stay() -> None:
    a = builders.two_failures()
    bare, full = (json.loads(to_json(a, words(), texts=texts)) for texts in (False, True))
    assert '"text":null' in to_json(a, words(), texts=False).decode()
    assert drop_texts(bare) == drop_texts(full)


#: What holds words, and is empty where none are asked for.
WORDS = ("text", "name", "what", "headline", "short", "verdicts", "next")


def drop_texts(found: Any) -> Any:
    if isinstance(found, dict):
        return {name: drop_texts(item) for name, item in found.items() if name not in WORDS}
    return [drop_texts(item) for item in found] if isinstance(found, list) else found


def test_bounds_hold() -> None:
    for a in PEOPLE.values():
        check_bounds(a)


def check_bounds(a: Assessment) -> None:
    made = json.loads(to_json(a, words()))
    for row in made["status"]:
        assert row["failures"]["certain"] <= row["failures"]["possible"]
    for row in made["staging"]:
        assert row["low"] is None or row["low"] <= row["high"]
    for row in made["trials"]:
        assert row["days"]["low"] <= row["days"]["high"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", row["start"])


def test_partial_days() -> None:
    day = builders.day
    assert partial_day(day("1980-03-02"), day("1980-03-02")) == "1980-03-02"
    assert partial_day(day("1980-03-01"), day("1980-03-31")) == "1980-03"
    assert partial_day(day("1980-01-01"), day("1980-12-31")) == "1980"
    assert partial_day(None, None) is None
