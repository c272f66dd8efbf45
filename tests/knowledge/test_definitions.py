"""The definitions: every one of the fact table is there or named as not computed, and each is whole."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import msgspec
import pytest

from opentrd.knowledge.definition import Counts, Definition, Policy
from opentrd.knowledge.loader import load

DEFINITIONS = load().definitions
FACTS = Path(__file__).resolve().parents[3] / "shared" / "knowledge" / "trd_definitions.csv"
SOURCE_KINDS_WITHOUT_OUTCOMES = {"claims", "register", "EHR", "OMOP", "claims staging"}


def of_kind(*kinds: str) -> list[Definition]:
    return [d for d in DEFINITIONS.values() if d.kind in kinds]


def name(definition: Definition) -> str:
    return definition.definition


def is_part(definition: Definition) -> bool:
    return "." in definition.definition


@pytest.mark.skipif(not FACTS.exists(), reason="the fact table is not beside this checkout")
def test_every_row_of_the_fact_table_is_computed_or_named_as_not_computed() -> None:
    with FACTS.open(encoding="utf-8", newline="") as file:
        ids = {row["definition_id"] for row in csv.DictReader(file)}
    computed = {d.definition for d in DEFINITIONS.values() if not is_part(d)}
    left_out = {key for what, key in load().not_computed if what == "definition"}
    assert computed | left_out == ids
    assert not computed & left_out


def test_at_least_25_definitions_are_computed_and_as_many_are_headlines() -> None:
    assert sum(not is_part(d) for d in DEFINITIONS.values()) >= 25
    assert sum(d.headline for d in DEFINITIONS.values()) >= 25


@pytest.mark.parametrize("definition", of_kind("failed_trials"), ids=name)
def test_failed_trials_say_what_failure_is(definition: Definition) -> None:
    assert definition.reads == "judgements"
    assert definition.number >= 1
    if definition.failure == "no_response":
        assert definition.failure_below in (25, 50)
    else:
        assert definition.failure_below is None
    assert definition.policy.outcome in ("score", "score_or_report")
    assert definition.policy.dose == "instrument"


@pytest.mark.parametrize("definition", of_kind("regimens_started"), ids=name)
def test_regimens_started_say_how_long_the_earlier_ones_lasted(definition: Definition) -> None:
    assert definition.reads == "eras"
    assert definition.number >= 2
    assert definition.adequate_days is not None
    assert definition.policy.intake == "ignored"


@pytest.mark.parametrize("definition", of_kind("switches"), ids=name)
def test_switches_read_issue_dates(definition: Definition) -> None:
    assert definition.reads == "exposures"
    assert definition.switch_within_days is not None
    assert definition.sees_classes
    assert definition.policy.dose == "ignored"


@pytest.mark.parametrize("definition", of_kind("distinct_medicines"), ids=name)
def test_distinct_medicines_say_which_ones(definition: Definition) -> None:
    assert definition.reads == "eras"
    assert definition.classes or definition.treatments
    assert definition.window_days is not None


@pytest.mark.parametrize("definition", of_kind("any_of"), ids=name)
def test_parts_are_there_and_are_no_headlines(definition: Definition) -> None:
    assert len(definition.any_of) >= 2
    for part in definition.any_of:
        assert part.startswith(definition.definition + ".")
        assert not DEFINITIONS[part].headline


@pytest.mark.parametrize("definition", of_kind("staging_at_least"), ids=name)
def test_staging_definitions_ask_for_a_score_that_the_model_can_give(definition: Definition) -> None:
    model = definition.model
    assert model is not None
    limit = definition.above if definition.above is not None else definition.at_least
    assert limit is not None
    assert (definition.above is None) != (definition.at_least is None)
    items: dict[str, float] = {}
    for row in load().staging_items.values():
        if row.model == model:
            items[row.item] = max(items.get(row.item, 0), row.points or 0)
    if load().staging_models[model].form == "points":
        assert limit <= sum(items.values())
    elif load().staging_models[model].form in ("ladder", "durations"):
        assert limit <= max(items.values())


@pytest.mark.parametrize("definition", list(DEFINITIONS.values()), ids=name)
def test_a_definition_is_whole(definition: Definition) -> None:
    assert definition.source.strip()
    assert definition.name.strip()
    assert not re.search(r"(^|\s)/\w+/", definition.source + definition.note)
    if definition.headline:
        assert definition.same_as is None
        assert definition.number >= 2 or definition.kind == "staging_at_least"
        assert definition.status != "from_memory"
        assert not is_part(definition)
    if definition.same_as is not None:
        assert DEFINITIONS[definition.same_as].same_as is None


@pytest.mark.parametrize("definition", list(DEFINITIONS.values()), ids=name)
def test_other_ends_differ_from_the_reading_and_fit_the_parameter(definition: Definition) -> None:
    for item in definition.open:
        assert item.reading
        if item.other is None:
            continue
        outer, _, inner = item.parameter.partition(".")
        now = getattr(definition, outer)
        if inner:
            now = getattr(now, inner)
            assert inner in {f.name for f in msgspec.structs.fields(Counts if outer == "counts" else Policy)}
        assert now != item.other
        if isinstance(now, bool):
            assert isinstance(item.other, bool)
        changed = msgspec.to_builtins(definition)
        value = tuple(str(item.other).split(";")) if outer == "exclude" else item.other
        changed[outer] = {**changed[outer], inner: value} if inner else value
        msgspec.convert(changed, Definition)


def test_claims_and_registers_ask_neither_intake_nor_scores() -> None:
    for definition in DEFINITIONS.values():
        if definition.source_kind in SOURCE_KINDS_WITHOUT_OUTCOMES:
            assert definition.policy.intake == "ignored", definition.definition
            assert definition.policy.outcome in ("next_treatment", "ignored"), definition.definition


def test_the_rule_of_fabbri_is_as_its_authors_wrote_it() -> None:
    rule = DEFINITIONS["fabbri_2021"]
    numbers = (
        rule.number,
        rule.adequate_days,
        rule.gap_days,
        rule.switch_within_days,
        rule.min_distinct_lifetime,
    )
    assert numbers == (2, 42, 182, 98, 3)
    assert rule.scope == "lifetime"
    assert set(rule.exclude) == {"bipolar", "psychosis", "substance"}


def test_the_consensus_of_sforzini_is_as_published() -> None:
    rule = DEFINITIONS["sforzini_2022"]
    assert rule.counts.augmentation
    assert rule.counts.combination
    assert not rule.counts.psychotherapy
    assert rule.exclude == ("bipolar",)
