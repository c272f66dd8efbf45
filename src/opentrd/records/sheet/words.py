"""The everyday words of a sheet, from the table ``sheet_word``: what each means in which column.

``low`` and ``high`` are the range that a word stands for (shares, months, sessions), where it does.
"""

from __future__ import annotations

import csv
from functools import cache
from typing import Final, NamedTuple

from rapidfuzz import fuzz, process

from opentrd.knowledge.loader import SHIPPED
from opentrd.knowledge.lookup import plain

#: Columns in which a text may begin or end with a listed word, the longest first.
_MARKS: Final = frozenset("?-–—.…/ \u00a0")


class Word(NamedTuple):
    """What a word means in a column."""

    meaning: str
    low: float | None
    high: float | None


@cache
def table() -> dict[str, dict[str, Word]]:
    """Return the words by column; written as ``plain`` writes them."""
    found: dict[str, dict[str, Word]] = {}
    with (SHIPPED / "tables" / "sheet_word.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            low, high = (float(row[name]) if row[name] else None for name in ("low", "high"))
            found.setdefault(row["column"], {}).setdefault(
                plain(row["word"]), Word(row["meaning"], low, high)
            )
    return found


def meaning(column: str, text: str) -> Word | None:
    """Return what a text means in a column, or ``None`` where it is no listed word."""
    return table().get(column, {}).get(plain(text))


def is_unknown(text: str) -> bool:
    """Say whether a cell says that something is not known: empty, marks only, or such words."""
    return all(char in _MARKS for char in text) or meaning("unknown", text) is not None


@cache
def _longest(column: str) -> int:
    return max((len(word.split()) for word in table().get(column, {})), default=0)


def leading(column: str, text: str) -> tuple[Word, str] | None:
    """Return what the first words of a text mean, and the rest of the text as it is written."""
    parts = text.split()
    for length in range(min(len(parts), _longest(column)), 0, -1):
        found = meaning(column, " ".join(parts[:length]))
        if found is not None:
            return found, " ".join(parts[length:])
    return None


def found_words(column: str, text: str) -> list[tuple[str, Word]]:
    """Return the listed words found in a text, in order, the longest that fit, and what each means."""
    found: list[tuple[str, Word]] = []
    rest = plain(text)
    while rest:
        hit = leading(column, rest)
        if hit is not None:
            found.append((rest.removesuffix(hit[1]).strip(), hit[0]))
            rest = hit[1]
        else:
            rest = rest.partition(" ")[2]
    return found


def within(column: str, text: str) -> list[Word]:
    """Return what the listed words found in a text mean, in order."""
    return [row for _, row in found_words(column, text)]


def choices(column: str) -> str:
    """Return the words of a column as a message lists them: the first English one of each meaning."""
    first: dict[str, str] = {}
    for word, row in table().get(column, {}).items():
        first.setdefault(row.meaning, word)
    return ", ".join(first.values())


def closest(column: str, text: str) -> str | None:
    """Return the listed word of a column that a misspelt one is close to."""
    found = process.extractOne(plain(text), list(table()[column]), scorer=fuzz.ratio, score_cutoff=70)
    return found[0] if found else None
