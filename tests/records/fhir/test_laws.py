"""Laws: order does not matter, repeating changes nothing, shifting dates shifts the rows."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from opentrd.knowledge.loader import load
from opentrd.records.model import Record
from opentrd.records.read import read
from tests.records.fhir.build import (
    SCT,
    J,
    bundle,
    concept,
    condition_line,
    daily,
    dispense,
    line,
    observation,
    observation_line,
    order,
    patient,
    resource,
    score_line,
    statement,
)

DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2026, 1, 1))
NAMES = st.sampled_from(
    ["Sertraline 50 MG Oral Tablet", "Fluoxetine 20 MG Oral Capsule", "Metformin 500 MG tablet", "Lustral"]
)
STATUS = st.sampled_from(["active", "stopped", "completed", "entered-in-error", "on-hold"])


@st.composite
def resources(draw: st.DrawFn) -> list[J]:
    out: list[J] = []
    for number in range(draw(st.integers(1, 7))):
        day = draw(DAYS).isoformat()
        medicine = {"medicationCodeableConcept": concept(text=draw(NAMES))}
        dosage = [daily(draw(st.sampled_from([0.5, 1, 2])), "tablet")]
        one: J = draw(
            st.sampled_from(
                [
                    order(authoredOn=day, status=draw(STATUS), dosageInstruction=dosage, **medicine),
                    dispense(whenHandedOver=day, daysSupply={"value": draw(st.integers(1, 90))}, **medicine),
                    statement(effectiveDateTime=day, dosage=dosage, **medicine),
                    observation("44261-6", day, valueInteger=draw(st.integers(-1, 30))),
                    observation("44260-8", day, valueInteger=draw(st.integers(0, 3))),
                    observation("2951-2", day, valueQuantity={"value": 140}),
                    resource("Condition", code={"text": "Depression"}, onsetDateTime=day),
                    resource(
                        "Procedure",
                        status="completed",
                        code=concept((SCT, "23835007", None)),
                        performedDateTime=day,
                    ),
                    resource("Immunization", status="completed", occurrenceDateTime=day),
                ]
            )
        )
        out.append(one | {"id": f"x{number}"})
    return out


def of(*resources_: J) -> Record:
    return read(json.dumps(bundle(patient(), *resources_)).encode(), load()).one()


def rows(one: Record) -> list[str]:
    return [
        *(line(row) for row in one.exposures),
        *(score_line(row) for row in one.scores),
        *(condition_line(row) for row in one.conditions),
        *(observation_line(row) for row in one.observations),
    ]


@settings(max_examples=60, deadline=None)
@given(resources(), st.randoms(use_true_random=False))
def test_the_order_of_resources_does_not_matter(case: list[J], chance: random.Random) -> None:
    other = list(case)
    chance.shuffle(other)
    assert of(*case) == of(*other)


@settings(max_examples=60, deadline=None)
@given(resources(), st.data())
def test_repeating_a_resource_changes_nothing(case: list[J], data: st.DataObject) -> None:
    again = data.draw(st.sampled_from(case))
    first, second = of(*case), of(*case, again)
    assert rows(first) == rows(second)
    assert first.used == second.used
    assert second.read == first.read + 1
    assert [row.reason for row in second.unused if row not in first.unused] == ["duplicate"]


@settings(max_examples=60, deadline=None)
@given(resources())
def test_all_is_used_or_unused(case: list[J]) -> None:
    one = of(*case)
    assert one.read == len(case) + 1
    made: list[Any] = [*one.exposures, *one.scores, *one.conditions, *one.observations]
    told = {source for row in made for source in row.source_ids}
    assert told <= set(one.used)


def moved(one: Any, by: int) -> Any:
    if isinstance(one, dict):
        return {key: moved(value, by) for key, value in one.items()}
    if isinstance(one, list):
        return [moved(value, by) for value in one]
    if isinstance(one, str) and len(one) == 10 and one[4] == one[7] == "-" and one[:4].isdigit():
        return (date.fromisoformat(one) + timedelta(days=by)).isoformat()
    return one


@settings(max_examples=60, deadline=None)
@given(resources(), st.integers(-3000, 3000))
def test_shifting_all_dates_shifts_the_rows(case: list[J], by: int) -> None:
    assert moved_rows(of(*case), by) == [row.split() for row in rows(of(*(moved(one, by) for one in case)))]


def moved_rows(one: Record, by: int) -> list[list[str]]:
    def shifted(word: str) -> str:
        parts = word.split("..")
        return "..".join(moved(part, by) for part in parts)

    return [[shifted(word) for word in row.split()] for row in rows(one)]
