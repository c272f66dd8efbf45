"""Signing in at a clinic: OpenID Connect, code flow with PKCE; the role comes from a claim."""

from __future__ import annotations

from typing import Annotated, Any, Final

import httpx2
import msgspec
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse

from opentrd.service.oidc import NotProvenError, Provider, claims_of, provider
from opentrd.service.outward import TIMEOUT, OutwardError
from opentrd.service.pages.rendering import page
from opentrd.service.pages.viewing import Viewing
from opentrd.service.settings import SignIn
from opentrd.service.smart.refusal import Refusal
from opentrd.service.smart.server import secret
from opentrd.service.store.store import now
from opentrd.service.visit import Visit, Visiting

router = APIRouter()
#: What the session holds while somebody signs in.
PENDING: Final = "sign_in"
_PENDING_SECONDS: Final = 900


class Pending(msgspec.Struct, kw_only=True, frozen=True):
    """A sign-in under way."""

    provider: Provider
    state: str
    nonce: str
    verifier: str
    started: int


@router.get("/sign-in", include_in_schema=False)
def sign_in(visit: Visiting, view: Viewing) -> Response:
    """Show who may come in and the way to the provider; nobody signs in on a machine without accounts."""
    if visit.service.settings.sign_in is None:
        return visit.set_cookie(RedirectResponse("/", 303))
    return page("sign_in.html.j2", visit, view)


@router.get("/sign-in/start", include_in_schema=False)
def start(visit: Visiting) -> Response:
    """Send the browser to the provider."""
    settings = _settings(visit)
    try:
        found = provider(settings.issuer)
    except OutwardError as error:
        raise Refusal("no_provider", 502) from error
    pending = Pending(provider=found, state=secret(), nonce=secret(), verifier=secret(), started=now())
    visit.keep(**{PENDING: msgspec.to_builtins(pending)})
    with _client(settings) as client:
        url, _ = client.create_authorization_url(
            found.authorize,
            state=pending.state,
            nonce=pending.nonce,
            code_verifier=pending.verifier,
            redirect_uri=_callback_url(visit),
        )
    return visit.set_cookie(RedirectResponse(str(url), 303))


@router.get("/sign-in/callback", include_in_schema=False)
def callback(visit: Visiting, state: str = "", code: str = "", error: str = "") -> Response:
    """Take what the provider answered, once, and make the visit the account's."""
    settings = _settings(visit)
    pending = _take_pending(visit, state)
    if error or not code:
        raise Refusal("sign_in_refused", 403)
    claims = _claims(visit, settings, pending, code)
    role = "clinician" if settings.clinician in roles_of(claims, settings.role_claim) else "patient"
    name = str(claims.get("name") or claims.get("preferred_username") or claims["sub"])
    account = visit.service.store.account(pending.provider.issuer, str(claims["sub"]), role, name)
    visit.sign_in(account)
    return visit.set_cookie(RedirectResponse("/", 303))


@router.post("/sign-out", include_in_schema=False)
def sign_out(visit: Visiting, csrf: Annotated[str, Form()] = "") -> Response:
    """Forget the session, and with it what a record system allowed."""
    visit.check_csrf(csrf)
    visit.sign_out()
    return visit.set_cookie(RedirectResponse("/sign-in", 303))


def roles_of(claims: dict[str, Any], path: str) -> tuple[str, ...]:
    """Return the roles of a claim: a text or a list; ``a.b`` is ``b`` inside of ``a``."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for part in path.split("."):
            found = found.get(part) if isinstance(found, dict) else None
    if isinstance(found, str):
        return tuple(found.split())
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()


def _settings(visit: Visit) -> SignIn:
    if visit.service.settings.sign_in is None:
        raise Refusal("no_accounts", 404)
    return visit.service.settings.sign_in


def _take_pending(visit: Visit, state: str) -> Pending:
    kept = visit.session.data.get(PENDING)
    visit.keep(**{PENDING: None})
    pending = msgspec.convert(kept, Pending) if kept is not None else None
    if pending is None or pending.state != state:
        raise Refusal("wrong_state")
    if now() - pending.started > _PENDING_SECONDS:
        raise Refusal("too_late")
    return pending


def _claims(visit: Visit, settings: SignIn, pending: Pending, code: str) -> dict[str, Any]:
    try:
        with _client(settings) as client:
            token = client.fetch_token(
                pending.provider.token,
                code=code,
                code_verifier=pending.verifier,
                redirect_uri=_callback_url(visit),
            )
        return claims_of(
            str(token.get("id_token")),
            jwks=pending.provider.jwks,
            issuer=pending.provider.issuer,
            client=settings.client_id,
            nonce=pending.nonce,
        )
    except OAuthError as error:
        raise Refusal("code_refused") from error
    except NotProvenError as error:
        raise Refusal("not_proven", 502) from error
    except (httpx2.HTTPError, OutwardError, ValueError) as error:
        raise Refusal("no_provider", 502) from error


def _client(settings: SignIn) -> Any:
    return OAuth2Client(
        settings.client_id,
        settings.client_secret,
        scope="openid profile",
        code_challenge_method="S256",
        timeout=TIMEOUT,
        follow_redirects=False,
    )


def _callback_url(visit: Visit) -> str:
    return f"{visit.service.settings.url}/sign-in/callback"
