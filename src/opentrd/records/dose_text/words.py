"""Dose words and the scanner: from free text to a row of items, one letter for each kind of item.

The words (frequencies, numbers, units, joins, phases, in English, Latin and Spanish) are rows of the
table ``dose_word``; the code knows only what *kinds* of words there are. Words that are in no row are
names, indications and the like, and are passed over.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import cache
from importlib import resources

import msgspec

LETTERS = {
    "number": "n", "fraction": "n", "roman": "i", "unit": "u", "takes": "f", "rate": "r", "share": "s",
    "slot": "l", "ampm": "d", "period": "p", "hourly": "v", "every": "e", "alternate": "A", "times": "t",
    "count": "m", "per": "/", "in": "I", "article": "a", "as_needed": "y", "up_to": "^", "maximum": "M",
    "and": "&", "or": "o", "to": "2", "between": "K", "equals": "=", "then": "h", "increase": "+",
    "decrease": "+", "wean": "+", "by": "b", "may": "?", "start": "g", "stop": "z", "until_off": "Z",
    "for": "c", "cross": "x", "after": "N", "ordinal": "O", "weekday": "w", "at": "@", "total": "T",
    "divided": "V", "same": "S", "repeat": "R", "both_sides": "B", "rest_of_week": "W", "except": "E",
    "alternating_with": "L", "supply": "U", "quantity": "#", "as_directed": "j", "meal": "C", "on": "J",
    "stat": "Y",
}  # fmt: skip
"""The letter of each kind of word. Letters that only the scanner or the grammar make: ``k`` clock time,
``D`` duration, ``G`` scheme such as 1-0-1, ``q`` amount, ``%`` strength, ``X`` label of a day or week,
``F`` "after this long", ``Q`` total, and the signs ``( ) , . -`` themselves."""

IGNORED = frozenset({"noise", "not_stop"})
LONGEST_PHRASE = 6
LONGEST_TEXT = 2000

_NUM = r"\d+(?:\.\d+)?(?:/[24](?!\d))?"
_SCANNER = re.compile(
    r"(?P<date>\b\d{4}-\d\d-\d\d\b|\b\d{1,2}[/.-]\d{1,2}[/.-](?:\d\d){1,2}\b(?!\s*(?:mg|-|/)))"
    rf"|(?P<scheme>(?<![\d./-])(?:{_NUM}(?:\s?(?:mg|mcg))?\s?[-+]\s?){{2,3}}{_NUM}(?![\d/]|-\d|\s?[-+]\s?\d))"
    r"|(?P<slashes>(?<![\d./-])\d(?:/\d){2,3}(?![\d/]))"
    r"|(?P<zeros>(?<![\d./-])(?:[01] ){2}[0-3](?![\d./-])(?!\s*(?:tab|cap|mg|comp|ml)))"
    r"|(?P<clock>\b(?:[01]?\d|2[0-4])(?::[0-5]\d(?:\s?(?:[ap]\.?m\b\.?|hrs?\b|h\b|horas\b))?|\.[0-5]\d\s?[ap]m\b|[0-5]\d\s?h(?:rs|ours)\b))"
    r"|(?P<weeks>(?<![\d.])\d{1,2}/(?:52|12|7)(?![\d/]|\s?(?:tab|mg|of\b)))"
    r"|(?P<mixed>(?<![\d.])\d+(?:\s+|-)[123]/[2348](?!\d))"
    r"|(?P<fraction>(?<![\d.])[123]/[2348](?!\d|/))"
    r"|(?P<number>\d{1,3}(?:,\d{3})+(?!\d)|\d*\.\d+|\d+)"
    r"|(?P<word>[a-z][a-z']*|[%#@=↑↓→+&])"
    r"|(?P<sign>[-/(),.;:])"
)
_SIGNS = {";": ",", ":": ",", "+": "&"}


class Item(msgspec.Struct):
    """One piece of the text: its kind as a letter, its value (low and high, per kind) and its name.

    Values: numbers and amounts as they stand; takes a day; periods, rates and durations in days; shares of
    days; clock times in hours. ``name`` is the unit, slot, weekday numbers or the sort of word.
    ``strength`` is the strength of one unit where it stands with an amount (2 x 50 mg tablets).
    """

    kind: str
    low: float = 0.0
    high: float = 0.0
    name: str = ""
    strength: tuple[float, str] | None = None
    word: str = ""


@cache
def _load_words() -> dict[tuple[str, ...], tuple[str, str]]:
    """Return the table ``dose_word``: the phrase as a tuple of its words -> (kind of meaning, value)."""
    table = resources.files("opentrd.knowledge").joinpath("tables", "dose_word.csv")
    with table.open(encoding="utf-8") as lines:
        return {
            tuple(_split(row["word"])): (row["meaning_kind"], row["value"]) for row in csv.DictReader(lines)
        }


def _split(phrase: str) -> list[str]:
    """Split a phrase of the table the way the scanner splits a text."""
    return [m.group() for m in _SCANNER.finditer(normalise(phrase))]


def normalise(text: str) -> str:
    """Return the text in lower case without accents, with plain fractions, dashes and decimal points."""
    text = re.sub(r"(\d)\s*([¼½¾⅓⅔])", r"\1 \2", text[:LONGEST_TEXT]).replace("µ", "mc").replace("μ", "mc")
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    text = re.sub("[-\u2010-\u2015]+>", " → ", text.replace("\u2044", "/").lower())
    text = re.sub("[\u2010-\u2015\u2212]", "-", text).replace("’", "'").replace("×", "x").replace("*", " x ")
    text = re.sub(r"(?<=\d),(?=\d{1,2}(?!\d))", ".", text)
    text = re.sub(r"\bc\s?/\s?(?=\d|h\b|dia|noche)", "cada ", text)
    text = re.sub(r"\bc/u\b", " cada uno ", text).replace("w/", "with ").replace("&", " & ")
    text = re.sub(r"\bdia (?:si|x),? (?:y )?(?:otro )?(?:dia )?no\b", "dias alternos", text)
    text = re.sub(r"\bs[./]?o[./]?s\b", "sos", text)
    text = re.sub(
        r"\b(?:[a-z]\.){2,}(?:[a-z]\b)?|\b[a-z](?:\.[a-z])+\b",
        lambda m: m.group().replace(".", "") + " ",
        text,
    )
    text = re.sub(r"(?<=\d)\.(?=\s|$|[a-z])", " . ", text)
    text = re.sub(r"(?<=[a-z])x(?=\s?\d)", lambda m: _unglue(text, m), text)
    return re.sub(r"-(?=(?:mg|mcg|ml|tab|cap|hour|day|week))", " ", text)


def _unglue(text: str, found: re.Match[str]) -> str:
    """Part the x from the word before it in texts such as ``bidx9 days``."""
    word = re.search(r"[a-z]+$", text[: found.start()])
    return " x " if word and word.group() in _GLUED else "x"


_GLUED = frozenset({"bid", "tid", "qid", "qd", "daily", "bd", "tds", "qds", "od", "hs", "qhs", "nocte",
                    "mane", "qam", "qpm", "weekly"})  # fmt: skip


def scan(text: str) -> list[Item]:
    """Return the items of a text in order, without the words that have no meaning for a dose."""
    words = _load_words()
    pieces = _without_names(
        [(m.lastgroup or "", m.group(), m.start()) for m in _SCANNER.finditer(normalise(text))]
    )
    items: list[Item] = []
    at = 0
    while at < len(pieces):
        sort, piece = pieces[at]
        length = 1
        meaning: tuple[str, str] | None = None
        for size in range(min(LONGEST_PHRASE, len(pieces) - at), 0, -1):
            meaning = words.get(tuple(p for _, p in pieces[at : at + size]))
            if meaning:
                length = size
                break
        if meaning:
            item = _item_of_word(piece if length == 1 else "", *meaning)
        else:
            item = _item_of_sign(sort, piece)
        if item:
            items.append(item)
        at += length
    return items


def _without_names(pieces: list[tuple[str, str, int]]) -> list[tuple[str, str]]:
    """Leave out numbers that are glued to an unknown word, as in the names B12 and 5-HTP."""
    words = _load_words()

    def unknown(at: int) -> bool:
        return at < len(pieces) and pieces[at][0] == "word" and (pieces[at][1],) not in words

    kept: list[tuple[str, str]] = []
    for at, (sort, piece, start) in enumerate(pieces):
        if sort == "number":
            before = pieces[at - 1] if at else ("", "", -1)
            if at and unknown(at - 1) and before[2] + len(before[1]) == start:
                continue
            end = start + len(piece)
            hyphen = pieces[at + 1 : at + 2] == [("sign", "-", end)]
            if hyphen and unknown(at + 2) and pieces[at + 2][2] == end + 1:
                continue
        kept.append((sort, piece))
    return kept


def _item_of_word(word: str, kind: str, value: str) -> Item | None:
    """Return the item of a word or phrase of the table, ``None`` for words to pass over."""
    if kind in IGNORED:
        return None
    letter = LETTERS.get(kind, "!")
    if letter in "nmfrsvpAiO" or kind == "weekday":
        low, _, high = value.partition(" to ")
        name = value if kind == "weekday" else {"n": kind}.get(letter, "")
        return Item(letter, fraction(low), fraction(high or low), name, word=word)
    return Item(letter, name=value or kind, word=word)


def _item_of_sign(sort: str, piece: str) -> Item | None:
    """Return the item of a number, time, scheme or sign; ``None`` for dates and unknown words."""
    if sort in ("number", "fraction", "mixed"):
        value = fraction(piece)
        return Item("n", value, value, "" if sort == "number" else "figure")
    if sort == "clock":
        return Item("k", name=piece)
    if sort == "weeks":
        count, days = piece.split("/")
        length = float(count) * {"7": 1, "52": 7, "12": 30}[days]
        return Item("D", length, length)
    if sort in ("scheme", "slashes", "zeros"):
        splitter = {"slashes": r"/", "zeros": r" ", "scheme": r"\s?[-+]\s?"}[sort]
        parts = [re.sub(r"\s?mc?g", "", part) for part in re.split(splitter, piece)]
        unit = re.search(r"mc?g", piece)
        total = sum(fraction(part) for part in parts)
        return Item(
            "G", total, float(sum(fraction(part) > 0 for part in parts)), unit.group() if unit else ""
        )
    if sort == "sign":
        return Item(_SIGNS.get(piece, piece))
    return Item("&") if piece in "+&" else None


def fraction(text: str) -> float:
    """Return the value of ``3``, ``1,000``, ``1/2``, ``1 1/2`` or ``1-1/2``."""
    total = 0.0
    for part in re.split(r"[\s-]+", text.replace(",", "").strip()):
        above, _, below = part.partition("/")
        total += float(above) / (float(below) if below else 1.0)
    return total
