"""The scores over time as a picture: bands behind, a line, a sign a score, the starts of treatments.

Under it, on the same days, what was noted beside: sleep, moving, alcohol, therapy, medicine, side effects.
A Vega-Lite specification, drawn as the timeline is; the tables beside it say the same in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from opentrd.present.timeline import COLOURS, INK, Rows, Spec, drawn, styled
from opentrd.present.view import TONES, short_name
from opentrd.service.pages.follow_fields import HOW_BAD, TAKEN
from opentrd.service.pages.follow_view import MOOD, Row
from opentrd.service.store import tables as t

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

WIDTHS: Final = {"wide": 880, "narrow": 330}
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
#: How high and how wide what was noted beside is drawn; so many times its height, for name and number.
_STRIP: Final = 40
_BAR: Final = 7
_FREE: Final = 2.2
#: How much was noted, by its kind, and the most there can be; where that is open, the number stands above.
_MEASURES: Final[Mapping[str, tuple[Callable[[Mapping[str, Any]], float | None], int | None]]] = {
    "sleep": (lambda value: value.get("hours"), None),
    "exercise": (lambda value: value["minutes"], None),
    "alcohol": (lambda value: value["drinks"], None),
    "session": (lambda _: 1, 1),
    "taken": (lambda value: len(TAKEN) - 1 - TAKEN.index(value["how"]), len(TAKEN) - 1),
    "effects": (lambda value: max(HOW_BAD.index(how) for how in value.values()), len(HOW_BAD) - 1),
}


def svg(a: Assessment, rows: list[Row], entries: Iterable[t.FollowUp], words: Words, width: int) -> str:
    """Return the picture of scores; nothing where there is none with a total."""
    shown = [row for row in rows if row.value is not None]
    return drawn(spec(a, shown, list(entries), words, width), words) if shown else ""


def spec(a: Assessment, rows: list[Row], entries: list[t.FollowUp], words: Words, width: int) -> Spec:
    """Return the picture of scores, each with a total, as a Vega-Lite specification."""
    first = min([rows[0].day, *(entry.day for entry in entries)])
    last = max(rows[-1].day, a.settings.as_of)
    time = last - first
    domain = [_iso(max(1, first - max(3, int(time * _NAMES)))), _iso(last + max(3, time // 20))]
    strips = _strips(entries, words, domain, width)
    parts = [_scores(a, rows, words, domain, width), *strips]
    parts[-1]["layer"][0]["encoding"]["x"]["axis"]["labels"] = True
    return styled({"vconcat": parts, "spacing": 6})


def _place(domain: list[str], low: float, high: float) -> dict[str, Any]:
    return {
        "x": {
            "field": "day",
            "type": "temporal",
            "scale": {"domain": domain, "type": "utc"},
            "axis": {"title": None, "format": "%b %Y", "labels": False},
        },
        "y": {
            "field": "value",
            "type": "quantitative",
            "scale": {"domain": [low, high], "nice": False},
            "axis": None,
        },
    }


def _scores(a: Assessment, rows: list[Row], words: Words, domain: list[str], width: int) -> dict[str, Any]:
    scale = a.knowledge.scales[MOOD]
    low, high = float(scale.min_score or 0), float(scale.max_score or 0)
    place = _place(domain, low, high + 1)
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
    return {"width": width, "height": _HEIGHT, "layer": layers}


def _strips(entries: list[t.FollowUp], words: Words, domain: list[str], width: int) -> list[dict[str, Any]]:
    """Return a low part for each kind of thing that was noted beside scores, a bar a day."""
    made = []
    first, last = (date.fromisoformat(day).toordinal() for day in domain)
    thick = max(1, round((last - first) / width * _BAR))
    for kind, (measure, most) in _MEASURES.items():
        noted = [(e.day, measure(e.value)) for e in entries if e.kind == kind]
        days = [(day, float(much)) for day, much in noted if much is not None]
        if not days:
            continue
        top = (most or max(1.0, max(much for _, much in days))) * _FREE
        place = _place(domain, 0, top)
        area = {**place, "x2": {"field": "end"}, "y2": {"field": "top"}}
        named = {**place, "text": {"field": "text", "type": "nominal"}}
        bars = [{"day": _iso(day), "end": _iso(day + thick), "value": 0.0, "top": much} for day, much in days]
        name = {"day": domain[0], "value": top, "text": words.text(f"follow.kind.{kind}")}
        layers = [
            _layer(bars, {"type": "rect", "color": _SHADE, "opacity": 0.8, "clip": True}, area),
            _layer([name], _text(11.5, align="left", baseline="top", dx=3), named),
        ]
        if most is None:
            shown = [(day, much, words.write("number", much)) for day, much in days]
            layers.append(_layer(_apart(shown, domain, width), _text(11.5, dx=_BAR / 2, dy=-7), named))
        made.append({"width": width, "height": _STRIP, "layer": layers})
    return made


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
    lines: Rows = []
    texts: Rows = []
    upright = {name: area[name] for name in ("x", "y", "y2")}
    free = 0.0
    for trial in trials:
        lines.append({"day": _iso(trial.start), "value": 0, "top": top})
        name = short_name(trial.treatment, words.write("name", trial.treatment), words)
        left = (trial.start - first) / (last - first) * width
        end = left + len(name) * _LETTER + 6
        if left >= free and end < width:
            texts.append({"day": _iso(trial.start), "value": top, "text": name})
            free = end
    return [
        _layer(lines, {"type": "rule", "color": _SHADE, "strokeWidth": 1.2}, upright),
        _layer(texts, _text(11.5, align="left", baseline="top", dx=4), named),
    ]


def _points(rows: list[Row]) -> Rows:
    return [
        {"day": _iso(row.day), "value": row.value, "tone": TONES.get(row.mark or "", "other")} for row in rows
    ]


def _labels(rows: list[Row], words: Words, width: int, domain: list[str]) -> Rows:
    """Return total and sign of each score; of scores too close together the later one."""
    shown = []
    for row in rows:
        sign = SIGNS.get(row.mark or "", "") + (DECIDE if row.decide else "")
        text = f"{words.write('number', row.value)} {sign}".strip()
        shown.append((row.day, row.value or 0.0, text))
    return _apart(shown, domain, width)


def _apart(shown: list[tuple[int, float, str]], domain: list[str], width: int) -> Rows:
    """Return texts with their days and values; of those too close together the later one."""
    made: Rows = []
    first, last = (date.fromisoformat(day).toordinal() for day in domain)
    free = float("inf")
    for day, value, text in reversed(shown):
        left = (day - first) / (last - first) * width
        if left + len(text) * _LETTER / 2 <= free:
            made.append({"day": _iso(day), "value": value, "text": text})
            free = left - len(text) * _LETTER / 2
    return made


def _layer(rows: Rows, mark: Spec, encoding: Spec) -> Spec:
    return {"data": {"values": rows}, "mark": mark, "encoding": encoding}


def _text(size: float, **more: Any) -> Spec:
    return {"type": "text", "fontSize": size, "color": INK, "baseline": "middle", **more}


def _iso(day: int) -> str:
    return date.fromordinal(day).isoformat()
