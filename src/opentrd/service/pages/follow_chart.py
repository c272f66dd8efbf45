"""The scores over time as a picture: bands behind, a line, a sign a score, the starts of treatments.

A Vega-Lite specification, drawn as the timeline is; the table beside it says the same in words.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from opentrd.present.timeline import COLOURS, INK, Rows, Spec, drawn, styled
from opentrd.present.view import TONES, short_name
from opentrd.service.pages.follow_view import MOOD, Row

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

WIDE: Final = 880
NARROW: Final = 330
_HEIGHT: Final = 230
_LETTER: Final = 6.4
#: The share of the time that is left free before it, for the names of the bands.
_NAMES: Final = 0.16
_SHADE: Final = "#8b8f94"
#: Signs that say the mark once more where colour is not seen.
SIGNS: Final = {
    "remission": "★",
    "response": "✓",
    "partial": "~",
    "none": "–",
    "worse": "↓",
    "lost": "↓",
    "too_early": "…",
}
DECIDE: Final = "!"


def svg(a: Assessment, rows: list[Row], words: Words, width: int) -> str:
    """Return the picture of scores; nothing where there is none with a total."""
    shown = [row for row in rows if row.value is not None]
    return drawn(spec(a, shown, words, width), words) if shown else ""


def spec(a: Assessment, rows: list[Row], words: Words, width: int) -> Spec:
    """Return the picture of scores, each with a total, as a Vega-Lite specification."""
    scale = a.knowledge.scales[MOOD]
    low, high = float(scale.min_score or 0), float(scale.max_score or 0)
    first, last = rows[0].day, max(rows[-1].day, a.settings.as_of)
    time = last - first
    domain = [_iso(max(1, first - max(3, int(time * _NAMES)))), _iso(last + max(3, time // 20))]
    place = {
        "x": {
            "field": "day",
            "type": "temporal",
            "scale": {"domain": domain, "type": "utc"},
            "axis": {"title": None, "format": "%b %Y", "labels": True},
        },
        "y": {
            "field": "value",
            "type": "quantitative",
            "scale": {"domain": [low, high + 1], "nice": False},
            "axis": None,
        },
    }
    area = {**place, "x2": {"field": "end"}, "y2": {"field": "top"}}
    named = {**place, "text": {"field": "text", "type": "nominal"}}
    layers = [
        *_bands(a, words, domain, area, named),
        *_starts(a, words, domain, width, high + 1, area, named),
        _layer(_points(rows), {"type": "line", "color": INK, "strokeWidth": 1.6}, place),
        *(
            _layer(
                [point for point in _points(rows) if point["tone"] == tone],
                {"type": "point", "color": COLOURS[tone], "filled": True, "size": 80},
                place,
            )
            for tone in COLOURS
        ),
        _layer(_labels(rows, words, width, domain), _text(12.5, dy=-14, fontWeight="bold"), named),
    ]
    return styled({"vconcat": [{"width": width, "height": _HEIGHT, "layer": layers}], "spacing": 6})


def _bands(a: Assessment, words: Words, domain: list[str], area: Spec, named: Spec) -> list[Spec]:
    """Return the bands of the scale, darker the more there is, each with its name."""
    bands = sorted(a.context.book.bands.get(MOOD, ()), key=lambda row: row.low)
    layers = []
    for number, band in enumerate(bands):
        low, top = float(band.low), float(band.high) + 1
        row = {"day": domain[0], "end": domain[1], "value": low, "top": top}
        mark = {"type": "rect", "color": _SHADE, "opacity": 0.05 + 0.06 * number, "clip": True}
        layers.append(_layer([row], mark, area))
        text = {"day": domain[0], "value": low, "text": words.write("band", band.band)}
        layers.append(_layer([text], _text(11.5, align="left", dx=3, dy=-8), named))
    return layers


def _starts(
    a: Assessment, words: Words, domain: list[str], width: int, top: float, area: Spec, named: Spec
) -> list[Spec]:
    """Return a line where a treatment began, with its name where there is room for it."""
    first, last = (date.fromisoformat(day).toordinal() for day in domain)
    trials = sorted((t for t in a.judged.trials if first < t.start < last), key=lambda t: t.start)
    thin = max(1, round((last - first) / width))
    lines: Rows = []
    texts: Rows = []
    free = 0.0
    for trial in trials:
        lines.append({"day": _iso(trial.start), "end": _iso(trial.start + thin), "value": 0, "top": top})
        name = short_name(trial.treatment, words.write("name", trial.treatment), words)
        left = (trial.start - first) / (last - first) * width
        end = left + len(name) * _LETTER + 6
        if left >= free and end < width:
            texts.append({"day": _iso(trial.start), "value": top, "text": name})
            free = end
    return [
        _layer(lines, {"type": "rect", "color": _SHADE, "opacity": 0.8, "clip": True}, area),
        _layer(texts, _text(11.5, align="left", baseline="top", dx=4), named),
    ]


def _points(rows: list[Row]) -> Rows:
    return [
        {"day": _iso(row.day), "value": row.value, "tone": TONES.get(row.mark or "", "other")} for row in rows
    ]


def _labels(rows: list[Row], words: Words, width: int, domain: list[str]) -> Rows:
    """Return total and sign of each score; of scores too close together the later one."""
    made: Rows = []
    first, last = (date.fromisoformat(day).toordinal() for day in domain)
    free = float("inf")
    for row in reversed(rows):
        sign = SIGNS.get(row.mark or "", "") + (DECIDE if row.decide else "")
        text = f"{words.write('number', row.value)} {sign}".strip()
        left = (row.day - first) / (last - first) * width
        if left + len(text) * _LETTER / 2 <= free:
            made.append({"day": _iso(row.day), "value": row.value, "text": text})
            free = left - len(text) * _LETTER / 2
    return made


def _layer(rows: Rows, mark: Spec, encoding: Spec) -> Spec:
    return {"data": {"values": rows}, "mark": mark, "encoding": encoding}


def _text(size: float, **more: Any) -> Spec:
    return {"type": "text", "fontSize": size, "color": INK, "baseline": "middle", **more}


def _iso(day: int) -> str:
    return date.fromordinal(day).isoformat()
