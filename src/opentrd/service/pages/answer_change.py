"""What an answer or a wish changed, in one sentence: verdicts first, then the place of steps, their order."""

from __future__ import annotations

from typing import Final

from opentrd.assessment import Assessment
from opentrd.kleene import UNKNOWN
from opentrd.present.answer import headline_status
from opentrd.review.model import Caution, Option
from opentrd.rules.told import SOURCE
from opentrd.statement import Param, Statement

#: Steps that are shown in front: what moves among those is worth telling.
_OPEN: Final = ("suggested", "possible")


def changed(
    before: Assessment, after: Assessment, *, answers: tuple[str, ...] = (), wishes: tuple[str, ...] = ()
) -> Statement:
    """Return what became of the assessment; it rests on the answers, or on the rows of the wishes."""
    sources = tuple(f"{SOURCE}#{key}" for key in answers)
    rows = tuple(
        after.knowledge.row_ref("preference", row)
        for row in after.knowledge.preferences.values()
        if row.preference in wishes
    )
    looks = (_order, _fits) if wishes else (_verdicts, _fits, _cares, _order)
    for found in (look(before, after) for look in looks):
        if found is not None:
            return Statement(found.key, found.params, sources, (*rows, *found.citations))
    return Statement("changed.nothing", {}, sources, rows)


def _verdicts(before: Assessment, after: Assessment) -> Statement | None:
    old = {row.definition: row for row in headline_status(before)}
    new = {row.definition: row for row in headline_status(after)}
    moved = [row for name, row in new.items() if name not in old or old[name].verdict != row.verdict]
    if not moved and old.keys() == new.keys():
        return None
    params: dict[str, Param] = {"total": len(new)}
    for verdict, name in (("met", "met"), ("undetermined", "open")):
        params[f"{name}_before"] = sum(row.verdict == verdict for row in old.values())
        params[f"{name}_after"] = sum(row.verdict == verdict for row in new.values())
    return Statement("changed.verdicts", params, (), tuple(row.citation for row in moved))


def _fits(before: Assessment, after: Assessment) -> Statement | None:
    old = {option.option: option.fit for option in before.options}
    new = {option.option: option for option in after.options}
    moved = [option for name, option in new.items() if old.get(name) != option.fit]
    gone = [name for name in old if name not in new]
    if not moved and not gone:
        return None
    names = (*(option.option for option in moved), *gone)
    rows = tuple(dict.fromkeys(option.placed_by for option in moved))
    params: dict[str, Param] = {"n": len(names), "options": names[:3], "more": len(names) - 3}
    if len(names) <= len(names[:3]):
        params["more"] = None
    return Statement("changed.fit", params, (), rows)


def _cares(before: Assessment, after: Assessment) -> Statement | None:
    """Return how many steps had a caution that waited for an answer and does so no more."""
    old, new = _cautions(before), _cautions(after)
    settled = [key for key, found in old.items() if found.applies == UNKNOWN and not _waits(new.get(key))]
    if not settled:
        return None
    steps = {option for option, _, _ in settled}
    risen = {key[0] for key in settled if key in new}
    params: dict[str, Param] = {"n": len(steps), "risen": len(risen) or None}
    return Statement("changed.cares", params, (), tuple(dict.fromkeys(old[key].caution for key in settled)))


def _cautions(a: Assessment) -> dict[tuple[str, str | None, str], Caution]:
    found = [caution for option in a.options for caution in option.cautions]
    return {(each.option, each.medicine, each.caution): each for each in (*found, *a.cautions)}


def _waits(caution: Caution | None) -> bool:
    return caution is not None and caution.applies == UNKNOWN


def _order(before: Assessment, after: Assessment) -> Statement | None:
    old, new = _front(before), _front(after)
    moved = [now for was, now in zip(old, new, strict=False) if was.option != now.option]
    if not moved:
        return None
    rows = tuple(dict.fromkeys(option.placed_by for option in moved))
    return Statement("changed.order", {"n": len(moved), "option": moved[0].option}, (), rows)


def _front(a: Assessment) -> list[Option]:
    return [option for option in a.options if option.fit in _OPEN]
