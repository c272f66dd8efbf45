"""What is known of many people, and the hope that a person's state allows: true, cited, from the tables."""

from __future__ import annotations

import pytest

from opentrd.knowledge.loader import load
from opentrd.present.words import messages
from opentrd.review.background import TOLD
from opentrd.review.checks.line import cells
from opentrd.review.figures import people
from tests.present.people import bundled, statements, words

SAMPLES = bundled()


def test_people_out_of_100_are_the_numbers_of_the_value() -> None:
    told = [row for row in load().figures.values() if row.people]
    assert len(told) > 20
    for row in told:
        for cell in cells(row.people):
            assert cell in row.value, row.figure
            assert 0 < float(cell) < 100, row.figure


def test_numbers_are_handed_on_in_their_order() -> None:
    figures = load().figures
    assert people(figures["ascertain_trd_response"]) == {"n1": 52.2, "n2": 38.1, "n3": 35.8}
    both = people(figures["stard_cumulative_remission"], figures["stard_reanalysis"])
    assert both == {"n1": 67.0, "n2": 35.0}


def test_a_figure_told_to_patients_takes_its_numbers_from_the_row() -> None:
    to_patients = {
        key: text for (where, key), text in messages("en").items() if key.startswith("figure_told.")
    }
    assert len(to_patients) >= 10
    for key, text in to_patients.items():
        row = load().figures[key.removeprefix("figure_told.")]
        numbers = people(row)
        assert numbers, key
        assert all(f"{{{name}:whole}}" in text for name in numbers), key
        assert "{n" + str(len(numbers) + 1) not in text, key


def test_a_figure_that_options_show_and_patients_can_read_has_words_for_them() -> None:
    known = load()
    shown = {name for option in known.options.values() for name in cells(option.figures)}
    told = {name for name in shown if known.figures[name].people}
    assert {f"figure_told.{name}" for name in told} <= {
        key for where, key in messages("en") if where == "patient"
    }


@pytest.mark.parametrize(
    ("person", "key"),
    [
        ("two-failures", "hope.after_two"),
        ("older-heart", "hope.after_one"),
        ("too-low", "hope.at_first"),
        ("bipolar", "hope.bipolar"),
        ("ect-failed", "hope.after_ect"),
        ("sixteen", "hope.ask"),
    ],
)
def test_hope_by_state(person: str, key: str) -> None:
    first = SAMPLES[person].background[0]
    assert first.key == key
    assert first.citations
    for citation in first.citations:
        load().row(citation)


def test_what_helped_this_person_comes_before_what_helped_others() -> None:
    helped = [a.background[0] for a in SAMPLES.values() if a.background[0].key.startswith("hope.help")]
    assert {said.key for said in helped} >= {"hope.helps_now", "hope.helped_before"}
    assert all(said.sources and said.params["treatment"] for said in helped)


def test_the_figures_read_elsewhere_stand_beside_those_of_the_primary_source() -> None:
    said = next(s for s in SAMPLES["two-failures"].background if s.key == "background.elsewhere")
    assert "figure:founding_article_no_response_at_all" in said.citations
    assert "figure:non_response" in said.citations
    for audience in ("clinician", "patient"):
        text = words(audience).say(said)
        assert all(number in text for number in ("10 to 15", "30 to 40", "19 to 34", "12 to 15")), text


def test_background_is_told_to_both_and_cited() -> None:
    said = SAMPLES["two-failures"].background
    assert [each.key for each in said[1:]] == list(TOLD)
    for each in statements(list(said)):
        assert each.citations or each.sources
        assert all(words(audience).tells(each) for audience in ("clinician", "patient"))
