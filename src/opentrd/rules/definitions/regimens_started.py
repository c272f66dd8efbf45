"""Definitions that count regimens started, as rules for claims and registers do.

Courses are joined across the definition's own gap. A regimen is a course of another medicine; the ones before
the deciding one must have lasted, when it began, as long as the definition asks. One that does not count
itself decides nothing, however many came before it. What was added to a course that goes on is a regimen
where the definition counts augmentation or combination. What a course was for is not asked: such rules see
supplies only.
"""

from __future__ import annotations

from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.knowledge.definition import Definition
from opentrd.rules.askable import Way, date_facts, dose_facts
from opentrd.rules.case import NUMBERS, SAID, WAYS, Case, Count, Course, episode_span
from opentrd.rules.eras import join_steps
from opentrd.rules.model import DoseStep, Episode
from opentrd.statement import Statement


def count_regimens(
    definition: Definition, episode: Episode | None, case: Case, instrument: str, detail: int = SAID
) -> Count:
    """Count the regimens started, each after earlier ones that lasted long enough, within the window."""
    need = definition.adequate_days or 0
    best = Count(certain=0, possible=0, needed=definition.number)
    possible = 0
    ways: list[Way] = []
    earlier: list[Course] = []
    for course in _courses(definition, episode, case, instrument):
        if not _is_regimen(definition, course, case):
            continue
        chain = _chain(definition, earlier, course)
        if course.high >= need:
            earlier.append(course)
        own = chain[-1][1]
        certain = sum(1 for _, lasted in chain if lasted == YES) if own == YES else 0
        reach = sum(1 for _, lasted in chain if lasted != NO) if own != NO else 0
        possible = max(possible, reach)
        if detail == WAYS and certain < definition.number <= reach:
            ways += _ways(definition, chain, case)
        if certain > best.certain:
            met = best.first_met
            if met is None and certain >= definition.number:
                met = course.start
            best = Count(certain=certain, possible=certain, needed=definition.number, first_met=met)
            if detail != NUMBERS:
                best.why = tuple(
                    Statement("status.regimen", {"treatment": c.treatment, "start": c.start}, c.sources)
                    for c, lasted in chain
                    if lasted != NO
                )
    best.possible, best.ways = possible, tuple(ways)
    return best


def _chain(definition: Definition, earlier: list[Course], course: Course) -> list[tuple[Course, Tri]]:
    """Return the courses before the deciding one, and last that one, each with whether it counts."""
    need = definition.adequate_days or 0
    chain: dict[str, tuple[Course, Tri]] = {}
    for n, other in enumerate(earlier):
        if definition.window_days is not None and course.start - other.start > definition.window_days:
            continue
        key = other.treatment if definition.distinct == "treatment" else f"{other.treatment}@{n}"
        lasted = other.lasted(need, until=course.start)
        if key != course.treatment and (key not in chain or lasted > chain[key][1]):
            chain[key] = (other, lasted)
    own = course.lasted(need if definition.last_adequate else 0)
    return [*chain.values(), (course, own)]


def _ways(definition: Definition, chain: list[tuple[Course, Tri]], case: Case) -> list[Way]:
    """Return the facts that would show that the deciding course counts, and enough of those before it."""
    *before, (deciding, own) = chain
    asked = sorted(
        (
            facts
            for course, lasted in before
            if lasted == UNKNOWN and (facts := _facts(definition, course, case))
        ),
        key=lambda facts: (len(facts), facts),
    )
    short = max(0, definition.number - 1 - sum(1 for _, lasted in before if lasted == YES))
    of_deciding = _facts(definition, deciding, case) if own == UNKNOWN else ()
    if len(asked) < short or (own == UNKNOWN and not of_deciding):
        return []
    return [(*of_deciding, *(fact for facts in asked[:short] for fact in facts))]


def _facts(definition: Definition, course: Course, case: Case) -> Way:
    facts: list[tuple[str, str]] = []
    for trial in case.trials_in(course):
        if definition.policy.dose != "ignored":
            facts += dose_facts(trial)
        facts += date_facts(trial)
        if trial.era.doubt is not None:
            facts.append(("treatment", trial.id))
    return tuple(facts)


def _courses(definition: Definition, episode: Episode | None, case: Case, instrument: str) -> list[Course]:
    """Return the courses of the episode that the definition sees, in order of start and of treatment."""
    begin, finish = episode_span(case, episode)
    return [
        course
        for course in _joined(definition, case, instrument)
        if begin <= course.start < finish and _seen(definition, course.treatment, case)
    ]


def _joined(definition: Definition, case: Case, instrument: str) -> list[Course]:
    """Join all courses across the definition's gap, once for the definitions that share it."""
    gap = definition.gap_days if definition.gap_days is not None else case.book.conventions.era_gap_days
    dose = None if definition.policy.dose == "ignored" else definition.instrument or instrument
    courses = case.courses.get((gap, dose))
    if courses is None:
        groups = [g for steps in case.streams.steps.values() for g in join_steps(steps, gap)]
        courses = [_course(g, dose, case) for g in groups if not case.under_age(g[0].start)]
        courses.sort(key=lambda c: (c.start, c.treatment))
        for n, course in enumerate(courses):
            course.beside = any(_goes_on(other, course, case) for other in courses[:n])
        case.courses[(gap, dose)] = courses
    return courses


def _course(steps: list[DoseStep], instrument: str | None, case: Case) -> Course:
    first, last = steps[0], max(steps, key=lambda s: s.end)
    low, high = _days(steps, instrument, case)
    course = Course(
        treatment=first.treatment,
        start=first.start,
        start_earliest=first.start_earliest,
        end=last.end,
        low=low,
        high=high,
        doubted=False,
        beside=False,
        sources=tuple(sorted({source for step in steps for source in step.sources})),
    )
    if case.doubted:  # trials are made only where they can tell more
        course.doubted = any(trial.era.doubt is not None for trial in case.trials_in(course))
    return course


def _seen(definition: Definition, treatment: str, case: Case) -> bool:
    """Tell whether the definition counts such a treatment at all."""
    row = case.book.treatments[treatment]
    if definition.classes and row.class_ not in definition.classes:
        return False
    if row.kind == "stimulation":
        return definition.counts.stimulation
    if row.kind != "medicine" or (treatment in case.book.in_sessions and not definition.counts.esketamine):
        return False
    return row.main == "yes" or (definition.counts.augmentation and row.add_on == "yes")


def _is_regimen(definition: Definition, course: Course, case: Case) -> bool:
    """Tell whether a course is a regimen: alone as a main treatment, beside another as the rule says."""
    row = case.book.treatments[course.treatment]
    if not course.beside:
        return row.main == "yes"
    role = row.with_base or ("combination" if row.main == "yes" else "augmentation")
    return definition.counts.augmentation if role == "augmentation" else definition.counts.combination


def _goes_on(other: Course, course: Course, case: Case) -> bool:
    """Tell whether an earlier main course goes on beside this one, longer than a change takes."""
    rest = other.end - course.start
    if rest <= 0 or other.treatment == course.treatment:
        return False
    row = case.book.treatments[other.treatment]
    if row.main != "yes" or row.kind not in ("medicine", "stimulation"):
        return False
    return other.end >= course.end or rest > case.book.conventions.cross_taper_days


def _days(steps: list[DoseStep], instrument: str | None, case: Case) -> tuple[int, int]:
    """Return certain and possible days of a course; at an adequate dose where an instrument is given."""
    sure = [s for s in steps if s.certain] or steps[:1]
    low = max(0, max(s.end_earliest for s in sure) - steps[0].start_latest)
    high = max(low, max(s.end_latest for s in steps) - steps[0].start_earliest)
    if instrument is None:
        return low, high
    need = case.book.need(instrument, steps[0].treatment, steps[0].formulation, None)
    if need is None or need.min_dose is None:
        return 0, high
    least = need.min_dose * (1 - case.book.conventions.lower_dose_tolerance)
    if not all(s.dose_low is not None and s.dose_low >= least for s in steps):
        enough = [s for s in sure if s.dose_low is not None and s.dose_low >= least]
        low = min(low, sum(max(0, s.end_earliest - s.start_latest) for s in enough))
    if not all(s.dose_high is None or s.dose_high >= least for s in steps):
        may = [s for s in steps if s.dose_high is None or s.dose_high >= least]
        high = max(low, sum(max(0, s.end_latest - s.start_earliest) for s in may))
    return low, high
