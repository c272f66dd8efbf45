"""Medicines that tell or matter: for bipolar disorder, against mood, against the effect; genes; pregnancy."""

from __future__ import annotations

from typing import Final

from opentrd.kleene import NO, YES
from opentrd.knowledge.medicines import medicines_of, selector
from opentrd.knowledge.schema import Check
from opentrd.review.checks.line import ABSENT, Evidence, cells, line_of
from opentrd.review.checks.signs import look
from opentrd.review.context import ReviewContext, day_of
from opentrd.review.model import ReviewLine
from opentrd.review.taken import taken_of
from opentrd.rules.trials import age_at
from opentrd.statement import Param, Statement

MANIA: Final = ("mania", "hypomania")
#: A medicine of which this is only debated makes a check open, not present.
UNCERTAIN: Final = "uncertain"


def mania_on_antidepressant(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """Mania or hypomania that began while a treatment went on, or soon after its start."""
    found = Evidence(searched=["condition", "treatment"])
    within = int(context.convention("mania_after_days"))
    cite = ("convention:mania_after_days",)
    rows = [row for name in MANIA for row in context.find(name).rows]
    undated = [row for row in rows if row.onset_earliest is None]
    for row in rows:
        day = row.onset_earliest
        if day is None or row in undated:
            continue
        for trial in context.judged.trials:
            treatment = context.book.treatments[trial.treatment]
            if treatment.main != "yes" or treatment.kind != "medicine":
                continue
            if trial.start <= day < max(trial.era.end, min(trial.start + within, trial.era.end + within)):
                params: dict[str, Param] = {
                    "treatment": trial.treatment,
                    "condition": row.concept,
                    "day": day,
                }
                sources = (*row.source_ids, *trial.sources)
                found.present.append(Statement("review.mania_on_treatment", params, sources, cite))
    for row in undated:
        said = Statement("review.mania_undated", {"condition": row.concept}, row.source_ids)
        found.suspected.append(said)
    denied = [state for name in ("bipolar",) if (state := context.find(name)).state == "denied"]
    if denied and not rows:
        found.absent.append(Statement("review.denied", {"condition": "bipolar"}, denied[0].statement.sources))
    return [line_of(check, found)]


def mood_stabiliser(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """A medicine that is usual in bipolar disorder, where it was not added to an antidepressant."""
    found = Evidence(searched=["treatment"])
    added = {t.treatment for t in context.judged.trials if t.role == "augmentation"}
    wanted = selector(check.medicines or "")
    for each in taken_of(context):
        if not wanted.matches(each.medicine):
            continue
        params: dict[str, Param] = {"medicine": each.name, "day": each.taking.first}
        if each.taking.treatment in added:
            found.aside.append(Statement("review.stabiliser_added", params, each.taking.sources))
        else:
            found.suspected.append(Statement("review.stabiliser", params, each.taking.sources))
    return [line_of(check, found)]


def family(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """Relatives with the condition; what nobody told is unknown."""
    return [line_of(check, look(context, check))]


def medicines_of_group(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """Medicines taken now that belong to a class of the table ``interaction_class``."""
    found = Evidence(searched=["treatment"])
    wanted = selector(check.medicines or "")
    current = [each for each in taken_of(context) if each.taking.now != NO]
    for each in current:
        if not wanted.matches(each.medicine):
            continue
        rows = wanted.citations(each.medicine)
        strengths = tuple(
            dict.fromkeys(
                strength
                for cell in cells(check.medicines)
                for strength in each.medicine.groups.get(cell.partition(":")[2], {})
            )
        )
        params: dict[str, Param] = {
            "medicine": each.name,
            "strength": strengths[0] if strengths else None,
            "check": check.check,
        }
        sure = each.taking.now == YES and set(strengths) != {UNCERTAIN}
        key = "review.medicine_of_group" if each.taking.now == YES else "review.medicine_perhaps"
        (found.present if sure else found.suspected).append(Statement(key, params, each.taking.sources, rows))
    unread = [each for each in current if not _recognised(context, each.medicine.keys)]
    if unread:
        names = tuple(each.name for each in unread)
        sources = tuple(s for each in unread for s in each.taking.sources)
        params = {"medicines": names, "check": check.check}
        found.aside.append(Statement("review.medicines_not_known", params, sources))
    elif current and not found.present and not found.suspected:
        names = tuple(each.name for each in current)
        sources = tuple(s for each in current for s in each.taking.sources)
        params = {"medicines": names, "check": check.check}
        said = Statement("review.medicines_looked_at", params, sources)
        found.absent.append(said)
    return [line_of(check, found)]


def _recognised(context: ReviewContext, keys: set[str]) -> bool:
    """Tell whether the tables know a medicine by one of its keys."""
    return bool(keys & medicines_of(context.knowledge).keys)


def genes(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """Results on the genes that break down medicines, and the treatments of the episode."""
    found = Evidence(searched=["gene"])
    for concept in cells(check.tests):
        row = context.latest(concept)
        if row is not None:
            said = row.value_text or row.value_code
            params: dict[str, Param] = {"test": concept, "value": said, "day": day_of(row)}
            found.present.append(Statement("review.gene", params, row.source_ids))
    return [line_of(check, found)]


def perinatal(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """Pregnancy or the time after a birth: recorded, told, ruled out, or to be asked."""
    found = look(context, check)
    pregnant, said = context.pregnancy
    if pregnant == YES:
        found.present.append(said)
    elif pregnant == NO and not found.present and not found.suspected:
        found.absent.append(said)
    elif pregnant != NO:
        found.aside.append(said)
    return [line_of(check, found)]


def risk_note(context: ReviewContext, check: Check) -> list[ReviewLine]:
    """Physical illness and risk of death are higher in resistant depression: always asked about."""
    figures = ("figure:mortality_us_claims",)
    found = Evidence(searched=["condition"])
    age = age_at(context.record.person, context.as_of)
    found.aside.append(Statement("review.risk_note", {"age": age}, (), figures))
    line = line_of(check, found)
    assert line.finding != ABSENT
    return [line]
