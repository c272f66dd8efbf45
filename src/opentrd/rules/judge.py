"""A record goes in, everything that the rules say of it comes out; ``case`` puts the stages in their order.

A pure function: no files, no clock, no settings but its arguments. A person and a population both come
through here.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from opentrd.knowledge.definition import Definition
from opentrd.records.model import Record
from opentrd.rules.applicable import not_applicable
from opentrd.rules.case import Case
from opentrd.rules.judging.policy import JudgePolicy
from opentrd.rules.model import Judged, Question
from opentrd.rules.questions import ask
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.staging import build_staging
from opentrd.rules.status import build_status


class Asked(msgspec.Struct, frozen=True):
    """What is to be judged: the verdicts of these definitions (``None``: of all), staging, questions.

    ``readings``: whether the other end of what a definition leaves open would change its verdict. ``trials``:
    the trials and episodes themselves, whatever the definitions need of them.
    """

    definitions: frozenset[str] | None = None
    staging: bool = True
    questions: bool = True
    readings: bool = True
    trials: bool = True

    def includes(self, definition: str) -> bool:
        """Tell whether a definition is asked for, or is a part of one that is (its id begins with it)."""
        return self.definitions is None or definition.partition(".")[0] in self.definitions


EVERYTHING = Asked()


@lru_cache(maxsize=16)
def _wanted(book: RuleBook, asked: Asked) -> list[Definition]:
    return [d for d in book.definitions.values() if asked.includes(d.definition)]


@lru_cache(maxsize=16)
def _shown(instrument: str) -> JudgePolicy:
    """The policy by which a trial is shown as adequate or not: whatever it was beside, it is judged."""
    return JudgePolicy(instrument, augmentation=True, combination=True, psychotherapy=True, stimulation=True)


def judge_record(
    record: Record, book: RuleBook, as_of: int, instrument: str, asked: Asked = EVERYTHING
) -> Judged:
    """Run every stage for one person as of a day; ``instrument`` serves where a definition names none.

    ``asked`` leaves out verdicts, scores and questions that nobody wants; what remains stays the same.
    """
    horizon = as_of + 1
    death = record.person.death_latest
    if death is not None and death < as_of:
        horizon = death + 1
    case = Case(record, book, horizon)
    reason = not_applicable(case)
    if asked.staging:
        case.staging = build_staging(case, instrument, reason)
    wanted = _wanted(book, asked)
    status = build_status(wanted, case, instrument, reason, readings=asked.readings)
    questions: list[Question] = []
    if asked.questions:
        questions, status = ask(status, case, instrument)
    return Judged(
        applicable=reason,
        trials=case.trials if asked.trials else [],
        episodes=case.episodes if asked.trials else [],
        judgements={
            d.definition: case.judge(book.policy(d, instrument)) for d in wanted if d.kind == "failed_trials"
        },
        adequacy={j.trial: j for j in case.judge(_shown(instrument))} if asked.trials else {},
        status=status,
        staging=[row for rows in case.staging.values() for row in rows],
        questions=questions,
        set_aside=case.streams.set_aside if asked.trials else [],
    )
