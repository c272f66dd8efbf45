"""Definitions that count regimens started, as rules for claims and registers do.

Courses are joined across the definition's own gap. A new regimen is the first start of another medicine; the ones
before it must have lasted as long as the definition asks. What a course was for is not asked: such rules see
supplies only.
"""

from __future__ import annotations

from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.knowledge.definition import Definition
from opentrd.rules.case import Case, Count, episode_span
from opentrd.rules.eras import join_steps
from opentrd.rules.model import DoseStep, Episode
from opentrd.rules.streams import by_sessions
from opentrd.statement import Statement


def count_regimens(definition: Definition, episode: Episode | None, case: Case, instrument: str) -> Count:
    """Count the regimens started, each after earlier ones that lasted long enough, within the window."""
    courses = _courses(definition, episode, case)
    regimens: list[tuple[int, int, str, Tri, tuple[str, ...]]] = []
    seen: set[str] = set()
    for steps in courses:
        first, last = steps[0], max(steps, key=lambda s: s.end)
        treatment = first.treatment
        if definition.distinct == "treatment" and treatment in seen:
            continue
        together = any(
            end - first.start > case.book.conventions.cross_taper_days for _, end, _, _, _ in regimens
        )
        if together and not _adds(definition, treatment, case):
            continue
        seen.add(treatment)
        low, high = _days(definition, steps, case, instrument)
        need = definition.adequate_days or 0
        lasted: Tri = YES if low >= need else NO if high < need else UNKNOWN
        sources = tuple(sorted({source for step in steps for source in step.sources}))
        regimens.append((first.start, last.end, treatment, lasted, sources))
    best = Count(certain=0, possible=0, needed=definition.number)
    for n, (start, _, _, _, _) in enumerate(regimens):
        window = definition.window_days
        earlier = [r for r in regimens[:n] if window is None or start - r[0] <= window]
        own = regimens[n][3] if definition.last_adequate else YES
        certain = (own == YES) + sum(1 for r in earlier if r[3] == YES)
        possible = (own != NO) + sum(1 for r in earlier if r[3] != NO)
        if (certain, possible) > (best.certain, best.possible):
            met = (
                best.first_met
                if best.first_met is not None
                else start
                if certain >= definition.number
                else None
            )
            best = Count(
                certain=certain,
                possible=possible,
                needed=definition.number,
                first_met=met,
                why=tuple(
                    Statement("status.regimen", {"treatment": r[2], "start": r[0]}, r[4])
                    for r in [*earlier, regimens[n]]
                ),
            )
    return best


def _courses(definition: Definition, episode: Episode | None, case: Case) -> list[list[DoseStep]]:
    gap = definition.gap_days if definition.gap_days is not None else case.book.conventions.era_gap_days
    begin, finish = episode_span(case, episode)
    courses = []
    for treatment, steps in case.streams.steps.items():
        row = case.book.treatments[treatment]
        counted = row.main == "yes" or (definition.counts.augmentation and row.add_on == "yes")
        if row.kind == "stimulation":
            counted = definition.counts.stimulation
        elif row.kind != "medicine" or (
            by_sessions(case.book, treatment) and not definition.counts.esketamine
        ):
            counted = False
        if definition.classes and row.class_ not in definition.classes:
            counted = False
        if counted:
            courses += [c for c in join_steps(steps, gap) if begin <= c[0].start < finish]
    return sorted(courses, key=lambda c: (c[0].start, c[0].treatment))


def _days(definition: Definition, steps: list[DoseStep], case: Case, instrument: str) -> tuple[int, int]:
    """Return the certain and possible days of a course; at an adequate dose where the definition asks for one."""
    low = max(0, max(s.end_earliest for s in steps if s.certain or len(steps) == 1) - steps[0].start_latest)
    high = max(s.end_latest for s in steps) - steps[0].start_earliest
    if definition.policy.dose == "ignored":
        return low, max(low, high)
    need = case.book.need(definition.instrument or instrument, steps[0].treatment, steps[0].formulation, None)
    if need is None or need.min_dose is None:
        return 0, max(low, high)
    if any(s.dose_low is None or s.dose_low < need.min_dose for s in steps):
        low = sum(
            max(0, s.end_earliest - s.start_latest)
            for s in steps
            if s.dose_low is not None and s.dose_low >= need.min_dose
        )
    if all(s.dose_high is not None and s.dose_high < need.min_dose for s in steps):
        high = 0
    return min(low, high), high


def _adds(definition: Definition, treatment: str, case: Case) -> bool:
    """Tell whether something added to a course that goes on is a new regimen under this definition."""
    main = case.book.treatments[treatment].main == "yes"
    return definition.counts.combination if main else definition.counts.augmentation
