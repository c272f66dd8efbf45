"""Laws of the rules under generated persons."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opentrd.records.model import Record
from tests.laws.laws import LAWS, Draw
from tests.laws.people import people

EXAMPLES = 200


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law(law: Callable[[Record, Draw], None]) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    @given(people(), st.data())
    def holds(record: Record, data: st.DataObject) -> None:
        law(record, data.draw)

    holds()
