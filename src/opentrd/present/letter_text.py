"""The letter of referral as plain text, to paste and to complete."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

from opentrd.present.letter import by_label, letter

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

_WIDTH: Final = 100
_LONGEST_WORD: Final = 14


def letter_text(a: Assessment, words: Words, width: int = _WIDTH) -> str:
    """Return the letter as text of a width."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    found = letter(a, words)
    out = Console(file=StringIO(), width=width, highlight=False, markup=False, emoji=False, color_system=None)
    out.print(Text(found.title.upper()), Text(found.draft), "", *map(Text, found.address), "", sep="\n")
    for label, value in found.about:
        out.print(Text(f"{label}: {value}"))
    out.print("", Text(found.greeting), sep="\n")
    for part in found.parts:
        out.print("", Text(part.title), Text("-" * len(part.title)), sep="\n")
        if part.rows:
            out.print(_table(found.columns, part.rows, width))
        for label, texts in by_label(part.lines):
            out.print(Padding(Text((f"{label}: " if label else "") + " ".join(texts)), (0, 0, 0, 2)))
    out.print(
        "", Text(found.closing), "", *(Text(f"{label}: {'_' * 40}") for label in found.blanks), sep="\n"
    )
    out.print(Text(found.consent), "", Text(found.basis_title), sep="\n")
    for title, basis in found.basis:
        out.print(Padding(Text(f"{title}: {basis}"), (0, 0, 0, 2)))
    made = out.file
    assert isinstance(made, StringIO)
    return "\n".join(line.rstrip() for line in made.getvalue().splitlines()) + "\n"


def _table(columns: list[str], rows: list[tuple[str, ...]], width: int) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1, 1, 0), pad_edge=False, header_style="")
    room = width - (len(columns) - 1)
    for name, wide in zip(columns, _widths([columns, *rows], room), strict=True):
        table.add_column(name, overflow="fold", width=wide)
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _widths(rows: Iterable[Sequence[str]], room: int) -> list[int]:
    """Share a room among columns: each its longest word, the rest where texts are longest for their width."""
    cells = list(zip(*rows, strict=True))
    widths = [min(_LONGEST_WORD, max(len(word) for cell in c for word in cell.split())) for c in cells]
    wished = [max(map(len, column)) for column in cells]
    while sum(widths) > room:
        widths[widths.index(max(widths))] -= 1
    while sum(widths) < min(room, sum(wished)):
        tight = max(range(len(widths)), key=lambda n: wished[n] / widths[n])
        widths[tight] += 1
    return widths
