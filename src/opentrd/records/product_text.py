"""Reads product names: RxNorm, dm+d, and names as they are typed.

``read_product("24 HR venlafaxine 75 MG Extended Release Oral Capsule [Effexor]")`` gives the name
``venlafaxine``, 75 mg, a capsule, release ``er``, brand ``effexor``. What is not said is ``None``. The words
for forms and releases are rows of the table ``product_word``.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import cache
from importlib import resources

import msgspec

UNITS = {
    "mg": "mg", "mgs": "mg", "milligram": "mg", "milligrams": "mg", "miligramos": "mg", "mcg": "mcg",
    "ug": "mcg", "microgram": "mcg", "micrograms": "mcg", "microgramos": "mcg",
    "g": "g", "gm": "g", "gram": "g", "grams": "g",
    "meq": "meq", "mmol": "mmol", "mmols": "mmol", "iu": "iu", "unt": "iu", "units": "iu", "%": "%",
}  # fmt: skip
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_UNIT = "|".join(sorted((re.escape(unit) for unit in UNITS), key=len, reverse=True))
_STRENGTH = re.compile(
    rf"(?<![\w.])(?P<numbers>(?:{_NUMBER})(?:\s?[-/]\s?(?:{_NUMBER}))*)\s?-?(?P<unit>{_UNIT})(?![a-z])"
    rf"(?:\s?/\s?(?P<per>{_NUMBER})?\s?(?P<per_unit>mls?|hrs?|h|hours?|horas?|actuat|spray|tab|tablet|cap|capsule|dose|comp)\b)?"
)
_PARTS_PER = {"ml": "ml", "mls": "ml"} | dict.fromkeys(
    ("hr", "hrs", "h", "hour", "hours", "hora", "horas"), "hr"
)
_LEADING = re.compile(
    rf"^(?:bx rating\s+)?(?:\d+/\d+ release\s+)?(?:(?P<hours>\d+) hr\s+|(?:{_NUMBER}) ml\s+)?"
)
_BARE = re.compile(rf"(?<![\w.+/-])(?P<number>{_NUMBER})(?![\w%./-])")
_PACK = re.compile(r"\d+ (?:\([\d.]+ ml\) )?\(([^()]*(?:\([^()]*\)[^()]*)?)\)")
LONGEST_PHRASE = 7
LONGEST_TEXT = 600


class Strength(msgspec.Struct, frozen=True, kw_only=True):
    """So much of one ingredient, in one piece or in ``per_amount`` ``per_unit`` (5 ml, 1 hr)."""

    amount: float
    unit: str | None
    per_amount: float | None = None
    per_unit: str | None = None


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """What a product name says.

    ``ingredients_text``: the name in lower case, several joined by `` / ``. ``names``: the same, one by
    one; ``also``: further names in brackets ("Latuda (lurasidone)"). ``strength`` with ``strength_unit``
    (``mg``, ``mcg``, ``g``, ``iu``, ...; ``None`` where the text has a bare number, as "Epilim 200") is
    that of the first ingredient, ``strengths`` of all in the order of the names; of a pack of different
    tablets there is no one strength. ``per_amount``, ``per_unit``: 20 mg in 5 ml, 0.5 mg in 1 hr.
    ``hours`` is the 12 or 24 of "24 HR".
    """

    ingredients_text: str
    names: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    strength: float | None = None
    strength_unit: str | None = None
    per_amount: float | None = None
    per_unit: str | None = None
    strengths: tuple[Strength, ...] = ()
    form: str | None = None
    release: str | None = None
    hours: int | None = None
    brand: str | None = None

    def per_one(self) -> tuple[float, str] | None:
        """Return the strength of one piece, ml or hour with its unit, as ``daily_dose`` takes them."""
        if self.strength is None or self.strength_unit is None:
            return None
        if self.per_unit is None:
            return self.strength, self.strength_unit
        return self.strength / (self.per_amount or 1.0), f"{self.strength_unit}/{self.per_unit}"


@cache
def _load_words() -> dict[tuple[str, ...], tuple[str, str]]:
    """Return the table ``product_word``: the phrase as a tuple of its words -> (kind of meaning, value)."""
    table = resources.files("opentrd.knowledge").joinpath("tables", "product_word.csv")
    with table.open(encoding="utf-8") as lines:
        return {
            tuple(_words(row["word"])): (row["meaning_kind"], row["value"]) for row in csv.DictReader(lines)
        }


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z][a-z']*/[a-z](?![a-z])|[a-z][a-z']*|\d+|/", text)


def _plain(text: str) -> str:
    text = text[:LONGEST_TEXT].replace("µ", "mc").replace("μ", "mc")
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()
    text = re.sub(r"(?<=\d),(?=\d{1,2}(?!\d))", ".", text.replace("’", "'").replace("\u2044", "/"))
    return " ".join(re.sub("[\u2010-\u2015\u2212]", "-", text).split())


def read_product(text: str) -> Product:
    """Return what a product name says. Never raises; where nothing can be read the name is the text."""
    plain = _plain(text)
    if plain.startswith("{"):
        return _read_pack(plain)
    brand = None
    if bracket := re.search(r"\[([^\]]*)\]", plain):
        brand = bracket.group(1).strip() or None
        plain = plain[: bracket.start()] + " " + plain[bracket.end() :]
    plain, also = _take_brackets(plain)
    leading = _LEADING.match(plain)
    hours = int(leading["hours"]) if leading and leading["hours"] else None
    plain = plain[leading.end() :] if leading else plain
    plain = re.sub(r"\bbox of \d+\b", " ", plain)
    if (
        hours is None
        and (later := re.search(r"\b(12|24)\s?-?(?:hr|hour)\b(?!\s?\))", plain))
        and "/" not in plain
    ):
        hours = int(later.group(1))
        plain = plain[: later.start()] + plain[later.end() :]
    strengths, rest = _take_strengths(plain)
    names, form, release = _take_words(rest)
    if len(names) == 1 and len(strengths) == names[0].count("-") + 1:
        names = tuple(names[0].split("-"))
    if not strengths and (bare := _BARE.search(rest)) and _value(bare["number"]) > 0:
        strengths = (Strength(amount=_value(bare["number"]), unit=None),)
    if hours == 12 and release == "er":
        release = "sr"
    elif hours is not None and release is None and form != "patch":
        release = "sr" if hours == 12 else "er"
    first = strengths[0] if strengths else None
    return Product(
        ingredients_text=" / ".join(names) or plain,
        names=names,
        also=also,
        strength=first.amount if first else None,
        strength_unit=first.unit if first else None,
        per_amount=first.per_amount if first else None,
        per_unit=first.per_unit if first else None,
        strengths=strengths,
        form=form,
        release=release,
        hours=hours,
        brand=brand,
    )


def _read_pack(plain: str) -> Product:
    """Read ``{7 (a 10 MG Oral Tablet) / 7 (a 20 MG Oral Tablet) } Pack``."""
    inner = [read_product(each) for each in _PACK.findall(plain)]
    names = tuple(dict.fromkeys(name for each in inner for name in each.names))
    strengths = tuple(strength for each in inner for strength in each.strengths)
    one = strengths[0] if strengths and len(set(strengths)) == 1 else None
    brand = re.search(r"\[([^\]]*)\]", plain)
    return Product(
        ingredients_text=" / ".join(names) or plain,
        names=names,
        strength=one.amount if one else None,
        strength_unit=one.unit if one else None,
        per_amount=one.per_amount if one else None,
        per_unit=one.per_unit if one else None,
        strengths=strengths,
        form="pack",
        release=next((each.release for each in inner if each.release), None),
        hours=next((each.hours for each in inner if each.hours), None),
        brand=brand.group(1) if brand else None,
    )


def _take_brackets(plain: str) -> tuple[str, tuple[str, ...]]:
    """Take round brackets out; a strength in them stays where there is none outside, names are kept apart."""
    inside = re.findall(r"\(((?:[^()]|\([^()]*\))*)\)", plain)
    outside = re.sub(r"\((?:[^()]|\([^()]*\))*\)", " ", plain)
    if not _STRENGTH.search(outside):
        found = next((each for each in inside if _STRENGTH.search(each)), None)
        if found:
            outside += " " + found
    names = [each.strip() for each in inside if re.fullmatch(r"[a-z][a-z' -]+", each.strip())]
    return " ".join(outside.split()), tuple(
        n for n in names if not re.search(r"\b(?:ltd|plc|drug|rxnorm|brand)\b", n)
    )


def _value(number: str) -> float:
    return float(number.replace(",", ""))


def _take_strengths(plain: str) -> tuple[tuple[Strength, ...], str]:
    """Return the strengths in order, and the text without them (a bar in their place)."""
    strengths: list[Strength] = []
    for found in _STRENGTH.finditer(plain):
        per_unit = _PARTS_PER.get(found["per_unit"] or "")
        per = _value(found["per"]) if found["per"] else 1.0
        if found["per_unit"] and per <= 0:
            continue
        for number in re.split(r"\s?[-/]\s?", found["numbers"]):
            amount = _value(number)
            if amount > 0:
                strengths.append(
                    Strength(
                        amount=amount,
                        unit=UNITS[found["unit"]],
                        per_amount=per if per_unit else None,
                        per_unit=per_unit,
                    )
                )
    rest = _STRENGTH.sub(" | ", plain)
    if len(strengths) > 1 and len(set(strengths)) == 1 and "/" not in plain:
        strengths = strengths[:1]  # the strength said twice
    return tuple(strengths), rest


def _take_words(rest: str) -> tuple[tuple[str, ...], str | None, str | None]:
    """Return the names, the form and the release in what is left of the text."""
    known = _load_words()
    form: str | None = None
    release: str | None = None
    names: list[str] = []
    for part in re.split(r"\s/\s|\|\s*/", rest):
        words = _words(part)
        hyphens = {len(_words(part[: found.end()])) for found in re.finditer(r"[a-z]-(?=[a-z])", part)}
        kept: list[str] = []
        at = 0
        while at < len(words):
            size, meaning = 1, None
            for size in range(min(LONGEST_PHRASE, len(words) - at), 0, -1):
                if meaning := known.get(tuple(words[at : at + size])):
                    break
            if meaning is None:
                if kept and at in hyphens:
                    kept[-1] += f"-{words[at]}"
                elif not words[at].isdigit() and words[at] != "/":
                    kept.append(words[at])
            elif meaning[0] == "form":
                form = form or meaning[1]
            elif meaning[0] == "release":
                release = release or meaning[1]
            at += size if meaning else 1
        if kept:
            names.append(" ".join(kept))
    return tuple(names), form, release
