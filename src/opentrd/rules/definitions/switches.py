"""Definitions that count switches between medicines, read from the dates on which prescriptions were issued.

A prescription episode of a medicine ends where more than ``gap_days`` lie before its next prescription (where
the source names no gap: more than a switch may take). A valid switch leaves a medicine taken for at least
``adequate_days`` for another one issued within ``switch_within_days`` of its last prescription. Days are
calendar days. Source: the definition; for the rule with fourteen weeks Fabbri 2021, Mol Psychiatry 26:3363
(PMC8505242), as its authors' script works.
"""

from __future__ import annotations

from functools import lru_cache

from opentrd.knowledge.definition import Definition
from opentrd.rules.case import Case, Count, Issue
from opentrd.rules.rulebook import RuleBook
from opentrd.statement import Param, Statement


def count_switches(definition: Definition, case: Case) -> Count:
    """Count valid switches out of different medicines; nothing is uncertain in issue dates but the dates."""
    issues = case.issues.get(definition.sees_classes)
    if issues is None:
        issues = case.issues[definition.sees_classes] = _issues(definition, case)
    window = definition.window_days
    if window is not None:
        issues = [issue for issue in issues if issue[0] - issues[0][0] <= window]
    begun: dict[str, int] = {}
    for day, treatment, _, _ in issues:
        begun.setdefault(treatment, day)
    needed = definition.number
    enough = definition.min_distinct_lifetime or 0
    valid = _valid_switches(definition, issues, case.book)
    first_met: int | None = None
    counted: set[str] = set()
    why: list[Statement] = []
    for day, from_treatment, to_treatment, sources in valid:
        key = from_treatment if definition.distinct == "treatment" else f"{from_treatment}@{day}"
        if key in counted:
            continue
        counted.add(key)
        said: dict[str, Param] = {"treatment": from_treatment, "next": to_treatment, "day": day}
        why.append(Statement("status.switch", said, sources))
        if len(counted) == needed:
            first_met = day
    count = len(counted)
    if first_met is not None and len(begun) < enough:
        count, first_met = needed - 1, None
        why.append(Statement("status.too_few_medicines", {"count": len(begun), "needed": enough}))
    elif first_met is not None and enough:
        first_met = max(first_met, sorted(begun.values())[enough - 1])
    return Count(certain=count, possible=count, needed=needed, first_met=first_met, why=tuple(why))


def _issues(definition: Definition, case: Case) -> list[Issue]:
    """Return the issue days of main medicines: of orders where a medicine has any, else of other lines."""
    seen = _seen(case.book, definition.sees_classes)
    horizon, adult = case.horizon, case.perhaps_adult
    orders: list[Issue] = []
    others: list[Issue] = []
    ordered: set[str] = set()
    for x in case.exposures:
        day = x.start_earliest
        if day is None:
            continue
        latest = x.start_latest
        if latest is not None:
            day = (day + latest) // 2
        for treatment in seen.get(x.treatment, ()):
            issues = others
            if x.origin == "order":
                ordered.add(treatment)
                issues = orders
            if adult <= day < horizon:
                issues.append((day, treatment, x.strength or x.dose_high or 0.0, x.source_ids))
    issues = sorted(orders + [issue for issue in others if issue[1] not in ordered])
    return [issue for n, issue in enumerate(issues) if n == 0 or _differ(issue, issues[n - 1])]


def _differ(one: Issue, other: Issue) -> bool:
    """Tell whether two issues are of different days, medicines or strengths."""
    return one[0] != other[0] or one[:3] != other[:3]


@lru_cache(maxsize=64)
def _seen(book: RuleBook, classes: tuple[str, ...]) -> dict[str | None, tuple[str, ...]]:
    """Return the main medicines (of some classes) that each treatment of a line holds."""
    rows = book.treatments
    return {
        treatment: tuple(
            part
            for part in parts
            if rows[part].kind == "medicine"
            and rows[part].main == "yes"
            and (not classes or rows[part].class_ in classes)
        )
        for treatment, parts in book.parts.items()
    }


def _valid_switches(
    definition: Definition, issues: list[Issue], book: RuleBook
) -> list[tuple[int, str, str, tuple[str, ...]]]:
    positions: dict[str, list[int]] = {}
    for n, issue in enumerate(issues):
        positions.setdefault(issue[1], []).append(n)
    gap = definition.gap_days if definition.gap_days is not None else definition.switch_within_days
    within, least = definition.switch_within_days, definition.adequate_days or 0
    found = []
    for treatment, at in positions.items():
        if definition.classes and book.treatments[treatment].class_ not in definition.classes:
            continue
        for first, last in _episodes(issues, at, gap):
            switch = _switch_out(issues, first, last, within, least)
            if switch is not None:
                found.append((switch[0], treatment, switch[1], switch[2]))
    return sorted(found)


def _episodes(issues: list[Issue], at: list[int], gap: int | None) -> list[tuple[int, int]]:
    """Return the first and last position of each run of one medicine's prescriptions.

    A run ends where more than ``gap`` days lie before the next prescription.
    """
    if gap is None:
        return [(at[0], at[-1])]
    episodes = []
    first = last = at[0]
    for n in at:
        if issues[n][0] - issues[last][0] > gap:
            episodes.append((first, last))
            first = n
        last = n
    episodes.append((first, last))
    return episodes


def _switch_out(
    issues: list[Issue], begun: int, last: int, within: int | None, least: int
) -> tuple[int, str, tuple[str, ...]] | None:
    """Return day, next medicine and sources where the last prescription of an episode is a valid switch."""
    if last + 1 >= len(issues):
        return None
    first, following = issues[begun], issues[last + 1]
    distance = following[0] - issues[last][0]
    length = issues[last][0] - first[0]
    if length == 0:
        to_next = issues[begun + 1][0] - first[0]
        if within is None or to_next <= within:
            length = to_next
    if (
        following[1] == first[1]
        or distance <= 0
        or (within is not None and distance > within)
        or length < least
    ):
        return None
    return following[0], following[1], issues[last][3] + following[3]
