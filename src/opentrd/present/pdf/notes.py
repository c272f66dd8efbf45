"""The numbered list at the end: the rows of knowledge and lines of the record behind each shown sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from opentrd.present.citations import cite
from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.present.words import Words

#: What a template shows of a statement: its words and the numbers of what it rests on.
Said: TypeAlias = dict[str, Any]


class Notes:
    """Gives numbers to what sentences rest on, in the order in which they are shown.

    ``brief`` names cited rows without their source. ``most_lines``: so many record lines a note.
    """

    def __init__(self, words: Words, brief: bool = False, most_lines: int = 6) -> None:
        self._words = words
        self._brief = brief
        self._most_lines = most_lines
        self._numbers: dict[str, int] = {}

    @property
    def entries(self) -> list[str]:
        """The list, number one first."""
        return list(self._numbers)

    def said(self, statement: Statement, text: str | None = None) -> Said:
        """Return a statement for a template."""
        return {
            "text": self._words.say(statement) if text is None else text,
            "marks": self.marks(statement.citations, statement.sources, statement.searched),
        }

    def all_said(self, statements: Iterable[Statement]) -> list[Said]:
        """Return statements for a template; words that come twice are shown once."""
        made: dict[str, Said] = {}
        for statement in statements:
            said = self.said(statement)
            first = made.setdefault(said["text"], said)
            first["marks"] = list(dict.fromkeys((*first["marks"], *said["marks"])))
        return list(made.values())

    def marks(
        self, citations: Iterable[str] = (), sources: Iterable[str] = (), searched: Iterable[str] = ()
    ) -> list[int]:
        """Return the numbers of cited rows and record lines; of what was searched where there is neither."""
        entries = [self._row(ref) for ref in citations]
        lines = tuple(dict.fromkeys(sources))
        if lines:
            entries.append(self._lines(lines))
        elif not entries and (kinds := tuple(searched)):
            entries.append(self._words.text("pdf.searched", searched=kinds))
        return [self._numbers.setdefault(entry, len(self._numbers) + 1) for entry in dict.fromkeys(entries)]

    def together(self, refs: Iterable[str]) -> list[int]:
        """Return one number for several rows of a table."""
        rows: dict[str, list[str]] = {}
        for ref in dict.fromkeys(refs):
            table, _, key = ref.partition(":")
            rows.setdefault(table, []).append(key)
        entries = [
            self._words.text("pdf.rows", table=table, keys=", ".join(keys)) for table, keys in rows.items()
        ]
        return [self._numbers.setdefault(entry, len(self._numbers) + 1) for entry in entries]

    def _row(self, ref: str) -> str:
        row = cite(ref, self._words)
        return self._words.text(
            "pdf.row",
            ref=ref,
            title=None if row.title.endswith(ref.partition(":")[2]) else row.title,
            source=None if self._brief else row.source,
            mark=row.mark,
        )

    def _lines(self, lines: tuple[str, ...]) -> str:
        more = len(lines) - self._most_lines
        return self._words.text(
            "pdf.lines", lines=", ".join(lines[: self._most_lines]), more=more if more > 0 else None
        )
