"""The facts that the tables ``option`` and ``option_order`` name: each a small question about one person.

An answer is yes, no or unknown, with the record lines it stands on. ``check:`` and a name is the finding of
that check of the review.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Final

import msgspec

from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_and, tri_or
from opentrd.review.checklist import review
from opentrd.review.context import ReviewContext, sources_of
from opentrd.review.model import ReviewLine
from opentrd.rules.model import SafetyFinding, Trial
from opentrd.rules.safety import find_safety, said_beside
from opentrd.rules.scores import depression_points
from opentrd.statement import Param, Statement

CHECK: Final = "check:"
FAILURES: Final = "failures_"
FINDINGS: Final[dict[str, Tri]] = {"present": YES, "absent": NO, "unknown": UNKNOWN}
PRESSING: Final = ("crisis", "high")


class Fact(msgspec.Struct, frozen=True):
    """An answer with what it stands on and the values that a sentence about it may name."""

    answer: Tri
    sources: tuple[str, ...] = ()
    params: dict[str, Param] = {}


class Facts:
    """The facts of one person, each looked up once.

    ``lines`` are those of the review, ``safety`` what the record tells about safety, where made already.
    """

    def __init__(
        self,
        context: ReviewContext,
        lines: list[ReviewLine] | None = None,
        safety: list[SafetyFinding] | None = None,
    ) -> None:
        self.context = context
        self._lines = lines
        self._safety = safety
        self._known: dict[str, Fact] = {}
        self._all: dict[tuple[str, ...], Fact] = {}

    @cached_property
    def lines(self) -> dict[str, list[ReviewLine]]:
        """The lines of the review by their check."""
        found: dict[str, list[ReviewLine]] = {}
        for line in self._lines if self._lines is not None else review(self.context):
            found.setdefault(line.check, []).append(line)
        return found

    @cached_property
    def safety(self) -> list[SafetyFinding]:
        """What the record tells about safety, the most pressing first."""
        if self._safety is not None:
            return self._safety
        context = self.context
        return find_safety(context.record, context.judged.trials, context.book, context.as_of)

    @cached_property
    def beside(self) -> dict[str | None, list[Statement]]:
        """What those findings make one say beside an option, by the option."""
        found: dict[str | None, list[Statement]] = {}
        for rule, statement in said_beside(self.safety, self.context.book, "option"):
            found.setdefault(rule.option, []).append(statement)
        return found

    def find(self, name: str) -> Fact:
        """Return a fact by its name."""
        fact = self._known.get(name)
        if fact is None:
            if name.startswith(CHECK):
                fact = self._finding(name.removeprefix(CHECK))
            elif name.startswith(FAILURES):
                fact = self._failures(int(name.removeprefix(FAILURES)))
            else:
                fact = FACTS[name](self)
            self._known[name] = fact
        return fact

    def all_of(self, names: tuple[str, ...]) -> Fact:
        """Return whether all of some facts hold."""
        fact = self._all.get(names)
        if fact is None:
            fact = self._all[names] = self._joined(names, tri_and, YES)
        return fact

    def any_of(self, names: tuple[str, ...]) -> Fact:
        """Return whether one of some facts holds."""
        return self._joined(names, tri_or, NO)

    def _joined(self, names: tuple[str, ...], join: Callable[[Tri, Tri], Tri], start: Tri) -> Fact:
        answer = start
        sources: list[str] = []
        params: dict[str, Param] = {}
        for name in names:
            fact = self.find(name)
            answer = join(answer, fact.answer)
            sources += fact.sources
            params |= fact.params
        return Fact(answer, tuple(dict.fromkeys(sources)), params)

    def _finding(self, check: str) -> Fact:
        lines = self.lines.get(check, [])
        answer: Tri = NO if lines else UNKNOWN
        for line in lines:
            answer = tri_or(answer, FINDINGS[line.finding])
        told = [line for line in lines if FINDINGS[line.finding] == answer]
        return Fact(answer, tuple(dict.fromkeys(s for line in told for s in line.sources)))

    def _failures(self, number: int) -> Fact:
        certain, possible = self.context.failed_certain, self.context.failed_possible
        names = self.context.failures["medicine"]
        trials = [t for t in self.context.trials if t.treatment in (*names.certain, *names.possible)]
        answer: Tri = YES if certain >= number else UNKNOWN if possible >= number else NO
        params: dict[str, Param] = {"certain": certain, "possible": possible, "needed": number}
        return Fact(answer, _of_trials(trials), params)


def _of_trials(trials: list[Trial] | tuple[Trial, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(source for trial in trials for source in trial.sources))


def _always(_: Facts) -> Fact:
    return Fact(YES)


def _urgent(facts: Facts) -> Fact:
    """Answers or diagnoses that press, by the table ``safety``; psychosis or mania now."""
    context = facts.context
    sources = [s for f in facts.safety if f.level in PRESSING for s in f.statement.sources]
    for name in ("psychosis", "mania"):
        state = context.find(name)
        if state.state == "recorded" and state.now == YES:
            sources += sources_of(state.rows)
    return Fact(YES if sources else NO, tuple(dict.fromkeys(sources)))


def _severity(facts: Facts, wanted: str) -> Fact:
    context = facts.context
    points = depression_points(context.record.scores, context.book, context.as_of + 1)
    recent = context.book.conventions.severity_recent_days
    points = [p for p in points if context.as_of - p.day <= recent]
    for point in reversed(points):
        for band in context.book.bands.get(point.scale, ()):
            if band.severity is not None and band.low <= point.value <= band.high:
                answer: Tri = YES if band.severity == wanted else NO
                return Fact(answer, point.sources, {"scale": point.scale, "value": point.value})
    return Fact(UNKNOWN)


def _danger_and_severe(facts: Facts) -> Fact:
    urgent, severe = facts.find("urgent"), _severity(facts, "severe")
    return Fact(tri_and(urgent.answer, severe.answer), (*urgent.sources, *severe.sources))


def _bipolar_signs(facts: Facts) -> Fact:
    """Recorded, suspected, screened positive, or mania on an antidepressant."""
    names = ("bipolar_recorded", "bipolar_on_antidepressant", "bipolar_questionnaire")
    fact = facts.any_of(tuple(CHECK + name for name in names))
    suspected = [s for line in facts.lines.get(names[0], ()) for s in line.why if s.key == "review.suspected"]
    if fact.answer != YES and suspected:
        return Fact(YES, tuple(x for s in suspected for x in s.sources))
    return fact


def _no_depression(facts: Facts) -> Fact:
    said = facts.context.judged.applicable
    return Fact(NO) if said is None else Fact(YES, said.sources)


def _intake_open(facts: Facts) -> Fact:
    """Something is taken and nobody said how."""
    now = facts.find("medicine_now")
    finding = facts.find("check:adherence_now")
    if now.answer == NO or finding.answer != UNKNOWN:
        return Fact(NO)
    return Fact(YES, now.sources, now.params)


def _medicines_now(facts: Facts) -> list[Trial]:
    return [t for t in facts.context.trials_now if t.kind == "medicine"]


def _medicine_now(facts: Facts) -> Fact:
    trials = _medicines_now(facts)
    params: dict[str, Param] = {"treatments": tuple(t.treatment for t in trials)}
    return Fact(YES if trials else NO, _of_trials(trials), params)


def _judged(facts: Facts, part: str, wanted: Tri) -> Fact:
    """Whether one of the medicines taken now has this answer in one part of its judgement."""
    found = []
    for trial in _medicines_now(facts):
        judgement = facts.context.judgement(trial)
        if judgement is not None and getattr(judgement, part) == wanted:
            found.append(trial)
    params: dict[str, Param] = {"treatments": tuple(t.treatment for t in found)}
    return Fact(YES if found else NO, _of_trials(found), params)


def _dose_may_rise(facts: Facts) -> Fact:
    """Whether a medicine taken now is below its full usual dose (table ``dose_range``)."""
    answer: Tri = NO
    sources: list[str] = []
    names: list[str] = []
    for trial in _medicines_now(facts):
        ranges = [r for r in facts.context.knowledge.dose_ranges.values() if r.treatment == trial.treatment]
        last = trial.era.steps[-1]
        rows = [r for r in ranges if r.formulation in (None, last.formulation) and r.age_from is None]
        full = max((r.usual_high for r in rows if r.usual_high is not None), default=None)
        most = max((r.max_dose for r in rows if r.max_dose is not None), default=full)
        one: Tri = UNKNOWN
        if full is not None and last.dose_high is not None and last.dose_low is not None:
            one = YES if last.dose_high < full else NO if last.dose_low >= (most or full) else UNKNOWN
        if one != NO:
            names.append(trial.treatment)
        sources += trial.sources
        answer = tri_or(answer, one)
    return Fact(answer, tuple(dict.fromkeys(sources)), {"treatments": tuple(names)})


def _time_left(facts: Facts) -> Fact:
    """Whether a medicine taken now has not had its full time for certain."""
    short, open_ = _judged(facts, "duration", NO), _judged(facts, "duration", UNKNOWN)
    if short.answer == YES:
        return short
    return Fact(UNKNOWN, open_.sources, open_.params) if open_.answer == YES else Fact(NO)


def _base_antidepressant(facts: Facts) -> Fact:
    """Whether an antidepressant is taken to which something could be added."""
    answer: Tri = NO
    found = []
    for taking in facts.context.current:
        row = facts.context.knowledge.treatments.get(taking.treatment or "")
        if row is None or row.main != "yes" or row.kind != "medicine" or row.with_base == "augmentation":
            continue
        answer = tri_or(answer, taking.now)
        found.append(taking)
    sources = tuple(dict.fromkeys(s for taking in found for s in taking.sources))
    return Fact(answer, sources, {"treatments": tuple(taking.name for taking in found)})


def _no_therapy_now(facts: Facts) -> Fact:
    going = [t for t in facts.context.trials_now if t.kind == "psychotherapy"]
    params: dict[str, Param] = {"treatments": tuple(t.treatment for t in going)}
    return Fact(NO if going else YES, _of_trials(going), params)


def _partial_response(facts: Facts) -> Fact:
    trials = [t for t in _medicines_now(facts) if t.outcome.result == "partial"]
    return Fact(YES if trials else NO, _of_trials(trials), {"treatments": tuple(t.treatment for t in trials)})


def _recorded(facts: Facts, *names: str, now: bool = False) -> Fact:
    rows = [
        row
        for name in names
        if (state := facts.context.find(name)).state == "recorded"
        for row in state.rows
        if not now or facts.context.still(row) == YES
    ]
    return Fact(YES if rows else UNKNOWN, sources_of(rows))


def _returning(facts: Facts) -> Fact:
    episodes = facts.context.judged.episodes
    if len(episodes) > 1:
        return Fact(YES, tuple(dict.fromkeys(s for e in episodes for s in e.sources)))
    return _recorded(facts, "mdd_recurrent")


#: The facts by name, beside ``check:`` and ``failures_``.
FACTS: Final[dict[str, Callable[[Facts], Fact]]] = {
    "always": _always,
    "urgent": _urgent,
    "danger_and_severe": _danger_and_severe,
    "mild_now": lambda facts: _severity(facts, "mild"),
    "bipolar_signs": _bipolar_signs,
    "no_depression": _no_depression,
    "depression": lambda facts: Fact(NO if facts.context.judged.applicable is not None else YES),
    "intake_open": _intake_open,
    "medicine_now": _medicine_now,
    "trial_running": _medicine_now,
    "dose_low": lambda facts: _judged(facts, "dose", NO),
    "dose_open": lambda facts: _judged(facts, "dose", UNKNOWN),
    "dose_may_rise": _dose_may_rise,
    "trial_short": lambda facts: _judged(facts, "duration", NO),
    "time_left": _time_left,
    "base_antidepressant": _base_antidepressant,
    "no_therapy_now": _no_therapy_now,
    "partial_response": _partial_response,
    "chronic": lambda facts: facts.find("check:chronic_course"),
    "seasonal": lambda facts: _recorded(facts, "seasonal_affective_disorder"),
    "returning": _returning,
    "postpartum": lambda facts: _recorded(facts, "postpartum", "postpartum_depression", now=True),
    "cooccurring": lambda facts: facts.any_of(
        tuple(CHECK + name for name in ("anxiety", "trauma", "adhd", "eating", "personality"))
    ),
}
