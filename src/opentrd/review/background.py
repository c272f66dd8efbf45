"""What is known of many people, shown beside one person's history, and the hope that their state allows.

The figures that patients read elsewhere stand beside those of the primary sources. Hope is a statement like
any other: chosen by a rule that anyone can read, true of people in the same place, and cited.
"""

from __future__ import annotations

from typing import Final

from opentrd.kleene import YES
from opentrd.knowledge.schema import Figure
from opentrd.review.context import ReviewContext
from opentrd.review.figures import cited, people
from opentrd.rules.model import Trial
from opentrd.statement import Statement

#: What is told of everybody: the message, and the figures whose numbers fill it, in this order.
TOLD: Final = {
    "background.common": (
        "trd_share_general",
        "trd_scottish_primary_care_ehr",
        "trd_uk_primary_care_6_wk_bdi_14",
    ),
    "background.steps": (
        "stard_remission_step_1",
        "stard_remission_step_2",
        "stard_remission_step_3",
        "stard_remission_step_4",
    ),
    "background.in_all": ("stard_cumulative_remission", "stard_reanalysis"),
    "background.elsewhere": (
        "founding_article_no_response_at_all",
        "founding_article_partial_remission_only",
        "non_response",
        "partial_response",
    ),
    "background.wishes": ("petrushka_stopped",),
}
#: What gives hope, from the person who has tried most to the one who has tried nothing.
AFTER_ECT: Final = ("hope.after_ect", "stard_remission_step_4")
AFTER_STIMULATION: Final = ("hope.after_stimulation", "ect_scotland_2009_2018")
AFTER_TWO: Final = ("hope.after_two", "ascertain_trd_response")
AFTER_ONE: Final = ("hope.after_one", "stard_remission_step_2")
AT_FIRST: Final = ("hope.at_first", "first_antidepressant_8_weeks_guideline")
HELPED: Final = ("remission", "response")
ECT: Final = "ect"
MANY: Final = 2


def background(context: ReviewContext) -> tuple[Statement, ...]:
    """Return what gives hope, then what is known of many; hope alone where adult rules do not apply."""
    if context.judged.applicable is not None:
        return (_open_help(),)
    known = context.knowledge.figures
    told = (_say(key, [known[name] for name in names]) for key, names in TOLD.items())
    return (hope(context), *told)


def hope(context: ReviewContext) -> Statement:
    """Return the most concrete true reason for hope: what helped this person, else people like them."""
    if context.find("bipolar").present == YES:
        sources = context.find("bipolar").statement.sources
        return Statement("hope.bipolar", {}, sources, ("option:treat_bipolar",))
    for key, trials in (("hope.helps_now", context.trials_now), ("hope.helped_before", _all_trials(context))):
        good = next((trial for trial in reversed(trials) if _helped(trial)), None)
        if good is not None:
            sources = tuple(dict.fromkeys((*good.sources, *good.outcome.sources)))
            return Statement(key, {"treatment": good.treatment}, sources)
    key, figure = _by_failures(context)
    failed = {treatment for sort in context.failures.values() for treatment in sort.certain}
    trials = [trial for trial in context.trials if trial.treatment in failed]
    sources = tuple(dict.fromkeys(source for trial in trials for source in trial.sources))
    return _say(key, [context.knowledge.figures[figure]], sources)


def _by_failures(context: ReviewContext) -> tuple[str, str]:
    """Return message and figure by what failed; stimulation that may have failed counts as tried."""
    stimulation = context.failures["stimulation"]
    tried = (*stimulation.certain, *stimulation.possible)
    if ECT in tried:
        return AFTER_ECT
    if tried:
        return AFTER_STIMULATION
    if context.failed_certain >= MANY:
        return AFTER_TWO
    return AFTER_ONE if context.failed_certain else AT_FIRST


def _helped(trial: Trial) -> bool:
    return trial.outcome.result in HELPED and trial.outcome.lost_response != YES


def _all_trials(context: ReviewContext) -> list[Trial]:
    return [trial for trial in context.judged.trials if trial.role != "not_for_depression"]


def _say(key: str, figures: list[Figure], sources: tuple[str, ...] = ()) -> Statement:
    return Statement(key, people(*figures), sources, cited(*figures))


def _open_help() -> Statement:
    return Statement("hope.ask", {}, (), ("option:refer",))
