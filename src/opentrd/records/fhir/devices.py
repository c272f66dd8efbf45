"""Devices and implants: what a person carries, from devices and statements of their use."""

from __future__ import annotations

from opentrd.kleene import NO
from opentrd.records.fhir import resources as r
from opentrd.records.fhir import statuses
from opentrd.records.fhir.codes import pairs, text_of
from opentrd.records.fhir.context import Context
from opentrd.records.fhir.dates import UNKNOWN_DAY, Span, period, span
from opentrd.records.fhir.entry import Entry
from opentrd.records.fhir.observations import find_observation
from opentrd.records.model import Observation


def device(ctx: Context, entry: Entry, body: r.Device) -> None:
    """Read a device of the person."""
    status, refused = statuses.meaning(statuses.DEVICE, body.status)
    if refused:
        ctx.skip(entry, refused)
        return
    _row(ctx, (entry.source,), body, UNKNOWN_DAY, UNKNOWN_DAY, status)


def use(ctx: Context, entry: Entry, body: r.DeviceUseStatement) -> None:
    """Read a statement that a device was used; the device stands beside it or in its reference."""
    status, refused = statuses.meaning(statuses.DEVICE_USE, body.status)
    if refused:
        ctx.skip(entry, refused)
        return
    target = ctx.resolve(body.device, entry) if body.device else None
    start, end = period(body.timing_period, "timingPeriod")
    if body.timing_date_time is not None:
        start = span(body.timing_date_time, "timingDateTime")
    repeat = body.timing_timing.repeat if body.timing_timing else None
    if repeat is not None:
        start, end = period(repeat.bounds_period, "timingTiming.repeat.boundsPeriod")
    if start.earliest is None:
        start = Span(None, span(body.recorded_on, "recordedOn").latest)
    found = r.Device()
    sources: tuple[str, ...] = (entry.source,)
    if target is not None and isinstance(target.body, r.Device):
        found, sources = target.body, (entry.source, target.source)
    elif body.device is not None:
        found = r.Device(type=r.CodeableConcept(text=body.device.display))
    if found.type is None and not found.device_name:
        ctx.skip(entry, "no_code")
        return
    ctx.observations = [
        row for row in ctx.observations if row.kind != "device" or row.source_ids != sources[1:]
    ]
    _row(ctx, sources, found, start, end, status)


def _row(ctx: Context, sources: tuple[str, ...], body: r.Device, start: Span, end: Span, status: str) -> None:
    named = next((name.name for name in body.device_name if name.name), None)
    text = text_of(body.type) or named
    row = find_observation(body.type, ctx.knows)
    concept = (
        row.concept
        if row
        else next(
            (
                key
                for key, known in ctx.knows.observations.items()
                if known.kind == "device" and _is(known.name, text)
            ),
            None,
        )
    )
    ctx.observations.append(
        Observation(
            person_id=ctx.person_id,
            source_ids=sources,
            concept=concept,
            kind="device",
            day_earliest=start.earliest,
            day_latest=start.latest,
            end_earliest=end.earliest,
            end_latest=end.latest,
            value_text=text,
            value_code=status,
            codes=pairs(body.type),
            negated=NO,
        )
    )
    ctx.use(*sources)


def _is(name: str, text: str | None) -> bool:
    """Say whether a text names a device of the table."""
    return text is not None and all(word in text.lower() for word in name.lower().split())
