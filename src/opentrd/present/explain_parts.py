"""What every explanation is made of: a sentence with its record lines, its rules and what was looked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from rich.text import Text
from rich.tree import Tree

from opentrd.present.citations import cite
from opentrd.present.words.formats import clean
from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.present.words import Words

_MOST_LINES: Final = 12


def add_statement(tree: Tree, statement: Statement, words: Words, assumed: bool = False) -> None:
    """Add a sentence with its record lines, its rules and what was looked for."""
    text = words.say(statement)
    branch = tree.add(Text(words.text("explain.assumed", text=text) if assumed else text))
    add_sources(branch, statement.sources, words)
    add_citations(branch, statement.citations, words)
    if statement.searched:
        looked = tuple(words.write("searched", what) for what in statement.searched)
        branch.add(Text(words.text("explain.searched", what=looked), style="dim"))


def add_sources(tree: Tree, sources: Iterable[str], words: Words) -> None:
    """Add the record lines, the first of them where they are many."""
    lines = list(_limited([clean(source) for source in sources], words))
    if lines:
        tree.add(Text(" · ".join(lines), style="dim"))


def _limited(lines: list[str], words: Words) -> Iterator[str]:
    yield from lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES:
        yield words.text("page.more", n=len(lines) - _MOST_LINES)


def add_citations(tree: Tree, refs: Iterable[str], words: Words) -> None:
    """Add the rows of knowledge, each with its source and a mark where it is not confirmed, ours or local."""
    for ref in dict.fromkeys(refs):
        citation = cite(ref, words)
        mark = f" ({citation.mark})" if citation.mark else ""
        tree.add(Text(f"{citation.title}. {citation.source}{mark}", style="dim"))
