"""Every row of the caution table fires where it must and is silent where it must not; unknowns ask."""

from __future__ import annotations

import pytest

from opentrd.kleene import NO, UNKNOWN, YES
from opentrd.knowledge.loader import load
from opentrd.knowledge.schema import CautionRow
from opentrd.review.cautions import current_cautions, find_cautions, merged, questions
from opentrd.review.context import ReviewContext
from opentrd.review.model import Caution
from tests.review import cases
from tests.review.cases import condition, context, denied, observation, person, record, taken

ROWS = list(load().cautions.values())


def region_of(row: CautionRow) -> str | None:
    return (row.region or "").split(";")[0] or None


def of_row(row: CautionRow, where: ReviewContext) -> Caution | None:
    medicine = cases.subject_of(row)
    found = find_cautions(where, cases.option_of(medicine), medicine, replaces=frozenset())
    return next((c for c in found if c.caution == f"caution:{row.caution}"), None)


def named(found: tuple[Caution, ...]) -> dict[str, Caution]:
    return {c.caution.partition(":")[2]: c for c in found}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.caution)
def test_every_row_fires(row: CautionRow) -> None:
    found = of_row(row, context(cases.firing(row), region_of(row)))
    assert found is not None
    assert found.severity == row.severity
    open_by_nature = row.kind == "stopped" and row.unknown == "ask"
    assert found.applies == (UNKNOWN if open_by_nature else YES), found
    assert (found.ask is not None) == open_by_nature
    assert found.citations[0] == f"caution:{row.caution}"
    assert found.statement.sources or found.statement.searched or row.kind == "always"


@pytest.mark.parametrize("row", [r for r in ROWS if r.kind != "always"], ids=lambda row: row.caution)
def test_every_row_is_silent_where_it_must_be(row: CautionRow) -> None:
    silent = cases.silent(row)
    assert silent
    for one in silent:
        found = of_row(row, context(one, region_of(row)))
        assert found is None, (one, found)


@pytest.mark.parametrize("row", [r for r in ROWS if r.region], ids=lambda row: row.caution)
def test_a_region_has_its_own_rows(row: CautionRow) -> None:
    other = next(r for r in ("us", "uk", "eu", "ca") if r not in (row.region or "").split(";"))
    assert of_row(row, context(cases.firing(row), other)) is None
    assert of_row(row, context(cases.firing(row), None)) is not None


@pytest.mark.parametrize("row", [r for r in ROWS if r.unknown == "ask"], ids=lambda row: row.caution)
def test_what_nobody_wrote_down_is_asked(row: CautionRow) -> None:
    if row.kind in ("stopped", "age"):
        who = person(None, None) if row.kind == "age" else None
        found = of_row(row, context(record(taken("lorazepam", ended=5), who=who), region_of(row)))
    else:
        found = of_row(row, context(record(who=cases.who_fits(row)), region_of(row)))
    assert found is not None and found.applies == UNKNOWN
    assert found.ask is not None and found.ask.key.startswith("caution.ask.")


@pytest.mark.parametrize("row", [r for r in ROWS if r.kind == "condition"], ids=lambda row: row.caution)
def test_a_suspected_condition_leaves_it_open(row: CautionRow) -> None:
    one = cases.firing(row)
    for each in one.conditions:
        each.verification = "provisional"
    if one.conditions:
        found = of_row(row, context(one, region_of(row)))
        assert found is not None and found.applies == UNKNOWN and found.ask is not None


@pytest.mark.parametrize("row", [r for r in ROWS if r.kind == "age"], ids=lambda row: row.caution)
def test_an_unknown_age_leaves_it_open(row: CautionRow) -> None:
    found = of_row(row, context(record(who=person(None, row.sex)), region_of(row)))
    assert found is not None and found.applies == UNKNOWN and found.ask is not None


@pytest.mark.parametrize("row", [r for r in ROWS if r.severity == "avoid"], ids=lambda row: row.caution)
def test_more_information_never_takes_an_avoid_away(row: CautionRow) -> None:
    one = cases.firing(row)
    one.exposures += [taken("paracetamol"), taken("levothyroxine"), taken("sertraline", ended=60)]
    one.conditions += [condition("asthma"), condition("insomnia")]
    one.observations += [observation("haemoglobin", value=13.5, unit="g/dL"), denied("dementia")]
    found = of_row(row, context(one, region_of(row)))
    if row.kind != "untried":
        assert found is not None and found.severity == "avoid"


def test_unknown_allergy_pregnancy_and_heart_ask() -> None:
    found = named(find_cautions(context(record()), "tca", "amitriptyline"))
    for name, ask in (("allergy", "allergy"), ("pregnancy_any", "pregnancy"), ("tca_rhythm", "heart")):
        asked = found[name].ask
        assert found[name].applies == UNKNOWN
        assert asked is not None and asked.key == f"caution.ask.{ask}"
    keys = [q.key for q in questions(found.values())]
    assert len(keys) == len(set(keys))


def test_once_answered_they_are_not_asked() -> None:
    heart = ("myocardial_infarction", "arrhythmia", "heart_block", "long_qt", "prolonged_qt")
    one = record(
        *(denied(c) for c in heart),
        denied("pregnancy"),
        observation("allergy", "allergy", negated=YES),
        taken("sertraline", ended=200, since=400),
        who=person(40),
    )
    found = find_cautions(context(one), "tca", "amitriptyline")
    assert [c for c in found if c.applies == UNKNOWN] == []


def test_an_allergy_to_a_part_or_in_words() -> None:
    for substance in ("fluoxetine", "Fluoxetine 20 mg capsules", "Prozac"):
        one = record(observation("allergy", "allergy", substance=substance))
        assert named(find_cautions(context(one), "ofc", "olanzapine-fluoxetine"))["allergy"].applies == YES


def test_kidneys_and_lithium() -> None:
    def with_egfr(value: float, comparator: str | None = None, days_ago: int = 5) -> dict[str, Caution]:
        egfr = observation(
            "egfr", value=value, comparator=comparator, unit="mL/min/1.73m2", days_ago=days_ago
        )
        return named(find_cautions(context(record(egfr)), "lithium", "lithium"))

    assert with_egfr(25)["lithium_egfr_low"].severity == "avoid"
    assert with_egfr(45)["lithium_egfr_moderate"].applies == YES
    assert "lithium_egfr_low" not in with_egfr(45)
    assert not {"lithium_egfr_low", "lithium_egfr_moderate"} & set(with_egfr(90, ">"))
    assert with_egfr(90, days_ago=900)["lithium_egfr_low"].applies == UNKNOWN
    assert with_egfr(25, days_ago=900)["lithium_egfr_low"].applies == UNKNOWN
    other_unit = record(observation("egfr", value=90, unit="furlong"))
    asked = named(find_cautions(context(other_unit), "lithium", "lithium"))["lithium_egfr_low"]
    assert asked.applies == UNKNOWN and asked.ask is not None


def test_mania_and_antidepressants() -> None:
    for concept, severity in (("bipolar_disorder", "avoid"), ("mania", "avoid"), ("bipolar_ii", "caution")):
        found = named(find_cautions(context(record(condition(concept))), "switch_between", "sertraline"))
        assert {c.severity for n, c in found.items() if n in ("bipolar_i", "bipolar_ii")} == {severity}
    relative = record(condition("bipolar_disorder", family_member="mother"))
    assert "bipolar_i" not in named(find_cautions(context(relative), "switch_between", "sertraline"))


def test_valproate_and_pregnancy() -> None:
    pregnant = record(observation("pregnancy_status", "pregnancy", value_text="Pregnant"))
    found = named(find_cautions(context(pregnant), "treat_bipolar", "valproate"))
    assert found["valproate_pregnancy"].applies == YES and found["valproate_able"].applies == YES
    unknown = named(find_cautions(context(record()), "treat_bipolar", "valproate"))
    assert unknown["valproate_pregnancy"].applies == UNKNOWN and unknown["valproate_able"].applies == YES
    man = context(record(who=person(40, "male")), "uk")
    assert set(named(find_cautions(man, "treat_bipolar", "valproate"))) >= {"valproate_under_55"}
    assert "valproate_able" not in named(find_cautions(man, "treat_bipolar", "valproate"))
    nobody = context(record(who=person(None, None)))
    assert named(find_cautions(nobody, "treat_bipolar", "valproate"))["valproate_able"].applies == UNKNOWN


def test_what_is_taken_now_has_its_cautions() -> None:
    one = record(taken("valproate"), taken("Tramadol 50 MG Oral Tablet"), taken("sertraline"))
    found = named(current_cautions(context(one)))
    assert found["valproate_able"].severity == "avoid"
    assert found["serotonergic_pair"].applies == YES
    assert found["serotonergic_pair"].option == "current"


def test_an_option_without_a_medicine_says_what_holds_for_all() -> None:
    one = context(record(condition("arrhythmia"), condition("epilepsy")))
    found = named(find_cautions(one, "tca"))
    assert found["tca_rhythm"].applies == YES and found["tca_rhythm"].medicine is None
    assert "seizure_maprotiline" not in found
    assert "seizure_maprotiline" in named(find_cautions(one, "tca", "clomipramine"))


def test_options_without_treatments_have_no_cautions_of_medicines() -> None:
    assert find_cautions(context(record(taken("sertraline"))), "refer") == ()


def test_gravest_first() -> None:
    one = record(taken("sertraline"), condition("epilepsy"), condition("falls"))
    order = ("avoid", "caution", "monitor")
    found = [order.index(c.severity) for c in find_cautions(context(one), "bupropion_comb", "bupropion")]
    assert found == sorted(found) and found[0] == 0


def test_no_is_never_handed_on() -> None:
    one = context(record(taken("sertraline"), condition("diabetes")))
    for option in load().options:
        assert all(c.applies != NO for c in find_cautions(one, option))


def test_what_says_the_same_is_shown_once() -> None:
    rtms = find_cautions(context(record()), "rtms")
    shown = merged(rtms)
    metal = [c for c in shown if c.ask is not None and c.ask.key == "caution.ask.metal"]
    assert len([c for c in rtms if c.ask and c.ask.key == "caution.ask.metal"]) == 5
    assert len(metal) == 1 and metal[0].severity == "avoid" and len(metal[0].citations) == 5
    one = find_cautions(context(record(taken("lorazepam"))), "esketamine")
    assert [c.statement.key for c in merged(one)].count("caution.sedation_together") == 1
    assert merged(shown) == shown


def test_an_allergy_to_one_is_not_one_to_the_class() -> None:
    one = context(record(observation("allergy", "allergy", substance="nortriptyline")))
    assert "allergy" not in named(find_cautions(one, "tca"))
    assert named(find_cautions(one, "tca", "nortriptyline"))["allergy"].applies == YES
    assert named(find_cautions(one, "tca", "amitriptyline"))["allergy_class"].severity == "caution"


def test_every_citation_names_a_row() -> None:
    one = record(
        taken("Tramadol 50 MG"), taken("citalopram"), taken("phenelzine", ended=3), condition("epilepsy")
    )
    for option in load().options:
        for found in find_cautions(context(one), option):
            assert found.citations and all(load().row(ref) for ref in found.citations)
            assert (
                found.statement.sources
                or found.statement.searched
                or found.statement.key.startswith(("caution.tyramine", "caution.diathermy"))
            )


def test_findings_do_not_hide_each_other() -> None:
    """Put the records of many rows together, for one person: each row still says what it said alone."""
    for age, sex in ((40, "female"), (67, "female"), (23, "female")):
        rows = [r for r in ROWS if r.kind not in ("untried", "genotype", "age", "stopped", "observation")]
        whole = record(who=person(age, sex))
        for row in rows:
            one = cases.firing(row)
            whole.exposures += one.exposures
            whole.conditions += one.conditions
            whole.observations += one.observations
        alone = {}
        for row in rows:
            one = cases.firing(row)
            one.person = whole.person
            found = of_row(row, context(one))
            alone[row.caution] = None if found is None else (found.severity, found.applies)
        together = context(whole)
        for row in rows:
            if alone[row.caution] is not None:
                found = of_row(row, together)
                assert found is not None, row.caution
                assert (found.severity, found.applies) == alone[row.caution], row.caution


@pytest.mark.parametrize(
    ("before", "days", "beside", "too_soon"),
    [
        ("phenelzine", 7, "tramadol", True),
        ("phenelzine", 20, "tramadol", False),
        ("fluoxetine", 30, "phenelzine", True),
        ("fluoxetine", 20, "linezolid", True),
        ("sertraline", 20, "linezolid", False),
        ("sertraline", 3, "venlafaxine", False),
    ],
)
def test_what_ended_lately_still_counts_beside_what_is_taken(
    before: str, days: int, beside: str, too_soon: bool
) -> None:
    one = context(record(taken(before, ended=days), taken(beside)))
    said = [c for c in current_cautions(one) if c.statement.key == "washout.too_soon"]
    assert bool(said) == too_soon
    assert all((c.severity, c.applies, c.medicine) == ("avoid", YES, beside) for c in said)
    assert all(len(c.statement.sources) == 2 for c in said)


def test_the_other_medicine_taken_now_sets_the_limit() -> None:
    """Omeprazole beside citalopram: no rule of interactions says it, the row of citalopram does."""
    both = context(record(taken("citalopram"), taken("omeprazole")))
    assert named(current_cautions(both))["citalopram_cyp2c19_inhibitor"].applies == YES
    alone = context(record(taken("citalopram")))
    assert "citalopram_cyp2c19_inhibitor" not in named(current_cautions(alone))


def test_heart_rows_hold_in_every_region() -> None:
    weak = context(record(condition("heart_failure")), "us")
    assert named(find_cautions(weak, "t3", "liothyronine"))["t3_rhythm_bone"].applies == YES
    long_qt = context(record(condition("long_qt")), "us")
    assert named(find_cautions(long_qt, "tca"))["tca_rhythm"].severity == "avoid"
