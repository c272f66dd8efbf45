"""Stage 6, judgements: does a trial count as a failed adequate attempt, as one policy sees it?

A policy is what definitions, staging models and instruments share: which doses, how many weeks, how intake and
outcome are read. Each distinct policy judges each trial once. Certain days decide yes, possible days decide no;
what depends on something that the record does not say stays unknown, with the name of the missing fact.
Source of the rules: the definition's own text (``knowledge/definitions``) and the tables ``adequacy``, ``convention``.
"""

from __future__ import annotations

import msgspec

from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_and
from opentrd.knowledge.definition import Definition
from opentrd.rules.model import DoseStep, Judgement, Trial
from opentrd.rules.outcomes import EXACT
from opentrd.rules.rulebook import DAYS_PER_WEEK, Need, RuleBook
from opentrd.rules.streams import by_sessions
from opentrd.statement import Param, Statement

MAIN_ROLES = ("first", "switch", "continued")


class JudgePolicy(msgspec.Struct, frozen=True):
    """How trials are judged; equal policies are judged once."""

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


def judge(trials: list[Trial], policy: JudgePolicy, book: RuleBook, horizon: int) -> list[Judgement]:
    """Judge every trial under one policy, in the order of the trials."""
    return [judge_trial(trial, policy, book, horizon) for trial in trials]


def judge_trial(trial: Trial, policy: JudgePolicy, book: RuleBook, horizon: int) -> Judgement:
    """Judge one trial: dose, duration, intake, outcome, and whether all together count as a failed attempt."""
    eligible = _eligible(trial, policy, book)
    if eligible is not None:
        return Judgement(
            trial=trial.id,
            counts=NO,
            dose=UNKNOWN,
            duration=UNKNOWN,
            intake=UNKNOWN,
            adequate=UNKNOWN,
            outcome=UNKNOWN,
            settled_on=trial.start,
            missing=(),
            assumptions=(),
            why=(eligible,),
        )
    why: list[Statement] = []
    assumed: list[Statement] = []
    need = book.need(policy.instrument, trial.treatment, _formulation(trial), trial.age)
    if need is not None and need.stand_in is not None and policy.dose == "instrument":
        assumed.append(
            Statement(
                "assumption.stand_in",
                {"instrument": policy.instrument, "stand_in": need.stand_in, "treatment": trial.treatment},
                citations=(need.citation,),
            )
        )
    need_days = _need_days(policy, need, book)
    dose, duration, facts = _dose_and_duration(trial, policy, need, need_days, book, why)
    intake = _intake(trial, policy, book, why, assumed)
    adequate = tri_and(tri_and(dose, duration), intake)
    failed = _failed(trial, policy, book, why)
    counts = tri_and(adequate, failed)
    missing = list(facts)
    if intake == UNKNOWN:
        missing.append("intake")
    if failed == UNKNOWN:
        missing.append("outcome")
    open_still = trial.ongoing != NO and trial.era.end_latest >= horizon
    if duration == NO and open_still and trial.days_high < need_days:
        why.append(
            Statement(
                "judgement.too_early",
                {"treatment": trial.treatment, "days": trial.days_high, "need": need_days},
                trial.sources,
                (need.citation,) if need is not None else (),
            )
        )
    if policy.intolerance and adequate != YES and counts != YES:
        if "adverse" in trial.stopped_for:
            counts, missing = YES, []
            why.append(
                Statement("judgement.intolerance_counts", {"treatment": trial.treatment}, trial.sources)
            )
        elif not trial.stopped_for and trial.ongoing != YES and not open_still:
            counts = UNKNOWN if counts == NO else counts
            missing.append("stop_reason")
    if counts == YES and trial.era.doubt is not None:
        counts = UNKNOWN
        missing.append("treatment")
    if trial.era.doubt is not None:
        why.append(
            Statement(
                "judgement.doubt", {"treatment": trial.treatment, "other": trial.era.doubt}, trial.sources
            )
        )
    if trial.other_use_certain == UNKNOWN and counts != NO:
        counts = UNKNOWN
        if "dose" not in missing:
            missing.append("dose")
        why.append(
            Statement(
                "judgement.maybe_other_use",
                {"treatment": trial.treatment, "use": trial.other_use},
                trial.sources,
                (f"other_use:{trial.treatment}/{trial.other_use}",),
            )
        )
    if trial.adult == UNKNOWN:
        assumed.append(
            Statement("assumption.adult", {}, searched=("birth_date",), citations=("convention:adult_age",))
        )
    last_day = trial.outcome.last_day
    settled = last_day if policy.outcome != "next_treatment" and last_day is not None else trial.judged_end
    return Judgement(
        trial=trial.id,
        counts=counts,
        dose=dose,
        duration=duration,
        intake=intake,
        adequate=adequate,
        outcome=failed,
        settled_on=min(settled, horizon - 1),
        missing=tuple(missing) if counts == UNKNOWN else (),
        assumptions=tuple(assumed),
        why=tuple(why),
    )


def _eligible(trial: Trial, policy: JudgePolicy, book: RuleBook) -> Statement | None:
    """Return why a trial cannot count under this policy at all, or ``None`` where it can."""
    said: dict[str, Param] = {"treatment": trial.treatment, "role": trial.role}
    if trial.adult == NO:
        return Statement("judgement.under_age", said, trial.sources, ("convention:adult_age",))
    role = trial.role
    if role in ("not_for_depression", "add_on_without_base", "lifestyle"):
        return Statement(f"judgement.{role}", {**said, "use": trial.other_use}, trial.sources)
    allowed = (
        (role in MAIN_ROLES)
        or (role == "augmentation" and policy.augmentation)
        or (role == "combination" and policy.combination)
        or (role == "psychotherapy" and policy.psychotherapy)
        or (role == "stimulation" and policy.stimulation)
    )
    if trial.kind == "medicine" and by_sessions(book, trial.treatment):
        allowed = allowed and policy.esketamine
    if not allowed:
        return Statement("judgement.role_not_counted", said, trial.sources)
    if policy.classes and trial.class_ not in policy.classes:
        return Statement("judgement.class_not_counted", {**said, "class": trial.class_}, trial.sources)
    return None


def _formulation(trial: Trial) -> str | None:
    return next((step.formulation for step in trial.era.steps if step.formulation), None)


def _need_days(policy: JudgePolicy, need: Need | None, book: RuleBook) -> int:
    if policy.min_days is not None:
        return policy.min_days
    if need is not None and need.days is not None:
        return need.days
    weeks = book.instruments[policy.instrument].min_weeks
    return 0 if weeks is None else round(weeks * DAYS_PER_WEEK)


def _dose_and_duration(
    trial: Trial, policy: JudgePolicy, need: Need | None, need_days: int, book: RuleBook, why: list[Statement]
) -> tuple[Tri, Tri, list[str]]:
    """Judge dose and duration together: the days that count are those at an adequate dose."""
    cite = (need.citation,) if need is not None else ()
    total_low, total_high = _days(trial, None, trial.era.steps)
    said: dict[str, Param] = {"treatment": trial.treatment, "need_days": need_days}
    if by_sessions(book, trial.treatment):
        return _sessions(trial, policy, need, cite, why)
    if policy.dose == "ignored":
        duration = _enough(total_low, total_high, need_days)
        said.update(low=total_low, high=total_high)
        why.append(Statement(f"judgement.duration.{_word(duration)}", said, trial.sources, cite))
        return YES, duration, ["duration"] if duration == UNKNOWN else []
    if need is None or need.min_dose is None:
        why.append(Statement("judgement.dose.no_minimum", said, trial.sources, searched=("adequacy",)))
        duration = _enough(total_low, total_high, need_days)
        return UNKNOWN, duration, ["minimum"] + (["duration"] if duration == UNKNOWN else [])
    least = need.min_dose * (1 - book.conventions.lower_dose_tolerance)
    low, high = _days(trial, least, trial.era.steps)
    reached = trial.dose_max_low is not None and trial.dose_max_low >= least and low > 0
    dose: Tri = YES if reached else NO if high == 0 else UNKNOWN
    duration = _enough(total_low, total_high, need_days) if dose == NO else _enough(low, high, need_days)
    said.update(
        need=need.min_dose,
        unit=need.dose_unit,
        dose_low=trial.dose_max_low,
        dose_high=trial.dose_max_high,
        low=low,
        high=high,
    )
    why.append(Statement(f"judgement.dose.{_word(dose)}", said, trial.sources, cite))
    if dose != NO:
        why.append(Statement(f"judgement.duration.{_word(duration)}", said, trial.sources, cite))
    facts = []
    if tri_and(dose, duration) == UNKNOWN:
        if any(
            step.dose_low is None or step.dose_high is None or step.dose_low < least <= step.dose_high
            for step in trial.era.steps
        ):
            facts.append("dose")
        if total_low < need_days <= total_high:
            facts.append("duration")
        if not facts:
            facts.append("duration")
    return dose, duration, facts


def _sessions(
    trial: Trial, policy: JudgePolicy, need: Need | None, cite: tuple[str, ...], why: list[Statement]
) -> tuple[Tri, Tri, list[str]]:
    said: dict[str, Param] = {
        "treatment": trial.treatment,
        "low": trial.era.sessions_low,
        "high": trial.era.sessions_high,
        "need": need.min_sessions if need is not None else None,
    }
    if need is None or (need.min_sessions is None and need.days is None):
        why.append(Statement("judgement.sessions.no_minimum", said, trial.sources, searched=("adequacy",)))
        return UNKNOWN, UNKNOWN, ["minimum"]
    if need.min_sessions is None:
        low, high = _days(trial, None, trial.era.steps)
        days = need.days if need.days is not None else 0
        duration = _enough(low, high, days)
        said.update(need_days=days, low=low, high=high)
        why.append(Statement(f"judgement.duration.{_word(duration)}", said, trial.sources, cite))
        return YES, duration, ["duration"] if duration == UNKNOWN else []
    low_count, high_count = trial.era.sessions_low, trial.era.sessions_high
    duration = UNKNOWN
    if low_count is not None and low_count >= need.min_sessions:
        duration = YES
    elif high_count is not None and high_count < need.min_sessions:
        duration = NO
    why.append(Statement(f"judgement.sessions.{_word(duration)}", said, trial.sources, cite))
    dose: Tri = YES
    if need.min_dose is not None and policy.dose == "instrument":
        doses = [(s.dose_low, s.dose_high) for s in trial.era.steps]
        if any(high is not None and high < need.min_dose for _, high in doses):
            dose = NO
        elif any(low is None or low < need.min_dose for low, _ in doses):
            dose = UNKNOWN
    facts = (["sessions"] if duration == UNKNOWN else []) + (["dose"] if dose == UNKNOWN else [])
    return dose, duration, facts


def _days(trial: Trial, least: float | None, steps: list[DoseStep]) -> tuple[int, int]:
    """Count the certain and the possible days (at ``least`` or more); gaps between two such steps count with them."""
    low = high = 0
    low_reach: int | None = None
    high_reach: int | None = None
    for step in steps:
        certain = step.certain and (least is None or (step.dose_low is not None and step.dose_low >= least))
        possible = least is None or step.dose_high is None or step.dose_high >= least
        if certain:
            begin = step.start_latest if low_reach is None else low_reach
            finish = min(step.end_earliest, trial.judged_end_low)
            low += max(0, finish - begin)
            low_reach = max(begin, finish)
        elif step.certain:
            low_reach = None
        if possible:
            begin = step.start_earliest if high_reach is None else high_reach
            finish = min(step.end_latest, trial.judged_end_high)
            high += max(0, finish - begin)
            high_reach = max(begin, finish)
        else:
            high_reach = None
    return low, max(low, high)


def _enough(low: int, high: int, need: int) -> Tri:
    """Return yes when even the certain days suffice, no when even the possible days do not."""
    return YES if low >= need else NO if high < need else UNKNOWN


def _intake(
    trial: Trial, policy: JudgePolicy, book: RuleBook, why: list[Statement], assumed: list[Statement]
) -> Tri:
    """Judge whether it was taken; collected medicine is taken unless the record speaks against it."""
    if policy.intake == "ignored" or trial.kind != "medicine":
        return YES
    least = book.conventions.pdc_adequate
    told = trial.taken_low is not None or trial.taken_high is not None
    low = trial.taken_low if told else trial.pdc_low
    high = trial.taken_high if told else trial.pdc_high
    administered = all(step.origin == "administration" for step in trial.era.steps)
    if administered and not told:
        low = high = 1.0
    said: dict[str, Param] = {"treatment": trial.treatment, "low": low, "high": high, "need": least}
    cite = ("convention:pdc_adequate",)
    if high is not None and high < least:
        why.append(Statement("judgement.intake.no", said, trial.sources, cite))
        return NO
    if low is not None and low >= least:
        why.append(Statement("judgement.intake.yes", said, trial.sources, cite))
        if not told and not administered:
            assumed.append(
                Statement("assumption.collected_taken", {"treatment": trial.treatment}, trial.sources, cite)
            )
        return YES
    if policy.intake == "assumed":
        assumed.append(
            Statement("assumption.taken", {"treatment": trial.treatment}, trial.sources, cite, ("intake",))
        )
        return YES
    why.append(Statement("judgement.intake.unknown", said, trial.sources, cite, ("intake",)))
    return UNKNOWN


def _failed(trial: Trial, policy: JudgePolicy, book: RuleBook, why: list[Statement]) -> Tri:
    """Judge whether the trial failed, by the definition's own threshold."""
    o = trial.outcome
    if policy.outcome == "ignored":
        return YES
    if policy.outcome == "next_treatment":
        within = book.conventions.proxy_next_days
        followed = trial.next_start is not None and trial.next_start - trial.judged_end <= within
        key = "judgement.next_treatment.yes" if followed else "judgement.next_treatment.no"
        said: dict[str, Param] = {"treatment": trial.treatment, "day": trial.next_start, "within": within}
        why.append(Statement(key, said, trial.sources, ("convention:proxy_next_days",)))
        return YES if followed else NO
    why.extend(o.why)
    if policy.outcome == "score" and o.basis != "score":
        return UNKNOWN
    if o.lost_response == YES and not policy.lost_response:
        why.append(Statement("judgement.lost_not_counted", {"treatment": trial.treatment}, o.sources))
        return NO
    if policy.failure == "no_remission":
        return YES if o.remission == NO else NO if o.remission == YES else UNKNOWN
    if o.remission == YES:
        return NO
    limit = policy.failure_below if policy.failure_below is not None else _response_percent(trial, book)
    if o.improvement_low >= limit:
        return NO
    if o.improvement_high <= limit + 2 * EXACT and o.improvement_low < limit:
        return YES
    return UNKNOWN


def _response_percent(trial: Trial, book: RuleBook) -> float:
    """The scale's own limit of response, or that of the best-ranked scale where no score speaks."""
    if trial.outcome.scale is not None:
        percent = book.scales[trial.outcome.scale].response_percent
        if percent is not None:
            return percent
    return book.usual_response_percent


def _word(value: Tri) -> str:
    return "yes" if value == YES else "no" if value == NO else "unknown"
