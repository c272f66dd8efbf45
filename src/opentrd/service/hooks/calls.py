"""A call as the specification describes it: read, checked field by field, nothing of it kept."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from opentrd.service.hooks.discovery import SERVICES, HookService
from opentrd.service.hooks.refusals import HookRefusedError

#: What the id of a FHIR resource may be; it goes into addresses.
FHIR_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_SCHEME: Final = re.compile(r"https?://", re.IGNORECASE)


class Authorization(msgspec.Struct, frozen=True):
    """The token that a client hands over to read its FHIR server with."""

    access_token: str


class Call(msgspec.Struct, rename="camel", frozen=True):
    """A call of a service."""

    hook: str
    hook_instance: str
    context: dict[str, Any]
    fhir_server: str | None = None
    fhir_authorization: Authorization | None = None
    prefetch: dict[str, msgspec.Raw] | None = None

    @property
    def patient(self) -> str:
        """The id of the person, without its type."""
        return str(self.context["patientId"]).removeprefix("Patient/")


_calls: Final = msgspec.json.Decoder(Call)


def service_of(name: str) -> HookService:
    """Return a service. Raises ``HookRefusedError`` (404) where there is none of that id."""
    found = SERVICES.get(name)
    if found is None:
        raise HookRefusedError(404, "no such service: see /cds-services")
    return found


def read_call(body: bytes, service: HookService) -> Call:
    """Return a call, checked. Raises ``HookRefusedError`` naming the field that is wrong."""
    try:
        call = _calls.decode(body)
    except RecursionError:
        raise HookRefusedError(400, "the body is nested too deeply") from None
    except msgspec.ValidationError as error:
        raise HookRefusedError(400, f"the call is not as CDS Hooks 2.0 has it: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise HookRefusedError(400, "the body is not JSON") from None
    if call.hook != service.hook:
        raise HookRefusedError(400, f"this service answers the hook {service.hook}")
    if not call.hook_instance.strip():
        raise HookRefusedError(400, "hookInstance is empty")
    _check_context(call, service)
    if call.fhir_server is not None and not _SCHEME.match(call.fhir_server):
        raise HookRefusedError(400, "fhirServer is not an address")
    if call.fhir_authorization is not None and call.fhir_server is None:
        raise HookRefusedError(400, "fhirAuthorization needs fhirServer beside it")
    return call


def _check_context(call: Call, service: HookService) -> None:
    for name in service.needs:
        value = call.context.get(name)
        if value is None or value == "":
            raise HookRefusedError(400, f"context.{name} is missing")
        kind = {"selections": list, "draftOrders": dict}.get(name, str)
        if not isinstance(value, kind):
            raise HookRefusedError(400, f"context.{name} is of the wrong type")
    if not FHIR_ID.fullmatch(call.patient):
        raise HookRefusedError(400, "context.patientId is not the id of a resource")
