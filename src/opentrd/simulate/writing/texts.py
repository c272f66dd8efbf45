"""Words that a simulated record writes."""

from __future__ import annotations

from typing import Final

from opentrd.simulate.course.state import REASONS
from opentrd.simulate.products import Medicines

#: Words of a line that says its dose: the units a day.
_DOSE: Final = "take {units} {tablets} by mouth once daily"
_STOPPED: Final = {
    "no_effect": "lack of effect",
    "adverse": "side effects",
    "recovered": "recovered",
    "wish": "patient choice",
}

#: Why a treatment ended, by the place of the reason; nothing where it goes on or ended with something else.
STOP_TEXTS: Final[list[str | None]] = [_STOPPED.get(reason) for reason in REASONS]


def dose_texts(m: Medicines) -> list[str | None]:
    """Return the words for each number of units a day; none for 0."""
    most = int(max(m.units.max(), m.split_units.max()))
    said = (
        _DOSE.format(units=units, tablets="tablet" if units == 1 else "tablets")
        for units in range(1, most + 1)
    )
    return [None, *said]
