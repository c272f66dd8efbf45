"""Scales, staging, conditions, observations, safety, contacts: what must hold of the numbers and codes."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pytest

from opentrd.knowledge.loader import load
from opentrd.knowledge.schema import ConditionCode, ScaleBand, ScoreCode, StagingItem
from opentrd.knowledge.systems import code_key, system_name

KNOWLEDGE = load()
SCALES = KNOWLEDGE.scales


def bands() -> dict[str, list[ScaleBand]]:
    found: dict[str, list[ScaleBand]] = defaultdict(list)
    for band in KNOWLEDGE.scale_bands.values():
        found[band.scale].append(band)
    return {scale: sorted(rows, key=lambda b: b.low) for scale, rows in found.items()}


def score_codes() -> list[ScoreCode]:
    return [row for row in KNOWLEDGE.table("score_code").values() if isinstance(row, ScoreCode)]


def condition_codes() -> list[ConditionCode]:
    return [row for row in KNOWLEDGE.table("condition_code").values() if isinstance(row, ConditionCode)]


@pytest.mark.parametrize("scale", list(bands()))
def test_bands_cover_the_scale_without_gap_or_overlap(scale: str) -> None:
    rows = bands()[scale]
    step = 1.0 if all(b.low.is_integer() and b.high.is_integer() for b in rows) else 0.1
    assert rows[0].low == SCALES[scale].min_score
    assert rows[-1].high == SCALES[scale].max_score
    for before, after in pairwise(rows):
        assert round(after.low - before.high, 6) == step


@pytest.mark.parametrize("scale", list(bands()))
def test_severity_never_falls_as_the_score_rises(scale: str) -> None:
    order = ["none", "subsyndromal", "mild", "moderate", "severe"]
    levels = [order.index(b.severity) for b in bands()[scale] if b.severity is not None]
    assert levels == sorted(levels)


@pytest.mark.parametrize("scale", list(SCALES))
def test_thresholds_lie_in_the_range(scale: str) -> None:
    row = SCALES[scale]
    for value in (row.depressed_min, row.remission_max):
        assert value is None or row.min_score <= value <= row.max_score
    if row.depressed_min is not None and row.remission_max is not None:
        assert row.remission_max < row.depressed_min
    if row.response_percent is not None:
        assert 0 < (row.partial_percent or 1) < row.response_percent <= 100
    if row.suicide_item is not None and row.items is not None:
        assert 1 <= row.suicide_item <= row.items


def test_only_scales_of_depression_are_ranked_and_each_has_its_own_rank() -> None:
    ranked = [row for row in SCALES.values() if row.rank is not None]
    assert {row.measures for row in ranked} == {"depression"}
    assert len({row.rank for row in ranked}) == len(ranked)


def test_remission_lies_in_the_lowest_bands() -> None:
    for scale, rows in bands().items():
        remission = SCALES[scale].remission_max
        band = next((b for b in rows if remission is not None and b.low <= remission <= b.high), None)
        if band is not None and band.severity is not None:
            assert band.severity in ("none", "subsyndromal", "mild"), scale


def test_phq9_as_published() -> None:
    phq9 = SCALES["PHQ-9"]
    assert (phq9.items, phq9.max_score, phq9.depressed_min, phq9.remission_max) == (9, 27, 10, 4)
    assert (phq9.response_percent, phq9.partial_percent, phq9.suicide_item) == (50, 25, 9)
    words = [(b.low, b.band, b.severity) for b in bands()["PHQ-9"]]
    assert words[3:] == [(15, "moderately severe", "moderate"), (20, "severe", "severe")]


@pytest.mark.parametrize(
    ("scale", "value", "to", "low", "high"),
    [
        ("QIDS-SR16", 16, "HAM-D17", 20, 20),
        ("HAM-D17", 20, "MADRS", 26, 26),
        ("MADRS", 26, "HAM-D17", 20, 20),
        ("QIDS-SR16", 5, "IDS-SR30", 12, 13),
    ],
)
def test_published_conversions(scale: str, value: float, to: str, low: float, high: float) -> None:
    row = KNOWLEDGE.scale_conversions[scale, value, to]
    assert (row.to_low, row.to_high) == (low, high)


def test_conversions_lie_in_the_range_of_both_scales() -> None:
    for row in KNOWLEDGE.scale_conversions.values():
        assert (
            SCALES[row.from_scale].min_score
            <= row.from_low
            <= row.from_high
            <= SCALES[row.from_scale].max_score
        )
        assert SCALES[row.to_scale].min_score <= row.to_low <= row.to_high <= SCALES[row.to_scale].max_score


def test_score_codes_join_and_number_the_items() -> None:
    items: dict[str, set[int]] = defaultdict(set)
    for row in score_codes():
        assert row.scale in SCALES
        assert (row.number is not None) == (row.part in ("item", "answer")), row.code
        if row.part == "item" and row.number is not None:
            items[row.scale].add(row.number)
    assert items["PHQ-9"] == set(range(1, 10))
    assert items["GAD-7"] == set(range(1, 8))
    assert items["C-SSRS screener"] == set(range(1, 8))


def test_the_total_and_the_answers_of_the_phq9() -> None:
    found = {(row.code, row.part): row for row in score_codes() if row.scale == "PHQ-9"}
    assert found["44261-6", "total"].system == "LOINC"
    assert [found[f"LA{n}", "answer"].number for n in ("6568-5", "6569-3", "6570-1", "6571-9")] == [
        0,
        1,
        2,
        3,
    ]


def test_a_code_of_a_condition_means_one_condition() -> None:
    seen: dict[tuple[str, str], str] = {}
    for row in condition_codes():
        assert system_name(row.system) == row.system
        key = row.system, code_key(row.system, row.code)
        assert seen.setdefault(key, row.concept) == row.concept, key
        assert key[1]


def test_no_text_of_a_licensed_terminology_is_shipped_with_conditions() -> None:
    assert {row.system for row in condition_codes() if row.display} <= {"ICD-10-CM"}


@pytest.mark.parametrize(
    ("system", "code", "concept"),
    [
        ("ICD-10-CM", "F32.2", "mdd_single_severe_not_psychotic"),
        ("ICD-10-CM", "F33.41", "mdd_recurrent_partial_remission"),
        ("ICD-10-CM", "F33.3", "mdd_recurrent_psychotic"),
        ("ICD-10-CM", "F32.A", "depressive_episode_unspecified"),
        ("ICD-10-CM", "F32.81", "premenstrual_dysphoric_disorder"),
        ("ICD-10", "F33.4", "mdd_recurrent_remission"),
        ("ICD-10-CM", "F31.81", "bipolar_ii"),
        ("ICD-10-CM", "F17.210", "smoking"),
        ("ICD-10-CM", "F10.20", "alcohol_use_disorder"),
        ("SNOMED CT", "370143000", "major_depression"),
        ("SNOMED CT", "36474008", "mdd_recurrent_severe_not_psychotic"),
        ("Read v2", "Eu32.", "depressive_episode_unspecified"),
    ],
)
def test_conditions_by_code(system: str, code: str, concept: str) -> None:
    assert KNOWLEDGE.condition_by_code(system, code)[0].concept == concept


def test_severity_and_remission_stand_only_where_the_diagnosis_says_so() -> None:
    for key, row in KNOWLEDGE.conditions.items():
        assert row.severity is None or row.remission is None, key
        if row.severity is not None:
            assert row.group == "depressive"
        if row.psychotic == "yes":
            assert row.severity == "severe"


def test_parents_end_somewhere_and_smoking_is_no_substance_use() -> None:
    for row in KNOWLEDGE.conditions.values():
        seen = {row.concept}
        while row.parent is not None:
            assert row.parent not in seen
            seen.add(row.parent)
            row = KNOWLEDGE.conditions[row.parent]
    assert KNOWLEDGE.conditions["smoking"].group != "substance"
    assert KNOWLEDGE.conditions["premenstrual_dysphoric_disorder"].group != "depressive"


def staging(model: str, item: str) -> list[StagingItem]:
    rows = [r for r in KNOWLEDGE.staging_items.values() if (r.model, r.item) == (model, item)]
    return sorted(rows, key=lambda r: r.order)


@pytest.mark.parametrize(
    ("months", "points"), [(0, 1), (12, 1), (12.5, 2), (13, 2), (24, 2), (24.5, 3), (300, 3)]
)
def test_maudsley_duration_has_no_gap(months: float, points: float) -> None:
    levels = [
        row
        for row in staging("MSM", "duration_months")
        if (row.low is None or row.low < months) and (row.high is None or months <= row.high)
    ]
    assert [row.points for row in levels] == [points]


@pytest.mark.parametrize(
    ("failures", "points"),
    [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3), (7, 4), (10, 4), (11, 5)],
)
def test_maudsley_failures(failures: float, points: float) -> None:
    levels = [
        row
        for row in staging("MSM", "failures")
        if (row.low is None or row.low < failures) and (row.high is None or failures <= row.high)
    ]
    assert [row.points for row in levels] == [points]


def test_maudsley_sums_run_from_3_to_15_and_the_bands_cover_them() -> None:
    items = ("duration_months", "severity", "failures", "augmentation", "ect")
    least = sum(min(row.points or 0 for row in staging("MSM", item)) for item in items)
    most = sum(max(row.points or 0 for row in staging("MSM", item)) for item in items)
    assert (least, most) == (3, 15)
    rows = sorted((b for b in KNOWLEDGE.staging_bands.values() if b.model == "MSM"), key=lambda b: b.low)
    assert [(b.low, b.high) for b in rows] == [(3, 6), (7, 10), (11, 15)]


def test_ladders_are_strictly_ordered() -> None:
    stages = staging("Thase-Rush", "stage")
    assert [row.points for row in stages] == [0, 1, 2, 3, 4, 5]
    assert [row.needs for row in stages] == [None, None, "I", "II", "III", "IV"]
    classes = {row.class_ for row in KNOWLEDGE.treatments.values()}
    assert {"TCA", "MAOI", "ECT"} <= classes


def test_safety_items_exist_and_severe_scores_are_those_of_the_severe_band() -> None:
    for rule in KNOWLEDGE.safety_rules.values():
        if rule.trigger == "score":
            severe = [b.low for b in bands()[str(rule.scale)] if b.severity == "severe"]
            assert rule.at_least == min(severe), rule.rule
        if rule.trigger == "item":
            scale = SCALES[str(rule.scale)]
            assert scale.suicide_item == rule.item or scale.measures == "suicide risk"


def test_contacts_are_told_as_not_confirmed_and_every_country_has_an_emergency_number() -> None:
    contacts = KNOWLEDGE.contacts.values()
    assert {c.confirmed for c in contacts} == {"no"}
    assert {c.region for c in contacts if c.sort == "emergency"} == {"us", "uk", "ie", "eu", "ca", "au", "nz"}
    assert any(c.region == "world" for c in contacts)
