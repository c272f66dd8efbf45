"""Medicine lines: orders, dispenses, statements and administrations become exposures.

Every medicine is read, also those that the tables do not know. How statuses and dates are read stands in
``docs/reading.md``; each function below does one resource type. What a line says is put into a ``Frame``.
"""

from __future__ import annotations

from opentrd.kleene import NO, UNKNOWN, YES
from opentrd.records.fhir import resources as r
from opentrd.records.fhir import statuses
from opentrd.records.fhir.amounts import amount
from opentrd.records.fhir.codes import text_of, texts
from opentrd.records.fhir.context import Context
from opentrd.records.fhir.dates import UNKNOWN_DAY, Span, duration_days, end_span, period, shift, span
from opentrd.records.fhir.dosage import Daily, Step, course, milligrams, needed, said_in
from opentrd.records.fhir.entry import Entry
from opentrd.records.fhir.frame import Frame
from opentrd.records.fhir.products import Product
from opentrd.records.fhir.supplied import supplied
from opentrd.records.fhir.words import stop_reasons


def _medication(
    ctx: Context,
    entry: Entry,
    body: r.MedicationRequest | r.MedicationDispense | r.MedicationStatement | r.MedicationAdministration,
) -> tuple[Product | None, tuple[str, ...]]:
    """Return the product of a line and the lines that tell it (its own, the medication's)."""
    target = ctx.resolve(body.medication_reference, entry) if body.medication_reference else None
    if target is not None and isinstance(target.body, r.Medication):
        sources = (entry.source, target.source)
        return ctx.products.of(None, target.body), sources
    concept = body.medication_codeable_concept
    if concept is None and body.medication_reference is not None and body.medication_reference.display:
        concept = r.CodeableConcept(text=body.medication_reference.display)
    return ctx.products.of(concept), (entry.source,)


def _frame(
    ctx: Context,
    entry: Entry,
    body: r.MedicationRequest | r.MedicationDispense | r.MedicationStatement | r.MedicationAdministration,
    status: str,
    origin: str,
) -> Frame | None:
    product, sources = _medication(ctx, entry, body)
    if product is None:
        ctx.skip(entry, "no_product")
        return None
    frame = Frame(ctx, entry, product, sources)
    frame.status, frame.origin = status, origin
    return frame


def _route(dosages: tuple[r.Dosage, ...]) -> str | None:
    for dosage in dosages:
        found = text_of(dosage.route)
        if found:
            return found
    return None


def _order_of(ctx: Context, entry: Entry, references: tuple[r.Reference, ...]) -> str | None:
    for reference in references:
        target = ctx.resolve(reference, entry)
        if target is not None:
            return target.source
        if reference.reference:
            return reference.reference
    return None


def request(ctx: Context, entry: Entry, body: r.MedicationRequest) -> None:
    """Read an order. Its time: bounds of the dosage, else authoredOn with the supply's length or validity."""
    status, refused = statuses.meaning(statuses.MEDICATION_REQUEST, body.status)
    intent = statuses.check_intent(body.intent)
    reported = body.reported_boolean or body.reported_reference is not None
    if body.do_not_perform:
        refused = refused or "do_not_perform"
    elif intent in ("proposal", "option"):
        refused = refused or "proposal"
    if refused:
        ctx.skip(entry, refused)
        return
    if intent == "plan" and not reported:
        status = "intended"
    frame = _frame(ctx, entry, body, status, "statement" if reported else "order")
    if frame is None:
        return
    steps = course(body.dosage_instruction, frame.product, "dosageInstruction")
    dispense = body.dispense_request or r.DispenseRequest()
    valid_from, valid_to = period(dispense.validity_period, "dispenseRequest.validityPeriod")
    frame.start = span(body.authored_on, "authoredOn")
    if frame.start.earliest is None or (valid_from.earliest or 0) > (frame.start.latest or 0):
        frame.start = valid_from if valid_from.earliest is not None else frame.start
    frame.route = _route(body.dosage_instruction)
    frame.stopped_for = stop_reasons(body.status_reason) if status in ("stopped", "on_hold") else ()
    frame.indication = ctx.indication(entry, body.reason_code, body.reason_reference)
    days = duration_days(dispense.expected_supply_duration)
    _derive(frame, steps, body.dosage_instruction, dispense.quantity, days)
    if days is None:
        days = _supply(frame, dispense.quantity, steps)
    _order_end(frame, days, dispense.number_of_repeats_allowed or 0, valid_to)
    frame.add(steps)


def _order_end(frame: Frame, days: float | None, repeats: int, valid_to: Span) -> None:
    """Set supply and end of an order that states no bounds."""
    if days is not None and days >= 1:
        frame.supply = round(days)
        if repeats <= 0 and frame.status != "stopped":
            return
        last = shift(frame.start, days * (1 + max(repeats, 0)))
        first = shift(frame.start, days)
        if frame.status == "stopped":
            first = shift(frame.start, 1)
        if valid_to.latest is not None and last.latest is not None and first.latest is not None:
            last = Span(last.earliest, max(first.latest, min(last.latest, valid_to.latest)))
        frame.end = Span(first.earliest, last.latest)
    else:
        frame.end = valid_to
        if frame.status == "stopped" and valid_to.latest is not None and frame.start.earliest is not None:
            frame.end = Span(min(frame.start.earliest + 1, valid_to.latest), valid_to.latest)


def _supply(frame: Frame, quantity: r.Quantity | None, steps: list[Step]) -> float | None:
    """Return the days that a quantity lasts at the stated dose, where both are exact."""
    counted = amount(quantity, quantity)
    if counted is None or counted.unit not in ("unit", "ml", None) or len(steps) != 1:
        return None
    dose = steps[0].dose
    if not dose.units_low or dose.units_low != dose.units_high:
        return None
    days = counted.low / dose.units_low
    agreed = frame.ctx.knows.conventions
    least, most = agreed["supply_least_days"].value, agreed["supply_most_days"].value
    return days if least <= days <= most else None


def _derive(
    frame: Frame,
    steps: list[Step],
    dosages: tuple[r.Dosage, ...],
    quantity: r.Quantity | None,
    days: float | None,
) -> None:
    """Derive the dose from the supply where the instructions leave it open; several may be a taper."""
    if len(steps) > 1 or len(dosages) > 1 or steps[0].dose.low is not None or steps[0].dose.high is not None:
        return
    dose = supplied(frame.product, quantity, days, frame.ctx.knows.conventions)
    if dose.low is not None and any(needed(dosage) for dosage in dosages):
        dose.low = 0.0
    steps[0].dose = dose


def dispense(ctx: Context, entry: Entry, body: r.MedicationDispense) -> None:
    """Read a supply. Its time: from whenHandedOver (else whenPrepared) for daysSupply."""
    status, refused = statuses.meaning(statuses.MEDICATION_DISPENSE, body.status)
    word = (body.status or "").strip().lower()
    reason = body.status_reason_codeable_concept
    why = bool(texts(reason)) or bool(reason and reason.coding) or body.status_reason_reference is not None
    handed = body.when_handed_over is not None
    lost = word == "declined" or (word == "cancelled" and why) or (word == "stopped" and why and not handed)
    if refused and not lost:
        ctx.skip(entry, refused)
        return
    frame = _frame(ctx, entry, body, "stopped" if lost else status, "dispense")
    if frame is None:
        return
    frame.collected = NO if lost else YES if handed else UNKNOWN
    steps = course(body.dosage_instruction, frame.product, "dosageInstruction")
    frame.start = span(
        body.when_handed_over or body.when_prepared, "whenHandedOver" if handed else "whenPrepared"
    )
    days = duration_days(body.days_supply)
    _derive(frame, steps, body.dosage_instruction, body.quantity, days)
    if days is None:
        days = _supply(frame, body.quantity, steps)
    frame.supply = round(days) if days is not None and days >= 1 else None
    frame.route = _route(body.dosage_instruction)
    if status == "stopped" or lost:
        frame.stopped_for = stop_reasons(reason)
    frame.order_id = _order_of(ctx, entry, body.authorizing_prescription)
    if frame.supply is not None:
        for step in steps[:1] if len(steps) == 1 else []:
            step.start = step.end = UNKNOWN_DAY
            step.days_low = step.days_high = None
    frame.add(steps)


def statement(ctx: Context, entry: Entry, body: r.MedicationStatement) -> None:
    """Read a statement that something is or was taken. Its time: effectivePeriod or effectiveDateTime."""
    status, refused = statuses.meaning(statuses.MEDICATION_STATEMENT, body.status)
    order = _order_of(ctx, entry, body.based_on)
    if refused == "not_taken" and order is not None:
        ctx.not_taken.setdefault(order, []).append(entry)
    if refused:
        ctx.skip(entry, refused)
        return
    source = body.information_source
    told = source is not None and (
        (source.reference or "").startswith(("Patient/", "RelatedPerson/"))
        or source.type in ("Patient", "RelatedPerson")
        or ctx.is_self(source, entry)
    )
    frame = _frame(ctx, entry, body, status, "self_report" if told else "statement")
    if frame is None:
        return
    start, end = period(body.effective_period, "effectivePeriod")
    if body.effective_date_time is not None:
        start = span(body.effective_date_time, "effectiveDateTime")
    span(body.date_asserted, "dateAsserted")
    frame.start, frame.end = start, end
    frame.route = _route(body.dosage)
    frame.stopped_for = (
        stop_reasons(*body.status_reason) if status in ("stopped", "on_hold", "completed") else ()
    )
    frame.indication = ctx.indication(entry, body.reason_code, body.reason_reference)
    frame.order_id = order
    frame.add(course(body.dosage, frame.product, "dosage"))


def administration(ctx: Context, entry: Entry, body: r.MedicationAdministration) -> None:
    """Read that something was given: one day where it has a time, the period where it has one."""
    status, refused = statuses.meaning(statuses.MEDICATION_ADMINISTRATION, body.status)
    if refused:
        ctx.skip(entry, refused)
        return
    frame = _frame(ctx, entry, body, status, "administration")
    if frame is None:
        return
    frame.start, frame.end = period(body.effective_period, "effectivePeriod")
    one_day = False
    if body.effective_date_time is not None:
        frame.start = span(body.effective_date_time, "effectiveDateTime")
        frame.end = end_span(body.effective_date_time, "effectiveDateTime")
    if frame.start.earliest is not None and frame.end.latest is not None:
        one_day = frame.end.latest - frame.start.earliest <= 1
    dose = Daily()
    if body.dosage is not None:
        frame.route = text_of(body.dosage.route)
        given = milligrams(amount(body.dosage.dose, body.dosage.dose), frame.product)
        if given is not None and (one_day or frame.product.dose_unit == "mg/session"):
            dose = Daily(*given)
        elif body.dosage.text:
            said = said_in(body.dosage.text, frame.product)
            if said is not None and frame.product.dose_unit == "mg/session":
                dose = Daily(said.take_low, said.take_high)
            elif said is not None and len(said.phases) == 1:
                dose = Daily(said.phases[0].low, said.phases[0].high)
            elif said is not None and one_day:
                dose = Daily(said.take_low, said.take_high)
    frame.stopped_for = stop_reasons(*body.status_reason) if status in ("stopped", "on_hold") else ()
    frame.indication = ctx.indication(entry, body.reason_code, body.reason_reference)
    frame.order_id = _order_of(ctx, entry, (body.request,) if body.request else ())
    frame.add([Step(dose)])


def mark_not_taken(ctx: Context) -> None:
    """Let statements that an order was not taken speak of that order: a share taken of zero."""
    for order, entries in ctx.not_taken.items():
        rows = [row for row in ctx.exposures if order in row.source_ids and row.origin == "order"]
        for row in rows:
            row.taken_low = row.taken_high = 0.0
            row.source_ids = (*row.source_ids, *sorted(entry.source for entry in entries))
        if rows:
            ctx.use(*(entry.source for entry in entries))
