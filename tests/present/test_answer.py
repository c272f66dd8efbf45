"""The first sentences are true: what was lost, what was short, what still helps, who is meant by a count."""

from __future__ import annotations

import pytest

from opentrd.present.answer import Answer, answer
from opentrd.present.view import trial_views
from tests.present.people import bundled, words


def said(name: str, audience: str = "clinician") -> Answer:
    return answer(bundled()[name], words(audience))


def test_a_remission_is_called_one() -> None:
    found = said("augmentation")
    assert found.kind == "helped_after"
    assert "remission, after 1 treatment without" in found.headline
    assert "aim for full remission" not in found.next_line


def test_a_response_that_was_lost_is_no_failure() -> None:
    found = said("response-then-return")
    assert [trial.treatment for trial in found.failed] == ["venlafaxine"]
    view = trial_views(bundled()["response-then-return"], words())[0]
    assert view.result_text.startswith("response, then lost (PHQ-9 21 → 20, 57\xa0% better in between)")


def test_a_last_treatment_that_ended_and_still_helps_comes_first() -> None:
    found = said("tms-esketamine")
    assert found.kind == "helped_after"
    assert "esketamine" in found.headline
    assert "it has ended" in found.headline


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("too-low", "sertraline and venlafaxine (dose below the least adequate one)"),
        ("not-taken", "sertraline and venlafaxine (not taken as prescribed)"),
        ("two-failures", "cognitive behavioural therapy (too few sessions)"),
    ],
)
def test_what_was_short_is_named(name: str, short: str) -> None:
    assert said(name).short == f"Not a full trial: {short}."


@pytest.mark.parametrize("audience", ["clinician", "patient"])
def test_side_effects_are_no_missed_doses(audience: str) -> None:
    found = said("intolerance", audience)
    assert found.kind == "not_tolerated"
    assert "side effects" in found.headline
    assert "missed" not in found.headline + found.next_line


@pytest.mark.parametrize("name", ["not-taken", "from-memory", "too-low"])
def test_definitions_that_count_starts_alone_are_called_so(name: str) -> None:
    assert "by what was started alone" in said(name).verdicts


@pytest.mark.parametrize("name", ["two-failures", "uk", "older-heart"])
def test_definitions_that_judge_are_not(name: str) -> None:
    assert "started alone" not in said(name).verdicts


def test_conditions_that_are_absent_are_joined_by_or() -> None:
    found = said("two-failures")
    texts = [words().say(statement) for statement in found.assumptions]
    assert any("or substance use disorder, as none is recorded" in text for text in texts)
    assert any(" were taken as prescribed" in words().say(s) for s in said("uk").assumptions)


def test_the_person_is_told_of_resistance_only_where_most_definitions_say_so() -> None:
    for name, a in bundled().items():
        found = answer(a, words("patient"))
        if "treatment-resistant" in found.headline:
            counts = found.counts
            assert counts["met"] > counts["not_met"] + counts["undetermined"], name
