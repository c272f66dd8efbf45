"""What the person says matters, and what that makes of an option: a sum that anyone can check.

Each named preference adds the points of its rows of the table ``preference`` times its weight. The sum only
orders options that the earlier steps of ``option_order`` leave equal; it never takes one away. An effect that
nobody assessed for a treatment adds nothing, and is named: it isn't the same as none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from opentrd.knowledge.medicines import medicines_of
from opentrd.knowledge.schema import Preference, SideEffect
from opentrd.review.context import ReviewContext
from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

#: Categories of options in which a medicine is given beside another.
ADDED: Final = ("augmentation", "combination")


class PreferenceEffect(msgspec.Struct, frozen=True):
    """How well an option suits what the person said: a score and its reasons, the weightiest first."""

    score: float
    why: tuple[Statement, ...]


NO_WISH: Final = PreferenceEffect(0.0, ())


def preference_names(knowledge: Knowledge) -> tuple[str, ...]:
    """Return what a person may name: preferences, and effects by their own names."""
    rows = knowledge.preferences.values()
    names = [row.preference for row in rows] + [row.target for row in rows if row.sort == "effect"]
    return tuple(dict.fromkeys(names))


def preference_effect(
    context: ReviewContext,
    option: str,
    medicine: str | None = None,
    preferences: Mapping[str, float] | None = None,
) -> PreferenceEffect:
    """Return what preferences (by default the context's) make of an option or one medicine of it."""
    wanted = context.preferences if preferences is None else preferences
    if not wanted:
        return NO_WISH
    category = _category(context.knowledge, option)
    score = 0.0
    said: list[tuple[float, Statement]] = []
    for name, weight in wanted.items():
        for sort, target in _asked(context.knowledge, name):
            if sort == "effect":
                points, statement = _effect(context.knowledge, name, target, option, medicine, category)
            elif target == (category if sort == "category" else option):
                row = context.knowledge.preferences[name, sort, target, None]
                points = row.points
                statement = _fits(context.knowledge, row, option, medicine)
            else:
                continue
            score += weight * points
            if statement is not None:
                said.append((weight * points, statement))
    said.sort(key=lambda pair: -abs(pair[0]))
    return PreferenceEffect(score, tuple(statement for _, statement in said))


def _asked(knowledge: Knowledge, name: str) -> list[tuple[str, str]]:
    """Return what a named preference looks at: an effect, a category, an option."""
    rows = knowledge.preferences.values()
    own = [row for row in rows if row.preference == name]
    named = [row for row in rows if row.sort == "effect" and row.target == name]
    return list(dict.fromkeys((str(row.sort), row.target) for row in own or named))


def _effect(
    knowledge: Knowledge, name: str, effect: str, option: str, medicine: str | None, category: str | None
) -> tuple[float, Statement | None]:
    """Return the points of one effect; without a medicine the mean over those that the option means."""
    keys = [medicine] if medicine else [each.key for each in medicines_of(knowledge).of_option(option)]
    rows = [row for key in keys if (row := side_effect(knowledge, key, effect, category)) is not None]
    subject = medicine or option
    if not rows:
        if not keys:
            return 0.0, None
        said = Statement(
            "preference.not_assessed", {"subject": subject, "effect": effect}, searched=("side_effect",)
        )
        return 0.0, said
    scale = _scale(knowledge, name, effect)
    points = sum(scale[row.level].points for row in rows) / len(rows)
    worst = min(rows, key=lambda row: scale[row.level].points)
    statement = Statement(
        "preference.effect",
        {"subject": subject, "effect": effect, "level": worst.level, "value": worst.value},
        citations=(
            knowledge.row_ref("side_effect", worst),
            knowledge.row_ref("preference", scale[worst.level]),
        ),
    )
    return points, statement


def side_effect(
    knowledge: Knowledge, treatment: str, effect: str, category: str | None = None
) -> SideEffect | None:
    """Return what is known of an effect of a treatment, as the option gives it (alone or added)."""
    use = "add_on" if category in ADDED else "main"
    other = "main" if use == "add_on" else "add_on"
    rows = knowledge.side_effects
    for key in ((treatment, None, effect), (treatment, use, effect), (treatment, other, effect)):
        if key in rows:
            return rows[key]
    return None


def _scale(knowledge: Knowledge, name: str, effect: str) -> dict[str | None, Preference]:
    """Return the points of an effect by level, as a preference has them, else the first that has."""
    rows = [r for r in knowledge.preferences.values() if r.sort == "effect" and r.target == effect]
    own = name if any(row.preference == name for row in rows) else rows[0].preference
    return {row.level: row for row in rows if row.preference == own}


def _fits(knowledge: Knowledge, row: Preference, option: str, medicine: str | None) -> Statement:
    return Statement(
        "preference.fits",
        {"subject": medicine or option, "preference": row.preference},
        citations=(knowledge.row_ref("preference", row),),
    )


def _category(knowledge: Knowledge, option: str) -> str | None:
    row = knowledge.options.get(option)
    return row.category if row is not None else None
