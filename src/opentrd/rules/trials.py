"""Stage 4, trials: each era as an attempt, with its role beside the other treatments of the episode.

A main antidepressant that begins alone is the first attempt or a switch; one that begins while another goes
on longer than a cross-taper is a combination; an add-on medicine beside a main one is an augmentation. When
something is added later than the base, the outcome window and the adequate weeks of the base trial (and of
what was added to it before) end. A medicine given for another reason or at a dose for another use is not
for depression (table ``other_use``). A treatment that goes on through a relapse is a trial of its own
there: a main medicine is ``continued``, anything else keeps its kind of role. Source of the rule: design,
section 4; tables ``convention``, ``other_use``.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import msgspec

from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.knowledge.schema import OtherUse, Treatment
from opentrd.records.model import Condition, Person
from opentrd.rules.eras import allowed_gap, certain_days, split_era
from opentrd.rules.model import Episode, Era, Outcome, Trial
from opentrd.rules.other_use import other_use
from opentrd.rules.rulebook import RuleBook
from opentrd.statement import Param, Statement

PENDING = Outcome(
    result=None,
    basis="none",
    improvement_low=-1000.0,
    improvement_high=1000.0,
    remission=UNKNOWN,
    lost_response=UNKNOWN,
)


class Draft(msgspec.Struct):
    """An era within one episode, before its role is known."""

    era: Era
    episode: Episode
    continued: bool
    other: OtherUse | None
    other_certain: Tri
    age: float | None


def build_trials(
    eras: list[Era],
    episodes: list[Episode],
    person: Person,
    conditions: list[Condition],
    book: RuleBook,
) -> list[Trial]:
    """Turn eras into trials with role, base and the end of their window, in order of start and treatment."""
    if not episodes:
        return []
    drafts: list[Draft] = []
    for era in eras:
        if book.treatments[era.treatment].kind == "comedication":
            continue
        drafts.extend(_place(era, episodes))
    for draft in drafts:
        draft.age = age_at(person, draft.era.start)
        draft.other, draft.other_certain = other_use(draft.era, conditions, book)
    drafts.sort(key=lambda d: (d.era.start, not _is_base(book.treatments[d.era.treatment]), d.era.treatment))
    trials: list[Trial] = []
    used: dict[str, int] = {}
    for draft in drafts:
        trials.append(_trial(draft, trials, used, person, book))
    trials.sort(key=lambda t: (t.start, t.treatment))
    _end_windows(trials)
    return trials


def _is_base(row: Treatment) -> bool:
    """Tell whether a treatment is a main medicine to which others are added, not one that is itself added."""
    return row.kind == "medicine" and row.main == "yes" and row.with_base != "augmentation"


def age_at(person: Person, day: int) -> float | None:
    """Return the completed years on a day, from the middle of what is known of the birth date."""
    if person.birth_earliest is None and person.birth_latest is None:
        return None
    low = person.birth_earliest if person.birth_earliest is not None else person.birth_latest
    high = person.birth_latest if person.birth_latest is not None else person.birth_earliest
    assert low is not None and high is not None
    birth = (low + high) // 2
    years = date.fromordinal(day).year - date.fromordinal(birth).year
    return years if day >= _birthday(birth, years) else years - 1


def is_adult(person: Person, day: int, adult_age: int) -> Tri:
    """Tell whether the person was an adult on a day; unknown where the birth date does not decide it."""
    if person.birth_earliest is None or person.birth_latest is None:
        return UNKNOWN
    if day < perhaps_adult(person, adult_age):
        return NO
    return YES if day >= _birthday(person.birth_latest, adult_age) else UNKNOWN


def perhaps_adult(person: Person, adult_age: int) -> int:
    """Return the first day on which the person may have been an adult; any day where the birth is unknown."""
    if person.birth_earliest is None or person.birth_latest is None:
        return 0
    return _birthday(person.birth_earliest, adult_age)


@lru_cache(maxsize=10_000)
def _birthday(birth: int, years: int) -> int:
    """The day on which so many years are completed; for a birth on 29 February the first of March."""
    born = date.fromordinal(birth)
    try:
        return born.replace(year=born.year + years).toordinal()
    except ValueError:
        return date(born.year + years, 3, 1).toordinal()


def _place(era: Era, episodes: list[Episode]) -> list[Draft]:
    """Give an era to the episode in which it starts; cut it where a later episode begins while it goes on."""
    at = 0
    for n, episode in enumerate(episodes):
        if episode.start <= era.start:
            at = n
    parts: list[Draft] = []
    rest = era
    continued = False
    for n in range(at, len(episodes)):
        following = episodes[n + 1].start if n + 1 < len(episodes) else None
        if following is not None and rest.start < following < rest.end:
            head, rest_after = split_era(rest, following)
            parts.append(Draft(head, episodes[n], continued, None, NO, None))
            rest, continued = rest_after, True
            continue
        parts.append(Draft(rest, episodes[n], continued, None, NO, None))
        break
    return parts


def _trial(
    draft: Draft,
    before: list[Trial],
    used: dict[str, int],
    person: Person,
    book: RuleBook,
) -> Trial:
    era = draft.era
    row = book.treatments[era.treatment]
    role, base, why = _role(draft, before, book)
    lows = [s.dose_low for s in era.steps if s.dose_low is not None]
    highs = [s.dose_high for s in era.steps]
    unknown_high = any(high is None for high in highs)
    taken_low, taken_high = era.taken_low, era.taken_high
    span = era.end - era.start
    pdc = None if era.covered_days is None or span <= 0 else min(1.0, era.covered_days / span)
    days_low = certain_days(era.steps, allowed_gap(book, era.treatment))
    days_high = max(days_low, era.end_latest - era.start_earliest)
    return Trial(
        id=_trial_id(era, used),
        treatment=era.treatment,
        class_=row.class_,
        kind=row.kind,
        episode=draft.episode.id,
        role=role,
        base=base,
        era=era,
        start=era.start,
        judged_end=era.end,
        judged_end_low=era.end_earliest,
        judged_end_high=era.end_latest,
        days_low=days_low,
        days_high=days_high,
        age=draft.age,
        ongoing=era.ongoing,
        open_end=era.open_end,
        other_use=draft.other.use if draft.other else None,
        other_use_certain=draft.other_certain,
        adult=is_adult(person, era.start, book.conventions.adult_age),
        taken_low=taken_low,
        taken_high=taken_high,
        pdc_low=pdc,
        pdc_high=pdc,
        dose_max_low=max(lows) if lows else None,
        dose_max_high=None if unknown_high or not highs else max(h for h in highs if h is not None),
        dose_unit=next((s.dose_unit for s in era.steps if s.dose_unit), row.dose_unit),
        uncertain_dates=era.start_earliest != era.start_latest or era.end_earliest != era.end_latest,
        stopped_for=era.stop_reasons,
        outcome=PENDING,
        next_start=None,
        augmented_by=(),
        why=(*why, *era.notes),
        sources=era.sources,
    )


def _trial_id(era: Era, used: dict[str, int]) -> str:
    """Make an id of treatment and first month, with a counter where needed."""
    first = date.fromordinal(era.start)
    stem = f"{era.treatment.replace(' ', '_')}-{first.year:04d}-{first.month:02d}"
    used[stem] = used.get(stem, 0) + 1
    return stem if used[stem] == 1 else f"{stem}-{used[stem]}"


def _role(draft: Draft, before: list[Trial], book: RuleBook) -> tuple[str, str | None, tuple[Statement, ...]]:
    era = draft.era
    row = book.treatments[era.treatment]
    if draft.other is not None and draft.other_certain == YES:
        cite = (f"other_use:{era.treatment}/{draft.other.use}",)
        params: dict[str, Param] = {
            "treatment": era.treatment,
            "use": draft.other.use,
            "dose": draft.other.dose_below,
            "unit": draft.other.dose_unit,
        }
        key = "trial.role.not_for_depression"
        return "not_for_depression", None, (Statement(key, params, era.sources, cite),)
    said: dict[str, Param] = {"treatment": era.treatment, "start": era.start}
    if draft.continued and _is_base(row):
        return "continued", None, (Statement("trial.role.continued", said, era.sources),)
    if row.kind != "medicine":
        return row.kind, None, (Statement(f"trial.role.{row.kind}", said, era.sources),)
    bases = [t for t in before if _can_carry(t, era, book)]
    if bases and (row.main == "yes" or row.add_on == "yes"):
        base = bases[-1]
        role = row.with_base or ("combination" if row.main == "yes" else "augmentation")
        said["base"] = base.treatment
        return role, base.id, (Statement(f"trial.role.{role}", said, era.sources + base.sources),)
    if row.main == "no":
        return "add_on_without_base", None, (Statement("trial.role.add_on_without_base", said, era.sources),)
    earlier = [
        t
        for t in before
        if t.episode == draft.episode.id
        and t.role in ("first", "switch", "combination", "continued")
        and t.treatment != era.treatment
    ]
    if not earlier:
        return "first", None, (Statement("trial.role.first", said, era.sources),)
    last = earlier[-1]
    said["base"] = last.treatment
    overlap = last.era.end - era.start
    if overlap > 0:
        said["days"] = overlap
        cite = ("convention:cross_taper_days",)
        return "switch", None, (Statement("trial.role.cross_taper", said, era.sources + last.sources, cite),)
    return "switch", None, (Statement("trial.role.switch", said, era.sources + last.sources),)


def _can_carry(trial: Trial, era: Era, book: RuleBook) -> bool:
    """Tell whether an earlier trial was a base that went on beside this era for longer than a cross-taper."""
    row = book.treatments[trial.treatment]
    if trial.kind != "medicine" or row.main == "no" or trial.treatment == era.treatment:
        return False
    if trial.role in ("not_for_depression", "augmentation"):
        return False
    together = min(trial.era.end, era.end) - era.start
    if together <= 0:
        return False
    outlasts = trial.era.end >= era.end
    return outlasts or trial.era.end - era.start > book.conventions.cross_taper_days


def _end_windows(trials: list[Trial]) -> None:
    """End windows where something was added, and note which trial came next.

    What begins on the day of its base was never added to it: the two are one attempt from its first day.
    """
    by_id = {t.id: t for t in trials}
    for trial in trials:
        base = by_id.get(trial.base or "")
        if base is None or trial.start == base.start:
            continue
        base.augmented_by = (*base.augmented_by, trial.id)
        for earlier in [base, *(t for t in trials if t.base == base.id)]:
            if earlier.start < trial.start < earlier.judged_end:
                earlier.judged_end = trial.start
                earlier.judged_end_low = min(earlier.judged_end_low, trial.era.start_earliest)
                earlier.judged_end_high = min(earlier.judged_end_high, trial.era.start_latest)
    for n, trial in enumerate(trials):
        if trial.kind in ("medicine", "stimulation"):
            trial.next_start = next((t.start for t in trials[n + 1 :] if _comes_next(trial, t)), None)


def _comes_next(trial: Trial, later: Trial) -> bool:
    return (
        later.start > trial.start
        and later.treatment != trial.treatment
        and later.kind in ("medicine", "stimulation")
        and later.role not in ("not_for_depression", "add_on_without_base")
    )
