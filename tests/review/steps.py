"""Persons and cautions for the tests of the options: attempts that failed, treatments that go on."""

from __future__ import annotations

from typing import Any

from opentrd.kleene import YES, Tri
from opentrd.records.model import Exposure, Score
from opentrd.review.context import ReviewContext
from opentrd.review.model import Caution, Option
from opentrd.review.option_rules.fit import FindCautions
from opentrd.review.options import options
from opentrd.statement import Statement
from tests.review.cases import condition, context, observation, person, record, taken

DEPRESSION = condition("mdd_recurrent", days_ago=700)
NO_ALLERGY = observation(None, kind="allergy", negated=YES)


def none(_: ReviewContext, __: str, ___: str | None) -> tuple[Caution, ...]:
    return ()


def caution(
    severity: str, applies: Tri = YES, until: int | None = None, only: str | None = None
) -> FindCautions:
    """A finder that gives one caution for every option (or for one medicine)."""

    def find(_: ReviewContext, option: str, medicine: str | None) -> tuple[Caution, ...]:
        if only is not None and medicine != only:
            return ()
        said = Statement("review.nothing_found", {"check": "heart"}, (), (f"option:{option}",))
        return (
            Caution(
                caution="test",
                option=option,
                medicine=medicine,
                severity=severity,
                applies=applies,
                until=until,
                statement=said,
                ask=None,
                citations=(),
            ),
        )

    return find


def failed(medicine: str, number: int, **more: Any) -> Exposure:
    """An adequate attempt without effect, the higher the number the longer ago."""
    full = {"sertraline": 200, "venlafaxine": 225, "mirtazapine": 45, "bupropion": 300, "citalopram": 40}
    start = 100 * number + 90
    dose = float(full.get(medicine, 100))
    fields: dict[str, Any] = {
        "since": start,
        "ended": start - 90,
        "dose_low": dose,
        "dose_high": dose,
        "dose_unit": "mg/d",
        "taken_low": 1.0,
        "taken_high": 1.0,
        "reported_response": "none",
        "stop_reasons": ("no_effect",),
    }
    return taken(medicine, **(fields | more))


def running(medicine: str = "citalopram", **more: Any) -> Exposure:
    fields: dict[str, Any] = {"ended": None, "stop_reasons": (), "reported_response": None}
    return failed(medicine, 0, **(fields | more))


def listed(
    *rows: Any,
    find: FindCautions = none,
    region: str | None = None,
    preferences: dict[str, float] | None = None,
) -> dict[str, Option]:
    given_ = record(DEPRESSION, NO_ALLERGY, *rows, who=person(40, "male"))
    given_.scores = [row for row in rows if isinstance(row, Score)]
    made = options(context(given_, region, **(preferences or {})), find)
    return {option.option: option for option in made}


def keys(option: Option) -> set[str]:
    return {said.key for said in option.why}
