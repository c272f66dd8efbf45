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

    ``taken``: the medicines of the record. ``meant``: those taken now that a trigger of the table ``caution``
    means. ``signs``: what was found for rows of that table, and for which medicine where the answer depends
    on it; ``absent``: rows that hold for none. ``cautions``: what a row says under a name, of the first
    treatment that it is said of; under no option yet.
    """

    __slots__ = ("absent", "cautions", "meant", "signs", "taken")

    def __init__(self) -> None:
        self.taken: tuple[Taken, ...] | None = None
        self.meant: dict[str, tuple[Taken, ...]] = {}
        self.signs: dict[tuple[str, Medicine | None], Sign] = {}
        self.absent: set[str] = set()
        self.cautions: dict[tuple[str, str, Medicine], Caution | None] = {}
