"""The table of ratios: as text for the terminal and as Markdown for the page."""

from __future__ import annotations

from typing import Final, NamedTuple

HEADS: Final = ("what", "measured", "ratio", "beside", "aim")


class Row(NamedTuple):
    """A line: what was run, what was measured, its ratio to what, and the aim; no ratio: ``None``."""

    what: str
    measured: str
    ratio: float | None
    beside: str
    aim: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells as they are shown."""
        ratio = "" if self.ratio is None else figure(self.ratio)
        return self.what, self.measured, ratio, self.beside, self.aim


def figure(value: float) -> str:
    """Write a number with three figures, a large one to the whole."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def text(rows: list[Row], notes: list[str]) -> str:
    """Return the table in columns, the notes below."""
    cells = [HEADS, *(row.cells for row in rows)]
    widths = [max(len(line[n]) for line in cells) for n in range(len(HEADS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]
    return "\n".join([*(line.rstrip() for line in lines), *notes])


def markdown(rows: list[Row], notes: list[str]) -> str:
    """Return the table as Markdown, the notes as a list below."""
    cells = [HEADS, ("---", "---", "---:", "---", "---"), *(row.cells for row in rows)]
    table = ["| " + " | ".join(line) + " |" for line in cells]
    return "\n".join([*table, "", *(f"- {note}" for note in notes)])
