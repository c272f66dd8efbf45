"""Lines of treatment: the treatments of depression that go on together, first to last within an episode.

A switch, an augmentation, a combination or a stimulation begins a new line. Psychotherapy beside another
treatment is named in its line and begins one only where nothing else goes on. The same treatments again are
the same line, taken up again; an addition that ends leaves the line as it is. What is given for another
reason, lifestyle, and additions without a base make no line. Source of the rule: ours, after the lines of
therapy of claims studies (a new line with each switch, augmentation or combination: Zhdanava 2021).
"""

from __future__ import annotations

from typing import Final

import msgspec

from opentrd.kleene import NO, YES, Tri, tri_or
from opentrd.rules.model import Judged, Judgement, Trial

#: Roles that make no line.
OUTSIDE: Final = frozenset({"not_for_depression", "add_on_without_base", "lifestyle"})
#: Roles of which the earlier main medicine is left.
LEAVING: Final = frozenset({"first", "switch", "continued"})
THERAPY, STIMULATION, MEDICINE = "psychotherapy", "stimulation", "medicine"
AUGMENTATION, COMBINATION = "augmentation", "combination"
#: The class whose medicines are named in a line even where they are added to another.
RAPID: Final = "NMDA antagonist"


class Line(msgspec.Struct, kw_only=True, gc=False):
    """A line of treatment; the columns of the result table ``line`` without the person.

    ``line``: its number in the episode, from 1. ``treatments``: keys joined by `` + ``. ``category``:
    ``augmentation``, ``combination``, ``psychotherapy``, or the class of the one medicine or stimulation.
    ``start`` and ``end`` are days, ``end`` is ``None`` where no end is known. ``adequate``: whether what
    began the line was an adequate trial by the chosen instrument.
    """

    episode: str
    line: int
    treatments: str
    category: str
    start: int
    end: int | None
    adequate: Tri


class _Open:
    """A line while it is put together: who belongs to it, and what began it."""

    __slots__ = ("beginners", "episode", "members", "start", "until")

    def __init__(self, trial: Trial, members: list[Trial]) -> None:
        self.episode = trial.episode
        self.start = trial.start
        self.members = members
        self.beginners = [trial]
        self.until: int | None = None


def lines_of_treatment(judged: Judged) -> list[Line]:
    """Return the lines of all episodes, in order of time."""
    opened: list[_Open] = []
    for trial in judged.trials:
        if trial.role in OUTSIDE:
            continue
        last = opened[-1] if opened and opened[-1].episode == trial.episode else None
        if last is None:
            if opened:
                opened[-1].until = trial.start
            opened.append(_Open(trial, [trial]))
            continue
        going = [t for t in last.members if t.era.end > trial.start]
        if trial.kind == THERAPY and going:
            last.members.append(trial)
            continue
        members = [*_kept(going, trial), trial]
        if _same(last, members):
            last.members.append(trial)
        elif trial.start == last.start and (trial.role not in LEAVING or _only_therapy(last.members)):
            last.members.append(trial)
            last.beginners.append(trial)
        else:
            last.until = trial.start
            opened.append(_Open(trial, members))
    return _numbered(opened, judged.adequacy)


def _kept(going: list[Trial], new: Trial) -> list[Trial]:
    """Return what goes on beside a new trial.

    A main medicine that was left goes, and what was added to it with it, unless it outlasts what it was
    added to.
    """
    if new.role not in LEAVING:
        return going
    left = [t for t in going if t.kind == MEDICINE and t.role != AUGMENTATION]
    reach = max((t.era.end for t in left), default=0)
    return [t for t in going if t not in left and (t.kind != MEDICINE or t.era.end > reach)]


def _same(last: _Open, members: list[Trial]) -> bool:
    """Tell whether a line is only taken up again; psychotherapy beside it makes no difference."""
    return _without_therapy(members) == _without_therapy(last.members)


def _without_therapy(members: list[Trial]) -> set[str]:
    return {t.treatment for t in members if t.kind != THERAPY} or {t.treatment for t in members}


def _only_therapy(members: list[Trial]) -> bool:
    return all(t.kind == THERAPY for t in members)


def _numbered(opened: list[_Open], adequacy: dict[str, Judgement]) -> list[Line]:
    lines: list[Line] = []
    episode, number = None, 0
    for each in opened:
        number = number + 1 if each.episode == episode else 1
        episode = each.episode
        lines.append(
            Line(
                episode=each.episode,
                line=number,
                treatments=" + ".join(dict.fromkeys(t.treatment for t in each.members)),
                category=_category(each.members),
                start=each.start,
                end=_end(each),
                adequate=_adequate(each.beginners, adequacy),
            )
        )
    return lines


def _category(members: list[Trial]) -> str:
    """Name a line by its stimulation, its rapid medicine, what was put together, or its one class."""
    for trial in reversed(members):
        if trial.kind == STIMULATION or trial.class_ == RAPID:
            return trial.class_
    medicines = [t for t in members if t.kind == MEDICINE]
    if not medicines:
        return THERAPY
    if len({t.treatment for t in medicines}) == 1:
        return medicines[0].class_
    return AUGMENTATION if any(t.role == AUGMENTATION for t in medicines) else COMBINATION


def _end(each: _Open) -> int | None:
    if any(t.ongoing == YES or t.open_end for t in each.members):
        return each.until
    end = max(t.era.end for t in each.members)
    return end if each.until is None or end < each.until else each.until


def _adequate(beginners: list[Trial], adequacy: dict[str, Judgement]) -> Tri:
    found: Tri = NO
    for trial in beginners:
        found = tri_or(found, adequacy[trial.id].adequate)
    return found
