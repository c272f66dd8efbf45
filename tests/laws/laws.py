"""The laws that the rules keep, each as a function that holds a record to it.

Each takes the random choices it needs from ``draw``; ``test_laws.py`` holds generated persons to them, and
``test_laws_can_fail.py`` breaks the rules on purpose and sees each law object.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import assume
from hypothesis import strategies as st

from opentrd.records.model import Exposure, Record
from opentrd.rules.judge import Asked, judge_record
from opentrd.rules.model import Judged, Status
from opentrd.rules.streams import build_streams
from tests.laws.people import AS_OF, DOSES, refills
from tests.spec.rows import BOOK

Draw = Callable[[st.SearchStrategy[Any]], Any]
CYCLE = 146_097
ON_SUPPLIES = ("failed_trials", "staging_at_least", "regimens_started", "distinct_medicines")
ON_JUDGEMENTS = ("failed_trials", "staging_at_least")


def judged(record: Record, as_of: int = AS_OF) -> Judged:
    """Run the rules with the default instrument."""
    return judge_record(record, BOOK, as_of, BOOK.default_instrument)


def order_does_not_matter(record: Record, draw: Draw) -> None:
    """The order of the rows changes nothing."""
    mixed = msgspec.structs.replace(
        record,
        exposures=draw(st.permutations(record.exposures)),
        scores=draw(st.permutations(record.scores)),
        conditions=draw(st.permutations(record.conditions)),
    )
    assert whole(judged(record)) == whole(judged(mixed))


def what_is_not_asked_for_changes_nothing(record: Record, draw: Draw) -> None:
    """A definition says the same alone, without trials, staging and questions, as among all the others."""
    name = draw(st.sampled_from(sorted({row.definition for row in judged(record).status})))
    alone = Asked(frozenset([name]), staging=False, questions=False, readings=False, trials=False)
    found = judge_record(record, BOOK, AS_OF, BOOK.default_instrument, alone)
    assert [_told(row) for row in found.status] == [
        _told(row) for row in judged(record).status if row.definition == name
    ]


def _told(row: Status) -> Status:
    """What a verdict says, without what is asked for beside it."""
    return msgspec.structs.replace(row, questions=(), opened=())


def shifting_all_dates_shifts_all_answers(record: Record, draw: Draw) -> None:
    """Moving every date by whole cycles of the calendar moves every answer with it, ids aside."""
    before, after = judged(record), judged(shifted(record, CYCLE), AS_OF + CYCLE)
    assert answers(before) == answers(after)
    assert [t.start + CYCLE for t in before.trials] == [t.start for t in after.trials]
    assert [e.start + CYCLE for e in before.episodes] == [e.start for e in after.episodes]
    assert [s.first_met and s.first_met + CYCLE for s in before.status] == [s.first_met for s in after.status]


def splitting_a_supply_changes_nothing(record: Record, draw: Draw) -> None:
    """Two touching supplies say what one said.

    Rules on dates of issue are the exception; so is a rest that begins together with another line of the same
    medicine, for two strengths supplied together are added.
    """
    supplies = [
        n for n, x in enumerate(record.exposures) if x.supply_days is not None and x.origin == "dispense"
    ]
    assume(supplies)
    at = draw(st.sampled_from(supplies))
    x = record.exposures[at]
    assert x.supply_days is not None and x.start_earliest is not None and x.start_latest is not None
    days = draw(st.integers(1, x.supply_days - 1))
    same = [
        o for o in record.exposures if o.treatment == x.treatment and o is not x and o.origin == "dispense"
    ]
    assume(not same)
    first = msgspec.structs.replace(x, supply_days=days)
    second = msgspec.structs.replace(
        x,
        source_ids=(f"{x.source_ids[0]}-rest",),
        supply_days=x.supply_days - days,
        start_earliest=x.start_earliest + days,
        start_latest=x.start_latest + days,
    )
    lines = [*record.exposures[:at], first, second, *record.exposures[at + 1 :]]
    split = msgspec.structs.replace(record, exposures=lines)
    assert verdicts(judged(record), ON_SUPPLIES) == verdicts(judged(split), ON_SUPPLIES)


def every_day_of_a_supply_is_in_a_step(record: Record, draw: Draw) -> None:
    """Every day that a supply lasts from its own day on belongs to a dose step, unless it was set aside."""
    exposures = [*record.exposures, *draw(refills())]
    told = build_streams(exposures, BOOK, AS_OF + 1)
    aside = {source for said in told.set_aside for source in said.sources}
    for x in exposures:
        if x.supply_days is None or aside.intersection(x.source_ids):
            continue
        assert x.treatment is not None and x.start_earliest is not None and x.start_latest is not None
        start = (x.start_earliest + min(x.start_latest, AS_OF)) // 2
        days = set(range(start, min(start + x.supply_days, AS_OF + 1)))
        for step in told.steps[x.treatment]:
            days.difference_update(range(step.start, step.end))
        assert not days, (x.source_ids, days)


def every_line_is_used_or_set_aside(record: Record, draw: Draw) -> None:
    """Every line of a treatment is a source of its dose steps and of a trial, or it is named as set aside."""
    lines = [*record.exposures, *draw(st.one_of(st.just([]), refills()))]
    day = draw(st.sampled_from((AS_OF, AS_OF - 100, AS_OF - 400)))
    told = build_streams(lines, BOOK, day + 1)
    result = judged(msgspec.structs.replace(record, exposures=lines), day)
    aside = {source for said in result.set_aside for source in said.sources}
    tried = {source for trial in result.trials for source in trial.sources}
    for x in lines:
        assert x.treatment is not None
        for treatment in BOOK.parts[x.treatment]:
            stepped = {source for step in told.steps.get(treatment, []) for source in step.sources}
            assert set(x.source_ids) <= stepped | aside, (x.source_ids, treatment)
        assert not result.episodes or set(x.source_ids) <= tried | aside, x.source_ids


def a_second_origin_changes_no_dose(record: Record, draw: Draw) -> None:
    """An order that tells the same course as a statement with a known end changes no dose and no verdict.

    Where another line of the medicine has no end, a further line may show when it ended; where one has no
    dose, an order beside it may tell it, or leave a sum open. That is not this law.
    """
    known = [
        n
        for n, x in enumerate(record.exposures)
        if x.kind == "medicine" and x.origin in ("statement", "administration") and x.end_latest is not None
    ]
    assume(known)
    x = record.exposures[draw(st.sampled_from(known))]
    assume(all(o.treatment != x.treatment or o.end_latest or o.supply_days for o in record.exposures))
    same = [o for o in record.exposures if o.treatment == x.treatment]
    assume(len(same) == 1 or all(o.dose_low is not None for o in same))
    again = msgspec.structs.replace(x, source_ids=("again",), origin="order")
    twice = msgspec.structs.replace(record, exposures=[*record.exposures, again])
    before, after = judged(record), judged(twice)
    assert doses(before) == doses(after)
    assert verdicts(before, ON_SUPPLIES) == verdicts(after, ON_SUPPLIES)


def an_unrelated_medicine_changes_nothing(record: Record, draw: Draw) -> None:
    """A medicine that the rules do not know is kept for others, named (by its code where it has no name).

    It changes no answer.
    """
    text = draw(st.sampled_from(("metformin 500 MG Oral Tablet", None)))
    start = draw(st.integers(AS_OF - 1000, AS_OF - 10))
    other = Exposure(
        person_id="p",
        source_ids=("other",),
        treatment=None,
        kind="comedication",
        origin="dispense",
        product_text=text,
        codes=(("http://www.nlm.nih.gov/research/umls/rxnorm", "1"),),
        start_earliest=start,
        start_latest=start,
        supply_days=28,
    )
    more = msgspec.structs.replace(record, exposures=[*record.exposures, other])
    before, after = judged(record), judged(more)
    named = [said for said in after.set_aside if said.key == "set_aside.not_recognised"]
    called = [(said.params["product"], said.sources) for said in named if "other" in said.sources]
    assert called == [(text or "RxNorm 1", ("other",))]
    rest = [said for said in after.set_aside if "other" not in said.sources]
    assert whole(before) == whole(msgspec.structs.replace(after, set_aside=rest))


def low_is_not_above_high(record: Record, draw: Draw) -> None:
    """What is certain never exceeds what is possible."""
    result = judged(record)
    for row in result.status:
        assert row.certain <= row.possible, row.definition
    for score in result.staging:
        if score.applies:
            assert score.low is not None and score.high is not None and score.low <= score.high, score.model
            assert all(item.low <= item.high for item in score.items), score.model
    for trial in result.trials:
        assert trial.days_low <= trial.days_high
        assert trial.start <= trial.judged_end
        assert trial.judged_end_low <= trial.judged_end_high or trial.judged_end_high == trial.start
        assert trial.outcome.improvement_low <= trial.outcome.improvement_high
    for episode in result.episodes:
        assert episode.end is None or episode.start <= episode.end


def filling_in_a_dose_never_turns_a_verdict(record: Record, draw: Draw) -> None:
    """A dose within what was possible settles or leaves, but never turns a settled verdict.

    Two lines of one medicine that begin together are one where they agree and are added where they differ,
    so a dose that tells them apart says more than a dose; that is not this law.
    """
    open_doses = [
        n
        for n, x in enumerate(record.exposures)
        if x.kind == "medicine" and (x.dose_low is None or x.dose_low != x.dose_high)
    ]
    assume(open_doses)
    at = draw(st.sampled_from(open_doses))
    x = record.exposures[at]
    assume(sum(other.treatment == x.treatment for other in record.exposures) == 1)
    low, high = x.dose_low or 0.0, x.dose_high or max(DOSES)
    dose = draw(st.sampled_from([d for d in (low, high, *DOSES) if low <= d <= high and d > 0]))
    filled = msgspec.structs.replace(x, dose_low=dose, dose_high=dose)
    _never_turned(record, _with(record, at, filled))


def filling_in_an_intake_never_turns_a_verdict(record: Record, draw: Draw) -> None:
    """Nor does an intake of a trial of which nothing was known, where the verdict did not assume one."""
    before = judged(record)
    known = {
        source
        for trial in before.trials
        if trial.taken_low is not None or trial.pdc_low is not None
        for source in trial.sources
    }
    unknown = [
        n
        for n, x in enumerate(record.exposures)
        if x.kind == "medicine" and x.origin != "administration" and x.source_ids[0] not in known
    ]
    assume(unknown)
    at = draw(st.sampled_from(unknown))
    low, high = draw(st.sampled_from(((0.95, 1.0), (0.0, 0.2))))
    filled = msgspec.structs.replace(record.exposures[at], taken_low=low, taken_high=high)
    _never_turned(
        record, _with(record, at, filled), unless=("assumption.taken", "assumption.collected_taken")
    )


def filling_in_an_outcome_never_turns_a_verdict(record: Record, draw: Draw) -> None:
    """Nor does an outcome: told where nothing was told and no score says otherwise."""
    unknown = [
        n for n, x in enumerate(record.exposures) if x.reported_response is None and not x.stop_reasons
    ]
    assume(unknown)
    at = draw(st.sampled_from(unknown))
    told = draw(st.sampled_from(("none", "little", "lot")))
    filled = msgspec.structs.replace(record.exposures[at], reported_response=told)
    source = record.exposures[at].source_ids[0]
    before = judged(record)
    assume(
        all(
            t.outcome.result is None and t.outcome.basis == "none"
            for t in before.trials
            if source in t.sources
        )
    )
    _never_turned(record, _with(record, at, filled))


LAWS = (
    order_does_not_matter,
    what_is_not_asked_for_changes_nothing,
    shifting_all_dates_shifts_all_answers,
    splitting_a_supply_changes_nothing,
    every_day_of_a_supply_is_in_a_step,
    every_line_is_used_or_set_aside,
    a_second_origin_changes_no_dose,
    an_unrelated_medicine_changes_nothing,
    low_is_not_above_high,
    filling_in_a_dose_never_turns_a_verdict,
    filling_in_an_intake_never_turns_a_verdict,
    filling_in_an_outcome_never_turns_a_verdict,
)


# What is compared


def whole(result: Judged) -> bytes:
    """Everything that the rules said."""
    return msgspec.json.encode(result, order="deterministic")


def answers(result: Judged) -> object:
    """The answers without ids and days."""
    return (
        [
            (t.treatment, t.role, t.days_low, t.days_high, t.outcome.result, t.outcome.percent_change)
            for t in result.trials
        ],
        [(s.definition, s.episode, s.verdict, s.certain, s.possible) for s in result.status],
        [(s.model, s.episode, s.low, s.high, s.level_low, s.level_high) for s in result.staging],
        [(q.field, q.type, q.settles) for q in result.questions],
    )


def verdicts(result: Judged, kinds: tuple[str, ...]) -> object:
    """The verdicts of definitions of some kinds."""
    return [
        (s.definition, s.episode, s.verdict, s.certain, s.possible, s.first_met)
        for s in result.status
        if BOOK.definitions[s.definition].kind in kinds
    ]


def doses(result: Judged) -> object:
    """The doses of every trial, day by day."""
    return [
        (t.treatment, t.start, [(s.start, s.end, s.dose_low, s.dose_high) for s in t.era.steps])
        for t in result.trials
    ]


def shifted(record: Record, by: int) -> Record:
    """Move every date of a record."""

    def move(row: Any) -> Any:
        days = {
            f: getattr(row, f) + by
            for f in row.__struct_fields__
            if f.endswith(("_earliest", "_latest")) and getattr(row, f) is not None
        }
        return msgspec.structs.replace(row, **days)

    return Record(
        person=move(record.person),
        exposures=[move(x) for x in record.exposures],
        scores=[move(x) for x in record.scores],
        conditions=[move(x) for x in record.conditions],
    )


def _with(record: Record, at: int, x: Exposure) -> Record:
    return msgspec.structs.replace(record, exposures=[*record.exposures[:at], x, *record.exposures[at + 1 :]])


def _never_turned(record: Record, filled: Record, unless: tuple[str, ...] = ()) -> None:
    """No verdict that was settled becomes its contrary.

    What was not met may turn out not to apply: where an adult's only medicine was for something else, and
    depression was treated in a minor.
    """
    before, after = judged(record), judged(filled)
    assume(len(before.episodes) == len(after.episodes))
    minor = after.applicable is not None and after.applicable.key == "not_applicable.under_age"
    now = {(s.definition, s.episode): s for s in after.status}
    for row in before.status:
        if BOOK.definitions[row.definition].kind not in ON_JUDGEMENTS or row.verdict not in (
            "met",
            "not_met",
        ):
            continue
        if any(a.key in unless for a in row.assumptions):
            continue
        then = now[row.definition, row.episode].verdict
        if minor and (row.verdict, then) == ("not_met", "not_applicable"):
            continue
        assert then in (row.verdict, "undetermined"), (row.definition, row.episode, row.verdict, then)
