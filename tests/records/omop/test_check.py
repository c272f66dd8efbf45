"""What the check of an OMOP CDM finds, and what it says can be computed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from opentrd.cohort.checking.omop import check
from opentrd.cohort.sources.findings import meaning_of, what_of
from opentrd.cohort.sources.model import ANSWER, Finding
from opentrd.cohort.sources.omop import OmopSource
from opentrd.knowledge.loader import Knowledge
from opentrd.present.words import Words
from tests.records.omop import cdm as c
from tests.records.omop.test_results import TOTAL, measured
from tests.records.omop.test_sources import whole

SAMPLE = Path(__file__).parents[4] / "shared" / "omop_sample"


def found(tables: dict[str, c.Rows], knowledge: Knowledge, folder: Path) -> list[Finding]:
    return check(str(c.write_parquet(folder, tables)), knowledge).findings


def _add(table: str, row: dict[str, Any]) -> Callable[[dict[str, c.Rows]], None]:
    return lambda tables: tables[table].append(row)


def _without(*names: str) -> Callable[[dict[str, c.Rows]], None]:
    def change(tables: dict[str, c.Rows]) -> None:
        for name in names:
            tables[name].clear()

    return change


def _with_a_day_to_come(released: date | None) -> Callable[[dict[str, c.Rows]], None]:
    def change(tables: dict[str, c.Rows]) -> None:
        tables["cdm_source"] = [{"source_release_date": released}] if released else []
        tables["drug_exposure"].append(c.drug(drug_exposure_start_date=date(2099, 1, 1)))

    return change


#: What is done to a CDM; level, place and a part of the words of the finding, and its rows.
CASES: dict[str, tuple[Callable[[dict[str, c.Rows]], None], tuple[str, str, str, int | None]]] = {
    "a person twice": (_add("person", c.PERSON), ("error", "person.person_id", "same value", 1)),
    "a stranger": (
        _add("drug_exposure", c.drug(person_id=7)),
        ("warning", "drug_exposure.person_id", "not in the table person", 1),
    ),
    "the future": (
        _add("measurement", measured(TOTAL, 3.0, measurement_date=date(2030, 1, 1))),
        ("warning", "measurement.measurement_date", "lies after 1 January 2025", 1),
    ),
    "the future, without a day of release": (
        _with_a_day_to_come(None),
        ("warning", "drug_exposure.drug_exposure_start_date", "lies after", 1),
    ),
    "the future, with a day of release that has not come": (
        _with_a_day_to_come(date(2100, 1, 1)),
        ("warning", "drug_exposure.drug_exposure_start_date", "lies after", 1),
    ),
    "an end before its start": (
        _add("drug_exposure", c.drug(drug_exposure_end_date=date(2020, 1, 1))),
        ("warning", "drug_exposure.drug_exposure_end_date", "lies before", 1),
    ),
    "outside observation": (
        _add("drug_exposure", c.drug(drug_exposure_start_date=date(2010, 1, 1))),
        ("warning", "drug_exposure.drug_exposure_start_date", "outside", 4),
    ),
    "a concept that is nowhere": (
        _add("drug_exposure", c.drug(drug_concept_id=4444)),
        ("warning", "drug_exposure.drug_concept_id", "not in the table concept", 1),
    ),
    "no concept": (
        lambda tables: None,
        ("note", "drug_exposure.drug_concept_id", "without a standard concept", 1),
    ),
    "a month of birth that stands for none": (
        lambda tables: tables["person"][0].update(month_of_birth=0, day_of_birth=None),
        ("warning", "person.month_of_birth", "in no calendar", 1),
    ),
    "the 31 June": (
        lambda tables: tables["person"][0].update(month_of_birth=6, day_of_birth=31),
        ("warning", "person.month_of_birth", "in no calendar", 1),
    ),
    "no product": (
        lambda tables: None,
        ("warning", "drug_exposure.drug_concept_id", "neither concept nor", 1),
    ),
    "a unit": (
        _add("measurement", measured(TOTAL, 3.0, unit_source_value="mmol/L")),
        ("warning", "PHQ-9", "unit", 1),
    ),
    "no observation periods": (
        _without("observation_period"),
        ("warning", "observation_period", "is missing", None),
    ),
    "times of observation that touch, and some with a gap": (
        lambda tables: tables["observation_period"].extend(
            {
                "observation_period_id": number,
                "person_id": person,
                "observation_period_start_date": first,
                "observation_period_end_date": last,
            }
            for number, person, first, last in (
                (2, 1, date(2025, 1, 1), date(2026, 12, 31)),
                (3, 2, date(2020, 1, 1), date(2020, 12, 31)),
                (4, 2, date(2021, 1, 2), date(2021, 12, 31)),
            )
        ),
        ("warning", "observation_period", "gaps", 1),
    ),
    "no strengths": (lambda tables: None, ("note", "drug_strength", "is missing", None)),
    "scores": (lambda tables: None, ("note", ANSWER, "scores of depression", 2)),
    "no scores": (
        _without("measurement", "observation"),
        ("warning", ANSWER, "scores of depression", 0),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_finds(name: str, knowledge: Knowledge, tmp_path: Path) -> None:
    change, (level, place, what, rows) = CASES[name]
    tables = whole()
    change(tables)
    words = Words("en", "clinician", knowledge, strict=True)
    fits = [
        f
        for f in found(tables, knowledge, tmp_path)
        if (f.level, f.place) == (level, place) and what in what_of(f, words)
    ]
    assert [finding.rows for finding in fits] == [rows]


def test_says_what_rests_on_doses(knowledge: Knowledge, tmp_path: Path) -> None:
    tables = whole()
    for row in tables["drug_exposure"]:
        row |= {"quantity": None, "sig": None}
    ends = [f for f in found(tables, knowledge, tmp_path) if f.place == ANSWER]
    words = Words("en", "clinician", knowledge, strict=True)
    [doses] = [finding for finding in ends if finding.what == "source_found.doses"]
    assert (doses.level, doses.rows) == ("warning", 0)
    assert "undetermined" in meaning_of(doses, words)
    assert "ema_2013" in meaning_of(doses, words)
    [starts] = [finding for finding in ends if finding.what == "source_found.starts"]
    assert "fabbri_2021" in meaning_of(starts, words)


#: A value of a column, and whether the check names it as one that is no date or number (else it is nothing).
VALUES: dict[str, tuple[str, list[Any], str | None]] = {
    "the text of a quantity that is no number": ("quantity", ["NaN", "30", ""], None),
    "an empty text": ("drug_exposure_end_date", ["", "2024-03-30", "  "], None),
    "no number": ("days_supply", [float("nan"), 30.0, 30.0], None),
    "no number as a quantity": ("quantity", [float("nan"), 30.0, 30.0], None),
    "an endless quantity": ("quantity", [float("inf"), 30.0, 30.0], "inf"),
    "a number that is too large": ("days_supply", [30, 10**12, 10**11], "100000000000"),
    "a month that is not": (
        "drug_exposure_end_date",
        ["2024-03-30", "2024-13-01", "2024-03-30"],
        "2024-13-01",
    ),
    "a number for a day": ("drug_exposure_end_date", [20240330, 20240330, 20240330], "20240330"),
    "a word": ("days_supply", ["30", "thirty", ""], "thirty"),
}


@pytest.mark.parametrize("folders", [False, True])
@pytest.mark.parametrize("name", VALUES)
def test_what_the_check_passes_can_be_converted(
    name: str, folders: bool, knowledge: Knowledge, tmp_path: Path
) -> None:
    """A value that is none is named with its file; one that stands for nothing is unknown."""
    column, values, bad = VALUES[name]
    rows = [c.drug(drug_exposure_id=number) | {column: value} for number, value in enumerate(values)]
    folder = c.write_parquet(tmp_path / "in", c.cdm(drug_exposure=rows))
    if folders:
        (folder / "drug_exposure").mkdir()
        (folder / "drug_exposure.parquet").rename(folder / "drug_exposure" / "1.parquet")
    source = OmopSource(str(folder), knowledge)
    errors = [finding for finding in source.check() if finding.level == "error"]
    if bad is None:
        assert errors == []
        done = source.convert(tmp_path / "out", memory_mb=500, processes=1, progress=lambda *_: None)
        made = pq.read_table(tmp_path / "out" / "exposure.parquet").to_pylist()
        assert (done.persons, len(made)) == (1, 3)
        assert all(row["dose_low"] in (None, 50.0) for row in made)
        return
    [error] = errors
    words = Words("en", "clinician", knowledge, strict=True)
    file = "drug_exposure/1.parquet" if folders else "drug_exposure.parquet"
    assert error.place == f"drug_exposure.{column}"
    assert error.rows == sum(value not in (30, "30", "", "2024-03-30") for value in values)
    assert f"“{bad}” in {file}" in what_of(error, words)


def test_nothing_to_open(knowledge: Knowledge, tmp_path: Path) -> None:
    [finding] = check(str(tmp_path), knowledge).findings
    assert (finding.level, finding.place) == ("error", "table person")


@pytest.mark.skipif(not SAMPLE.exists(), reason="the public sample is not beside this checkout")
def test_public_sample(knowledge: Knowledge, tmp_path: Path) -> None:
    """No antidepressants, scores without values, no ancestors, no strengths: it ends well and says so."""
    source = OmopSource(str(SAMPLE), knowledge)
    findings = source.check()
    assert not [finding for finding in findings if finding.level == "error"]
    assert findings[-1].what == "source_found.no_treatment"
    assert {"concept_ancestor", "drug_strength"} <= {finding.place for finding in findings}
    done = source.convert(tmp_path, memory_mb=500, processes=1, progress=lambda *_: None)
    assert done.persons == 28
    for count in done.tables:
        assert count.read == count.used + sum(count.unused.values())
