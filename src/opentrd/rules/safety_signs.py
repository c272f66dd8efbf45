"""The signs that the rows of the table ``safety`` look for, one function for each trigger.

Each is a plain function of what the record holds up to the day judged, and says the latest line that it finds
with its day and how long ago that was. A day that is known only in part counts as the latest day that it may
have been; a finding without a day is told as such, and asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import msgspec

from opentrd.kleene import NO, YES
from opentrd.knowledge.schema import SafetyRule
from opentrd.records.model import Condition, Record, Score
from opentrd.rules.eras import allowed_gap
from opentrd.rules.exclusions import SUSPECTED
from opentrd.rules.model import DoseStep, Era, Trial
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.trials import is_adult
from opentrd.statement import Param, Statement

__all__ = ["SIGNS", "Hit", "Look", "cells"]


class Hit(msgspec.Struct):
    """What a rule found. ``about``: the thing, so that rows that tell the same of one line are told apart."""

    rule: SafetyRule
    about: str
    day: int | None
    statement: Statement


class Change(msgspec.Struct):
    """An antidepressant begun, or its dose changed."""

    treatment: str
    day: int
    sources: tuple[str, ...]


class Look:
    """One person's lines as the rules look at them, on one day."""

    def __init__(self, record: Record, trials: list[Trial], book: RuleBook, as_of: int) -> None:
        self.record = record
        self.book = book
        self.as_of = as_of
        self.scores = [s for s in record.scores if s.day_earliest <= as_of]
        self.conditions = [
            c
            for c in record.conditions
            if not c.family_member
            and c.concept is not None
            and (c.onset_earliest is None or c.onset_earliest <= as_of)
        ]
        self.eras = list({(t.era.treatment, t.era.start): t.era for t in trials}.values())
        self.items = [rule for rule in book.safety if rule.trigger == "item"]
        self.named = {
            name for rule in book.safety if rule.trigger == "condition" for name in cells(rule.concept)
        }
        self._changes: list[Change] | None = None

    def ago(self, day: int) -> int:
        """Return how many days ago a day was."""
        return self.as_of - min(day, self.as_of)

    def within(self, day: int, rule: SafetyRule) -> bool:
        """Tell whether a day is recent enough for a rule."""
        return rule.within_days is None or self.ago(day) <= rule.within_days

    def answer(self, score: Score, rule: SafetyRule) -> float | None:
        """Return the answer of a score to the item of a rule, where it is known."""
        if score.scale != rule.scale or rule.item is None:
            return None
        value = score.items.get(rule.item)
        if value is None and self.book.scales[score.scale].suicide_item == rule.item:
            value = score.suicide_item
        return value

    def concept_of(self, condition: Condition) -> str | None:
        """Return the concept by which a condition counts: its own, or the nearest wider one with a rule."""
        name = condition.concept
        while name is not None and name not in self.named:
            row = self.book.conditions.get(name)
            name = row.parent if row is not None else None
        return name

    @property
    def changes(self) -> list[Change]:
        """Return each start and each change of dose of an antidepressant, in order of time."""
        if self._changes is None:
            found = [change for era in self.eras for change in self._changes_of(era)]
            self._changes = sorted(found, key=lambda c: (c.day, c.treatment))
        return self._changes

    def _changes_of(self, era: Era) -> Iterator[Change]:
        row = self.book.treatments[era.treatment]
        if row.kind != "medicine" or row.main != "yes" or era.start_earliest > self.as_of:
            return
        yield Change(era.treatment, min(era.start_latest, self.as_of), era.sources)
        for before, after in zip(era.steps, era.steps[1:], strict=False):
            if after.start_earliest <= self.as_of and _other_dose(before, after):
                yield Change(era.treatment, min(after.start_latest, self.as_of), after.sources)


def cells(text: str | None) -> tuple[str, ...]:
    """Return the keys of a cell that lists several."""
    return tuple(part.strip() for part in (text or "").split(";") if part.strip())


def _other_dose(before: DoseStep, after: DoseStep) -> bool:
    """Tell whether the dose certainly changed."""
    if None in (before.dose_low, before.dose_high, after.dose_low, after.dose_high):
        return False
    return (before.dose_low, before.dose_high) != (after.dose_low, after.dose_high)


def _hit(
    look: Look,
    rule: SafetyRule,
    about: str,
    day: int | None,
    sources: tuple[str, ...],
    message: str | None = None,
    /,
    **params: Param,
) -> Hit:
    if day is not None:
        day = min(day, look.as_of)
        params |= {"day": day, "ago": look.ago(day)}
    said = Statement(message or rule.message, params, sources, (f"safety:{rule.rule}",))
    return Hit(rule, about, day, said)


def _last(hits: list[Hit]) -> list[Hit]:
    """Leave the latest hit, the same one whatever the order of the rows."""
    return sorted(hits, key=lambda h: (h.day or 0, h.statement.sources, repr(h.statement.params)))[-1:]


# Answers and scores


def _best(
    look: Look, rule: SafetyRule, scores: list[Score], value_of: Callable[[Score], float | None]
) -> tuple[Score, int, float] | None:
    """Return the latest score whose value reaches the limit of a rule; of one day the highest."""
    best: tuple[int, float, tuple[str, ...]] | None = None
    found: Score | None = None
    for score in scores:
        day, value = min(score.day_latest, look.as_of), value_of(score)
        if value is None or rule.at_least is None or value < rule.at_least:
            continue
        rank = (day, value, score.source_ids)
        if best is None or rank > best:
            best, found = rank, score
    return None if best is None or found is None else (found, best[0], best[1])


def _item(look: Look, rule: SafetyRule) -> list[Hit]:
    recent = [s for s in look.scores if look.within(s.day_latest, rule)]
    best = _best(look, rule, recent, partial(look.answer, rule=rule))
    if best is None:
        return []
    score, day, value = best
    said: dict[str, Param] = {"scale": score.scale, "item": rule.item, "value": value}
    return [_hit(look, rule, f"item {rule.scale}", day, score.source_ids, **said)]


def _earlier_item(look: Look, rule: SafetyRule) -> list[Hit]:
    """The latest positive answer that is no alarm any more; nothing where a newer one is."""
    hits = []
    for item in look.items:
        if item.within_days is None:
            continue
        best = _best(look, item, look.scores, partial(look.answer, rule=item))
        if best is None or not look.within(best[1], rule):
            continue
        if look.within(best[1], item):
            return []
        said: dict[str, Param] = {"scale": best[0].scale, "item": item.item, "value": best[2]}
        hits.append(_hit(look, rule, "earlier item", best[1], best[0].source_ids, **said))
    return _last(hits)


def _score(look: Look, rule: SafetyRule) -> list[Hit]:
    recent = [s for s in look.scores if s.scale == rule.scale and look.within(s.day_latest, rule)]
    best = _best(look, rule, recent, lambda score: score.value)
    if best is None:
        return []
    score, day, value = best
    return [_hit(look, rule, f"score {rule.scale}", day, score.source_ids, scale=score.scale, value=value)]


def _latest_score(look: Look, rule: SafetyRule) -> list[Hit]:
    """The latest score of depression, where it is severe by the limit of its scale."""
    limits = {r.scale: r.at_least for r in look.book.safety if r.trigger == "score"}
    rated = [s for s in look.scores if s.value is not None and _of_depression(look, s)]
    newest = max((min(s.day_latest, look.as_of) for s in rated), default=None)
    if newest is None or not look.within(newest, rule):
        return []
    hits = []
    for score in rated:
        limit, value = limits.get(score.scale), score.value
        if min(score.day_latest, look.as_of) == newest and limit is not None and (value or 0) >= limit:
            about, said = f"score {score.scale}", {"scale": score.scale, "value": value}
            hits.append(_hit(look, rule, about, newest, score.source_ids, **said))
    return _last(hits)


def _of_depression(look: Look, score: Score) -> bool:
    row = look.book.scales.get(score.scale)
    return row is not None and row.measures == "depression"


def _worsening(look: Look, rule: SafetyRule) -> list[Hit]:
    """A higher answer on suicide under a treatment than the last one before it, or the first under it."""
    hits = []
    for era in look.eras:
        if era.treatment not in cells(rule.treatments):
            continue
        end = era.end + allowed_gap(look.book, era.treatment)
        for item in look.items:
            told = [(s, value) for s in look.scores if (value := look.answer(s, item)) is not None]
            told.sort(key=lambda pair: (pair[0].day_latest, pair[1], pair[0].source_ids))
            before = [pair for pair in told if pair[0].day_latest <= era.start]
            under = [p for p in told if p[0].day_latest > era.start and p[0].day_earliest < end]
            base = before[-1] if before else under[0] if under else None
            for score, value in under:
                if base is None or value <= base[1] or not look.within(score.day_latest, rule):
                    continue
                sources = (*base[0].source_ids, *score.source_ids, *era.sources)
                said: dict[str, Param] = {
                    "treatment": era.treatment,
                    "scale": score.scale,
                    "before": base[1],
                    "value": value,
                }
                hits.append(_hit(look, rule, "worsening", score.day_latest, sources, **said))
    return _last(hits)


# Diagnoses and what was told


def _condition(look: Look, rule: SafetyRule) -> list[Hit]:
    """The latest line of a condition, and where days may lack, the lines without one."""
    rows = [c for c in look.conditions if look.concept_of(c) == rule.concept]
    dated = [c for c in rows if c.onset_latest is not None and look.within(c.onset_latest, rule)]
    newest = max((min(c.onset_latest or 0, look.as_of) for c in dated), default=0)
    last = [c for c in dated if min(c.onset_latest or 0, look.as_of) == newest]
    sure = [c for c in last if _sure(c)] or last
    undated = [c for c in rows if c.onset_latest is None] if rule.unknown_message else []
    return [
        *_last([_told(look, rule, c, None) for c in sure]),
        *_last([_told(look, rule, c, rule.unknown_message) for c in undated]),
    ]


def _told(look: Look, rule: SafetyRule, row: Condition, message: str | None) -> Hit:
    said: dict[str, Param] = {
        "condition": row.concept,
        "suspected": None if _sure(row) else "suspected",
        "first": None if row.onset_latest is None else row.onset_earliest or row.onset_latest,
    }
    return _hit(look, rule, "condition", row.onset_latest, row.source_ids, message, **said)


def _sure(row: Condition) -> bool:
    return row.verification not in SUSPECTED


def _observation(look: Look, rule: SafetyRule) -> list[Hit]:
    """What was told and not taken back since."""
    rows = [o for o in look.record.observations if o.concept in cells(rule.concept)]
    rows = [o for o in rows if o.day_earliest is None or o.day_earliest <= look.as_of]
    denied = max((o.day_latest or 0 for o in rows if o.negated == YES), default=None)
    hits = []
    for row in rows:
        day = row.day_latest
        if row.negated != NO or (day is not None and not look.within(day, rule)):
            continue
        if day is None or denied is None or day >= denied:
            message = rule.unknown_message if day is None else None
            said: dict[str, Param] = {"told": row.value_text}
            hits.append(_hit(look, rule, "observation", day, row.source_ids, message, **said))
    return _last(hits)


# Treatments begun


def _start(look: Look, rule: SafetyRule) -> list[Hit]:
    """The latest start or change of dose of somebody who is, or may be, below an age."""
    person = look.record.person
    for change in reversed(look.changes):
        if not look.within(change.day, rule):
            break
        older = is_adult(person, change.day, rule.age_below or 0)
        if older == YES:
            continue
        message = None if older == NO else rule.unknown_message
        sources = (*change.sources, *person.source_ids)
        said: dict[str, Param] = {"treatment": change.treatment, "age": rule.age_below}
        return [_hit(look, rule, "start", change.day, sources, message, **said)]
    return []


def _after_start(look: Look, rule: SafetyRule) -> list[Hit]:
    """A sign that began within so many days of a start or a change of dose, and is as recent."""
    hits = []
    for row in look.conditions:
        day = row.onset_latest
        if row.concept not in cells(rule.concept) or day is None or not look.within(day, rule):
            continue
        first = row.onset_earliest if row.onset_earliest is not None else day
        causes = [c for c in look.changes if c.day <= first and day - c.day <= (rule.within_days or 0)]
        if causes:
            sources = (*row.source_ids, *causes[-1].sources)
            said: dict[str, Param] = {"condition": row.concept, "treatment": causes[-1].treatment}
            hits.append(_hit(look, rule, "after start", day, sources, **said))
    return _last(hits)


#: What looks for the rows of each trigger; rows ``option`` and ``note`` are said beside what was found.
SIGNS: Final[dict[str, Callable[[Look, SafetyRule], list[Hit]]]] = {
    "item": _item,
    "earlier_item": _earlier_item,
    "score": _score,
    "latest_score": _latest_score,
    "condition": _condition,
    "observation": _observation,
    "start": _start,
    "after_start": _after_start,
    "worsening": _worsening,
}
