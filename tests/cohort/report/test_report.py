"""The report of a population says what the sums say, hides what they hide, and asks for nothing outside."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import msgspec
import pytest

from opentrd.cohort.report.drawing import NARROW, WIDE, Row, Segment, bars
from opentrd.cohort.report.page import Facts, first_line, report, second_line
from opentrd.cohort.report.telling import Telling
from opentrd.cohort.summing.summary import SumOptions, summarise
from opentrd.cohort.summing.sums import Size, Sums
from opentrd.knowledge.loader import load
from opentrd.present.words import Words
from tests.cohort.summing.population import OTHER, TWO, at_random

WORDS = Words("en", "clinician", load(), strict=True)
QUESTIONS = (
    "sizes",
    "attrition",
    "overlap",
    "waiting",
    "flow",
    "adequacy",
    "staging",
    "following",
    "gaps",
    "missing",
)


def texts(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def size(**more: int | None) -> Size:
    return Size(definition="ema_2013", name="EMA", headline=True, **more)


def test_the_first_line_is_a_number_with_its_bounds(made: tuple[Path, Sums], pages: dict[str, Path]) -> None:
    sums = made[1]
    main = next(each for each in sums.sizes if each.definition == sums.main)
    heading = re.search("<h1>(.*?)</h1>", texts(pages["en"]))
    assert heading is not None
    for count in (sums.treated, main.certain, main.possible):
        assert f" {count}" in heading[1]


def test_first_line_in_words(made: tuple[Path, Sums]) -> None:
    sums = msgspec.structs.replace(made[1], treated=48120)
    tell = Telling(WORDS)
    assert first_line(sums, size(certain=5300, undetermined=2600, possible=7900), tell).replace(
        "\xa0", " "
    ) == (
        "Of 48,120 people treated for depression, 5,300 (11.0 %) meet the definition for certain, up to "
        "7,900 (16.4 %) if unknown doses, times and outcomes spoke for it."
    )
    assert "nothing unknown" in first_line(sums, size(certain=5300, undetermined=0, possible=5300), tell)
    assert "is hidden" in first_line(sums, size(certain=5300, undetermined=None, possible=None), tell)
    assert "not shown" in first_line(sums, size(certain=None, undetermined=None, possible=7900), tell)


def several(*certain: int | None) -> list[Size]:
    return [
        Size(definition=name, name=name, headline=True, certain=count, undetermined=count, possible=None)
        for name, count in zip(("ema_2013", "us_label_esketamine", "fabbri_2021"), certain, strict=True)
    ]


@pytest.mark.parametrize(
    ("certain", "said"),
    [
        (
            (10, 30, 10),
            "; 1 other main definition comes to the same numbers. Over all 3 main definitions it is 10",
        ),
        ((10, 10, 10), "All 3 main definitions come to 10 ("),
        ((None, None, 10), "(2013). Of 3 main definitions 1 can be shown and comes to 10 ("),
        ((None, 40, 10), "(2013). Of 3 main definitions 2 can be shown: they come to 10 ("),
        ((None, None, None), "(2013). How many people meet each of the 3 main definitions is hidden."),
    ],
)
def test_only_known_numbers_are_compared(
    made: tuple[Path, Sums], certain: tuple[int | None, ...], said: str
) -> None:
    sizes = several(*certain)
    sums = msgspec.structs.replace(made[1], sizes=sizes, treated=100)
    assert said in second_line(sums, sizes[0], Telling(WORDS)).replace("\xa0", " ")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("persons", [12, 40, 90])
def test_sentences_are_whole_where_numbers_are_hidden(language: str, persons: int, tmp_path: Path) -> None:
    words = Words(language, "clinician", load(), strict=True)
    hidden = words.text("cohort.hidden")
    folder = at_random(persons, persons).write(tmp_path)
    sums = summarise(folder, load(), SumOptions(compare=(TWO, OTHER)))
    nothing = {"certain": None, "undetermined": None, "possible": None}
    main, *rest = (msgspec.structs.replace(each, **nothing) for each in sums.sizes)
    others = [msgspec.structs.replace(each, headline=False) for each in rest]
    assert sums.flow is not None
    assert sums.following is not None
    for made in (
        sums,
        msgspec.structs.replace(sums, treated=None),
        msgspec.structs.replace(sums, sizes=[main, *rest]),
        msgspec.structs.replace(sums, sizes=[main, *others]),
        msgspec.structs.replace(sums, flow=msgspec.structs.replace(sums.flow, persons=None)),
        msgspec.structs.replace(sums, following=msgspec.structs.replace(sums.following, persons=None)),
    ):
        page = report(made, Facts(), words)
        for text in re.findall('<h1>(.*?)</h1>|<p class="(?:says|under)">(.*?)</p>', page, re.DOTALL):
            sentence = unescape("".join(text))
            assert not re.search(rf"(?i)(^|of |de ){hidden} ", sentence), sentence
            assert not re.search(r"[,;:]\s*[.,;:]|\(\)|None", sentence), sentence
            assert sentence[-1] in ".:"
        assert f"{hidden} {words.text('cohort.people', n='').strip()}" not in page


@pytest.mark.parametrize("language", ["en", "es"])
def test_one_picture_a_question_each_with_its_table(pages: dict[str, Path], language: str) -> None:
    page = texts(pages[language])
    for question in QUESTIONS:
        section = re.search(rf'<section id="{question}".*?</section>', page, re.DOTALL)
        assert section is not None, question
        assert "<svg" in section[0], question
        assert section[0].count("<tr>") > 1, question
        assert 'class="says"' in section[0], question


@pytest.mark.parametrize("language", ["en", "es"])
def test_it_asks_for_nothing_outside(pages: dict[str, Path], language: str) -> None:
    page = texts(pages[language])
    assert not re.search(r"https?://|\bsrc=|@import|<link|<script|url\((?!#)", page)


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_small_count_stands_in_a_table(pages: dict[str, Path], language: str) -> None:
    page = texts(pages[language])
    for table in re.findall("<table>(.*?)</table>", page, re.DOTALL):
        if '<th scope="row">' in table and "semana" not in table and "week" not in table:
            cells = [unescape(cell) for cell in re.findall("<td>(.*?)</td>", table)]
            assert not [cell for cell in cells if cell in ("1", "2", "3", "4")]
    assert WORDS.text("cohort.hidden") in texts(pages["en"])


def test_rows_of_the_source_hide_small_counts_too(pages: dict[str, Path]) -> None:
    assert "<td>903</td>" not in texts(pages["en"]) or "no date (3)" not in texts(pages["en"])
    assert "(3)" not in texts(pages["en"])


def test_what_comes_from_outside_is_escaped(pages: dict[str, Path]) -> None:
    assert "clinic &lt;b&gt;east&lt;/b&gt;" in texts(pages["en"])
    assert "<b>east</b>" not in texts(pages["en"])


def test_what_the_source_lacks_is_said(pages: dict[str, Path]) -> None:
    assert "drug_strength: has no rows<small>Strengths are taken from" in texts(pages["en"])
    assert "drug_strength: no tiene filas<small>Las potencias se toman de" in texts(pages["es"])


def test_a_clinics_own_rows_are_said(pages: dict[str, Path]) -> None:
    assert "2 rows are the clinic&#39;s own" in pages["en"].read_text()
    assert "2 filas son propias de la clínica" in pages["es"].read_text()


def test_a_report_without_settings(made: tuple[Path, Sums]) -> None:
    assert "<h1>" in report(made[1], Facts(), WORDS)


def test_bars_keep_their_words_apart() -> None:
    row = Row(
        label="A name that is much too long for a narrow page", segments=[Segment(3, "good")], note="3,000"
    )
    narrow, wide = bars([row], 3, NARROW), bars([row], 3, WIDE)
    assert "A name that is much too long for a narrow page</title>" in narrow
    assert "…" in narrow
    assert ">3,000<" in wide


@pytest.mark.parametrize("language", ["en", "es"])
def test_names_of_definitions_are_never_cut_where_there_is_room(language: str) -> None:
    words = Words(language, "clinician", load(), strict=True)
    names = [words.write("definition", name) for name in load().definitions]
    for strong in (False, True):
        drawn = bars([Row(label=name, segments=[], note="", strong=strong) for name in names], 1, WIDE)
        assert "…" not in drawn
        labels = re.findall("<text font-size.*?<title>(.*?)</title>", drawn)
        assert [unescape(label) for label in labels] == names


def test_a_hidden_part_is_not_drawn() -> None:
    row = Row(label="a", segments=[Segment(None, "good"), Segment(5, "bad")], note="hidden")
    drawn = bars([row], 10, WIDE)
    assert "t-bad" in drawn
    assert "t-good" not in drawn
