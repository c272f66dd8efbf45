"""OpenTRD parameterised to the rule of a peer finds the peer's persons, or differs by a clause with a name.

What the peers say of these persons is worked out by hand from their rules; they are not run here.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from bench.peers.cardinal.rule import OURS, THEIRS, meets, why
from bench.peers.comparing import met_in
from bench.peers.mentions import CARDINAL, CIRCE, KNOWLEDGE, Mention, write
from opentrd.cohort.run import Options, run
from opentrd.cohort.sources.opening import open_source
from opentrd.knowledge.loader import load

FIRST = date(2020, 1, 1)
S, V, M = "sertraline", "venlafaxine", "mirtazapine"

# Person; medicines and the days on which they are mentioned; what cardinal_pythonlib says; what makes OpenTRD
# differ; whether eras of three medicines begin within 365 days.
PERSONS: dict[str, tuple[list[tuple[str, int]], bool, tuple[str, ...], bool]] = {
    "one after the other": ([(S, 0), (S, 30), (V, 60), (V, 90)], True, (), False),
    "courses of 28 days": ([(S, 0), (S, 27), (V, 40), (V, 67)], True, (), False),
    "A of 27 days": ([(S, 0), (S, 26), (V, 40), (V, 67)], False, (), False),
    "B of 27 days": ([(S, 0), (S, 27), (V, 40), (V, 66)], False, (), False),
    "B once": ([(S, 0), (S, 30), (V, 60)], False, (), False),
    "years between": ([(S, 0), (S, 400), (V, 900), (V, 1500)], True, (), False),
    "one medicine": ([(S, 0), (S, 30), (S, 60), (S, 90)], False, (), False),
    "B on the last day of A": ([(S, 0), (S, 27), (V, 27), (V, 60)], True, ("same day",), False),
    "A again only after B": (
        [(S, 0), (S, 10), (V, 40), (S, 50), (V, 80)],
        False,
        ("complete before B",),
        False,
    ),
    "A once before B": (
        [(S, 0), (V, 40), (S, 50), (V, 80)],
        False,
        ("complete before B", "first rows"),
        False,
    ),
    "B before A and after": (
        [(V, 0), (S, 10), (S, 40), (S, 50), (V, 60), (V, 90)],
        True,
        ("any mention begins",),
        False,
    ),
    "B before A, A in the last rows": ([(V, 0), (S, 10), (S, 40), (V, 60), (V, 90)], False, (), False),
    "two before a third": (
        [(S, 0), (S, 10), (V, 15), (V, 50), (M, 100), (S, 200)],
        False,
        (),
        True,
    ),
    "three in a year": ([(S, 0), (S, 30), (V, 60), (V, 90), (M, 365)], True, (), True),
    "three in a year and a day": ([(S, 0), (V, 60), (M, 366)], False, (), False),
    "third begins again in the year": ([(S, 0), (V, 60), (S, 100), (M, 425)], False, (), True),
    "third goes on into the year": ([(S, 0), (S, 31), (V, 60), (M, 380)], False, (), False),
    "gap that splits an era": ([(S, 0), (S, 32), (V, 60), (M, 390)], False, (), True),
}


def mentions() -> list[Mention]:
    return [
        (person, medicine, FIRST + timedelta(days=day))
        for person, (told, _, _, _) in PERSONS.items()
        for medicine, day in told
    ]


def of(person: str) -> list[Mention]:
    return [mention for mention in mentions() if mention[0] == person]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of all persons under the definitions for comparison."""
    knowledge = load(KNOWLEDGE)
    work = tmp_path_factory.mktemp("peers")
    write(mentions(), work / "mentions", knowledge)
    options = Options(
        definitions=(CARDINAL, CIRCE), staging=False, processes=1, knowledge_folder=str(KNOWLEDGE)
    )
    run(open_source(str(work / "mentions"), knowledge), work / "results", knowledge, options, lambda *_: None)
    return work / "results"


def test_two_antidepressants_differ_by_named_clauses_only(results: Path) -> None:
    found = met_in(results, CARDINAL)
    expected = {person for person, (_, theirs, clauses, _) in PERSONS.items() if theirs != bool(clauses)}
    assert found == expected


def test_three_antidepressants_in_a_year_are_the_same_persons(results: Path) -> None:
    assert met_in(results, CIRCE) == {person for person, row in PERSONS.items() if row[3]}


@pytest.mark.parametrize("person", PERSONS)
def test_the_text_of_the_rule_explains_both(person: str, results: Path) -> None:
    _, theirs, clauses, _ = PERSONS[person]
    assert meets(of(person), THEIRS) == theirs
    assert meets(of(person), OURS) == (person in met_in(results, CARDINAL))
    if clauses:
        assert why(of(person)) == clauses
