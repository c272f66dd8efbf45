"""Who is counted as treated for depression: by the record alone, and everybody who meets a definition."""

from __future__ import annotations

from pathlib import Path

import pytest

from opentrd.cohort.run import Options
from opentrd.cohort.summing.lines import OUTSIDE
from opentrd.cohort.summing.summary import SumOptions, summarise
from opentrd.knowledge.loader import load
from tests.cohort.populations import judge, results, simulated, tables

PERSONS = 600


@pytest.mark.parametrize("definition", ["sforzini_2022", "fabbri_2021"])
def test_who_counts_as_treated_does_not_depend_on_the_definitions(
    definition: str, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """The whole of the shares is that of a run with all definitions."""
    every = tables(results(tmp_path_factory, PERSONS, "omop"))
    people = {row["person_id"] for row in every["person"] if row["treated"] and row["applicable"] is None}
    judge(simulated(tmp_path_factory, PERSONS, "omop"), tmp_path / "one", Options(definitions=(definition,)))
    sums = summarise(tmp_path / "one", load(), SumOptions())
    assert sums.treated == len(people)
    assert all(part.count is None or part.count >= 0 for each in sums.attrition for part in each.lost)


def test_nobody_meets_a_definition_without_being_treated(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Neither with a course that was for something else, which rules that read supplies count."""
    every = tables(results(tmp_path_factory, PERSONS, "omop"))
    treated = {row["person_id"] for row in every["person"] if row["treated"]}
    found = {row["person_id"] for row in every["status"] if row["verdict"] in ("met", "undetermined")}
    for_depression = {row["person_id"] for row in every["trial"] if row["role"] not in OUTSIDE}
    assert found <= treated
    assert for_depression <= treated
    assert found - for_depression, "the population has nobody whose courses were all for something else"
