"""The signed proof of who signed in: an ID token of OpenID Connect, checked before it is believed."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from opentrd.service.outward import OutwardError, document, safe_address

#: Signatures with a public key only: a shared secret, or none, proves nothing.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
#: Seconds by which clocks may differ.
LEEWAY: Final = 60


class NotProvenError(Exception):
    """An ID token that does not prove who signed in."""


class Provider(msgspec.Struct, kw_only=True, frozen=True):
    """What a provider of OpenID Connect says of itself."""

    issuer: str
    authorize: str
    token: str
    jwks: str


def provider(issuer: str) -> Provider:
    """Ask a provider for its addresses. Raises ``OutwardError`` where they are not there or not its own."""
    found = document(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    addresses = [found.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if str(found.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
        raise OutwardError
    if not all(safe_address(each, issuer) for each in addresses):
        raise OutwardError
    authorize, token, jwks = (str(each) for each in addresses)
    return Provider(issuer=str(found["issuer"]), authorize=authorize, token=token, jwks=jwks)


def claims_of(token: str, *, jwks: str, issuer: str, client: str, nonce: str) -> dict[str, Any]:
    """Return the claims of an ID token: signed with a key of the issuer, for this client and this sign-in.

    Raises ``NotProvenError`` where it is not, ``OutwardError`` where the keys could not be read.
    """
    keys = document(jwks)
    try:
        found = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)  # type: ignore[arg-type]
        jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": client},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        ).validate(found.claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise NotProvenError(type(error).__name__) from error
    _meant_for(found.claims, client)
    return dict(found.claims)


def _meant_for(claims: dict[str, Any], client: str) -> None:
    """Where a token is for several clients, the one it was given to has to be this one."""
    several = isinstance(claims.get("aud"), list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != client:
        raise NotProvenError("azp")
