"""The review and the next steps in the terminal, and explaining them: reachable, and with a way on."""

from __future__ import annotations

from io import StringIO

import msgspec
import pytest
from rich.console import Console

from opentrd.assessment import Assessment
from opentrd.present.explain import explain_subject
from opentrd.present.review import by_fit, cards
from opentrd.present.terminal_review import named
from tests.present.people import bundled, words
from tests.present.test_terminal import PEOPLE, shown

ADULTS = [name for name, a in PEOPLE.items() if len(a.options) > 1]
PREFERRED = (("talking_therapy", 1.0), ("weight", 2.0))


def flat(text: str) -> str:
    """Return a text as one line, so that wrapping doesn't matter."""
    return " ".join(text.split())


def explained(a: Assessment, subject: str, audience: str = "clinician") -> str:
    text = StringIO()
    Console(file=text, width=4000, markup=False, highlight=False).print(
        explain_subject(a, subject, words(audience))
    )
    return text.getvalue()


@pytest.mark.parametrize("name", PEOPLE)
def test_the_answer_comes_first_then_the_review_then_the_steps(name: str) -> None:
    text = shown(name)
    places = [text.index(title) for title in ("What a specialist looks at", "Next steps to weigh", "As of")]
    assert places == sorted(places)
    assert text.index("Treatment") < places[0] if PEOPLE[name].judged.trials else True


@pytest.mark.parametrize("name", PEOPLE)
def test_all_that_was_found_is_shown_with_its_reason(name: str) -> None:
    text = flat(shown(name, width=132)).replace("\xa0", " ")
    for line in PEOPLE[name].review:
        if line.finding == "present":
            for why in line.why:
                assert words().say(why).replace("\xa0", " ") in text


@pytest.mark.parametrize("name", ADULTS)
def test_every_suggested_step_is_named_with_its_medicines(name: str) -> None:
    text = flat(shown(name, width=60))
    groups = dict(by_fit(cards(PEOPLE[name], words())))
    for card in groups.get("suggested", []):
        assert card.name in text
        assert all(medicine in text for medicine in card.medicines)
    for card in groups.get("avoid", []):
        assert named(card, words()) + ":" in text


#: Sample, what must stand in the clinician's steps.
SAID = [
    ("two-failures", "poor sleep: PHQ-9 item 3 answered 3"),
    ("two-failures", "add aripiprazole° (aripiprazole)"),
    ("two-failures", "First-line addition after 2 failed treatments."),
    ("two-failures", "Ask: pregnancy (caution)."),
    ("two-failures", "Once asked, perhaps also: bupropion, agomelatine, trazodone and nefazodone."),
    ("many-medicines", "Last tranylcypromine 24 June 2026, and tramadol is taken: they belong 14 days apart"),
    ("many-medicines", "● eGFR (kidney function) was low"),
    ("two-failures", "Evidence level 1 (CANMAT)"),
    (
        "two-failures",
        "3 failed treatments needed, 2 so far: an MAO inhibitor and magnetic seizure",
    ),
    ("older-heart", "add liothyronine (T3): Coronary heart disease: liothyronine strains heart and bone"),
    ("older-heart", "a tricyclic antidepressant: caution: Coronary heart disease:"),
    ("older-heart", "monitor: From 60 on sertraline lowers sodium more often"),
    ("safety", "to ask (avoid): Not recorded, or not lately: heart disease"),
    ("bipolar", "No antidepressant is taken to which it could be added: add aripiprazole"),
    ("wait", "The present treatment has not had its full time: sertraline."),
]


@pytest.mark.parametrize(("name", "said"), SAID)
def test_what_is_said_in_the_narrow_terminal(name: str, said: str) -> None:
    assert said in flat(shown(name, width=72))


def test_the_columns_of_the_wide_terminal() -> None:
    heads = [line.split() for line in shown("two-failures", width=130).splitlines() if "Evidence" in line]
    assert ["Option", "Why", "Care,", "and", "what", "to", "ask", "Evidence"] in heads
    narrow = shown("two-failures", width=72)
    assert "Care, and what to ask" not in narrow


def test_preferences_are_named_and_give_their_reason() -> None:
    a = bundled()["two-failures"]
    asked = msgspec.structs.replace(a, settings=msgspec.structs.replace(a.settings, preferences=PREFERRED))
    PEOPLE["asked"] = asked
    try:
        clinician, person = flat(shown("asked", width=60)), flat(shown("asked", "patient", width=60))
    finally:
        del PEOPLE["asked"]
    assert "Ordered also by what matters to this person: talking therapy and weight × 2." in clinician
    assert "Weight gain: some with aripiprazole" in clinician
    assert "You said that this matters to you: talking therapy and weight." in person
    assert "Weight gain:" not in flat(shown("two-failures", width=60))


def test_a_danger_of_today_is_told_to_the_person_with_whom_to_call() -> None:
    text = flat(shown("many-medicines", "patient"))
    assert "Until then tramadol is not safe with it." in text
    assert "Please call your doctor or pharmacist today" in text
    assert "Please call your doctor or pharmacist today" not in flat(shown("two-failures", "patient"))
    care = text[text.index("The medicines you take now") : text.index("Please call your doctor")]
    assert care.count("Take care:") > 1


@pytest.mark.parametrize("name", PEOPLE)
def test_the_person_is_never_left_without_a_way_on(name: str) -> None:
    text = flat(shown(name, "patient"))
    referral = text.rindex("At any time you can ask a specialist")
    assert text.index("What can come next") < referral < text.rindex("findahelpline")
    assert text.rindex("call the emergency number or a crisis line now") > referral
    assert "no options" not in text.lower()
    for word in ("canmat", "augmentation", "contraindic", "adjunct", "failed treatment"):
        assert word not in text.lower(), word


def test_adult_steps_are_not_for_everybody() -> None:
    young = flat(shown("sixteen", "patient")) + flat(shown("sixteen"))
    assert "aripiprazole" not in young and "A team for young people" in young
    other = flat(shown("ocd-sertraline", width=72))
    assert "begin with the diagnosis" in other and "failed treatments needed" not in other
    assert "aripiprazole" not in flat(shown("ocd-sertraline", "patient"))


def test_what_the_person_can_do_alone_stands_apart() -> None:
    text = flat(shown("two-failures", "patient"))
    alone = text[text.index("What you can do yourself") :]
    assert "Exercise." in alone and "A steady sleep rhythm." in alone
    assert "Exercise." not in text[: text.index("What you can do yourself")]


@pytest.mark.parametrize("audience", ["clinician", "patient"])
@pytest.mark.parametrize("name", ["two-failures", "older-heart", "sixteen", "many-medicines"])
def test_every_step_and_check_can_be_explained(name: str, audience: str) -> None:
    a = PEOPLE[name]
    for subject in ("review", "options", "cautions", "background"):
        assert explained(a, subject, audience)
    for option in a.options:
        assert option.placed_by.partition(":")[2] in explained(a, f"option:{option.option}", audience)
    for row in {option.placed_by for option in a.options}:
        placed = explained(a, row, audience)
        assert all(f"({o.option})" in placed for o in a.options if o.placed_by == row)
    for check in {line.check for line in a.review}:
        assert explained(a, check, audience)
    for row in {caution.caution for caution in a.cautions}:
        assert explained(a, row, audience)


#: Sample, subject, what must stand in its explanation.
DOWN_TO = [
    ("two-failures", "lithium", "order of the next steps: second_line_add"),
    ("two-failures", "option:lithium", "MedicationDispense/"),
    ("two-failures", "lithium", "What is the kidney function now (eGFR)?"),
    ("two-failures", "lithium", "(not yet confirmed)"),
    ("two-failures", "lithium", "(our choice)"),
    ("two-failures", "lithium", "published figure: stard_step_3_lithium_vs_t3. Nierenberg 2006"),
    ("two-failures", "thyroid", "Looked for and not found: "),
    ("two-failures", "review:thyroid", "Measure TSH where it is missing or old."),
    ("two-failures", "caution:lithium_egfr_moderate", "add lithium (lithium): possible"),
    ("bipolar", "bipolar_recorded", "Condition/"),
    ("older-heart", "t3", "avoid: caution:"),
]


@pytest.mark.parametrize(("name", "subject", "said"), DOWN_TO)
def test_an_explanation_goes_down_to_lines_and_rows(name: str, subject: str, said: str) -> None:
    assert said in explained(PEOPLE[name], subject)


def test_a_key_of_two_tables_explains_both() -> None:
    a = PEOPLE["two-failures"]
    both = explained(a, "alcohol")
    assert "alcohol: not known" in both and "stop or cut alcohol and drugs: possible" in both
    assert "stop or cut" not in explained(a, "review:alcohol")
    assert "alcohol: not known" not in explained(a, "option:alcohol")
