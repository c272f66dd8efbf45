"""What a person says of their health: a yes is kept as said, a no denies, what it can't say stays open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from opentrd import assess
from opentrd.assessment import Assessment
from opentrd.errors import InputError
from opentrd.records.model import Exposure, Person, Record
from opentrd.rules.told import caution_choices, check_choices
from tests.spec.rows import BOOK

TODAY = date(2026, 7, 1)


def told(answers: Mapping[str, object], sex: str | None = "female") -> Assessment:
    person = Person(person_id="p", source_ids=("p",), sex=sex, birth_earliest=723180, birth_latest=723180)
    taken = Exposure(
        person_id="p",
        source_ids=("x",),
        treatment="sertraline",
        kind="medicine",
        origin="statement",
        start_earliest=739300,
        start_latest=739300,
        dose_low=100,
        dose_high=100,
        dose_unit="mg",
    )
    return assess(Record(person=person, exposures=[taken]), as_of=TODAY, answers=answers)


def finding(a: Assessment, check: str) -> str:
    return next(line.finding for line in a.review if line.check == check)


#: Answer, check, what the review says of it then.
FINDINGS = [
    ("check:anxiety", "yes", "anxiety", "present"),
    ("check:anxiety", "no", "anxiety", "absent"),
    ("check:anxiety", True, "anxiety", "present"),
    ("check:anxiety", "no", "trauma", "unknown"),
    ("check:trauma", "yes", "trauma", "present"),
    ("check:bipolar_family", "no", "bipolar_family", "absent"),
    ("check:violence", "yes", "violence", "present"),
    ("check:hopelessness", "yes", "hopelessness", "present"),
    ("check:suicidal_thoughts", "no", "suicidal_thoughts", "absent"),
    ("caution:seizure", "no", "epilepsy", "absent"),
    ("caution:seizure", "no", "stroke", "unknown"),
    ("caution:seizure", "yes", "epilepsy", "present"),
]


@pytest.mark.parametrize(("key", "value", "check", "expected"), FINDINGS)
def test_an_answer_reaches_the_review(key: str, value: object, check: str, expected: str) -> None:
    a = told({key: value})
    assert finding(told({}), check) == "unknown"
    assert finding(a, check) == expected
    if key.startswith("check:") and expected != "unknown":
        line = next(line for line in a.review if line.check == check)
        assert line.sources[0] == f"answer#{key}"
        assert line.ask is None


@pytest.mark.parametrize("check", sorted(c.check for c in BOOK.checks.values() if check_choices(c)))
@pytest.mark.parametrize(("value", "expected"), [("yes", "present"), ("no", "absent")])
def test_every_check_that_takes_an_answer_shows_it(check: str, value: str, expected: str) -> None:
    lines = [line for line in told({f"check:{check}": value}).review if line.check == check]
    assert [line.finding for line in lines] == [expected] * len(lines)


def test_a_yes_to_a_check_is_no_diagnosis_and_a_no_denies_what_it_looks_for() -> None:
    assert told({"check:trauma": "yes"}).context.find("ptsd").state == "not_recorded"
    assert told({"check:trauma": "no"}).context.find("ptsd").state == "denied"


def test_thoughts_of_suicide_that_are_told_are_seen_by_the_rules_of_safety() -> None:
    assert not told({}).safety
    assert {found.statement.key for found in told({"check:suicidal_thoughts": "yes"}).safety}


#: Answer, the question that cautions asked before and no longer ask, whether one of them holds then.
SETTLED = [
    ("caution:seizure", "no", "caution.ask.seizure", False),
    ("caution:seizure", "yes", "caution.ask.seizure", True),
    ("caution:heart", "no", "caution.ask.heart", False),
    ("caution:vessels", "no", "caution.ask.vessels", False),
    ("caution:metal", "no", "caution.ask.metal", False),
    ("caution:metal", "yes", "caution.ask.metal", True),
    ("caution:liver", "no", "caution.ask.liver", False),
    ("caution:pregnancy", "no", "caution.ask.pregnancy", False),
    ("caution:pregnancy", "yes", "caution.ask.pregnancy", True),
    ("caution:allergy", "no", "caution.ask.allergy", False),
]


def asked(a: Assessment, question: str) -> int:
    cautions = [c for option in a.options for c in option.cautions]
    return sum(c.ask is not None and c.ask.key == question for c in cautions)


@pytest.mark.parametrize(("key", "value", "question", "holds"), SETTLED)
def test_an_answer_settles_the_cautions_that_wait_for_it(
    key: str, value: str, question: str, holds: bool
) -> None:
    before, after = told({}), told({key: value})
    assert asked(before, question)
    assert asked(after, question) < asked(before, question)
    source = f"answer#{key}"
    mine = [c for o in after.options for c in o.cautions if source in c.statement.sources]
    assert bool(mine) == holds


def test_a_yes_that_would_not_say_what_is_meant_is_not_offered() -> None:
    assert caution_choices("heart", BOOK) == ("no",)
    assert caution_choices("allergy", BOOK) == ("no",)
    assert caution_choices("kidney", BOOK) == ()
    assert check_choices(BOOK.checks["thyroid"]) == ()
    assert check_choices(BOOK.checks["trial_course"]) == ()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("check:nothing", "yes"),
        ("check:thyroid", "yes"),
        ("check:trial_course", "no"),
        ("check:anxiety", "perhaps"),
        ("check:anxiety", ["yes"]),
        ("caution:heart", "yes"),
        ("caution:kidney", "no"),
        ("caution:", "no"),
        ("check:", "no"),
    ],
)
def test_what_is_not_asked_is_refused_by_name(key: str, value: object) -> None:
    with pytest.raises(InputError) as found:
        told({key: value})
    assert found.value.place == key
