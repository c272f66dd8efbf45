"""Scores from observations and questionnaires: totals, items, panels, put together to one score a day.

Totals are taken as stated; where only the items are there, the total is computed by the scale's own way.
A score without all its items and without a total keeps its items (the one on suicide among them), its value
unknown. The same total told twice on one day is one score.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from opentrd.knowledge import schema
from opentrd.records.fhir import resources as r
from opentrd.records.fhir.codes import Knows, codings, texts
from opentrd.records.fhir.context import Context
from opentrd.records.fhir.dates import Span
from opentrd.records.fhir.words import scale_names
from opentrd.records.model import Score

Items = dict[int, int]
#: Words that make a name with a scale in it something else than its total.
_NO_TOTAL: Final = (
    "item", "question", "screen", "positive", "negative", "difficult", "interpret", "done", "performed",
    "declined", "refused", "change", "level", "category", "severity code", "date", "reason",
)  # fmt: skip


class Part(msgspec.Struct):
    """One piece of a score: a total (``value``) or items, from one source."""

    scale: str
    day: Span
    source: str
    value: float | None = None
    items: Items = {}
    group: str = ""


class ScoreCodes:
    """What an observation's code is for scores, each way of writing one looked up only once."""

    def __init__(self, knows: Knows) -> None:
        self._knows = knows
        self._seen: dict[object, tuple[schema.ScoreCode | str, ...]] = {}

    def find(self, concept: r.CodeableConcept | None) -> tuple[schema.ScoreCode | str, ...]:
        """Return the rows of the codes; the name of a scale where only the text names one's total."""
        if concept is None:
            return ()
        key = tuple((c.system, c.code, c.display) for c in concept.coding), concept.text
        found = self._seen.get(key)
        if found is None:
            found = self._seen[key] = self._find(concept)
        return found

    def _find(self, concept: r.CodeableConcept) -> tuple[schema.ScoreCode | str, ...]:
        rows: list[schema.ScoreCode | str] = []
        for coding in codings(concept):
            rows.extend(self._knows.score_code(coding.system, coding.code or ""))
        if rows:
            return tuple(rows)
        for text in texts(concept):
            names = [name for name in scale_names(text) if name in self._knows.scales]
            if len(names) == 1 and not any(word in text.lower() for word in _NO_TOTAL):
                return (names[0],)
        return ()


def disagreeing(concept: r.CodeableConcept | None, scale: str) -> str | None:
    """Return the scale that the name says where it is another one than the code's."""
    for text in texts(concept):
        names = scale_names(text)
        if names and scale not in names and not all(_akin(name, scale) for name in names):
            return names[0]
    return None


def _akin(one: str, other: str) -> bool:
    """Say whether two scales' names are used for each other (PHQ-2 within PHQ-9 forms, forms of PROMIS)."""
    first = {one.split("-")[0].split()[0], other.split("-")[0].split()[0]}
    return len(first) == 1 and first <= {"PHQ", "GAD", "PROMIS", "QIDS", "HAM", "CES", "CESD", "C"}


def in_range(scale: schema.Scale | None, value: float) -> bool:
    """Say whether a total is possible on a scale."""
    return scale is None or scale.min_score <= value <= scale.max_score


def total(scale: str, items: Items, count: int | None) -> float | None:
    """Return the total of a full set of items by the scale's own way; ``None`` where items are missing."""
    if count is None or any(number not in items for number in range(1, count + 1)):
        return None
    way = TOTALS.get(scale)
    return float(way(items)) if way else None


def _plain_sum(items: Items) -> int:
    return sum(items.values())


def _qids(items: Items) -> int:
    """Sleep, appetite or weight, and restless or slowed count their highest item each."""
    highest = (
        max(items[n] for n in range(1, 5)) + max(items[n] for n in range(6, 10)) + max(items[15], items[16])
    )
    return highest + items[5] + sum(items[n] for n in range(10, 15))


#: Shorter forms whose items are the first ones of a longer form, with their numbers.
SHORT_FORMS: Final[dict[str, tuple[tuple[str, frozenset[int]], ...]]] = {
    "PHQ-9": (("PHQ-2", frozenset({1, 2})), ("PHQ-8", frozenset(range(1, 9)))),
}
#: How the total comes of the items. Scales that are not here need their total stated.
TOTALS: Final[dict[str, Callable[[Items], int]]] = {
    **dict.fromkeys(
        ("PHQ-9", "PHQ-9 teen", "PHQ-8", "PHQ-2", "PHQ-4", "GAD-7", "GAD-2", "MADRS", "HAM-D17", "BDI-II",
         "EPDS", "AUDIT-C", "AUDIT", "ISI", "WSAS", "WHO-5", "SDS"),
        _plain_sum,
    ),
    "QIDS-SR16": _qids,
    "QIDS-C16": _qids,
}  # fmt: skip
#: The most that one item can be, where the total's way needs valid items.
ITEM_MAX: Final = {
    "PHQ-9": 3, "PHQ-9 teen": 3, "PHQ-8": 3, "PHQ-2": 3, "PHQ-4": 3, "GAD-7": 3, "GAD-2": 3, "MADRS": 6,
    "HAM-D17": 4, "BDI-II": 3, "EPDS": 3, "AUDIT-C": 4, "AUDIT": 4, "ISI": 4, "WSAS": 8, "WHO-5": 5,
    "SDS": 10, "QIDS-SR16": 3, "QIDS-C16": 3, "C-SSRS screener": 1,
}  # fmt: skip


def valid_item(scale: str, number: int, value: float | None, knows: Knows) -> int | None:
    """Return an item's answer as the whole number that it must be; ``None`` otherwise."""
    row = knows.scales.get(scale)
    if value is None or value != int(value) or value < 0 or value > ITEM_MAX.get(scale, 10):
        return None
    if row is not None and row.items is not None and not 1 <= number <= row.items:
        return None
    return int(value)


def put_together(ctx: Context, parts: list[Part]) -> None:
    """Make scores of the parts of one person: items of one group or day, with the total of that day."""
    groups: dict[tuple[str, Span, str], list[Part]] = {}
    totals: dict[tuple[str, Span], list[Part]] = {}
    for part in sorted(parts, key=lambda p: p.source):
        if part.value is not None:
            totals.setdefault((part.scale, part.day), []).append(part)
        if part.items and part.value is None:
            groups.setdefault((part.scale, part.day, part.group), []).append(part)
    sets = [_Set(scale, day, found) for (scale, day, _), found in groups.items()]
    sets = _join_sets(sets)
    _as_short_forms(sets, ctx.knows, totals)
    scores: dict[tuple[str, Span, float], Score] = {}
    for (scale, day), found in totals.items():
        for part in found:
            assert part.value is not None
            key = (scale, day, part.value)
            if key in scores:
                _merge(scores[key], part.items, (part.source,))
            else:
                scores[key] = _score(ctx, scale, day, part.value, part.items, (part.source,))
    for group in sets:
        _place_set(ctx, group, scores)
    ctx.scores.extend(scores.values())
    for score in ctx.scores:
        row = ctx.knows.scales.get(score.scale)
        if row is not None and row.suicide_item is not None:
            score.suicide_item = score.items.get(row.suicide_item)
        ctx.use(*score.source_ids)


class _Set:
    """Items told together."""

    def __init__(self, scale: str, day: Span, parts: list[Part]) -> None:
        self.scale = scale
        self.day = day
        self.items: Items = {}
        self.sources: tuple[str, ...] = ()
        self.clash = False
        for part in parts:
            for number, answer in part.items.items():
                self.clash = self.clash or self.items.get(number, answer) != answer
                self.items[number] = max(answer, self.items.get(number, 0))
            self.sources = (*self.sources, part.source)


def _join_sets(sets: list[_Set]) -> list[_Set]:
    """Join sets of the same day that do not contradict each other (items told both singly and as a form)."""
    out: list[_Set] = []
    for one in sorted(sets, key=lambda s: (-len(s.items), s.sources)):
        for other in out:
            same = (one.scale, one.day) == (other.scale, other.day)
            if same and all(other.items.get(n, answer) == answer for n, answer in one.items.items()):
                other.items.update(one.items)
                other.sources = (*other.sources, *one.sources)
                break
        else:
            out.append(one)
    return out


def _as_short_forms(sets: list[_Set], knows: Knows, totals: dict[tuple[str, Span], list[Part]]) -> None:
    """Items of the PHQ-9 without the rest of it are a PHQ-2 (1 and 2) or a PHQ-8 (1 to 8)."""
    for group in sets:
        if group.scale == "PHQ-9" and ("PHQ-9", group.day) not in totals:
            have = set(group.items)
            for short, numbers in SHORT_FORMS["PHQ-9"]:
                if have == numbers and short in knows.scales:
                    group.scale = short


def _place_set(ctx: Context, group: _Set, scores: dict[tuple[str, Span, float], Score]) -> None:
    row = ctx.knows.scales.get(group.scale)
    value = None if group.clash else total(group.scale, group.items, row.items if row else None)
    same_day = [
        score for (scale, day, _), score in scores.items() if (scale, day) == (group.scale, group.day)
    ]
    for score in same_day:
        if score.value == value or (len(same_day) == 1 and not score.items and value is None):
            _merge(score, group.items, group.sources)
            return
    if len(same_day) == 1 and not same_day[0].items:
        _merge(same_day[0], group.items, group.sources)
        return
    if value is None:
        ctx.scores.append(_score(ctx, group.scale, group.day, None, group.items, group.sources))
    else:
        key = (group.scale, group.day, value)
        scores[key] = _score(ctx, group.scale, group.day, value, group.items, group.sources)


def _score(
    ctx: Context, scale: str, day: Span, value: float | None, items: Items, sources: tuple[str, ...]
) -> Score:
    assert day.earliest is not None and day.latest is not None
    return Score(
        person_id=ctx.person_id,
        source_ids=tuple(sorted(set(sources))),
        scale=scale,
        day_earliest=day.earliest,
        day_latest=day.latest,
        value=value,
        items=dict(sorted(items.items())),
    )


def _merge(score: Score, items: Items, sources: tuple[str, ...]) -> None:
    for number, answer in items.items():
        score.items[number] = max(answer, score.items.get(number, 0))
    score.items = dict(sorted(score.items.items()))
    score.source_ids = tuple(sorted({*score.source_ids, *sources}))
