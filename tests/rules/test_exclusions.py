"""Exclusions: recorded, suspected, denied, not recorded, and where absence must be stated."""

from __future__ import annotations

import pytest

from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.records.model import Condition, Observation
from opentrd.rules.exclusions import Exclusions
from tests.spec.rows import BOOK


def recorded(concept: str, verification: str = "confirmed", family: str | None = None) -> Condition:
    return Condition(
        person_id="p",
        source_ids=(concept,),
        concept=concept,
        verification=verification,
        family_member=family,
    )


def denied(concept: str) -> Observation:
    return Observation(
        person_id="p", source_ids=(f"no {concept}",), concept=concept, kind="stated", negated=YES
    )


def test_what_is_not_recorded_is_absent_by_assumption() -> None:
    found = Exclusions([], [], BOOK).check(("bipolar", "psychosis"), must_be_stated=False)
    assert found.present == NO
    assert [a.params["condition"] for a in found.assumptions] == ["bipolar", "psychosis"]


def test_where_it_must_be_stated_silence_leaves_it_open() -> None:
    found = Exclusions([], [], BOOK).check(("bipolar", "psychosis"), must_be_stated=True)
    assert (found.present, found.name) == (UNKNOWN, "bipolar")


def test_where_it_must_be_stated_all_must_be_denied() -> None:
    one = Exclusions([], [denied("bipolar_disorder")], BOOK)
    found = one.check(("bipolar", "psychosis"), must_be_stated=True)
    assert (found.present, found.name) == (UNKNOWN, "psychosis")
    both = Exclusions([], [denied("bipolar_disorder"), denied("psychosis")], BOOK)
    found = both.check(("bipolar", "psychosis"), must_be_stated=True)
    assert (found.present, found.assumptions) == (NO, ())


def test_what_is_recorded_excludes_though_another_is_open() -> None:
    conditions = [recorded("bipolar_disorder", "provisional"), recorded("schizophrenia")]
    found = Exclusions(conditions, [], BOOK).check(("bipolar", "psychosis"), must_be_stated=False)
    assert (found.present, found.name) == (YES, "psychosis")


@pytest.mark.parametrize(
    ("concept", "name", "present"),
    [
        ("bipolar_ii", "bipolar", YES),
        ("bipolar_ii", "bipolar_disorder", YES),
        ("bipolar_disorder", "bipolar_ii", NO),
        ("schizoaffective_disorder", "psychosis", YES),
        ("mdd_recurrent_psychotic", "psychosis", YES),
        ("mdd_recurrent_severe", "psychosis", NO),
        ("cannabis_use_disorder", "substance", YES),
        ("adjustment_disorder_depressed", "depressive", NO),
    ],
)
def test_a_kind_of_a_condition_is_the_condition(concept: str, name: str, present: Tri) -> None:
    assert Exclusions([recorded(concept)], [], BOOK).find(name)[0] == present


def test_a_suspicion_stands_against_a_denial() -> None:
    found = Exclusions([recorded("mania", "provisional")], [denied("bipolar_disorder")], BOOK)
    assert found.find("bipolar")[0] == UNKNOWN


def test_a_family_member_is_not_the_person() -> None:
    assert Exclusions([recorded("bipolar_disorder", family="mother")], [], BOOK).find("bipolar")[0] == NO


@pytest.mark.parametrize(
    ("said", "name", "key"),
    [
        (["bipolar_disorder"], "bipolar", "exclusion.denied"),
        (["bipolar_ii"], "bipolar", "assumption.none_recorded"),
        (["cannabis_use_disorder"], "substance", "assumption.none_recorded"),
        (["eating_disorder"], "anorexia_nervosa", "exclusion.denied"),
        (["anorexia_nervosa"], "eating", "assumption.none_recorded"),
        (
            [c for c, row in BOOK.conditions.items() if row.group == "substance"],
            "substance",
            "exclusion.denied",
        ),
    ],
)
def test_to_deny_a_kind_is_not_to_deny_the_whole(said: list[str], name: str, key: str) -> None:
    assert Exclusions([], [denied(each) for each in said], BOOK).find(name)[1].key == key


def test_the_order_of_rows_does_not_matter() -> None:
    rows = [recorded("mania"), recorded("hypomania")]
    there, back = (Exclusions(given, [], BOOK).find("bipolar")[1] for given in (rows, rows[::-1]))
    assert there == back
