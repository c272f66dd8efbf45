"""How well an option fits: the least that any reason allows, every reason kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import msgspec

from opentrd.kleene import YES
from opentrd.review.context import ReviewContext
from opentrd.review.model import Caution
from opentrd.statement import Statement

#: From the best to the worst.
FITS: Final = ("suggested", "possible", "caution", "later", "avoid")
SUGGESTED, POSSIBLE, CAUTION, LATER, AVOID = FITS
_PLACE: Final = {fit: place for place, fit in enumerate(FITS)}

#: Finds the cautions of an option, or of one medicine of it.
FindCautions: TypeAlias = Callable[[ReviewContext, str, "str | None"], tuple[Caution, ...]]


class Verdict(msgspec.Struct):
    """The best fit that the reasons so far allow, and those reasons."""

    fit: str = SUGGESTED
    why: list[Statement] = []

    def limit(self, fit: str, *why: Statement) -> None:
        """Allow no better than ``fit``, and keep why."""
        self.fit = worse(self.fit, fit)
        self.why.extend(why)


def worse(one: str, other: str) -> str:
    """Return the less good of two fits."""
    return one if _PLACE[one] >= _PLACE[other] else other


def fit_of_cautions(cautions: tuple[Caution, ...], as_of: int) -> str:
    """Return the best fit that cautions allow.

    What must be avoided for good is ``avoid``; what a wash-out forbids until a day is ``later``; what may
    have to be avoided, depending on a fact that the record lacks, is no better than ``possible``.
    """
    fit = SUGGESTED
    for caution in cautions:
        if caution.until is not None and caution.until <= as_of:
            continue
        sure = caution.applies == YES
        if caution.severity == "avoid":
            fit = worse(fit, POSSIBLE if not sure else AVOID if caution.until is None else LATER)
        elif caution.severity == "caution" and sure:
            fit = worse(fit, CAUTION)
    return fit


def has_avoid(cautions: tuple[Caution, ...]) -> bool:
    """Tell whether one of the cautions says avoid, for certain or perhaps."""
    return any(caution.severity == "avoid" for caution in cautions)
