"""The dangerous pairs, one by one; wash-outs to the day; preferences that add up."""

from __future__ import annotations

from typing import Any

import pytest

from opentrd.kleene import UNKNOWN, YES
from opentrd.knowledge.loader import load
from opentrd.knowledge.medicines import medicines_of, selector
from opentrd.review.cautions import current_cautions, find_cautions
from opentrd.review.model import Caution
from opentrd.review.preferences import preference_effect, preference_names
from opentrd.review.washout import washouts_between
from tests.review.cases import TODAY, context, record, taken

PAIRS = [
    # what is considered, what is taken now, the gravest severity, a rule that says so
    ("phenelzine", "sertraline", "avoid", "maoi_serotonergic"),
    ("phenelzine", "venlafaxine", "avoid", "maoi_serotonergic"),
    ("phenelzine", "vortioxetine", "avoid", "maoi_serotonergic"),
    ("phenelzine", "clomipramine", "avoid", "maoi_serotonergic"),
    ("phenelzine", "tramadol", "avoid", "maoi_serotonergic"),
    ("phenelzine", "pethidine", "avoid", "maoi_serotonergic"),
    ("phenelzine", "dextromethorphan", "avoid", "maoi_serotonergic"),
    ("phenelzine", "st john's wort", "avoid", "maoi_serotonergic"),
    ("phenelzine", "bupropion", "avoid", "maoi_bupropion"),
    ("phenelzine", "pseudoephedrine", "avoid", "maoi_sympathomimetic"),
    ("phenelzine", "methylphenidate", "avoid", "maoi_sympathomimetic"),
    ("phenelzine", "tranylcypromine", "avoid", "maoi_maoi"),
    ("phenelzine", "linezolid", "avoid", "maoi_maoi"),
    ("phenelzine", "sumatriptan", "caution", "maoi_serotonergic_weak"),
    ("phenelzine", "lithium", "caution", "maoi_serotonergic_weak"),
    ("moclobemide", "escitalopram", "avoid", "maoi_serotonergic"),
    ("sertraline", "linezolid", "avoid", "maoi_serotonergic"),
    ("sertraline", "methylene blue", "avoid", "maoi_serotonergic"),
    ("sertraline", "phenelzine", "avoid", "maoi_serotonergic"),
    ("sertraline", "selegiline", "avoid", "maoi_serotonergic"),
    ("sertraline", "rasagiline", "avoid", "maoi_serotonergic"),
    ("sertraline", "pethidine", "avoid", "serotonergic_pethidine"),
    ("sertraline", "tramadol", "caution", "serotonergic_pair"),
    ("vilazodone", "tramadol", "caution", "serotonergic_pair"),
    ("vortioxetine", "sumatriptan", "caution", "serotonergic_pair"),
    ("duloxetine", "st john's wort", "caution", "serotonergic_pair"),
    ("venlafaxine", "tryptophan", "caution", "serotonergic_pair"),
    ("sertraline", "lithium", "monitor", "serotonergic_weak"),
    ("sertraline", "venlafaxine", "caution", "two_reuptake_inhibitors"),
    ("mirtazapine", "sertraline", "monitor", "serotonergic_weak"),
    ("citalopram", "amiodarone", "avoid", "qt_citalopram"),
    ("citalopram", "haloperidol", "avoid", "qt_citalopram"),
    ("escitalopram", "methadone", "avoid", "qt_citalopram"),
    ("escitalopram", "erythromycin", "avoid", "qt_citalopram"),
    ("citalopram", "amitriptyline", "avoid", "qt_citalopram_tricyclic_uk"),
    ("amitriptyline", "sotalol", "caution", "qt_tricyclic"),
    ("nortriptyline", "clarithromycin", "caution", "qt_tricyclic"),
    ("amitriptyline", "fluoxetine", "caution", "cyp2d6_tricyclic"),
    ("bupropion", "tramadol", "caution", "seizure_bupropion"),
    ("bupropion", "clozapine", "caution", "seizure_bupropion"),
    ("bupropion", "theophylline", "caution", "seizure_bupropion"),
    ("bupropion", "clomipramine", "caution", "seizure_bupropion"),
    ("bupropion", "insulin", "monitor", "seizure_bupropion_weak"),
    ("dextromethorphan-bupropion", "bupropion", "avoid", "same_substance_bupropion"),
    ("lithium", "ibuprofen", "caution", "lithium_level"),
    ("lithium", "lisinopril", "caution", "lithium_level"),
    ("lithium", "losartan", "caution", "lithium_level"),
    ("lithium", "hydrochlorothiazide", "caution", "lithium_level"),
    ("lithium", "furosemide", "monitor", "lithium_level_weak"),
    ("psilocybin", "lithium", "avoid", "seizure_psilocybin"),
    ("clozapine", "carbamazepine", "avoid", "blood_cells"),
    ("lamotrigine", "valproate", "caution", "lamotrigine_valproate"),
    ("sertraline", "warfarin", "caution", "bleeding"),
    ("venlafaxine", "aspirin", "caution", "bleeding"),
    ("aripiprazole", "paroxetine", "caution", "cyp2d6_antipsychotic"),
    ("brexpiprazole", "itraconazole", "caution", "cyp3a4_antipsychotic"),
    ("vilazodone", "ketoconazole", "caution", "cyp3a4_vilazodone"),
    ("paroxetine", "tamoxifen", "avoid", "cyp2d6_tamoxifen"),
    ("duloxetine", "ciprofloxacin", "avoid", "cyp1a2_avoid"),
    ("agomelatine", "fluvoxamine", "avoid", "cyp1a2_avoid"),
    ("quetiapine", "carbamazepine", "caution", "inducer_strong"),
    ("st john's wort", "warfarin", "avoid", "st_johns_wort_levels"),
    ("st john's wort", "ethinyl estradiol / norethindrone", "caution", "inducer_contraceptive"),
    ("sertraline", "hydrochlorothiazide", "caution", "sodium"),
]
HARMLESS = [
    ("sertraline", "amlodipine"),
    ("lithium", "amlodipine"),
    ("bupropion", "metformin"),
    ("phenelzine", "metformin"),
    ("citalopram", "levothyroxine"),
    ("lamotrigine", "sertraline"),
    ("aripiprazole", "sertraline"),
    ("psilocybin", "metformin"),
    ("clozapine", "amlodipine"),
    ("vortioxetine", "lamotrigine"),
]


def rules(medicine: str, beside: str, **more: Any) -> dict[str, Caution]:
    known = load()
    option = next(iter(sorted(medicines_of(known).get(medicine).options)), "none")
    found = find_cautions(context(record(taken(beside, **more))), option, medicine, replaces=frozenset())
    return {c.caution.partition(":")[2]: c for c in found if c.caution.startswith("interaction_rule:")}


@pytest.mark.parametrize(("medicine", "beside", "severity", "rule"), PAIRS)
def test_a_dangerous_pair(medicine: str, beside: str, severity: str, rule: str) -> None:
    found = rules(medicine, beside)
    assert rule in found, sorted(found)
    assert found[rule].severity == severity and found[rule].applies == YES
    order = ("avoid", "caution", "monitor")
    assert min(order.index(c.severity) for c in found.values()) <= order.index(severity)
    assert found[rule].statement.sources == (f"medicine:{beside}",)
    assert found[rule].citations[0] == f"interaction_rule:{rule}"


@pytest.mark.parametrize(("medicine", "beside", "severity", "rule"), PAIRS)
def test_the_pair_is_found_when_both_are_taken(medicine: str, beside: str, severity: str, rule: str) -> None:
    found = current_cautions(context(record(taken(medicine), taken(beside))))
    assert f"interaction_rule:{rule}" in {c.caution for c in found}


@pytest.mark.parametrize(("medicine", "beside", "severity", "rule"), PAIRS)
def test_what_ended_long_ago_does_not_interact(medicine: str, beside: str, severity: str, rule: str) -> None:
    assert rules(medicine, beside, since=900, ended=700) == {}


@pytest.mark.parametrize(("medicine", "beside"), HARMLESS)
def test_a_harmless_pair(medicine: str, beside: str) -> None:
    assert rules(medicine, beside) == {}


def test_the_region_decides_on_citalopram_with_a_tricyclic() -> None:
    one = record(taken("amitriptyline"))
    for region, severity in (("uk", "avoid"), ("us", "caution"), (None, "avoid")):
        found = find_cautions(context(one, region), "x", "citalopram", replaces=frozenset())
        assert {c.severity for c in found if c.statement.key == "interaction.qt"} == {severity}


def test_medicines_are_known_by_text_code_and_brand() -> None:
    known = medicines_of(load())
    for text in ("Tramadol hydrochloride 50 MG Oral Tablet", "Ultram 50 mg", "TRAMADOL"):
        assert "tramadol" in known.of_text(text)
    for codes in ((("http://www.whocc.no/atc", "N02AX02"),), (("RxNorm", "10689"),)):
        assert "serotonergic_pair" in rules("sertraline", "x", text="?", codes=codes)
    unlisted = (("ATC", "C09AA99"),)
    assert "lithium_level" in rules("lithium", "new pril", codes=unlisted)
    assert known.of_text("Isopropyl alcohol 70% swab") == set()


def test_a_product_of_two_is_both() -> None:
    assert "maoi_serotonergic" in rules("phenelzine", "olanzapine-fluoxetine")
    assert "lithium_level" in rules("lithium", "Lisinopril 10 MG / Hydrochlorothiazide 12.5 MG Oral Tablet")


def test_whether_it_is_still_taken_is_asked() -> None:
    found = rules("phenelzine", "tramadol", ongoing=UNKNOWN, status="unknown")
    assert found["maoi_serotonergic"].applies == UNKNOWN
    ask = found["maoi_serotonergic"].ask
    assert ask is not None and ask.key == "caution.ask.still_taking"


def test_every_rule_is_reachable() -> None:
    known = load()
    all_of = [medicines_of(known).get(key) for key in medicines_of(known).keys]
    for rule in known.interaction_rules.values():
        for side in (rule.one, rule.other):
            assert any(selector(side).matches(each) for each in all_of), (rule.rule, side)


# Wash-outs

WASHOUTS = [
    ("sertraline", "phenelzine", 14),
    ("fluoxetine", "phenelzine", 42),
    ("olanzapine-fluoxetine", "phenelzine", 42),
    ("venlafaxine", "tranylcypromine", 14),
    ("duloxetine", "phenelzine", 14),
    ("vortioxetine", "phenelzine", 21),
    ("clomipramine", "phenelzine", 21),
    ("imipramine", "phenelzine", 21),
    ("nortriptyline", "phenelzine", 14),
    ("bupropion", "phenelzine", 14),
    ("mirtazapine", "phenelzine", 14),
    ("phenelzine", "sertraline", 14),
    ("phenelzine", "clomipramine", 21),
    ("phenelzine", "tranylcypromine", 14),
    ("tranylcypromine", "bupropion", 14),
    ("moclobemide", "sertraline", 5),
    ("linezolid", "sertraline", 1),
    ("tramadol", "phenelzine", 14),
]


def washout(before: str, after: str, **more: Any) -> Caution | None:
    found = find_cautions(context(record(taken(before, **more))), "maoi", after)
    return next((c for c in found if c.caution.startswith("washout:")), None)


@pytest.mark.parametrize(("before", "after", "days"), WASHOUTS)
def test_the_longest_washout_counts_and_ends_on_the_day(before: str, after: str, days: int) -> None:
    found = washout(before, after, ended=1)
    assert found is not None and found.applies == YES and found.severity == "avoid"
    assert found.until == TODAY - 1 + days + 1
    assert found.statement.params["days"] == days
    assert len(found.citations) == len(
        washouts_between(load(), medicines_of(load()).get(before), medicines_of(load()).get(after))
    )
    assert washout(before, after, ended=days) is not None
    assert washout(before, after, ended=days + 1) is None


def test_sources_that_conflict_are_all_cited() -> None:
    found = washout("fluoxetine", "phenelzine", ended=1)
    assert found is not None
    assert set(found.citations) >= {"washout:fluoxetine_to_maoi", "washout:fluoxetine_to_maoi.cpha"}
    assert found.statement.params["least"] == 14 or found.statement.params["least"] == 35


def test_what_would_be_replaced_is_washed_out_from_today() -> None:
    found = find_cautions(context(record(taken("sertraline"))), "maoi", "phenelzine")
    wait = next(c for c in found if c.caution.startswith("washout:"))
    assert (wait.applies, wait.severity, wait.until) == (YES, "avoid", TODAY + 15)
    pair = next(c for c in found if c.caution == "interaction_rule:maoi_serotonergic")
    assert pair.severity == "caution" and pair.statement.params["replaced"] == "sertraline"


def test_what_goes_on_beside_interacts_instead() -> None:
    found = find_cautions(context(record(taken("sertraline"))), "maoi", "phenelzine", replaces=frozenset())
    assert not [c for c in found if c.caution.startswith("washout:")]
    assert next(c for c in found if c.caution == "interaction_rule:maoi_serotonergic").severity == "avoid"


def test_an_unknown_last_dose_is_asked() -> None:
    for more in (
        {"ongoing": UNKNOWN, "status": "unknown"},
        {"since": 300, "ended": 3, "end_earliest": TODAY - 60},
    ):
        found = washout("linezolid" if "ended" not in more else "moclobemide", "sertraline", **more)
        assert found is not None and found.applies == UNKNOWN
        assert found.ask is not None and found.ask.key == "caution.ask.last_dose"
        assert found.until is not None and found.until > TODAY


def test_no_washout_where_none_is_needed() -> None:
    assert washout("sertraline", "venlafaxine", ended=1) is None
    assert washout("quetiapine", "phenelzine", ended=1) is None


# Preferences


def test_weight_speaks_against_mirtazapine_and_not_against_bupropion() -> None:
    one = context(record(), weight=1)
    heavy = preference_effect(one, "mirtazapine_comb", "mirtazapine")
    light = preference_effect(one, "bupropion_comb", "bupropion")
    assert heavy.score < light.score
    assert heavy.why[0].key == "preference.effect" and heavy.why[0].params["level"] == "high"
    assert all(load().row(ref) for said in heavy.why for ref in said.citations)


def test_weights_multiply_and_add() -> None:
    one = context(record())
    single = preference_effect(one, "tca", "amitriptyline", {"weight": 1}).score
    assert preference_effect(one, "tca", "amitriptyline", {"weight": 3}).score == 3 * single
    both = preference_effect(one, "tca", "amitriptyline", {"weight": 1, "sleepiness": 1}).score
    assert both == single + preference_effect(one, "tca", "amitriptyline", {"sleepiness": 1}).score


def test_talking_therapy_needles_visits_and_hospital() -> None:
    one = context(record())
    assert preference_effect(one, "cbt", None, {"talking_therapy": 1}).score > 0
    assert preference_effect(one, "lithium", "lithium", {"talking_therapy": 1}).score == 0
    assert preference_effect(one, "ketamine_iv", None, {"needles": 1}).score < 0
    assert preference_effect(one, "rtms", None, {"visits": 1}).score < 0
    assert preference_effect(one, "ect", None, {"no_hospital": 1}).score < 0
    assert preference_effect(one, "ect", None, {"memory": 1}).score < 0


def test_an_effect_by_its_own_name_and_an_unknown_one() -> None:
    one = context(record())
    by_name = preference_effect(one, "tca", "amitriptyline", {"weight_gain": 1}).score
    assert by_name == preference_effect(one, "tca", "amitriptyline", {"weight": 1}).score
    assert preference_effect(one, "tca", "amitriptyline", {"colour": 1}).score == 0
    assert {"weight", "weight_gain", "memory", "cost", "talking_therapy"} <= set(preference_names(load()))


def test_what_nobody_assessed_is_said() -> None:
    found = preference_effect(context(record()), "switch_between", "butriptyline", {"weight": 1})
    assert found.score == 0 and found.why[0].key == "preference.not_assessed"
