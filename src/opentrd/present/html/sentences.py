"""Writes the sentences of a page with what stands behind each: most of a page is made of these.

The same as a template would, in a fraction of its time. Every text is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

from opentrd.present.citations import Citation
from opentrd.present.html.basis import Basis, Said

if TYPE_CHECKING:
    from opentrd.present.words import Words

#: An uncommon word as ``mark`` makes it.
_MARKED: Final = re.compile(r'<a class="word"[^>]*>[^<]*</a>')


class Sentences:
    """The sentences of one page, each made once. ``mark`` escapes a text and marks its uncommon words."""

    def __init__(self, words: Words, basis: Basis, mark: Callable[[str], Markup]) -> None:
        self._words = words
        self._basis = basis
        self._mark = mark
        self._made: dict[int, tuple[Said, Markup]] = {}
        self._cited: dict[str, str] = {}
        self._labels: dict[str, str] = {}

    def why(self, said: Said) -> Markup:
        """Return a sentence that opens what it rests on."""
        found = self._made.get(id(said))
        if found is None:
            head = f"<summary>{escape(said.text)}</summary>"
            made = f'<details class="why">{head}\n{self.opened(said)}</details>'
            found = self._made[id(said)] = (said, Markup(made))  # noqa: S704 (its parts are escaped)
        return found[1]

    def opened(self, said: Said) -> Markup:
        """Return what opens under a sentence: its uncommon words (a fold’s head holds no links), basis."""
        marked = dict.fromkeys(_MARKED.findall(self._mark(said.text)))
        words = f'<p class="uncommon">{" · ".join(marked)}</p>' if marked else ""
        return Markup(words) + self.behind(said)  # noqa: S704 (links that mark made)

    def behind(self, said: Said) -> Markup:
        """Return what a sentence rests on: its lines of the record, what was looked for, its rules."""
        parts = [f"<p>{self._mark(note)}</p>" for note in said.notes]
        if said.lines:
            count = escape(self._words.text("page.line_count", n=said.count))
            parts.append(f'<p>{self._label("lines")} <a href="#lines-{said.lines}">{count}</a></p>')
        elif said.sources:
            lines = " ".join(f"<code>{escape(source)}</code>" for source in said.sources)
            parts.append(f"<p>{self._label('lines')} {lines}</p>")
        if said.searched:
            parts.append(f"<p>{self._label('searched')} {escape(', '.join(said.searched))}</p>")
        parts += [f"<p>{self.cited(citation)}</p>" for citation in said.citations]
        if not (said.count or said.searched or said.citations):
            parts.append(f"<p>{escape(self._words.text('page.no_lines'))}</p>")
        return Markup(f'<div class="basis">{"".join(parts)}</div>\n')  # noqa: S704 (its parts are escaped)

    def cited(self, citation: Citation) -> Markup:
        """Return a citation; a long source stands at the end of the page, and is named here by its number."""
        found = self._cited.get(citation.ref)
        if found is None:
            found = self._cited[citation.ref] = self._cite(citation)
        return Markup(found)  # noqa: S704 (its parts are escaped)

    def _cite(self, citation: Citation) -> str:
        made = f"<b>{escape(citation.title)}</b>"
        if citation.source:
            number = self._basis.long_source(citation)
            name = escape(self._words.text("page.source", n=number)) if number else ""
            made += f'. <a href="#source-{number}">{name}</a>' if number else f". {escape(citation.source)}"
        if citation.mark:
            made += f' <span class="mark">{escape(citation.mark)}</span>'
        return made

    def _label(self, name: str) -> str:
        found = self._labels.get(name)
        if found is None:
            found = self._labels[name] = f"<b>{escape(self._words.text(f'page.{name}'))}</b>"
        return found
