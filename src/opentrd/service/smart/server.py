"""A registered FHIR server: what it offers, what is asked of it, and the exchange of codes for tokens."""

from __future__ import annotations

import secrets
from typing import Any, Final

import httpx2
import msgspec
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client

from opentrd.service.outward import TIMEOUT, OutwardError, document, safe_address
from opentrd.service.settings import ServiceSettings, SmartServer
from opentrd.service.smart.refusal import Refusal

OAUTH_URIS: Final = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


class Endpoints(msgspec.Struct, kw_only=True, frozen=True):
    """Where a server's consent page, tokens and keys are. Without ``jwks``, nobody is identified."""

    authorize: str
    token: str
    issuer: str = ""
    jwks: str = ""
    old_scopes: bool = False


class Grant(msgspec.Struct, kw_only=True, frozen=True):
    """What a server granted: the tokens, and whose record is open."""

    access_token: str
    token_type: str
    patient: str | None = None
    refresh_token: str | None = None
    id_token: str | None = None
    scope: str = ""
    need_patient_banner: bool = True


def registered(settings: ServiceSettings, iss: str) -> SmartServer:
    """Return the registered server with an address. Raises ``Refusal``: nothing is asked of any other."""
    server = settings.smart_server(iss)
    if server is None:
        raise Refusal("unknown_issuer")
    return server


def base_of(server: SmartServer) -> str:
    """Return the address that resources of a server stand under, without a slash at the end."""
    return server.iss.rstrip("/")


def discover(server: SmartServer) -> Endpoints:
    """Ask a server for its addresses: the SMART configuration, else its statement of capabilities."""
    base = base_of(server)
    try:
        found = document(f"{base}/.well-known/smart-configuration")
    except OutwardError:
        return _from_capabilities(base)
    capabilities = found.get("capabilities") or []
    return _checked(
        base,
        found.get("authorization_endpoint"),
        found.get("token_endpoint"),
        issuer=found.get("issuer"),
        jwks=found.get("jwks_uri"),
        old_scopes="permission-v1" in capabilities and "permission-v2" not in capabilities,
    )


def _from_capabilities(base: str) -> Endpoints:
    """Servers before SMART 2 name their addresses in an extension of the security part."""
    try:
        statement = document(f"{base}/metadata")
        extensions = [
            extension
            for rest in statement.get("rest", [])
            for extension in rest.get("security", {}).get("extension", [])
            if extension.get("url") == OAUTH_URIS
        ]
        uris = {part.get("url"): part.get("valueUri") for part in extensions[0].get("extension", [])}
    except (OutwardError, IndexError, AttributeError, TypeError) as error:
        raise Refusal("no_discovery", 502) from error
    return _checked(base, uris.get("authorize"), uris.get("token"), old_scopes=True)


def _checked(
    base: str, authorize: Any, token: Any, *, issuer: Any = None, jwks: Any = None, old_scopes: bool
) -> Endpoints:
    if not safe_address(authorize, base) or not safe_address(token, base):
        raise Refusal("no_discovery", 502)
    proves = isinstance(issuer, str) and safe_address(jwks, base)
    return Endpoints(
        authorize=authorize,
        token=token,
        issuer=issuer if proves else "",
        jwks=jwks if proves else "",
        old_scopes=old_scopes,
    )


def scopes(server: SmartServer, who: str, endpoints: Endpoints) -> str:
    """Return what is asked for: reading alone. ``who``: ``ehr`` (a launch), ``patient`` or ``clinician``.

    A clinician without a launch has no patient chosen yet: then the reading is asked for by user. A server
    whose registered scopes name ``launch/patient`` lets the clinician choose on its own page.
    """
    asked = server.scopes.split()
    if who != "ehr":
        asked = [each for each in asked if each != "launch"]
    if who == "patient" and "launch/patient" not in asked:
        asked = ["launch/patient", *asked]
    if who == "clinician":
        asked = [f"user/{each[8:]}" if each.startswith("patient/") else each for each in asked]
    if not endpoints.jwks:
        asked = [each for each in asked if each not in ("openid", "fhirUser")]
    if endpoints.old_scopes:
        asked = [f"{each[:-3]}.read" if each.endswith(".rs") else each for each in asked]
    return " ".join(asked)


def secret() -> str:
    """Return a text that nobody can guess: a state, a nonce, a code verifier."""
    return secrets.token_urlsafe(48)


def consent_url(
    server: SmartServer, endpoints: Endpoints, redirect_uri: str, scope: str, **params: str
) -> str:
    """Return the address of the consent page. ``params``: state, nonce, code_verifier, launch."""
    with _client(server, scope) as client:
        url, _ = client.create_authorization_url(
            endpoints.authorize, redirect_uri=redirect_uri, aud=base_of(server), **params
        )
    return str(url)


def exchange(server: SmartServer, endpoints: Endpoints, redirect_uri: str, code: str, verifier: str) -> Grant:
    """Return what a server grants for a code. Raises ``Refusal``."""
    try:
        with _client(server) as client:
            token = client.fetch_token(
                endpoints.token, code=code, code_verifier=verifier, redirect_uri=redirect_uri
            )
    except OAuthError as error:
        raise Refusal("code_refused") from error
    except (httpx2.HTTPError, ValueError) as error:
        raise Refusal("no_token", 502) from error
    return _grant(token)


def renew(server: SmartServer, endpoints: Endpoints, refresh_token: str) -> Grant:
    """Return what a server grants for a refresh token; the new one, where it gave one. Raises ``Refusal``."""
    try:
        with _client(server) as client:
            token = client.refresh_token(endpoints.token, refresh_token=refresh_token)
    except OAuthError as error:
        raise Refusal("expired", 401) from error
    except (httpx2.HTTPError, ValueError) as error:
        raise Refusal("no_token", 502) from error
    return _grant(token)


def _client(server: SmartServer, scope: str | None = None) -> Any:
    return OAuth2Client(
        server.client_id,
        server.client_secret,
        scope=scope,
        code_challenge_method="S256",
        timeout=TIMEOUT,
        follow_redirects=False,
    )


def _grant(token: Any) -> Grant:
    try:
        grant = msgspec.convert(dict(token), Grant)
    except (msgspec.ValidationError, TypeError, ValueError) as error:
        raise Refusal("no_token", 502) from error
    if grant.token_type.lower() != "bearer" or not grant.access_token:
        raise Refusal("no_token", 502)
    return grant
