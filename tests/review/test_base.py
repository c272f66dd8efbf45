"""Adding to a medicine that is itself to be avoided, what waits keeps its cautions, and milder words."""

from __future__ import annotations

from typing import Any

import pytest

from opentrd.kleene import YES
from opentrd.present.review import cards, grave_of
from opentrd.review.cautions import current_cautions, find_cautions
from opentrd.review.model import Caution, Option
from opentrd.review.options import options
from opentrd.statement import Statement
from tests.present.people import words, words_in
from tests.present.test_terminal import PEOPLE, shown
from tests.review.cases import condition, context, observation, person, record, taken
from tests.review.steps import DEPRESSION, NO_ALLERGY, running

PREGNANT = observation("pregnancy_status", "pregnancy", value_text="Pregnant")
LONG_QT = condition("long_qt")
ADDED = ("aripiprazole", "quetiapine_xr", "lithium", "t3")


def steps(*rows: Any, region: str | None = None) -> dict[str, Option]:
    given = record(DEPRESSION, NO_ALLERGY, *rows, who=person(35, "female"))
    return {option.option: option for option in options(context(given, region), find_cautions)}


def current(*rows: Any) -> dict[str, Caution]:
    found = current_cautions(context(record(*rows)))
    return {caution.caution.partition(":")[2]: caution for caution in found}


@pytest.mark.parametrize(("base", "sign"), [("paroxetine", PREGNANT), ("citalopram", LONG_QT)])
def test_adding_to_what_is_to_be_avoided_is_to_be_avoided(base: str, sign: Any) -> None:
    before, after = steps(running(base)), steps(running(base), sign)
    for name in ADDED:
        assert before[name].fit != "avoid"
        assert after[name].fit == "avoid"
        grave = [c for c in after[name].cautions if c.medicine == base and c.severity == "avoid"]
        assert grave and all(c.applies == YES and c.option == name for c in grave)
        (said,) = [why for why in after[name].why if why.key == "option.base_to_avoid"]
        assert said.params == {"treatments": (base,)}
        assert sign.source_ids[0] in said.sources and grave[0].caution in said.citations
    assert after["med_plus_psy"].fit != "avoid"


def test_another_base_is_enough_to_add_to() -> None:
    """Of paroxetine and sertraline in pregnancy the second can be added to."""
    found = steps(running("paroxetine"), running("sertraline"), PREGNANT)
    assert found["t3"].fit != "avoid"
    assert all(why.key != "option.base_to_avoid" for option in found.values() for why in option.why)


@pytest.mark.parametrize(("language", "text"), [("en", "to be avoided here"), ("es", "se debe evitar")])
def test_the_base_is_named(language: str, text: str) -> None:
    option = steps(running("citalopram"), LONG_QT)["t3"]
    said = next(why for why in option.why if why.key == "option.base_to_avoid")
    told = words_in(language, "clinician").say(said)
    assert "citalopram" in told and text in told


def test_what_waits_keeps_its_cautions_and_shows_them() -> None:
    text = " ".join(shown("older-heart", width=140).split())
    later = [card for card in cards(PEOPLE["older-heart"], words()) if card.option.fit == "later"]
    with_care = [card for card in later if grave_of(card)]
    assert {"tca", "esketamine"} <= {card.option.option for card in with_care}
    for card in with_care:
        first = grave_of(card)[0]
        assert f"{card.name}: {first.mark}:" in text


@pytest.mark.parametrize(
    ("subject", "sign", "row", "severity"),
    [
        ("tramadol", condition("epilepsy"), "seizure_tramadol", "caution"),
        ("trazodone", LONG_QT, "long_qt_trazodone_us", "avoid"),
        ("trazodone", LONG_QT, "long_qt_trazodone", "caution"),
        ("clozapine", taken("carbamazepine"), "blood_cells", "avoid"),
    ],
)
def test_what_was_missing_is_told_of_what_is_taken(subject: str, sign: Any, row: str, severity: str) -> None:
    found = current(taken(subject), sign)
    assert found[row].severity == severity and found[row].applies == YES
    assert row not in current(sign) and all(c.applies != YES for c in current(taken(subject)).values())


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("audience", ["clinician", "patient"])
def test_only_what_is_to_be_avoided_can_be_fatal(language: str, audience: str) -> None:
    said = words_in(language, audience)
    mild = current(taken("phenelzine"), taken("lithium"))["maoi_serotonergic_weak"]
    grave = current(taken("phenelzine"), taken("sertraline"))["maoi_serotonergic"]
    assert (mild.severity, grave.severity) == ("caution", "avoid")
    never = ("fatal", "mortal", "not used together", "No se usan a la vez")
    assert any(word in said.say(grave.statement) for word in never)
    assert not any(word in said.say(mild.statement) for word in never)


def test_pregnancy_is_not_asked_for_the_sake_of_omeprazole() -> None:
    asked = {
        c.statement.params["subject"] for c in current(taken("omeprazole"), taken("sertraline")).values()
    }
    assert "sertraline" in asked and "omeprazole" not in asked
    told = current(taken("omeprazole"), PREGNANT)
    assert told["pregnancy_any"].applies == YES


@pytest.mark.parametrize(
    ("language", "region", "option", "text"),
    [
        ("en", "us", "quetiapine_xr", None),
        ("en", "eu", "quetiapine_xr", "nationally"),
        ("en", "us", "rtms", "after one failed antidepressant"),
        ("es", "us", "quetiapine_xr", None),
        ("es", "eu", "quetiapine_xr", "a nivel nacional"),
        ("es", "us", "rtms", "tras un antidepresivo fallido"),
    ],
)
def test_a_region_is_told_of_itself_once(language: str, region: str, option: str, text: str | None) -> None:
    found = steps(running("sertraline"), region=region)[option]
    said = words_in(language, "clinician")
    told = next(said.say(why) for why in found.why if why.key == "option.approval")
    assert told.count(":") == 1
    assert text is None or text in told
    assert text is not None or "nat" not in told.partition(":")[2].replace("nativ", "")


def test_a_name_in_the_plural_needs_no_agreement() -> None:
    said = words().say(Statement("review.recorded", {"condition": "relationship_problem"}))
    assert "problems is" not in said and "elationship problems" in said
