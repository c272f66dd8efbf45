"""Safety findings from scores: recent or old, zero or not, several at once, the most pressing first."""

from __future__ import annotations

from datetime import date

import pytest

from opentrd.records.model import Score
from opentrd.rules.safety import LEVELS, find_safety
from tests.spec.rows import BOOK

TODAY = date(2026, 7, 1).toordinal()
WITHIN = BOOK.conventions.safety_recent_days


def score(
    scale: str,
    ago: int,
    value: float | None = None,
    name: str = "s",
    items: dict[int, int] | None = None,
    suicide_item: int | None = None,
) -> Score:
    return Score(
        person_id="p",
        source_ids=(name,),
        scale=scale,
        day_earliest=TODAY - ago,
        day_latest=TODAY - ago,
        value=value,
        items=items or {},
        suicide_item=suicide_item,
    )


def found(*scores: Score) -> list[tuple[str, str, int]]:
    return [(f.rule, f.level, TODAY - f.day) for f in find_safety(list(scores), BOOK, TODAY + 1)]


def test_a_recent_positive_item_is_found() -> None:
    assert found(score("PHQ-9", 3, 12, items={9: 1})) == [("phq9_item9", "ask", 3)]


def test_the_item_counts_where_only_it_was_told() -> None:
    assert found(score("PHQ-9", 0, None, suicide_item=2)) == [("phq9_item9", "ask", 0)]


@pytest.mark.parametrize(("ago", "number"), [(WITHIN, 1), (WITHIN + 1, 0), (400, 0)])
def test_an_old_answer_is_history(ago: int, number: int) -> None:
    assert len(found(score("PHQ-9", ago, 12, items={9: 3}))) == number


def test_a_zero_is_no_finding() -> None:
    assert found(score("PHQ-9", 3, 12, items={9: 0})) == []


def test_a_later_zero_does_not_silence_a_recent_positive_answer() -> None:
    scores = [score("PHQ-9", 14, 12, items={9: 2}), score("PHQ-9", 1, 5, items={9: 0})]
    assert found(*scores) == [("phq9_item9", "ask", 14)]


def test_the_latest_positive_answer_is_told() -> None:
    scores = [score("PHQ-9", 2, 12, items={9: 1}), score("PHQ-9", 14, 12, items={9: 3})]
    assert found(*scores) == found(*reversed(scores)) == [("phq9_item9", "ask", 2)]


def test_of_one_day_the_higher_answer_is_told_whatever_the_order() -> None:
    scores = [score("PHQ-9", 2, 12, "a", items={9: 1}), score("PHQ-9", 2, 12, "b", items={9: 3})]
    for given in (scores, scores[::-1]):
        (finding,) = find_safety(given, BOOK, TODAY + 1)
        assert finding.statement.params["value"] == 3
        assert finding.statement.sources == ("b",)


def test_an_answer_of_tomorrow_is_not_known_today() -> None:
    assert found(score("PHQ-9", -1, 12, items={9: 3})) == []


def test_an_answer_of_this_month_counts_though_its_day_is_not_known() -> None:
    june = Score(
        person_id="p",
        source_ids=("s",),
        scale="PHQ-9",
        day_earliest=TODAY - 10,
        day_latest=TODAY + 20,
        value=12,
        items={9: 1},
    )
    assert found(june) == [("phq9_item9", "ask", 0)]


@pytest.mark.parametrize(
    ("scale", "value", "rule"),
    [
        ("PHQ-9", 20, "severe_phq_9"),
        ("HAM-D17", 24, "severe_ham_d17"),
        ("MADRS", 35, "severe_madrs"),
        ("QIDS-SR16", 16, "severe_qids_sr16"),
        ("BDI-II", 29, "severe_bdi_ii"),
    ],
)
def test_a_severe_score_is_found_from_its_band_on(scale: str, value: int, rule: str) -> None:
    assert found(score(scale, 3, value)) == [(rule, "ask", 3)]
    assert found(score(scale, 3, value - 1)) == []
    assert found(score(scale, WITHIN + 1, value)) == []


def test_madrs_counts_from_two_on() -> None:
    assert found(score("MADRS", 3, 20, items={10: 1})) == []
    assert found(score("MADRS", 3, 20, items={10: 2})) == [("madrs_item10", "ask", 3)]


def test_several_findings_stand_side_by_side() -> None:
    assert found(score("PHQ-9", 3, 23, items={9: 2})) == [
        ("phq9_item9", "ask", 3),
        ("severe_phq_9", "ask", 3),
    ]


def test_the_most_pressing_comes_first_then_the_latest() -> None:
    scores = [
        score("PHQ-9", 1, 23, items={9: 1}),
        score("MADRS", 0, 20, items={10: 4}),
        score("C-SSRS screener", 20, None, items={3: 1}),
        score("C-SSRS screener", 10, None, items={5: 1}),
    ]
    rules = [rule for rule, _, _ in found(*scores)]
    assert rules == ["cssrs_item5", "cssrs_item3", "madrs_item10", "phq9_item9", "severe_phq_9"]
    assert found(*scores) == found(*reversed(scores))


def test_behaviour_at_any_time_in_life_is_told_without_a_window() -> None:
    assert found(score("C-SSRS screener", 4000, None, items={6: 1})) == [("cssrs_item6", "moderate", 4000)]


def test_every_level_of_the_table_has_its_place() -> None:
    assert {rule.level for rule in BOOK.safety} <= set(LEVELS)


def test_every_finding_says_its_basis() -> None:
    for finding in find_safety([score("PHQ-9", 3, 23, items={9: 2})], BOOK, TODAY + 1):
        assert finding.statement.sources == ("s",)
        assert finding.statement.citations == (f"safety:{finding.rule}",)


def test_no_scores_no_findings() -> None:
    assert found() == []
