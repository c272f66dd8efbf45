"""What a shown sentence rests on, as the page has it.

Rules stand in place; long lists of record lines and long sources stand once, at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import msgspec

from opentrd.present.citations import Citation, cite
from opentrd.present.words.formats import clean
from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.present.words import Words

#: A sentence names so many record lines itself; longer lists stand at the end, each once.
_MOST_LINES: Final = 3
#: A source with more letters than this stands once, at the end.
_MOST_LETTERS: Final = 150


class Reply(msgspec.Struct, kw_only=True):
    """A question that can be answered in place: its id for the rules, what it is about, what it takes.

    ``values`` are measured values to fill in: id, name, unit.
    """

    id: str
    about: str
    choices: tuple[str, ...]
    values: tuple[tuple[str, str, str], ...] = ()


class Said(msgspec.Struct, kw_only=True):
    """A sentence for the page: its words, its record lines, its rules, and what was looked for.

    ``count`` lines stand in the list ``lines`` at the end, where there are too many to name in place
    (``lines`` is 0 where there are not). ``notes`` are sentences that come before the basis. ``reply`` is how
    a question is answered, where the rules take an answer to it.
    """

    text: str
    sources: list[str] = []
    lines: int = 0
    count: int = 0
    citations: list[Citation] = []
    searched: list[str] = []
    notes: list[str] = []
    reply: Reply | None = None


class Basis:
    """Makes the sentences of one page, each statement once."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self._citations: dict[str, Citation] = {}
        self._said: dict[int, tuple[Statement, Said]] = {}
        self._lists: dict[tuple[str, ...], int] = {}
        self._long: dict[str, int] = {}

    @property
    def long_sources(self) -> list[tuple[int, str]]:
        """The sources that are too long to stand in place, by their number, as far as they were named."""
        return [(number, source) for source, number in self._long.items()]

    def long_source(self, citation: Citation) -> int:
        """Return the number of a citation's source at the end; 0 for one that stands in place."""
        if len(citation.source) <= _MOST_LETTERS:
            return 0
        return self._long.setdefault(citation.source, len(self._long) + 1)

    @property
    def lists(self) -> list[tuple[int, list[str]]]:
        """The long lists of record lines, by their number."""
        return [(number, [clean(line) for line in lines]) for lines, number in self._lists.items()]

    def said(self, statement: Statement) -> Said:
        """Return a statement for the page."""
        found = self._said.get(id(statement))
        if found is None:
            found = self._said[id(statement)] = (statement, self.joined([statement]))
        return found[1]

    def all_said(self, statements: Iterable[Statement]) -> list[Said]:
        """Return statements, each once."""
        return list({id(statement): self.said(statement) for statement in statements}.values())

    def each_text(self, statements: Iterable[Statement]) -> list[Said]:
        """Return sentences, each once; statements with the same words stand behind the same sentence."""
        groups: dict[str, list[Statement]] = {}
        for statement in statements:
            groups.setdefault(self.words.say(statement), []).append(statement)
        return [self.joined(group, text) for text, group in groups.items()]

    def joined(
        self, statements: Iterable[Statement], text: str | None = None, notes: Iterable[str] = ()
    ) -> Said:
        """Return several statements as one, with all that they rest on; ``text`` in place of their words."""
        group = list(statements)
        sources = tuple(dict.fromkeys(source for said in group for source in said.sources))
        refs = dict.fromkeys(ref for said in group for ref in said.citations)
        searched = dict.fromkeys(what for said in group for what in said.searched)
        few = len(sources) <= _MOST_LINES
        return Said(
            text=" ".join(dict.fromkeys(self.words.say(said) for said in group)) if text is None else text,
            sources=[clean(source) for source in sources] if few else [],
            lines=0 if few else self._lists.setdefault(sources, len(self._lists) + 1),
            count=len(sources),
            citations=[self.cite(ref) for ref in refs],
            searched=[self.words.write("searched", what) for what in searched],
            notes=list(dict.fromkeys(notes)),
        )

    def cite(self, ref: str) -> Citation:
        """Return a citation, each made once."""
        found = self._citations.get(ref)
        if found is None:
            found = self._citations[ref] = cite(ref, self.words)
        return found
