"""Every key that the code says has words, for both audiences, and the words are safe."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import opentrd.present.words as words_module
from opentrd.knowledge.loader import load
from opentrd.present.words import AUDIENCES, Words, languages, messages
from opentrd.present.words.formats import Formats, in_sentence
from opentrd.present.words.template import Slot, Template
from opentrd.statement import Param, Statement

SOURCE = Path(words_module.__file__).parents[2]
GROUPS = {key.split(".")[0] for _, key in messages("en")}
KEY = re.compile(r"[a-z_]+(\.[a-zA-Z0-9_:/-]+)+")
#: What one audience alone is told: the shorthand of the trade, and what is told in other words to patients.
ALONE = {
    "clinician": (
        "review.nothing_found",
        "review.score_old",
        "review.item_old",
        "review.test_missing",
        "review.test_unread",
        "review.test_old",
        "review.life_unread",
        "review.gene",
        "review.intake_unknown",
        "review.not_pregnant.sex",
        "review.not_pregnant.age",
        "review.family_denied",
        "option.guideline.",
        "option.approval_unknown",
        "option.approvals",
        "option.evidence_level",
        "option.figure",
        "option.effect",
        "option.no_figure",
        "option.failures_met",
        "option.failures_open",
    ),
    "patient": (
        "figure_told.",
        "medicine_matter.",
        "item_about.",
        "item_answer.",
        "form.",
        "cell.option.",
        "treatment.",
        "severity_open.",
    ),
}


def said_keys() -> Iterator[tuple[str, str]]:
    """Return all keys, or patterns of keys, that the code gives to statements and texts, with the place."""
    for path in sorted(SOURCE.rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        inside = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in nodes:
            found = pattern(node) or (None if id(node) in inside else literal(node))
            if found:
                yield found, f"{path.relative_to(SOURCE)}:{getattr(node, 'lineno', 0)}"


def literal(node: ast.AST) -> str | None:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or not KEY.fullmatch(node.value):
        return None
    is_file = node.value.endswith(
        (".html", ".j2", ".css", ".js", ".toml", ".pdf", ".txt", ".json", ".ics", ".parquet")
    )
    return node.value if node.value.split(".")[0] in GROUPS and not is_file else None


def pattern(node: ast.AST) -> str | None:
    if not isinstance(node, ast.JoinedStr) or not node.values or not isinstance(node.values[0], ast.Constant):
        return None
    first = str(node.values[0].value)
    if not re.match(r"[a-z_]+\.", first) or first.split(".")[0] not in GROUPS or " " in first:
        return None
    parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else ".+" for v in node.values]
    return "^" + "".join(parts) + "$"


def template_keys() -> Iterator[tuple[str, str]]:
    for path in sorted(SOURCE.rglob("*.j2")):
        for key, joined in re.findall(r"""\bt\("([^"]+)"\s*(~?)""", path.read_text(encoding="utf-8")):
            yield (f"^{re.escape(key)}.+$" if joined else key), path.name


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_key_has_words(audience: str) -> None:
    found = {key for context, key in messages("en") if context in ("any", audience)}
    found |= {key for context, key in messages("en") if key.startswith(ALONE.get(context, ()))}
    missing = []
    for key, place in [*said_keys(), *template_keys()]:
        there = any(re.match(key, each) for each in found) if key.startswith("^") else key in found
        if not there:
            missing.append(f"{place}: {key}")
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("language", languages())
def test_messages_are_well_formed(language: str) -> None:
    formats = {name[1:] for name in vars(Formats) if name.startswith("_")} | {"plural"}
    groups = {key.split(".")[0] for _, key in messages(language)}
    for (context, key), text in messages(language).items():
        assert context in ("any", *AUDIENCES), key
        assert text.count("{") == text.count("}") and text.count("[") == text.count("]"), key
        for _, run in Template(text).groups:
            for slot in run:
                if isinstance(slot, Slot):
                    assert slot.format in formats or slot.format in groups or slot.format in ("class",), (
                        key,
                        slot.format,
                    )


def test_both_audiences_or_any() -> None:
    kinds: dict[str, set[str]] = {}
    for context, key in messages("en"):
        kinds.setdefault(key, set()).add(context)
    lonely = {key for key, contexts in kinds.items() if len(contexts) == 1 and contexts != {"any"}}
    told_alone = {key for (context, key) in messages("en") if key.startswith(ALONE.get(context, ()))}
    assert not lonely - told_alone
    assert all(any(key.startswith(each) for key in lonely) for keys in ALONE.values() for each in keys)


def test_a_missing_key_is_an_error_where_strict_and_readable_else() -> None:
    knowledge = load()
    with pytest.raises(KeyError):
        Words("en", "patient", knowledge, strict=True).say(Statement("no.such_key"))
    said = Words("en", "patient", knowledge).say(Statement("no.such_key", {"treatment": "x"}))
    assert said == "No: such key (treatment x)"


def test_formats() -> None:
    words = Words("en", "clinician", load())
    day = 739619
    assert words.write("date", day) == "3 January 2026"
    assert words.write("weeks", 42) == "6 weeks"
    assert words.write("weeks", 41) == "5 weeks, 6 days"
    assert words.write("weeks", 9) == "9 days"
    assert words.write("weeks", 42, 70) == "6 weeks to 10 weeks"
    assert words.write("date", 739617, 739647) == "January 2026"
    assert words.write("number", 12.5) == "12.5"
    assert words.write("share", 0.96) == "96\u00a0%"
    assert words.write("per100", 0.46) == "46 in 100"
    assert words.write("name", ("sertraline", "venlafaxine")) == "sertraline and venlafaxine"
    assert words.write("trial", "sertraline-2026-01") == "sertraline from January 2026"
    assert words.write("number", None) == "not known"
    assert words.write("number", None, 5) == "up to 5"


def test_optional_parts_are_left_out() -> None:
    template = Template("a[ {x:number}] b[ {y}]")
    assert template.fill({"x": None, "y": "z"}, lambda form, arg, value, high: str(value)) == "a b z"


def test_record_text_cannot_steer_a_terminal() -> None:
    words = Words("en", "clinician", load())
    said = words.say(Statement("no.key", {"text": "\x1b[31mred\x07 \u202eright"}))
    assert "\x1b" not in said and "\x07" not in said and "\u202e" not in said


def test_names_inside_sentences_are_small_unless_they_are_a_persons() -> None:
    words = Words("en", "clinician", load())
    assert words.write("condition", "recurrent_depression") == "recurrent depression"
    assert words.write("condition", "parkinson") == "Parkinson's disease"
    assert in_sentence("QT interval") == "QT interval"
    assert in_sentence("Type 1 diabetes") == "type 1 diabetes"


@pytest.mark.parametrize(
    ("product", "name"),
    [
        ("omeprazole 20 MG Delayed Release Oral Capsule", "omeprazole"),
        ("24 HR metformin 500 MG Oral Tablet", "metformin"),
        ("codeine 30 MG / paracetamol 500 MG Oral Tablet", "codeine / paracetamol"),
        ("vitamin B12", "vitamin B12"),
        ("20 mg", "20 mg"),
    ],
)
def test_patients_read_what_a_product_is_not_how_strong(product: str, name: str) -> None:
    assert Words("en", "patient", load()).write("name", product) == name
    assert Words("en", "clinician", load()).write("name", product) == product


def test_an_answer_to_a_form_says_what_it_was_about() -> None:
    params: dict[str, Param] = {"day": 739619, "about": "PHQ-9:2", "answer": "PHQ-9:3"}
    said = Words("en", "patient", load(), strict=True).say(Statement("review.item_positive", params))
    assert said.startswith("On 3 January 2026 you were asked about feeling down or without hope.")
    assert said.endswith("You said: nearly every day.")


def test_every_form_and_question_of_the_screens_has_words_for_patients() -> None:
    told = {key for where, key in messages("en") if where == "patient"}
    for row in load().screens.values():
        assert f"form.{row.scale}" in told
        assert row.item is None or f"item_about.{row.scale}:{row.item}" in told
