"""Stage 4, trials: each era as an attempt, with its role beside the other treatments of the episode.

A main antidepressant that begins alone is the first attempt or a switch; one that begins while another goes on
longer than a cross-taper is a combination; an add-on medicine beside a main one is an augmentation. At the start
of an addition the outcome window and the adequate weeks of the base trial end. A medicine given for another reason
or at a dose for another use is not for depression (table ``other_use``). A treatment that goes on through a
relapse is a trial of its own there. Source of the rule: design, section 4; tables ``convention``, ``other_use``.
"""

from __future__ import annotations

from datetime import date

import msgspec

from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_and, tri_or
from opentrd.knowledge.schema import OtherUse
from opentrd.records.model import Condition, Person
from opentrd.rules.eras import split_era
from opentrd.rules.model import Episode, Era, Outcome, Trial
from opentrd.rules.rulebook import RuleBook
from opentrd.statement import Param, Statement

DAYS_PER_YEAR = 365.2425
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
        draft.other, draft.other_certain = other_use(draft.era, draft.age, conditions, book)
    drafts.sort(key=lambda d: (d.era.start, d.era.treatment))
    trials: list[Trial] = []
    used: dict[str, int] = {}
    for draft in drafts:
        trials.append(_trial(draft, drafts, trials, used, person, book))
    _end_windows(trials)
    return trials


def age_at(person: Person, day: int) -> float | None:
    """Return the age in years on a day, from the middle of what is known of the birth date; ``None`` if unknown."""
    if person.birth_earliest is None and person.birth_latest is None:
        return None
    low = person.birth_earliest if person.birth_earliest is not None else person.birth_latest
    high = person.birth_latest if person.birth_latest is not None else person.birth_earliest
    assert low is not None and high is not None
    return (day - (low + high) / 2) / DAYS_PER_YEAR


def is_adult(person: Person, day: int, adult_age: int) -> Tri:
    """Tell whether the person was an adult on a day; unknown where the birth date does not decide it."""
    if person.birth_earliest is None or person.birth_latest is None:
        return UNKNOWN
    low, high = _birthday(person.birth_latest, adult_age), _birthday(person.birth_earliest, adult_age)
    return YES if day >= low else NO if day < high else UNKNOWN


def _birthday(birth: int, years: int) -> int:
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


def other_use(
    era: Era, age: float | None, conditions: list[Condition], book: RuleBook
) -> tuple[OtherUse | None, Tri]:
    """Tell whether a course was for something other than depression, and how sure that is.

    The dose rule holds when the highest dose of the whole course stays below the row's dose.
    """
    best: tuple[OtherUse | None, Tri] = (None, NO)
    if any(book.conditions[i].group == "depressive" for i in era.indications if i in book.conditions):
        return best
    known = {c.concept for c in conditions if c.concept and not c.family_member}
    depressed = any(book.conditions[c].group == "depressive" for c in known if c in book.conditions)
    for row in book.other_uses.get(era.treatment, ()):
        reasons = set(row.reasons.split(";")) if row.reasons else set()
        given_for = YES if reasons & set(era.indications) else NO
        if given_for == NO and era.indications:
            recorded = NO
        else:
            recorded = YES if given_for == YES or reasons & known else NO
        low_dose = _dose_below(era, row)
        answer: Tri
        if row.rule == "dose":
            answer = low_dose
        elif row.rule == "reason":
            answer = given_for
        elif row.rule == "dose_or_reason":
            answer = tri_or(low_dose, given_for)
        elif row.rule == "dose_and_reason":
            answer = tri_and(low_dose, recorded)
        else:
            answer = given_for if depressed else recorded
        if answer > best[1]:
            best = (row, answer)
    return best


def _dose_below(era: Era, row: OtherUse) -> Tri:
    if row.dose_below is None:
        return NO
    answer: Tri = YES
    for step in era.steps:
        if step.dose_low is not None and step.dose_low >= row.dose_below:
            return NO
        if step.dose_high is None or step.dose_high >= row.dose_below:
            answer = UNKNOWN
    return answer


def _trial(
    draft: Draft,
    drafts: list[Draft],
    before: list[Trial],
    used: dict[str, int],
    person: Person,
    book: RuleBook,
) -> Trial:
    era = draft.era
    row = book.treatments[era.treatment]
    role, base, why = _role(draft, drafts, before, book)
    lows = [s.dose_low for s in era.steps if s.dose_low is not None]
    highs = [s.dose_high for s in era.steps]
    unknown_high = any(high is None for high in highs)
    taken_low, taken_high = era.taken_low, era.taken_high
    span = era.end - era.start
    pdc = None if era.covered_days is None or span <= 0 else min(1.0, era.covered_days / span)
    days_low = max(0, _certain_end(era) - era.start_latest)
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
        judged_end_low=_certain_end(era),
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


def _certain_end(era: Era) -> int:
    """The first day that is no longer certain: the end of the last step that is certain."""
    return max((s.end_earliest for s in era.steps if s.certain), default=era.start_latest)


def _trial_id(era: Era, used: dict[str, int]) -> str:
    """Make an id of treatment and first month, with a counter where needed."""
    first = date.fromordinal(era.start)
    stem = f"{era.treatment.replace(' ', '_')}-{first.year:04d}-{first.month:02d}"
    used[stem] = used.get(stem, 0) + 1
    return stem if used[stem] == 1 else f"{stem}-{used[stem]}"


def _role(
    draft: Draft, drafts: list[Draft], before: list[Trial], book: RuleBook
) -> tuple[str, str | None, tuple[Statement, ...]]:
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
    if draft.continued:
        return "continued", None, (Statement("trial.role.continued", said, era.sources),)
    if row.kind != "medicine":
        return row.kind, None, (Statement(f"trial.role.{row.kind}", said, era.sources),)
    bases = [t for t in before if _can_carry(t, era, draft, book)]
    if bases:
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
        and t.kind == "medicine"
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


def _can_carry(trial: Trial, era: Era, draft: Draft, book: RuleBook) -> bool:
    """Tell whether an earlier trial was a base that went on beside this era for longer than a cross-taper."""
    row = book.treatments[trial.treatment]
    if trial.kind != "medicine" or row.main == "no" or trial.role == "not_for_depression":
        return False
    if trial.treatment == era.treatment or trial.other_use_certain == YES:
        return False
    together = min(trial.era.end, era.end) - era.start
    if together <= 0:
        return False
    outlasts = trial.era.end >= era.end
    return outlasts or trial.era.end - era.start > book.conventions.cross_taper_days


def _end_windows(trials: list[Trial]) -> None:
    """End the window of a base where something was added to it, and note which trial came next."""
    by_id = {t.id: t for t in trials}
    for trial in trials:
        base = by_id.get(trial.base or "")
        if base is None:
            continue
        base.augmented_by = (*base.augmented_by, trial.id)
        if trial.start < base.judged_end:
            base.judged_end = trial.start
            base.judged_end_low = min(base.judged_end_low, trial.era.start_earliest)
            base.judged_end_high = min(base.judged_end_high, trial.era.start_latest)
    for n, trial in enumerate(trials):
        if trial.kind not in ("medicine", "stimulation"):
            continue
        for later in trials[n + 1 :]:
            if (
                later.start > trial.start
                and later.treatment != trial.treatment
                and later.kind in ("medicine", "stimulation")
                and later.role not in ("not_for_depression", "add_on_without_base")
            ):
                trial.next_start = later.start
                break
