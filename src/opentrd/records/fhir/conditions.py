"""Diagnoses and problems: of the person, of the family, and allergies.

A refuted diagnosis is none. A family member's is kept as theirs. Where only the day of recording is known,
the onset lies before it: earliest unknown, latest that day.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from opentrd.kleene import NO, YES
from opentrd.records.fhir import resources as r
from opentrd.records.fhir import statuses
from opentrd.records.fhir.codes import codings, has_code, pairs, text_of, texts
from opentrd.records.fhir.context import Context
from opentrd.records.fhir.dates import (
    LAST_YEAR,
    UNKNOWN_DAY,
    BadValueError,
    Span,
    end_span,
    ends_before_start,
    period,
    shift,
    span,
    unit_days,
)
from opentrd.records.fhir.entry import Entry
from opentrd.records.model import Condition, Observation

CLINICAL: Final = frozenset({"active", "recurrence", "relapse", "inactive", "remission", "resolved"})
VERIFICATION: Final = frozenset(
    {"unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error"}
)
_SEVERITY: Final = {
    "255604002": "mild",
    "371923003": "mild",
    "6736007": "moderate",
    "371924009": "moderate",
    "24484000": "severe",
    "399166001": "severe",
    "442452003": "severe",
}
_SEVERITY_WORDS: Final = (
    ("severe", re.compile(r"\b(severe|fatal|grave|schwer)\b", re.IGNORECASE)),
    ("moderate", re.compile(r"\b(moderate|moderada?|mittelgradig)\b", re.IGNORECASE)),
    ("mild", re.compile(r"\b(mild|leve|leicht)\b", re.IGNORECASE)),
)
_FAMILY: Final = re.compile(
    r"\b(family history|fam(?:ily)?\s*hx|fhx?|antecedentes? familiar(?:es)?)\b", re.IGNORECASE
)
_FAMILY_CODES: Final = ("Z80", "Z81", "Z82", "Z83", "Z84")
_NO_ALLERGY: Final = frozenset({"716186003", "409137002", "429625007", "428197003", "716220001"})


def _status_code(concept: r.CodeableConcept | str | None, known: frozenset[str], field: str) -> str:
    """Return the code of a status, ``unknown`` where there is none; ``BadValueError``: not known to R4."""
    if concept is None or isinstance(concept, str):
        return "unknown"
    words = [coding.code or "" for coding in codings(concept)] or [concept.text or ""]
    for word in words:
        if word.strip().lower() in known:
            return word.strip().lower()
    if not any(words):
        return "unknown"
    raise BadValueError(
        field, f'"{words[0][:30]}" is no such status of FHIR R4', f"it may be {', '.join(sorted(known))}"
    )


def severity_of(concept: r.CodeableConcept | None) -> str | None:
    """Return mild, moderate or severe, as a code or word says."""
    for coding in codings(concept):
        if coding.code in _SEVERITY:
            return _SEVERITY[coding.code]
    for text in texts(concept):
        for severity, pattern in _SEVERITY_WORDS:
            if pattern.search(text):
                return severity
    return None


def _at_age(ctx: Context, low: r.Quantity | None, high: r.Quantity | None) -> Span:
    """Return the days at which the person had an age: completed years, or another unit of time."""
    born = Span(ctx.person.birth_earliest, ctx.person.birth_latest)
    last = high if high is not None and high.value is not None else low
    if born.earliest is None or born.latest is None or low is None or last is None:
        return UNKNOWN_DAY
    if low.value is None or last.value is None or not 0 <= low.value <= last.value <= 150:
        return UNKNOWN_DAY
    unit = unit_days(low.code) or unit_days(low.unit) or unit_days("a")
    if unit == unit_days("a"):
        return Span(_birthday(born.earliest, int(low.value)), _birthday(born.latest, int(last.value) + 1) - 1)
    days = round(unit or 1.0)
    return shift(born, int(low.value * days), int((last.value + 1) * days))


def _birthday(born: int, years: int) -> int:
    """Return the day on which somebody turns that many years old (29 February: 1 March)."""
    day = date.fromordinal(born)
    if day.year + years > LAST_YEAR:
        return date.max.toordinal()
    try:
        return day.replace(year=day.year + years).toordinal()
    except ValueError:
        return date(day.year + years, 3, 1).toordinal()


def onset_of(ctx: Context, body: r.Condition) -> Span:
    """Return when a condition began."""
    recorded = span(body.recorded_date, "recordedDate")
    if body.onset_date_time is not None:
        return span(body.onset_date_time, "onsetDateTime")
    if body.onset_period is not None:
        start, _ = period(body.onset_period, "onsetPeriod")
        if start.earliest is not None:
            return start
    if body.onset_age is not None:
        return _at_age(ctx, body.onset_age, None)
    if body.onset_range is not None:
        return _at_age(ctx, body.onset_range.low, body.onset_range.high)
    return Span(None, recorded.latest)


def end_of(ctx: Context, body: r.Condition) -> Span:
    """Return the first day after a condition; unknown where no end is stated."""
    if body.abatement_date_time is not None:
        return end_span(body.abatement_date_time, "abatementDateTime")
    if body.abatement_period is not None:
        start, end = period(body.abatement_period, "abatementPeriod")
        return end if end.latest is not None else start
    if body.abatement_age is not None:
        return _at_age(ctx, body.abatement_age, None)
    if body.abatement_range is not None:
        return _at_age(ctx, body.abatement_range.low, body.abatement_range.high)
    if body.onset_period is not None and body.onset_period.end is not None:
        return period(body.onset_period, "onsetPeriod")[1]
    return UNKNOWN_DAY


def read(ctx: Context, entry: Entry, body: r.Condition) -> None:
    """Read a diagnosis or problem."""
    clinical = _status_code(body.clinical_status, CLINICAL, "clinicalStatus")
    verified = _status_code(body.verification_status, VERIFICATION, "verificationStatus")
    if verified in ("refuted", "entered-in-error"):
        ctx.skip(entry, verified.replace("-", "_"))
        return
    if not texts(body.code) and not any(True for _ in codings(body.code)):
        ctx.skip(entry, "no_code")
        return
    onset, end = onset_of(ctx, body), end_of(ctx, body)
    if ends_before_start(onset, end):
        ctx.skip(entry, "end_before_start")
        return
    concept = ctx.meanings.condition(body.code)
    known = ctx.knows.conditions.get(concept) if concept else None
    stated = severity_of(body.severity)
    ctx.conditions.append(
        Condition(
            person_id=ctx.person_id,
            source_ids=(entry.source,),
            concept=concept,
            text=text_of(body.code),
            codes=pairs(body.code),
            onset_earliest=onset.earliest,
            onset_latest=onset.latest,
            end_earliest=end.earliest,
            end_latest=end.latest,
            clinical_status=clinical,
            verification=verified,
            severity=stated or severity_of_concept(known.severity if known else None),
            family_member="relative" if of_family(body.code) else None,
        )
    )
    ctx.use(entry.source)


def of_family(code: r.CodeableConcept | None) -> bool:
    """Say whether a diagnosis is that of a family member, by its words or code."""
    return any(_FAMILY.search(text) for text in texts(code)) or any(
        system.startswith("ICD-10") and one.upper().startswith(_FAMILY_CODES) for system, one in pairs(code)
    )


def severity_of_concept(severity: str | None) -> str | None:
    """Return the severity that a condition of the tables implies, where it is one of a record's three."""
    return severity if severity in ("mild", "moderate", "severe") else None


def family(ctx: Context, entry: Entry, body: r.FamilyMemberHistory) -> None:
    """Read the conditions of a family member: theirs, not the person's."""
    _, refused = statuses.meaning(statuses.FAMILY, body.status)
    if refused or not body.condition:
        ctx.skip(entry, refused or "no_condition")
        return
    who = text_of(body.relationship) or next((c.code for c in codings(body.relationship)), None) or "relative"
    for condition in body.condition:
        ctx.conditions.append(
            Condition(
                person_id=ctx.person_id,
                source_ids=(entry.source,),
                concept=ctx.meanings.condition(condition.code),
                text=text_of(condition.code),
                codes=pairs(condition.code),
                family_member=who.lower(),
            )
        )
    ctx.use(entry.source)


def allergy(ctx: Context, entry: Entry, body: r.AllergyIntolerance) -> None:
    """Read an allergy or intolerance; "no known allergy" is kept as a negation."""
    clinical = _status_code(
        body.clinical_status, frozenset({"active", "inactive", "resolved"}), "clinicalStatus"
    )
    verified = _status_code(
        body.verification_status,
        frozenset({"unconfirmed", "presumed", "confirmed", "refuted", "entered-in-error"}),
        "verificationStatus",
    )
    if verified in ("refuted", "entered-in-error"):
        ctx.skip(entry, verified.replace("-", "_"))
        return
    code = body.code or next((one.substance for one in body.reaction if one.substance), None)
    if not texts(code) and not any(True for _ in codings(code)):
        ctx.skip(entry, "no_code")
        return
    product = ctx.products.of(code)
    day = span(body.onset_date_time, "onsetDateTime")
    if body.onset_period is not None:
        day = period(body.onset_period, "onsetPeriod")[0]
    if day.earliest is None:
        day = Span(None, span(body.recorded_date, "recordedDate").latest)
    shown = [text_of(what) for one in body.reaction for what in one.manifestation]
    none_known = has_code(code, _NO_ALLERGY) or (text_of(code) or "").lower().startswith(
        ("no known", "no allerg")
    )
    kind = "intolerance" if body.type == "intolerance" else "allergy"
    ctx.observations.append(
        Observation(
            person_id=ctx.person_id,
            source_ids=(entry.source,),
            concept=kind,
            kind="allergy",
            day_earliest=day.earliest,
            day_latest=day.latest,
            value_text="; ".join(word for word in shown if word) or None,
            value_code=clinical if clinical != "unknown" else None,
            codes=pairs(code),
            negated=YES if none_known else NO,
            substance=None
            if none_known
            else (product.treatment or product.text if product else text_of(code)),
        )
    )
    ctx.use(entry.source)
