"""Spanish says all that English says, with the same slots, and reads well."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import textstat
from babel.messages.pofile import read_po

import opentrd.present.words as words_module
from opentrd.knowledge.loader import load
from opentrd.present.words import AUDIENCES, Words, messages
from opentrd.present.words.template import Slot, Template
from opentrd.records.reasons import REASONS
from opentrd.statement import Statement
from tests.present.people import everyone, statements

FOLDER = Path(words_module.__file__).parent
AREAS = sorted(path.name for path in (FOLDER / "en").glob("*.po"))
#: Spanish has these beside the English files: what English reads from the tables.
OF_TABLES = {"names.po", "cells.po"}
#: The scale of Fernández Huerta: from 60 on a text is plain, from 80 on easy. A sentence alone may be harder
#: than all that a file tells patients together; shorter ones are too short for the measure.
PLAIN, EASY = 60, 80
SENTENCE = 12
#: Everyday English words that no Spanish sentence holds; names of publications may.
ENGLISH = re.compile(r"\b(?:the|with|was|were|not|your|you|and|of|from|is|are|which|this|that)\b")

Messages = dict[tuple[str, str], str]


@cache
def area(language: str, name: str) -> Messages:
    """Return the messages of one file by context and key."""
    path = FOLDER / language / name
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {(str(m.context), str(m.id)): str(m.string) for m in read_po(file) if m.id}


def test_spanish_has_the_same_files() -> None:
    assert {path.name for path in (FOLDER / "es").glob("*.po")} - OF_TABLES == set(AREAS)


@pytest.mark.parametrize("name", AREAS)
def test_every_message_is_there_and_none_more(name: str) -> None:
    english, spanish = area("en", name), area("es", name)
    missing = [
        f"missing: {key} ({context}): {text}"
        for (context, key), text in english.items()
        if not spanish.get((context, key))
    ]
    superfluous = [f"superfluous: {key} ({context})" for context, key in spanish.keys() - english.keys()]
    assert not missing + superfluous, "\n".join(missing + superfluous)


@pytest.mark.parametrize("name", AREAS)
def test_messages_have_the_same_slots(name: str) -> None:
    spanish = area("es", name)
    differing = []
    for (context, key), text in area("en", name).items():
        slots = [Template(said).names for said in (text, spanish.get((context, key), text))]
        if slots[0] != slots[1]:
            differing.append(f"{key} ({context}): {sorted(slots[0])} but {sorted(slots[1])}")
    assert not differing, "\n".join(differing)


@pytest.mark.parametrize("name", AREAS)
def test_a_part_left_out_in_english_is_left_out_in_spanish(name: str) -> None:
    """A slot that may lack its value stands in an optional part; else the text would say "not known"."""
    spanish = area("es", name)
    differing = [
        f"{key} ({context}): {sorted(optional(text))} but {sorted(optional(spanish[context, key]))}"
        for (context, key), text in area("en", name).items()
        if (context, key) in spanish and optional(text) != optional(spanish[context, key])
    ]
    assert not differing, "\n".join(differing)


def optional(text: str) -> set[str]:
    """Return the slots that stand in optional parts alone."""
    inside: set[str] = set()
    outside: set[str] = set()
    for may_lack, run in Template(text).groups:
        names = {part.name for part in run if isinstance(part, Slot)}
        (inside if may_lack else outside).update(names)
    return inside - outside


def test_names_are_of_things_that_are_known() -> None:
    known = load()
    names = {key.partition(".")[::2] for _, key in area("es", "names.po")}
    conditions = {key for group, key in names if group == "condition"}
    assert conditions <= known.conditions.keys() | {"agitation", "akathisia"}
    of_english = {key.removeprefix("condition.") for _, key in area("en", "general.po")}
    assert not known.conditions.keys() - conditions - of_english
    assert not known.treatments.keys() - {key for group, key in names if group == "treatment"}
    definitions = known.definitions.values()
    assert {d.definition for d in definitions} == words_of("definition")
    assert {d.definition for d in definitions if d.note} == words_of("definition_note")
    assert {o.reading for d in definitions for o in d.open} == words_of("reading")
    assert {o.parameter for d in definitions for o in d.open} == words_of("parameter")
    meanings = {key.removeprefix("convention.meaning.") for key in words_of("cell")}
    assert known.conventions.keys() <= meanings
    assert REASONS.keys() == {key for group, key in names if group == "unused"}
    assert not {str(row.use) for row in known.other_uses.values()} - words_of("use")
    assert not {str(row.class_) for row in known.treatments.values()} - words_of("class")
    assert not {str(row.band) for row in known.scale_bands.values()} - words_of("band")


def words_of(group: str) -> set[str]:
    """Return the keys of a group that has Spanish words."""
    return {key.partition(".")[2] for _, key in messages("es") if key.startswith(f"{group}.")}


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_statement_of_every_person_is_said_in_spanish(audience: str) -> None:
    words = Words("es", audience, load(), strict=True)
    english = [
        said
        for a in everyone().values()
        for statement in statements(a)
        if words.tells(statement)
        for said in [words.say(statement)]
        if len(ENGLISH.findall(quoted_out(said))) > 1
    ]
    assert not english, "\n".join(sorted(set(english)))


def quoted_out(said: str) -> str:
    """Return a sentence without what is quoted and without names of publications (capitals in brackets)."""
    return re.sub(r"«[^»]*»|\([^)]*\)", "", said)


@pytest.mark.parametrize("name", AREAS)
def test_patients_read_plain_spanish(name: str) -> None:
    told = [
        (key, plain(text))
        for (context, key), text in area("es", name).items()
        if context == "patient" or key.startswith("gloss.")
    ]
    hard = [
        f"{ease(text):.0f} {key}: {text}"
        for key, text in told
        if len(text.split()) >= SENTENCE and ease(text) < PLAIN
    ]
    assert not hard, "\n".join(hard)
    together = ". ".join(text.rstrip(".") for _, text in told if len(text.split()) >= SENTENCE)
    assert not together or ease(together) >= EASY


def test_hard_spanish_is_found_hard() -> None:
    hard = "La estimulación magnética transcraneal repetitiva constituye una intervención neuromoduladora."
    assert ease(hard) < PLAIN < EASY < ease("Hable con su médico sobre qué probar ahora. Lleve esta página.")


def ease(text: str) -> float:
    """Return how easily a text reads: more is easier."""
    textstat.set_lang("es")
    try:
        return round(float(textstat.fernandez_huerta(text)))
    finally:
        textstat.set_lang("en")


def plain(text: str) -> str:
    """Return a message as a sentence: plurals as their last form, a short word for every other slot."""
    text = re.sub(r"\{[a-z_0-9]+:plural [^{}]*\|([^{}|]*)\}", r"\1", text)
    return re.sub(r"[\[\]]", "", re.sub(r"\{[^{}]*\}", "eso", text))


def say(key: str, audience: str = "clinician", **params: object) -> str:
    return Words("es", audience, load(), strict=True).say(Statement(key, params))  # type: ignore[arg-type]


def test_formats() -> None:
    words = Words("es", "clinician", load())
    assert words.write("date", 739619) == "3 de enero de 2026"
    assert words.write("month", 739619) == "enero de 2026"
    assert words.write("weeks", 41) == "5 semanas y 6 días"
    assert words.write("weeks", 8) == "8 días"
    assert words.write("number", 12.5) == "12,5"
    assert words.write("share", 0.96) == "96\u00a0%"
    assert words.write("name", ("sertraline", "lithium")) == "sertralina y litio"
    assert words.write("trial", "ro_dbt-2026-01").startswith("terapia dialéctica conductual radicalmente")


def test_lists_join_by_the_sound_that_follows() -> None:
    words = Words("es", "clinician", load())
    assert words.write("name", ("sertraline", "imipramine")) == "sertralina e imipramina"
    assert words.write("name", ("sertraline", "st john's wort")) == "sertralina y hierba de San Juan"
    assert words.formats.join(["sertralina", "olanzapina"], "or") == "sertralina u olanzapina"
    assert words.formats.join(["sertralina", "litio"], "or") == "sertralina o litio"


def test_help_in_a_crisis_is_exact() -> None:
    assert say("safety.small", "patient") == (
        "Si piensa en hacerse daño, llame ahora al número de emergencias o a una línea de crisis. "
        "Usted merece ayuda."
    )
    assert say("safety.contact", contact="emergency/eu") == "Número de emergencias: 112"
    assert say("safety.contact", contact="988/us").endswith("llame o envíe un mensaje de texto al 988")
    for key, row in load().contacts.items():
        numbers = re.findall(r"\d+", row.number)
        assert re.findall(r"\d+", say("safety.contact", contact="/".join(key)).partition(": ")[2]) == numbers
