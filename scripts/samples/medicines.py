"""Orders, supplies, statements and administrations of medicines; dosages in the shapes that records use."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from scripts.samples.codes import PRODUCTS, TERMINOLOGY, UCUM, Product
from scripts.samples.fhir import Resource, Story, after, concept, product_concept

Shape = Literal["milligrams", "units", "words", "dictated", "bare", "missing"]

_COUNTS = {0.5: "half a", 1: "1", 1.5: "1.5", 2: "2", 3: "3", 4: "4", 6: "6"}


class Step(NamedTuple):
    """A stretch of a course: a product, how many units a day, for how many days."""

    product: str
    units: float
    days: int


class Stop(NamedTuple):
    """Why a medicine was stopped: in words, and by the standard's code where it has one."""

    text: str
    code: str | None = None


INTOLERANCE = "sintol"
#: The records end here: nothing is ordered or collected later.
TODAY = "2026-07-01"


def dosage(product: Product, units: float, shape: Shape, words: str | None = None) -> list[Resource] | None:
    """Write how a medicine is to be taken each day, in one of the shapes that records use."""
    number = _COUNTS[units]
    plural = product.unit + ("s" if units > 1 else "")
    daily = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
    if shape == "missing":
        return None
    if words is not None:
        return [{"text": words}]
    if shape == "words":
        return [{"text": f"Take {number} {plural} by mouth once daily"}]
    if shape == "dictated":
        return [{"text": f"{number} {'tab' if product.unit == 'tablet' else 'cap'} po qd"}]
    if shape == "bare":
        return [{"sequence": 1, "timing": daily, "doseAndRate": [{"doseQuantity": {"value": units}}]}]
    if shape == "units":
        quantity: Resource = {"value": units, "unit": product.unit}
    else:
        assert product.strength is not None
        quantity = {"value": product.strength * units, "unit": "mg", "system": UCUM, "code": "mg"}
    return [{"timing": daily, "doseAndRate": [{"doseQuantity": quantity}]}]


def medication(
    story: Story, product: Product, form: Literal["inline", "contained", "apart"]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Name a product in the line itself, in a contained Medication, or in a Medication of its own."""
    named = product_concept(product)
    if form == "inline":
        return {"medicationCodeableConcept": named}, {}
    if form == "apart":
        return {"medicationReference": story.add("Medication", code=named)}, {}
    contained = [{"resourceType": "Medication", "id": "med", "code": named}]
    return {"medicationReference": {"reference": "#med"}}, {"contained": contained}


def order(
    story: Story,
    name: str,
    when: str,
    *,
    units: float = 1,
    shape: Shape = "units",
    words: str | None = None,
    instructions: list[Resource] | None = None,
    pack: int | None = None,
    packs: int = 1,
    valid: bool = True,
    status: str = "completed",
    stop: Stop | None = None,
    reason: Resource | None = None,
    reason_text: str | None = None,
    form: Literal["inline", "contained", "apart"] = "inline",
) -> Resource:
    """Add a MedicationRequest: ``packs`` supplies of ``pack`` days, or nothing about supply."""
    product = PRODUCTS[name]
    what, also = medication(story, product, form)
    supply: Resource | None = None
    if pack is not None:
        supply = {
            "validityPeriod": {"start": when, "end": after(when, pack * packs - 1)} if valid else None,
            "numberOfRepeatsAllowed": packs - 1,
            "quantity": {"value": units * pack, "unit": product.unit},
            "expectedSupplyDuration": {"value": pack, "unit": "days", "system": UCUM, "code": "d"},
        }
        supply = {key: value for key, value in supply.items() if value is not None}
    why: Resource | None = None
    if stop is not None:
        codings = [(f"{TERMINOLOGY}/medicationrequest-status-reason", stop.code, None)] if stop.code else []
        why = concept(*codings, text=stop.text)
    return story.add(
        "MedicationRequest",
        **also,
        status=status,
        statusReason=why,
        intent="order",
        **what,
        subject=story.patient,
        authoredOn=when,
        reasonCode=[concept(text=reason_text)] if reason_text else None,
        reasonReference=[reason] if reason else None,
        dosageInstruction=instructions or dosage(product, units, shape, words),
        dispenseRequest=supply,
    )


def dispense(
    story: Story,
    name: str,
    when: str,
    days: int,
    *,
    units: float = 1,
    shape: Shape = "missing",
    words: str | None = None,
    instructions: list[Resource] | None = None,
    under: Resource | None = None,
    status: str = "completed",
    quantity: float | None = None,
) -> Resource:
    """Add a MedicationDispense of so many days."""
    product = PRODUCTS[name]
    declined = status == "declined"
    count = units * days if quantity is None else quantity
    return story.add(
        "MedicationDispense",
        status=status,
        statusReasonCodeableConcept=concept(text="Not collected") if declined else None,
        medicationCodeableConcept=product_concept(product),
        subject=story.patient,
        authorizingPrescription=[under] if under else None,
        quantity={"value": count, "unit": product.unit},
        daysSupply={"value": days, "unit": "days", "system": UCUM, "code": "d"},
        whenPrepared=when,
        whenHandedOver=None if declined else when,
        dosageInstruction=instructions or dosage(product, units, "words" if words else shape, words),
    )


def statement(
    story: Story,
    name: str,
    start: str,
    end: str | None,
    *,
    status: str = "completed",
    words: str | None = None,
    why: str | None = None,
) -> None:
    """Add a MedicationStatement of what the person says."""
    period = {"start": start} | ({"end": end} if end else {})
    story.add(
        "MedicationStatement",
        status=status,
        statusReason=[concept(text=why)] if why else None,
        medicationCodeableConcept=product_concept(PRODUCTS[name]),
        subject=story.patient,
        effectivePeriod=period,
        dateAsserted=end or start,
        informationSource=story.patient,
        dosage=[{"text": words}] if words else None,
    )


def administration(story: Story, name: str, when: str, milligrams: float, route: str) -> None:
    """Add a MedicationAdministration of one session."""
    story.add(
        "MedicationAdministration",
        status="completed",
        medicationCodeableConcept=product_concept(PRODUCTS[name]),
        subject=story.patient,
        effectiveDateTime=f"{when}T10:00:00Z",
        dosage={
            "route": concept(text=route),
            "dose": {"value": milligrams, "unit": "mg", "system": UCUM, "code": "mg"},
        },
    )


def course(
    story: Story,
    start: str,
    steps: list[Step],
    *,
    pack: int = 28,
    collected: bool = True,
    separate: bool = False,
    shape: Shape = "units",
    words: str | None = None,
    ongoing: bool = False,
    stop: Stop | None = None,
    reason: Resource | None = None,
    reason_text: str | None = None,
    form: Literal["inline", "contained", "apart"] = "inline",
) -> str:
    """Add a whole course: an order for each step (or for each pack) and, where collected, its supplies.

    Returns the first day without medicine. The last order is active where the course goes on, and carries the
    reason where it was stopped.
    """
    when = start
    plan: list[tuple[Step, int, int]] = []
    for step in steps:
        size = min(pack, step.days)
        count, rest = divmod(step.days, size)
        assert rest == 0, f"{step} does not fill packs of {size} days"
        plan += [(step, size, 1)] * count if separate else [(step, size, count)]
    for place, (step, size, count) in enumerate(plan):
        if when > TODAY:
            break
        last = place == len(plan) - 1 or after(when, size * count) > TODAY
        made = order(
            story,
            step.product,
            when,
            units=step.units,
            shape=shape,
            words=words,
            pack=size,
            packs=count,
            status="active" if last and ongoing else "stopped" if last and stop else "completed",
            stop=stop if last else None,
            reason=reason,
            reason_text=reason_text,
            form=form,
        )
        for number in range(count if collected else 0):
            handed = after(when, size * number)
            if handed <= TODAY:
                dispense(
                    story, step.product, handed, size, units=step.units, shape=shape, words=words, under=made
                )
        when = after(when, size * count)
    return when


def comedication(story: Story, name: str, when: str, *, shape: Shape = "bare") -> None:
    """Add a medicine for something else: an order without an end, as most records have it."""
    order(story, name, when, shape=shape, status="active")
