"""The letter of referral as plain text, to paste and to complete."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any, Final

from opentrd.present.letter import by_label, letter

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

_WIDTH: Final = 100
_NAME_WIDTH: Final = 18


def letter_text(a: Assessment, words: Words) -> str:
    """Return the letter as text."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    found = letter(a, words)
    out = Console(
        file=StringIO(), width=_WIDTH, highlight=False, markup=False, emoji=False, color_system=None
    )
    out.print(Text(found.title.upper()), Text(found.draft), "", *map(Text, found.address), "", sep="\n")
    for label, value in found.about:
        out.print(Text(f"{label}: {value}"))
    out.print("", Text(found.greeting), sep="\n")
    for part in found.parts:
        out.print("", Text(part.title), Text("-" * len(part.title)), sep="\n")
        if part.rows:
            out.print(_table(found.columns, part.rows))
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


def _table(columns: list[str], rows: list[tuple[str, ...]]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1, 1, 0), pad_edge=False, header_style="", width=_WIDTH)
    for number, name in enumerate(columns):
        table.add_column(name, overflow="fold", min_width=None if number else _NAME_WIDTH)
    for row in rows:
        table.add_row(*map(Text, row))
    return table
