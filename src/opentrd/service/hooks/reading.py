"""The parts of a call become a record and an assessment; the same reader reads the orders in question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from opentrd.assessing import assess
from opentrd.errors import InputError
from opentrd.records.read import read_files
from opentrd.service.hooks.fhir_access import complete
from opentrd.service.hooks.prefetch import PATIENT, Given, given, templates
from opentrd.service.hooks.refusals import HookRefusedError

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.records.model import Exposure, Record
    from opentrd.service.hooks.calls import Call
    from opentrd.service.service import Service
    from opentrd.service.settings import CdsIssuer


class Order(msgspec.Struct, frozen=True):
    """A medicine that is being ordered: its reference in the call, and what the reader makes of it."""

    reference: str
    exposure: Exposure


def assess_call(call: Call, issuer: CdsIssuer | None, service: Service) -> tuple[Assessment, Given]:
    """Return the assessment of the person of a call, as of today, and which parts of the record there were.

    Raises ``HookRefusedError`` (412) where the parts that no card can do without are not to be had.
    """
    wanted = templates(service.knowledge)
    found = given(call.prefetch or {}, wanted)
    complete(found, call, wanted, issuer, service.settings)
    if not found.enough:
        raise HookRefusedError(
            412,
            "the person and one account of medicines are needed, by prefetch "
            "(see /cds-services) or by fhirAuthorization for a server that is allowed here",
        )
    view = service.usual_view()
    assessment = assess(
        _record(call, found, service),
        as_of=view.as_of,
        knowledge=service.knowledge,
        region=view.region,
        language=view.language,
        audience="clinician",
    )
    return assessment, found


def _record(call: Call, found: Given, service: Service) -> Record:
    files = dict(found.files)
    if PATIENT not in files:
        files[PATIENT] = _bare_patient(call)
    records = [
        record
        for record in read_files(files, service.knowledge)
        if record.person.person_id.rpartition("/")[2] == call.patient
    ]
    if len(records) != 1:
        raise HookRefusedError(400, "prefetch.patient is not the person of context.patientId")
    return records[0]


def _bare_patient(call: Call) -> bytes:
    """Return a patient of whom nothing is known but that there is one."""
    return msgspec.json.encode({"resourceType": "Patient", "id": call.patient})


def orders_of(call: Call, service: Service, as_of: str) -> list[Order]:
    """Return the medicines that are being ordered; for ``order-select`` those that were selected."""
    entries = call.context["draftOrders"].get("entry")
    drafts = _resources(entries) if isinstance(entries, list) else []
    chosen = call.context.get("selections") if call.hook == "order-select" else None
    made = []
    for draft in drafts:
        reference = f"{draft.get('resourceType')}/{draft.get('id')}"
        if not _orders(draft) or (chosen is not None and reference not in chosen):
            continue
        exposure = _read_order(draft, drafts, call, service, as_of)
        if exposure is not None:
            made.append(Order(reference, exposure))
    return made


def _resources(entries: list[Any]) -> list[dict[str, Any]]:
    found = [entry.get("resource") for entry in entries if isinstance(entry, dict)]
    return [resource for resource in found if isinstance(resource, dict)]


def _orders(draft: dict[str, Any]) -> bool:
    """Say whether a draft orders a medicine, and not that it shall not be given."""
    return draft.get("resourceType") == "MedicationRequest" and draft.get("doNotPerform") is not True


def _read_order(
    draft: dict[str, Any], drafts: list[dict[str, Any]], call: Call, service: Service, as_of: str
) -> Exposure | None:
    """Read a draft as it will be once it is signed."""
    signed = {**draft, "status": "active", "intent": "order", "authoredOn": as_of}
    signed["subject"] = {"reference": f"Patient/{call.patient}"}
    others = [each for each in drafts if each.get("resourceType") == "Medication"]
    entries = [{"resource": each} for each in (signed, *others)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    files = {"context.draftOrders": msgspec.json.encode(bundle), PATIENT: _bare_patient(call)}
    try:
        records = list(read_files(files, service.knowledge))
    except InputError as error:
        raise HookRefusedError(422, f"{error.file}, {error.place}: {error.what}") from None
    return next((row for record in records for row in record.exposures), None)
