"""Stage 7, status: the verdict of every definition, for every episode, in one pass.

``met`` when what is certain suffices, ``not_met`` when even what is possible does not, ``undetermined`` when
missing facts decide, ``excluded`` with the exclusion, ``not_applicable`` where adult rules of depression do
not apply. What a definition leaves open is read as its text says; where the other end would change the
verdict, that is said beside it.
"""

from __future__ import annotations

import msgspec

from opentrd.kleene import UNKNOWN, YES
from opentrd.knowledge.definition import Definition
from opentrd.rules.case import NUMBERS, SAID, Case, Count
from opentrd.rules.definitions.distinct_medicines import count_distinct
from opentrd.rules.definitions.failed_trials import assumed_against, count_failed_trials
from opentrd.rules.definitions.regimens_started import count_regimens
from opentrd.rules.definitions.staging_at_least import count_staging
from opentrd.rules.definitions.switches import count_switches
from opentrd.rules.exclusions import Excluded, Exclusions
from opentrd.rules.model import Episode, Status
from opentrd.statement import Statement

MET, NOT_MET, UNDETERMINED, EXCLUDED, NOT_APPLICABLE = (
    "met",
    "not_met",
    "undetermined",
    "excluded",
    "not_applicable",
)


def build_status(
    definitions: list[Definition],
    case: Case,
    instrument: str,
    reason: Statement | None,
    *,
    readings: bool = True,
) -> list[Status]:
    """Return the verdicts in the order of the definitions and of the episodes.

    ``reason`` is why no verdict applies to this person, or ``None``; ``readings``: say also where the other
    reading of what a definition leaves open would change its verdict.
    """
    rows = []
    for definition in definitions:
        if is_part(definition):
            continue
        for episode in _episodes(definition, case):
            if reason is not None:
                rows.append(
                    _row(definition, episode, NOT_APPLICABLE, Count(0, 0, _needed(definition)), why=(reason,))
                )
            else:
                rows.append(_judge(definition, episode, case, instrument, readings=readings))
    return rows


def is_part(definition: Definition) -> bool:
    """Tell whether a definition is only a part of another one (its id says so)."""
    return "." in definition.definition


def _episodes(definition: Definition, case: Case) -> list[Episode | None]:
    if definition.scope == "episode" and case.episodes:
        return list(case.episodes)
    return [None]


def _judge(
    definition: Definition, episode: Episode | None, case: Case, instrument: str, *, readings: bool
) -> Status:
    count = count_of(definition, episode, case, instrument)
    verdict, excluded = _verdict(definition, count, case.exclusions)
    why = count.why
    if verdict == EXCLUDED or (excluded.present == UNKNOWN and verdict == UNDETERMINED):
        assert excluded.statement is not None
        why = (excluded.statement, *why)
    assumptions: tuple[Statement, ...] = ()
    if verdict in (MET, UNDETERMINED):
        assumptions = (*count.assumptions, *excluded.assumptions)
    elif verdict == NOT_MET:
        named = [case.book.definitions[name] for name in definition.any_of] or [definition]
        assumptions = tuple(a for d in named for a in assumed_against(d, episode, case, instrument))
    return _row(
        definition,
        episode,
        verdict,
        count,
        exclusion=excluded.name if verdict in (EXCLUDED, UNDETERMINED) else None,
        why=why,
        assumptions=assumptions,
        opened=tuple(_other_ends(definition, episode, case, instrument, verdict)) if readings else (),
    )


def _verdict(definition: Definition, count: Count, exclusions: Exclusions) -> tuple[str, Excluded]:
    """Put the count and the exclusions together."""
    must_be_stated = definition.policy.exclusions == "must_be_stated"
    excluded = exclusions.check(definition.exclude, must_be_stated=must_be_stated)
    if excluded.present == YES:
        return EXCLUDED, excluded
    verdict = verdict_of(count)
    if excluded.present == UNKNOWN and verdict == MET:
        verdict = UNDETERMINED
    return verdict, excluded


def count_of(
    definition: Definition, episode: Episode | None, case: Case, instrument: str, detail: int = SAID
) -> Count:
    """Count what a definition asks for, by its kind."""
    if definition.scope != "episode" and definition.kind != "any_of":
        episode = None
    if definition.kind == "failed_trials":
        return count_failed_trials(definition, episode, case, instrument, detail)
    if definition.kind == "regimens_started":
        return count_regimens(definition, episode, case, instrument, detail)
    if definition.kind == "switches":
        return count_switches(definition, case)
    if definition.kind == "distinct_medicines":
        return count_distinct(definition, episode, case)
    if definition.kind == "staging_at_least":
        return count_staging(definition, episode, case, instrument, detail)
    return _any_of(definition, episode, case, instrument, detail)


def _any_of(
    definition: Definition, episode: Episode | None, case: Case, instrument: str, detail: int
) -> Count:
    """The part that is nearest to met speaks for the whole: met before open before not met."""
    named = (case.book.definitions[name] for name in definition.any_of)
    parts = [count_of(part, episode, case, instrument, detail) for part in named]
    order = {MET: 0, UNDETERMINED: 1, NOT_MET: 2}
    best = min(parts, key=lambda c: (order[verdict_of(c)], c.needed - c.certain))
    days = [c.first_met for c in parts if verdict_of(c) == MET and c.first_met is not None]
    return msgspec.structs.replace(best, first_met=min(days)) if days else best


def verdict_of(count: Count) -> str:
    """Return what the counts say: met, not met or undetermined."""
    if count.reached(count.certain):
        return MET
    return UNDETERMINED if count.reached(count.possible) else NOT_MET


def _other_ends(
    definition: Definition,
    episode: Episode | None,
    case: Case,
    instrument: str,
    verdict: str,
) -> list[Statement]:
    """Say for each open parameter whether its other end would change the verdict."""
    said = []
    for opening, other in case.book.other_ends(definition):
        count = count_of(other, episode, case, instrument, NUMBERS)
        changed, _ = _verdict(other, count, case.exclusions)
        if changed != verdict:
            said.append(
                Statement(
                    "status.open",
                    {
                        "parameter": opening.parameter,
                        "reading": opening.reading,
                        "other": str(opening.other),
                        "verdict": changed,
                    },
                    citations=(f"definition:{definition.definition}",),
                )
            )
    return said


def _needed(definition: Definition) -> float:
    if definition.kind == "staging_at_least":
        return definition.above if definition.above is not None else definition.at_least or 0
    return definition.number


def _row(
    definition: Definition,
    episode: Episode | None,
    verdict: str,
    count: Count,
    *,
    why: tuple[Statement, ...] = (),
    exclusion: str | None = None,
    assumptions: tuple[Statement, ...] = (),
    opened: tuple[Statement, ...] = (),
) -> Status:
    return Status(
        definition=definition.definition,
        name=definition.name,
        episode=episode.id if episode is not None else None,
        headline=definition.headline,
        verdict=verdict,
        certain=count.certain,
        possible=count.possible,
        needed=count.needed,
        first_met=count.first_met if verdict == MET else None,
        exclusion=exclusion,
        assumptions=assumptions,
        questions=(),
        why=why,
        opened=opened,
        decisive=count.decisive,
        citation=f"definition:{definition.definition}",
    )
