"""The options: never empty, never unsafe, in the order of the table, each with every reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from opentrd.kleene import NO, UNKNOWN, YES
from opentrd.knowledge.loader import load
from opentrd.present.words import Words
from opentrd.review.cautions import find_cautions
from opentrd.review.checks.line import cells
from opentrd.review.facts import CHECK, FACTS, FAILURES, Facts
from opentrd.review.option_rules.fit import FindCautions
from opentrd.review.option_rules.placing import HELPED, OF_FIT
from opentrd.review.options import options
from tests.review.cases import TODAY, condition, context, person, record, taken
from tests.review.steps import DEPRESSION, caution, failed, keys, listed, none, running
from tests.review.test_checklist import score

OPTIONS = load().options
ORDERS = load().option_orders


def test_tables_name_what_exists() -> None:
    known = load()
    for row in OPTIONS.values():
        for treatment in cells(row.treatments):
            assert treatment in known.treatments, row.option
        for figure in cells(row.figures):
            assert figure in known.figures, row.option
        columns = set(row.__struct_fields__)
        assert set(cells(row.unconfirmed)) <= columns, row.option
        for fact in (*cells(row.needs), *cells(row.shown_if)):
            _is_fact(fact)
        assert (row.min_failures is None) == (row.failures_by is None), row.option
        assert (row.medicines == "listed") <= bool(row.treatments), row.option
    categories = {row.category for row in OPTIONS.values()}
    for order in ORDERS.values():
        for option in cells(order.options):
            assert option in OPTIONS, order.place
        assert set(cells(order.categories)) <= categories, order.place
        for fact in cells(order.condition):
            if fact not in OF_FIT.values() and fact != HELPED:
                _is_fact(fact)


def _is_fact(name: str) -> None:
    if name.startswith(CHECK):
        assert name.removeprefix(CHECK) in load().checks, name
    else:
        assert name in FACTS or name.startswith(FAILURES), name


def test_names_in_words_are_those_of_the_table() -> None:
    words = Words("en", "clinician", load(), strict=True)
    for row in OPTIONS.values():
        assert words.text(f"option_name.{row.option}") == row.name
        assert words.text(f"option_what.{row.option}") == row.what_it_is


def test_every_option_of_the_facts_is_there() -> None:
    facts = Path(__file__).resolve().parents[3] / "shared" / "knowledge" / "interventions.csv"
    if not facts.exists():
        pytest.skip("the facts are not beside this checkout")
    import csv

    with facts.open(newline="", encoding="utf-8") as file:
        assert {row["id"] for row in csv.DictReader(file)} <= set(OPTIONS)


PLACES: list[tuple[str, list[Any], str, str]] = [
    ("a failed treatment", [failed("sertraline", 1)], "check_diagnosis", "diagnosis"),
    (
        "missed doses now",
        [running(taken_low=0.4, taken_high=0.5)],
        "check_adherence",
        "intake_low",
    ),
    ("silent intake", [running(taken_low=None, taken_high=None)], "check_adherence", "intake_open"),
    ("a low dose", [running(dose_low=10, dose_high=10)], "optimise_dose", "dose_low"),
    ("an unknown dose", [running(dose_low=None, dose_high=None)], "optimise_dose", "dose_open"),
    ("a short trial", [running(since=20)], "extend_trial", "too_short"),
    ("bipolar", [condition("bipolar_disorder")], "treat_bipolar", "bipolar_treatment"),
    (
        "bipolar suspected",
        [condition("bipolar_ii", verification="provisional")],
        "check_diagnosis",
        "bipolar_diagnosis",
    ),
    ("psychosis", [condition("psychosis")], "ect", "psychosis_ect"),
    ("psychosis presses", [condition("psychosis")], "refer_urgent", "danger"),
    ("an attempt lately", [condition("suicide_attempt")], "refer_urgent", "danger"),
    ("thyroid", [condition("hypothyroidism")], "treat_thyroid", "with_thyroid"),
    ("pain", [condition("fibromyalgia")], "treat_pain", "with_chronic_pain"),
    ("apnoea", [condition("sleep_apnoea")], "treat_osa", "with_sleep_apnoea"),
    ("anaemia", [condition("anaemia")], "treat_anaemia_b12", "with_anaemia_or_b12"),
    ("heart", [condition("heart_failure")], "treat_heart", "with_heart"),
    ("trauma", [condition("ptsd")], "treat_cooccurring", "with_other_condition"),
    ("alcohol", [condition("alcohol_use_disorder")], "alcohol", "with_alcohol"),
    ("drugs", [condition("opioid_use_disorder")], "alcohol", "with_drugs"),
    ("sleep", [condition("insomnia")], "cbti", "with_insomnia"),
    ("medicine against mood", [taken("prednisone")], "review_medicines", "worsening_medicine"),
    ("inducer", [taken("carbamazepine")], "review_medicines", "blocking_medicine"),
    ("two", [failed("sertraline", 1), failed("venlafaxine", 2)], "rtms", "first_line_stimulation"),
    ("one failure, adding", [failed("sertraline", 1), running()], "aripiprazole", "first_line_add"),
    ("one failure, change", [failed("sertraline", 1)], "switch_between", "first_line_switch"),
    ("one failure, therapy", [failed("sertraline", 1)], "cbt", "first_line_therapy"),
    ("both", [failed("sertraline", 1), running()], "med_plus_psy", "add_therapy"),
    (
        "a little help comes before change",
        [failed("sertraline", 1), running(reported_response="little")],
        "aripiprazole",
        "partial_add",
    ),
    ("self-harm pattern", [condition("borderline_personality_disorder")], "dbt", "self_harm_pattern"),
    ("long-lasting", [condition("dysthymia")], "cbasp", "long_lasting"),
    ("seasonal", [condition("seasonal_affective_disorder")], "light", "seasonal"),
    ("second line", [failed("sertraline", 1), running()], "lithium", "second_line_add"),
    ("rapid", [failed("sertraline", 1), failed("venlafaxine", 2)], "esketamine", "second_line_rapid"),
    (
        "three failures",
        [failed("sertraline", 1), failed("venlafaxine", 2), failed("mirtazapine", 3)],
        "esketamine",
        "second_line_more",
    ),
    ("tricyclic", [failed("sertraline", 1), failed("venlafaxine", 2)], "tca", "after_two_switch"),
    ("same class", [failed("sertraline", 1)], "switch_within", "same_class"),
    ("recurrent", [failed("sertraline", 1)], "mbct", "relapsing"),
    ("third line", [failed("sertraline", 1), failed("venlafaxine", 2)], "tdcs", "third_line"),
    ("not listed", [failed("sertraline", 1), running()], "lumateperone", "not_in_guideline"),
    ("nothing yet", [], "cbt", "therapy_first"),
    ("nothing yet", [], "pst", "therapy_second"),
    ("nothing yet", [], "exercise", "yourself"),
    ("nothing yet", [], "group", "other_therapy"),
    ("nothing yet", [], "refer", "refer_always"),
    ("two failures", [failed("sertraline", 1), failed("venlafaxine", 2)], "refer", "refer_now"),
    ("too early", [], "esketamine", "not_yet"),
    ("studies", [failed("sertraline", 1), failed("venlafaxine", 2)], "psilocybin", "studies"),
    (
        "attempt and severe",
        [condition("suicide_attempt"), score("PHQ-9", 25)],
        "ect",
        "danger_ect",
    ),
    ("mild", [score("PHQ-9", 7)], "exercise", "move"),
    ("all taken", [running(since=85)], "check_adherence", "remains"),
    (
        "helped",
        [
            failed("sertraline", 1),
            taken("ect", since=400, ended=370, sessions_low=10, reported_response="lot"),
        ],
        "ect",
        "helped_before",
    ),
]


@pytest.mark.parametrize(("name", "rows", "option", "place"), PLACES)
def test_rows_of_the_order_place_their_option(name: str, rows: list[Any], option: str, place: str) -> None:
    found = listed(*rows)[option]
    assert found.placed_by == f"option_order:{place}", (name, found)
    if found.fit not in ("later", "avoid"):
        row = ORDERS[place]
        assert found.fit == row.fit or option in ("optimise_dose",), name
        assert row.reason in keys(found)


def test_every_row_of_the_order_is_reached() -> None:
    reached = {place for _, _, _, place in PLACES} | {"not_now", "no_depression"}
    assert reached == set(ORDERS)
    assert listed(find=caution("avoid"))["cbt"].placed_by == "option_order:not_now"
    nothing = options(context(record(who=person(40, "male"))), none)
    assert nothing[0].placed_by == "option_order:no_depression"
    assert [o.option for o in nothing if o.fit == "suggested"] == ["check_diagnosis"]


def test_the_label_asks_for_failures() -> None:
    one, two = failed("sertraline", 1), failed("venlafaxine", 2)
    assert listed(one)["esketamine"].fit == "later"
    assert "option.failures_needed" in keys(listed(one)["esketamine"])
    perhaps = failed("venlafaxine", 2, reported_response=None, stop_reasons=())
    assert listed(one, perhaps)["esketamine"].fit == "possible"
    assert "option.failures_open" in keys(listed(one, perhaps)["esketamine"])
    assert "option.failures_met" in keys(listed(one, two)["esketamine"])


def test_what_was_tried_is_said_and_counts() -> None:
    one, two = failed("sertraline", 1), failed("venlafaxine", 2)
    between = listed(one, two, running("mirtazapine"))["switch_between"]
    assert "sertraline" not in between.medicines
    assert "venlafaxine" not in between.medicines
    assert "mirtazapine" not in between.medicines
    assert "option.tried_failed" in keys(between)
    therapy = taken("cbt", since=200, ended=20, sessions_low=16, sessions_high=16, reported_response="none")
    assert listed(one, therapy)["cbt"].fit == "later"
    short = taken("cbt", since=60, ended=20, sessions_low=3, sessions_high=3, reported_response="none")
    found = listed(one, short)["cbt"]
    assert found.fit == "suggested"
    assert "option.tried_not_fully" in keys(found)
    harmed = taken("ect", since=100, ended=80, sessions_low=3, sessions_high=3, stop_reasons=("adverse",))
    assert listed(one, two, harmed)["ect"].fit == "caution"
    going = taken("cbt", since=30, sessions_low=3, sessions_high=3)
    assert listed(one, going)["cbt"].fit == "later"
    assert "option.lacks.no_therapy_now" in keys(listed(one, running(), going)["med_plus_psy"])


def test_what_helped_before_comes_first() -> None:
    helped = taken(
        "ect", since=400, ended=370, sessions_low=10, sessions_high=10, reported_response="lot",
    )  # fmt: skip
    found = listed(failed("sertraline", 1), helped)["ect"]
    assert found.placed_by == "option_order:helped_before"
    assert found.fit == "suggested"


def test_a_full_dose_and_a_full_time_leave_no_more_of_the_same() -> None:
    full = listed(running("venlafaxine", since=100, dose_low=375, dose_high=375))
    assert full["optimise_dose"].fit == "later"
    assert "option.lacks.dose_may_rise" in keys(full["optimise_dose"])
    assert "option.lacks.time_left" in keys(full["extend_trial"])
    nothing = listed(failed("sertraline", 1))
    assert "option.lacks.medicine_now" in keys(nothing["optimise_dose"])
    assert "option.lacks.dose_may_rise" not in keys(nothing["optimise_dose"])


def test_nothing_is_added_to_nothing() -> None:
    found = listed(failed("sertraline", 1))["aripiprazole"]
    assert found.fit == "later"
    assert "option.lacks.base_antidepressant" in keys(found)


@pytest.mark.parametrize(
    ("find", "fit"),
    [
        (none, "suggested"),
        (caution("monitor"), "suggested"),
        (caution("caution", UNKNOWN), "suggested"),
        (caution("caution"), "caution"),
        (caution("avoid", UNKNOWN), "possible"),
        (caution("avoid", YES, TODAY + 10), "later"),
        (caution("avoid", YES, TODAY), "possible"),
        (caution("avoid"), "avoid"),
    ],
)
def test_cautions_limit_the_fit(find: FindCautions, fit: str) -> None:
    rows = [failed("sertraline", 1), failed("venlafaxine", 2), running("bupropion")]
    found = listed(*rows, find=find)
    assert found["aripiprazole"].fit == fit
    assert found["rtms"].fit == fit


def test_one_medicine_to_avoid_leaves_the_others() -> None:
    rows = [failed("sertraline", 1)]
    free = listed(*rows)["switch_between"]
    found = listed(*rows, find=caution("avoid", only=free.medicines[0]))["switch_between"]
    assert found.fit == "suggested"
    assert free.medicines[0] not in found.medicines
    assert "option.left_out_caution" in keys(found)
    asked = listed(*rows, find=caution("avoid", UNKNOWN, only=free.medicines[0]))["switch_between"]
    assert free.medicines[0] not in asked.medicines
    assert "option.ask_first" in keys(asked)


def test_preferences_move_within_a_line_only() -> None:
    rows = [failed("sertraline", 1), failed("venlafaxine", 2), running("bupropion")]
    plain = listed(*rows)
    wishes = {row.preference for row in load().preferences.values()}
    for wish in sorted(wishes):
        found = listed(*rows, preferences={wish: 5.0})
        places = [ORDERS[o.placed_by.partition(":")[2]].order for o in found.values()]
        assert places == sorted(places), wish
        assert {k: o.fit for k, o in found.items()} == {k: o.fit for k, o in plain.items()}, wish


def test_region_says_what_is_approved() -> None:
    rows = [failed("sertraline", 1), failed("venlafaxine", 2), failed("mirtazapine", 3), running("bupropion")]
    us, uk = listed(*rows, region="us")["esketamine"], listed(*rows, region="uk")["esketamine"]
    assert us.fit == "suggested"
    assert uk.fit == "possible"
    assert "option.approval" in keys(us)
    assert "vilazodone" not in listed(failed("venlafaxine", 1), region="uk")["switch_between"].medicines


def test_under_age_only_the_referral_remains() -> None:
    given_ = record(DEPRESSION, who=person(15, "female"))
    found = options(context(given_), none)
    assert [o.option for o in found] == ["refer"]
    assert "option.adults_only" in keys(found[0])


def test_facts_have_a_basis_or_are_silent() -> None:
    given_ = record(DEPRESSION, failed("sertraline", 1), running("bupropion"))
    facts = Facts(context(given_))
    for name in FACTS:
        fact = facts.find(name)
        assert fact.answer in (NO, UNKNOWN, YES)
        assert fact.answer != YES or fact.sources or name in ("always", "no_therapy_now", "depression")


def test_more_of_what_is_to_be_avoided_is_not_suggested() -> None:
    """Three weeks of citalopram, half the dose: more of it is suggested, but not with long QT."""
    for beside, fit in (([], "suggested"), ([condition("long_qt")], "avoid")):
        found = listed(
            running("citalopram", since=20, dose_low=20.0, dose_high=20.0), *beside, find=find_cautions
        )
        assert found["extend_trial"].fit == fit
        assert (found["optimise_dose"].fit == "avoid") == bool(beside)


def test_a_switch_to_the_second_line_is_not_suggested() -> None:
    """Beside an MAO inhibitor every first-line medicine needs a wash-out; quetiapine alone remains."""
    found = listed(failed("sertraline", 1), running("phenelzine"), find=find_cautions)["switch_between"]
    assert found.fit == "possible" and "option.first_line_left_out" in keys(found)
    assert any(said.key.startswith("washout.") for said in found.why)
