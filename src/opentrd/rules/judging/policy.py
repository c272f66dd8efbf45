"""How definitions, staging models and instruments judge trials; equal policies are judged once."""

from __future__ import annotations

import msgspec

from opentrd.knowledge.definition import Definition
from opentrd.knowledge.schema import StagingModel
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


def policy_of_model(model: StagingModel, instrument: str) -> JudgePolicy:
    """Return the policy by which a staging model judges trials; ``instrument`` where it names none."""
    return JudgePolicy(
        instrument=model.instrument or instrument,
        dose=model.dose,
        min_days=None if model.min_weeks is None else round(model.min_weeks * DAYS_PER_WEEK),
        intake="ignored" if model.outcome == "ignored" else "assumed",
        outcome="ignored" if model.outcome == "ignored" else "score_or_report",
        failure="no_remission" if model.outcome == "no_remission" else "no_response",
        failure_below=model.failure_below,
        augmentation=True,
        combination=True,
        stimulation=True,
    )


def policy_of_staged(definition: Definition, model: StagingModel, instrument: str) -> JudgePolicy:
    """Return the policy of a definition by a staging model: the model's, with its own of what is unknown."""
    own = definition.policy
    base = policy_of_model(model, instrument)
    return msgspec.structs.replace(base, intake=own.intake, outcome=own.outcome, dose=own.dose)


def policy_of(definition: Definition, instrument: str) -> JudgePolicy:
    """Return the policy of any other definition; ``instrument`` fills in where the source names none."""
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
