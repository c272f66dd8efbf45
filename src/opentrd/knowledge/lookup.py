"""Finding what a text or a code means: indexes over the tables of names and codes, made when first asked."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import Final, Generic, Protocol, TypeVar

from opentrd.knowledge.schema import Name
from opentrd.knowledge.systems import SIBLINGS, code_key, system_name

#: Chapters in which ICD-10 and its national versions part; elsewhere one may stand in for the other.
_OWN_CHAPTERS: Final = frozenset("ZUVWXYT")
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


class Coded(Protocol):
    """A row with a code."""

    @property
    def system(self) -> str:
        """The code system, by any of its names."""

    @property
    def code(self) -> str:
        """The code, in any way of writing."""


C = TypeVar("C", bound=Coded)


class Codes(Generic[C]):
    """Codes of a table by system and code, in any way of writing. A code may have several rows.

    A code ending in ``*`` and rows with ``match`` ``prefix`` stand for all codes that begin so; the narrowest
    row comes first. (``descendants`` needs the terminology itself and is read as ``exact``.)
    """

    def __init__(self, rows: Iterable[C]) -> None:
        exact: dict[tuple[str, str], list[C]] = defaultdict(list)
        prefix: dict[tuple[str, str], list[C]] = defaultdict(list)
        shortest: dict[str, int] = {}
        for row in rows:
            system = system_name(row.system)
            key = code_key(system, row.code.rstrip("*"))
            exact[system, key].append(row)
            if row.code.endswith("*") or getattr(row, "match", None) == "prefix":
                prefix[system, key].append(row)
                shortest[system] = min(len(key), shortest.get(system, 99))
        self._exact = dict(exact)
        self._prefix = dict(prefix)
        self._shortest = shortest
        self._seen: dict[tuple[str, str], tuple[C, ...]] = {}

    def find(self, system: str | None, code: str) -> tuple[C, ...]:
        """Return the rows of a code, the narrowest first; of a sister system where its own has none."""
        asked = (system or "", code)
        found = self._seen.get(asked)
        if found is None:
            own = system_name(system)
            found = self._in(own, code)
            for sibling in SIBLINGS.get(own, ()) if not found else ():
                if not own.startswith("ICD-10") or code.strip()[:1].upper() not in _OWN_CHAPTERS:
                    found = found or self._in(sibling, code)
            self._seen[asked] = found
        return found

    def _in(self, system: str, code: str) -> tuple[C, ...]:
        key = code_key(system, code)
        found = list(self._exact.get((system, key), ()))
        for length in range(len(key) - 1, self._shortest.get(system, 99) - 1, -1):
            found.extend(self._prefix.get((system, key[:length]), ()))
        return tuple(found)


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """Return a name as it is compared: lower case, without accents, marks and double spaces."""
    text = unicodedata.normalize("NFKD", text.replace("\u2019", "'")).casefold()
    return " ".join(_WORD.findall("".join(char for char in text if not unicodedata.combining(char))))


class Names:
    """Names of treatments in text."""

    def __init__(self, rows: Iterable[Name]) -> None:
        self._rows: dict[str, list[Name]] = defaultdict(list)
        for row in rows:
            self._rows[plain(row.name)].append(row)

    @cached_property
    def _longest(self) -> dict[str, int]:
        """The number of words of the longest name that begins with a word."""
        longest: dict[str, int] = {}
        for name in self._rows:
            words = name.split()
            longest[words[0]] = max(len(words), longest.get(words[0], 0))
        return longest

    def find(self, text: str, region: str | None = None) -> tuple[Name, ...]:
        """Return the rows of exactly this name, one a treatment. The region's own come alone, if any."""
        rows = self._rows.get(plain(text), [])
        if region is not None:
            rows = [row for row in rows if row.region == region] or rows
        return tuple({row.treatment: row for row in reversed(rows)}.values())[::-1]

    def within(
        self, text: str, region: str | None = None, *, abbreviations: bool = False
    ) -> tuple[Name, ...]:
        """Return the names found in a text (a product, a note), in order, the longest where several fit.

        Abbreviations ("ACT", "Li") are words of other meanings in free text, and left out unless asked for.
        """
        words = plain(text).split()
        found: list[Name] = []
        place = 0
        while place < len(words):
            for length in range(self._longest.get(words[place], 0), 0, -1):
                rows = self.find(" ".join(words[place : place + length]), region)
                rows = tuple(row for row in rows if abbreviations or row.sort != "abbreviation")
                if rows:
                    found.extend(rows)
                    place += length - 1
                    break
            place += 1
        return tuple(found)

    def beginning(self, text: str, limit: int = 8) -> tuple[Name, ...]:
        """Return names that begin as a text does, then names with a word that does, one row a name."""
        start = plain(text)
        if not start:
            return ()
        first = [name for name in self._rows if name.startswith(start)]
        inside = [name for name in self._rows if f" {start}" in name]
        names = dict.fromkeys([*sorted(first, key=len), *sorted(inside, key=len)])
        return tuple(self._rows[name][0] for name in names)[:limit]

    def suggest(self, text: str, limit: int = 3) -> tuple[str, ...]:
        """Return names close to a misspelt one, the closest first, one a treatment."""
        import difflib  # slow to load, and only wanted for misspelt names

        close = difflib.get_close_matches(plain(text), self._rows, n=3 * limit, cutoff=0.75)
        first = {self._rows[name][0].treatment: self._rows[name][0].name for name in reversed(close)}
        return tuple(first.values())[::-1][:limit]
