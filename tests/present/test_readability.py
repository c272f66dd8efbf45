"""What a patient reads is plain: a reading age of about 12, short sentences, no word left unexplained.

The grade is that of Flesch and Kincaid, over each block of the page (the answer, the review, the options and
so on) for every sample person. Names of medicines, therapies and diagnoses count as one plain word, as they
can't be made shorter and a person knows those of their own treatment; so do a list of names and a date. The
word depression counts as it is. Numbers are left out of the grade of a single sentence, which they make look
harder than it is.
"""

from __future__ import annotations

import re
from functools import cache

import pytest
import textstat

from opentrd.assessment import Assessment
from opentrd.knowledge.loader import load
from opentrd.present.answer import answer, asked, to_bring
from opentrd.present.review import Card, Care, cards, cares, domains
from opentrd.present.words import Words, messages
from opentrd.statement import Statement
from tests.present.people import bundled, statements, with_audience, words

#: About the reading age of 12.
GRADE = 8.0
LONGEST = 25
#: A sentence on its own; one of a few words is not measured: a single long word decides it.
HARDEST = 14.0
SHORT = 6

#: What a patient must not meet, or only beside a plain word that says what is meant.
JARGON = {
    r"augment\w*": None,
    r"adequa\w+": None,
    r"contraindicat\w*": None,
    r"off-label": None,
    r"\blabel\b": None,
    r"serotonin\w*": None,
    r"\bQT\b": None,
    r"\bSSRI|\bSNRI|\bTCA\b": None,
    r"antipsychotic\w*": None,
    r"(?:first|second|third)[- ]line": None,
    r"\bremission|\brespon(?:d|se)": None,
    r"metaboli[sz]\w*": None,
    r"comorbid\w*": None,
    r"adheren\w+|complian\w+": None,
    r"PHQ|GAD-7|MADRS|HAM-?D|QIDS|C-SSRS": None,
    r"CANMAT|\bNICE\b|VA/DoD": None,
    r"STAR\*D|OPTIMUM|ASCERTAIN|ELEKT-D|ESCAPE-TRD|CoBalT|PETRUSHKA": None,
    r"eGFR|HbA1c|\bTSH\b|\bALT\b": None,
    r"cardiolog\w+|arrhythmia|electrolyt\w+": None,
    r"[Nn]one in the record|nothing about this": None,
    r"[Tt]ricyclic": "older",
    r"MAO inhibitor": "oldest",
    r"electroconvulsive": "ECT",
    r"\bECG\b": "heart",
    r"diathermy": "heat",
    r"apnoea": "breathing",
    r"seizure": "fit",
}
#: What blames, and what promises.
UNKIND = (
    r"you failed|your fault|refus\w+|non-?compli\w+|you should have|guarantee|will cure|\bcures?\b|no options"
)


@cache
def _names() -> re.Pattern[str]:
    """Return what counts as one plain word, the longest names first."""
    known, to_patient = load(), words("patient")
    names = {row.name for row in known.treatments.values()} | {row.name for row in known.conditions.values()}
    names |= {to_patient.write("name", key) for key in known.treatments}
    names |= {to_patient.write("condition", key) for key in known.conditions}
    names |= {key.removeprefix("comedication:") for key in map(str, known.comedication_names)}
    longest = sorted(names - {"Depression", "depression"}, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest)) + r")(?!\w)", re.IGNORECASE)


def plain(text: str, own: frozenset[str] = frozenset()) -> str:
    """Return a text with each name, each list of names and each date as one plain word."""
    for name in sorted(own, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "pill", text, flags=re.IGNORECASE)
    text = _names().sub("pill", text)
    text = re.sub(r"pill(?:(?:, | and | or )pill)+", "pill", text)
    return re.sub(r"\b(?:\d{1,2} )?[A-Z][a-z]+ \d{4}\b", "May", text)


def sentences(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<=[.!?:;])\s+", text) if part.strip()]


def blocks(a: Assessment, to: Words) -> dict[str, list[str]]:
    """Return what a patient is shown, block by block, each text once."""
    found, shown = answer(a, to), cards(a, to)
    whole = {
        "answer": [found.headline, found.short, found.next_line, *map(to.say, to_bring(found))],
        "assumed": [to.say(each) for each in found.assumptions],
        "questions": [to.say(question.text) for question in asked(a)],
        "safety": [to.say(finding.statement) for finding in a.safety],
        "background": [to.say(each) for each in a.background],
        "trials": [to.say(each) for each in _of_trials(a)],
        "review": [
            to.say(said)
            for domain in domains(a, to)
            for line in (*domain.present, *domain.unknown, *domain.absent)
            for said in (*line.why, *([line.ask] if line.ask else ()))
        ],
        "options": [text for card in shown for text in _of_card(card, to)],
        "cautions": [text for care in _cares(a, shown, to) for text in _of_care(care, to)],
    }
    return {name: list(dict.fromkeys(filter(None, texts))) for name, texts in whole.items() if any(texts)}


def _of_trials(a: Assessment) -> list[Statement]:
    judged = a.judged
    said = [each for episode in judged.episodes for each in episode.why]
    for trial in judged.trials:
        judgement = judged.adequacy.get(trial.id)
        said += [*trial.why, *trial.era.notes, *trial.outcome.why, *(judgement.why if judgement else ())]
    return [*said, *judged.set_aside]


def _of_card(card: Card, to: Words) -> list[str]:
    said: list[Statement] = [
        card.place,
        *card.person,
        *card.standing,
        *card.practice,
        *card.unconfirmed,
        *card.asks,
        *card.evidence,
    ]
    return [card.what, *(to.say(each) for each in said)]


def _cares(a: Assessment, shown: list[Card], to: Words) -> list[Care]:
    return [*cares(a.cautions, to), *(care for card in shown for care in card.cautions)]


def _of_care(care: Care, to: Words) -> list[str]:
    asked_for = care.caution.ask
    return [to.say(care.caution.statement), *([to.say(asked_for)] if asked_for else [])]


@cache
def texts(name: str) -> tuple[dict[str, list[str]], frozenset[str]]:
    """Return what a sample person reads, and how the products of their record are called."""
    a = with_audience(bundled()[name], "patient", "us")
    to = words("patient")
    products = {to.write("name", row.product_text) for row in a.record.exposures if row.product_text}
    return blocks(a, to), frozenset(products)


@pytest.mark.parametrize("name", bundled())
def test_a_patient_reads_at_the_age_of_12(name: str) -> None:
    shown, own = texts(name)
    assert {"answer", "review", "options"} <= set(shown) or name == "sixteen"
    grades = {
        block: textstat.flesch_kincaid_grade(" ".join(plain(text, own) for text in lines))
        for block, lines in shown.items()
    }
    assert all(grade <= GRADE for grade in grades.values()), grades


@pytest.mark.parametrize("name", bundled())
def test_no_sentence_is_long_or_hard(name: str) -> None:
    shown, own = texts(name)
    said = {part for lines in shown.values() for text in lines for part in sentences(plain(text, own))}
    long = [part for part in said if len(part.split()) > LONGEST]
    hard = [part for part in said if len(part.split()) > SHORT and _grade(part) > HARDEST]
    assert not long, long
    assert not hard, hard


def _grade(sentence: str) -> float:
    return float(textstat.flesch_kincaid_grade(re.sub(r"\d[\d.,]*", "two", sentence)))


def test_the_measure_can_fail() -> None:
    hard = "Pharmacological augmentation necessitates comprehensive cardiovascular monitoring."
    assert textstat.flesch_kincaid_grade(plain(hard)) > GRADE
    assert (
        textstat.flesch_kincaid_grade(plain("You take repetitive transcranial magnetic stimulation.")) < GRADE
    )
    assert plain("Ask about sertraline, lithium and cognitive behavioural therapy.") == "Ask about pill."


@pytest.mark.parametrize("context", ["patient", "any"])
def test_messages_to_patients_explain_what_is_not_everyday_language(context: str) -> None:
    groups = ("option", "caution", "interaction", "washout", "review", "figure_told", "hope", "background")
    told = {
        key: text
        for (where, key), text in messages("en").items()
        if where == context
        and key.split(".")[0].startswith((*groups, "cell", "preference", "answer", "bring"))
    }
    own = {key for where, key in messages("en") if where == "patient"} if context == "any" else set()
    bare = [
        (key, word)
        for key, text in told.items()
        for word, meaning in JARGON.items()
        if key not in own and re.search(word, text) and not (meaning and meaning in text)
    ]
    assert not bare
    assert not [key for key, text in told.items() if re.search(UNKIND, text, re.IGNORECASE)]


@pytest.mark.parametrize("name", bundled())
def test_nothing_shown_is_shorthand(name: str) -> None:
    shown, own = texts(name)
    bare = [
        (word, text)
        for lines in shown.values()
        for text in (plain(line, own) for line in lines)
        for word, meaning in JARGON.items()
        if re.search(word, text) and not (meaning and meaning in text)
    ]
    assert not bare


def test_what_a_patient_is_not_told_a_clinician_is_and_the_other_way_round() -> None:
    to = [words("clinician"), words("patient")]
    for a in bundled().values():
        for said in statements(a):
            assert any(each.tells(said) for each in to), said.key
