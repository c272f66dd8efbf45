"""Was it taken? What was told counts first, then supplies; collected medicine counts as taken.

Days on which it was given by staff are certain; the days between are not, but nothing speaks against them.
Policy ``required``: it must be shown; ``assumed``: unless the record speaks against it; ``ignored``: not
asked. Source: table ``convention`` (``pdc_adequate``).
"""

from __future__ import annotations

import msgspec

from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.rules.model import Trial
from opentrd.rules.rulebook import RuleBook
from opentrd.statement import Param, Statement

CITE = ("convention:pdc_adequate",)


class Taken(msgspec.Struct, gc=False):
    """Whether a trial was taken, why, and what was assumed for it."""

    answer: Tri
    why: tuple[Statement, ...] = ()
    assumptions: tuple[Statement, ...] = ()


def _given(trial: Trial) -> float:
    """The share of the days of a course on which the medicine was given by staff."""
    days = {day for step in trial.era.steps for day in range(step.start, max(step.end, step.start + 1))}
    return len(days) / max(1, trial.era.end - trial.era.start, len(days))


def judge_intake(trial: Trial, policy: str, book: RuleBook) -> Taken:
    """Judge the intake of one trial under an intake policy."""
    if policy == "ignored" or trial.kind != "medicine":
        return Taken(YES)
    least = book.conventions.pdc_adequate
    told = trial.taken_low is not None or trial.taken_high is not None
    low = trial.taken_low if told else trial.pdc_low
    high = trial.taken_high if told else trial.pdc_high
    administered = not told and all(step.origin == "administration" for step in trial.era.steps)
    if administered:
        low, high = _given(trial), 1.0
    said: dict[str, Param] = {"treatment": trial.treatment, "low": low, "high": high, "need": least}
    if high is not None and high < least:
        return Taken(NO, (Statement("judgement.intake.no", said, trial.sources, CITE),))
    if low is not None and low >= least:
        why = (Statement("judgement.intake.yes", said, trial.sources, CITE),)
        if told or administered:
            return Taken(YES, why)
        assumed = Statement("assumption.collected_taken", {"treatment": trial.treatment}, trial.sources, CITE)
        return Taken(YES, why, (assumed,))
    if policy == "assumed":
        assumed = Statement(
            "assumption.taken", {"treatment": trial.treatment}, trial.sources, CITE, ("intake",)
        )
        return Taken(YES, (), (assumed,))
    return Taken(UNKNOWN, (Statement("judgement.intake.unknown", said, trial.sources, CITE, ("intake",)),))
