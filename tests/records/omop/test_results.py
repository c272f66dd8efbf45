"""Rows of measurement, observation and condition_occurrence in; scores, observations and conditions out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from opentrd.knowledge.loader import Knowledge
from tests.records.omop import cdm as c

TOTAL, ITEMS = (
    "44261-6",
    ("44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3", "44260-8"),
)


def measured(code: str, number: float | None, **columns: Any) -> dict[str, Any]:
    """A row of measurement with a LOINC code as its source value."""
    return {
        "measurement_id": 0,
        "person_id": 1,
        "measurement_concept_id": 0,
        "measurement_date": c.DAY,
        "operator_concept_id": 0,
        "value_as_number": number,
        "value_as_concept_id": 0,
        "unit_concept_id": 0,
        "measurement_source_value": code,
        "measurement_source_concept_id": 0,
        "unit_source_value": "",
        "value_source_value": "",
    } | columns


def items(*answers: int, codes: tuple[str, ...] = ITEMS) -> list[dict[str, Any]]:
    return [measured(code, float(answer)) for code, answer in zip(codes, answers, strict=False)]


#: Rows of one person; value, items and item on suicide of the scores that come of them.
SCORES: dict[str, tuple[list[dict[str, Any]], list[tuple[Any, ...]]]] = {
    "a total": ([measured(TOTAL, 14.0)], [("PHQ-9", 14.0, 0, None)]),
    "a total in a text": ([measured(TOTAL, None, value_source_value="14/27")], [("PHQ-9", 14.0, 0, None)]),
    "twice the same": ([measured(TOTAL, 14.0), measured(TOTAL, 14.0)], [("PHQ-9", 14.0, 0, None)]),
    "all items": (items(1, 2, 3, 0, 1, 2, 3, 0, 1), [("PHQ-9", 13.0, 9, 1)]),
    "items and their total": (
        [*items(1, 1, 1, 1, 1, 1, 1, 1, 2), measured(TOTAL, 10.0)],
        [("PHQ-9", 10.0, 9, 2)],
    ),
    "an item is missing": (items(1, 2, 3), [("PHQ-9", None, 3, None)]),
    "the first two items": (items(1, 2), [("PHQ-2", 3.0, 2, None)]),
    "the first eight items": (items(1, 1, 1, 1, 1, 1, 1, 1), [("PHQ-8", 8.0, 8, None)]),
    "an answer in words": (
        [measured(ITEMS[8], None, value_source_value="Several days")],
        [("PHQ-9", None, 1, 1)],
    ),
    "answers that clash": (
        [*items(1, 1, 1, 1, 1, 1, 1, 1, 0), measured(ITEMS[8], 3.0)],
        [("PHQ-9", None, 9, 3)],
    ),
    "two days": (
        [measured(TOTAL, 14.0), measured(TOTAL, 4.0, measurement_date=date(2024, 5, 1))],
        [("PHQ-9", 14.0, 0, None), ("PHQ-9", 4.0, 0, None)],
    ),
    "a unit of scores": ([measured(TOTAL, 14.0, unit_source_value="{score}")], [("PHQ-9", 14.0, 0, None)]),
}
#: Rows that give no score, and why.
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "out of range": (measured(TOTAL, 300.0), "out_of_range"),
    "no value": (measured(TOTAL, None), "no_value"),
    "a text that is no number": (measured(TOTAL, None, value_source_value="declined"), "not_a_number"),
    "more than": (measured(TOTAL, 20.0, operator_concept_id=4172704), "not_a_number"),
    "no day": (measured(TOTAL, 14.0, measurement_date=None), "no_date"),
    "another unit": (measured(TOTAL, 14.0, unit_source_value="mmol/L"), "wrong_unit"),
    "no such answer": (measured(ITEMS[0], 7.0), "unreadable_answers"),
    "nobody's": (measured(TOTAL, 14.0, person_id=999), "unknown_person"),
}


def cases(rows: list[list[dict[str, Any]]]) -> dict[str, c.Rows]:
    """A CDM with a person for each case."""
    found = [
        row
        for number, each in enumerate(rows, 1)
        for row in (
            {"person_id": number}
            | {key: value for key, value in one.items() if key != "person_id" or value == 999}
            for one in each
        )
    ]
    for number, row in enumerate(found, 1):
        row["measurement_id"] = number
    persons = [c.PERSON | {"person_id": number} for number in range(1, len(rows) + 1)]
    return c.cdm(person=persons, measurement=found)


def test_scores(knowledge: Knowledge, tmp_path: Path) -> None:
    made = c.record(tmp_path, knowledge, cases([rows for rows, _ in SCORES.values()]))
    for number, (name, (_, expected)) in enumerate(SCORES.items(), 1):
        found = [row for row in made["score"] if row["person_id"] == str(number)]
        said = [(row["scale"], row["value"], len(row["items"]), row["suicide_item"]) for row in found]
        assert said == expected, name
    assert made["unused"] == []


def test_scores_that_are_none(knowledge: Knowledge, tmp_path: Path) -> None:
    made = c.record(tmp_path, knowledge, cases([[row] for row, _ in REFUSED.values()]))
    assert made["score"] == []
    reasons = {row["source_id"]: row["reason"] for row in made["unused"]}
    for number, (name, (_, reason)) in enumerate(REFUSED.items(), 1):
        assert reasons[f"measurement/{number}"] == reason, name


def observed(**columns: Any) -> dict[str, Any]:
    return {
        "observation_id": 1,
        "person_id": 1,
        "observation_concept_id": 0,
        "observation_date": c.DAY,
        "value_as_number": None,
        "value_as_string": "",
        "value_as_concept_id": 0,
        "unit_concept_id": 0,
        "observation_source_value": TOTAL,
        "observation_source_concept_id": 0,
    } | columns


def test_scores_in_observation(knowledge: Knowledge, tmp_path: Path) -> None:
    """By the concept's own number (no vocabulary has it), the value as text."""
    row = observed(observation_concept_id=3042932, observation_source_value="", value_as_string="9")
    [score] = c.record(tmp_path, knowledge, c.cdm(observation=[row]))["score"]
    assert (score["scale"], score["value"], score["source_ids"]) == ("PHQ-9", 9.0, ["observation/1"])


def test_results(knowledge: Knowledge, tmp_path: Path) -> None:
    row = measured(
        "",
        6.5,
        measurement_id=3,
        measurement_concept_id=3009201,
        unit_source_value="mIU/L",
        operator_concept_id=4172704,
        range_low=0.4,
        range_high=4.0,
    )
    other = measured("", 1.0, measurement_id=4, measurement_concept_id=123)
    made = c.record(tmp_path, knowledge, c.cdm(measurement=[row, other]))
    [found] = made["observation"]
    expected = {
        "concept": "tsh",
        "value": 6.5,
        "unit": "mIU/L",
        "comparator": ">",
        "range_high": 4.0,
        "day_earliest": c.DAY,
        "source_ids": ["measurement/3"],
    }
    assert {key: found[key] for key in expected} == expected
    assert made["unused"] == []


def condition(**columns: Any) -> dict[str, Any]:
    return {
        "condition_occurrence_id": 0,
        "person_id": 1,
        "condition_concept_id": 0,
        "condition_start_date": c.DAY,
        "condition_end_date": None,
        "condition_type_concept_id": 32840,
        "condition_status_concept_id": 0,
        "condition_source_value": "F33.2",
        "condition_source_concept_id": 0,
    } | columns


END = date(2024, 6, 1)
CONDITIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a code alone": (
        {},
        {
            "onset_earliest": c.DAY,
            "onset_latest": c.DAY,
            "end_latest": None,
            "severity": "severe",
            "verification": "unknown",
            "codes": [{"system": "ICD-10-CM", "code": "F33.2"}],
            "family_member": None,
        },
    ),
    "an end": ({"condition_end_date": END}, {"end_earliest": date(2024, 6, 2)}),
    "the end of a bill": (
        {"condition_end_date": END, "condition_type_concept_id": 32810},
        {"end_latest": None},
    ),
    "the end of a visit": ({"condition_end_date": c.DAY}, {"end_latest": None}),
    "a preliminary diagnosis": ({"condition_status_concept_id": 32899}, {"verification": "provisional"}),
    "a family's": ({"condition_source_value": "Family history: bipolar disorder"}, {}),
}


def test_conditions(knowledge: Knowledge, tmp_path: Path) -> None:
    given = [
        condition(**row) | {"condition_occurrence_id": n} for n, (row, _) in enumerate(CONDITIONS.values())
    ]
    unknown = condition(condition_occurrence_id=99, condition_source_value="a broken fence")
    early = condition(condition_occurrence_id=98, condition_end_date=date(2020, 1, 1))
    made = c.record(tmp_path, knowledge, c.cdm(condition_occurrence=[*given, unknown, early]))
    rows = {row["source_ids"][0]: row for row in made["condition"]}
    for number, (name, (_, expected)) in enumerate(CONDITIONS.items()):
        if expected:
            row = rows[f"condition_occurrence/{number}"]
            assert {key: row[key] for key in expected} == expected, name
    assert "condition_occurrence/99" not in rows
    assert [(row["source_id"], row["reason"]) for row in made["unused"]] == [
        ("condition_occurrence/98", "end_before_start")
    ]


#: Columns of the person; birth from and to, and sex.
PERSONS: list[tuple[dict[str, Any], tuple[Any, ...]]] = [
    ({}, (date(1980, 5, 9), date(1980, 5, 9), "female")),
    ({"day_of_birth": None, "month_of_birth": 2}, (date(1980, 2, 1), date(1980, 2, 29), "female")),
    ({"day_of_birth": None, "month_of_birth": None}, (date(1980, 1, 1), date(1980, 12, 31), "female")),
    ({"month_of_birth": 2, "day_of_birth": 31}, (date(1980, 2, 1), date(1980, 2, 29), "female")),
    ({"month_of_birth": 0, "day_of_birth": None}, (date(1980, 1, 1), date(1980, 12, 31), "female")),
    ({"month_of_birth": 13, "day_of_birth": 9}, (date(1980, 1, 1), date(1980, 12, 31), "female")),
    ({"month_of_birth": 5, "day_of_birth": 0}, (date(1980, 5, 1), date(1980, 5, 31), "female")),
    ({"month_of_birth": None, "day_of_birth": 9}, (date(1980, 1, 1), date(1980, 12, 31), "female")),
    ({"year_of_birth": 0}, (None, None, "female")),
    ({"year_of_birth": None}, (None, None, "female")),
    ({"gender_concept_id": 8507}, (date(1980, 5, 9), date(1980, 5, 9), "male")),
    ({"gender_concept_id": 0}, (date(1980, 5, 9), date(1980, 5, 9), None)),
]


#: Times of observation, first and last day: with a gap; that touch; within another one, and a gap of a day.
OBSERVED = {
    0: [("2010-01-01", "2015-12-31"), ("2018-01-01", "2024-07-31")],
    2: [("2012-01-01", "2013-12-31"), ("2014-01-01", "2016-06-30")],
    3: [("2010-01-01", "2016-12-31"), ("2012-01-01", "2012-12-31"), ("2017-01-02", "2018-12-31")],
}


@pytest.fixture(scope="module")
def persons(knowledge: Knowledge, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    given = [c.PERSON | row | {"person_id": number} for number, (row, _) in enumerate(PERSONS)]
    tables = c.cdm(
        person=given,
        death=[{"person_id": 0, "death_date": date(2024, 8, 1)}],
        observation_period=[
            {
                "observation_period_id": 10 * person + number,
                "person_id": person,
                "observation_period_start_date": date.fromisoformat(first),
                "observation_period_end_date": date.fromisoformat(last),
            }
            for person, times in OBSERVED.items()
            for number, (first, last) in enumerate(times)
        ],
    )
    rows = c.record(tmp_path_factory.mktemp("persons"), knowledge, tables)["person"]
    return {row["person_id"]: row for row in rows}


@pytest.mark.parametrize("number", range(len(PERSONS)))
def test_birth_and_sex(number: int, persons: dict[str, dict[str, Any]]) -> None:
    row = persons[str(number)]
    assert (row["birth_earliest"], row["birth_latest"], row["sex"]) == PERSONS[number][1]


def test_death_and_observation(persons: dict[str, dict[str, Any]]) -> None:
    row = persons["0"]
    assert (row["death_earliest"], row["death_latest"]) == (date(2024, 8, 1), date(2024, 8, 1))
    assert row["used_ids"] == ["observation_period/0", "observation_period/1", "death/0"]
    assert persons["1"]["observed_start"] is None


@pytest.mark.parametrize(
    ("person", "start", "end"),
    [
        ("0", date(2018, 1, 1), date(2024, 8, 1)),
        ("2", date(2012, 1, 1), date(2016, 7, 1)),
        ("3", date(2017, 1, 2), date(2019, 1, 1)),
    ],
)
def test_only_the_last_time_without_a_gap_is_observed(
    person: str, start: date, end: date, persons: dict[str, dict[str, Any]]
) -> None:
    assert (persons[person]["observed_start"], persons[person]["observed_end"]) == (start, end)
