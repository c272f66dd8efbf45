"""Lines of a score: the total, single answers, or all answers of a scale, checked against its range."""

from __future__ import annotations

import re
from typing import Final

from opentrd.knowledge.lookup import plain
from opentrd.records.model import Score
from opentrd.records.sheet.amounts import number
from opentrd.records.sheet.context import Context
from opentrd.records.sheet.lines import Line
from opentrd.records.sheet.problems import CellError, shown
from opentrd.records.sheet.words import is_unknown, meaning

VALUE: Final = re.compile(
    r"([<>]=?)?\s*(\d+(?:[.,]\d+)?)\s*(?:(?:/|of|out of|de)\s*\d+)?\s*(\D.*)?", re.IGNORECASE
)
_SCORE_UNITS: Final = frozenset({"", "points", "point", "pts", "puntos", "punto", "score"})


def read_score(line: Line, person: str, context: Context) -> Score | str | None:
    """Return the score of a line, the reason why it is not used, or ``None`` where there is a problem."""
    known = context.names.scale(line.text("name"))
    if known is None:
        near = context.names.near_scales(line.text("name"))
        advice = f"did you mean {' or '.join(near)}?" if near else "write its short name, such as PHQ-9"
        what = (
            f"{shown(line.text('name'))} is no scale that is known"
            if line.text("name")
            else "the scale has no name"
        )
        context.problems.add(line.at("name"), what, advice)
        return None
    scale, item = known
    before = len(context.problems.found)
    day = context.date(line, "from")
    top = _item_top(scale.items, scale.min_score, scale.max_score)
    low, high = (0.0, top) if item else (scale.min_score, scale.max_score)
    name = f"{scale.scale} item {item}" if item else scale.scale
    value = context.cell(line, "value", lambda text: _points(text, name, low, high))
    items = _items(line, scale.items or 0, top, name, context)
    if item is not None and scale.items and not 1 <= item <= scale.items:
        context.problems.add(
            line.at("name"), f"{scale.scale} has {scale.items} items", "check the number of the item"
        )
    if len(context.problems.found) > before:
        return None
    if day is None:
        return "no_date"
    if item is not None:
        if value is None:
            return "no_value"
        items, value = {item: int(value)}, None
    total = _total(items, scale.items, scale.max_score, top)
    if value is not None and total is not None and value != total:
        what = f"the answers add up to {total:g}, but the value is {value:g}"
        context.problems.add(line.at("value"), what, "check both, or leave the answers out")
        return None
    if value is None and not items:
        return "no_value"
    return Score(
        person_id=person,
        source_ids=(line.ref,),
        scale=scale.scale,
        day_earliest=day.earliest,
        day_latest=day.latest,
        value=total if value is None else value,
        items=items,
        suicide_item=items.get(scale.suicide_item) if scale.suicide_item else None,
    )


def _item_top(items: int | None, low: float, high: float) -> float:
    """Return the largest answer to an item: what the range says where all items count alike, else four."""
    return high / items if items and low == 0 and high % items == 0 else 4.0


def _points(text: str, name: str, low: float, high: float) -> float | None:
    """Read the points of a scale or an item and check them against its range."""
    if is_unknown(text):
        return None
    word = meaning("answer", text)
    match = VALUE.fullmatch(text.strip())
    if word and word.low is not None and " item " in name:
        value = word.low
    elif match and not match[1] and plain(match[3] or "") in _SCORE_UNITS:
        value = number(match[2])
    else:
        raise CellError(f"{shown(text)} is no score that can be read", "write the number of points")
    if not low <= value <= high:
        raise CellError(
            f"{value:g} is outside {name}, which goes from {low:g} to {high:g}", "check the number"
        )
    if " item " in name and not value.is_integer():
        raise CellError(f"{value:g} is no answer to an item", "write a whole number")
    return value


def _items(line: Line, count: int, top: float, name: str, context: Context) -> dict[int, int]:
    """Return the answers of a line by their number: columns such as "item 9", or a list of all answers."""
    found: dict[int, int] = {}
    cells = {number_: (cell.text, cell.place) for number_, cell in line.items.items()}
    if line.known("items"):
        parts = [part for part in re.split(r"[;,\s]+", line.text("items")) if part]
        if len(parts) != count:
            what = f"{len(parts)} answers where {name} has {count} items"
            context.problems.add(line.at("items"), what, "write one number for each, ? where it is not known")
            return {}
        cells |= {index: (part, line.at("items")) for index, part in enumerate(parts, start=1)}
    for index, (text, place) in cells.items():
        try:
            value = _points(text, f"{name} item {index}", 0, top)
        except CellError as wrong:
            context.problems.add(place, wrong.what, wrong.what_to_do)
            continue
        if count and not 1 <= index <= count:
            context.problems.add(place, f"{name} has {count} items", "check the number of the item")
        elif value is not None:
            found[index] = int(value)
    return found


def _total(items: dict[int, int], count: int | None, high: float, top: float) -> float | None:
    """Return the sum of the answers where all are there and the scale is their plain sum."""
    plain_sum = count is not None and top * count == high
    return float(sum(items.values())) if plain_sum and len(items) == count else None


def join_items(scores: list[Score]) -> list[Score]:
    """Put single answers to the total of the same scale and day, where there is one such total.

    Where lines of a day give an item different answers, all of them stay as they are.
    """
    days: dict[tuple[str, int, int], list[Score]] = {}
    for score in scores:
        days.setdefault((score.scale, score.day_earliest, score.day_latest), []).append(score)
    joined: list[Score] = []
    for same in days.values():
        answers = {answer for score in same for answer in score.items.items()}
        totals = [score for score in same if score.value is not None]
        if len(same) == 1 or len(totals) != 1 or len({item for item, _ in answers}) != len(answers):
            joined += same
            continue
        (total,) = totals
        total.source_ids = tuple(ref for score in (total, *same) for ref in score.source_ids)
        total.source_ids = tuple(dict.fromkeys(total.source_ids))
        total.items = dict(sorted(answers))
        told = [score.suicide_item for score in same if score.suicide_item is not None]
        total.suicide_item = told[0] if told else None
        joined.append(total)
    return joined
