"""How definitions, staging models and instruments judge trials; equal policies are judged once."""

from __future__ import annotations

import msgspec

from opentrd.knowledge.definition import Definition
from opentrd.rules.days import DAYS_PER_WEEK


class JudgePolicy(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """The parameters of a judgement.

    ``min_days`` overrides the instrument's time for what is counted in days; the flags say what may count.
    """

    instrument: str
    dose: str = "instrument"
    min_days: int | None = None
    intake: str = "assumed"
    outcome: str = "score_or_report"
    failure: str = "no_response"
    failure_below: float | None = None
    augmentation: bool = False
    combination: bool = False
    psychotherapy: bool = False
    stimulation: bool = False
    esketamine: bool = True
    intolerance: bool = False
    lost_response: bool = False
    classes: tuple[str, ...] = ()

    def core(self) -> JudgePolicy:
        """Return the policy without what it asks of role and class: trials that pass are judged by this."""
        return msgspec.structs.replace(
            self,
            augmentation=False,
            combination=False,
            psychotherapy=False,
            stimulation=False,
            esketamine=True,
            classes=(),
        )


def policy_of(definition: Definition, instrument: str) -> JudgePolicy:
    """Return the policy of a definition; ``instrument`` fills in where the source names none."""
    c = definition.counts
    return JudgePolicy(
        instrument=definition.instrument or instrument,
        dose=definition.policy.dose,
        min_days=None if definition.min_weeks is None else round(definition.min_weeks * DAYS_PER_WEEK),
        intake=definition.policy.intake,
        outcome=definition.policy.outcome,
        failure=definition.failure,
        failure_below=definition.failure_below,
        augmentation=c.augmentation,
        combination=c.combination,
        psychotherapy=c.psychotherapy,
        stimulation=c.stimulation,
        esketamine=c.esketamine,
        intolerance=c.intolerance,
        lost_response=c.lost_response,
        classes=definition.classes,
    )
