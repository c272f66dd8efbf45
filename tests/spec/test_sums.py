"""Holds the lines of treatment and the care gaps to their specified cases."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from opentrd.cohort.summing.gaps import RULES, care_gaps
from opentrd.cohort.summing.lines import lines_of_treatment
from opentrd.kleene import to_bool
from opentrd.rules.judge import judge_record
from tests.spec.harness import Case, assert_table, load_cases
from tests.spec.rows import BOOK, as_of, iso, record_of

HERE = Path(__file__).parent
STAGES = ("line", "gap")
LEAST_CASES = 20


@pytest.mark.parametrize(
    ("stage", "case"),
    [
        pytest.param(stage, case, id=f"{stage}: {case.title}")
        for stage in STAGES
        for case in load_cases(HERE / stage)
    ],
)
def test_case(stage: str, case: Case) -> None:
    record, day = record_of(case), as_of(case)
    judged = judge_record(record, BOOK, day, BOOK.default_instrument)
    rows: Sequence[Mapping[str, object]]
    if stage == "line":
        rows = [
            {
                "episode": line.episode,
                "line": line.line,
                "treatments": line.treatments,
                "category": line.category,
                "start": iso(line.start),
                "end": iso(line.end),
                "adequate": to_bool(line.adequate),
            }
            for line in lines_of_treatment(judged)
        ]
    else:
        asked = case.settings.get("gaps", list(RULES))
        rows = [
            {"gap": gap.gap, "finding": gap.finding, "since": iso(gap.since), "lines": gap.sources}
            for gap in care_gaps(record, judged, BOOK, day + 1)
            if gap.gap in asked
        ]
    assert_table(case.expected["expected"], rows, f"{case.path}: {case.title}")


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_has_enough_cases(stage: str) -> None:
    assert len(load_cases(HERE / stage)) >= LEAST_CASES


def test_every_row_of_the_table_has_its_rule() -> None:
    assert list(BOOK.care_gaps) == list(RULES)
