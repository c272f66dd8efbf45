"""Which medicines an option means for this person, the best first; each left out says why."""

from __future__ import annotations

from typing import Final

import msgspec

from opentrd.kleene import YES
from opentrd.knowledge.schema import OptionRow
from opentrd.review.checks.line import cells
from opentrd.review.context import ReviewContext
from opentrd.review.model import Caution
from opentrd.review.option_rules.fit import (
    AVOID,
    CAUTION,
    FITS,
    LATER,
    POSSIBLE,
    SUGGESTED,
    FindCautions,
    Verdict,
    fit_of_cautions,
    has_avoid,
    worse,
)
from opentrd.review.option_rules.tried import attempts, weigh
from opentrd.review.preferences import preference_effect
from opentrd.rules.model import Trial
from opentrd.statement import Param, Statement

LINES: Final = ("first", "second", "third")
#: The option names its medicines; else the table ``switch_choice`` does, each with its line.
LISTED: Final = "listed"
#: Classes that are options of their own, not named under a change of class.
OWN_OPTION: Final = ("TCA", "MAOI", "RIMA")


class Choice(msgspec.Struct):
    """A medicine of an option, with its cautions, what was said of it, and its place among the others."""

    medicine: str
    fit: str
    cautions: tuple[Caution, ...]
    tried: list[Statement]
    tried_fit: str
    line: int
    liked: float
    why_liked: tuple[Statement, ...]

    @property
    def order(self) -> tuple[int, int, float]:
        """Better fit first, then the guideline's line, then what the person prefers."""
        return FITS.index(self.fit), self.line, -self.liked


def candidates(context: ReviewContext, option: OptionRow) -> list[str]:
    """Return the medicines that an option may mean, in the order of the tables."""
    if option.medicines == LISTED:
        return list(cells(option.treatments))
    if option.medicines is None:
        return []
    own = present_classes(context)
    found = []
    for choice in context.knowledge.switch_choices.values():
        class_ = context.knowledge.treatments[choice.treatment].class_
        if context.region is not None and context.region in cells(choice.not_in):
            continue
        wanted = option.medicines == ("same_class" if class_ in own else "other_class")
        if wanted and (class_ in own or class_ not in OWN_OPTION):
            found.append(choice.treatment)
    return found


def present_classes(context: ReviewContext) -> tuple[str, ...]:
    """Return the classes of the main antidepressants taken now, or of the last one taken in this episode."""
    mains = [t for t in context.trials if t.kind == "medicine" and _is_main(context, t)]
    now = [t for t in mains if t in context.trials_now] or mains[-1:]
    return tuple(dict.fromkeys(t.class_ for t in now))


def _is_main(context: ReviewContext, trial: Trial) -> bool:
    row = context.knowledge.treatments[trial.treatment]
    return row.main == "yes" and row.with_base != "augmentation"


def choose(
    context: ReviewContext, option: OptionRow, find_cautions: FindCautions, verdict: Verdict
) -> tuple[list[Choice], list[Choice]]:
    """Return the medicines that are named and those left out; the best of them limits the verdict."""
    choices = sorted(
        (_choice(context, option, medicine, find_cautions) for medicine in candidates(context, option)),
        key=lambda c: c.order,
    )
    if not choices:
        verdict.limit(
            LATER, Statement("option.no_medicine_left", {"option": option.option}, (), _cite(option))
        )
        return [], []
    best = choices[0].fit
    named = [c for c in choices if c.fit == best and (best == AVOID or not has_avoid(c.cautions))]
    if not named:
        named = [c for c in choices if c.fit == best]
    usual = [c for c in named if c.line < len(LINES) - 1]
    named = (usual or named)[: int(context.convention("medicines_named"))]
    left = [c for c in choices if c not in named]
    verdict.limit(best)
    if option.medicines != LISTED and best == SUGGESTED and min(c.line for c in named) > 0:
        verdict.limit(POSSIBLE, Statement("option.first_line_left_out", {}, (), _switch_rows(named)))
    return named, left


def _switch_rows(named: list[Choice]) -> tuple[str, ...]:
    return tuple(f"switch_choice:{choice.medicine}" for choice in named)


def _choice(context: ReviewContext, option: OptionRow, medicine: str, find_cautions: FindCautions) -> Choice:
    cautions = find_cautions(context, option.option, medicine)
    earlier = attempts(context, option, medicine)
    if option.medicines != LISTED:
        earlier = [t for t in context.judged.trials if t.treatment == medicine]
    tried, said = weigh(context, earlier)
    liked = preference_effect(context, option.option, medicine)
    choice = context.knowledge.switch_choices.get(medicine)
    line = LINES.index(choice.line) if choice is not None and choice.line in LINES else len(LINES)
    return Choice(
        medicine=medicine,
        fit=worse(fit_of_cautions(cautions, context.as_of), tried),
        cautions=cautions,
        tried=said,
        tried_fit=tried,
        line=line if option.category == "switch" else 0,
        liked=liked.score,
        why_liked=liked.why,
    )


def say_left_out(left: list[Choice], best: str) -> list[Statement]:
    """Say which medicines were left out and why, those with the same reason together."""
    groups: dict[tuple[str, str], list[tuple[str, Statement]]] = {}
    for choice in left:
        how, reason = _reason(choice, best)
        if reason is not None:
            groups.setdefault((how, reason.key), []).append((choice.medicine, reason))
    said: list[Statement] = []
    for (how, _), members in groups.items():
        reasons = [reason for _, reason in members]
        params: dict[str, Param] = {"medicines": tuple(medicine for medicine, _ in members)}
        said.append(
            Statement(
                f"option.{how}",
                params,
                tuple(dict.fromkeys(x for reason in reasons for x in reason.sources)),
                tuple(dict.fromkeys(x for reason in reasons for x in reason.citations)),
                tuple(dict.fromkeys(x for reason in reasons for x in reason.searched)),
            )
        )
        said += reasons if how == "left_out_tried" else reasons[:1]
    return said


def _reason(choice: Choice, best: str) -> tuple[str, Statement | None]:
    """Return how a medicine came to be left out, and the statement that says why; none for mere rank."""
    if choice.fit == POSSIBLE and best == SUGGESTED:
        return "ask_first", next((c.statement for c in choice.cautions if c.severity == "avoid"), None)
    if choice.fit == best or choice.fit not in (CAUTION, LATER, AVOID):
        return "", None
    if choice.tried_fit == choice.fit and choice.tried:
        return "left_out_tried", choice.tried[0]
    severity = "caution" if choice.fit == CAUTION else "avoid"
    cautions = [c for c in choice.cautions if c.severity == severity and c.applies == YES]
    return "left_out_caution", cautions[0].statement if cautions else None


def _cite(option: OptionRow) -> tuple[str, ...]:
    return (f"option:{option.option}",)
