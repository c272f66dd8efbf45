"""The report as PDF: one to three pages for everybody, help on each, offline, the same bytes again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from io import BytesIO
from typing import Any

import msgspec
import pypdf
import pytest

from opentrd.assessment import Assessment
from opentrd.knowledge.loader import load
from opentrd.present.answer import answer
from opentrd.present.pdf import report_pdf
from opentrd.present.pdf.density import CLINICIAN, MOST_PAGES, PATIENT
from opentrd.present.pdf.report import Report
from opentrd.present.safety import alarming, contacts, help_line
from opentrd.present.words import Words
from opentrd.records.model import Exposure
from tests.present import builders
from tests.present.parts import DEFINITIONS, assessment, judgement, scored, status, step, trial
from tests.present.people import everyone, with_audience, words, words_in

PEOPLE = everyone()
AUDIENCES = ("clinician", "patient")
#: Whose pages are read word by word, which takes its time; of the others the pages are counted.
READ = (
    "two_failures",
    "not_applicable",
    "safety",
    "bipolar",
    "older-heart",
    "older-classes",
    "sixteen",
    "by-hand",
)
#: What typst and other markups would act on, if it were read as markup.
EVIL = '#panic("x") $x^2$ *b* _i_ @ref <l> \\ `c` [a] // c <script> ../../etc/passwd'
#: The letters that come inside the compiler.
FONTS = ("LibertinusSerif", "NewCM", "DejaVuSansMono")


def shown(name: str, audience: str, region: str | None = None) -> Assessment:
    return with_audience(PEOPLE[name], audience, region)


@cache
def made(name: str, audience: str, region: str | None = None) -> pypdf.PdfReader:
    return pypdf.PdfReader(BytesIO(report_pdf(shown(name, audience, region), words(audience))))


def squeezed(text: str) -> str:
    """Return a text without blanks and hyphens: lines of a page break where they must."""
    return re.sub(r"[\s\u00a0\u00ad\u2060-]+", "", text)


def text_of(reader: pypdf.PdfReader) -> str:
    return squeezed(" ".join(page.extract_text() for page in reader.pages))


def said_in(found: object) -> Iterator[dict[str, Any]]:
    """Return everything that a template shows with numbers."""
    if isinstance(found, dict):
        if "marks" in found:
            yield found
        for value in found.values():
            yield from said_in(value)
    elif isinstance(found, (list, tuple)):
        for value in found:
            yield from said_in(value)


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("name", PEOPLE)
def test_one_to_three_pages_with_help_on_each(name: str, audience: str) -> None:
    a, reader = shown(name, audience), made(name, audience)
    assert 1 <= len(reader.pages) <= MOST_PAGES
    if name not in READ:
        return
    numbers = [squeezed(row.number) for row in contacts(load(), None)]
    for page in reader.pages:
        found = squeezed(page.extract_text())
        assert all(number in found for number in numbers)
    text = text_of(reader)
    headline = text.index(squeezed(answer(a, words(audience)).headline))
    for finding in a.safety if alarming(a.safety) else ():
        assert text.index(squeezed(words(audience).say(finding.statement))) < headline


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("name", PEOPLE)
def test_every_sentence_has_its_number_and_every_number_its_line(name: str, audience: str) -> None:
    data = Report(shown(name, audience), words(audience), CLINICIAN[0]).data()
    used = set()
    for said in said_in({key: value for key, value in data.items() if key != "answer"}):
        assert said["marks"], said
        used |= set(said["marks"])
    used |= {number for said in said_in(data["answer"]) for number in said["marks"]}
    used |= {n for key in ("verdict_marks",) for n in data["answer"][key]}
    used |= {n for row in data["review"] for n in row["ask_marks"]}
    assert used == set(range(1, len(data["notes"]) + 1))
    assert all(entry.strip() for entry in data["notes"])


@pytest.mark.parametrize("audience", AUDIENCES)
def test_the_order_is_that_of_the_page(audience: str) -> None:
    text = text_of(made("two-failures", audience))
    t, found = words(audience).text, answer(shown("two-failures", audience), words(audience))
    clinician = ["page.timeline", "page.trials", "page.verdicts", "page.staging", "pdf.review", "pdf.steps"]
    patient = ["page.timeline", "bring.title", "page.trials", "pdf.steps", "pdf.yourself", "pdf.review"]
    titles = clinician if audience == "clinician" else patient
    parts = [t("safety.top"), found.headline, *map(t, titles), t("pdf.notes")]
    places, start = [], 0
    for part in parts:
        start = text.index(squeezed(part), start)
        places.append(start)
    assert places == sorted(places)


def test_a_region_shows_its_own_contacts_alone() -> None:
    text = text_of(made("two-failures", "patient", "uk"))
    assert squeezed("Samaritans: 116 123") in text and squeezed("Lifeline") not in text


def test_the_patients_page_has_the_steps_and_no_jargon() -> None:
    for name in PEOPLE:
        data = Report(shown(name, "patient"), words("patient"), PATIENT[0]).data()
        assert len(data["bring"]) == 3 and not data["verdicts"] and not data["staging"]
        steps = [part["text"] for row in data["steps"]["cards"] for part in row["why"]]
        said = " ".join(
            [data["answer"]["headline"], *(line["text"] for line in data["bring"]), *steps]
        ).lower()
        for word in ("the patient", "adequate", "non-compliant", "verdict", "you failed"):
            assert word not in said, (name, word)


def test_the_document_names_itself_its_language_and_its_day_but_not_the_person() -> None:
    reader = made("two-failures", "clinician")
    info, root = reader.metadata, reader.root_object
    assert info is not None and info.title == "Treatment history" and info.author is None
    assert info.creation_date is not None and info.creation_date.date() == date(2026, 7, 1)
    assert "Ana" not in str(dict(info))
    assert str(root["/Lang"]) == "en" and "/StructTreeRoot" in root
    assert reader.xmp_metadata is not None and b"pdfuaid:part" in reader.xmp_metadata.stream.get_data()


def test_the_letters_are_those_of_the_compiler() -> None:
    fonts = {
        name.partition("+")[2]
        for page in made("older-classes", "patient").pages
        for found in page._get_fonts()
        for name in found
    }
    assert fonts and all(name.startswith(FONTS) for name in fonts), fonts


@pytest.mark.parametrize("audience", AUDIENCES)
def test_the_same_again(audience: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = report_pdf(shown("bipolar", audience), words(audience))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    assert report_pdf(shown("bipolar", audience), words(audience)) == first


def evil() -> Assessment:
    """A person whose record writes markup where names should be."""
    a = builders.two_failures()
    person = msgspec.structs.replace(a.record.person, name=EVIL, person_id=f"{EVIL}2")
    line = Exposure(
        person_id=EVIL,
        source_ids=(EVIL,),
        treatment=None,
        kind="comedication",
        origin="statement",
        product_text=EVIL,
        start_earliest=a.settings.as_of - 90,
        start_latest=a.settings.as_of - 90,
        ongoing=1,
        status="active",
    )
    tried = msgspec.structs.replace(
        a.judged.trials[0], stopped_for=(EVIL,), other_use=EVIL, role="not_for_depression", sources=(EVIL,)
    )
    record = msgspec.structs.replace(a.record, person=person, exposures=[line])
    judged = msgspec.structs.replace(
        a.judged,
        trials=[tried, *a.judged.trials[1:]],
        status=[msgspec.structs.replace(s, name=EVIL) for s in a.judged.status],
    )
    return msgspec.structs.replace(a, record=record, judged=judged)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_text_of_the_record_is_shown_and_never_read_as_markup(audience: str) -> None:
    a = with_audience(evil(), audience)
    reader = pypdf.PdfReader(BytesIO(report_pdf(a, words(audience, strict=False))))
    text = text_of(reader)
    assert text.startswith(squeezed(EVIL))
    assert text.count(squeezed('#panic("x") $x^2$ *b*')) >= 2
    assert EVIL not in str(dict(reader.metadata or {}))


def tried_much(count: int) -> Assessment:
    """A person with a long history: one treatment after another."""
    names = [key for key, row in load().treatments.items() if row.kind == "medicine" and row.main == "yes"]
    first = date(2012, 1, 2)
    trials = []
    for n in range(count):
        begin, end = first + timedelta(days=120 * n), first + timedelta(days=120 * n + 110)
        outcome = scored("none", 22, 21, begin.isoformat(), end.isoformat())
        steps = [step(names[n % len(names)], begin.isoformat(), end.isoformat(), 50)]
        trials.append(
            trial(names[n % len(names)], steps, outcome, role="switch" if n else "first", taken=0.9)
        )
    verdicts = [status(d, n, "met", count, count) for d, n in DEFINITIONS]
    return assessment("Ines", trials, [judgement(t, 1) for t in trials], verdicts, region=None)


@pytest.mark.parametrize("count", [22, 36])
@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_long_history_is_set_tighter(audience: str, count: int) -> None:
    a = with_audience(tried_much(count), audience)
    reader = pypdf.PdfReader(BytesIO(report_pdf(a, words(audience))))
    text = text_of(reader)
    assert len(reader.pages) <= MOST_PAGES
    last = words(audience).write("name", a.judged.trials[-1].treatment)
    assert squeezed(last[1:]) in text
    assert re.search(r"latest\d+of" + str(count) + "treatments", text)


def test_in_spanish() -> None:
    a = PEOPLE["spanish"]
    for audience in AUDIENCES:
        shown = with_audience(a, audience)
        reader = pypdf.PdfReader(BytesIO(report_pdf(shown, Words("es", audience, load()))))
        assert len(reader.pages) <= MOST_PAGES and str(reader.root_object["/Lang"]) == "es"


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_danger_of_today_says_whom_to_call(language: str) -> None:
    kind = words_in(language, "patient")
    said = squeezed(kind.text("current.ask_today"))
    for name in ("many-medicines", "two-failures"):
        paper = pypdf.PdfReader(BytesIO(report_pdf(shown(name, "patient"), kind)))
        assert (said in text_of(paper)) is (name == "many-medicines")


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize(("language", "region"), [("en", None), ("es", "us")])
def test_help_stands_over_the_answer(language: str, region: str | None, audience: str) -> None:
    kind, a = words_in(language, audience), shown("tms-esketamine", audience, region)
    text = text_of(pypdf.PdfReader(BytesIO(report_pdf(a, kind))))
    assert text.index(squeezed(help_line(region, kind))) < text.index(squeezed(answer(a, kind).headline))
