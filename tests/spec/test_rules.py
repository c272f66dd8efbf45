"""Holds every stage of the rules to its specified cases, which are pages of the documentation too."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from opentrd.kleene import to_bool
from opentrd.records.model import Record
from opentrd.rules.eras import build_eras
from opentrd.rules.judge import judge_record
from opentrd.rules.judgements import Judge
from opentrd.rules.judging.policy import JudgePolicy
from opentrd.rules.model import Judged
from opentrd.rules.safety import find_safety
from opentrd.rules.streams import build_streams
from tests.spec.harness import Case, assert_table, load_cases
from tests.spec.rows import BOOK, as_of, iso, policy_settings, record_of, rows_of, span

HERE = Path(__file__).parent
STAGES = (
    "dose_step",
    "era",
    "episode",
    "trial",
    "outcome",
    "judgement",
    "status",
    "staging",
    "question",
    "safety",
)
LEAST_CASES = 20
Rows = Sequence[Mapping[str, object]]


def all_cases() -> list[object]:
    return [
        pytest.param(stage, case, id=f"{stage}: {case.title}")
        for stage in STAGES
        if any((HERE / stage).glob("*.toml"))
        for case in load_cases(HERE / stage)
    ]


@pytest.mark.parametrize(("stage", "case"), all_cases())
def test_case(stage: str, case: Case) -> None:
    results = _run(stage, case)
    for name, expected in case.expected.items():
        found = results[stage if name == "expected" else name]
        keys = {"status": "definition", "staging": "model", "staging_item": "model"}
        key = keys.get(stage if name == "expected" else name)
        if key is not None:
            asked = {row[key] for row in expected}
            found = [row for row in found if row[key] in asked]
        assert_table(expected, found, f"{case.path}: {case.title}")


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_has_enough_cases(stage: str) -> None:
    assert len(load_cases(HERE / stage)) >= LEAST_CASES


def _run(stage: str, case: Case) -> dict[str, Rows]:
    record, day = record_of(case), as_of(case)
    streams = build_streams(record.exposures, BOOK, day + 1)
    steps = [
        {
            "treatment": s.treatment,
            "start": iso(s.start),
            "end": iso(s.end),
            "start_from": iso(s.start_earliest),
            "start_to": iso(s.start_latest),
            "end_from": iso(s.end_earliest),
            "end_to": iso(s.end_latest),
            "mg": span(s.dose_low, s.dose_high),
            "sessions": span(s.sessions_low, s.sessions_high),
            "origin": s.origin,
            "certain": s.certain,
            "open": s.open_end,
            "lines": s.sources,
        }
        for treatment in sorted(streams.steps)
        for s in streams.steps[treatment]
    ]
    set_aside = [{"reason": s.key.removeprefix("set_aside."), "lines": s.sources} for s in streams.set_aside]
    eras = [
        {
            "treatment": e.treatment,
            "start": iso(e.start),
            "end": iso(e.end),
            "end_from": iso(e.end_earliest),
            "end_to": iso(e.end_latest),
            "covered": e.covered_days,
            "sessions": span(e.sessions_low, e.sessions_high),
            "taken": span(e.taken_low, e.taken_high),
            "ongoing": to_bool(e.ongoing),
            "open": e.open_end,
            "response": e.reported_response,
            "stop": e.stop_reasons,
            "doubt": e.doubt,
            "lines": e.sources,
        }
        for e in build_eras(streams, record.exposures, BOOK)
    ]
    instrument = case.settings.get("instrument", BOOK.default_instrument)
    judged = judge_record(record, BOOK, day, instrument)
    rows: dict[str, Rows] = {**rows_of(judged, steps, eras), "set_aside": set_aside}
    if stage == "safety":
        rows["safety"] = _safety(record, judged, day)
    if stage == "judgement":
        rows["judgement"] = _judgements(judged, case, instrument, day)
    return rows


def _safety(record: Record, judged: Judged, day: int) -> Rows:
    return [
        {
            "rule": f.rule,
            "level": f.level,
            "day": iso(f.day),
            "ago": f.statement.params.get("ago"),
            "said": f.statement.key.removeprefix("safety."),
            "lines": f.statement.sources,
        }
        for f in find_safety(record, judged.trials, BOOK, day)
    ]


def _judgements(judged: Judged, case: Case, instrument: str, day: int) -> Rows:
    policy = JudgePolicy(**{"instrument": instrument, **policy_settings(case.settings)})
    return [
        {
            "trial": j.trial,
            "dose": to_bool(j.dose),
            "duration": to_bool(j.duration),
            "intake": to_bool(j.intake),
            "adequate": to_bool(j.adequate),
            "failed": to_bool(j.outcome),
            "counts": to_bool(j.counts),
            "missing": j.missing,
            "settled_on": iso(j.settled_on),
            "assumed": tuple(a.key.removeprefix("assumption.") for a in j.assumptions),
            "why": tuple(w.key.removeprefix("judgement.") for w in j.why),
        }
        for j in Judge(judged.trials, BOOK, day + 1)(policy)
    ]
