"""The timeline in characters: one row a trial, one row of scores a scale, an axis of months or years."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec
from rich.text import Text

from opentrd.kleene import NO, YES
from opentrd.present.view import TrialView

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

#: One character for what is known of the dose (or, without doses, of the whole); never colour alone.
FULL, LOW, OPEN, OTHER = "█", "░", "▒", "·"
STYLES: Final = {"good": "green", "some": "yellow", "bad": "red", "none": "blue"}
_GAP: Final = 2
_LEAST_BARS: Final = 20
_LABEL: Final = 22
_TAIL: Final = 34


class Span(msgspec.Struct, kw_only=True, frozen=True):
    """The days that a picture shows."""

    start: int
    end: int

    def column(self, day: int, width: int) -> int:
        """Return the column of a day."""
        return min(width - 1, max(0, (day - self.start) * width // max(1, self.end - self.start)))


def span(a: Assessment, views: list[TrialView]) -> Span:
    """Return the days from the first treatment or score to the day of the assessment."""
    days = [view.start for view in views] + [score.day_earliest for score in a.record.scores]
    first = min(days, default=a.settings.as_of - 365)
    begun = date.fromordinal(first).replace(day=1).toordinal()
    return Span(start=begun, end=max([a.settings.as_of, *(view.end for view in views)]) + 1)


def timeline(a: Assessment, views: list[TrialView], words: Words, width: int) -> list[Text]:
    """Return the lines of the picture."""
    if not views and not a.record.scores:
        return []
    label = min(
        _LABEL, max([len(view.label) for view in views] + [len(s.scale) for s in a.record.scores], default=8)
    )
    tail = min(_TAIL, max((len(_tail(view)) for view in views), default=0))
    bars = max(_LEAST_BARS, width - label - tail - 2 * _GAP)
    days = span(a, views)
    lines = axis(days, bars, label, words)
    for view in views:
        line = Text(_fit(view.label, label).ljust(label + _GAP))
        line.append_text(bar(view, days, bars))
        line.append(" " * _GAP + _fit(_tail(view), tail), style=STYLES.get(view.tone, ""))
        lines.append(line)
    for scale in score_scales(a)[:2]:
        lines.append(_scores(a, scale, days, bars, label))
    return [_right_trim(line, width) for line in lines]


def score_scales(a: Assessment) -> list[str]:
    """Return the scales with a value, those with most values first."""
    counts: dict[str, int] = {}
    for score in a.record.scores:
        if score.value is not None:
            counts[score.scale] = counts.get(score.scale, 0) + 1
    return sorted(counts, key=lambda scale: (-counts[scale], scale))


def bar(view: TrialView, days: Span, width: int) -> Text:
    """Return the bar of a trial; at least one character long."""
    cells = [" "] * width
    for segment in view.segments:
        mark = OTHER if not view.attempt else {YES: FULL, NO: LOW}.get(segment.reached, OPEN)
        first = days.column(segment.start, width)
        last = max(first, days.column(segment.end - 1, width))
        cells[first : last + 1] = mark * (last + 1 - first)
    if view.running:
        cells[days.column(view.end, width)] = "▶"
    elif view.trial.open_end:
        cells[min(width - 1, days.column(view.end, width) + 1)] = "?"
    return Text("".join(cells), style=STYLES.get(view.tone, ""))


def axis(days: Span, width: int, label: int, words: Words) -> list[Text]:
    """Return a row of years and, where there is room, a row of months."""
    first, last = date.fromordinal(days.start), date.fromordinal(days.end)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    years = [" "] * (width + 8)
    names = [" "] * (width + 8)
    every = next((n for n in (1, 2, 3, 6) if width / max(1, months) * n >= 5), 0)
    free_year = free_month = 0
    for n in range(months):
        year, month = first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1
        column = days.column(date(year, month, 1).toordinal(), width)
        if (n == 0 or month == 1) and column >= free_year:
            years[column : column + 4] = str(year)
            free_year = column + 5
        if every and n % every == 0 and column >= free_month:
            name = words.write("month_name", date(year, month, 1).toordinal())[:4]
            if column + len(name) <= width:
                names[column : column + len(name)] = name
            free_month = column + len(name) + 1
    pad = " " * (label + _GAP)
    rows = [Text(pad + "".join(years)[:width].rstrip(), style="dim")]
    if every:
        rows.append(Text(pad + "".join(names)[:width].rstrip(), style="dim"))
    return rows


def _scores(a: Assessment, scale: str, days: Span, width: int, label: int) -> Text:
    """Return the values of a scale under their days; where two would collide the later one stands."""
    cells = [" "] * width
    taken = width + 1
    found = [(s.day_earliest, s.value) for s in a.record.scores if s.scale == scale and s.value is not None]
    for day, value in sorted(found, reverse=True):
        text = f"{value:g}"
        column = min(days.column(day, width), width - len(text))
        if column + len(text) < taken:
            cells[column : column + len(text)] = text
            taken = column
    return Text(_fit(scale, label).ljust(label + _GAP) + "".join(cells).rstrip())


def _tail(view: TrialView) -> str:
    return f"{view.dose} · {view.outcome_text}" if view.dose and len(view.dose) < 16 else view.outcome_text


def _fit(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(1, width - 1)] + "…"


def _right_trim(line: Text, width: int) -> Text:
    line.truncate(width)
    return line
