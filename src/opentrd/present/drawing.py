"""Draws the picture of the timeline: the marks of its specification as SVG, without a browser or an engine.

It knows the marks and scales that ``present.timeline`` uses, no others. A bar is a link to the reasons of its
trial, so that the picture can be walked through by keyboard and touched without a script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final, TypeAlias

from markupsafe import escape

Spec: TypeAlias = Mapping[str, Any]
Row: TypeAlias = Mapping[str, Any]
Scale: TypeAlias = Callable[[Any], float]

#: Room around the picture, and for the words of the days under it.
_EDGE: Final = 4
_DAYS: Final = 22
_LEVELS: Final = 4
#: Days are marked at so many months from one another, the closest that leaves room for the words.
_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120)
_LABEL: Final = 84
_YEAR: Final = 12
_MIDDLE: Final = 0.34
_ANCHORS: Final = {"left": "start", "center": "middle", "right": "end"}


def draw(spec: Spec, months: Sequence[str]) -> str:
    """Return a picture of several parts under one another. ``months`` are the short names of the months."""
    parts = spec["vconcat"]
    width = max((part["width"] for part in parts), default=0)
    made, top, height = [], 0.0, 0.0
    for part in parts:
        made.append(f'<g transform="translate(0 {top:g})">{_part(part, months)}</g>')
        height = top + part["height"]
        top = height + spec["spacing"]
    box = f"{-_EDGE} {-_EDGE} {width + 2 * _EDGE} {height + _EDGE + _DAYS:g}"
    font = escape(spec["config"]["font"])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="marks" viewBox="{box}" font-family="{font}">'
        f"{''.join(made)}</svg>"
    )


def _part(part: Spec, months: Sequence[str]) -> str:
    """Return one part: its grid, then its layers in their order."""
    first = part["layer"][0]["encoding"]
    x, y = _days(first["x"], part["width"]), _values(first["y"], part["height"])
    marks = "".join(_layer(layer, x, y) for layer in part["layer"])
    return _grid(part, first, x, y, months) + marks


def _days(encoding: Spec, width: float) -> Scale:
    first, last = (date.fromisoformat(day).toordinal() for day in encoding["scale"]["domain"])
    return lambda day: (date.fromisoformat(day).toordinal() - first) / max(1, last - first) * width


def _values(encoding: Spec, height: float) -> Scale:
    low, high = encoding["scale"]["domain"]
    return lambda value: height - (value - low) / ((high - low) or 1) * height


def _grid(part: Spec, encoding: Spec, x: Scale, y: Scale, months: Sequence[str]) -> str:
    """Return the lines of the days, with words where the part has them, and the levels of its values."""
    width, height = part["width"], part["height"]
    axis = encoding["x"]["axis"]
    lines, words = [], []
    for day in _ticks(encoding["x"]["scale"]["domain"], width):
        place = x(day.isoformat())
        end = height + (5 if axis["labels"] else 0)
        lines.append(f'<path d="M{place:.1f} 0V{end:g}"/>')
        anchor = "start" if place < _LABEL / 3 else "end" if place > width - _LABEL / 3 else "middle"
        text = f"{months[day.month - 1]} {day.year}"
        words.append(
            f'<text x="{place:.1f}" y="{height + 18:g}" text-anchor="{anchor}">{escape(text)}</text>'
        )
    if encoding["y"].get("axis"):
        low, high = encoding["y"]["scale"]["domain"]
        levels = [low + (high - low) * n / _LEVELS for n in range(_LEVELS)]
        lines += [f'<path d="M0 {y(level):.1f}H{width:g}"/>' for level in levels]
    shown = f'<g font-size="12" fill="currentColor">{"".join(words)}</g>' if axis["labels"] else ""
    return f'<g aria-hidden="true"><g stroke="#8b8f94" stroke-opacity=".25">{"".join(lines)}</g>{shown}</g>'


def _ticks(domain: Sequence[str], width: float) -> Iterator[date]:
    """Return the first days of months that are marked; the first day where no month begins."""
    first, last = (date.fromisoformat(day) for day in domain)
    begin = first.year * _YEAR + first.month - 1 + (1 if first.day > 1 else 0)
    end = last.year * _YEAR + last.month - 1
    if begin > end:
        yield first
        return
    room = max(1.0, width / _LABEL)
    step = next((each for each in _STEPS if (end - begin + 1) / each <= room), _STEPS[-1])
    for month in range(begin + -begin % step, end + 1, step):
        yield date(month // _YEAR, month % _YEAR + 1, 1)


def _layer(layer: Spec, x: Scale, y: Scale) -> str:
    rows, mark, encoding = layer["data"]["values"], layer["mark"], layer["encoding"]
    if not rows:
        return ""
    if mark["type"] == "line":
        points = " ".join(f"{x(r[_f(encoding, 'x')]):.1f},{y(r[_f(encoding, 'y')]):.1f}" for r in rows)
        return f'<polyline points="{points}" fill="none" {_stroke(mark)}/>'
    made = []
    for trial, group in groupby(rows, key=lambda row: (row.get("trial"), row.get("says"))):
        shapes = "".join(_MARKS[mark["type"]](row, mark, encoding, x, y) for row in group)
        made.append(shapes if trial[0] is None else _link(shapes, *trial))
    hidden = ' aria-hidden="true"' if mark["type"] == "text" else ""
    return f"<g{hidden}>{''.join(made)}</g>"


def _link(shapes: str, trial: int, says: str) -> str:
    """Return the bars of a trial as a link to its reasons, with what it comes to in words."""
    words = escape(says)
    return (
        f'<a href="#why-{trial}" data-trial="{trial}" aria-label="{words}"><title>{words}</title>{shapes}</a>'
    )


def _rect(row: Row, mark: Spec, encoding: Spec, x: Scale, y: Scale) -> str:
    left, right = sorted((max(0.0, x(row[_f(encoding, "x")])), x(row[_f(encoding, "x2")])))
    top, bottom = sorted((y(row[_f(encoding, "y")]), y(row[_f(encoding, "y2")])))
    place = f'x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}"'
    if "stroke" not in encoding:
        return f'<rect {place} fill="{_ink(mark)}" opacity="{mark["opacity"]:g}"/>'
    colour, dash = row[_f(encoding, "color")], _dash(row, encoding["strokeDash"])
    return (
        f'<rect {place} fill="{colour}" fill-opacity="{row[_f(encoding, "fillOpacity")]:g}" '
        f'stroke="{colour}" stroke-width="{mark["strokeWidth"]:g}"{dash}/>'
    )


def _dash(row: Row, encoding: Spec) -> str:
    scale = encoding["scale"]
    lengths = scale["range"][scale["domain"].index(row[encoding["field"]])]
    return f' stroke-dasharray="{_numbers(lengths)}"' if lengths[1] else ""


def _words(row: Row, mark: Spec, encoding: Spec, x: Scale, y: Scale) -> str:
    size = mark["fontSize"]
    down = {"top": 0.8, "middle": _MIDDLE}[mark["baseline"]] * size + mark.get("dy", 0)
    anchor = _ANCHORS[mark.get("align", "center")]
    weight = f' font-weight="{mark["fontWeight"]}"' if "fontWeight" in mark else ""
    value = row[_f(encoding, "text")]
    text = f"{value:g}" if isinstance(value, float) else value
    return (
        f'<text x="{x(row[_f(encoding, "x")]) + mark.get("dx", 0):.1f}" '
        f'y="{y(row[_f(encoding, "y")]) + down:.1f}" font-size="{size:g}" text-anchor="{anchor}"{weight} '
        f'fill="{_ink(mark)}">{escape(text)}</text>'
    )


def _point(row: Row, mark: Spec, encoding: Spec, x: Scale, y: Scale) -> str:
    place = f'cx="{x(row[_f(encoding, "x")]):.1f}" cy="{y(row[_f(encoding, "y")]):.1f}"'
    return f'<circle {place} r="{(mark["size"] / 3.1416) ** 0.5:.1f}" fill="{_ink(mark)}"/>'


def _rule(row: Row, mark: Spec, encoding: Spec, x: Scale, y: Scale) -> str:
    if "y2" in encoding:
        place, top = x(row[_f(encoding, "x")]), y(row[_f(encoding, "y2")])
        return f'<path d="M{place:.1f} {y(row[_f(encoding, "y")]):.1f}V{top:.1f}" {_stroke(mark)}/>'
    left, right = max(0.0, x(row[_f(encoding, "x")])), x(row[_f(encoding, "x2")])
    dash = f' stroke-dasharray="{_numbers(mark["strokeDash"])}"'
    return f'<path d="M{left:.1f} {y(row[_f(encoding, "y")]):.1f}H{right:.1f}" {_stroke(mark)}{dash}/>'


def _stroke(mark: Spec) -> str:
    return f'stroke="{_ink(mark)}" stroke-width="{mark["strokeWidth"]:g}"'


def _ink(mark: Spec) -> str:
    return str(mark["color"])


def _numbers(values: Sequence[float]) -> str:
    return " ".join(f"{value:g}" for value in values)


def _f(encoding: Spec, channel: str) -> str:
    return str(encoding[channel]["field"])


_MARKS: Final[dict[str, Callable[[Row, Spec, Spec, Scale, Scale], str]]] = {
    "rect": _rect,
    "text": _words,
    "point": _point,
    "rule": _rule,
}
