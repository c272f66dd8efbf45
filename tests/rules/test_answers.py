"""Answers: each kind settles what it was asked for, all open verdicts can be settled, wrong ones say so."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from opentrd import read
from opentrd.errors import InputError
from opentrd.kleene import YES
from opentrd.records.model import Condition, Exposure, Person, Record
from opentrd.rules.answers import apply_answers
from opentrd.rules.judge import judge_record
from opentrd.rules.model import Judged, Question, Status
from tests.spec.harness import load_cases
from tests.spec.rows import BOOK, as_of, days, record_of

SPECS = Path(__file__).parents[1] / "spec"
SAMPLES = Path(__file__).parents[2] / "src/opentrd/samples"
STAGES = ("judgement", "outcome", "question", "status", "staging")
TODAY = date(2026, 7, 1).toordinal()
INSTRUMENT = BOOK.default_instrument
ROUNDS = 4


def judge(record: Record, today: int = TODAY) -> Judged:
    return judge_record(record, BOOK, today, INSTRUMENT)


def answered(record: Record, answers: Mapping[str, object], today: int = TODAY) -> Judged:
    return judge(apply_answers(record, judge(record, today).trials, answers, BOOK, today), today)


def exposure(treatment: str, start: str, end: str | None, **more: object) -> Exposure:
    begun, ended = days(start), days(end)
    values: dict[str, object] = {
        "person_id": "p",
        "source_ids": (f"{treatment}-{start}",),
        "treatment": treatment,
        "kind": BOOK.treatments[treatment].kind,
        "origin": "statement",
        "start_earliest": begun[0],
        "start_latest": begun[1],
        "end_earliest": ended[0],
        "end_latest": ended[1],
        "dose_unit": BOOK.treatments[treatment].dose_unit,
        "reported_response": "none",
        **more,
    }
    return Exposure(**values)  # type: ignore[arg-type]


SERTRALINE = exposure("sertraline", "2026-01-05", "2026-03-02", dose_low=100, dose_high=100, taken_low=1)


def person(*lines: Exposure, suspected: str | None = None, birth: str | None = "1980-01-01") -> Record:
    conditions = [Condition(person_id="p", source_ids=("c",), concept="depressive_episode_unspecified")]
    if suspected is not None:
        conditions.append(
            Condition(person_id="p", source_ids=("s",), concept=suspected, verification="provisional")
        )
    born = days(birth)
    return Record(
        person=Person(person_id="p", birth_earliest=born[0], birth_latest=born[1]),
        exposures=[SERTRALINE, *lines],
        conditions=conditions,
    )


def row(judged: Judged, definition: str) -> Status:
    return next(s for s in judged.status if s.definition == definition)


def venlafaxine(**more: object) -> Exposure:
    return exposure("venlafaxine", "2026-03-02", "2026-04-27", **{"dose_low": 150, "dose_high": 150, **more})


NO_DOSE = venlafaxine(dose_low=None, dose_high=None)
NO_END = venlafaxine(end_earliest=None, end_latest=None)
COMBINED = exposure("olanzapine-fluoxetine", "2026-03-02", "2026-05-04", dose_low=6, dose_high=6)
ORDERED = [
    venlafaxine(origin="order", source_ids=("order",), taken_low=1.0, taken_high=1.0),
    venlafaxine(origin="dispense", source_ids=("d",), end_earliest=None, end_latest=None, supply_days=14),
]


@pytest.mark.parametrize(
    ("record", "definition", "answer", "value", "verdict"),
    [
        (person(NO_DOSE), "ema_2013", "dose:venlafaxine-2026-03", 150, "met"),
        (person(NO_DOSE), "ema_2013", "dose:venlafaxine-2026-03", "37.5", "not_met"),
        (person(venlafaxine(dose_low=75)), "ema_2013", "dose:venlafaxine-2026-03", 75, "not_met"),
        (person(COMBINED), "ema_2013", "dose:fluoxetine-2026-03", 40, "met"),
        (person(NO_END), "ema_2013", "duration:venlafaxine-2026-03", "2026-03-29", "met"),
        (person(NO_END), "ema_2013", "duration:venlafaxine-2026-03", date(2026, 3, 28), "not_met"),
        (person(NO_END), "ema_2013", "duration:venlafaxine-2026-03", "ongoing", "met"),
        (person(*ORDERED), "ema_2013", "duration:venlafaxine-2026-03", "2026-04-26", "met"),
        (person(*ORDERED), "ema_2013", "duration:venlafaxine-2026-03", "2026-03-16", "not_met"),
        (
            person(venlafaxine(reported_response=None)),
            "ema_2013",
            "outcome:venlafaxine-2026-03",
            "none",
            "met",
        ),
        (
            person(venlafaxine(reported_response=None)),
            "ema_2013",
            "outcome:venlafaxine-2026-03",
            "lot",
            "not_met",
        ),
        (person(venlafaxine()), "aafp_2009", "intake:venlafaxine-2026-03", "all", "met"),
        (person(venlafaxine()), "aafp_2009", "intake:venlafaxine-2026-03", "little", "not_met"),
        (
            person(venlafaxine(doubt="duloxetine")),
            "ema_2013",
            "treatment:venlafaxine-2026-03",
            "venlafaxine",
            "met",
        ),
        (
            person(exposure("cbt", "2026-03-02", "2026-05-25")),
            "tads_2012",
            "sessions:cbt-2026-03",
            12,
            "met",
        ),
        (
            person(exposure("cbt", "2026-03-02", "2026-05-25")),
            "tads_2012",
            "sessions:cbt-2026-03",
            4,
            "not_met",
        ),
        (person(venlafaxine(), suspected="bipolar_ii"), "sforzini_2022", "condition:bipolar", "no", "met"),
        (
            person(venlafaxine(), suspected="bipolar_ii"),
            "sforzini_2022",
            "condition:bipolar",
            True,
            "excluded",
        ),
        (
            person(venlafaxine(), suspected="depression_psychotic"),
            "us_label_esketamine",
            "condition:psychosis",
            False,
            "met",
        ),
        (person(venlafaxine(), birth=None), "has_fr", "birth_date:person", "1980-05-01", "met"),
        (person(venlafaxine(), birth=None), "has_fr", "birth_date:person", "1950-05-01", "not_met"),
    ],
)
def test_an_answer_settles(record: Record, definition: str, answer: str, value: object, verdict: str) -> None:
    before = row(judge(record), definition)
    assert before.verdict == "undetermined"
    assert answer in before.questions
    assert row(answered(record, {answer: value}), definition).verdict == verdict


def test_a_start_settles() -> None:
    record = person(exposure("venlafaxine", "2026-03", "2026-04-13", dose_low=150, dose_high=150))
    asked = "start:venlafaxine-2026-03"
    assert row(judge(record), "ema_2013").questions == (asked,)
    assert row(answered(record, {asked: "2026-03-16"}), "ema_2013").verdict == "met"
    assert row(answered(record, {asked: "2026-03-17"}), "ema_2013").verdict == "not_met"


def test_a_reason_for_stopping_settles() -> None:
    record = person(venlafaxine(end_earliest=days("2026-03-16")[0], end_latest=days("2026-03-16")[0]))
    record.exposures[0] = exposure("sertraline", "2026-01-05", "2026-01-19", stop_reasons=("adverse",))
    assert row(judge(record), "three_d").questions == ("stop_reason:venlafaxine-2026-03",)
    for reasons, verdict in ((["wish", "adverse"], "met"), ("wish", "not_met")):
        judged = answered(record, {"stop_reason:venlafaxine-2026-03": reasons})
        assert row(judged, "three_d").verdict == verdict


def test_what_the_record_knows_stays() -> None:
    judged = answered(person(NO_DOSE), {"dose:venlafaxine-2026-03": 150, "dose:sertraline-2026-01": 10})
    assert judged.trials[0].dose_max_high == 100


def test_the_record_given_is_not_changed() -> None:
    record = person(NO_DOSE, suspected="bipolar_ii")
    kept = repr(record)
    answered(record, {"dose:venlafaxine-2026-03": 150, "condition:bipolar": "no"})
    assert repr(record) == kept


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("dose:nothing-2026-03", 150, "no such question"),
        ("weight:venlafaxine-2026-03", 80, "no such question"),
        ("dose", 150, "no such question"),
        ("dose:venlafaxine-2026-03", "much", "not a number"),
        ("dose:venlafaxine-2026-03", -5, "not a number"),
        ("dose:venlafaxine-2026-03", True, "not a number"),
        ("dose:venlafaxine-2026-03", float("nan"), "not a number"),
        ("dose:venlafaxine-2026-03", None, "not a number"),
        ("duration:venlafaxine-2026-03", "spring", "not a date"),
        ("duration:venlafaxine-2026-03", "2025-12-24", "before the start"),
        ("duration:venlafaxine-2026-03", "2027-01-01", "after what the record allows"),
        ("start:venlafaxine-2026-03", "2026-01-01", "outside what the record says"),
        ("outcome:venlafaxine-2026-03", "well, a lot", "not one of the choices"),
        ("outcome:venlafaxine-2026-03", ["none"], "not one of the choices"),
        ("intake:venlafaxine-2026-03", 0.5, "not one of the choices"),
        ("stop_reason:venlafaxine-2026-03", ["adverse", "boredom"], "not one of the choices"),
        ("treatment:venlafaxine-2026-03", "lithium", "not one of the choices"),
        ("sessions:venlafaxine-2026-03", 2.5, "not a whole number"),
        ("condition:bipolar", "perhaps", "not one of the choices"),
        ("condition:melancholy", "yes", "no such condition"),
        ("birth_date:person", "1981-01-01", "not the birth date"),
        ("birth_date:person", "young", "not a date"),
        ("value:shoe_size", 42, "no such value"),
        ("value:qtc", "high", "not a measured value"),
        ("value:qtc", 0, "not a measured value"),
        ("value:qtc", 1e5, "not a measured value"),
        ("value:qtc", float("nan"), "not a measured value"),
        ("value:qtc", True, "not a measured value"),
        ("value:qtc", [460], "not a measured value"),
        ("value:qtc", {"unit": "ms"}, "not a measured value"),
        ("value:qtc", {"value": 460, "lead": "II"}, "more than value, unit and day"),
        ("value:qtc", {"value": 460, "unit": "s"}, "not a unit read here"),
        ("value:qtc", {"value": 460, "unit": 1}, "not a unit read here"),
        ("value:qtc", {"value": 460, "day": "spring"}, "not a date"),
        ("value:qtc", {"value": 460, "day": "2026-07-02"}, "after that of the assessment"),
    ],
)
def test_a_wrong_answer_says_what_is_wrong(key: str, value: object, what: str) -> None:
    record = person(venlafaxine())
    with pytest.raises(InputError) as error:
        apply_answers(record, judge(record).trials, {key: value}, BOOK, TODAY)
    assert key in str(error.value)
    assert what in str(error.value)


@pytest.mark.parametrize(
    ("told", "value", "unit", "day"),
    [
        (62, 62.0, "mL/min/1.73 m2", TODAY),
        ("62,5", 62.5, "mL/min/1.73 m2", TODAY),
        ({"value": 62.5, "unit": "mL/min/{1.73_m2}"}, 62.5, "mL/min/{1.73_m2}", TODAY),
        ({"value": 62, "day": "2026-06-20"}, 62.0, "mL/min/1.73 m2", date(2026, 6, 20).toordinal()),
        ({"value": 62, "day": date(2026, 6, 20)}, 62.0, "mL/min/1.73 m2", date(2026, 6, 20).toordinal()),
        ({"value": 62, "unit": None, "day": None}, 62.0, "mL/min/1.73 m2", TODAY),
    ],
)
def test_a_measured_value_is_an_observation(told: object, value: float, unit: str, day: int) -> None:
    record = person()
    (seen,) = apply_answers(record, [], {"value:egfr": told}, BOOK, TODAY).observations
    assert (seen.concept, seen.kind, seen.source_ids) == ("egfr", "laboratory", ("answer#value:egfr",))
    assert (seen.value, seen.unit, seen.day_earliest, seen.day_latest) == (value, unit, day, day)


# Every open verdict can be settled by answers to its questions


def values(question: Question, record: Record, judged: Judged, today: int) -> list[object]:
    """Answers from the ends of what is possible."""
    if question.choices:
        if question.field == "stop_reason":
            return ["adverse", "wish"]
        return [question.choices[0], question.choices[-1]]
    if question.type == "number":
        return [0, 1000]
    if question.field == "birth_date":
        low, high = record.person.birth_earliest, record.person.birth_latest
        return [date.fromordinal(low or days("1980-01-01")[0] or 1), date.fromordinal(high or 700_000)]
    era = next(t for t in judged.trials if t.id == question.about).era
    first, last = (
        (era.start_earliest, era.start_latest)
        if question.field == "start"
        else (max(era.start_earliest, min(era.end_latest - 1, era.start_latest)), era.end_latest - 1)
    )
    return [date.fromordinal(first), date.fromordinal(last)]


def unsettled(record: Record, today: int, rounds: int = ROUNDS) -> list[str]:
    """The open verdicts with questions that no answers settled, asking again up to ``rounds`` times."""
    judged = judge(record, today)
    rows = [s for s in judged.status if s.verdict == "undetermined" and s.questions]
    left = {(s.definition, s.episode): s.questions for s in rows}
    by_id = {q.id: q for q in judged.questions}
    for asked in dict.fromkeys(left.values()):
        waiting = [key for key, questions in left.items() if questions == asked]
        choices = [values(by_id[q], record, judged, today) for q in asked]
        again = []
        for told in product(*choices):
            after = apply_answers(record, judged.trials, dict(zip(asked, told, strict=True)), BOOK, today)
            now = {(s.definition, s.episode): s.verdict for s in judge(after, today).status}
            waiting = [key for key in waiting if now.get(key, "gone") == "undetermined"]
            again.append(after)
            if not waiting:
                break
        for key in waiting:
            if not any(settled_later(after, key, today, rounds - 1) for after in again):
                left[key] = ("unsettled",)
    return [f"{d} {e}" for (d, e), questions in left.items() if questions == ("unsettled",)]


def settled_later(record: Record, key: tuple[str, str | None], today: int, rounds: int) -> bool:
    return rounds > 0 and f"{key[0]} {key[1]}" not in unsettled(record, today, rounds)


def cases() -> Iterator[object]:
    for stage in STAGES:
        for spec in sorted((SPECS / stage).glob("*.toml")):
            yield pytest.param(spec, id=f"{stage}/{spec.stem}")


@pytest.mark.parametrize("spec", list(cases()))
def test_answers_can_settle_every_open_verdict_of_the_specifications(spec: Path) -> None:
    bad = {}
    for case in load_cases(spec.parent):
        if case.path == spec and (left := unsettled(record_of(case), as_of(case))):
            bad[case.title] = left
    assert not bad


def samples() -> list[Mapping[str, object]]:
    found: list[Mapping[str, object]] = tomllib.loads((SAMPLES / "index.toml").read_text("utf-8"))["sample"]
    return found


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: str(sample["id"]))
def test_answers_can_settle_every_open_verdict_of_the_samples(sample: Mapping[str, object]) -> None:
    (record,) = read(SAMPLES / str(sample["file"]))
    day = sample["as_of"]
    assert isinstance(day, date)
    assert unsettled(record, day.toordinal()) == []


def test_questions_are_three_at_most_and_settle_what_they_say() -> None:
    for stage in STAGES:
        for case in load_cases(SPECS / stage):
            judged = judge(record_of(case), as_of(case))
            ids = {q.id for q in judged.questions}
            for s in judged.status:
                assert len(s.questions) <= BOOK.conventions.questions_at_once
                assert ids >= set(s.questions)
                assert not s.questions or s.verdict == "undetermined"
            for q in judged.questions:
                asking = {s.definition for s in judged.status if q.id in s.questions}
                assert set(q.settles) == asking


def test_ongoing_is_an_end_too() -> None:
    judged = answered(person(NO_END), {"duration:venlafaxine-2026-03": "ongoing"})
    assert judged.trials[1].ongoing == YES
