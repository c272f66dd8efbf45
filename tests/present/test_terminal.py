"""The terminal: the answer first, no colour alone, the width of the terminal, never a wall."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from opentrd.present.explain import UNUSED, UnknownSubjectError, explain_subject
from opentrd.present.safety import alarming, contact_lines, help_line
from opentrd.present.terminal import render
from tests.present import builders
from tests.present.people import everyone, with_audience, words, words_in

PEOPLE = everyone()
#: The history and the review with the next steps: two screens each where there is much to say.
MOST_LINES = {("clinician", 100): 215, ("clinician", 60): 305, ("patient", 100): 150, ("patient", 60): 215}


def shown(name: str, audience: str = "clinician", width: int = 100, colour: bool = False) -> str:
    text = StringIO()
    console = Console(
        file=text,
        width=width,
        force_terminal=colour,
        no_color=not colour,
        markup=False,
        highlight=False,
        emoji=False,
        color_system="truecolor" if colour else None,
    )
    console.print(render(with_audience(PEOPLE[name], audience), words(audience), width))
    return text.getvalue()


@pytest.mark.parametrize("audience", ["clinician", "patient"])
@pytest.mark.parametrize("width", [60, 100])
@pytest.mark.parametrize("name", PEOPLE)
def test_fits_the_width_and_is_no_wall(name: str, width: int, audience: str) -> None:
    text = shown(name, audience, width)
    assert all(len(line.rstrip()) <= width for line in text.splitlines())
    assert len(text.splitlines()) < MOST_LINES[audience, width]
    assert "as of" in text


@pytest.mark.parametrize("name", PEOPLE)
def test_safety_stands_on_top(name: str) -> None:
    text = shown(name)
    if alarming(PEOPLE[name].safety):
        assert text.index("⚠") < text.index("findahelpline")
        assert text.index("If life is in danger") < text.index("911")
    else:
        assert "⚠" not in text


@pytest.mark.parametrize("name", PEOPLE)
def test_no_jargon_for_the_person(name: str) -> None:
    text = shown(name, "patient").lower()
    for word in ("the patient", "adequate", "definitions;", "maudsley", "verdict"):
        assert word not in text, word
    assert "three questions to bring" in text


def test_colour_only_where_it_is_wanted() -> None:
    assert "\x1b[" in shown("two_failures", colour=True)
    assert "\x1b[" not in shown("two_failures")


def test_the_words_say_what_the_colours_say() -> None:
    text = shown("two_failures", width=120)
    assert "no response" in text and "✓ adequate" in text and "– not adequate" in text
    assert "4 of 6 definitions" in text and "1 needs a fact" in text
    assert "Maudsley 6 of 15" in text


@pytest.mark.parametrize("name", PEOPLE)
def test_everything_can_be_explained(name: str) -> None:
    a = PEOPLE[name]
    subjects = [None, UNUSED, *(t.id for t in a.judged.trials), *{s.definition for s in a.judged.status}]
    console = Console(file=StringIO(), width=100, markup=False)
    for subject in subjects:
        console.print(explain_subject(a, subject, words()))


def test_an_explanation_goes_down_to_the_record_lines() -> None:
    a = builders.two_failures()
    text = StringIO()
    Console(file=text, width=140, markup=False).print(explain_subject(a, "sertraline-2026-01", words()))
    assert "MedicationDispense/sertraline-2026-01-05" in text.getvalue()
    assert "at least 50 mg is needed" in text.getvalue()
    with pytest.raises(UnknownSubjectError, match="sertraline-2026-01"):
        explain_subject(a, "nothing", words())


@pytest.mark.parametrize("audience", ["clinician", "patient"])
@pytest.mark.parametrize(
    ("language", "region", "said"),
    [
        ("en", None, "the local emergency number · Find a helpline near you: findahelpline.com"),
        ("en", "us", "911 · 988"),
        ("en", "uk", "999 or 112 · Samaritans: 116 123"),
        ("en", "eu", "112"),
        ("es", None, "el número de emergencias del lugar"),
        ("es", "us", "911 · "),
    ],
)
def test_help_is_the_second_line_where_nothing_alarms(
    language: str, region: str | None, said: str, audience: str
) -> None:
    kind = words_in(language, audience)
    console = Console(file=(text := StringIO()), width=132, markup=False)
    console.print(render(with_audience(PEOPLE["tms-esketamine"], audience, region), kind, 132))
    line, below = help_line(region, kind), " ".join(" ".join(text.getvalue().splitlines()[1:3]).split())
    assert below.startswith(line) and said in line
    assert contact_lines(region, kind)[-1][:40] in text.getvalue() or region is None
