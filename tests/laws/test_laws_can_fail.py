"""Every law is once broken on purpose: a law that no broken rule can offend would say nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from opentrd.kleene import UNKNOWN, YES
from opentrd.records.model import Record
from opentrd.rules import case, episodes, judgements, lines, scores, streams, trials
from opentrd.rules.judging.failure import judge_failure
from opentrd.rules.judging.intake import Taken, judge_intake
from tests.laws import laws
from tests.laws.people import DOSES, people

Break = Callable[[pytest.MonkeyPatch], None]


def scores_stay_as_they_come(patch: pytest.MonkeyPatch) -> None:
    whole = scores.depression_points

    def first_only(given: list[Any], *rest: Any) -> list[Any]:
        return whole(given[:1], *rest)

    patch.setattr(case, "depression_points", first_only)


def the_first_policy_judges_for_all(patch: pytest.MonkeyPatch) -> None:
    whole = judgements.Judge.__call__

    def first(self: Any, policy: Any) -> Any:
        return next(iter(self._done.values())) if self._done else whole(self, policy)

    patch.setattr(judgements.Judge, "__call__", first)


def odd_days_begin_later(patch: pytest.MonkeyPatch) -> None:
    whole = episodes.build_episodes

    def moved(*given: Any) -> list[Any]:
        return [replace(e, start=e.start + e.start % 2) for e in whole(*given)]

    patch.setattr(case, "build_episodes", moved)


def a_refill_starts_anew(patch: pytest.MonkeyPatch) -> None:
    from opentrd.rules import eras

    patch.setattr(eras, "allowed_gap", lambda book, treatment: -1)
    patch.setattr(streams, "_goes_on", lambda *piece: False)


def what_another_line_cuts_short_is_lost(patch: pytest.MonkeyPatch) -> None:
    whole = streams._tell

    def forgetful(
        steps: list[Any], speaking: list[Any], begin: int, start: Any, finish: int, end: Any
    ) -> None:
        if any(line.end == finish for line in speaking):
            whole(steps, speaking, begin, start, finish, end)

    patch.setattr(streams, "_tell", forgetful)


def a_box_that_is_never_opened_is_not_named(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(streams, "_never_begun", lambda *given: None)


def an_order_counts_like_a_statement(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lines, "RANK", dict.fromkeys(lines.RANK, 0))


def everything_is_sertraline(patch: pytest.MonkeyPatch) -> None:
    whole = streams.build_streams

    def renamed(lines: list[Any], *rest: Any) -> Any:
        return whole([replace(x, treatment=x.treatment or "sertraline") for x in lines], *rest)

    patch.setattr(case, "build_streams", renamed)


def certain_and_possible_swapped(patch: pytest.MonkeyPatch) -> None:
    whole = trials.build_trials

    def swapped(*given: Any) -> list[Any]:
        return [replace(t, days_low=t.days_high + 1) for t in whole(*given)]

    patch.setattr(case, "build_trials", swapped)


def an_unknown_dose_is_a_high_one(patch: pytest.MonkeyPatch) -> None:
    whole = streams.build_streams

    def high(given: list[Any], *rest: Any) -> Any:
        most = max(DOSES)
        return whole(
            [replace(x, dose_low=x.dose_high or most, dose_high=x.dose_high or most) for x in given], *rest
        )

    patch.setattr(case, "build_streams", high)


def silence_means_taken(patch: pytest.MonkeyPatch) -> None:
    whole = judge_intake

    def sure(*given: Any) -> Taken:
        return Taken(whole(*given).answer)

    patch.setattr(judgements, "judge_intake", sure)


def silence_means_failed(patch: pytest.MonkeyPatch) -> None:
    whole = judge_failure

    def sure(*given: Any) -> Any:
        answer, why = whole(*given)
        return (YES if answer == UNKNOWN else answer), why

    patch.setattr(judgements, "judge_failure", sure)


BROKEN: list[tuple[Callable[[Record, laws.Draw], None], Break]] = [
    (laws.order_does_not_matter, scores_stay_as_they_come),
    (laws.what_is_not_asked_for_changes_nothing, the_first_policy_judges_for_all),
    (laws.shifting_all_dates_shifts_all_answers, odd_days_begin_later),
    (laws.splitting_a_supply_changes_nothing, a_refill_starts_anew),
    (laws.every_day_of_a_supply_is_in_a_step, what_another_line_cuts_short_is_lost),
    (laws.every_line_is_used_or_set_aside, a_box_that_is_never_opened_is_not_named),
    (laws.a_second_origin_changes_no_dose, an_order_counts_like_a_statement),
    (laws.an_unrelated_medicine_changes_nothing, everything_is_sertraline),
    (laws.low_is_not_above_high, certain_and_possible_swapped),
    (laws.filling_in_a_dose_never_turns_a_verdict, an_unknown_dose_is_a_high_one),
    (laws.filling_in_an_intake_never_turns_a_verdict, silence_means_taken),
    (laws.filling_in_an_outcome_never_turns_a_verdict, silence_means_failed),
]


def test_every_law_is_broken_once() -> None:
    assert {law for law, _ in BROKEN} == set(laws.LAWS)


@pytest.mark.parametrize(("law", "broken"), BROKEN, ids=[broken.__name__ for _, broken in BROKEN])
def test_a_broken_rule_offends_the_law(
    law: Callable[[Record, laws.Draw], None], broken: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    @settings(
        max_examples=2000,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(people(), st.data())
    def holds(record: Record, data: st.DataObject) -> None:
        law(record, data.draw)

    broken(monkeypatch)
    with pytest.raises(AssertionError):
        holds()
