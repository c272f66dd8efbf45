"""What the tests of OMOP share."""

from __future__ import annotations

import pytest

from opentrd.knowledge.loader import Knowledge, load


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """All that is known."""
    return load()
