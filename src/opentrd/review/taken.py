"""What is and was taken, each with what the selectors of the tables see of it."""

from __future__ import annotations

from typing import Final

import msgspec

from opentrd.kleene import NO
from opentrd.knowledge.medicines import Medicine, medicines_of, selector
from opentrd.review.context import ReviewContext
from opentrd.review.taking import Taking

MEDICINES: Final = ("medicine", "comedication")


class Taken(msgspec.Struct, frozen=True, eq=False):
    """A medicine of the record and its classes.

    ``name`` is the key of the treatment, or the words of the product; ``main``: is it an antidepressant that
    is given on its own?
    """

    taking: Taking
    medicine: Medicine
    name: str
    main: bool

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
            Taken(
                taking,
                known.of_product(taking.treatment, taking.text, taking.codes, taking.kind),
                taking.name,
                _is_main(context, taking),
            )
            for taking in context.takings
            if taking.kind in MEDICINES
        )
    return found


def taken_meant(context: ReviewContext, trigger: str) -> tuple[Taken, ...]:
    """Return what is or may be taken now of what a trigger means, looked up once for a person."""
    kept = context.kept.meant
    found = kept.get(trigger)
    if found is None:
        meant = selector(trigger)
        taken = (each for each in taken_of(context) if each.taking.now != NO)
        found = kept[trigger] = tuple(each for each in taken if meant.matches(each.medicine))
    return found


def _is_main(context: ReviewContext, taking: Taking) -> bool:
    row = context.knowledge.treatments.get(taking.treatment or "")
    return row is not None and row.main == "yes" and row.kind == "medicine"
