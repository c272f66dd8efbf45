"""Care gaps: where care stopped, as it stood on the last day on which the person was seen.

Each rule is a row of the table ``care_gap`` and one function here. A gap is ``yes`` where the record shows
it and ``unknown`` where the record does not say enough; what is certainly no gap makes no row. Outside the
observed time absence of data is not absence of care: a person whose time begins too late for a rule has it
unknown. Source of the rules: table ``care_gap``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import msgspec

from opentrd.cohort.summing.lines import OUTSIDE
from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_and, tri_or
from opentrd.knowledge.schema import CareGap
from opentrd.records.model import Exposure, Record
from opentrd.rules.exclusions import SUSPECTED
from opentrd.rules.model import Episode, Judged, Trial
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.scores import Point, depression_points
from opentrd.rules.status import MET, UNDETERMINED

_FINDINGS: Final = {YES: "yes", UNKNOWN: "unknown"}
_SUPPLIED: Final = ("dispense", "administration")


class Gap(msgspec.Struct, kw_only=True, gc=False):
    """A care gap of a person; the columns of the result table ``gap`` without the person.

    ``gap`` is a key of the table ``care_gap``; ``finding`` is ``yes`` or ``unknown``; ``since`` is the day
    from which the gap stood, ``None`` where unknown; ``sources`` are the record lines it rests on.
    """

    gap: str
    finding: str
    since: int | None
    sources: tuple[str, ...]


class Found(msgspec.Struct, gc=False):
    """What a rule found: whether the gap is there, since when, on which lines."""

    answer: Tri
    since: int | None = None
    sources: tuple[str, ...] = ()


NOTHING: Final = Found(NO)


class View(msgspec.Struct):
    """What the rules of gaps look at: the person on the day after the last one seen (``end``)."""

    record: Record
    judged: Judged
    book: RuleBook
    end: int
    episode: Episode | None
    points: list[Point]

    @property
    def last(self) -> Point | None:
        """The last depression score."""
        return self.points[-1] if self.points else None

    def seen(self, start: int) -> Tri:
        """Tell whether the person was seen from a day on; a record that does not say so is taken as whole."""
        first = self.record.person.observed_start
        return YES if first is None or first <= start else UNKNOWN


def care_gaps(record: Record, judged: Judged, book: RuleBook, horizon: int) -> list[Gap]:
    """Return the gaps of a person, in the order of the table; ``horizon`` is the day after the day judged."""
    observed, death = record.person.observed_end, record.person.death_latest
    end = min(horizon, observed if observed is not None else horizon)
    if death is not None:
        end = min(end, death + 1)
    episode = judged.episodes[-1] if judged.episodes and judged.applicable is None else None
    if episode is not None and (episode.end is not None or episode.start >= end):
        episode = None
    view = View(
        record=record,
        judged=judged,
        book=book,
        end=end,
        episode=episode,
        points=depression_points(record.scores, book, end) if record.scores else [],
    )
    gaps = []
    for key, rule in book.care_gaps.items():
        found = RULES[key](view, rule)
        if found.answer != NO:
            gaps.append(
                Gap(gap=key, finding=_FINDINGS[found.answer], since=found.since, sources=found.sources)
            )
    return gaps


def _depressed(view: View) -> Tri:
    """Tell whether the episode that goes on is known to be felt: not when the last score was in remission."""
    if view.episode is None:
        return NO
    last = view.last
    if last is None or last.day < view.episode.start_earliest or last.depressed:
        return YES
    return NO if last.remission else UNKNOWN


def no_score(view: View, rule: CareGap) -> Found:
    """Depressed and no score for so many days."""
    episode = view.episode
    depressed = _depressed(view)
    if episode is None or depressed == NO:
        return NOTHING
    assert rule.days is not None
    last = view.last
    from_day = max(episode.start, last.day) if last is not None else episode.start
    since = from_day + rule.days
    if since >= view.end:
        return NOTHING
    answer = tri_and(depressed, view.seen(view.end - rule.days))
    sources = last.sources if last is not None and last.day >= episode.start else episode.sources
    return Found(answer, since, sources)


def inadequate_dose(view: View, rule: CareGap) -> Found:
    """A medicine goes on for so many days at too low a dose, and a score since then shows no improvement."""
    assert rule.days is not None
    for trial in reversed(view.judged.trials):
        if trial.kind != "medicine" or trial.role in OUTSIDE or trial.start + rule.days >= view.end:
            continue
        going = _goes_on(trial, view.end, rule.recent_days or 0)
        if going == NO:
            continue
        dose = view.judged.adequacy[trial.id].dose
        low: Tri = NO if dose == YES else YES if dose == NO else UNKNOWN
        answer = tri_and(tri_and(going, low), _not_improved(trial, rule.days))
        if answer != NO:
            return Found(answer, trial.start + rule.days, trial.sources)
    return NOTHING


def _not_improved(trial: Trial, days: int) -> Tri:
    """Tell whether a score so many days after the start shows no improvement at all."""
    outcome = trial.outcome
    if outcome.basis != "score" or outcome.result is None or outcome.last_day is None:
        return UNKNOWN
    if outcome.result not in ("none", "worse"):
        return NO
    return YES if outcome.last_day >= trial.start + days else UNKNOWN


def no_next_step(view: View, rule: CareGap) -> Found:
    """A main definition met for so many days, and nothing begun or raised since.

    Where one may be met, the day is not known: then what was begun last says how long nothing was done.
    """
    episode = view.episode
    depressed = _depressed(view)
    if episode is None or depressed == NO:
        return NOTHING
    assert rule.days is not None
    rows = [s for s in view.judged.status if s.headline] or view.judged.status
    rows = [s for s in rows if s.episode in (None, episode.id)]
    trials = [t for t in view.judged.trials if t.role not in OUTSIDE]
    last = max((t.start for t in trials), default=0)
    met = [s for s in rows if s.verdict == MET and s.first_met is not None and s.first_met > last]
    days = {s.first_met for s in met if s.first_met is not None and s.first_met + rule.days < view.end}
    still = [day for day in days if not _raised(trials, day)]
    answer = depressed
    if not still:
        met = [s for s in rows if s.verdict == UNDETERMINED]
        if not met or last + rule.days >= view.end or _raised(trials, view.end - rule.days):
            return NOTHING
        still, answer = [last], UNKNOWN
    decisive = {trial for s in met for trial in s.decisive}
    sources = tuple(dict.fromkeys(s for t in trials if t.id in decisive for s in t.sources))
    return Found(tri_and(answer, view.seen(min(still))), min(still) + rule.days, sources)


def _raised(trials: list[Trial], day: int) -> bool:
    """Tell whether the dose of a treatment was certainly raised on or after a day."""
    for trial in trials:
        high: float | None = None
        for step in trial.era.steps:
            if step.start >= day and high is not None and step.dose_low is not None and step.dose_low > high:
                return True
            high = step.dose_high
    return False


def no_psychotherapy(view: View, _: CareGap) -> Found:
    """The episode goes on, and no talking therapy is in the record at any time."""
    if view.episode is None or any(x.kind == "psychotherapy" for x in view.record.exposures):
        return NOTHING
    return Found(YES, view.episode.start, view.episode.sources)


def bipolar_alone(view: View, rule: CareGap) -> Found:
    """An antidepressant goes on, bipolar disorder is recorded, and nothing that protects goes on."""
    bipolar: Tri = NO
    for condition in view.record.conditions:
        concept = view.book.conditions.get(condition.concept or "")
        begun = condition.onset_earliest is None or condition.onset_earliest < view.end
        if concept is not None and concept.group == "bipolar" and begun and not condition.family_member:
            bipolar = tri_or(bipolar, UNKNOWN if condition.verification in SUSPECTED else YES)
    if bipolar == NO:
        return NOTHING
    slack = rule.recent_days or 0
    protecting = _protecting(view.book, rule.protected_by or "")
    protected: Tri = NO
    for x in view.record.exposures:
        if x.treatment in protecting:
            protected = tri_or(protected, _line_goes_on(x, view.end, slack))
    if protected == YES:
        return NOTHING
    unprotected: Tri = UNKNOWN if protected == UNKNOWN else YES
    found = NOTHING
    for trial in view.judged.trials:
        main = view.book.treatments[trial.treatment].main == "yes" and trial.kind == "medicine"
        if not main or trial.treatment in protecting:
            continue
        answer = tri_and(tri_and(bipolar, unprotected), _goes_on(trial, view.end, slack))
        if answer > found.answer:
            found = Found(answer, trial.start, trial.sources)
    return found


@lru_cache(maxsize=4)
def _protecting(book: RuleBook, selectors: str) -> frozenset[str]:
    """Return the treatments that a list of keys and ``class:`` selectors names."""
    names = set(selectors.split(";"))
    return frozenset(
        key for key, row in book.treatments.items() if key in names or f"class:{row.class_}" in names
    )


def uncollected(view: View, rule: CareGap) -> Found:
    """A recent score is high, and a prescription of the same time was not collected.

    Unknown where supplies are recorded for this person, yet none follows a prescription.
    """
    last = view.last
    assert rule.days is not None and rule.recent_days is not None
    if last is None or view.end - last.day > rule.recent_days or not _is_high(view, last, rule):
        return NOTHING
    medicines = [x for x in view.record.exposures if x.kind == "medicine" and x.treatment is not None]
    recent = [x for x in medicines if x.start_latest is not None and view.end > x.start_latest]
    recent = [x for x in recent if (x.start_latest or 0) >= view.end - rule.days]
    missed = [x for x in recent if x.collected == NO]
    if missed:
        sources = tuple(dict.fromkeys(s for x in missed for s in x.source_ids))
        return Found(YES, min(x.start_latest or 0 for x in missed), sources + last.sources)
    supplies = [x for x in medicines if x.origin in _SUPPLIED]
    for x in recent:
        if x.origin != "order" or not supplies:
            continue
        if not any(
            s.treatment == x.treatment and (s.start_latest or 0) >= (x.start_earliest or 0) for s in supplies
        ):
            return Found(UNKNOWN, x.start_latest, x.source_ids + last.sources)
    return NOTHING


def _is_high(view: View, point: Point, rule: CareGap) -> bool:
    levels = (rule.severity or "").split(";")
    bands = view.book.bands.get(point.scale, ())
    return any(band.low <= point.value <= band.high and band.severity in levels for band in bands)


def _goes_on(trial: Trial, end: int, slack: int) -> Tri:
    """Tell whether a trial goes on up to ``end``; unknown where its supply ran out a short while before."""
    if trial.start >= end:
        return NO
    if trial.ongoing == YES or trial.era.end_earliest >= end:
        return YES
    if trial.open_end or trial.era.end_latest >= end:
        return UNKNOWN
    return UNKNOWN if trial.ongoing != NO and trial.era.end_latest + slack >= end else NO


def _line_goes_on(x: Exposure, end: int, slack: int) -> Tri:
    """Tell the same of one line of the record."""
    if x.start_earliest is not None and x.start_earliest >= end:
        return NO
    if x.end_latest is not None:
        return YES if x.end_latest >= end else NO
    if x.supply_days is not None and x.start_latest is not None:
        reach = x.start_latest + x.supply_days
        return YES if reach >= end else UNKNOWN if reach + slack >= end else NO
    return YES if x.ongoing == YES or x.status == "active" else UNKNOWN


#: The rules by the key of their row.
RULES: Final[dict[str, Callable[[View, CareGap], Found]]] = {
    "no_score": no_score,
    "inadequate_dose": inadequate_dose,
    "no_next_step": no_next_step,
    "no_psychotherapy": no_psychotherapy,
    "bipolar_alone": bipolar_alone,
    "uncollected": uncollected,
}
