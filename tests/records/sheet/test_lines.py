"""Whole lines: what a line of the sheet becomes. Each case is a line as a person writes it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from opentrd.kleene import NO, UNKNOWN, YES
from opentrd.knowledge.loader import load
from opentrd.records.model import Condition, Exposure, Observation, Record, Score
from opentrd.records.sheet import SheetError, read_sheet

HEAD = "what;name;dose;from;to;sessions;taken;helped;stopped because;value;for;note\n"


def read(*lines: str) -> Record:
    (record,) = read_sheet(HEAD + "\n".join(lines), load(), name="history.csv")
    assert record.read == len(lines)
    return record


def one(line: str) -> Any:
    record = read(line)
    rows: list[Any] = [*record.exposures, *record.scores, *record.conditions, *record.observations]
    (row,) = rows
    assert row.source_ids == ("history.csv#2",)
    return row


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


# Names

NAMES = """
    sertraline                    | sertraline            | medicine
    Sertraline                    | sertraline            | medicine
    sertralina                    | sertraline            | medicine
    Zoloft                        | sertraline            | medicine
    sertraline 100 mg tablets     | sertraline            | medicine
    sertraline (Zoloft)           | sertraline            | medicine
    Effexor XR                    | venlafaxine           | medicine
    venlafaxine XR                | venlafaxine           | medicine
    fluoxetine capsules           | fluoxetine            | medicine
    lithium carbonate             | lithium               | medicine
    CBT                           | cbt                   | psychotherapy
    CBT in a group                | cbt                   | psychotherapy
    terapia cognitivo conductual  | cbt                   | psychotherapy
    ECT                           | ect                   | stimulation
    bilateral ECT                 | ect                   | stimulation
    rTMS                          | rtms                  | stimulation
    esketamine nasal spray        | esketamine            | medicine
    ramipril                      |                       | comedication
    vitamin D                     |                       | comedication
    melatonin for sleep           |                       | comedication
    sleep tablets                 |                       | comedication
    insulin                       |                       | comedication
    prednisolone                  |                       | comedication
    metformin                     |                       | comedication
    omeprazole                    |                       | comedication
    lorazepam                     |                       | comedication
    zopiclone                     |                       | comedication
    weekly CBT with my therapist  | cbt                   | psychotherapy
    bright light                  | light                 | lifestyle
    psychotherapy at the clinic   | psychotherapy         | psychotherapy
"""


@pytest.mark.parametrize(
    ("name", "treatment", "kind"), [[c.strip() for c in r.split("|")] for r in NAMES.strip().splitlines()]
)
def test_names(name: str, treatment: str, kind: str) -> None:
    row = one(f"treatment;{name};;2023")
    assert (row.treatment or "", row.kind, row.origin) == (treatment, kind, "self_report")
    assert row.product_text == name


# Treatments

TREATMENTS: dict[str, dict[str, Any]] = {
    "treatment;sertraline;50 mg;2023-03-05;2023-05-06;;yes;not at all;no effect": {
        "dose_low": 50,
        "dose_high": 50,
        "dose_unit": "mg/d",
        "start_earliest": day("2023-03-05"),
        "end_earliest": day("2023-05-07"),
        "end_latest": day("2023-05-07"),
        "ongoing": NO,
        "taken_low": 0.95,
        "reported_response": "none",
        "stop_reasons": ("no_effect",),
        "status": "stopped",
    },
    "treatment;sertraline;50 mg;March 2023;August 2023": {
        "start_earliest": day("2023-03-01"),
        "start_latest": day("2023-03-31"),
        "end_earliest": day("2023-08-02"),
        "end_latest": day("2023-09-01"),
        "status": "completed",
        "stop_reasons": (),
        "reported_response": None,
        "taken_low": None,
    },
    "treatment;sertraline;;March 2023;still": {
        "ongoing": YES,
        "end_latest": None,
        "status": "active",
        "dose_low": None,
    },
    "treatment;sertraline;;marzo 2023;todavía": {"ongoing": YES, "end_latest": None, "status": "active"},
    "treatment;sertraline;;March 2023;?": {"ongoing": UNKNOWN, "end_latest": None, "status": "unknown"},
    "treatment;sertraline;;March 2023;": {"ongoing": UNKNOWN, "end_latest": None, "status": "unknown"},
    "treatment;sertraline;;?;?": {"start_earliest": None, "start_latest": None, "end_latest": None},
    "treatment;sertraline;;2023;;;;;side effects": {"ongoing": NO, "end_latest": None, "status": "stopped"},
    "treatment;sertraline;up to 150 mg;2023": {"dose_low": None, "dose_high": 150},
    "treatment;sertraline 100 mg;;2023": {"dose_low": 100, "dose_high": 100, "strength": None},
    "treatment;sertraline 100 mg tablets;;2023": {"dose_low": None, "strength": 100, "strength_unit": "mg"},
    "treatment;sertraline;0,1 g;2023": {"dose_low": 100, "dose_unit": "mg/d"},
    "treatment;liothyronine;25;2023": {"dose_low": 25, "dose_unit": "mcg/d"},
    "treatment;liothyronine;25 mcg;2023": {"dose_low": 25, "dose_unit": "mcg/d"},
    "treatment;lithium;900 mg;2023": {"dose_low": 900, "dose_unit": "mg/d"},
    "treatment;lithium;0.7 mmol/L;2023": {"dose_low": 0.7, "dose_unit": "mmol/L", "formulation": "level"},
    "treatment;esketamine;56-84 mg;2023;;8": {"dose_low": 56, "dose_unit": "mg/session", "sessions_low": 8},
    "treatment;venlafaxine XR;150 mg;2023": {"formulation": "xr"},
    "treatment;paroxetine CR;25 mg;2023": {"formulation": "cr"},
    "treatment;paroxetine retard;25 mg;2023": {"formulation": "cr"},
    "treatment;CBT;;2022;2022;about 8;;a little": {
        "sessions_low": 6,
        "sessions_high": 10,
        "reported_response": "little",
    },
    "treatment;CBT;;2022;;8;;;;;;group": {"formulation": "group", "session_detail": "group"},
    "treatment;ECT;;2022;;8 of 12;;;;;;bilateral": {"formulation": "bilateral", "sessions_high": 8},
    "treatment;right unilateral ECT;;2022;;9": {"formulation": "right unilateral"},
    "treatment;sertraline;;2023;;;no;": {"taken_low": 0, "taken_high": 0},
    "treatment;sertraline;;2023;;;;a lot;": {"reported_response": "lot"},
    "treatment;sertraline;;2023;;;;well again;": {"reported_response": "well"},
    "treatment;sertraline;;2023;;;;un poco;": {"reported_response": "little"},
    "treatment;sertraline;;2023;;;;helped at first;": {
        "reported_response": None,
        "stop_reasons": ("lost_effect",),
    },
    "treatment;sertraline;;2023;;;;;did not help; ": {"stop_reasons": ("no_effect",)},
    'treatment;sertraline;;2023;;;;;"no effect; nausea, too expensive"': {
        "stop_reasons": ("no_effect", "adverse", "cost")
    },
    "treatment;sertraline;;2023;;;;;side effects and no effect": {"stop_reasons": ("no_effect", "adverse")},
    "treatment;sertraline;;2023;;;;;it gave me bad headaches": {"stop_reasons": ("adverse",)},
    "treatment;sertraline;;2023;;;;;pregnancy": {"stop_reasons": ("pregnancy",)},
    "treatment;sertraline;;2023;;;;;my choice": {"stop_reasons": ("wish",)},
    "treatment;sertraline;;2023;;;;;course finished": {"stop_reasons": ("other",)},
    "treatment;sertraline;;2023;;;;;the clinic closed down": {"stop_reasons": ("other",)},
    "treatment;sertraline;;2023;;;;;efectos secundarios y sin efecto": {
        "stop_reasons": ("no_effect", "adverse")
    },
    "treatment;trazodone;50 mg;2023;;;;;;;sleep": {"indication": "insomnia"},
    "treatment;bupropion;150 mg;2023;;;;;;;to stop smoking": {"indication": "smoking"},
    "treatment;sertraline;50 mg;2023;;;;;;;my nerves": {"indication": "my nerves"},
    "other medicine;setraline;5 mg;2023": {"treatment": None, "kind": "comedication", "dose_low": 5},
    "other medicine;sertraline;50 mg;2023": {"treatment": "sertraline", "kind": "medicine"},
}


@pytest.mark.parametrize("line", TREATMENTS)
def test_treatments(line: str) -> None:
    row = one(line)
    assert isinstance(row, Exposure)
    expected = TREATMENTS[line]
    assert {name: getattr(row, name) for name in expected} == expected


def test_steps_of_known_length_become_touching_rows() -> None:
    first, second = read(
        "treatment;sertraline;50 mg for 2 weeks then 100 mg;2023-03-01;2023-06-30;;;a little"
    ).exposures
    assert (first.dose_low, first.start_earliest, first.end_earliest) == (
        50,
        day("2023-03-01"),
        day("2023-03-15"),
    )
    assert (second.dose_low, second.start_earliest, second.end_earliest) == (
        100,
        day("2023-03-15"),
        day("2023-07-01"),
    )
    assert (first.reported_response, second.reported_response) == (None, "little")


def test_steps_without_a_start_are_one_row_with_a_range() -> None:
    row = one("treatment;sertraline;50 mg for 2 weeks then 100 mg;?")
    assert (row.dose_low, row.dose_high) == (50, 100)


def test_a_combination_is_two_treatments_with_their_doses() -> None:
    first, second = read("treatment;fluoxetine + olanzapine;20 mg + 5 mg;2023").exposures
    assert [(x.treatment, x.dose_low) for x in (first, second)] == [("fluoxetine", 20), ("olanzapine", 5)]
    assert first.source_ids == second.source_ids


def test_worse_is_no_response_and_kept_as_told() -> None:
    record = read("treatment;sertraline;;2023;;;;worse")
    assert record.exposures[0].reported_response == "none"
    assert [(x.kind, x.value_code, x.substance) for x in record.observations] == [
        ("told", "worse", "sertraline")
    ]


# Everything else

# ruff: noqa: E501
OTHERS: dict[str, tuple[type, dict[str, Any]]] = {
    "score;PHQ-9;;2023-03-05;;;;;;19": (Score, {"scale": "PHQ-9", "value": 19, "day_earliest": day("2023-03-05")}),
    "score;phq9;;March 2023;;;;;;19/27": (Score, {"value": 19, "day_latest": day("2023-03-31")}),
    "score;PHQ 9;;2023-03-05;;;;;;19 points": (Score, {"scale": "PHQ-9", "value": 19}),
    "score;MADRS;;2023-03-05;;;;;;31": (Score, {"scale": "MADRS"}),
    "score;QIDS-SR;;2023-03-05;;;;;;12": (Score, {"scale": "QIDS-SR16"}),
    "score;PHQ-9 item 9;;2023-03-05;;;;;;1": (Score, {"value": None, "suicide_item": 1, "items": {9: 1}}),
    "score;PHQ-9 item 9;;2023-03-05;;;;;;several days": (Score, {"suicide_item": 1}),
    "score;PHQ-9 item 9;;2023-03-05;;;;;;not at all": (Score, {"suicide_item": 0}),
    "condition;depression;;January 2023;still": (
        Condition,
        {"concept": "depressive_episode_unspecified", "clinical_status": "active", "onset_earliest": day("2023-01-01")},
    ),
    "condition;current episode;;2023": (Condition, {"concept": "depressive_episode_unspecified"}),
    "condition;severe depression": (Condition, {"severity": "severe"}),
    "condition;recurrent depression;;2010;2015;;;;;severe": (
        Condition,
        {"concept": "mdd_recurrent", "severity": "severe", "clinical_status": "resolved"},
    ),
    "condition;PTSD": (Condition, {"concept": "ptsd"}),
    "condition;suspected bipolar": (Condition, {"concept": "bipolar_disorder", "verification": "provisional"}),
    "condition;maybe bipolar": (Condition, {"concept": "bipolar_disorder", "verification": "provisional"}),
    "condition;bipolar;;;;;;;;suspected": (Condition, {"verification": "provisional"}),
    "condition;no bipolar": (Observation, {"concept": "bipolar_disorder", "kind": "stated", "negated": YES}),
    "condition;never had mania": (Observation, {"concept": "mania", "kind": "stated", "negated": YES}),
    "condition;nunca trastorno bipolar": (Observation, {"concept": "bipolar_disorder", "negated": YES}),
    "condition;bipolar disorder;;;;;;;;no": (Observation, {"concept": "bipolar_disorder", "negated": YES}),
    "condition;ruptured appendix": (Condition, {"concept": None, "text": "ruptured appendix"}),
    "family;bipolar disorder;;;;;;;;mother": (Condition, {"concept": "bipolar_disorder", "family_member": "mother"}),
    "family;depression (sister)": (Condition, {"family_member": "sister", "concept": "depressive_episode_unspecified"}),
    "family;no bipolar": (Observation, {"concept": "bipolar_disorder", "kind": "family", "negated": YES}),
    "allergy;penicillin;;;;;;;;rash": (Observation, {"substance": "penicillin", "value_text": "rash", "negated": NO}),
    "allergy;sertraline": (Observation, {"substance": "sertraline", "kind": "allergy"}),
    "allergy;none": (Observation, {"substance": None, "negated": YES}),
    "life;living alone": (Condition, {"concept": "loneliness"}),
    "life;my dog died": (Observation, {"concept": None, "kind": "life", "value_text": "my dog died"}),
    "test;some new test;;2023;;;;;;4,5 mg/l": (Observation, {"value": 4.5, "unit": "mg/l", "kind": "laboratory"}),
    "test;pacemaker": (Observation, {"concept": "pacemaker", "kind": "device"}),
    "condition;pacemaker": (Condition, {"concept": "cardiac_implant"}),
    "test;weight;;2023-03-05;;;;;;82,5 kg": (Observation, {"concept": "body_weight", "value": 82.5, "unit": "kg"}),
    "test;lithium level;;2023-03-05;;;;;;0.7 mmol/L": (Observation, {"concept": "lithium_level", "value": 0.7}),
    ";PHQ-9;;2023-03-05;;;;;;19": (Score, {"value": 19}),
    ";sertraline;50 mg;2023": (Exposure, {"treatment": "sertraline"}),
    ";bipolar": (Condition, {"concept": "bipolar_disorder"}),
    ";no bipolar": (Observation, {"negated": YES}),
}  # fmt: skip


@pytest.mark.parametrize("line", OTHERS)
def test_other_lines(line: str) -> None:
    kind, expected = OTHERS[line]
    row = one(line)
    assert isinstance(row, kind)
    assert {name: getattr(row, name) for name in expected} == expected


def test_a_blood_pressure_is_two_values() -> None:
    record = read("test;blood pressure;;2023-03-05;;;;;;140/90")
    assert [(x.concept, x.value) for x in record.observations] == [
        ("systolic_blood_pressure", 140),
        ("diastolic_blood_pressure", 90),
    ]


def test_the_person() -> None:
    person = read("person;born;;;;;;;;5 March 1980", "person;sex;;;;;;;;female", "person;name;;;;;;;;Ana",
                  "person;written;;;;;;;;2024-01-31", "treatment;sertraline").person  # fmt: skip
    assert (person.person_id, person.sex, person.birth_earliest) == ("Ana", "female", day("1980-03-05"))
    assert person.observed_end == day("2024-02-01")


def test_the_suicide_item_joins_the_total_of_its_day() -> None:
    record = read("score;PHQ-9 item 9;;2023-03-05;;;;;;2", "score;PHQ-9;;2023-03-05;;;;;;19")
    (score,) = record.scores
    assert (score.value, score.suicide_item) == (19, 2)
    assert score.source_ids == ("history.csv#3", "history.csv#2")


# Lines that are not used

UNUSED = {
    "treatment;sertraline;;2023-05;2023-03": "end_before_start",
    "treatment;sertraline;;;;;never started": "not_started",
    "treatment;sertraline;;2023;;;planned": "not_started",
    "score;PHQ-9;;?;;;;;;19": "no_date",
    "score;PHQ-9;;2023;;;;;;?": "no_value",
    "condition;depression;;2023;2022": "end_before_start",
    "treatment;": "no_code",
    "note;I felt awful that year": "not_relevant",
}


@pytest.mark.parametrize("line", UNUSED)
def test_lines_that_are_not_used_say_why(line: str) -> None:
    record = read("treatment;venlafaxine", line)
    assert [(x.source_id, x.reason) for x in record.unused] == [("history.csv#3", UNUSED[line])]
    assert len(record.exposures) == 1


def test_a_repeated_line_is_used_once() -> None:
    record = read("treatment;sertraline;50 mg", "treatment; Sertraline ;50  mg")
    assert (len(record.exposures), [x.reason for x in record.unused]) == (1, ["duplicate"])


def test_an_example_that_was_not_edited_is_listed() -> None:
    record = read("# treatment;sertraline;50 mg", "treatment;venlafaxine")
    assert [(x.source_id, x.reason) for x in record.unused] == [("history.csv#2", "commented_out")]


# What is asked back: the place, what is wrong, what to do

ASKED = {
    "treatment;setraline;50 mg": ("line 2, column name", "did you mean sertraline?"),
    "treatment;venlafaxin;50 mg": ("line 2, column name", "did you mean venlafaxine"),
    "treatment;fluoxitine": ("line 2, column name", "did you mean fluoxetine?"),
    "treatment;Prozak": ("line 2, column name", "did you mean prozac?"),
    "treatment;sertraline and fluoxetine": ("line 2, column name", "one line for each"),
    "treatment;vitamin D and sertraline": ("line 2, column name", "one line for each"),
    "treatment;CBT with Dr Smith": ("line 2, column name", "the rest under note"),
    "treatment;never took sertraline": ("line 2, column name", "never started"),
    "treatment;;50 mg": ("line 2, column name", "the line does not say"),
    "treatment;sertraline;a small one": ("line 2, column dose", "such as 50 mg"),
    "treatment;sertraline;0.7 mmol/L": ("line 2, column dose", "blood level"),
    "treatment;sertraline;0 mg": ("line 2, column dose", "dose of zero"),
    "treatment;fluoxetine + olanzapine;20 mg;2023": ("line 2, column dose", "20 mg + 5 mg"),
    "treatment;sertraline;;03/04/2023": ("line 2, column from", "2023-04-03 or 2023-03-04"),
    "treatment;sertraline;;still": ("line 2, column from", "a date is expected"),
    "treatment;sertraline;;;2023-13": ("line 2, column to", "no month 13"),
    "treatment;CBT;;;;weekly": ("line 2, column sessions", "such as 8"),
    "treatment;sertraline;;;;;bananas": ("line 2, column taken", "most days"),
    "treatment;sertraline;;;;;;purple": ("line 2, column helped", "a little"),
    "treatment;sertraline;;;;;;a litle": ("line 2, column helped", "did you mean 'a little'"),
    "treatment;sertraline;;;;;;;no side effects": ("line 2, column stopped because", "two ways"),
    "treatment;sertraline;;;;;;;side efects": (
        "line 2, column stopped because",
        "did you mean 'side effects'",
    ),
    "treatment;sertraline;50 mg for 9 weeks then 100 mg;2023-03-01;2023-03-31": (
        "line 2, column dose",
        "longer",
    ),
    "score;PHQ-9;;2023;;;;;;28": ("line 2, column value", "from 0 to 27"),
    "score;PHQ-9;;2023;;;;;;bad": ("line 2, column value", "number of points"),
    "score;PHQ-9 item 9;;2023;;;;;;4": ("line 2, column value", "from 0 to 3"),
    "score;PHQ-9 item 12;;2023;;;;;;1": ("line 2, column name", "9 items"),
    "score;PHQ9X;;2023;;;;;;4": ("line 2, column name", "did you mean PHQ-9"),
    "condition;bipolar disoder": ("line 2, column name", "did you mean bipolar disorder?"),
    "condition;depression;;;;;;;;purple": ("line 2, column value", "suspected"),
    "person;age;;;;;;;;46": ("line 2, column name", "no fact"),
    "person;sex;;;;;;;;m": ("line 2, column value", "female, male"),
    "tretment;sertraline": ("line 2, column what", "did you mean treatment?"),
    ";something odd": ("line 2", "write in the column what"),
    "treatment;sertraline;;;;;;;;;;;extra": ("line 2, column 13", "without a name"),
}


@pytest.mark.parametrize("line", ASKED)
def test_what_cannot_be_read_is_asked_back(line: str) -> None:
    with pytest.raises(SheetError) as caught:
        read_sheet(HEAD + line, load(), name="history.csv")
    place, said = ASKED[line]
    assert caught.value.file == "history.csv"
    assert caught.value.place == place
    assert said in str(caught.value)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(SheetError) as caught:
        read_sheet(HEAD + "treatment;setraline;x;13/2024\nscore;PHQ-9;;2023;;;;;;99\n", load(), name="a.csv")
    assert [problem.place for problem in caught.value.problems] == [
        "line 2, column name",
        "line 2, column dose",
        "line 2, column from",
        "line 3, column value",
    ]
    assert len(str(caught.value).splitlines()) == 4
