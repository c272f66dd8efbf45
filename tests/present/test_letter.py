"""The letter of referral: filled from the record, nothing invented, every part with what it rests on."""

from __future__ import annotations

import re
import sys
from collections import Counter
from io import BytesIO
from pathlib import Path

import msgspec
import pypdf
import pytest

from opentrd.assessment import Assessment
from opentrd.cli import main
from opentrd.demo import SAMPLES
from opentrd.knowledge.loader import load
from opentrd.present.answer import answer
from opentrd.present.letter import Letter, Part, by_label, letter, spans
from opentrd.present.letter_text import letter_text
from opentrd.present.pdf import letter_pdf
from opentrd.present.safety import alarming
from opentrd.present.view import trial_views
from opentrd.present.words import Words
from tests.present.people import bundled, everyone, words
from tests.present.test_pdf import EVIL, evil, squeezed

PEOPLE = everyone()
ANA = str(SAMPLES / "two-failures.json")
DAY = ("--as-of", "2026-07-01")


def written(name: str) -> Letter:
    return letter(PEOPLE[name], words())


def part(name: str, key: str) -> list[str]:
    title = words().text(f"letter.part.{key}")
    return [line.text for part in written(name).parts if part.title == title for line in part.lines]


@pytest.mark.parametrize("name", PEOPLE)
def test_the_letter_tells_the_answer_every_treatment_and_its_blanks(name: str) -> None:
    a, text = PEOPLE[name], squeezed(letter_text(PEOPLE[name], words()))
    found = written(name)
    assert squeezed(answer(a, words()).headline) in text
    rows = [row for part in found.parts for row in part.rows]
    assert len(rows) == len(a.judged.trials)
    assert [row[0].split(" (")[0].lower() for row in rows] == [
        v.name.lower() for v in trial_views(a, words())
    ]
    for label in (*found.address, *found.blanks, found.draft, found.consent):
        assert squeezed(label) in text
    assert "checked" in found.draft and text.count("____") >= len(found.blanks)


@pytest.mark.parametrize("name", PEOPLE)
def test_every_sentence_rests_on_something(name: str) -> None:
    found = written(name)
    ask = words().text("letter.ask")
    for part in found.parts:
        for line in part.lines:
            if line.text != ask and name in bundled():
                assert line.sources or line.citations or line.searched, (part.title, line.text)
    listed = dict(found.basis)
    for part in found.parts:
        if part.sources or part.citations:
            assert listed[part.title]
    lines = listed.get(words().text("letter.lines"), "")
    for source in {source for part in found.parts for source in part.sources}:
        assert source in lines


def test_every_number_of_a_basis_names_a_line() -> None:
    found = written("two-failures")
    *parts, (_, lines) = found.basis
    last = max(int(number) for number in re.findall(r"(?:^| · )(\d+) ", lines))
    cited = [int(n) for _, text in parts for n in re.findall(r"\d+", text.split(";")[0]) if "lines" in text]
    assert cited and max(cited) == last


@pytest.mark.parametrize(
    ("numbers", "said"), [([], ""), ([3], "3"), ([1, 2, 3, 7], "1–3, 7"), ([5, 4, 5, 9, 8], "4–5, 8–9")]
)
def test_spans(numbers: list[int], said: str) -> None:
    assert spans(numbers) == said


def test_sentences_with_the_same_label_stand_together() -> None:
    lines = [line for part in written("two-failures").parts for line in part.lines]
    labels = [label for label, _ in by_label(lines) if label]
    assert labels == [label for n, label in enumerate(labels) if n == 0 or labels[n - 1] != label]


def without(a: Assessment) -> Assessment:
    """Return a person of whom nothing personal is known."""
    person = msgspec.structs.replace(
        a.record.person, name=None, birth_earliest=None, birth_latest=None, sex=None
    )
    record = msgspec.structs.replace(a.record, person=person, exposures=[], observations=[], scores=[])
    return msgspec.structs.replace(a, record=record, safety=[])


def test_what_is_unknown_is_said_to_be_unknown() -> None:
    found = letter(without(PEOPLE["two-failures"]), words())
    assert [value for _, value in found.about[:3]] == ["not known"] * 3
    said = {part.title: " ".join(line.text for line in part.lines) for part in found.parts}
    assert "No medicine that goes on" in said[words().text("letter.part.present")]
    assert "whether it was asked is not known" in said[words().text("letter.part.safety")]
    assert "Nothing recorded; not known." in said[words().text("letter.part.findings")]


def test_what_is_taken_now_has_its_dose_and_day() -> None:
    assert "Venlafaxine, 225 mg a day, first recorded 30 March 2026." in part("two-failures", "present")
    assert any("Omeprazole" in line for line in part("two-failures", "present"))


def test_the_options_are_names_and_never_the_referral_itself() -> None:
    said = " ".join(part("two-failures", "asked"))
    assert "aripiprazole" in said and "rTMS" in said
    assert words().write("option_name", "refer") not in said


@pytest.mark.parametrize("name", PEOPLE)
def test_an_alarm_comes_before_all_else(name: str) -> None:
    titles = [part.title for part in written(name).parts]
    place = titles.index(words().text("letter.part.safety"))
    assert (place == 0) is alarming(PEOPLE[name].safety)
    assert len(part(name, "safety")) == max(1, len(PEOPLE[name].safety))


@pytest.mark.parametrize("name", ["two-failures", "bipolar", "many-medicines", "safety", "by-hand"])
def test_on_paper_it_says_the_same(name: str) -> None:
    a, found = PEOPLE[name], written(name)
    reader = pypdf.PdfReader(BytesIO(letter_pdf(a, words())))
    text = squeezed(" ".join(page.extract_text() for page in reader.pages))
    assert len(reader.pages) <= 4
    assert reader.metadata is not None and "Lindqvist" not in str(dict(reader.metadata))
    for part in found.parts:
        assert squeezed(part.title) in text
        for line in part.lines:
            assert squeezed(line.text)[:60] in text, line.text
    assert letter_pdf(a, words()) == letter_pdf(a, words())


def test_text_of_the_record_is_no_markup() -> None:
    a, kind = evil(), words(strict=False)
    reader = pypdf.PdfReader(BytesIO(letter_pdf(a, kind)))
    text = squeezed(" ".join(page.extract_text() for page in reader.pages))
    assert text.count(squeezed(EVIL[:24])) >= 3
    assert squeezed(letter_text(a, kind)).count(squeezed(EVIL)) >= 3


def test_in_spanish() -> None:
    text = letter_text(PEOPLE["spanish"], Words("es", "clinician", load(), strict=True))
    assert "Motivo de la derivación" in text and "Lucía Fernández Ortega" in text


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["opentrd", *arguments])
    try:
        main()
    except SystemExit as leave:
        return int(leave.code or 0)
    return 0


def test_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, "letter", ANA, *DAY) == 0
    assert "Ana Lindqvist" in capsys.readouterr().out
    for form, start in (("text", b"LETTER"), ("pdf", b"%PDF")):
        path = tmp_path / f"letter.{form}"
        assert run(monkeypatch, "letter", ANA, *DAY, "--format", form, "--out", str(path)) == 0
        assert path.read_bytes().startswith(start)
    path = tmp_path / "report.pdf"
    assert run(monkeypatch, "assess", ANA, *DAY, "--format", "pdf", "--region", "us", "--out", str(path)) == 0
    assert path.read_bytes().startswith(b"%PDF")


def test_several_persons_need_a_folder(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    people = tmp_path / "people"
    people.mkdir()
    for name in ("two-failures.json", "missing-doses.json"):
        (people / name).write_bytes((SAMPLES / name).read_bytes())
    assert run(monkeypatch, "letter", str(people), *DAY) == 2
    assert "--out" in capsys.readouterr().err
    out = str(tmp_path / "out")
    assert run(monkeypatch, "letter", str(people), *DAY, "--format", "pdf", "--out", out) == 0
    assert len(list((tmp_path / "out").glob("*.referral.pdf"))) == 2
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert run(monkeypatch, "assess", ANA, *DAY, "--format", "pdf") == 2
    assert "--out" in capsys.readouterr().err


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("name", ["two-failures", "older-classes", "tms-esketamine", "whole-person"])
def test_no_word_of_the_table_is_cropped(name: str, width: int, language: str) -> None:
    kind = Words(language, "clinician", load(), strict=True)
    found, text = letter(PEOPLE[name], kind), letter_text(PEOPLE[name], kind, width)
    assert max(map(len, text.splitlines())) <= width
    table = squeezed(text[text.index(kind.text("letter.part.treatments")) :])
    shown = table[: table.index(squeezed(found.parts[found.parts.index(treated(found)) + 1].title))]
    told = squeezed("".join((*found.columns, *(cell for row in treated(found).rows for cell in row))))
    assert not Counter(told) - Counter(shown)


def treated(found: Letter) -> Part:
    """Return the part with the table."""
    return next(part for part in found.parts if part.rows)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_treatment_that_is_not_the_first_is_not_called_so(language: str) -> None:
    found = letter(PEOPLE["older-classes"], Words(language, "clinician", load(), strict=True))
    names = [row[0] for row in treated(found).rows]
    assert not [name for name in names if "(first)" in name or "(primer" in name]
    assert len([name for name in names if "(" in name]) < len(names)


@pytest.mark.parametrize(("name", "called"), [("by-hand", "Ruth Abebe"), ("from-memory", "Emeka Obi")])
def test_the_name_of_a_sheet_is_the_name_of_the_letter(name: str, called: str) -> None:
    about = dict(written(name).about)
    assert about["Name"] == called
    assert about["Record number"] == "not known"
