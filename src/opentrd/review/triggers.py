"""Does what a row of the table ``caution`` looks for hold for this person?

Yes, no, or unknown with the question: one function for each kind of trigger. What nobody wrote down is open
where the row says ``ask``, and is taken as absent where it says ``absent``; what the record only suspects, or
cannot date, is open in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from opentrd.kleene import NO, UNKNOWN, YES, Tri, tri_and, tri_not, tri_or
from opentrd.knowledge.lookup import plain
from opentrd.knowledge.medicines import Medicine, medicines_of, selector
from opentrd.knowledge.schema import CautionRow
from opentrd.records.model import Condition, Observation
from opentrd.review.context import ENDED, Described, ReviewContext, day_of, sources_of
from opentrd.review.taken import taken_meant, taken_of
from opentrd.review.wanted import Wanted, wanted_by
from opentrd.rules.exclusions import SUSPECTED

if TYPE_CHECKING:
    from opentrd.statement import Param

ASK: Final = "ask"
#: Words of an answer that say that something is not there, or no longer.
NOT_NOW: Final = frozenset({"never", "no", "not", "non", "former", "ex", "none", "quit", "stopped", "denies"})
PHENOTYPES: Final = ("ultrarapid", "poor", "intermediate", "rapid", "normal")


class Sign(msgspec.Struct, frozen=True):
    """What was found. ``recorded`` is false where nothing was; ``ask`` replaces the row's own question."""

    applies: Tri
    recorded: bool = True
    found: tuple[str, ...] = ()
    value: float | None = None
    day: int | None = None
    sources: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()
    ask: str | None = None
    ask_about: tuple[str, ...] = ()

    @property
    def bare(self) -> bool:
        """Say whether nothing of the record is in it: then it is the same for all persons who have it."""
        return self.value is None and self.day is None and not (self.found or self.sources or self.citations)

    def params(self) -> dict[str, Param]:
        """Return what the sentence may name."""
        return {"found": self.found, "value": self.value, "day": self.day}


NOT_THERE: Final = Sign(NO, recorded=False)


def look(row: CautionRow, context: ReviewContext, subject: Medicine) -> Sign:
    """Tell whether a row holds for a person and a medicine (or treatment) that it concerns."""
    meant = subject if asks_subject(row, context) else None
    seen = context.kept.signs.get((row.caution, meant))
    if seen is None:
        seen = context.kept.signs[row.caution, meant] = _look(row, context, subject)
        if seen.applies == NO and meant is None:
            context.kept.absent.add(row.caution)
    return seen


def asks_subject(row: CautionRow, context: ReviewContext) -> bool:
    """Say whether the answer depends on the medicine too: with an allergy, or when what is meant is taken."""
    if row.kind == "allergy":
        return bool(context.allergies)
    return row.kind == "comedication" and bool(taken_meant(context, row.trigger or ""))


def _look(row: CautionRow, context: ReviewContext, subject: Medicine) -> Sign:
    if row.region and context.region and context.region not in row.region.split(";"):
        return NOT_THERE
    age, sex = _age(row, context), _sex(row, context)
    if NO in (age, sex):
        return NOT_THERE
    sign = _KINDS[row.kind](row, context, subject)
    narrowed = tri_and(age, sex)
    if sign.applies == NO or narrowed == YES:
        return sign
    asked = "caution.ask.age" if age == UNKNOWN else row.ask or "caution.ask.sex"
    return msgspec.structs.replace(sign, applies=UNKNOWN, ask=sign.ask or asked)


def _age(row: CautionRow, context: ReviewContext) -> Tri:
    old = YES if row.age_from is None else context.aged_at_least(row.age_from)
    young = YES if row.age_to is None else tri_not(context.aged_at_least(row.age_to))
    return tri_and(old, young)


def _sex(row: CautionRow, context: ReviewContext) -> Tri:
    if row.sex is None or context.sex == row.sex:
        return YES
    return NO if context.sex in ("male", "female") else UNKNOWN


def _open(row: CautionRow, *searched: str) -> Sign:
    """Nothing is recorded: open where the row asks, else not there."""
    return _not_recorded(searched) if row.unknown == ASK else NOT_THERE


@lru_cache(maxsize=64)
def _not_recorded(searched: tuple[str, ...]) -> Sign:
    return Sign(UNKNOWN, recorded=False, searched=searched)


# Conditions, devices, habits


def _condition(row: CautionRow, context: ReviewContext, subject: Medicine) -> Sign:
    wanted = wanted_by(row.trigger)
    rows: list[tuple[Condition | Observation, Tri]] = [
        (own.condition, _holds(row, own.condition, context))
        for own in context.described
        if _is_meant(own, wanted)
    ]
    for token in wanted.tokens:
        rows += [(o, _carried(o, context)) for o in context.observed(token) if _affirmed(o)]
    for device in context.devices if wanted.texts else ():
        if any(_says(device.value_text, text) for text in wanted.texts):
            rows.append((device, _carried(device, context)))
    if rows:
        return _of_rows(rows)
    if _denied(row, wanted.tokens, context):
        return NOT_THERE
    return _open(row, "condition", "observation")


def _is_meant(own: Described, wanted: Wanted) -> bool:
    if wanted.without and not own.names.isdisjoint(wanted.without):
        return False
    if not own.names.isdisjoint(wanted.names):
        return True
    if wanted.codes and any(code.startswith(wanted.codes) for code in own.icd):
        return True
    return bool(wanted.texts) and any(_says(own.condition.text, text) for text in wanted.texts)


def _says(text: str | None, words: str) -> bool:
    """Say whether a text holds the words, and does not begin by denying them."""
    said = plain(text or "")
    return plain(words) in said and not (set(said.split()[:2]) & NOT_NOW)


def _holds(row: CautionRow, condition: Condition, context: ReviewContext) -> Tri:
    """Does a recorded condition count: is it confirmed, recent, still there, as far as the row asks?"""
    holds: Tri = UNKNOWN if condition.verification in SUSPECTED else YES
    if row.current == "yes":
        ended = condition.clinical_status in ENDED or (
            condition.end_latest is not None and condition.end_latest <= context.as_of
        )
        holds = tri_and(holds, NO if ended else YES)
    if row.within_days is not None:
        holds = tri_and(
            holds, _recent(condition.onset_earliest, condition.onset_latest, row.within_days, context)
        )
    return holds


def _recent(earliest: int | None, latest: int | None, days: int, context: ReviewContext) -> Tri:
    if earliest is None and latest is None:
        return UNKNOWN
    first = context.as_of - days
    if latest is not None and latest < first:
        return NO
    return YES if earliest is not None and earliest >= first else UNKNOWN


def _affirmed(row: Observation) -> bool:
    """Say whether an observation of a device or habit says that it is there."""
    words = set(plain(row.value_text or "").split())
    return row.kind != "stated" and row.negated != YES and not (words & NOT_NOW)


def _carried(row: Observation, context: ReviewContext) -> Tri:
    return NO if row.end_latest is not None and row.end_latest <= context.as_of else YES


def _denied(row: CautionRow, wanted: tuple[str, ...], context: ReviewContext) -> bool:
    """Say whether the record denies all that is looked for, or something that answers the question."""
    answers = (row.answered_by or "").split(";") if row.answered_by else []
    concepts = [token for token in wanted if ":" not in token]
    return any(_is_denied(name, context) for name in answers) or (
        bool(concepts) and all(_is_denied(name, context) for name in concepts)
    )


def _is_denied(name: str, context: ReviewContext) -> bool:
    if context.find(name).state == "denied":
        return True
    rows = context.observed(name)
    return bool(rows) and not _affirmed(rows[-1])


def _of_rows(rows: Iterable[tuple[Condition | Observation, Tri]]) -> Sign:
    applies: Tri = NO
    for _, holds in rows:
        applies = tri_or(applies, holds)
    kept = [row for row, holds in rows if holds == applies]
    doubted = any(isinstance(row, Condition) and row.verification in SUSPECTED for row in kept)
    found = tuple(dict.fromkeys(_name(row) for row in kept))
    first = kept[0]
    return Sign(
        applies,
        found=found,
        day=first.onset_latest if isinstance(first, Condition) else day_of(first),
        sources=sources_of(kept),
        ask=None if applies != UNKNOWN else "caution.ask.confirm" if doubted else "caution.ask.when",
        ask_about=found,
    )


def _name(row: Condition | Observation) -> str:
    text = row.text if isinstance(row, Condition) else row.value_text
    return row.concept or text or next((code for _, code in row.codes), "")


# Values, genes


def _observation(row: CautionRow, context: ReviewContext, subject: Medicine) -> Sign:
    seen = context.latest(row.trigger or "")
    units = {unit.casefold() for unit in (row.unit or "").split(";")}
    if seen is None or seen.value is None or (seen.unit and seen.unit.strip().casefold() not in units):
        return _open(row, "observation")
    low = float("-inf") if seen.comparator in ("<", "<=") else seen.value
    high = float("inf") if seen.comparator in (">", ">=") else seen.value
    applies: Tri = YES
    if row.at_least is not None:
        applies = tri_and(applies, _between(low >= row.at_least, high >= row.at_least))
    if row.above is not None:
        beyond = low > row.above or (seen.comparator == ">" and low >= row.above)
        applies = tri_and(applies, _between(beyond, high > row.above))
    if row.below is not None:
        under = high < row.below or (seen.comparator == "<" and high <= row.below)
        applies = tri_and(applies, _between(under, low < row.below))
    days = context.days_since(seen)
    old = row.within_days is not None and (days is None or days > row.within_days)
    sign = Sign(applies, value=seen.value, day=day_of(seen), sources=seen.source_ids)
    doubtful = applies == UNKNOWN or (old and (applies != NO or row.unknown == ASK))
    if not doubtful:
        return sign
    return msgspec.structs.replace(
        sign, applies=UNKNOWN, recorded=row.unknown != ASK, ask=row.ask or "caution.ask.newer"
    )


def _between(certain: bool, possible: bool) -> Tri:
    return YES if certain else UNKNOWN if possible else NO


def _genotype(row: CautionRow, context: ReviewContext, subject: Medicine) -> Sign:
    for token in wanted_by(row.trigger).tokens:
        gene, _, phenotype = token.partition("=")
        if not phenotype:
            words = plain(token.removeprefix("text:"))
            rows = [
                o
                for o in context.record.observations
                if words in plain(f"{o.value_text or ''} {o.substance or ''}").split()
            ]
            if rows:
                return Sign(YES, sources=sources_of(rows), day=day_of(rows[-1]))
            continue
        told = context.latest(f"{gene}_phenotype")
        if told is not None:
            is_so = _phenotype(told) == phenotype
            found = Sign(YES if is_so else NO, found=(phenotype,), sources=told.source_ids, day=day_of(told))
            return found if is_so else msgspec.structs.replace(found, found=())
        typed = context.latest(f"{gene}_genotype")
        if typed is not None:
            return Sign(UNKNOWN, sources=typed.source_ids, day=day_of(typed), ask="caution.ask.metaboliser")
    return NOT_THERE


def _phenotype(row: Observation) -> str | None:
    text = plain(f"{row.value_text or ''} {row.value_code or ''}").replace("ultra rapid", "ultrarapid")
    text = text.replace("extensive", "normal")
    return next((name for name in PHENOTYPES if name in text), None)


# Age, pregnancy, allergy


def _always(row: CautionRow, context: ReviewContext, subject: Medicine) -> Sign:
    """The row itself is the reason; an age or sex that it names was already looked at."""
    narrowed = row.age_from is not None or row.age_to is not None or row.sex is not None
    person = context.record.person
    return Sign(YES, value=context.age if narrowed else None, sources=person.source_ids if narrowed else ())


def _pregnancy(row: CautionRow, context: ReviewContext, subject: Medicine) -> Sign:
    applies, said = context.pregnancy
    if applies == UNKNOWN:
        return Sign(UNKNOWN, recorded=False, searched=said.searched, sources=said.sources)
    return Sign(applies, found=("pregnancy",), sources=said.sources)


def _allergy(row: CautionRow, context: ReviewContext, subject: Medicine) -> Sign:
    known = medicines_of(context.knowledge)
    rows = []
    for allergy in context.allergies:
        substance = allergy.substance or ""
        keys = known.of_text(substance) | {substance}
        same = bool(keys & subject.keys)
        alike = any(known.get(key).classes & subject.classes for key in keys)
        if same if row.trigger == "medicine" else (alike and not same):
            rows.append(allergy)
    if rows:
        names = tuple(dict.fromkeys(o.substance or "" for o in rows))
        return Sign(YES, found=names, sources=sources_of(rows), day=day_of(rows[0]))
    return NOT_THERE if context.allergies_known != UNKNOWN else _open(row, "allergy")


# Other medicines


def _comedication(row: CautionRow, context: ReviewContext, subject: Medicine) -> Sign:
    meant = selector(row.trigger or "")
    rows = [
        (each, each.taking.now)
        for each in taken_meant(context, row.trigger or "")
        if not each.is_same(subject)
    ]
    if not rows:
        return NOT_THERE
    applies: Tri = YES if any(now == YES for _, now in rows) else UNKNOWN
    kept = [each for each, now in rows if now == applies]
    names = tuple(dict.fromkeys(each.name for each in kept))
    return Sign(
        applies,
        found=names,
        sources=tuple(dict.fromkeys(source for each in kept for source in each.taking.sources)),
        citations=tuple(dict.fromkeys(c for each in kept for c in meant.citations(each.medicine))),
        ask="caution.ask.still_taking" if applies == UNKNOWN else None,
        ask_about=names,
    )


def _stopped(row: CautionRow, context: ReviewContext, subject: Medicine) -> Sign:
    """A medicine that ended lately. How it was stopped the record rarely says: open where the row asks."""
    meant = selector(row.trigger or "")
    first = context.as_of - (row.within_days or 0)
    for each in taken_of(context):
        if each.taking.now == NO and each.taking.last_latest >= first and meant.matches(each.medicine):
            sure = row.unknown != ASK and each.taking.last_earliest >= first
            return Sign(
                YES if sure else UNKNOWN,
                found=(each.name,),
                day=each.taking.last_latest,
                sources=each.taking.sources,
                ask=None if sure else row.ask or "caution.ask.last_dose",
                ask_about=(each.name,),
            )
    return NOT_THERE


def _untried(row: CautionRow, context: ReviewContext, subject: Medicine) -> Sign:
    """No antidepressant was taken so far."""
    treatments = context.knowledge.treatments
    for taking in context.takings:
        if taking.kind == "medicine" and taking.treatment is not None:
            known = treatments.get(taking.treatment)
            if known is not None and known.main == "yes":
                return NOT_THERE
    return Sign(YES, recorded=True, searched=("exposure",))


_KINDS: Final[dict[str, Callable[[CautionRow, ReviewContext, Medicine], Sign]]] = {
    "condition": _condition,
    "device": _condition,
    "observation": _observation,
    "genotype": _genotype,
    "age": _always,
    "pregnancy": _pregnancy,
    "allergy": _allergy,
    "comedication": _comedication,
    "stopped": _stopped,
    "untried": _untried,
    "always": _always,
}
