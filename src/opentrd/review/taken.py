"""What is and was taken, each with what the selectors of the tables see of it."""

from __future__ import annotations

from typing import Final

import msgspec

from opentrd.knowledge.medicines import Medicine, medicines_of
from opentrd.review.context import ReviewContext
from opentrd.review.taking import Taking

MEDICINES: Final = ("medicine", "comedication")


class Taken(msgspec.Struct, frozen=True, eq=False):
    """A medicine of the record and its classes."""

    taking: Taking
    medicine: Medicine

    @property
    def name(self) -> str:
        """The key of the treatment, or the words of the product."""
        return self.taking.name

    def is_same(self, other: Medicine) -> bool:
        """Say whether it is the other medicine, or one product holds the other."""
        return self.medicine.key == other.key or (
            bool(self.medicine.keys & other.keys)
            and (other.key in self.medicine.keys or self.medicine.key in other.keys)
        )


def taken_of(context: ReviewContext) -> tuple[Taken, ...]:
    """Return the medicines of a person, looked up once."""
    found = context.kept.taken
    if found is None:
        known = medicines_of(context.knowledge)
        found = context.kept.taken = tuple(
            Taken(taking, known.of_product(taking.treatment, taking.text, taking.codes, taking.kind))
            for taking in context.takings
            if taking.kind in MEDICINES
        )
    return found
