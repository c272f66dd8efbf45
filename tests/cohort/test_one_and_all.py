"""A person and a population never disagree: one by one through ``assess``, and all at once by a run."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import opentrd
from opentrd.assessment import Assessment
from opentrd.cohort.sources.opening import open_source
from opentrd.kleene import to_bool
from opentrd.knowledge.loader import load
from opentrd.records.model import Record
from opentrd.records.tables.rows import records
from tests.cohort.populations import AS_OF, quiet, results, simulated, tables

PERSONS = 2000


def day(ordinal: int | None) -> date | None:
    return None if ordinal is None else date.fromordinal(ordinal)


def one_by_one(folder: Path) -> Iterator[Record]:
    """The records of a population, each as ``opentrd.read`` would give it."""
    read = {path.stem: pq.read_table(path) for path in folder.glob("*.parquet")}
    return records(read)


def said_of(a: Assessment) -> dict[str, list[tuple[Any, ...]]]:
    """What an assessment says, in the columns that are compared."""
    judged = a.judged
    return {
        "trial": [
            (
                t.id,
                t.episode,
                t.treatment,
                t.role,
                t.base,
                day(t.start),
                t.days_low,
                t.days_high,
                t.dose_max_low,
                t.dose_max_high,
                to_bool(judged.adequacy[t.id].adequate),
                t.outcome.result,
                t.outcome.percent_change,
                list(t.stopped_for),
                list(t.sources),
            )
            for t in judged.trials
        ],
        "judgement": [
            (definition, j.trial, to_bool(j.counts), day(j.settled_on), [s.key for s in j.why])
            for definition, judgements in judged.judgements.items()
            for j in judgements
        ],
        "status": [
            (
                s.definition,
                s.episode,
                s.verdict,
                s.certain,
                s.possible,
                day(s.first_met),
                s.exclusion,
                list(s.decisive),
            )
            for s in judged.status
        ],
        "staging": [
            (
                s.model,
                s.episode,
                s.applies,
                s.low,
                s.high,
                s.band_low,
                [(i.item, i.low, i.high) for i in s.items],
            )
            for s in judged.staging
        ],
        "episode": [(e.id, day(e.start), day(e.end)) for e in judged.episodes],
    }


def said_in(table: str, row: dict[str, Any]) -> tuple[Any, ...]:
    """The same columns of a row of a result table."""
    if table == "staging":
        columns = ("model", "episode", "applies", "low", "high", "band_low")
        items = [(i["item"], i["low"], i["high"]) for i in row["items"]]
        return (*(row[c] for c in columns), items)
    return tuple(row[column] for column in COLUMNS[table])


COLUMNS = {
    "trial": (
        "trial",
        "episode",
        "treatment",
        "role",
        "base",
        "start",
        "days_low",
        "days_high",
        "dose_max_low",
        "dose_max_high",
        "adequate",
        "result",
        "percent_change",
        "stopped_for",
        "sources",
    ),
    "judgement": ("definition", "trial", "counts", "settled_on", "why"),
    "status": (
        "definition",
        "episode",
        "verdict",
        "certain",
        "possible",
        "first_met",
        "exclusion",
        "decisive",
    ),
    "episode": ("episode", "start", "end"),
}


def by_person(found: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, list[tuple[Any, ...]]]]:
    persons: dict[str, dict[str, list[tuple[Any, ...]]]] = defaultdict(
        lambda: {table: [] for table in (*COLUMNS, "staging")}
    )
    for table in (*COLUMNS, "staging"):
        for row in found[table]:
            persons[row["person_id"]][table].append(said_in(table, row))
    return persons


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record tables of the population."""
    source = simulated(tmp_path_factory, PERSONS, "omop")
    folder = tmp_path_factory.mktemp("records")
    open_source(str(source), load()).convert(folder, memory_mb=1000, processes=1, progress=quiet)
    return folder


def test_every_person_is_told_the_same_alone_and_in_the_population(
    converted: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    population = by_person(tables(results(tmp_path_factory, PERSONS, "omop")))
    persons = 0
    for record in one_by_one(converted):
        alone = said_of(opentrd.assess(record, as_of=AS_OF))
        assert population[record.person.person_id] == alone, record.person.person_id
        persons += 1
    assert persons == PERSONS


def test_the_json_of_a_person_says_what_the_population_says(
    converted: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = tables(results(tmp_path_factory, PERSONS, "omop"))
    verdicts = defaultdict(list)
    for row in found["status"]:
        verdicts[row["person_id"]].append((row["definition"], row["episode"], row["verdict"]))
    for record, _ in zip(one_by_one(converted), range(40), strict=False):
        told = json.loads(opentrd.assess(record, as_of=AS_OF).to_json(texts=False))
        assert verdicts[record.person.person_id] == [
            (s["definition"], s["episode"], s["verdict"]) for s in told["status"]
        ]


def test_a_bulk_export_is_told_the_same_as_its_persons(tmp_path_factory: pytest.TempPathFactory) -> None:
    source = simulated(tmp_path_factory, 150, "fhir")
    folder = results(tmp_path_factory, 150, "fhir")
    as_of = json.loads((folder / "settings.json").read_text())["as_of"]
    population = by_person(tables(folder))
    read = opentrd.read(source, load())
    assert len(read) == 150
    for record in read:
        assert population[record.person.person_id] == said_of(
            opentrd.assess(record, as_of=date.fromisoformat(as_of))
        ), record.person.person_id


def test_the_population_has_every_verdict(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The comparison above would say little of persons who are all alike."""
    found = tables(results(tmp_path_factory, PERSONS, "omop"))
    assert {row["verdict"] for row in found["status"]} == {
        "met",
        "not_met",
        "undetermined",
        "excluded",
        "not_applicable",
    }
    assert any(row["applies"] for row in found["staging"])
    assert {row["counts"] for row in found["judgement"]} == {True, False, None}
