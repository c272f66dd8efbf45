"""The stages in their order: a record goes in, everything that the rules say of it comes out.

A pure function: no files, no clock, no settings but its arguments. A person and a population both come through here.
"""

from __future__ import annotations

from opentrd.records.model import Record
from opentrd.rules.applicable import not_applicable
from opentrd.rules.case import Case
from opentrd.rules.episodes import build_episodes
from opentrd.rules.eras import build_eras
from opentrd.rules.exclusions import Exclusions
from opentrd.rules.judgements import JudgePolicy, judge, policy_of
from opentrd.rules.model import Judged, Judgement
from opentrd.rules.outcomes import judge_outcomes
from opentrd.rules.questions import ask
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.scores import depression_points
from opentrd.rules.staging import build_staging
from opentrd.rules.status import build_status
from opentrd.rules.streams import build_streams
from opentrd.rules.trials import build_trials


def judge_record(record: Record, book: RuleBook, as_of: int, instrument: str) -> Judged:
    """Run every stage for one person, as of a day (ordinal), with ``instrument`` where a definition names none."""
    horizon = as_of + 1
    death = record.person.death_latest
    if death is not None and death < as_of:
        horizon = death + 1
    points = depression_points(record.scores, book, horizon)
    streams = build_streams(record.exposures, book, horizon)
    eras = build_eras(streams, record.exposures, book)
    episodes = build_episodes(eras, points, record.conditions, book, horizon)
    trials = build_trials(eras, episodes, record.person, record.conditions, book)
    judge_outcomes(trials, points, book, horizon)

    judged: dict[JudgePolicy, list[Judgement]] = {}

    def judgements(policy: JudgePolicy) -> list[Judgement]:
        found = judged.get(policy)
        if found is None:
            found = judged[policy] = judge(trials, policy, book, horizon)
        return found

    case = Case(
        exposures=record.exposures,
        streams=streams,
        eras=eras,
        episodes=episodes,
        trials=trials,
        staging={},
        book=book,
        horizon=horizon,
        judge=judgements,
    )
    reason = not_applicable(record, trials, points, book, horizon)
    exclusions = Exclusions(record, book)
    case.staging = build_staging(case, points, record.conditions, exclusions, instrument, reason)
    status = build_status(case, exclusions, instrument, reason)
    questions, status = ask(status, case, instrument)
    shown = JudgePolicy(
        instrument,
        augmentation=True,
        combination=True,
        psychotherapy=True,
        stimulation=True,
        lost_response=True,
    )
    return Judged(
        applicable=reason,
        trials=trials,
        episodes=episodes,
        judgements={
            d.definition: judgements(policy_of(d, instrument))
            for d in book.definitions.values()
            if d.kind == "failed_trials"
        },
        adequacy={j.trial: j for j in judgements(shown)},
        status=status,
        staging=[row for rows in case.staging.values() for row in rows],
        questions=questions,
        set_aside=streams.set_aside,
    )
