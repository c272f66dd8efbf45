"""Who calls: the signature of a CDS client, by the list of issuers and their keys.

Without issuers in the settings a local service (``cds_open``) has nobody to compare with: then a token is
only looked at for what it claims. Where issuers are named a token that is shown must be one of theirs.
"""

from __future__ import annotations

import json
import math
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

import httpx2
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from opentrd.service.hooks.refusals import HookRefusedError
from opentrd.service.outward import client as client_of
from opentrd.service.service import LOG
from opentrd.service.settings import LOCAL_HOSTS, CdsIssuer, ServiceSettings
from opentrd.service.store.shared import use_once

if TYPE_CHECKING:
    from opentrd.service.store import Store

#: Signatures with a public key, as the specification recommends them; none with a shared secret.
ALGORITHMS: Final = ("ES384", "RS384")
#: Seconds by which two clocks may differ.
_SKEW: Final = 60
#: Seconds for which fetched keys are used, and after which an unknown key is asked for again.
_KEYS_KEPT: Final = 600
_KEYS_AGAIN: Final = 30
_KEYS_TIMEOUT: Final = 5.0
_KEYS_BYTES: Final = 200_000
#: Whole seconds that a number in a token may mean: no further away than the year 9999.
_LATEST: Final = 253_402_300_799
_LONGEST_TOKEN: Final = 8192


class Tokens:
    """Checks the tokens of calls; the store holds them until they end, so that each works once for all."""

    def __init__(self, settings: ServiceSettings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._issuers = {issuer.iss: issuer for issuer in settings.cds_issuers}
        self._keys: dict[str, tuple[float, KeySet]] = {}

    def check(self, header: str | None, path: str) -> CdsIssuer | None:
        """Return who calls; ``None`` for a call that nobody signed, where those are let in.

        ``path`` is that of the service called. Raises ``HookRefusedError`` (401) with the reason.
        """
        unsigned = self._settings.cds_open and self._settings.mode == "local"
        if header is None:
            if unsigned:
                return None
            raise HookRefusedError(401, "a signed token is needed: Authorization: Bearer")
        head, claims, token = _parts(header)
        if self._issuers or not unsigned:
            issuer = self._issuers.get(str(claims.get("iss")))
            if issuer is None:
                raise HookRefusedError(401, "the issuer of the token is not known here")
            claims = self._verified(token, head, issuer)
        else:
            issuer = None
        self._check_claims(claims, path)
        return issuer

    def _verified(self, token: str, head: dict[str, Any], issuer: CdsIssuer) -> dict[str, Any]:
        kid = head.get("kid")
        if not isinstance(kid, str) or not kid:
            raise HookRefusedError(401, "the token does not name its key (kid)")
        try:
            key = self._key_set(issuer, kid).get_by_kid(kid)
            return dict(jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims)
        except (JoseError, ValueError, TypeError, KeyError):
            raise HookRefusedError(401, "the signature of the token does not hold") from None

    def _key_set(self, issuer: CdsIssuer, kid: str) -> KeySet:
        """Return the keys of an issuer; fetched ones are asked for anew when they lack a key."""
        if issuer.jwks is not None:
            return KeySet.import_key_set(json.loads(issuer.jwks))
        fetched, keys = self._keys.get(issuer.iss, (0.0, None))
        age = time.monotonic() - fetched
        lacks = keys is None or all(key.kid != kid for key in keys)
        if keys is None or age > _KEYS_KEPT or (lacks and age > _KEYS_AGAIN):
            keys = _fetch_keys(issuer)
            self._keys[issuer.iss] = (time.monotonic(), keys)
        return keys

    def _check_claims(self, claims: dict[str, Any], path: str) -> None:
        now = time.time()
        audience = claims.get("aud")
        if not set(audience if isinstance(audience, list) else [audience]) & self._addresses(path):
            raise HookRefusedError(401, "the token is for another address (aud)")
        ends, made = _time(claims, "exp"), _time(claims, "iat")
        if ends <= now - _SKEW:
            raise HookRefusedError(401, "the token is too old (exp)")
        if made > now + _SKEW:
            raise HookRefusedError(401, "the token is from the future (iat)")
        mark = claims.get("jti")
        if not isinstance(mark, str) or not mark:
            raise HookRefusedError(401, "the token does not name itself (jti)")
        lasts = int(min(ends + _SKEW, _LATEST))
        if not use_once(self._store, str(claims.get("iss")), mark, lasts):
            raise HookRefusedError(401, "the token was used before (jti)")

    def _addresses(self, path: str) -> set[str]:
        """Return the addresses by which a service may be called: on this machine under each of its names."""
        own = urlsplit(self._settings.url)
        found = {self._settings.url + path}
        if self._settings.mode == "local" and own.port is not None:
            for host in LOCAL_HOSTS:
                name = f"[{host}]" if ":" in host else host
                found.add(urlunsplit((own.scheme, f"{name}:{own.port}", own.path + path, "", "")))
        return found


def _parts(header: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Return head, claims and text of a token, not yet verified."""
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > _LONGEST_TOKEN:
        raise HookRefusedError(401, "the header is not: Authorization: Bearer, and a signed token")
    try:
        parsed = jws.extract_compact(token.encode())
        claims = json.loads(parsed.payload)
    except (JoseError, ValueError, RecursionError, TypeError):
        raise HookRefusedError(401, "the token is malformed") from None
    head = parsed.headers()
    if not isinstance(claims, dict) or head.get("alg") not in ALGORITHMS:
        raise HookRefusedError(401, f"the token is not signed with one of: {', '.join(ALGORITHMS)}")
    return dict(head), claims, token


def _time(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
        raise HookRefusedError(401, f"the token does not say when it was made and ends ({name})")
    return float(value)


def _fetch_keys(issuer: CdsIssuer) -> KeySet:
    try:
        with client_of(accept="application/json") as client:
            client.timeout = httpx2.Timeout(_KEYS_TIMEOUT)
            answer = client.get(issuer.jwks_url or "")
            answer.raise_for_status()
            if len(answer.content) > _KEYS_BYTES:
                raise ValueError("more than a key set can be")
            return KeySet.import_key_set(answer.json())
    except (httpx2.HTTPError, httpx2.InvalidURL, JoseError, ValueError, KeyError, TypeError) as error:
        LOG.warning("cds hooks: the keys of an issuer can't be read: %s", type(error).__name__)
        raise HookRefusedError(401, "the keys of the issuer can't be read") from None
