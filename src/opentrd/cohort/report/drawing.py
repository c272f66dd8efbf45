"""Pictures as SVG: bars of several parts, bars beside a pattern of dots, and flows.

Every part has a tone (a class: the page gives light and dark colours), and a pattern or a letter beside it.
A count that is hidden is drawn as nothing and said in words; its place does not tell its size.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Final

import msgspec
from markupsafe import Markup, escape

WIDE: Final = 880
NARROW: Final = 330
_BAR: Final = 18
_ROW: Final = 30
_TALL: Final = 46
_LABEL: Final = 312
_NOTE: Final = 182
_DOT: Final = 20
#: The size of words, and of those that need two lines.
_SIZE: Final = 14
_SMALL: Final = 12
#: About how wide a letter is, and a bold one.
_LETTER: Final = 8.0
_STRONG_LETTER: Final = 8.8


class Segment(msgspec.Struct, frozen=True):
    """A part of a bar: how much, in which tone, with which letter in it, and its words."""

    value: float | None
    tone: str
    letter: str = ""
    says: str = ""


class Row(msgspec.Struct, frozen=True):
    """A bar with its label, its parts and what is written beside it; ``dots`` before it where it has any."""

    label: str
    segments: Sequence[Segment]
    note: str
    strong: bool = False
    dots: Sequence[bool] = ()


class _Frame(msgspec.Struct, frozen=True):
    """Where things stand in a picture of bars: words beside the bars, or above them where it is narrow."""

    width: int
    left: float
    room: float
    height: int
    beside: bool


def bars(rows: Sequence[Row], most: float, width: int, heads: Sequence[str] = ()) -> Markup:
    """Return rows of bars under one another; ``most`` is the value of a full bar, ``heads`` name the dots.

    In a narrow picture the words stand above the bars, not beside them.
    """
    wide = width >= WIDE
    named = any(row.label for row in rows)
    dots = len(heads) * _DOT + 12 if heads else 0
    left = (_LABEL if wide and named else 0) + dots
    note = _NOTE if wide else 90 if dots else 0
    beside = wide or not named
    frame = _Frame(width, left, width - left - note, _ROW if beside else _TALL, beside)
    top = 22 if heads else 0
    made = [_heads(heads, left - dots)] if heads else []
    for place, row in enumerate(rows):
        made.append(_row(row, top + place * frame.height, frame, most))
    return _svg(width, top + len(rows) * frame.height + 2, made)


def _row(row: Row, y: float, frame: _Frame, most: float) -> str:
    bar = y + (6 if frame.beside else 22)
    line = bar + 13 if frame.beside else y + 15
    dots = "".join(
        f'<circle cx="{frame.left - 12 + (place - len(row.dots) + 0.5) * _DOT:g}" cy="{bar + 9:g}" r="6" '
        f'class="{"dot" if on else "gap"}"/>'
        for place, on in enumerate(row.dots)
    )
    parts, x = [], frame.left
    for segment in row.segments:
        width = (segment.value or 0) / most * frame.room if most else 0.0
        parts.append(_segment(segment, x, bar, width))
        x += width
    where, anchor = (x + 8, "start") if frame.beside else (frame.left + frame.room, "end")
    note = (
        f'<text x="{where:.1f}" y="{line:g}" font-size="13" text-anchor="{anchor}" class="soft">'
        f"{escape(row.note)}</text>"
    )
    return _label(row, line, frame) + dots + "".join(parts) + note


def _label(row: Row, line: float, frame: _Frame) -> str:
    if not row.label:
        return ""
    room = _LABEL - 10 if frame.beside else frame.width - (len(row.note) + 1.5) * _LETTER
    letter = _STRONG_LETTER if row.strong else _LETTER
    most = int(room / letter)
    lines = [row.label]
    if frame.beside and len(row.label) > most:  # two smaller lines stand in the room of one
        most = int(room / (letter * _SMALL / _SIZE))
        first_line, *rest = wrap(row.label, most)
        lines = [first_line, " ".join(rest)] if rest else [first_line]
    size = _SIZE if most == int(room / letter) else _SMALL
    first = line - (len(lines) - 1) * _SMALL * 0.55
    weight = ' font-weight="600"' if row.strong else ""
    spans = "".join(
        f'<tspan x="0" y="{first + place * _SMALL * 1.1:g}">{escape(_cut(text, most))}</tspan>'
        for place, text in enumerate(lines)
    )
    return f'<text font-size="{size}"{weight}>{spans}<title>{escape(row.label)}</title></text>'


def _segment(segment: Segment, x: float, y: float, width: float) -> str:
    if width <= 0:
        return ""
    shape = f'x="{x:.1f}" y="{y:g}" width="{max(1.0, width):.1f}" height="{_BAR}"'
    title = f"<title>{escape(segment.says)}</title>" if segment.says else ""
    made = f'<rect {shape} class="t-{segment.tone}">{title}</rect><rect {shape} class="p-{segment.tone}"/>'
    if segment.letter and width > _LETTER * 1.8:
        made += (
            f'<text x="{x + width / 2:.1f}" y="{y + 13:g}" font-size="12" text-anchor="middle" '
            f'class="in-{segment.tone}">{escape(segment.letter)}</text>'
        )
    return made


def _heads(heads: Sequence[str], left: float) -> str:
    return "".join(
        f'<text x="{left + place * _DOT + _DOT / 2:g}" y="15" font-size="13" font-weight="600" '
        f'text-anchor="middle">{escape(head)}</text>'
        for place, head in enumerate(heads)
    )


def swatch(tone: str, letter: str) -> Markup:
    """Return the mark of a tone for a legend."""
    inside = (
        f'<text x="9" y="13" font-size="12" text-anchor="middle" class="in-{tone}">{escape(letter)}</text>'
    )
    return Markup(  # noqa: S704 (letters are escaped)
        f'<svg class="swatch" viewBox="0 0 18 18" aria-hidden="true"><rect width="18" height="18" '
        f'class="t-{tone}"/><rect width="18" height="18" class="p-{tone}"/>{inside if letter else ""}</svg>'
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _svg(width: float, height: float, parts: Sequence[str]) -> Markup:
    return Markup(  # noqa: S704 (every text in it is escaped)
        f'<svg viewBox="0 0 {width:g} {height:g}" aria-hidden="true" fill="currentColor">'
        f"{''.join(parts)}</svg>"
    )


# Flows


class Node(msgspec.Struct, frozen=True):
    """A block of a flow: its column, key, size (``None``: hidden), tone and words."""

    column: int
    key: str
    size: int | None
    tone: str
    label: str


class Stream(msgspec.Struct, frozen=True):
    """What flows from a block to one of the next column."""

    column: int
    source: str
    target: str
    size: int


_FLOW_HEIGHT: Final = 560
_BLOCK: Final = 12
_SPACE: Final = 17
_HEAD: Final = 24
_TAIL: Final = 112
#: About how wide a letter of its labels is.
_FLOW_LETTER: Final = 7.2


def flow(nodes: Sequence[Node], streams: Sequence[Stream], heads: Sequence[str], width: int = WIDE) -> Markup:
    """Return columns of blocks, as high as they are large, with streams between them."""
    columns = [[n for n in nodes if n.column == c] for c in range(len(heads))]
    sized = {(n.column, n.key): float(n.size or _seen(n, streams)) for n in nodes}
    largest = max((sum(sized[n.column, n.key] for n in column) for column in columns), default=1) or 1
    most = max((len(column) for column in columns), default=1)
    scale = (_FLOW_HEIGHT - _HEAD - (most - 1) * _SPACE) / largest
    said = max((len(n.label) for n in columns[-1]), default=0) * _FLOW_LETTER
    step = (width - max(_TAIL, said) - _BLOCK) / max(1, len(heads) - 1)
    made, place = [], {}
    for number, column in enumerate(columns):
        x, y = number * step, float(_HEAD)
        made.append(f'<text x="{x:g}" y="14" font-size="13" class="soft">{escape(heads[number])}</text>')
        for node in column:
            high = max(1.5, sized[node.column, node.key] * scale)
            place[node.column, node.key] = (x, y, high)
            y += high + _SPACE
    streams_drawn = _streams(streams, place, scale)
    tones = {(n.column, n.key): n.tone for n in nodes}
    made += [f'<path d="{path}" class="f-{tones[key]}"/>' for key, path in streams_drawn]
    for node in nodes:
        x, y, high = place[node.column, node.key]
        shape = f'x="{x:g}" y="{y:.1f}" width="{_BLOCK}" height="{high:.1f}"'
        made.append(f'<rect {shape} class="t-{node.tone}"/><rect {shape} class="p-{node.tone}"/>')
        made.append(
            f'<text x="{x + _BLOCK + 4:g}" y="{y + high / 2 + 4:.1f}" font-size="12.5" class="halo">'
            f"{escape(node.label)}</text>"
        )
    return _svg(width, _FLOW_HEIGHT + 8, made)


def _seen(node: Node, streams: Sequence[Stream]) -> int:
    """How large a block is at least, by what is shown to flow out of it or into it."""
    out = sum(s.size for s in streams if s.column == node.column and s.source == node.key)
    into = sum(s.size for s in streams if s.column == node.column - 1 and s.target == node.key)
    return max(out, into)


def _streams(
    streams: Sequence[Stream], place: dict[tuple[int, str], tuple[float, float, float]], scale: float
) -> list[tuple[tuple[int, str], str]]:
    """Return each stream's block of origin and its path; they leave and arrive in the order of the blocks."""
    order = list(place)
    ranked = sorted(
        streams,
        key=lambda s: (s.column, order.index((s.column, s.source)), order.index((s.column + 1, s.target))),
    )
    left = {key: y for key, (_, y, _) in place.items()}
    right = dict(left)
    made = []
    for stream in ranked:
        source, target = (stream.column, stream.source), (stream.column + 1, stream.target)
        high = stream.size * scale
        x0, x1 = place[source][0] + _BLOCK, place[target][0]
        y0, y1 = left[source], right[target]
        left[source] += high
        right[target] += high
        bend = (x0 + x1) / 2
        path = (
            f"M{x0:.1f} {y0:.1f}C{bend:.1f} {y0:.1f} {bend:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
            f"V{y1 + high:.1f}"
            f"C{bend:.1f} {y1 + high:.1f} {bend:.1f} {y0 + high:.1f} {x0:.1f} {y0 + high:.1f}Z"
        )
        made.append((source, path))
    return made
