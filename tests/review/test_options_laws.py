"""What holds for the options of everybody: samples, generated persons, any cautions, more information."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import opentrd
from opentrd.kleene import UNKNOWN, YES
from opentrd.knowledge.loader import load
from opentrd.present.words import Words
from opentrd.records.model import Record
from opentrd.review.cautions import find_cautions
from opentrd.review.context import ReviewContext
from opentrd.review.model import Caution
from opentrd.review.option_rules.fit import FITS, FindCautions
from opentrd.review.options import options
from tests.laws.people import AS_OF, people
from tests.review.cases import TODAY, book, condition, context, observation, person, record, taken
from tests.review.steps import DEPRESSION, NO_ALLERGY, caution, failed, running

SAMPLES = sorted(
    p for p in (Path(opentrd.__file__).parent / "samples").iterdir() if p.suffix in (".json", ".csv", ".yaml")
)


def test_samples() -> None:
    for path in SAMPLES:
        made = opentrd.read(path).one()
        judged = opentrd.assess(made, as_of=TODAY).judged
        for region in (None, "us"):
            _hold(ReviewContext(made, judged, book(), load(), TODAY, region), find_cautions)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(people(), st.sampled_from(("female", "male", None)), st.booleans())
def test_generated_people_real_cautions(given_: Record, sex: str | None, asked: bool) -> None:
    given_.person.sex = sex
    if asked:
        given_.observations.append(NO_ALLERGY)
    judged = opentrd.assess(given_, as_of=AS_OF).judged
    _hold(ReviewContext(given_, judged, book(), load(), AS_OF), find_cautions)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(people(), st.randoms(use_true_random=False))
def test_generated_people_any_cautions(given_: Record, luck: Any) -> None:
    judged = opentrd.assess(given_, as_of=AS_OF).judged
    made: dict[tuple[str, str | None], tuple[Caution, ...]] = {}

    def find(about: ReviewContext, option: str, medicine: str | None) -> tuple[Caution, ...]:
        key = (option, medicine)
        if key not in made:
            finders = [
                caution(
                    luck.choice(("avoid", "caution", "monitor")),
                    luck.choice((YES, UNKNOWN)),
                    luck.choice((None, AS_OF + 5, AS_OF - 5)),
                )
                for _ in range(luck.choice((0, 0, 1, 2)))
            ]
            made[key] = tuple(c for each in finders for c in each(about, option, medicine))
        return made[key]

    _hold(ReviewContext(given_, judged, book(), load(), AS_OF), find)


def _hold(made: ReviewContext, find: FindCautions) -> None:
    found = options(made, find)
    assert found
    assert found[-1].option == "refer"
    assert [o.rank for o in found] == list(range(1, len(found) + 1))
    assert len({o.option for o in found}) == len(found)
    words = [Words("en", audience, load(), strict=True) for audience in ("clinician", "patient")]
    places = []
    for option in found:
        assert option.fit in FITS
        if option.fit == "suggested":
            assert all(c.severity != "avoid" for c in option.cautions), option
        for each in option.cautions:
            sure = each.severity == "avoid" and each.applies == YES and each.until is None
            assert not sure or option.fit == "avoid", option
        row = load().row(option.placed_by)
        places.append(row.order)  # type: ignore[union-attr]
        assert len(set(option.medicines)) == len(option.medicines)
        for said in (*option.why, *option.evidence):
            assert said.sources or said.citations or said.searched, said
            for citation in said.citations:
                load().row(citation)
            told = [word for word in words if word.tells(said)]
            assert told, said.key
            assert all(word.say(said) for word in told)
    assert places == sorted(places)


EXTRA = (
    NO_ALLERGY,
    condition("hypothyroidism"),
    condition("chronic_pain"),
    condition("anxiety_disorder"),
    observation("egfr", value=95.0, unit="mL/min/1.73 m2"),
    observation("qtc", kind="ecg", value=410.0, unit="ms"),
    observation("epilepsy", kind="stated", negated=YES),
    observation("pregnancy", kind="stated", negated=YES),
    taken("omeprazole"),
    taken("cbt", since=40, sessions_low=3, sessions_high=3),
)
AGAINST = (
    condition("epilepsy"),
    condition("bulimia_nervosa"),
    condition("bipolar_disorder"),
    condition("cerebral_aneurysm"),
    observation("cochlear_implant", kind="device"),
    taken("phenelzine"),
    observation(None, kind="allergy", substance="aripiprazole"),
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sets(st.sampled_from(range(len(AGAINST))), min_size=1), st.sets(st.sampled_from(range(len(EXTRA)))))
def test_knowing_more_never_turns_avoid_into_suggested(against: set[int], extra: set[int]) -> None:
    rows: list[Any] = [
        DEPRESSION,
        failed("sertraline", 1),
        failed("venlafaxine", 2),
        *(AGAINST[n] for n in against),
    ]
    before = options(context(record(*rows, who=person(40, "male"))), find_cautions)
    more = record(*rows, *(EXTRA[n] for n in sorted(extra)), who=person(40, "male"))
    after = {o.option: o for o in options(context(more), find_cautions)}
    for option in before:
        if option.fit == "avoid" and option.option in after:
            assert after[option.option].fit != "suggested", option.option


def test_silence_on_allergies_pregnancy_and_heart_is_a_question() -> None:
    rows: list[Any] = [DEPRESSION, failed("sertraline", 1), failed("venlafaxine", 2), running("bupropion")]
    silent = options(context(record(*rows, who=person(35, "female"))), find_cautions)
    for option in silent:
        if option.medicines:
            assert option.fit != "suggested", option.option
            assert any(c.ask for c in option.cautions), option.option
