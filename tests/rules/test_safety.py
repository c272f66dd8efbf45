"""Laws of the safety findings; the cases of each rule are drawn in ``tests/spec/safety``."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opentrd.present.safety import ALARMS
from opentrd.present.safety import LEVELS as SHOWN
from opentrd.present.words import AUDIENCES, Words
from opentrd.records.model import Condition, Exposure, Observation, Person, Record, Score
from opentrd.rules.judge import judge_record
from opentrd.rules.model import SafetyFinding
from opentrd.rules.safety import LEVELS, find_safety, said_beside
from opentrd.rules.safety_signs import SIGNS
from tests.spec.rows import BOOK, KNOWLEDGE

TODAY = date(2026, 7, 1).toordinal()
ITEMS = [rule for rule in BOOK.safety if rule.trigger == "item"]
CONCEPTS = sorted({str(rule.concept) for rule in BOOK.safety if rule.trigger == "condition"})
quiet = settings(deadline=None, max_examples=200)
SEVERE = [rule for rule in BOOK.safety if rule.trigger == "score"]


def score(scale: str, ago: int, value: float | None = None, name: str = "s", **more: Any) -> Score:
    day = TODAY - ago
    fields = {"scale": scale, "day_earliest": day, "day_latest": day, "value": value, **more}
    return Score(person_id="p", source_ids=(name,), **fields)


def condition(concept: str, ago: int | None, name: str = "c", **more: Any) -> Condition:
    day = None if ago is None else TODAY - ago
    fields = {"concept": concept, "onset_earliest": day, "onset_latest": day, **more}
    return Condition(person_id="p", source_ids=(name,), **fields)


def find(*rows: Score | Condition | Observation | Exposure, born: int | None = None) -> list[SafetyFinding]:
    record = Record(
        person=Person(person_id="p", source_ids=("person",), birth_earliest=born, birth_latest=born),
        scores=[row for row in rows if isinstance(row, Score)],
        conditions=[row for row in rows if isinstance(row, Condition)],
        observations=[row for row in rows if isinstance(row, Observation)],
        exposures=[row for row in rows if isinstance(row, Exposure)],
    )
    judged = judge_record(record, BOOK, TODAY, BOOK.default_instrument)
    return find_safety(record, judged.trials, BOOK, TODAY)


def place(findings: list[SafetyFinding]) -> int:
    """How pressing: smaller is more pressing; past the last level where nothing was found."""
    return min((LEVELS.index(f.level) for f in findings), default=len(LEVELS))


@st.composite
def answers(draw: st.DrawFn) -> Score:
    rule = draw(st.sampled_from(ITEMS))
    name = f"score-{draw(st.integers(0, 10**6))}"
    given_answer = {int(rule.item or 0): draw(st.integers(0, 3))}
    return score(str(rule.scale), draw(st.integers(0, 500)), None, name, items=given_answer)


@st.composite
def totals(draw: st.DrawFn) -> Score:
    rule = draw(st.sampled_from(SEVERE))
    value = float(rule.at_least or 0) + draw(st.integers(-3, 3))
    return score(str(rule.scale), draw(st.integers(0, 120)), value, f"total-{draw(st.integers(0, 10**6))}")


@st.composite
def diagnoses(draw: st.DrawFn) -> Condition:
    ago = draw(st.one_of(st.none(), st.integers(0, 500)))
    return condition(draw(st.sampled_from(CONCEPTS)), ago, f"condition-{draw(st.integers(0, 10**6))}")


@quiet
@given(st.lists(st.one_of(answers(), diagnoses()), max_size=5), st.one_of(answers(), diagnoses()))
def test_one_more_answer_or_diagnosis_never_lowers_the_level(rows: list[Any], more: Any) -> None:
    assert place(find(*rows, more)) <= place(find(*rows))


@quiet
@given(st.lists(st.one_of(answers(), totals(), diagnoses()), max_size=5), totals())
def test_an_older_score_never_lowers_the_level(rows: list[Any], older: Score) -> None:
    first = min((row.day_earliest for row in rows if isinstance(row, Score)), default=TODAY)
    older.day_earliest = older.day_latest = first - 1
    assert place(find(*rows, older)) <= place(find(*rows))


@quiet
@given(st.lists(st.one_of(answers(), totals(), diagnoses()), max_size=6), st.randoms())
def test_the_order_of_rows_does_not_matter(rows: list[Any], chance: random.Random) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert find(*rows) == find(*shuffled)


@quiet
@given(st.lists(diagnoses(), max_size=4))
def test_what_a_relative_has_is_never_found(rows: list[Condition]) -> None:
    for row in rows:
        row.family_member = "mother"
    assert find(*rows) == []


@pytest.mark.parametrize("rule", [r for r in BOOK.safety if r.within_days and r.trigger in ("item", "score")])
def test_each_window_of_a_score_ends_on_its_day(rule: Any) -> None:
    items = {} if rule.item is None else {rule.item: int(rule.at_least)}
    value = rule.at_least if rule.item is None else None
    names = [
        {f.rule for f in find(score(rule.scale, rule.within_days + late, value, items=items))}
        for late in (0, 1)
    ]
    assert rule.rule in names[0] and rule.rule not in names[1]


@pytest.mark.parametrize("rule", [r for r in BOOK.safety if r.within_days and r.trigger == "condition"])
def test_each_window_of_a_diagnosis_ends_on_its_day(rule: Any) -> None:
    names = [{f.rule for f in find(condition(rule.concept, rule.within_days + late))} for late in (0, 1)]
    assert rule.rule in names[0] and rule.rule not in names[1]


def test_a_later_mild_score_does_not_silence_a_positive_answer() -> None:
    rows = [score("PHQ-9", 14, 12, "a", items={9: 2}), score("PHQ-9", 1, 2, "b", items={9: 0})]
    assert [f.rule for f in find(*rows)] == ["phq9_item9"]


def test_an_answer_of_this_month_counts_though_its_day_is_not_known() -> None:
    june = score("PHQ-9", 0, 12, items={9: 1})
    june.day_earliest, june.day_latest = TODAY - 10, TODAY + 20
    assert [(f.rule, f.day) for f in find(june)] == [("phq9_item9", TODAY)]


def test_of_one_day_the_higher_answer_is_told() -> None:
    rows = [score("PHQ-9", 2, 12, "a", items={9: 1}), score("PHQ-9", 2, 12, "b", items={9: 3})]
    (finding,) = find(*rows)
    assert (finding.statement.params["value"], finding.statement.sources) == (3, ("b",))


def test_a_kind_of_a_condition_counts_as_what_it_is_a_kind_of() -> None:
    """A clinic's own concept below one of the table; the nearest one with a rule decides."""
    wider = BOOK.conditions["non_suicidal_self_harm"].parent
    assert wider == "self_harm"
    assert {f.level for f in find(condition("non_suicidal_self_harm", 5))} == {"ask"}


def test_every_row_is_looked_for_or_said_beside() -> None:
    """No dead row: each has a sign that finds it, or stands with an option or under the findings."""
    for rule in BOOK.safety:
        assert rule.trigger in (*SIGNS, "option", "note"), rule.rule


@pytest.mark.parametrize("trigger", ["option", "note"])
def test_rows_said_beside_wait_for_findings_as_pressing_as_they_ask(trigger: str) -> None:
    for rule in (r for r in BOOK.safety if r.trigger == trigger):
        for level in LEVELS:
            told = [f for f in find(*PRESSING) if f.level == level]
            if told:
                said = {r.rule for r, _ in said_beside(told, BOOK, trigger)}
                pressing = LEVELS.index(level) <= LEVELS.index(str(rule.from_level))
                assert (rule.rule in said) == pressing, (rule.rule, level)
    assert said_beside([], BOOK, trigger) == []


PRESSING = (
    score("C-SSRS screener", 0, None, "now", items={5: 1}),
    score("C-SSRS screener", 9, None, "lately", items={4: 1}),
    score("C-SSRS screener", 20, None, "before", items={3: 1}),
    score("PHQ-9", 3, 23, "phq", items={9: 2}),
    condition("suicide_attempt", 900, "then"),
)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_sentence_of_the_tables_has_words(audience: str) -> None:
    said = Words("en", audience, KNOWLEDGE, strict=True)
    keys = {rule.message for rule in BOOK.safety} | {r.unknown_message for r in BOOK.safety}
    for key in (keys - {None}) | {row.message for row in KNOWLEDGE.safety_levels.values()}:
        assert said.template(str(key)) is not None, key


def test_the_most_pressing_comes_first() -> None:
    findings = find(*PRESSING)
    places = [LEVELS.index(f.level) for f in findings]
    assert places == sorted(places)
    assert {f.level for f in findings} >= {"crisis", "ask", "watch"}


def test_levels_are_those_of_the_table_and_its_alarms_put_help_on_top() -> None:
    assert SHOWN == LEVELS == tuple(KNOWLEDGE.safety_levels)
    assert {name for name, row in KNOWLEDGE.safety_levels.items() if row.alarm == "yes"} == ALARMS


def test_every_finding_says_its_basis_and_how_recent_it_is() -> None:
    for finding in find(*PRESSING):
        assert finding.statement.sources
        assert finding.statement.citations == (f"safety:{finding.rule}",)
        assert finding.day is not None
        assert finding.statement.params["ago"] == TODAY - finding.day


def test_nothing_is_found_in_an_empty_record() -> None:
    assert find() == []


@pytest.mark.parametrize(
    ("code", "concept"),
    [
        ("T43.222A", "antidepressant_poisoning"),
        ("T43.225A", "adverse_effect_antidepressant"),
        ("T43.226A", "non_adherence"),
        ("T43.011A", "antidepressant_poisoning"),
        ("T43.016A", "non_adherence"),
        ("R45.851", "suicidal_ideation"),
        ("R45.1", "agitation"),
        ("G25.71", "akathisia"),
    ],
)
def test_a_side_effect_or_a_missed_dose_is_no_poisoning(code: str, concept: str) -> None:
    rows = KNOWLEDGE.condition_by_code("ICD-10-CM", code)
    assert rows[0].concept == concept
