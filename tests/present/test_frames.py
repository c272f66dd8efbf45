"""An assessment as data frames: cells hold one value each, as a spreadsheet needs them."""

from __future__ import annotations

import pandas as pd
import pytest

from opentrd.present.frames import TABLES, frame
from tests.present import builders


@pytest.mark.parametrize("table", TABLES)
def test_no_cell_holds_several_values(table: str) -> None:
    made = frame(builders.two_failures(), table)
    several = [name for name in made if any(isinstance(cell, (list, tuple, dict)) for cell in made[name])]
    assert not several


def test_lists_become_one_text() -> None:
    a = builders.two_failures()
    made = frame(a, "trials")
    assert list(made["sources"]) == [", ".join(trial.sources) for trial in a.judged.trials]
    assert list(made["outcome_stopped_for"]) == [", ".join(trial.stopped_for) for trial in a.judged.trials]
    assert (made["why"].str.len() > 0).all()


def test_days_are_days() -> None:
    assert all(isinstance(day, pd.Timestamp) for day in frame(builders.two_failures(), "trials")["start"])
