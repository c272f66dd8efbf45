"""What the follow-up shows: scores with what they told, the next look, weeks of the rest, what was noted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec

from opentrd.knowledge.schema import ScaleBand
from opentrd.present.course import goes_on
from opentrd.rules.course import Told, course
from opentrd.rules.days import DAYS_PER_WEEK
from opentrd.rules.scores import depression_points
from opentrd.service.charts import SCORE
from opentrd.service.form import ITEMS
from opentrd.service.form_fields import SCALES
from opentrd.service.pages.follow_fields import HOW_BAD
from opentrd.service.store import tables as t
from opentrd.statement import Param, Statement

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.records.model import Score

MOOD, WORRY = (scale.name for scale in SCALES)
#: The kinds of entries beside scores, in the order of the page.
KINDS: Final = ("sleep", "exercise", "alcohol", "session", "taken", "effects", "plan")
_ITEMS: Final = {scale.name: ITEMS[scale.key] for scale in SCALES}
_FIRST: Final = "convention:outcome_earliest_days"
_EVERY: Final = "look_every_days"
_FULL: Final = "extend_trial"


class Row(msgspec.Struct, kw_only=True):
    """A score as it is shown. ``mark``: a key of ``outcome_word``; ``says``: what it told, with its basis."""

    day: int
    value: float | None
    band: str | None
    mark: str | None = None
    decide: bool = False
    trial: str | None = None
    says: list[Statement]


class Look(msgspec.Struct, kw_only=True, frozen=True):
    """The next look: its day, whether it is due, and why then."""

    day: int
    due: bool
    why: Statement


class Line(msgspec.Struct, kw_only=True):
    """Something noted, of one kind: one entry, or those of a week together."""

    kind: str
    says: Statement
    entry: str | None = None
    day: int


class Week(msgspec.Struct, kw_only=True):
    """A week by its Monday, with a line a kind."""

    day: int
    lines: list[Line]


def mood(a: Assessment) -> list[Row]:
    """Return the scores of the PHQ-9, the oldest first, with what each told on its day."""
    horizon = a.settings.as_of + 1
    book = a.context.book
    points = depression_points(a.record.scores, book, horizon)
    told = course(MOOD, a.judged, points, book, a.settings.instrument, horizon)
    rows = [_told_row(each, a, each is told[-1]) for each in told] + _incomplete(a, MOOD)
    return sorted(rows, key=lambda row: row.day)


def worry(a: Assessment) -> list[Row]:
    """Return the scores of the GAD-7, the oldest first."""
    rows = [
        Row(day=s.day_latest, value=s.value, band=_band(a, WORRY, s.value), says=[_score(a, WORRY, s)])
        for s in a.record.scores
        if s.scale == WORRY and s.value is not None and s.day_earliest <= a.settings.as_of
    ]
    return sorted(rows + _incomplete(a, WORRY), key=lambda row: row.day)


def _told_row(told: Told, a: Assessment, latest: bool) -> Row:
    """Return the row of a score; what it asks for now is said of the latest one alone."""
    point = told.point
    row = _band_row(a, MOOD, point.value)
    params: dict[str, Param] = {"scale": MOOD, "value": point.value, "band": row.band if row else None}
    cited = (a.knowledge.row_ref("scale_band", row),) if row else told.citations
    says = [Statement("follow.score", params, point.sources, cited)]
    if told.outcome is not None:
        says += told.outcome.why
    elif told.mark == "remission":
        says.append(Statement("follow.few_signs", {"scale": MOOD}, point.sources, told.citations))
    if latest and told.decide and told.trial is not None and told.outcome is not None:
        key = "follow.decide.partly" if told.outcome.result == "partial" else "follow.decide.no_help"
        days = point.day - told.trial.start
        why: dict[str, Param] = {"treatment": told.trial.treatment, "days": days}
        says.append(Statement(key, why, told.outcome.sources, told.citations))
    return Row(
        day=point.day,
        value=point.value,
        band=row.band if row else None,
        mark="too_early" if told.mark == "too_soon" else told.mark,
        decide=told.decide,
        trial=told.trial.treatment if told.trial else None,
        says=says,
    )


def _score(a: Assessment, scale: str, score: Score) -> Statement:
    row = _band_row(a, scale, score.value)
    params: dict[str, Param] = {"scale": scale, "value": score.value, "band": row.band if row else None}
    cited = (a.knowledge.row_ref("scale_band", row),) if row else (f"scale:{scale}",)
    return Statement("follow.score", params, score.source_ids, cited)


def _incomplete(a: Assessment, scale: str) -> list[Row]:
    """Return the questionnaires that were filled in only in part: they have no total."""
    made = []
    for score in a.record.scores:
        if score.scale == scale and score.value is None and score.day_earliest <= a.settings.as_of:
            params: dict[str, Param] = {"scale": scale, "n": len(score.items), "of": _ITEMS[scale]}
            said = Statement("follow.incomplete", params, score.source_ids, (f"scale:{scale}",))
            made.append(Row(day=score.day_latest, value=None, band=None, says=[said]))
    return made


def _band(a: Assessment, scale: str, value: float | None) -> str | None:
    row = _band_row(a, scale, value)
    return row.band if row else None


def _band_row(a: Assessment, scale: str, value: float | None) -> ScaleBand | None:
    rows = a.context.book.bands.get(scale, ())
    return next((row for row in rows if value is not None and row.low <= value <= row.high), None)


def next_look(a: Assessment, entries: Sequence[t.FollowUp]) -> Look:
    """Return when to look next: as it was planned, else by the conventions; due from that day on.

    A planned day holds until a questionnaire is filled in on it or later.
    """
    last = max((row for row in mood(a) if row.value is not None), key=lambda row: row.day, default=None)
    plan = next((e for e in reversed(entries) if e.kind == "plan" and e.value.get("next")), None)
    if plan is not None:
        day = date.fromisoformat(plan.value["next"]).toordinal()
        if last is None or last.day < day:
            said = Statement("follow.look.planned", {}, (_source(plan),))
            return Look(day=day, due=day <= a.settings.as_of, why=said)
    if last is None:
        said = Statement("follow.look.first", {"scale": MOOD}, (), (f"scale:{MOOD}",), ("score",))
        return Look(day=a.settings.as_of, due=True, why=said)
    return min((_regular(a, last), *_of_treatments(a, last)), key=lambda look: look.day)


def _regular(a: Assessment, last: Row) -> Look:
    days = int(a.context.convention(_EVERY))
    params: dict[str, Param] = {"scale": MOOD, "day": last.day, "next": last.day + days, "days": days}
    said = Statement("follow.look.regular", params, last.says[0].sources, (f"convention:{_EVERY}",))
    return Look(day=last.day + days, due=last.day + days <= a.settings.as_of, why=said)


def _of_treatments(a: Assessment, last: Row) -> Iterable[Look]:
    """Give the days on which treatments that go on have had time to help, and full time.

    A questionnaire that asks about the days around such a day stands for it.
    """
    asks_about = a.knowledge.scales[MOOD].recall_days or 0
    full = a.knowledge.options[_FULL].weeks_high
    times = [(int(a.context.convention("outcome_earliest_days")), _FIRST)]
    if full is not None:
        times.append((int(full * DAYS_PER_WEEK), f"option:{_FULL}"))
    for trial in a.context.trials_now:
        if not goes_on(trial, a.settings.as_of):
            continue
        for days, citation in times:
            day = trial.start + days
            if day > last.day + asks_about:
                params: dict[str, Param] = {"treatment": trial.treatment, "days": days, "next": day}
                said = Statement("follow.look.treatment", params, trial.sources, (citation,))
                yield Look(day=day, due=day <= a.settings.as_of, why=said)


def weeks(entries: Iterable[t.FollowUp]) -> list[Week]:
    """Return what was noted beside scores, by week, the latest first."""
    found: dict[int, dict[str, list[t.FollowUp]]] = {}
    for entry in entries:
        if entry.kind in KINDS:
            monday = entry.day - date.fromordinal(entry.day).weekday()
            found.setdefault(monday, {}).setdefault(entry.kind, []).append(entry)
    return [
        Week(
            day=monday,
            lines=[Line(kind=k, says=said(kinds[k]), day=monday) for k in KINDS if k in kinds],
        )
        for monday, kinds in sorted(found.items(), reverse=True)
    ]


def noted(entries: Iterable[t.FollowUp]) -> list[Line]:
    """Return all entries, the latest first."""
    return [Line(kind=e.kind, says=said([e]), entry=e.id, day=e.day) for e in reversed([*entries])]


def said(entries: Sequence[t.FollowUp]) -> Statement:
    """Return what entries of one kind come to together."""
    kind = entries[0].kind
    values: list[Mapping[str, Any]] = [entry.value for entry in entries]
    params = _PARAMS[kind](values)
    return Statement(f"follow.said.{kind}", params, tuple(_source(entry) for entry in entries))


def _source(entry: t.FollowUp) -> str:
    return f"follow-up:{entry.id}"


def _of_sleep(values: Sequence[Mapping[str, Any]]) -> dict[str, Param]:
    hours = [float(value["hours"]) for value in values if "hours" in value]
    quality = tuple(dict.fromkeys(str(value["quality"]) for value in values if "quality" in value))
    mean = round(sum(hours) / len(hours), 1) if hours else None
    return {"hours": mean, "quality": quality, "n": len(values) if len(values) > 1 else None}


def _of_effects(values: Sequence[Mapping[str, Any]]) -> dict[str, Param]:
    """Return the effects by how hard they were at their hardest."""
    hardest: dict[str, str] = {}
    for value in values:
        for effect, how in value.items():
            if HOW_BAD.index(how) >= HOW_BAD.index(hardest.get(effect, HOW_BAD[0])):
                hardest[effect] = how
    return {how: tuple(effect for effect, bad in hardest.items() if bad == how) for how in HOW_BAD}


def _of_plan(values: Sequence[Mapping[str, Any]]) -> dict[str, Param]:
    texts = [str(value["text"]) for value in values if value.get("text")]
    days = [date.fromisoformat(value["next"]).toordinal() for value in values if value.get("next")]
    return {"text": " / ".join(texts) or None, "next": days[-1] if days else None}


def _sum(name: str, values: Sequence[Mapping[str, Any]]) -> dict[str, Param]:
    return {"n": sum(float(value[name]) for value in values)}


_PARAMS: Final = {
    SCORE: lambda values: {"scale": values[0]["scale"], "value": values[0].get("value")},
    "sleep": _of_sleep,
    "exercise": lambda values: _sum("minutes", values),
    "alcohol": lambda values: _sum("drinks", values),
    "session": lambda values: {"n": len(values)},
    "taken": lambda values: {"how": tuple(dict.fromkeys(str(value["how"]) for value in values))},
    "effects": _of_effects,
    "plan": _of_plan,
}
