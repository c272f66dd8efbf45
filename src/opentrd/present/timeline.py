"""The timeline as a picture: a bar a trial, dose steps as height, scores as a line, episodes shaded.

Colour says what a trial did, filling says whether the dose was reached, and a sign and a word say both again.
The picture is a Vega-Lite specification: Altair's chart for those who go on with it; ``present.drawing``
makes the SVG of the report from the same marks.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from opentrd.kleene import NO, UNKNOWN, YES
from opentrd.present.bars import score_scales, span
from opentrd.present.drawing import draw
from opentrd.present.view import ADEQUATE_LETTER, TrialView, trial_views

if TYPE_CHECKING:
    import altair

    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

WIDE: Final = 880
NARROW: Final = 330
#: Stands for the colour of the text around the picture; ``svg`` makes it so.
INK: Final = "#101112"
COLOURS: Final = {
    "good": "#2a9467",
    "some": "#b07d0e",
    "bad": "#c05a52",
    "none": "#5a86c2",
    "other": "#8b8f94",
}
_SHADE: Final = "#8b8f94"
_FILL: Final = {YES: 0.95, NO: 0.28, UNKNOWN: 0.1}
_DASH: Final = {YES: [1, 0], NO: [6, 3], UNKNOWN: [2, 3]}
_ROW: Final = {WIDE: 40, NARROW: 44}
_SCORES_HEIGHT: Final = 120
_LETTER: Final = 6.6
_FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"

Spec: TypeAlias = dict[str, Any]
Rows: TypeAlias = list[dict[str, Any]]


def timeline_chart(a: Assessment, words: Words, width: int = WIDE) -> altair.VConcatChart:
    """Return the picture of an assessment as an Altair chart."""
    import altair

    chart: altair.VConcatChart = altair.VConcatChart.from_dict(timeline_spec(a, words, width))
    return chart


def timeline_spec(a: Assessment, words: Words, width: int = WIDE) -> Spec:
    """Return the picture of an assessment as a Vega-Lite specification."""
    views = trial_views(a, words)
    days = span(a, views)
    domain = [_iso(days.start), _iso(days.end + max(1, (days.end - days.start) // 50))]
    scales = [scale for scale in score_scales(a)[:1] if scale in words.knowledge.scales]
    parts = [_trials(a, views, words, width, domain, labels=not scales)] if views else []
    parts += [_scores(a, scale, words, width, domain) for scale in scales]
    return styled({"description": describe(views, words), "vconcat": parts, "spacing": 6})


def styled(content: Spec) -> Spec:
    """Return a specification with the look that all pictures share."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        **content,
        "config": {
            "background": "transparent",
            "font": _FONT,
            "padding": 2,
            "view": {"stroke": None},
            "axis": {
                "labelColor": INK,
                "labelFontSize": 12,
                "gridColor": _SHADE,
                "gridOpacity": 0.25,
                "domainColor": _SHADE,
                "tickColor": _SHADE,
            },
        },
    }


def svg(a: Assessment, words: Words, width: int = WIDE) -> str:
    """Return the picture as SVG; the page gives its width and the colour of its text.

    A bar leads to the reasons of its trial: ``#why-`` and the place of the trial in the order of time.
    """
    if not a.judged.trials and not score_scales(a):
        return ""
    return drawn(timeline_spec(a, words, width), words)


def drawn(spec: Spec, words: Words) -> str:
    """Return a picture as SVG, its months in the language of the words, its ink the colour of the text."""
    from babel import Locale

    months = Locale.parse(words.language).months["format"]["abbreviated"]
    return draw(spec, [months[n] for n in range(1, 13)]).replace(INK, "currentColor")


def describe(views: list[TrialView], words: Words) -> str:
    """Return the picture in words, for those who do not see it."""
    return words.text("picture.alt", trials=" ".join(_says(view, words) for view in views))


def _says(view: TrialView, words: Words) -> str:
    return words.text(
        "picture.trial", name=view.name, when=view.when, dose=view.dose or None, outcome=view.result_text
    )


def _trials(
    a: Assessment, views: list[TrialView], words: Words, width: int, domain: list[str], labels: bool
) -> Spec:
    """Return the bars, each with its words above it."""
    y = {"type": "quantitative", "scale": {"domain": [len(views), 0], "nice": False}, "axis": None}
    place = {
        "x": _days("start", domain, width, labels),
        "x2": {"field": "end"},
        "y": {"field": "top", **y},
        "y2": {"field": "bottom"},
    }
    filled = {
        **place,
        "color": {"field": "colour", "type": "nominal", "scale": None},
        "stroke": {"field": "colour", "type": "nominal", "scale": None},
        "fillOpacity": {"field": "fill", "type": "quantitative", "scale": None},
        "strokeDash": {"field": "dash", "type": "nominal", "scale": _dashes(), "legend": None},
    }
    named = {
        "x": _days("start", domain, width, labels),
        "y": {"field": "y", **y},
        "text": {"field": "text", "type": "nominal"},
    }
    texts = _labels(views, width, domain)
    layers = [
        _layer(
            _episodes(a, len(views)), {"type": "rect", "color": _SHADE, "opacity": 0.08, "clip": True}, place
        ),
        _layer(_bars(views, words), {"type": "rect", "strokeWidth": 1.4}, filled),
        *(
            _layer([row for row in texts if row["align"] == align], _text(12.5, align=align), named)
            for align in ("left", "right")
        ),
    ]
    height = _ROW[NARROW if width < (WIDE + NARROW) // 2 else WIDE]
    return {"width": width, "height": height * len(views), "layer": layers}


def _dashes() -> Spec:
    values = (NO, UNKNOWN, YES)
    return {"domain": [str(value) for value in values], "range": [_DASH[value] for value in values]}


def _episodes(a: Assessment, rows: int) -> Rows:
    """Return the episodes, ground to be shaded."""
    return [
        {
            "start": _iso(episode.start),
            "end": _iso(a.settings.as_of if episode.end is None else episode.end),
            "top": 0,
            "bottom": rows,
        }
        for episode in a.judged.episodes
    ]


def _bars(views: list[TrialView], words: Words) -> Rows:
    return [
        {
            "start": _iso(segment.start),
            "end": _iso(segment.end),
            "top": row + 0.92 - 0.46 * segment.share,
            "bottom": row + 0.92,
            "colour": COLOURS["other" if not view.attempt else view.tone],
            "fill": _FILL[segment.reached],
            "dash": str(segment.reached),
            "trial": row + 1,
            "says": _says(view, words),
        }
        for row, view in enumerate(views)
        for segment in view.segments
    ]


def _labels(views: list[TrialView], width: int, domain: list[str]) -> Rows:
    """Return the words of each bar, from its start where they fit there, else from the right edge."""
    first, last = (date.fromisoformat(day).toordinal() for day in domain)
    made = []
    for row, view in enumerate(views):
        name = view.label + (f" ({ADEQUATE_LETTER[view.adequate]})" if view.attempt else "")
        text = " · ".join(part for part in (name, view.dose, view.outcome_text) if part)
        if len(text) * _LETTER > width:
            text = f"{name} · {view.outcome_text}"
        begin = (view.start - first) / max(1, last - first) * width
        align = "left" if begin + len(text) * _LETTER < width else "right"
        start = _iso(view.start if align == "left" else last)
        made.append({"start": start, "y": row + 0.25, "text": text, "align": align})
    return made


def _scores(a: Assessment, scale: str, words: Words, width: int, domain: list[str]) -> Spec:
    """Return the scores of a scale, its remission level, and each trial's level of response."""
    row = words.knowledge.scales[scale]
    values = [
        (_iso((s.day_earliest + s.day_latest) // 2), s.value)
        for s in a.record.scores
        if s.scale == scale and s.value is not None
    ]
    points = [{"day": day, "value": value} for day, value in values]
    top = max([*(value for _, value in values), row.depressed_min or 1]) * 1.45
    place = {
        "x": _days("day", domain, width, labels=True),
        "y": {
            "field": "value",
            "type": "quantitative",
            "scale": {"domain": [min(0, row.min_score), top], "nice": False},
            "axis": {"title": None, "labels": False, "ticks": False, "domain": False, "tickCount": 4},
        },
    }
    named = {**place, "text": {"field": "text", "type": "nominal"}}
    numbered = {**place, "text": {"field": "value", "type": "quantitative"}}
    layers = [
        _layer(points, {"type": "line", "color": INK, "strokeWidth": 1.6}, place),
        _layer(points, {"type": "point", "color": INK, "filled": True, "size": 40}, place),
        _layer(points, _text(12, dy=-11), numbered),
        _layer(
            [{"day": domain[0], "value": top, "text": scale}],
            _text(12.5, align="left", baseline="top", dx=2, fontWeight="bold"),
            named,
        ),
    ]
    if row.remission_max is not None:
        text = words.text("picture.remission", value=row.remission_max)
        level = {"day": domain[0], "end": domain[1], "value": row.remission_max, "text": text}
        layers += _levels([level], COLOURS["good"], [6, 3], named)
    layers += _levels(_responses(a, scale, words), COLOURS["some"], [2, 3], named)
    return {"width": width, "height": _SCORES_HEIGHT, "layer": layers}


def _responses(a: Assessment, scale: str, words: Words) -> Rows:
    """Return the level of response of each trial that has a baseline on a scale."""
    percent = words.knowledge.scales[scale].response_percent
    if percent is None:
        return []
    found = [
        (trial, trial.outcome.baseline)
        for trial in a.judged.trials
        if trial.outcome.scale == scale and trial.outcome.baseline is not None
    ]
    return [
        {
            "day": _iso(trial.start),
            "end": _iso(max(trial.judged_end, trial.start + 1)),
            "value": baseline * (1 - percent / 100),
            "text": "" if number else words.text("picture.response"),
        }
        for number, (trial, baseline) in enumerate(found)
    ]


def _levels(rows: Rows, colour: str, dash: list[int], place: Spec) -> list[Spec]:
    """Return dashed lines with a word under the end of each."""
    if not rows:
        return []
    rule = {"type": "rule", "color": colour, "strokeDash": dash, "strokeWidth": 1.6, "clip": True}
    line = {"x": place["x"], "x2": {"field": "end"}, "y": place["y"]}
    right = {**place, "x": {**place["x"], "field": "end"}}
    return [_layer(rows, rule, line), _layer(rows, _text(11.5, align="right", dy=8), right)]


def _days(field: str, domain: list[str], width: int, labels: bool) -> Spec:
    """Return the axis of days; all layers share one, and one without labels shows nothing."""
    return {
        "field": field,
        "type": "temporal",
        "scale": {"domain": domain, "type": "utc"},
        "axis": {
            "title": None,
            "format": "%b %Y",
            "labelOverlap": True,
            "tickCount": max(3, width // 110),
            "labels": labels,
            "ticks": labels,
            "domain": labels,
        },
    }


def _layer(rows: Rows, mark: Spec, encoding: Spec) -> Spec:
    return {"data": {"values": rows}, "mark": mark, "encoding": encoding}


def _text(size: float, **more: Any) -> Spec:
    return {"type": "text", "fontSize": size, "font": _FONT, "color": INK, "baseline": "middle", **more}


def _iso(day: int) -> str:
    return date.fromordinal(day).isoformat()
