"""The sums of a folder of results made by hand, number by number."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import msgspec
import pytest

from opentrd.cohort.summing.flow import GOING, STOPPED
from opentrd.cohort.summing.summary import SumOptions, summarise
from opentrd.cohort.summing.sums import Part, Sums
from opentrd.errors import InputError
from opentrd.knowledge.loader import load
from tests.cohort.summing.population import OTHER, TWO, Population

KNOWLEDGE = load()


def population() -> Population:
    """A hundred persons in groups that are large enough to be shown, but for one."""
    made = Population()
    for _ in range(20):
        made.status(made.person("not_applicable.no_depression"), TWO, "not_applicable", episode=None)
    for _ in range(10):
        made.status(made.person("not_applicable.under_age"), TWO, "not_applicable", episode=None)
    for _ in range(10):
        made.status(made.person(), TWO, "not_met", possible=0.0)
    for n in range(30):  # met in week 20; then lithium, or nothing
        person = made.person()
        for week, treatment in ((0, "sertraline"), (10, "venlafaxine")):
            made.judged(person, made.trial(person, treatment, week), TWO, True)
        if n < 12:
            made.trial(person, "lithium", 22, role="augmentation")
        made.status(person, TWO, "met", 20)
        made.line(person, 1, "SSRI", date(2025, 3, 17))
        made.line(person, 2, "SNRI", None if n < 6 else date(2025, 9, 1))
        made.gap(person, "no_next_step", "yes" if n >= 12 else "unknown")
    for _ in range(20):  # a dose that is not known
        person = made.person()
        trial = made.trial(person, "sertraline", 0, adequate=None, adequate_dose=None)
        made.judged(person, trial, TWO, None, dose=None, adequate=None, missing=["dose"])
        made.status(person, TWO, "undetermined")
        made.line(person, 1, "SSRI", None)
    for _ in range(7):  # too low
        person = made.person()
        trial = made.trial(person, "sertraline", 0, adequate=False, adequate_dose=False)
        made.judged(person, trial, TWO, False, dose=False, adequate=False)
        made.status(person, TWO, "not_met", possible=0.0)
        made.line(person, 1, "SSRI", date(2025, 3, 17))
    for _ in range(3):  # excluded: too few to be shown
        person = made.person()
        made.judged(person, made.trial(person, "sertraline", 0), TWO, True)
        made.status(person, TWO, "excluded", exclusion="bipolar")
        made.line(person, 1, "SSRI", date(2025, 3, 17))
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return population().write(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def sums(folder: Path) -> Sums:
    return summarise(folder, KNOWLEDGE, SumOptions())


def told(parts: list[Part]) -> dict[str, int | None]:
    return {part.key: part.count for part in parts}


def test_who_is_counted(sums: Sums) -> None:
    assert (sums.persons, sums.depressive, sums.adult, sums.treated) == (100, 80, 70, 60)
    assert (sums.main, sums.as_of) == (TWO, "2026-07-01")


def test_size(sums: Sums) -> None:
    (size,) = sums.sizes
    assert (size.certain, size.undetermined, size.possible) == (30, 20, 50)


def test_attrition_hides_the_three_who_are_excluded(sums: Sums) -> None:
    (each,) = sums.attrition
    assert told(each.left) == {
        "persons": 100, "depressive": 80, "adult": 70, "treated": 60, "adequate": None, "failed": None,
        "not_excluded": 50, "possible": 50, "met": 30,
    }  # fmt: skip
    assert told(each.lost)["met"] == 20
    assert told(each.lost)["not_excluded"] is None


def test_who_may_yet_meet_it_passes_every_step_though_nothing_is_known_of_the_trials(tmp_path: Path) -> None:
    made = Population()
    for _ in range(30):
        person = made.person()
        unknown = dict.fromkeys(("dose", "duration", "intake", "adequate", "outcome"))
        made.judged(person, made.trial(person, "sertraline", 0, adequate=None), TWO, None, **unknown)
        made.status(person, TWO, "undetermined")
    (each,) = summarise(made.write(tmp_path), KNOWLEDGE, SumOptions()).attrition
    lost = {part.key: part.count for part in each.lost}
    assert (lost["adequate"], lost["failed"], lost["met"]) == (0, 0, 30)


def test_attrition_as_a_file(sums: Sums, folder: Path) -> None:
    with (folder / "attrition.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0] == {"definition": TWO, "step": "persons", "persons": "100", "lost": "0"}
    assert rows[-1] == {"definition": TWO, "step": "met", "persons": "30", "lost": "20"}
    assert [row["persons"] for row in rows if row["step"] == "failed"] == [""]


def test_what_followed(sums: Sums) -> None:
    assert sums.following is not None
    kinds = told(sums.following.kinds)
    assert (kinds["augmentation"], kinds["nothing"], kinds["switch"]) == (12, 18, 0)
    assert told(sums.following.within["augmentation"])["month"] == 12


def test_time_to_the_second_failure(sums: Sums) -> None:
    (waiting,) = sums.waiting
    assert told(waiting.bands)["half"] == 30
    assert waiting.quartiles == (140, 140, 140)


def test_lines_of_treatment(sums: Sums) -> None:
    assert sums.flow is not None
    flow = sums.flow
    assert flow.persons == 60
    assert told(flow.nodes[0]) == {"SSRI": 60}
    assert told(flow.nodes[1]) == {"SNRI": 30}
    assert told(flow.ends[0])[GOING] == 20
    assert told(flow.ends[0])[STOPPED] == 10
    assert told(flow.ends[1]) == {GOING: 6, STOPPED: 24, "further": 0}
    assert flow.on[0] == 30


def test_adequacy(sums: Sums) -> None:
    every = sums.adequacy[0]
    assert every.trials == 102
    assert told(every.parts) == {
        "adequate": 75, "too_low": 7, "too_short": 0, "not_taken": 0, "unknown": 20
    }  # fmt: skip
    assert [each.treatment for each in sums.adequacy] == ["all", "sertraline", "venlafaxine", "lithium"]


def test_care_gaps(sums: Sums) -> None:
    gap = next(each for each in sums.gaps if each.gap == "no_next_step")
    assert (gap.yes, gap.unknown, gap.no, gap.blind) == (18, 12, 70, False)
    assert next(each for each in sums.gaps if each.gap == "no_psychotherapy").blind


def test_missing_facts(sums: Sums) -> None:
    dose = next(each for each in sums.missing if each.fact == "dose")
    assert (dose.known, dose.unknown, dose.undetermined) == (82, 20, 20)


def test_the_summary_as_a_file(sums: Sums, folder: Path) -> None:
    assert msgspec.json.decode((folder / "summary.json").read_bytes(), type=Sums) == sums
    assert {path.name for path in folder.iterdir() if path.suffix != ".parquet"} == {
        "attrition.csv", "summary.json"
    }  # fmt: skip


def test_persons_are_listed_only_when_asked_for(tmp_path: Path) -> None:
    made = population().write(tmp_path)
    summarise(made, KNOWLEDGE, SumOptions(list_persons=True))
    with (made / "care_gaps.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 30
    assert rows[0]["sources"] == "line-1"


def compared() -> Population:
    """Two definitions: 40 in both, 12 in the first alone because of the outcome, 8 in neither."""
    made = Population()
    for n in range(60):
        person = made.person()
        trial = made.trial(person, "sertraline", 0)
        made.judged(person, trial, TWO, n < 52)
        made.judged(person, trial, OTHER, n < 40, outcome=n < 40)
        made.status(person, TWO, "met" if n < 52 else "not_met", 10 if n < 52 else None)
        made.status(person, OTHER, "met" if n < 40 else "not_met", 10 if n < 40 else None)
        made.line(person, 1, "SSRI", None)
    return made


def test_two_definitions_side_by_side(tmp_path: Path) -> None:
    folder = compared().write(tmp_path)
    sums = summarise(folder, KNOWLEDGE, SumOptions(compare=(TWO, OTHER), list_persons=True))
    (pair,) = sums.pairs
    assert (pair.both, pair.neither) == (40, 8)
    first, second = pair.differences
    assert (first.inside, first.persons, second.persons) == (TWO, 12, 0)
    assert told(first.verdicts) == {"undetermined": 0, "excluded": 0, "not_met": 12}
    assert told(first.reasons) == {"outcome.no": 12}
    assert [(each.treatment, each.inside, each.outside, each.why) for each in first.example] == [
        ("sertraline", True, False, "outcome.no")
    ]
    assert {name for name, *_ in pair.parameters} >= {"min_weeks"}
    assert sums.overlap is not None
    assert told([Part(key="+".join(p.definitions), count=p.persons) for p in sums.overlap.patterns]) == {
        f"{TWO}+{OTHER}": 40, TWO: 12
    }  # fmt: skip
    with (folder / "differences.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    assert {row["why"] for row in rows} == {"outcome.no"}


def test_what_was_not_judged_cannot_be_compared(folder: Path) -> None:
    with pytest.raises(InputError, match="not judged in this run"):
        summarise(folder, KNOWLEDGE, SumOptions(compare=(TWO, OTHER)))
