"""The place of an option: the first row of ``option_order`` that lists it and whose condition holds."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from opentrd.kleene import NO, YES
from opentrd.knowledge.schema import OptionOrder, OptionRow
from opentrd.review.checks.line import cells
from opentrd.review.context import ReviewContext
from opentrd.review.facts import Fact, Facts
from opentrd.review.option_rules.fit import AVOID, LATER
from opentrd.review.option_rules.tried import helped_before

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

#: Conditions on what has become of an option; their rows are tried before all others.
OF_FIT: Final = {LATER: "fit_later", AVOID: "fit_avoid"}
HELPED: Final = "helped_before"


def place(facts: Facts, option: OptionRow) -> tuple[OptionOrder, Fact]:
    """Return the row that places an option and the fact it stands on, before its fit is known."""
    for row in _before_fit(facts.context.knowledge, option.option):
        fact = holds(facts, option, row)
        if fact.answer == YES:
            return row, fact
    raise LookupError(option.option)


def place_by_fit(context: ReviewContext, option: OptionRow, fit: str) -> OptionOrder | None:
    """Return the row that moves an option behind the others for what has become of it, where there is one."""
    for row in _rows(context.knowledge, option.option) if fit in OF_FIT else ():
        if row.condition == OF_FIT[fit]:
            return row
    return None


@lru_cache(maxsize=1024)
def _rows(knowledge: Knowledge, key: str) -> tuple[OptionOrder, ...]:
    """Return the rows that list an option, in their order."""
    option = knowledge.options[key]
    rows = sorted(knowledge.option_orders.values(), key=lambda row: row.order)
    return tuple(row for row in rows if lists(row, option))


@lru_cache(maxsize=1024)
def _before_fit(knowledge: Knowledge, key: str) -> tuple[OptionOrder, ...]:
    """Return those of the rows that do not ask what has become of the option."""
    return tuple(row for row in _rows(knowledge, key) if row.condition not in OF_FIT.values())


def lists(row: OptionOrder, option: OptionRow) -> bool:
    """Tell whether a row lists an option: by name, or by category and line of the guideline."""
    if option.option in cells(row.options):
        return True
    return option.category in cells(row.categories) and row.line in (None, option.canmat)


def holds(facts: Facts, option: OptionRow, row: OptionOrder) -> Fact:
    """Return whether the condition of a row holds for this person and option."""
    if row.condition == HELPED:
        trials = helped_before(facts.context, option)
        sources = tuple(dict.fromkeys(s for t in trials for s in t.sources))
        return Fact(YES if trials else NO, sources, {"treatments": tuple(t.treatment for t in trials)})
    return facts.all_of(cells(row.condition))
