"""What an option would be added to: where every medicine taken now is to be avoided, adding is too."""

from __future__ import annotations

from typing import Final

import msgspec

from opentrd.kleene import YES
from opentrd.knowledge.schema import OptionRow
from opentrd.review.checks.line import cells
from opentrd.review.facts import Facts
from opentrd.review.model import Caution
from opentrd.review.option_rules.fit import AVOID, LATER, FindCautions, Verdict, fit_of_cautions
from opentrd.statement import Statement

#: What an option needs that adds to the antidepressant taken now.
BASE: Final = "base_antidepressant"
#: The cautions of a base are asked for under a name that is no option, so that only its own are found.
_ALONE: Final = "current"


def weigh_base(
    facts: Facts, row: OptionRow, find_cautions: FindCautions, verdict: Verdict
) -> tuple[Caution, ...]:
    """Return the certain reasons to avoid what an option adds a medicine to, and limit the fit by them.

    One base without such a reason is enough to add to: then there is nothing to say.
    """
    if row.medicines is None or BASE not in cells(row.needs):
        return ()
    bases = facts.find(BASE)
    names = bases.params.get("treatments")
    if bases.answer != YES or not isinstance(names, tuple):
        return ()
    found = [_grave(facts, str(name), find_cautions) for name in names]
    if not all(found):
        return ()
    cautions = tuple(
        msgspec.structs.replace(caution, option=row.option) for each in found for caution in each
    )
    sources = tuple(dict.fromkeys((*bases.sources, *(s for c in cautions for s in c.statement.sources))))
    citations = tuple(
        dict.fromkeys((f"option:{row.option}", *(ref for c in cautions for ref in c.citations)))
    )
    said = Statement("option.base_to_avoid", {"treatments": names}, sources, citations)
    verdict.limit(min((fit_of_cautions(each, facts.context.as_of) for each in found), key=_gravity), said)
    return cautions


def _grave(facts: Facts, base: str, find_cautions: FindCautions) -> tuple[Caution, ...]:
    """Return what says for certain that a medicine should not be taken now."""
    as_of = facts.context.as_of
    return tuple(
        caution
        for caution in find_cautions(facts.context, _ALONE, base)
        if caution.applies == YES and fit_of_cautions((caution,), as_of) in _GRAVE
    )


_GRAVE: Final = (LATER, AVOID)
_gravity: Final = _GRAVE.index
