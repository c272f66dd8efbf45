"""Words that are not everyday language: each can be touched for its meaning, without a script.

The messages ``gloss_term.<key>`` hold how a word may be written (forms between bars), ``gloss.<key>`` what it
means. A form in small letters is found in any case; an abbreviation only as it is written.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

from opentrd.present.words import messages

if TYPE_CHECKING:
    from opentrd.present.words import Words

_TERM: Final = "gloss_term."


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
        pattern, keys = _pattern(self._words.language)
        made = Markup()
        place = 0
        for found in pattern.finditer(text):
            key = keys[str(found.lastgroup)]
            self._used.setdefault(key, found.group())
            link = Markup('<a class="word" href="#word-{}">{}</a>').format(key, found.group())
            made += escape(text[place : found.start()]) + link
            place = found.end()
        return made + escape(text[place:])

    def entries(self) -> list[tuple[str, str, str]]:
        """Return the words that were marked so far: key, word, meaning, in the order of the alphabet."""
        rows = [(key, word, self._words.text(f"gloss.{key}")) for key, word in self._used.items()]
        return sorted(rows, key=lambda row: row[1].casefold())


@cache
def _pattern(language: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """Return what finds the words of a language, long forms first, and the key of each group in it."""
    forms = [
        (form, key.removeprefix(_TERM))
        for (_, key), text in messages(language).items()
        if key.startswith(_TERM)
        for form in text.split("|")
    ]
    forms.sort(key=lambda pair: (-len(pair[0]), pair[0]))
    parts = []
    keys = {}
    for n, (form, key) in enumerate(forms):
        cases = "i" if form == form.lower() else ""
        parts.append(f"(?P<g{n}>(?{cases}:{re.escape(form)}))")
        keys[f"g{n}"] = key
    return re.compile(rf"(?<![\w-])(?:{'|'.join(parts)})(?![\w-])"), keys
