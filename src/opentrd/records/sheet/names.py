"""What a name in a sheet means: a treatment, scale, condition, observation; suggestions for misspelt ones."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from functools import cache, cached_property
from typing import Final, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from opentrd.knowledge import schema
from opentrd.knowledge.loader import SHIPPED, Knowledge
from opentrd.knowledge.lookup import plain
from opentrd.records.sheet.problems import CellError, shown
from opentrd.records.sheet.words import leading, meaning, table, within

#: A strange name is taken as misspelt when this few letters differ from a known one (fewer in short names).
_LETTERS_OFF: Final = 2
_SHORT: Final = 6
_STRENGTH: Final = re.compile(
    r"\d+(?:[.,]\d+)?\s*(?:-\s*\d+(?:[.,]\d+)?\s*)?(?:mg|mcg|µg|ug|g)\b(?:\s*/\s*\w+)?", re.IGNORECASE
)
_ITEM: Final = re.compile(
    r"(.*?)\s*[,:(]?\s*(?:item|question|pregunta)\s*(\d{1,2})\)?", re.IGNORECASE | re.ASCII
)


class Named(NamedTuple):
    """A treatment by its name in a sheet. ``row`` is ``None`` for a medicine that the tables do not know."""

    row: schema.Treatment | None
    text: str
    formulation: str | None
    strength: str | None
    counted: bool


class Names:
    """Looks names up in the knowledge tables; made once for a sheet."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge

    @cached_property
    def _treatment_names(self) -> dict[str, str]:
        """Plain name -> name as listed, of all treatments."""
        rows = [
            (row.name, row.name)
            for row in self._knowledge.table("name").values()
            if isinstance(row, schema.Name)
        ]
        rows += [(row.name, row.name) for row in self._knowledge.treatments.values()]
        return {plain(name): shown_name for name, shown_name in rows}

    @cached_property
    def _treatment_keys(self) -> dict[str, str]:
        """Plain name or key -> key, for names that the table ``name`` does not list."""
        found = {plain(row.name): key for key, row in self._knowledge.treatments.items()}
        return found | {plain(key): key for key in self._knowledge.treatments}

    def treatment(self, text: str) -> Named:
        """Find a treatment by its name, strength or form beside it. Raises ``CellError`` for misspelt names.

        A name that is close to none is kept as it is (``row`` is ``None``).
        """
        strength = _STRENGTH.search(text)
        bare = " ".join(_STRENGTH.sub(" ", text).split())
        words = plain(bare).split()
        counted = any(meaning("form", word) for word in words)
        release = next(iter(within("formulation", bare)), None)
        keys = (
            self._keys(text)
            or self._keys(bare)
            or self._loose(text, words, medicine=counted or strength is not None)
        )
        if len(keys) > 1:
            advice = "write one line for each treatment, or its full name"
            raise CellError(f"{shown(text)} can mean {' or '.join(keys)}", advice)
        row = self._knowledge.treatments.get(keys[0]) if keys else None
        if row is None:
            self._misspelt(text, " ".join(word for word in words if not _aside(word)))
        formulation = self._formulation(row, release.meaning, bare) if row and release else None
        return Named(row, text, formulation, strength and strength.group(), counted)

    def _loose(self, text: str, words: list[str], *, medicine: bool) -> tuple[str, ...]:
        """Find names within a text: "sertraline tablets", "CBT in a group", "Effexor (venlafaxine)".

        ``medicine``: a strength or a form is told. Abbreviations, therapies and the like may only have words
        around them that say nothing, since "light", "sleep" or "act" mean other things too.
        """
        rest = " ".join(word for word in words if not _aside(word))
        found = self._keys(rest)
        if found:
            return () if medicine and not self._is_medicine(found[0]) else found
        rows = self._knowledge.names.within(rest, abbreviations=True)
        bare = all(meaning("filler", word) for word in _without(words, [plain(row.name) for row in rows]))
        keys = tuple(
            dict.fromkeys(
                row.treatment
                for row in rows
                if (bare and not medicine)
                or (row.sort != "abbreviation" and self._is_medicine(row.treatment))
            )
        )
        if keys and leading("negation", " ".join(words)):
            advice = "leave the line out, or write 'never started' under taken"
            raise CellError(f"{shown(text)} says that it was not taken", advice)
        told = any(rest.startswith(plain(row.name)) for row in rows if row.treatment in keys)
        aside = [row for row in rows if self._kind(row.treatment) in ("psychotherapy", "stimulation")]
        if not bare and not medicine and ((keys and not told) or (aside and not keys)):
            names = dict.fromkeys(row.name for row in rows if row.treatment in keys or row in aside)
            what = f"{shown(text)} holds {' and '.join(names)} among other words"
            raise CellError(what, "write the name alone, one line for each treatment; the rest under note")
        return keys

    def _kind(self, key: str) -> str:
        row = self._knowledge.treatments.get(key)
        return row.kind if row else ""

    def _is_medicine(self, key: str) -> bool:
        return self._kind(key) in ("medicine", "comedication")

    def _formulation(self, row: schema.Treatment, release: str, text: str) -> str:
        """Return the release form as the doses of this treatment name it, where they name one slow form."""
        slow = {"xr", "cr"}
        if release not in slow:
            return release
        named = {
            need.formulation for need in self._knowledge.adequacy.values() if need.treatment == row.treatment
        } & slow
        return next(iter(named)) or release if len(named) == 1 else release

    def knows_treatment(self, text: str) -> bool:
        """Say whether a text names a known treatment."""
        return bool(self._keys(text) or self._knowledge.names.within(text))

    def whole(self, text: str) -> bool:
        """Say whether a whole text is one listed name."""
        return bool(self._keys(text))

    def _keys(self, text: str) -> tuple[str, ...]:
        rows = self._knowledge.by_name(text)
        if rows:
            return tuple(dict.fromkeys(row.treatment for row in rows))
        own = self._treatment_keys.get(plain(text))
        return (own,) if own else ()

    def _misspelt(self, text: str, name: str) -> None:
        """Raise ``CellError`` where a name differs from known ones by few letters."""
        off = 1 if len(name) <= _SHORT else _LETTERS_OFF
        names = [known for known in self._treatment_names if len(known) > 3]
        close = process.extract(name, names, scorer=DamerauLevenshtein.distance, score_cutoff=off, limit=9)
        best: dict[str, tuple[int, bool, str]] = {}
        for found, letters, _ in close:
            for key in self._keys(found):
                best[key] = min(
                    best.get(key, (99, True, "")), (int(letters), found not in self._treatment_keys, found)
                )
        nearest = sorted(best.values())
        good = [self._treatment_names[hit[-1]] for hit in nearest if hit[0] == nearest[0][0]]
        if good:
            other = "If it is another medicine, write 'other medicine' in column what"
            advice = f"did you mean {' or '.join(good[:3])}? {other}"
            raise CellError(f"{shown(text)} is not known", advice)

    def scale(self, text: str) -> tuple[schema.Scale, int | None] | None:
        """Find a scale by its name, and the number of the item where the name asks for one."""
        item = _ITEM.fullmatch(text.strip())
        name = _squeezed(item[1] if item else text)
        number = int(item[2]) if item else None
        known = self._scales.get(name)
        return (known, number) if known else None

    @cached_property
    def _scales(self) -> dict[str, schema.Scale]:
        scales = self._knowledge.scales
        found = {_squeezed(name): scales[key] for name, key in scale_names().items() if key in scales}
        for key, row in scales.items():
            found[_squeezed(row.name)] = found[_squeezed(key)] = row
        return found

    def near_scales(self, text: str) -> list[str]:
        """Return the names of scales that a text may mean."""
        name = _squeezed(text)
        begins = [row.scale for known, row in self._scales.items() if name and known.startswith(name)]
        off = 1 if len(name) <= _SHORT else _LETTERS_OFF
        close = process.extract(
            name, list(self._scales), scorer=DamerauLevenshtein.distance, score_cutoff=off, limit=3
        )
        return list(dict.fromkeys([*begins, *(self._scales[found].scale for found, _, _ in close)]))[:3]

    @cached_property
    def _conditions(self) -> dict[str, str]:
        rows = self._knowledge.conditions
        words = {word: row.meaning for word, row in table()["condition"].items() if row.meaning in rows}
        return words | _spellings((key, row.name) for key, row in rows.items())

    @cached_property
    def _observations(self) -> dict[str, str]:
        rows = self._knowledge.observations
        words = {word: row.meaning for word, row in table()["observation"].items() if row.meaning in rows}
        return words | _spellings((key, row.name) for key, row in rows.items())

    def condition(self, text: str, *, strict: bool = True) -> str | None:
        """Find a condition by its name. Raises ``CellError`` for misspelt names where ``strict``."""
        return self._find(text, self._conditions, strict)

    def observation(self, text: str, *, strict: bool = True) -> schema.ObservationConcept | None:
        """Find an observation by its name. Raises ``CellError`` for misspelt names where ``strict``."""
        key = self._find(text, self._observations, strict)
        return self._knowledge.observations[key] if key else None

    def _find(self, text: str, names: dict[str, str], strict: bool) -> str | None:
        name = plain(text)
        found = names.get(name) or names.get(name.removesuffix("s"))
        if found or not strict or len(name) <= _SHORT:
            return found
        close = process.extractOne(
            name, list(names), scorer=DamerauLevenshtein.distance, score_cutoff=_LETTERS_OFF
        )
        if close:
            raise CellError(f"{shown(text)} is not known", f"did you mean {close[0]}?")
        return None


def _spellings(rows: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return plain name -> key; a name with an addition in brackets counts with it, without it and alone."""
    found: dict[str, str] = {}
    for key, name in rows:
        outside, _, inside = name.partition("(")
        for spelling in (name, key.replace("_", " "), outside, inside):
            if plain(spelling):
                found.setdefault(plain(spelling), key)
    return found


@cache
def scale_names() -> dict[str, str]:
    """Return the names of scales as records write them, from the table ``scale_name``."""
    with (SHIPPED / "tables" / "scale_name.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row["scale"] for row in csv.DictReader(file)}


def _aside(word: str) -> bool:
    """Say whether a word of a name is about form, release or setting, and not the name itself."""
    return any(meaning(column, word) is not None for column in ("form", "formulation", "detail"))


def _without(words: list[str], names: list[str]) -> list[str]:
    """Return the words that belong to none of the names."""
    used = {word for name in names for word in name.split()}
    return [word for word in words if word not in used and not _aside(word)]


def _squeezed(text: str) -> str:
    return plain(text).replace(" ", "")
