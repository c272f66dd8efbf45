"""Whatever stands in a field: either it is read or the message names the place, and all is accounted for."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from opentrd.errors import InputError
from opentrd.knowledge.loader import load
from opentrd.records.read import read
from tests.records.fhir.build import (
    LOINC,
    SCT,
    J,
    administration,
    bundle,
    concept,
    daily,
    dispense,
    observation,
    order,
    patient,
    resource,
    statement,
)

MDD = concept((SCT, "370143000", "Major depressive disorder"))
REPEAT = {"boundsPeriod": {"start": "2024-02-01", "end": "2024-03-01"}}
ALL: list[J] = [
    patient(deceasedDateTime="2025-01-01", link=[{"other": {"reference": "Patient/q"}, "type": "seealso"}]),
    order(
        dosageInstruction=[
            daily(1, "tablet", **REPEAT) | {"sequence": 1, "text": "1 tab daily for 7 days"},
            daily(2, "tablet", boundsDuration={"value": 3, "code": "wk"}) | {"sequence": 2},
        ],
        dispenseRequest={"expectedSupplyDuration": {"value": 30, "code": "d"}, "numberOfRepeatsAllowed": 2},
        reasonCode=[MDD],
        statusReason={"text": "side effects"},
    ),
    dispense(
        quantity={"value": 28, "unit": "tablet"}, daysSupply={"value": 28}, dosageInstruction=[daily(1)]
    ),
    statement(effectivePeriod={"start": "2024-01", "end": "2024-06"}, dosage=[daily(50, "mg")]),
    administration(dosage={"dose": {"value": 50, "unit": "mg"}, "text": "50 mg", "route": {"text": "oral"}}),
    observation(
        "44261-6", valueQuantity={"value": 12, "unit": "{score}"}, hasMember=[{"reference": "Observation/x"}]
    ),
    observation(
        "85354-9", component=[{"code": concept((LOINC, "8480-6", None)), "valueQuantity": {"value": 120}}]
    ),
    observation("44250-9", valueCodeableConcept=concept((LOINC, "LA6569-3", None))),
    resource(
        "QuestionnaireResponse",
        status="completed",
        authored="2024-01-01",
        questionnaire="http://x/PHQ-9",
        item=[{"linkId": "/44250-9", "answer": [{"valueCoding": {"system": LOINC, "code": "LA6569-3"}}]}],
    ),
    resource("Condition", code=MDD, onsetAge={"value": 30, "code": "a"}, abatementDateTime="2024-01-01"),
    resource(
        "FamilyMemberHistory", status="completed", relationship={"text": "mother"}, condition=[{"code": MDD}]
    ),
    resource(
        "AllergyIntolerance", code={"text": "sertraline"}, reaction=[{"manifestation": [{"text": "rash"}]}]
    ),
    resource("Procedure", status="completed", code={"text": "ECT"}, performedPeriod={"start": "2024-01-01"}),
    resource(
        "Encounter", status="finished", type=[{"text": "Psychotherapy"}], period={"start": "2024-01-01"}
    ),
    resource(
        "CarePlan",
        status="active",
        activity=[{"detail": {"code": {"text": "Psychotherapy"}, "status": "completed"}}],
    ),
    resource(
        "ServiceRequest", status="active", code={"text": "Psychotherapy"}, quantityQuantity={"value": 8}
    ),
    resource("Device", status="active", type={"text": "Pacemaker"}, deviceName=[{"name": "x"}]),
    resource("DeviceUseStatement", status="active", device={"reference": "Device/d1"}, timingDateTime="2024"),
]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(
        ["", "2024", "2024-13", "0000-01-01", "9999-12-31", "2024-01-01T24:00:00Z", "#", "#x", "Patient/",
         "/", "urn:uuid:", "entered-in-error", "1e400", "\u0000", "a", "wk", "mg", [], {}, [[]], [{}],
         {"text": ""}, {"coding": [{}]}]
    ),
)  # fmt: skip


def paths(one: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the ways to all values inside."""
    inside = one.items() if isinstance(one, dict) else enumerate(one) if isinstance(one, list) else ()
    return [prefix, *(path for key, value in inside for path in paths(value, (*prefix, key)))]


WAYS = [(number, path) for number, one in enumerate(ALL) for path in paths(one) if path]


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(WAYS), VALUES)
def test_any_value_in_any_field(way: tuple[int, tuple[Any, ...]], value: Any) -> None:
    number, path = way
    case: list[J] = json.loads(json.dumps(ALL))
    place: Any = case[number]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    try:
        found = read(json.dumps(bundle(*case)).encode(), load())
    except InputError as error:
        assert f"entry {number + 1}" in str(error)
    else:
        assert sum(one.read for one in found) + len(found.unused) == len(case)


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 8000), st.booleans())
def test_cut_anywhere(at: int, as_lines: bool) -> None:
    text = "\n".join(json.dumps(one) for one in ALL) if as_lines else json.dumps(bundle(*ALL))
    try:
        read(text.encode()[:at], load())
    except InputError as error:
        assert str(error)
