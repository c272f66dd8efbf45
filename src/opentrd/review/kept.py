"""What is made once for a person and looked at by many options: kept with the person's context."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentrd.knowledge.medicines import Medicine
    from opentrd.review.model import Caution
    from opentrd.review.taken import Taken
    from opentrd.review.triggers import Sign


class Kept:
    """What was looked up already.

    ``taken``: the medicines of the record. ``signs``: what was found for rows of the table ``caution`` that
    do not ask which medicine is meant; ``absent``: those that do not hold. ``cautions``: what a row says
    under a name, of the first treatment that it is said of; under no option yet.
    """

    __slots__ = ("absent", "cautions", "signs", "taken")

    def __init__(self) -> None:
        self.taken: tuple[Taken, ...] | None = None
        self.signs: dict[str, Sign] = {}
        self.absent: set[str] = set()
        self.cautions: dict[tuple[str, str, Medicine], Caution] = {}
