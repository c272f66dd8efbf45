"""The checklist: what is there, what is denied or measured away, what nobody wrote down; all with a basis."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import opentrd
from opentrd.kleene import NO, YES
from opentrd.knowledge.loader import load
from opentrd.present.words import Words
from opentrd.records.model import Condition, Exposure, Observation, Record, Score
from opentrd.review.checklist import RULES, review
from opentrd.review.checks.line import cells
from opentrd.review.context import ReviewContext
from opentrd.review.model import ReviewLine
from opentrd.statement import Statement
from tests.laws.people import AS_OF, people
from tests.review.cases import TODAY, book, condition, context, observation, person, taken

SAMPLES = sorted(
    p for p in (Path(opentrd.__file__).parent / "samples").iterdir() if p.suffix in (".json", ".csv", ".yaml")
)
CHECKS = load().checks


def record(
    *,
    sex: str | None = "female",
    age: float | None = 45,
    conditions: Sequence[Condition] = (),
    exposures: Sequence[Exposure] = (),
    observations: Sequence[Observation] = (),
    scores: Sequence[Score] = (),
) -> Record:
    depression = condition("mdd_recurrent", days_ago=200)
    return Record(
        person=person(age, sex),
        conditions=[depression, *conditions],
        exposures=list(exposures),
        observations=list(observations),
        scores=list(scores),
    )


def score(scale: str, value: float | None, days_ago: int = 5, items: dict[int, int] | None = None) -> Score:
    day = TODAY - days_ago
    return Score(
        person_id="p",
        source_ids=(f"score:{scale}:{days_ago}",),
        scale=scale,
        day_earliest=day,
        day_latest=day,
        value=value,
        items=items or {},
    )


def found(check: str, given_: Record) -> list[ReviewLine]:
    return [line for line in review(context(given_)) if line.check == check]


def finding(check: str, given_: Record) -> str:
    lines = found(check, given_)
    assert len(lines) == 1
    return lines[0].finding


def test_rules_and_columns_are_known() -> None:
    known = load()
    groups = {row.group for row in known.conditions.values()}
    for check in CHECKS.values():
        assert check.rule is None or check.rule in RULES, check.check
        for name in (*cells(check.conditions), *cells(check.family)):
            assert name in known.conditions or name in groups, (check.check, name)
        for name in (*cells(check.tests), *cells(check.life)):
            assert name.rstrip("<>") in known.observations, (check.check, name)
    assert set(RULES) == {c.rule for c in CHECKS.values() if c.rule}


@pytest.mark.parametrize("check", [c.check for c in CHECKS.values() if c.conditions and not c.rule])
def test_what_is_recorded_is_present_and_what_is_silent_is_asked(check: str) -> None:
    row = CHECKS[check]
    known = load().conditions
    sex = row.sex or "female"
    for name in cells(row.conditions):
        concept = name if name in known else next(k for k, c in known.items() if c.group == name)
        line = found(check, record(sex=sex, age=55, conditions=[condition(concept)]))[0]
        assert line.finding == "present"
        assert f"condition:{concept}" in line.sources
        assert line.ask is None
        suspected = condition(concept, verification="provisional")
        assert finding(check, record(sex=sex, age=55, conditions=[suspected])) == "unknown"
    silent = found(check, record(sex=sex, age=55))[0]
    assert silent.finding == "unknown"
    assert silent.ask is not None
    assert silent.ask.key == f"review.ask.{check}"
    assert silent.searched


def test_a_denial_is_absence_and_a_denied_part_is_not() -> None:
    denied = observation("bipolar_disorder", kind="stated", negated=YES)
    assert finding("bipolar_recorded", record(observations=[denied])) == "absent"
    part = observation("depression_moderate", kind="stated", negated=YES)
    assert finding("heart", record(observations=[part])) == "unknown"
    one = observation("heart_failure", kind="stated", negated=YES)
    line = found("heart", record(observations=[one]))[0]
    assert line.finding == "unknown"
    assert "review.denied" in [said.key for said in line.why]


@pytest.mark.parametrize("key", list(load().screens), ids=str)
def test_every_screen_fires_at_its_limit_and_not_below(key: tuple[str, str, int | None, str | None]) -> None:
    row = load().screens[key]
    sex = row.sex or (CHECKS[row.check].sex or None)
    limit = row.at_least if row.at_least is not None else row.at_most
    assert limit is not None
    step = -1 if row.at_least is not None else 1

    def given_(value: float, days_ago: int = 5) -> Record:
        if row.item is None:
            told = score(row.scale, value, days_ago)
        else:
            told = score(row.scale, None, days_ago, {row.item: int(value)})
        return record(sex=sex, scores=[told])

    assert found(row.check, given_(limit))[0].finding == "present"
    below = found(row.check, given_(limit + step))[0]
    assert below.finding == ("absent" if row.negative_says == "yes" else "unknown")
    old = found(row.check, given_(limit, row.within_days + 1))[0]
    assert old.finding == "unknown"
    assert old.sources


@pytest.mark.parametrize(
    ("concept", "check", "value", "unit", "low", "high", "said"),
    [
        ("tsh", "thyroid", 9.0, "mU/L", 0.5, 4.5, "present"),
        ("tsh", "thyroid", 0.1, "mU/L", None, None, "present"),
        ("tsh", "thyroid", 2.0, "mU/L", None, None, "absent"),
        ("tsh", "thyroid", 2.0, "furlongs", None, None, "unknown"),
        ("haemoglobin", "anaemia_or_b12", 9.0, "g/dL", None, None, "present"),
        ("haemoglobin", "anaemia_or_b12", 19.0, "g/dL", 12, 16, "absent"),
        ("hba1c", "diabetes", 8.0, "%", None, None, "present"),
        ("hba1c", "diabetes", 3.0, "%", 4, 6, "absent"),
        ("egfr", "kidney_liver", 30.0, "mL/min/1.73 m2", None, None, "present"),
        ("sodium", "sodium", 128.0, "mmol/L", None, None, "present"),
        ("sodium", "sodium", 150.0, "mmol/L", None, None, "absent"),
    ],
)
def test_results_are_read_by_their_range_or_the_table(
    concept: str, check: str, value: float, unit: str, low: float | None, high: float | None, said: str
) -> None:
    result = observation(concept, value=value, unit=unit, range_low=low, range_high=high)
    assert finding(check, record(observations=[result])) == said


def test_an_old_result_counts_for_nothing_and_is_named() -> None:
    old = observation("tsh", days_ago=900, value=9.0, unit="mU/L")
    line = found("thyroid", record(observations=[old]))[0]
    assert line.finding == "unknown"
    assert "review.test_old" in [said.key for said in line.why]
    missing = found("thyroid", record())[0]
    assert "review.test_missing" in [said.key for said in missing.why]


@pytest.mark.parametrize(
    ("concept", "answer", "check", "said"),
    [
        ("employment", "Unemployed", "work", "present"),
        ("employment", "Full-time work", "work", "absent"),
        ("employment", "Otherwise unemployed but not seeking work", "work", "present"),
        ("housing", "I do not have housing (staying with others)", "housing", "present"),
        ("housing", "I have housing", "housing", "absent"),
        ("social_contact", "Less than once a week", "loneliness", "present"),
        ("social_contact", "5 or more times a week", "loneliness", "absent"),
        ("stress_level", "Very much", "stress", "present"),
        ("stress_level", "something else", "stress", "unknown"),
        ("fear_of_partner", "Yes", "violence", "present"),
        ("fear_of_partner", "No", "violence", "absent"),
        ("fear_of_partner", "Nobody asked", "violence", "unknown"),
    ],
)
def test_answers_about_life(concept: str, answer: str, check: str, said: str) -> None:
    told = observation(concept, kind="life", value_text=answer)
    assert finding(check, record(observations=[told])) == said


def test_what_is_told_of_life_in_other_words() -> None:
    told = observation(None, kind="life", value_text="my dog died")
    line = found("told_of_life", record(observations=[told]))[0]
    assert (line.finding, line.sources) == ("present", ("observation:my dog died",))


def test_mania_that_began_on_an_antidepressant() -> None:
    medicine = taken("sertraline", since=60, dose_low=100, dose_high=100, dose_unit="mg/d")
    on = record(exposures=[medicine], conditions=[condition("hypomania", days_ago=40)])
    line = found("bipolar_on_antidepressant", on)[0]
    assert line.finding == "present"
    assert {"condition:hypomania", "medicine:sertraline"} <= set(line.sources)
    before = record(exposures=[medicine], conditions=[condition("hypomania", days_ago=90)])
    assert finding("bipolar_on_antidepressant", before) == "unknown"
    undated = record(exposures=[medicine], conditions=[condition("mania", days_ago=None)])
    assert finding("bipolar_on_antidepressant", undated) == "unknown"


def test_a_mood_stabiliser_asks_for_its_reason_unless_it_was_added() -> None:
    alone = found("bipolar_mood_stabiliser", record(exposures=[taken("lithium")]))[0]
    assert alone.finding == "unknown"
    assert alone.ask is not None
    assert alone.sources == ("medicine:lithium",)


def test_relatives() -> None:
    mother = condition("bipolar_disorder", family_member="mother")
    assert finding("bipolar_family", record(conditions=[mother])) == "present"
    assert finding("bipolar_recorded", record(conditions=[mother])) == "unknown"
    none = observation("bipolar_disorder", kind="family", negated=YES)
    assert finding("bipolar_family", record(observations=[none])) == "absent"


def test_intake_each_trial_and_now() -> None:
    half = taken("sertraline", since=300, ended=200, taken_low=0.4, taken_high=0.6)
    full = taken("venlafaxine", since=100, taken_low=0.95, taken_high=1.0)
    lines = found("adherence_trial", record(exposures=[half, full]))
    assert [line.finding for line in lines] == ["present", "absent"]
    assert finding("adherence_now", record(exposures=[half, full])) == "absent"
    assert finding("adherence_now", record(exposures=[taken("venlafaxine")])) == "unknown"
    said = condition("non_adherence")
    assert finding("adherence_now", record(exposures=[full], conditions=[said])) == "present"


def test_uncollected_stopped_early_low_dose() -> None:
    never = taken("sertraline", since=90, origin="order", collected=NO)
    assert finding("uncollected", record(exposures=[never])) == "present"
    short = taken("sertraline", since=90, ended=80, dose_low=50, dose_high=50, dose_unit="mg/d")
    assert finding("stopped_early", record(exposures=[short])) == "present"
    low = taken("venlafaxine", dose_low=37.5, dose_high=37.5, dose_unit="mg/d")
    assert finding("dose_reached", record(exposures=[low])) == "present"
    enough = taken("venlafaxine", dose_low=225, dose_high=225, dose_unit="mg/d")
    assert finding("dose_reached", record(exposures=[enough])) == "absent"


def test_how_treatments_went() -> None:
    little = taken(
        "sertraline", since=300, ended=200, reported_response="little", stop_reasons=("no_effect",)
    )
    harm = taken("mirtazapine", since=190, ended=150, stop_reasons=("adverse",))
    given_ = record(exposures=[little, harm])
    assert next(line.finding for line in found("trial_course", given_)) == "present"
    assert finding("best_so_far", given_) == "present"
    assert finding("helped_a_little", given_) == "present"
    assert finding("stopped_for_harm", given_) == "present"
    therapy = taken("cbt", sessions_low=3, sessions_high=3, ended=20)
    assert finding("therapy_adequate", record(exposures=[therapy])) == "present"


def test_medicines_that_matter() -> None:
    assert finding("depressogenic", record(exposures=[taken("prednisone")])) == "present"
    assert finding("depressogenic", record(exposures=[taken("isotretinoin")])) == "unknown"
    assert finding("enzyme_inducer", record(exposures=[taken("carbamazepine")])) == "present"
    assert finding("depressogenic", record(exposures=[taken("prednisone", ended=60)])) == "unknown"
    strange = found("depressogenic", record(exposures=[taken("blue powder")]))[0]
    assert strange.finding == "unknown"
    assert strange.sources


def test_genes_and_pregnancy() -> None:
    gene = observation("cyp2d6_phenotype", kind="genotype", value_text="poor metaboliser")
    assert finding("genes", record(observations=[gene])) == "present"
    assert finding("perinatal", record(conditions=[condition("pregnancy")])) == "present"
    assert finding("perinatal", record(age=70)) == "absent"
    assert finding("perinatal", record()) == "unknown"
    assert found("perinatal", record(sex="male")) == []
    assert found("menopause", record(age=20)) == []


def test_all_samples_say_everything_with_a_basis() -> None:
    for path in SAMPLES:
        made = opentrd.read(path).one()
        assessed = opentrd.assess(made, as_of=TODAY)
        _hold(ReviewContext(made, assessed.judged, book(), load(), TODAY))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(people(), st.sampled_from(("female", "male", None)))
def test_generated_people_get_a_basis_for_every_line(given_: Record, sex: str | None) -> None:
    given_.person.sex = sex
    assessed = opentrd.assess(given_, as_of=AS_OF)
    _hold(ReviewContext(given_, assessed.judged, book(), load(), AS_OF))


def _hold(made: ReviewContext) -> None:
    lines = review(made)
    made_of = made.record
    sources = set(made_of.person.source_ids)
    for rows in (made_of.exposures, made_of.scores, made_of.conditions, made_of.observations):
        sources |= {source for row in rows for source in row.source_ids}
    words = [Words("en", audience, load(), strict=True) for audience in ("clinician", "patient")]
    checks = {line.check for line in lines}
    assert {c.check for c in CHECKS.values() if c.sex is None and c.age_from is None} <= checks
    for line in lines:
        assert line.finding in ("present", "absent", "unknown")
        assert line.why
        assert line.finding == "unknown" or line.sources, line
        assert line.finding != "unknown" or (line.ask is not None and line.searched), line
        assert set(line.sources) <= sources, line
        load().row(line.citation)
        for said in (*line.why, *([line.ask] if line.ask else ())):
            _has_basis(said)
            told = [each for each in words if each.tells(said)]
            assert told, said.key
            assert all(each.say(said) for each in told)


def _has_basis(said: Statement) -> None:
    assert said.sources or said.citations or said.searched, said
    for citation in said.citations:
        load().row(citation)
