"""Scores: totals in every form, items, panels, components, questionnaires, and what is no score."""

from __future__ import annotations

from typing import Any

import pytest

from tests.records.fhir.build import (
    LOINC,
    SCT,
    J,
    concept,
    observation,
    reasons,
    record,
    resource,
    score_line,
)

ITEMS = ("44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3", "44260-8")
GAD = ("69725-0", "68509-9", "69733-4", "69734-2", "69735-9", "69689-8", "69736-7")
ANSWERS = ("LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9")
WORDS = ("Not at all", "Several days", "More than half the days", "Nearly every day")
TEXTS = (
    "Little interest or pleasure in doing things?",
    "Feeling down, depressed, or hopeless?",
    "Trouble falling or staying asleep",
    "Feeling tired or having little energy",
    "Poor appetite or overeating",
    "Feeling bad about yourself",
    "Trouble concentrating on things",
    "Moving or speaking slowly, or restless",
    "Thoughts that you would be better off dead",
)


def total(day: str | None = "2024-03-01", **fields: Any) -> J:
    return observation("44261-6", day, **fields)


TOTALS: list[tuple[str, J, str]] = [
    ("a whole number", total(valueInteger=14), "PHQ-9 2024-03-01 14"),
    (
        "a quantity with its unit",
        total(valueQuantity={"value": 14, "unit": "{score}", "code": "{score}"}),
        "PHQ-9 2024-03-01 14",
    ),
    ("a quantity without a unit", total(valueQuantity={"value": 14}), "PHQ-9 2024-03-01 14"),
    ("a text", total(valueString="12"), "PHQ-9 2024-03-01 12"),
    ("a text with the most", total(valueString="12/27"), "PHQ-9 2024-03-01 12"),
    ("a text with words", total(valueString="12 (moderate)"), "PHQ-9 2024-03-01 12"),
    ("zero is a score", total(valueInteger=0), "PHQ-9 2024-03-01 0"),
    ("only issued", total(None, issued="2024-03-02T10:00:00Z", valueInteger=9), "PHQ-9 2024-03-02 9"),
    ("a month", total("2024-03", valueInteger=9), "PHQ-9 2024-03-01~2024-03-31 9"),
    ("a zone never moves the day", total("2024-03-01T23:59:00-10:00", valueInteger=9), "PHQ-9 2024-03-01 9"),
    (
        "a period",
        total(None, effectivePeriod={"start": "2024-03-01", "end": "2024-03-03"}, valueInteger=9),
        "PHQ-9 2024-03-01~2024-03-03 9",
    ),
    ("amended", total(status="amended", valueInteger=9), "PHQ-9 2024-03-01 9"),
    ("preliminary", total(status="preliminary", valueInteger=9), "PHQ-9 2024-03-01 9"),
    ("SNOMED", observation(concept((SCT, "720433000", None)), valueInteger=9), "PHQ-9 2024-03-01 9"),
    ("the panel's code for the total", observation("44249-1", valueInteger=9), "PHQ-9 2024-03-01 9"),
    ("GAD-7", observation("70274-6", valueInteger=9), "GAD-7 2024-03-01 9"),
    (
        "MADRS by its name",
        observation(concept(text="MADRS total score"), valueInteger=31),
        "MADRS 2024-03-01 31",
    ),
    (
        "HAM-D by a local code",
        observation(concept(("http://local", "H17", "HAM-D 17 total")), valueInteger=22),
        "HAM-D17 2024-03-01 22",
    ),
    (
        "QIDS by its name",
        observation(concept(text="QIDS-SR16"), valueQuantity={"value": 15}),
        "QIDS-SR16 2024-03-01 15",
    ),
]


@pytest.mark.parametrize(("case", "expected"), [row[1:] for row in TOTALS], ids=[row[0] for row in TOTALS])
def test_a_total(case: J, expected: str) -> None:
    found = record(case)
    assert [score_line(row) for row in found.scores] == [expected]
    assert found.used == ["Observation/o1", "Patient/p"]


UNUSED: list[tuple[str, J, str]] = [
    ("300 of 27", total(valueInteger=300), "out_of_range"),
    ("below zero", total(valueInteger=-1), "out_of_range"),
    ("status unknown", total(status="unknown", valueInteger=9), "status_unknown"),
    ("entered in error", total(status="entered-in-error", valueInteger=9), "entered_in_error"),
    ("cancelled", total(status="cancelled"), "cancelled"),
    ("registered", total(status="registered"), "registered"),
    ("no value", total(), "no_value"),
    ("no date", total(None, valueInteger=9), "no_date"),
    ("words only", total(valueString="moderate"), "not_a_number"),
    ("at most", total(valueString="<5"), "not_a_number"),
    ("percent", total(valueQuantity={"value": 40, "unit": "%"}), "wrong_unit"),
    ("the tenth question", observation("69722-7", valueInteger=2), "not_score"),
    (
        "code and name are different scales",
        observation(concept((LOINC, "75624-7", "AUDIT-C")), valueInteger=5),
        "code_and_name_disagree",
    ),
    (
        "an item by name is no total",
        observation(concept(text="PHQ-9 item 3"), valueInteger=2),
        "unknown_code",
    ),
    ("nothing of use", observation("99999-9", valueInteger=2), "unknown_code"),
]


@pytest.mark.parametrize(("case", "reason"), [row[1:] for row in UNUSED], ids=[row[0] for row in UNUSED])
def test_no_score(case: J, reason: str) -> None:
    found = record(case)
    assert not found.scores
    assert reasons(found) == {"Observation/o1": reason}


def answer(level: int) -> J:
    return {"valueCodeableConcept": concept((LOINC, ANSWERS[level], WORDS[level]))}


def items(levels: tuple[int, ...], day: str = "2024-03-01") -> list[J]:
    return [
        observation(code, day, id=f"i{n}", **answer(level))
        for n, (code, level) in enumerate(zip(ITEMS, levels, strict=False), 1)
    ]


def test_items_of_a_day_make_the_total() -> None:
    found = record(*items((1, 2, 3, 0, 1, 2, 3, 0, 1)))
    assert [score_line(row) for row in found.scores] == [
        "PHQ-9 2024-03-01 13 [1:1,2:2,3:3,4:0,5:1,6:2,7:3,8:0,9:1] suicide=1"
    ]
    assert len(found.scores[0].source_ids) == 9


def test_items_without_one_have_no_total_but_are_kept() -> None:
    found = record(*items((1, 2, 3, 0, 1, 2, 3, 0, 1))[1:])
    assert [score_line(row) for row in found.scores] == [
        "PHQ-9 2024-03-01 ? [2:2,3:3,4:0,5:1,6:2,7:3,8:0,9:1] suicide=1"
    ]


def test_the_item_on_suicide_alone_is_kept() -> None:
    found = record(observation("44260-8", valueInteger=2))
    assert [score_line(row) for row in found.scores] == ["PHQ-9 2024-03-01 ? [9:2] suicide=2"]


def test_items_beside_their_total_are_one_score() -> None:
    found = record(*items((1,) * 9), total(valueInteger=9, id="t"))
    assert [score_line(row).split(" [")[0] for row in found.scores] == ["PHQ-9 2024-03-01 9"]
    assert len(found.scores[0].source_ids) == 10


def test_two_items_are_a_phq_2_and_eight_a_phq_8() -> None:
    assert [score_line(row) for row in record(*items((1, 2))).scores] == ["PHQ-2 2024-03-01 3 [1:1,2:2]"]
    assert score_line(record(*items((1,) * 8)).scores[0]).startswith("PHQ-8 2024-03-01 8")


def test_items_of_two_days_are_two_scores() -> None:
    first, second = items((1,) * 9), items((2,) * 9, "2024-05-01")
    for number, one in enumerate(second):
        one["id"] = f"j{number}"
    assert [row.value for row in record(*first, *second).scores] == [9.0, 18.0]


def test_a_panel_with_members() -> None:
    own = items((1,) * 9)
    members = [{"reference": f"Observation/{one['id']}"} for one in own]
    found = record(observation("44249-1", id="panel", hasMember=members), *own)
    assert [row.value for row in found.scores] == [9.0]
    assert "Observation/panel" in found.used
    assert not found.unused


def test_a_panel_without_anything() -> None:
    assert reasons(record(observation("44249-1"))) == {"Observation/o1": "no_value"}


def test_components() -> None:
    parts = [{"code": concept((LOINC, code, None)), "valueInteger": 1} for code in ITEMS]
    found = record(observation("44249-1", component=parts))
    assert [row.value for row in found.scores] == [9.0]
    assert found.scores[0].source_ids == ("Observation/o1",)


def test_an_impossible_item_is_not_counted() -> None:
    found = record(*items((1,) * 8), observation("44260-8", valueInteger=4, id="i9"))
    assert found.scores[0].items == dict.fromkeys(range(1, 9), 1)
    assert reasons(found) == {"Observation/i9": "unreadable_answers"}


def test_the_same_total_told_twice_is_one_score() -> None:
    found = record(total(valueInteger=9, id="a"), total(valueString="9", id="b"))
    assert [row.source_ids for row in found.scores] == [("Observation/a", "Observation/b")]


def test_two_totals_of_a_day_are_two_scores() -> None:
    found = record(total(valueInteger=9, id="a"), total(valueInteger=12, id="b"))
    assert sorted(row.value or 0 for row in found.scores) == [9.0, 12.0]


def form(
    links: tuple[str, ...],
    levels: tuple[int, ...],
    *,
    coded: bool = True,
    texts: tuple[str, ...] = (),
    **fields: Any,
) -> J:
    """Return a response with one answered question for each link id."""
    rows = []
    for number, (link, level) in enumerate(zip(links, levels, strict=True)):
        given = (
            {"valueCoding": {"system": LOINC, "code": ANSWERS[level]}} if coded else {"valueInteger": level}
        )
        rows.append(
            {"linkId": link, "answer": [given]} | ({"text": texts[number]} if number < len(texts) else {})
        )
    base: J = {"status": "completed", "authored": "2024-03-01T10:00:00Z", "item": rows}
    return resource("QuestionnaireResponse", **(base | fields))


SEVEN, NINE = (1, 2, 3, 0, 1, 2, 3), (1, 2, 3, 0, 1, 2, 3, 0, 1)
PHQ: dict[str, Any] = {"questionnaire": "http://x.org/Questionnaire/PHQ-9"}
FORMS: list[tuple[str, J, str]] = [
    ("slash and LOINC", form(tuple(f"/{code}" for code in ITEMS), NINE), "PHQ-9 2024-03-01 13"),
    (
        "slash, LOINC and text",
        form(tuple(f"/{code}" for code in ITEMS), NINE, texts=TEXTS),
        "PHQ-9 2024-03-01 13",
    ),
    ("LOINC", form(ITEMS, NINE), "PHQ-9 2024-03-01 13"),
    ("nested path", form(tuple(f"/44249-1/{code}" for code in ITEMS), NINE), "PHQ-9 2024-03-01 13"),
    ("H1/T1/Q1", form(tuple(f"H1/T1/Q{n}" for n in range(1, 10)), NINE), "PHQ-9 2024-03-01 13"),
    ("PHQ.1", form(tuple(f"PHQ.{n}" for n in range(1, 11)), (*NINE, 2)), "PHQ-9 2024-03-01 13"),
    ("PHQ-9.1", form(tuple(f"PHQ-9.{n}" for n in range(1, 11)), (*NINE, 2)), "PHQ-9 2024-03-01 13"),
    (
        "phq-phq9-q01",
        form(tuple(f"phq-phq9-q{n:02}" for n in range(1, 11)), (*NINE, 2)),
        "PHQ-9 2024-03-01 13",
    ),
    ("phq-phq2a", form(tuple(f"phq-phq2{c}" for c in "abcdefghi"), NINE), "PHQ-9 2024-03-01 13"),
    (
        "g1.q1 of a form that says PHQ-9",
        form(tuple(f"g1.q{n}" for n in range(1, 10)), NINE, **PHQ),
        "PHQ-9 2024-03-01 13",
    ),
    ("phq9-q1", form(tuple(f"phq9-q{n}" for n in range(1, 10)), NINE), "PHQ-9 2024-03-01 13"),
    ("TotalScore", form(("TotalScore",), (17,), coded=False, **PHQ), "PHQ-9 2024-03-01 17"),
    (
        "a number each, the form says which",
        form(tuple(f"q{n}" for n in range(1, 10)), NINE, **PHQ),
        "PHQ-9 2024-03-01 13",
    ),
    ("numbers", form(ITEMS, NINE, coded=False), "PHQ-9 2024-03-01 13"),
    ("stopped, but complete", form(ITEMS, NINE, status="stopped"), "PHQ-9 2024-03-01 13"),
    ("incomplete", form(ITEMS[:8], NINE[:8]), "PHQ-8 2024-03-01 12"),
    ("GAD-7 by LOINC", form(tuple(f"/{code}" for code in GAD), SEVEN), "GAD-7 2024-03-01 12"),
    ("gad7-q1", form(tuple(f"gad7-q{n}" for n in range(1, 8)), SEVEN), "GAD-7 2024-03-01 12"),
    ("gad7.1", form(tuple(f"gad7.{n}" for n in range(1, 8)), SEVEN), "GAD-7 2024-03-01 12"),
    (
        "QIDS-SR: the highest of its groups",
        form(
            tuple(f"qids-{n}" for n in range(1, 17)),
            (1, 3, 0, 2, 2, 0, 1, 2, 0, 1, 1, 0, 1, 1, 2, 0),
            coded=False,
            questionnaire="http://x.org/Questionnaire/QIDS-SR16",
        ),
        "QIDS-SR16 2024-03-01 13",
    ),
    (
        "the stated total before the sum",
        form((*(f"/{code}" for code in ITEMS), "/44261-6"), (*NINE, 12), coded=False),
        "PHQ-9 2024-03-01 12",
    ),
]


@pytest.mark.parametrize(("case", "expected"), [row[1:] for row in FORMS], ids=[row[0] for row in FORMS])
def test_a_questionnaire(case: J, expected: str) -> None:
    found = record(case)
    assert [score_line(row).split(" [")[0] for row in found.scores] == [expected]


def test_a_draft_weight_of_four_is_a_three() -> None:
    weight = [{"url": "http://hl7.org/fhir/StructureDefinition/itemWeight", "valueDecimal": 4}]
    rows = [
        {
            "linkId": f"H1/T1/Q{n}",
            "answer": [{"valueCoding": {"code": "d", "display": "Nearly every day", "extension": weight}}],
        }
        for n in range(1, 10)
    ]
    found = record(form((), (), item=rows))
    assert [row.value for row in found.scores] == [27.0]


def test_codes_of_another_form_are_not_believed() -> None:
    case = form(ITEMS[:3], (1, 1, 1), texts=("Headache?", "Back pain?", "Dizziness?"))
    nested = [
        {"linkId": "/X789", "item": [row | {"linkId": f"/X789/{row['linkId']}"} for row in case["item"]]}
    ]
    found = record(case | {"item": nested})
    assert not found.scores
    assert reasons(found) == {"QuestionnaireResponse/q1": "not_this_scale"}


def test_a_form_of_something_else() -> None:
    case = form(("smoke", "drink"), (1, 1), questionnaire="http://x.org/Questionnaire/habits")
    assert reasons(record(case)) == {"QuestionnaireResponse/q1": "unknown_questionnaire"}


def test_a_form_in_error_and_one_without_date() -> None:
    assert list(reasons(record(form(ITEMS, NINE, status="entered-in-error"))).values()) == [
        "entered_in_error"
    ]
    assert list(reasons(record(form(ITEMS, NINE, authored=None))).values()) == ["no_date"]


def test_a_form_and_its_observations_are_one_score() -> None:
    found = record(form(ITEMS, NINE), *items(NINE), total(valueString="13", id="t"))
    assert [row.value for row in found.scores] == [13.0]
    assert not found.unused
