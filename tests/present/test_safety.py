"""Safety in every output: on top where it presses, beside where it does not, help in all of them."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

import pytest
from rich.console import Console

from opentrd.assessing import assess
from opentrd.assessment import Assessment
from opentrd.knowledge.loader import load
from opentrd.present.answer import answer
from opentrd.present.html import report
from opentrd.present.json import to_json
from opentrd.present.safety import alarming, contacts, do_now, lines, statements
from opentrd.present.terminal import show
from opentrd.present.words import AUDIENCES, Words
from opentrd.records.read import read
from tests.present.people import bundled, words

AS_OF = date(2026, 7, 1)
HEAD = "what,name,from,to,helped,value\n"
TREATED = "treatment,sertraline,2026-01-05,2026-03-16,not at all,\ncondition,depression,2026-01-01,still,,\n"
#: Sheets by the level that they must reach.
SHEETS = {
    "crisis": "condition,attempted suicide,2026-06-28,,,\nscore,PHQ-9 item 9,2026-06-26,,,2\n",
    "high": "condition,attempted suicide,2026-05-20,,,\n",
    "ask": "score,PHQ-9 item 9,2026-06-26,,,2\n",
    "watch": "condition,attempted suicide,2015,,,\nlife,firearms at home,,,,locked away\n",
}


def read_one(content: str | bytes) -> Any:
    (record,) = read(content if isinstance(content, bytes) else content.encode(), load())
    return record


@cache
def assessed(rows: str, region: str | None = None) -> Assessment:
    return assess(read_one(HEAD + TREATED + rows), as_of=AS_OF, region=region)


def outputs(a: Assessment, said: Words) -> dict[str, str]:
    out = io.StringIO()
    show(a, said, Console(file=out, width=110, force_terminal=False, no_color=True))
    page = html.unescape(re.sub(r"<[^>]+>", "", report(a, said)))
    found = {"text": out.getvalue(), "html": page, "json": to_json(a, said).decode()}
    return {name: re.sub(r"\s+", " ", text) for name, text in found.items()}


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("level", SHEETS)
def test_what_to_do_and_every_finding_stand_in_every_output(level: str, audience: str) -> None:
    a, said = assessed(SHEETS[level], "uk"), words(audience)
    assert a.safety[0].level == level
    assert len(lines(a, said)) == len(statements(a)) > 1
    for name, text in outputs(a, said).items():
        plain = text if name != "json" else json.dumps(json.loads(text), ensure_ascii=False)
        shown = lines(a, said)
        first = [] if name == "text" and not alarming(a.safety) else shown[:1]
        for line in [*first, *shown[1:]]:
            assert line in plain, (name, line)
        for contact in contacts(load(), "uk"):
            assert contact.number in plain, (name, contact.contact)


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("level", ["crisis", "high", "ask"])
def test_what_presses_stands_above_the_answer(level: str, audience: str) -> None:
    a, said = assessed(SHEETS[level]), words(audience)
    first, headline = do_now(a), answer(a, said).headline
    assert first is not None
    for name in ("text", "html"):
        text = outputs(a, said)[name]
        assert -1 < text.index(said.say(first)) < text.rindex(headline), name


def test_the_json_has_level_rule_and_day_of_each_finding() -> None:
    found = json.loads(to_json(assessed(SHEETS["watch"]), words()))["safety"]
    assert (found["level"], found["alarm"]) == ("watch", False)
    assert {(f["rule"], f["level"], f["day"]) for f in found["findings"]} == {
        ("earlier_suicide_attempt", "watch", "2015-12-31"),
        ("means_told", "watch", None),
    }
    assert found["do"]["citations"] == ["safety_level:watch"]


def test_answers_about_means_that_deny_or_do_not_know_are_no_finding() -> None:
    for value in ("no", "?", "not known"):
        assert assessed(f"life,firearms at home,,,,{value}\n").safety == [], value
    assert [f.rule for f in assessed("life,armas en casa,,,,\n").safety] == ["means_told"]


def bundle(verification: str) -> bytes:
    """A person with an attempt two weeks ago, as sure as ``verification`` says."""
    coded = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "T14.91XA"}
    condition = {
        "resourceType": "Condition",
        "id": "attempt",
        "subject": {"reference": "Patient/p"},
        "code": {"coding": [coded]},
        "onsetDateTime": "2026-06-17",
        "verificationStatus": {"coding": [{"code": verification}]},
    }
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1980-01-01"}
    entries = [{"resource": patient}, {"resource": condition}]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


@pytest.mark.parametrize(
    ("verification", "rules"),
    [
        ("confirmed", ["recorded_suicide_attempt"]),
        ("provisional", ["recorded_suicide_attempt"]),
        ("refuted", []),
        ("entered-in-error", []),
    ],
)
def test_a_refuted_attempt_never_alarms(verification: str, rules: list[str]) -> None:
    a = assess(read_one(bundle(verification)), as_of=AS_OF)
    assert [f.rule for f in a.safety] == rules
    said = " ".join(lines(a, words()))
    assert ("suspected" in said) == (verification == "provisional")


def test_notes_stand_with_the_options_that_they_are_about() -> None:
    def keys(level: str, option: str) -> set[str]:
        (found,) = [o for o in assessed(SHEETS[level]).options if o.option == option]
        return {statement.key for statement in found.why}

    assert "safety.esketamine" in keys("watch", "esketamine")
    assert "safety.ect" in keys("high", "ect")
    assert "safety.ect" not in keys("ask", "ect")
    quiet = assessed("")
    assert not any(s.key.startswith("safety.") for option in quiet.options for s in option.why)


def test_an_attempt_of_these_weeks_brings_urgent_help_to_the_front() -> None:
    assert [o.option for o in assessed(SHEETS["high"]).options][:1] == ["refer_urgent"]


#: A number said to be somebody's risk: in words, as a key, as a share or a band.
SCORED = re.compile(
    r"(risk (score|level|index)|risk of suicide|suicide risk)\W{0,3}(is|of|was|:)?\s*"
    r"(\d|low\b|moderate\b|high\b)",
    re.IGNORECASE,
)


def leaves(found: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(found, dict):
        for key, value in found.items():
            yield from leaves(value, f"{path}.{key}")
    elif isinstance(found, list):
        for value in found:
            yield from leaves(value, path)
    else:
        yield path, found


@pytest.mark.parametrize(
    "wrong", ["Suicide risk: 7", "risk score 0.3", "Risk level: high", "suicide risk is 4 %"]
)
def test_a_risk_score_would_be_seen(wrong: str) -> None:
    assert SCORED.search(wrong)


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("person", [*SHEETS, "safety", "older-heart"])
def test_no_output_has_a_score_of_risk(person: str, audience: str) -> None:
    a = assessed(SHEETS[person]) if person in SHEETS else bundled()[person]
    found = outputs(a, words(audience))
    for name, text in found.items():
        assert not SCORED.search(text), (name, SCORED.search(text))
    for path, value in leaves(json.loads(found["json"])["safety"]):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        assert not number or path.split(".")[2] == "params", path
        assert not (number and "risk" in path), path
