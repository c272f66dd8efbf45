"""How counts are told: a number, hidden, or a share; and the parts of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from markupsafe import Markup

from opentrd.cohort.report.drawing import NARROW, WIDE, Row, bars, swatch
from opentrd.cohort.summing.sums import Count, Part
from opentrd.present.words import Words

#: The smallest share that is told, in percent.
LEAST: Final = 0.1


class Picture(msgspec.Struct, kw_only=True):
    """One question with its picture: what it shows in a sentence, the legend, and the same as a table."""

    id: str
    question: str
    says: str
    wide: Markup
    narrow: Markup | None
    legend: list[tuple[Markup, str]]
    heads: list[str]
    rows: list[list[str]]
    note: str = ""


class Telling:
    """Writes counts in the language of the report."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.t = words.text

    def number(self, count: Count) -> str:
        """Return a count, or the word for one that is hidden."""
        return self.t("cohort.hidden") if count is None else self.words.write("number", count)

    def percent(self, count: Count, of: Count) -> str | None:
        """Return a share in percent with one decimal; ``None`` where it cannot be told."""
        from babel.numbers import format_decimal

        if count is None or not of:
            return None
        share = 100 * count / of
        key = "cohort.under_percent" if 0 < share < LEAST else "format.percent"
        shown = format_decimal(
            max(share, LEAST) if share else 0, format="#,##0.0", locale=self.words.language
        )
        return self.t(key, n=shown)

    def counted(self, count: Count, of: Count) -> str:
        """Return a count with its share, as far as both may be told."""
        share = self.percent(count, of)
        return self.number(count) if share is None else f"{self.number(count)} ({share})"

    def told(self, count: Count, of: Count) -> str | None:
        """Return a count with its share, or nothing where it is hidden: a sentence leaves it out."""
        return None if count is None else self.counted(count, of)

    def sized(self, key: str, count: Count) -> str:
        """Return a size in words, such as so many trials; the word for a hidden one alone."""
        return self.t("cohort.hidden") if count is None else self.t(key, n=self.number(count))

    def people(self, count: Count) -> str:
        """Return how many people, also where the number is hidden."""
        if count is None:
            return self.t("cohort.some_people")
        return self.t("cohort.n_people", number=self.number(count), n=count)

    def legend(self, tones: Sequence[tuple[str, str, str]]) -> list[tuple[Markup, str]]:
        """Return the marks of a legend: tone, letter and the key of the words."""
        return [(swatch(tone, letter), self.t(key)) for tone, letter, key in tones]

    def key(self, group: str, key: str) -> str:
        """Return the words for a key of a group, or the key itself in plain letters."""
        return self.words.find(f"{group}.{key}") or key.replace("_", " ")

    def largest(self, parts: Sequence[Part], leave: Sequence[str] = ()) -> Part | None:
        """Return the largest part that may be told."""
        told = [part for part in parts if part.count and part.key not in leave]
        return max(told, key=lambda part: part.count or 0, default=None)

    def as_far(self, parts: Sequence[Part]) -> str | None:
        """Return what is said beside the largest part where others are hidden, which may be larger."""
        return self.t("cohort.as_far") if any(part.count is None for part in parts) else None


def both(rows: Sequence[Row], most: float, heads: Sequence[str] = ()) -> tuple[Markup, Markup]:
    """Return a picture of bars for wide and for narrow pages."""
    return bars(rows, most, WIDE, heads), bars(rows, most, NARROW, heads)
