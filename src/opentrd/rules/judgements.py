"""Stage 6, judgements: does a trial count as a failed adequate attempt, as one policy sees it?

Dose and duration, intake and failure are judged by one function each (folder ``judging``), once for all the
policies that share them; a judgement puts them together. What depends on something that the record does not
say stays unknown, with the name of the missing fact. Source of the rules: the definitions, ``adequacy``,
``convention``.
"""

from __future__ import annotations

from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_and
from opentrd.rules.judging.dose_and_duration import Days, Measured, measure
from opentrd.rules.judging.failure import judge_failure
from opentrd.rules.judging.intake import Taken, judge_intake
from opentrd.rules.judging.policy import JudgePolicy
from opentrd.rules.model import Judgement, Trial
from opentrd.rules.rulebook import RuleBook
from opentrd.statement import Param, Statement

MAIN_ROLES = ("first", "switch", "continued")


class Judge:
    """Judges the trials of one person; everything that policies share is judged once."""

    def __init__(self, trials: list[Trial], book: RuleBook, horizon: int) -> None:
        self._trials = trials
        self._bases = {t.id: t for t in trials if t.other_use_certain == UNKNOWN}
        self._book = book
        self._horizon = horizon
        self._done: dict[JudgePolicy, list[Judgement]] = {}
        self._shared: dict[JudgePolicy, dict[str, Judgement]] = {}
        self._days: dict[str, dict[tuple[Tri, ...], Days]] = {trial.id: {} for trial in trials}
        self._measured: dict[tuple[str, str, str, int | None], Measured] = {}
        self._taken: dict[tuple[str, str], Taken] = {}
        self._failed: dict[tuple[str, str, str, float | None, bool], tuple[Tri, tuple[Statement, ...]]] = {}

    def __call__(self, policy: JudgePolicy) -> list[Judgement]:
        """Judge every trial under one policy, in the order of the trials."""
        found = self._done.get(policy)
        if found is None:
            shared = self._shared.setdefault(self._book.core(policy), {})
            found = self._done[policy] = [self._of_role(trial, policy, shared) for trial in self._trials]
        return found

    def _of_role(self, trial: Trial, policy: JudgePolicy, shared: dict[str, Judgement]) -> Judgement:
        """Judge a trial whose role and class the policy counts; what does not depend on these is shared."""
        base = self._bases.get(trial.base) if trial.base is not None else None
        main = self._book.treatments[trial.treatment].main == "yes"
        barred = _barred(trial, policy, self._book, perhaps_main=base is not None and main)
        if barred is not None:
            return _not_counted(trial, barred)
        if base is not None:
            return self._judge(trial, policy, certain_role=main and _allowed(trial.role, policy))
        found = shared.get(trial.id)
        if found is None:
            found = shared[trial.id] = self._judge(trial, policy, certain_role=True)
        return found

    def _judge(self, trial: Trial, policy: JudgePolicy, *, certain_role: bool) -> Judgement:
        measured = self._measure(trial, policy)
        taken = self._intake(trial, policy)
        failed, said = self._failure(trial, policy)
        adequate = tri_and(tri_and(measured.dose, measured.duration), taken.answer)
        counts = tri_and(adequate, failed)
        missing = list(measured.missing)
        if taken.answer == UNKNOWN:
            missing.append("intake")
        if failed == UNKNOWN:
            missing.append("next_treatment" if policy.outcome == "next_treatment" else "outcome")
        why = [*measured.why, *taken.why, *said]
        if self._too_early(trial, measured):
            why.append(_said_too_early(trial, measured))
        stopped_early = False
        if policy.intolerance and adequate != YES and counts != YES:
            if "adverse" in trial.stopped_for:
                stopped_early = adequate == NO or failed == YES
                counts = YES if stopped_early else UNKNOWN
                said_so: dict[str, Param] = {"treatment": trial.treatment}
                why.append(Statement("judgement.intolerance_counts", said_so, trial.sources))
            elif not trial.stopped_for and trial.ongoing != YES:
                counts = UNKNOWN
                missing = ["stop_reason"] if adequate == NO else [*missing, "stop_reason"]
        if trial.era.doubt is not None and counts == NO and measured.dose == NO:
            counts = tri_and(UNKNOWN, tri_and(measured.whole, tri_and(taken.answer, failed)))
        if counts != NO:
            counts = tri_and(counts, _held_open(trial, missing, why))
        if counts != NO and not certain_role:
            counts = UNKNOWN
            missing.append("base")
        assumptions = list(taken.assumptions)
        if measured.need is not None and measured.need.stand_in is not None and policy.dose == "instrument":
            assumptions.append(_stand_in(trial, policy, measured.need.stand_in, measured.need.citation))
        if trial.adult == UNKNOWN:
            cite = ("convention:adult_age",)
            assumptions.append(Statement("assumption.adult", citations=cite, searched=("birth_date",)))
        return Judgement(
            trial=trial.id,
            counts=counts,
            dose=measured.dose,
            duration=measured.duration,
            intake=taken.answer,
            adequate=adequate,
            outcome=failed,
            settled_on=trial.judged_end
            if stopped_early
            else self._settled_on(trial, policy, measured, failed),
            missing=tuple(dict.fromkeys(missing)) if counts == UNKNOWN else (),
            assumptions=tuple(assumptions),
            why=tuple(why),
        )

    def _measure(self, trial: Trial, policy: JudgePolicy) -> Measured:
        key = (trial.id, policy.instrument, policy.dose, policy.min_days)
        found = self._measured.get(key)
        if found is None:
            days = self._days[trial.id]
            found = measure(trial, policy.instrument, policy.dose, policy.min_days, self._book, days)
            self._measured[key] = found
        return found

    def _intake(self, trial: Trial, policy: JudgePolicy) -> Taken:
        key = (trial.id, policy.intake)
        found = self._taken.get(key)
        if found is None:
            found = self._taken[key] = judge_intake(trial, policy.intake, self._book)
        return found

    def _failure(self, trial: Trial, policy: JudgePolicy) -> tuple[Tri, tuple[Statement, ...]]:
        key = (trial.id, policy.outcome, policy.failure, policy.failure_below, policy.lost_response)
        found = self._failed.get(key)
        if found is None:
            found = self._failed[key] = judge_failure(
                trial,
                self._trials,
                policy.outcome,
                policy.failure,
                policy.failure_below,
                policy.lost_response,
                self._book,
            )
        return found

    def _settled_on(self, trial: Trial, policy: JudgePolicy, measured: Measured, failed: Tri) -> int:
        """The day on which the failure stood, not before the trial had lasted long enough.

        That is the day of the score that tells it, or of the next treatment that stands for it, else the
        end of the trial's window; where the outcome is not asked for, the day on which it had lasted long
        enough.
        """
        last, reached = trial.outcome.last_day, measured.reached
        day = trial.judged_end
        if policy.outcome == "next_treatment" and trial.next_start is not None and failed != NO:
            day = trial.next_start
        elif policy.outcome == "ignored" and reached is not None:
            day = reached
        elif policy.outcome.startswith("score") and last is not None and trial.outcome.basis == "score":
            day = last
        return min(day if reached is None else max(day, reached), self._horizon - 1)

    def _too_early(self, trial: Trial, measured: Measured) -> bool:
        """Tell whether a trial that is too short may still become long enough: it goes on, at a fair dose."""
        goes_on = trial.ongoing != NO and trial.judged_end_high >= self._horizon
        return measured.duration == NO and goes_on and measured.may_grow


def _barred(trial: Trial, policy: JudgePolicy, book: RuleBook, *, perhaps_main: bool) -> Statement | None:
    """Return why a trial cannot count under this policy at all, or ``None`` where it can."""
    role = trial.role
    aside = role in ("not_for_depression", "add_on_without_base", "lifestyle")
    allowed = perhaps_main or _allowed(role, policy)
    if trial.kind == "medicine" and not policy.esketamine and trial.treatment in book.in_sessions:
        allowed = False
    of_class = not policy.classes or trial.class_ in policy.classes
    if allowed and of_class and not aside and trial.adult != NO:
        return None
    said: dict[str, Param] = {"treatment": trial.treatment, "role": role}
    if trial.adult == NO:
        return Statement("judgement.under_age", said, trial.sources, ("convention:adult_age",))
    if aside:
        return Statement(f"judgement.{role}", {**said, "use": trial.other_use}, trial.sources)
    if not allowed:
        return Statement("judgement.role_not_counted", said, trial.sources)
    return Statement("judgement.class_not_counted", {**said, "class": trial.class_}, trial.sources)


def _allowed(role: str, policy: JudgePolicy) -> bool:
    """Tell whether a policy counts trials in this role."""
    return (
        role in MAIN_ROLES
        or (role == "augmentation" and policy.augmentation)
        or (role == "combination" and policy.combination)
        or (role == "psychotherapy" and policy.psychotherapy)
        or (role == "stimulation" and policy.stimulation)
    )


def _not_counted(trial: Trial, reason: Statement) -> Judgement:
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
        why=(reason,),
    )


def _held_open(trial: Trial, missing: list[str], why: list[Statement]) -> Tri:
    """What may yet take a trial out of the count: a treatment in doubt, a dose that may be for other use."""
    answer: Tri = YES
    if trial.era.doubt is not None:
        answer = UNKNOWN
        missing.append("treatment")
        said: dict[str, Param] = {"treatment": trial.treatment, "other": trial.era.doubt}
        why.append(Statement("judgement.doubt", said, trial.sources))
    if trial.other_use_certain == UNKNOWN:
        answer = UNKNOWN
        missing.append("dose")
        said = {"treatment": trial.treatment, "use": trial.other_use}
        cite = (f"other_use:{trial.treatment}/{trial.other_use}",)
        why.append(Statement("judgement.maybe_other_use", said, trial.sources, cite))
    return answer


def _said_too_early(trial: Trial, measured: Measured) -> Statement:
    said: dict[str, Param] = {
        "treatment": trial.treatment,
        "days": trial.days_high,
        "need": measured.need_days or None,
    }
    cite = (measured.need.citation,) if measured.need is not None else ()
    return Statement("judgement.too_early", said, trial.sources, cite)


def _stand_in(trial: Trial, policy: JudgePolicy, stand_in: str, citation: str) -> Statement:
    said: dict[str, Param] = {
        "instrument": policy.instrument,
        "stand_in": stand_in,
        "treatment": trial.treatment,
    }
    return Statement("assumption.stand_in", said, citations=(citation,))
