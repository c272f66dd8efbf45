"""Were the treatments given a proper chance: taken, collected, long enough, at a full dose?"""

from __future__ import annotations

from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.knowledge.schema import Check
from opentrd.review.checks.line import Evidence, line_of
from opentrd.review.checks.signs import look
from opentrd.review.context import ReviewContext
from opentrd.review.model import ReviewLine
from opentrd.rules.model import Trial
from opentrd.statement import Param, Statement

MEDICINE = "medicine"
CITE = ("convention:pdc_adequate",)
TAKEN = ("review.taken_told", "review.taken_supplies")


def adherence_trial(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """One line for each trial of a medicine in the present episode: were doses missed?"""
    trials = [t for t in context.trials if t.kind == MEDICINE]
    if not trials:
        return [line_of(check, Evidence(searched=["intake"]))]
    return [_line(context, check, [trial]) for trial in trials]


def adherence_now(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """The same for what is taken now, and where a diagnosis says that medicine is not taken."""
    trials = [t for t in context.trials_now if t.kind == MEDICINE]
    found = look(context, check)
    now = [row for name in ("non_adherence",) for row in context.find(name).rows if context.still(row) == YES]
    found.present = [s for s in found.present if any(set(row.source_ids) & set(s.sources) for row in now)]
    return [_line(context, check, trials, found)]


def _line(
    context: ReviewContext, check: Check, trials: list[Trial], found: Evidence | None = None
) -> ReviewLine:
    found = found or Evidence()
    found.searched.append("intake")
    for trial in trials:
        _intake(context, trial, found)
    if len([s for s in found.absent if s.key in TAKEN]) < len(trials):
        found.aside.extend(found.absent)
        found.absent = []
    params: dict[str, Param] = {"treatments": tuple(t.treatment for t in trials) or None}
    return line_of(check, found, params)


def _intake(context: ReviewContext, trial: Trial, found: Evidence) -> None:
    """Say what is known of how one trial was taken; days covered by supplies where nobody told."""
    enough = context.book.conventions.pdc_adequate
    told = trial.taken_low is not None or trial.taken_high is not None
    low = trial.taken_low if told else trial.pdc_low
    high = trial.taken_high if told else trial.pdc_high
    params: dict[str, Param] = {
        "trial": trial.id,
        "treatment": trial.treatment,
        "low": low,
        "high": high,
        "limit": enough,
    }
    how = "told" if told else "supplies"
    if high is not None and high < enough:
        found.present.append(Statement(f"review.missed_{how}", params, trial.sources, CITE))
    elif low is not None and low >= enough:
        found.absent.append(Statement(f"review.taken_{how}", params, trial.sources, CITE))
    elif low is not None or high is not None:
        found.aside.append(Statement(f"review.intake_partly_{how}", params, trial.sources, CITE))
    else:
        found.aside.append(Statement("review.intake_unknown", params, trial.sources, (), ("intake",)))


def uncollected(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """Prescriptions that were not collected."""
    found = Evidence(searched=["supply"])
    rows = [e for e in context.record.exposures if e.treatment in context.book.treatments]
    for row in rows:
        params: dict[str, Param] = {"treatment": row.treatment, "day": row.start_earliest}
        if row.collected == NO:
            found.present.append(Statement("review.not_collected", params, row.source_ids))
    collected = [e for e in rows if e.origin in ("dispense", "administration") and e.collected != NO]
    if collected and not found.present:
        last = max(collected, key=lambda e: e.start_latest or 0)
        params = {"treatment": last.treatment, "day": last.start_earliest}
        found.absent.append(Statement("review.collected", params, last.source_ids))
    return [line_of(check, found)]


def stopped_early(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """Medicines of the episode that were stopped before they could show anything."""
    found = Evidence(searched=["treatment"])
    limit = int(context.convention("stopped_early_days"))
    cite = ("convention:stopped_early_days",)
    for trial in context.trials:
        if trial.kind != MEDICINE or trial in context.trials_now:
            continue
        params: dict[str, Param] = {
            "trial": trial.id,
            "treatment": trial.treatment,
            "days": trial.days_high,
            "limit": limit,
        }
        if trial.days_high < limit:
            found.present.append(Statement("review.stopped_early", params, trial.sources, cite))
        elif trial.days_low >= limit:
            found.absent.append(Statement("review.not_stopped_early", params, trial.sources, cite))
        else:
            found.aside.append(Statement("review.length_unknown", params, trial.sources, cite))
    if found.absent and found.aside:
        found.aside.extend(found.absent)
        found.absent = []
    return [line_of(check, found)]


def dose_reached(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """Medicines of the episode whose dose stayed below what the chosen instrument asks."""
    found = Evidence(searched=["dose"])
    for trial in context.trials:
        judgement = context.judgement(trial)
        if trial.kind != MEDICINE or judgement is None:
            continue
        cited = tuple(c for s in judgement.why for c in s.citations if c.startswith("adequacy:"))
        params: dict[str, Param] = {
            "trial": trial.id,
            "treatment": trial.treatment,
            "low": trial.dose_max_low,
            "high": trial.dose_max_high,
            "unit": trial.dose_unit,
        }
        kinds: dict[Tri, tuple[str, list[Statement]]] = {
            NO: ("review.dose_low", found.present),
            YES: ("review.dose_reached", found.absent),
            UNKNOWN: ("review.dose_unknown", found.aside),
        }
        key, into = kinds[judgement.dose]
        into.append(Statement(key, params, trial.sources, cited, () if cited else ("dose",)))
    if found.absent and any(s.key == "review.dose_unknown" for s in found.aside):
        found.aside.extend(found.absent)
        found.absent = []
    return [line_of(check, found)]
