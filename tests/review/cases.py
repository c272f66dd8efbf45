"""The smallest record that makes a caution fire, and one that must not: both made from the row itself."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from opentrd.kleene import NO, YES, Tri
from opentrd.knowledge.loader import load
from opentrd.knowledge.medicines import Medicine, medicines_of, selector
from opentrd.knowledge.schema import CautionRow
from opentrd.records.model import Condition, Exposure, Observation, Person, Record
from opentrd.review.context import ReviewContext
from opentrd.rules.judge import judge_record
from opentrd.rules.rulebook import RuleBook

TODAY = date(2026, 6, 1).toordinal()
YEAR = 365.25


@cache
def book() -> RuleBook:
    return RuleBook(load())


def person(age: float | None = 40, sex: str | None = "female") -> Person:
    born = None if age is None else int(TODAY - (age + 0.5) * YEAR)
    return Person(person_id="p", source_ids=("person",), birth_earliest=born, birth_latest=born, sex=sex)


def context(record: Record, region: str | None = None, **preferences: float) -> ReviewContext:
    known = load()
    judged = judge_record(record, book(), TODAY, book().default_instrument)
    return ReviewContext(record, judged, book(), known, TODAY, region, preferences)


def taken(
    medicine: str, *, text: str | None = None, since: int = 100, ended: int | None = None, **more: Any
) -> Exposure:
    """A medicine taken from ``since`` days ago on, until today or until ``ended`` days ago (its last day)."""
    treatment = medicine if medicine in load().treatments else None
    end = None if ended is None else TODAY - ended + 1
    fields: dict[str, Any] = {
        "person_id": "p",
        "source_ids": (f"medicine:{medicine}",),
        "treatment": treatment,
        "kind": load().treatments[medicine].kind if treatment else "comedication",
        "origin": "statement",
        "product_text": text or medicine,
        "start_earliest": TODAY - since,
        "start_latest": TODAY - since,
        "end_earliest": end,
        "end_latest": end,
        "ongoing": YES if ended is None else NO,
        "status": "active" if ended is None else "completed",
    }
    return Exposure(**(fields | more))


def condition(concept: str | None = None, days_ago: int | None = 10, **more: Any) -> Condition:
    onset = None if days_ago is None else TODAY - days_ago
    fields: dict[str, Any] = {
        "person_id": "p",
        "source_ids": (f"condition:{concept or more.get('text') or more.get('codes')}",),
        "concept": concept,
        "onset_earliest": onset,
        "onset_latest": onset,
        "clinical_status": "active",
        "verification": "confirmed",
    }
    return Condition(**(fields | more))


def observation(concept: str | None, kind: str = "laboratory", days_ago: int = 5, **more: Any) -> Observation:
    fields: dict[str, Any] = {
        "person_id": "p",
        "source_ids": (f"observation:{concept or more.get('value_text') or more.get('substance')}",),
        "concept": concept,
        "kind": kind,
        "day_earliest": TODAY - days_ago,
        "day_latest": TODAY - days_ago,
        "negated": NO,
    }
    return Observation(**(fields | more))


def denied(concept: str) -> Observation:
    return observation(concept, "stated", negated=YES)


def record(*rows: Exposure | Condition | Observation, who: Person | None = None) -> Record:
    return Record(
        person=who or person(),
        exposures=[r for r in rows if isinstance(r, Exposure)],
        conditions=[r for r in rows if isinstance(r, Condition)],
        observations=[r for r in rows if isinstance(r, Observation)],
    )


def subject_of(row: CautionRow) -> str:
    """The first treatment that a row concerns (a medicine of depression where there is one)."""
    known = medicines_of(load())
    if row.caution == "allergy_class":
        return "sertraline"
    keys = (*load().treatments, *sorted(known.keys))
    return next(key for key in keys if selector(row.affects).matches(known.get(key)))


def option_of(medicine: str) -> str:
    known = medicines_of(load())
    return next(iter(sorted(known.get(medicine).options)), "switch_between")


def who_fits(row: CautionRow) -> Person:
    age = 40 if row.age_from is None and row.age_to is None else (row.age_from or (row.age_to or 0) - 15) + 2
    return person(age, row.sex or "female")


def who_does_not(row: CautionRow) -> Person | None:
    if row.age_from is not None:
        return person(row.age_from - 3, row.sex or "female")
    if row.age_to is not None:
        return person(row.age_to + 3, row.sex or "female")
    return None


def _beside(row: CautionRow, subject: str) -> Medicine:
    """A medicine that the trigger of a row means."""
    known = medicines_of(load())
    own = known.get(subject)
    return next(
        each
        for key in sorted(known.keys)
        if key != subject
        and (each := known.get(key)).kind in ("medicine", "comedication")
        and not each.keys & own.keys
        and selector(row.trigger or "").matches(each)
    )


def _number(row: CautionRow, fires: bool) -> float:
    low = row.at_least if row.at_least is not None else None if row.above is None else row.above + 1
    high = row.below
    if fires:
        return low if low is not None else (high or 0) * 0.8
    return high * 1.2 if high is not None else (low or 0) * 0.8


def firing(row: CautionRow) -> Record:
    """The smallest record that makes a row fire."""
    subject, who = subject_of(row), who_fits(row)
    token = next((t for t in (row.trigger or "").split(";") if t and not t.startswith("-")), "")
    unit = (row.unit or "").split(";")[0] or None
    match row.kind:
        case "condition" | "device":
            return record(*_sign(token), who=who)
        case "observation":
            return record(observation(token, value=_number(row, True), unit=unit), who=who)
        case "genotype":
            gene, _, phenotype = token.partition("=")
            said = f"{phenotype} metabolizer" if phenotype else token.removeprefix("text:") + ": S/S"
            return record(
                observation(f"{gene}_phenotype" if phenotype else None, "genotype", value_text=said), who=who
            )
        case "pregnancy":
            return record(observation("pregnancy_status", "pregnancy", value_text="Pregnant"), who=who)
        case "allergy":
            substance = subject if row.trigger == "medicine" else "citalopram"
            return record(observation("allergy", "allergy", substance=substance), who=who)
        case "comedication":
            return record(taken(_beside(row, subject).key), who=who)
        case "stopped":
            return record(taken(_beside(row, subject).key, ended=3), who=who)
    return record(who=who)


def silent(row: CautionRow) -> list[Record]:
    """Records in which a row must not fire: someone else's age, or the same thing denied, over or normal."""
    subject, who = subject_of(row), who_fits(row)
    other = who_does_not(row)
    tokens = [t for t in (row.trigger or "").split(";") if t and not t.startswith("-")]
    unit = (row.unit or "").split(";")[0] or None
    found = []
    if other is not None:
        found.append(Record(**_replaced(firing(row), other)))
    if row.sex is not None:
        found.append(Record(**_replaced(firing(row), person(30, "male"))))
    match row.kind:
        case "condition" | "device":
            answers = [t for t in tokens if ":" not in t] + (row.answered_by or "").split(";")
            found.append(record(*(denied(t) for t in answers if t), who=who))
            if row.unknown == "absent":
                found.append(record(who=who))
            relative = [r for r in _sign(tokens[0]) if isinstance(r, Condition)]
            for each in relative:
                each.family_member = "mother"
            found.append(record(*relative, *(denied(t) for t in answers if t), who=who))
            if row.within_days is not None:
                found.append(record(*_sign(tokens[0], days_ago=row.within_days + 30), who=who))
            if row.current == "yes" and ":" not in tokens[0] and tokens[0] in load().conditions:
                found.append(record(condition(tokens[0], clinical_status="resolved"), who=who))
        case "observation":
            found.append(record(observation(tokens[0], value=_number(row, False), unit=unit), who=who))
        case "genotype":
            gene = tokens[0].partition("=")[0]
            if ":" not in gene:
                found.append(
                    record(
                        observation(f"{gene}_phenotype", "genotype", value_text="Normal metabolizer"), who=who
                    )
                )
            found.append(record(who=who))
        case "pregnancy":
            found.append(
                record(observation("pregnancy_test", "pregnancy", value_text="negative", negated=YES))
            )
            found.append(record(who=person(40, "male")))
            found.append(record(who=person(70, "female")))
        case "allergy":
            found.append(record(observation("allergy", "allergy", negated=YES), who=who))
            found.append(record(observation("allergy", "allergy", substance="penicillin"), who=who))
        case "comedication" | "stopped":
            found.append(record(who=who))
            found.append(record(taken(_beside(row, subject).key, ended=400, since=500), who=who))
        case "untried":
            found.append(record(taken("sertraline", ended=50), who=who))
    return found


def _replaced(one: Record, who: Person) -> dict[str, Any]:
    return {
        "person": who,
        "exposures": one.exposures,
        "conditions": one.conditions,
        "observations": one.observations,
    }


def _sign(token: str, days_ago: int = 10) -> list[Condition | Observation]:
    """A row of the record that a token of a trigger means."""
    known = load()
    if token.startswith("icd:"):
        return [condition(days_ago=days_ago, codes=(("ICD-10-CM", token[4:]),))]
    if token.startswith("text:"):
        return [condition(days_ago=days_ago, text=f"History of {token[5:]}")]
    if token in known.observations:
        return [observation(token, known.observations[token].kind, days_ago=days_ago, value_text="yes")]
    if token in known.conditions:
        return [condition(token, days_ago=days_ago)]
    concept = next(key for key, row in known.conditions.items() if row.group == token)
    return [condition(concept, days_ago=days_ago)]


def asked_state(tri: Tri) -> str:
    return {0: "no", 1: "unknown", 2: "yes"}[tri]
