"""From a launch to a grant: what the session remembers meanwhile, and what is checked on the way back."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from opentrd.service.oidc import NotProvenError, claims_of
from opentrd.service.outward import OutwardError
from opentrd.service.service import Service
from opentrd.service.settings import SmartServer
from opentrd.service.smart.refusal import Refusal
from opentrd.service.smart.server import (
    Endpoints,
    Grant,
    base_of,
    consent_url,
    discover,
    exchange,
    registered,
    scopes,
    secret,
)
from opentrd.service.store import permissions
from opentrd.service.store.store import now
from opentrd.service.visit import IDLE_SECONDS, NotSignedInError, Visit

#: What the session holds: launches under way by their state, a record still to choose.
PENDING: Final = "smart_pending"
OPEN: Final = "smart_open"
#: A consent that takes longer is asked for again; more launches at once are not remembered.
PENDING_SECONDS: Final = 900
_MOST_PENDING: Final = 5
_STAFF: Final = ("Practitioner", "PractitionerRole")


class Pending(msgspec.Struct, kw_only=True, frozen=True):
    """A launch under way. ``who``: ``ehr``, ``patient`` or ``clinician``."""

    iss: str
    who: str
    endpoints: Endpoints
    verifier: str
    nonce: str
    language: str
    started: int


class Opening(msgspec.Struct, kw_only=True, frozen=True):
    """A record that a server opened. ``patient`` is ``None`` where one is still to be chosen."""

    iss: str
    endpoints: Endpoints
    access_token: str
    audience: str
    language: str
    patient: str | None = None
    refresh_token: str | None = None


def begin(visit: Visit, server: SmartServer, who: str, language: str, launch: str | None = None) -> str:
    """Return the address of the server's consent page; the session remembers what will come back."""
    endpoints = discover(server)
    state = secret()
    pending = Pending(
        iss=base_of(server),
        who=who,
        endpoints=endpoints,
        verifier=secret(),
        nonce=secret(),
        language=language,
        started=now(),
    )
    kept = dict(list(visit.session.data.get(PENDING, {}).items())[1 - _MOST_PENDING :])
    visit.keep(**{PENDING: {**kept, state: msgspec.to_builtins(pending)}})
    params = {"state": state, "nonce": pending.nonce, "code_verifier": pending.verifier}
    if launch is not None:
        params["launch"] = launch
    scope = scopes(server, who, endpoints)
    return consent_url(server, endpoints, callback_url(visit.service), scope, **params)


def callback_url(service: Service) -> str:
    """Return the redirect address that servers have to know."""
    return f"{service.settings.url}/smart/callback"


def take_pending(visit: Visit, state: str) -> Pending:
    """Return the launch that a state belongs to, once. Raises ``Refusal`` for any other state."""
    kept: dict[str, Any] = dict(visit.session.data.get(PENDING, {}))
    found = kept.pop(state, None)
    if found is None:
        raise Refusal("wrong_state")
    visit.keep(**{PENDING: kept or None})
    pending = msgspec.convert(found, Pending)
    if now() - pending.started > PENDING_SECONDS:
        raise Refusal("too_late")
    return pending


def complete(visit: Visit, pending: Pending, code: str) -> Opening:
    """Change a code for a grant, check who it is about, and sign in where the service has accounts."""
    server = registered(visit.service.settings, pending.iss)
    grant = exchange(server, pending.endpoints, callback_url(visit.service), code, pending.verifier)
    claims = _claims(server, pending, grant)
    kind = _user_kind(claims)
    _sign_in(visit, server, pending, claims, kind)
    if grant.patient is None and pending.who != "clinician":
        raise Refusal("no_patient", 502)
    staff = kind in _STAFF if kind else pending.who != "patient"
    return Opening(
        iss=pending.iss,
        endpoints=pending.endpoints,
        access_token=grant.access_token,
        audience="clinician" if staff else "patient",
        language=pending.language,
        patient=grant.patient,
        refresh_token=grant.refresh_token,
    )


def _claims(server: SmartServer, pending: Pending, grant: Grant) -> dict[str, Any]:
    """Return what is proven of who signed in: nothing where the server proves nothing."""
    if grant.id_token is None or not pending.endpoints.jwks:
        return {}
    try:
        return claims_of(
            grant.id_token,
            jwks=pending.endpoints.jwks,
            issuer=pending.endpoints.issuer,
            client=server.client_id,
            nonce=pending.nonce,
        )
    except NotProvenError as error:
        raise Refusal("not_proven", 502) from error
    except OutwardError as error:
        raise Refusal("no_keys", 502) from error


def _user_kind(claims: dict[str, Any]) -> str:
    """Return the resource type of who signed in, as ``fhirUser`` says, such as ``Practitioner``."""
    parts = str(claims.get("fhirUser") or claims.get("profile") or "").split("/")
    return parts[-2] if len(parts) > 1 else ""


def _sign_in(visit: Visit, server: SmartServer, pending: Pending, claims: dict[str, Any], kind: str) -> None:
    """In a clinic, a launch signs in whom the server names; who is signed in and adds a record stays."""
    service = visit.service
    if service.settings.mode == "local" or (pending.who != "ehr" and _signed_in(visit)):
        return
    if not claims:
        visit.account  # noqa: B018 - raises where nobody is signed in
        return
    role = "clinician" if server.panel and kind in _STAFF else "patient"
    name = str(claims.get("name") or claims.get("fhirUser") or claims["sub"])
    visit.sign_in(service.store.account(pending.endpoints.issuer, str(claims["sub"]), role, name))


def _signed_in(visit: Visit) -> bool:
    try:
        visit.account  # noqa: B018 - raises where nobody is signed in
    except NotSignedInError:
        return False
    return True


def keep_refresh_token(service: Service, session: str, iss: str, patient: str, token: str | None) -> None:
    """Keep a refresh token with its session, in place of the one before; ``None`` forgets it."""
    permissions.keep(service.store, session, iss, patient, token, IDLE_SECONDS)


def refresh_token(visit: Visit, iss: str, patient: str) -> str | None:
    """Return the refresh token of this session for a person's record, where there is one."""
    return permissions.token_of(visit.service.store, visit.session.id, iss, patient)


def opened(visit: Visit) -> Opening:
    """Return the record system that is open, with a person still to be chosen."""
    found: Any = visit.session.data.get(OPEN)
    if found is None:
        raise Refusal("nothing_open")
    return msgspec.convert(found, Opening)
