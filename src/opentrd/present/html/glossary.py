"""Words that are not everyday language: each can be touched for its meaning, without a script.

The messages ``gloss_term.<key>`` hold how a word may be written (forms between bars), ``gloss.<key>`` what it
means. A form in small letters is found in any case; an abbreviation only as it is written.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from markupsafe import Markup, escape

from opentrd.present.words import messages

if TYPE_CHECKING:
    from opentrd.present.words import Words

_TERM: Final = "gloss_term."
_WORD: Final = re.compile(r"(?<![\w-])\w[\w-]*")
_GOES_ON: Final = re.compile(r"[\w-]")


class _Term(NamedTuple):
    """A way to write an uncommon word."""

    form: str
    key: str
    any_case: bool


class Glossary:
    """Marks the words of one page and remembers which it holds."""

    def __init__(self, words: Words, active: bool) -> None:
        self._words = words
        self._active = active
        self._used: dict[str, str] = {}

    def mark(self, text: str) -> Markup:
        """Return a text, escaped, its uncommon words as links that open their meaning."""
        if not self._active:
            return escape(text)
        forms, made, place = _forms(self._words.language), [], 0
        for found in _WORD.finditer(text):
            begin = found.start()
            meant = forms.get(found.group().lower())
            term = _term(text, begin, meant) if meant and begin >= place else None
            if term is None:
                continue
            end, key = begin + len(term.form), term.key
            self._used.setdefault(key, text[begin:end])
            made.append(f'{escape(text[place:begin])}<a class="word" href="#word-{key}">')
            made.append(f"{escape(text[begin:end])}</a>")
            place = end
        made.append(str(escape(text[place:])))
        return Markup("".join(made))  # noqa: S704 (every part of the text was escaped)

    def entries(self) -> list[tuple[str, str, str]]:
        """Return the words that were marked so far: key, word, meaning, in the order of the alphabet."""
        rows = [(key, word, self._words.text(f"gloss.{key}")) for key, word in self._used.items()]
        return sorted(rows, key=lambda row: row[1].casefold())


def _term(text: str, begin: int, meant: list[_Term]) -> _Term | None:
    """Return the longest word that stands whole at a place of a text."""
    for term in meant:
        end = begin + len(term.form)
        part = text[begin:end]
        if (part.lower() if term.any_case else part) == term.form and not _GOES_ON.match(text, end):
            return term
    return None


@cache
def _forms(language: str) -> dict[str, list[_Term]]:
    """Return the words of a language by what each begins with, long forms first."""
    made: dict[str, list[_Term]] = {}
    for (_, key), text in messages(language).items():
        if not key.startswith(_TERM):
            continue
        for form in text.split("|"):
            begins = _WORD.match(form)
            assert begins is not None, f"a word that begins with a sign: {form}"
            term = _Term(form, key.removeprefix(_TERM), form == form.lower())
            made.setdefault(begins.group().lower(), []).append(term)
    for terms in made.values():
        terms.sort(key=lambda term: (-len(term.form), term.form))
    return made
