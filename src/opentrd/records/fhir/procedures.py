"""Psychotherapy, stimulation and lifestyle treatments: from procedures, encounters, care plans and requests.

A procedure is one session unless it says otherwise. An implant begins on its day and goes on until its
removal. An encounter tells of a session; where a procedure tells of the same session they are one line.
A care plan tells that a therapy goes on, without a number of sessions. A request is no proof: its row is
``intended`` until the request is completed.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from opentrd.kleene import NO, UNKNOWN, Tri
from opentrd.records.fhir import resources as r
from opentrd.records.fhir import statuses
from opentrd.records.fhir.codes import all_texts, pairs, text_of, texts
from opentrd.records.fhir.context import Context
from opentrd.records.fhir.dates import UNKNOWN_DAY, Span, end_span, ends_before_start, period, shift, span
from opentrd.records.fhir.entry import Entry
from opentrd.records.fhir.therapies import (
    IMPLANTS,
    KINDS,
    NO_SESSION,
    Therapies,
    Therapy,
    detail_of,
    formulation_of,
)
from opentrd.records.fhir.words import stop_reasons
from opentrd.records.model import Exposure

_SESSIONS: Final = re.compile(r"\b(\d{1,3})\s*(?:sessions?|treatments?|sesiones|sitzungen)\b", re.IGNORECASE)


class Course(msgspec.Struct):
    """Dates, sessions and status of one line, before it becomes an exposure."""

    start: Span = UNKNOWN_DAY
    end: Span = UNKNOWN_DAY
    sessions_low: int | None = None
    sessions_high: int | None = None
    detail: str | None = None
    status: str = "unknown"
    ongoing: Tri = UNKNOWN
    origin: str = "administration"
    stopped_for: tuple[str, ...] = ()
    indication: str | None = None
    order_id: str | None = None


def _emit(ctx: Context, entry: Entry, therapy: Therapy, code: r.CodeableConcept | None, line: Course) -> bool:
    if ends_before_start(line.start, line.end):
        ctx.skip(entry, "end_before_start")
        return False
    has_end = line.end.earliest is not None or line.end.latest is not None
    ctx.exposures.append(
        Exposure(
            person_id=ctx.person_id,
            source_ids=(entry.source,),
            treatment=therapy.treatment,
            kind=therapy.kind,
            origin=line.origin,
            product_text=text_of(code),
            codes=pairs(code),
            formulation=formulation_of(ctx.knows, therapy.treatment, line.detail or therapy.detail),
            start_earliest=line.start.earliest,
            start_latest=line.start.latest,
            end_earliest=line.end.earliest,
            end_latest=line.end.latest,
            ongoing=NO if has_end or line.status in ("stopped", "completed") else line.ongoing,
            sessions_low=line.sessions_low,
            sessions_high=line.sessions_high,
            session_detail=line.detail or therapy.detail,
            stop_reasons=line.stopped_for,
            indication=line.indication,
            status=line.status,
            order_id=line.order_id,
        )
    )
    ctx.use(entry.source)
    return True


def _told_sessions(words: tuple[str, ...]) -> int | None:
    for word in words:
        match = _SESSIONS.search(word)
        if match is not None:
            return int(match[1])
    return None


def procedure(ctx: Context, therapies: Therapies, entry: Entry, body: r.Procedure) -> None:
    """Read a procedure."""
    status, refused = statuses.meaning(statuses.PROCEDURE, body.status)
    therapy = therapies.of(body.code)
    if therapy is None:
        esketamine = ctx.products.of(body.code) if body.code else None
        if esketamine is not None and esketamine.dose_unit == "mg/session":
            therapy = Therapy(esketamine.treatment or "", esketamine.kind)
    if therapy is None or (refused and refused != "entered_in_error"):
        ctx.skip(entry, refused or ("not_relevant" if body.code else "no_code"))
        return
    if refused:
        ctx.skip(entry, refused)
        return
    if therapy.detail in NO_SESSION:
        ctx.skip(entry, "not_relevant", therapy.detail or "")
        return
    words = (*texts(body.code), *all_texts(body.body_site), *(note.text for note in body.note))
    line = Course(status=status, detail=detail_of(therapy, words))
    line.start, line.end = period(body.performed_period, "performedPeriod")
    if body.performed_date_time is not None:
        line.start = span(body.performed_date_time, "performedDateTime")
        line.end = end_span(body.performed_date_time, "performedDateTime")
    line.stopped_for = stop_reasons(body.status_reason) if status in ("stopped", "on_hold") else ()
    line.indication = ctx.indication(entry, body.reason_code, body.reason_reference)
    for reference in body.based_on:
        target = ctx.resolve(reference, entry)
        line.order_id = target.source if target else reference.reference
        break
    if therapy.treatment in IMPLANTS:
        _implant(ctx, entry, therapy, body.code, line)
        return
    told = _told_sessions(words)
    one_day = _one_day(line.start, line.end)
    if told is not None:
        line.sessions_low = line.sessions_high = told
    elif one_day:
        line.sessions_low = line.sessions_high = 1
    if body.encounter is not None:
        met = ctx.resolve(body.encounter, entry)
        if met is not None:
            ctx.told_encounters[met.source] = entry.source
    _emit(ctx, entry, therapy, body.code, line)


def _one_day(start: Span, end: Span) -> bool:
    """Say whether a line tells of one meeting: one date, or a period that ends the same or the next day."""
    if start.earliest is None or start.latest is None or end.latest is None or end.earliest is None:
        return start.earliest is not None and end.latest is None
    return end.earliest - start.earliest <= 2 or (
        end.earliest == start.earliest + 1 and end.latest == start.latest + 1
    )


def _implant(
    ctx: Context, entry: Entry, therapy: Therapy, code: r.CodeableConcept | None, line: Course
) -> None:
    if therapy.removal:
        line.end, line.start, line.status = line.end, UNKNOWN_DAY, "stopped"
        ctx.removals.append((therapy.treatment, line.end, entry.source))
        return
    line.end, line.detail = UNKNOWN_DAY, "implant"
    line.status = "active" if line.status == "completed" else line.status
    _emit(ctx, entry, therapy, code, line)


def close_implants(ctx: Context) -> None:
    """End implants with their removal; a removal alone tells of an implant of unknown begin.

    One that is put in on the day of the removal replaces the one that is taken out.
    """
    for treatment, end, source in sorted(ctx.removals, key=lambda item: (item[1].earliest or 0, item[2])):
        open_rows = [
            row
            for row in ctx.exposures
            if row.treatment == treatment
            and row.end_latest is None
            and row.session_detail == "implant"
            and (row.start_earliest is None or end.latest is None or row.start_earliest < end.latest - 1)
        ]
        for row in open_rows:
            row.end_earliest, row.end_latest, row.ongoing, row.status = (
                end.earliest,
                end.latest,
                NO,
                "stopped",
            )
            row.source_ids = (*row.source_ids, source)
        if not open_rows:
            ctx.exposures.append(
                Exposure(
                    person_id=ctx.person_id, source_ids=(source,), treatment=treatment, kind="stimulation",
                    origin="administration", end_earliest=end.earliest, end_latest=end.latest, ongoing=NO,
                    status="stopped", session_detail="implant",
                )
            )  # fmt: skip
        ctx.use(source)


def encounter(ctx: Context, therapies: Therapies, entry: Entry, body: r.Encounter) -> None:
    """Read an encounter whose type is a psychotherapy (or other) session."""
    status, refused = statuses.meaning(statuses.ENCOUNTER, body.status)
    found = [
        (therapy, concept)
        for concept in (*body.type, *((body.service_type,) if body.service_type else ()))
        if (therapy := therapies.of(concept)) is not None and therapy.kind in KINDS
    ]
    if not found or refused:
        ctx.skip(entry, refused or "not_relevant")
        return
    therapy, concept = found[0]
    line = Course(status=status, detail=detail_of(therapy, texts(concept)))
    line.start, line.end = period(body.period, "period")
    if _one_day(line.start, line.end):
        line.sessions_low = line.sessions_high = 1
        if line.end.latest is None and line.start.earliest is not None and line.start.latest is not None:
            line.end = shift(line.start, 1)
    line.indication = ctx.indication(entry, body.reason_code, body.reason_reference)
    if _emit(ctx, entry, therapy, concept, line):
        ctx.meetings[entry.source] = ctx.exposures[-1]


def join_meetings(ctx: Context) -> None:
    """Let a session told by an encounter and by a procedure (in it, or on its day) be one line."""
    for source, row in sorted(ctx.meetings.items()):
        same = [
            other
            for other in ctx.exposures
            if other is not row
            and other.kind == row.kind
            and not any(own in ctx.meetings for own in other.source_ids)
            and other.origin == "administration"
            and (
                ctx.told_encounters.get(source) in other.source_ids
                or (other.start_earliest == row.start_earliest and row.start_earliest is not None)
            )
        ]
        if same:
            first = min(same, key=lambda other: other.source_ids)
            first.source_ids = (*first.source_ids, source)
            ctx.exposures.remove(row)


def care_plan(ctx: Context, therapies: Therapies, entry: Entry, body: r.CarePlan) -> None:
    """Read the therapies among the activities of a care plan."""
    status, refused = statuses.meaning(statuses.CARE_PLAN, body.status)
    intent = statuses.check_intent(body.intent)
    if refused or intent in ("proposal", "option"):
        ctx.skip(entry, refused or "proposal")
        return
    start, end = period(body.period, "period")
    if start.earliest is None:
        start = span(body.created, "created")
    best: dict[str, tuple[Therapy, r.CodeableConcept, Course]] = {}
    why = "not_relevant"
    for number, activity in enumerate(body.activity):
        detail = activity.detail
        therapy = therapies.of(detail.code) if detail else None
        if detail is None or detail.code is None or therapy is None:
            continue
        own, not_done = statuses.meaning(
            statuses.ACTIVITY, detail.status, f"activity[{number}].detail.status"
        )
        if not_done or detail.do_not_perform:
            why = not_done or "do_not_perform"
            continue
        line = Course(start, end, origin="order", status=_weaker(own, status))
        scheduled, until = period(detail.scheduled_period, f"activity[{number}].detail.scheduledPeriod")
        if scheduled.earliest is not None:
            line.start, line.end = scheduled, until
        line.detail = detail_of(therapy, texts(detail.code))
        line.stopped_for = stop_reasons(detail.status_reason) if own == "stopped" else ()
        line.indication = ctx.indication(entry, (), body.addresses)
        best.setdefault(therapy.treatment, (therapy, detail.code, line))
    if not best:
        ctx.skip(entry, why)
    for therapy, code, line in best.values():
        _emit(ctx, entry, therapy, code, line)


def _weaker(activity: str, plan: str) -> str:
    """Return the status of an activity within its plan: a plan that ended ends what was going on in it."""
    return plan if activity in ("active", "unknown") else activity


def service_request(ctx: Context, therapies: Therapies, entry: Entry, body: r.ServiceRequest) -> None:
    """Read a request for a therapy: intended, or done where the request is completed."""
    status, refused = statuses.meaning(statuses.SERVICE_REQUEST, body.status)
    intent = statuses.check_intent(body.intent)
    therapy = therapies.of(body.code)
    if body.do_not_perform:
        refused = refused or "do_not_perform"
    elif intent in ("proposal", "option"):
        refused = refused or "proposal"
    if therapy is None or refused:
        ctx.skip(entry, refused or "not_relevant")
        return
    line = Course(
        status=status,
        origin="order",
        detail=detail_of(therapy, (*texts(body.code), *all_texts(body.order_detail))),
    )
    line.start, line.end = period(body.occurrence_period, "occurrencePeriod")
    if body.occurrence_date_time is not None:
        line.start = span(body.occurrence_date_time, "occurrenceDateTime")
    repeat = body.occurrence_timing.repeat if body.occurrence_timing else None
    if repeat is not None:
        line.start, line.end = period(repeat.bounds_period, "occurrenceTiming.repeat.boundsPeriod")
    if line.start.earliest is None:
        line.start = span(body.authored_on, "authoredOn")
    count = body.quantity_quantity.value if body.quantity_quantity else repeat.count if repeat else None
    if count is not None and count >= 1:
        line.sessions_low = int(count) if status == "completed" else 0
        line.sessions_high = int(count)
    line.indication = ctx.indication(entry, body.reason_code, body.reason_reference)
    _emit(ctx, entry, therapy, body.code, line)
