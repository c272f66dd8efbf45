"""Holds the quality measures to their specified cases, from FHIR resources to populations."""

from pathlib import Path

import pytest

from opentrd.cohort.measures.measures import Measures, populations
from opentrd.cohort.measures.reading import Reading
from opentrd.knowledge.loader import load
from opentrd.records.fhir.bundle import resources
from tests.measures.people import bundle
from tests.spec.harness import Case, assert_table, load_cases, shown
from tests.spec.rows import iso

HERE = Path(__file__).parent / "measure"
LEAST_CASES = 20
KEYS = ("why", "group")
DAYS = ("day", "since", "until")
COLUMNS = {
    "initial": "initial-population",
    "denominator": "denominator",
    "excluded": "denominator-exclusion",
    "excepted": "denominator-exception",
    "numerator": "numerator",
}


@pytest.mark.parametrize("case", load_cases(HERE), ids=lambda case: case.title)
def test_case(case: Case) -> None:
    found = resources(bundle(case.tables.get("events", []), case.settings), "case.json")
    (person,) = Reading(load()).persons(found)
    measure = case.settings["measure"]
    (judged,) = Measures(load(), case.settings.get("year", 2025), [measure]).judge(person)
    place = f"{case.path}: {case.title}"
    if "expected" in case.expected:
        rows = [
            {"group": number} | {name: populations(met)[key] for name, key in COLUMNS.items()}
            for number, met in enumerate(judged.groups, start=1)
        ]
        assert_table(case.expected["expected"], rows, place)
    steps = [
        {
            "why": step.said.key.removeprefix("measure."),
            "group": step.group,
            "lines": [source.partition("/")[2] for source in step.said.sources],
            **{
                name: iso(value) if isinstance(value, int) and name in DAYS else value
                for name, value in step.said.params.items()
            },
        }
        for step in judged.steps
    ]
    for row in case.expected.get("why", ()):
        asked = [step for step in steps if all(row.get(key) in (None, shown(step[key])) for key in KEYS)]
        assert_table([row], asked, f"{place}: {row['why']}")


def test_there_are_enough_cases() -> None:
    assert len(load_cases(HERE)) >= LEAST_CASES
