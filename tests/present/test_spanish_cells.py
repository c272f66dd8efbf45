"""The cells of the tables that people read are there in Spanish, and fit what the tables say now."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.pofile import read_po

import opentrd.present.words as words_module
from opentrd.knowledge.loader import Knowledge, load
from opentrd.present.words import Words, messages
from opentrd.present.words.template import Slot, Template
from opentrd.review.checks.line import cells
from opentrd.review.option_rules.saying import GUIDELINES

CELLS = Path(words_module.__file__).parent / "es" / "cells.po"
#: What stands beside a guideline's text; without a position nothing of the guideline is shown.
POSITION = {text: position for _, position, text in GUIDELINES}
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
#: Trials and scales keep their names.
NAME = re.compile(
    r"STAR\*D|OPTIMUM|ASCERTAIN|ESCAPE|ELEKT|RECOVER|CoBalT|RefraMED|COMP00\d|SMILE|PAX|SAINT"
    r"|MADRS|QIDS|HDRS|HRSD|PHQ|AUDIT"
)


def shown_columns() -> set[tuple[str, str]]:
    """Return the tables and columns that any English message writes as a cell."""
    found = set()
    for text in messages("en").values():
        for _, run in Template(text).groups:
            for slot in run:
                if isinstance(slot, Slot) and slot.format == "cell":
                    table, _, column = slot.argument.partition(".")
                    found.add((table, column))
    return found


def shown_cells(knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    """Return the key and the English text of every cell with words that can be shown."""
    rows: dict[str, Mapping[str, object]] = {"option": knowledge.options, "figure": knowledge.figures}
    for table, column in sorted(shown_columns()):
        for key, row in rows[table].items():
            text = str(getattr(row, column) or "")
            if re.search(r"[A-Za-z]{2}", text) and not is_hidden(knowledge, table, column, key):
                yield f"cell.{table}.{column}.{key}", text


def is_hidden(knowledge: Knowledge, table: str, column: str, key: str) -> bool:
    """Say whether no statement shows a cell: a figure of no option, a guideline without a position."""
    if table == "figure":
        return not any(key in cells(option.figures) for option in knowledge.options.values())
    return getattr(knowledge.options[key], POSITION.get(column, column)) is None


def translated() -> dict[str, tuple[str, str]]:
    """Return the Spanish text of each key, with the English that it was made from."""
    with CELLS.open("rb") as file:
        catalog = read_po(file, locale="es")
    return {str(m.id): (str(m.string), " ".join(m.auto_comments)) for m in catalog if m.id}


def test_the_tables_are_shown_through_cells() -> None:
    assert {
        ("option", "course"),
        ("option", "harms"),
        ("figure", "item"),
        ("figure", "value"),
    } <= shown_columns()


def test_every_shown_cell_has_spanish_words() -> None:
    there = messages("es")
    missing = [f"{key}: {text}" for key, text in shown_cells(load()) if ("any", key) not in there]
    assert not missing, "\n".join(missing)


def test_no_cell_is_translated_twice() -> None:
    elsewhere: set[str] = set()
    for path in CELLS.parent.glob("*.po"):
        if path != CELLS:
            with path.open("rb") as file:
                elsewhere |= {str(m.id) for m in read_po(file, locale="es") if m.id and m.context == "any"}
    assert not elsewhere & set(translated())


def test_no_cell_is_superfluous() -> None:
    superfluous = set(translated()) - {key for key, _ in shown_cells(load())}
    assert not superfluous, "\n".join(sorted(superfluous))


def test_no_cell_is_stale() -> None:
    """The comment over a translation is the English cell; a table that changes asks for a new translation."""
    english = dict(shown_cells(load()))
    stale = [
        f"{key}: made from {made_from!r}, the table has {english[key]!r}"
        for key, (_, made_from) in translated().items()
        if key in english and made_from != english[key]
    ]
    assert not stale, "\n".join(stale)


def test_numbers_and_names_stay() -> None:
    changed = []
    for key, (spanish, english) in translated().items():
        for pattern in (NUMBER, NAME):
            if sorted(pattern.findall(spanish)) != sorted(pattern.findall(english)):
                changed.append(f"{key}: {english} -> {spanish}")
    assert not changed, "\n".join(changed)


def test_a_cell_is_written_in_spanish() -> None:
    words = Words("es", "clinician", load())
    said = words.formats.write("cell", "option.course", "esketamine")
    assert said.startswith("dos veces por semana")
