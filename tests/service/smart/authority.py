"""An OAuth server in front of the FHIR server: SMART App Launch 2.2 and OpenID Connect, as far as tests need.

It is strict where the specification says so: registered redirect addresses, ``aud``, PKCE with S256, codes
that work once, refresh tokens that change with each use. ``asked`` notes what came, in order.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from base64 import b64decode, urlsafe_b64encode
from html import escape
from typing import Any
from urllib.parse import unquote, urlencode

import httpx2
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
CLIENTS = {"public-app": None, "secret-app": "s3cret/+ %"}
KEY = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})


class Authority:
    """The server. The attributes below steer it; ``url`` is set once it listens."""

    def __init__(self, fhir: str, redirects: tuple[str, ...] = ()) -> None:
        self.fhir = fhir
        self.redirects = redirects
        self.url = ""
        self.key = KEY
        self.asked: list[str] = []
        self.authorizations: list[dict[str, str]] = []
        self.launches: dict[str, str] = {}
        self.context: str | None = None
        self.user = "Practitioner/house"
        self.claims: dict[str, Any] = {}
        self.well_known = True
        self.capabilities = ["permission-v2", "launch-ehr", "launch-standalone", "sso-openid-connect"]
        self.lifetime = 3600.0
        self.uses = 10_000
        self.banner: bool | None = True
        self.forbidden: set[str] = set()
        self.next_base: str | None = None
        self.pause = 0.0
        self.signing_key = self.key
        self._waiting: dict[str, dict[str, str]] = {}
        self._codes: dict[str, dict[str, str]] = {}
        self._access: dict[str, dict[str, Any]] = {}
        self._refresh: dict[str, dict[str, str]] = {}
        self.app = Starlette(
            routes=[
                Route("/fhir/.well-known/smart-configuration", self.smart_configuration),
                Route("/.well-known/openid-configuration", self.openid_configuration),
                Route("/authorize", self.authorize),
                Route("/authorize/answer", self.answer, methods=["POST"]),
                Route("/token", self.token, methods=["POST"]),
                Route("/jwks", self.jwks),
                Route("/fhir/metadata", self.metadata),
                Route("/fhir/{rest:path}", self.resource),
            ]
        )

    @property
    def iss(self) -> str:
        return f"{self.url}/fhir"

    def launch(self, patient: str) -> str:
        """Return a launch for a person's record, as an electronic record hands it out."""
        name = secrets.token_hex(8)
        self.launches[name] = patient
        return name

    def expire_all(self) -> None:
        for grant in self._access.values():
            grant["until"] = 0.0

    # What it says of itself

    async def smart_configuration(self, request: Request) -> Response:
        self._note(request)
        if not self.well_known:
            return Response(status_code=404)
        return JSONResponse(
            {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/jwks",
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "grant_types_supported": ["authorization_code"],
                "code_challenge_methods_supported": ["S256"],
                "capabilities": self.capabilities,
            }
        )

    async def openid_configuration(self, request: Request) -> Response:
        self._note(request)
        return JSONResponse(
            {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/jwks",
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
            }
        )

    async def metadata(self, request: Request) -> Response:
        self._note(request)
        uris = [{"url": name, "valueUri": f"{self.url}/{name}"} for name in ("authorize", "token")]
        security = {"extension": [{"url": OAUTH_URIS, "extension": uris}]}
        return JSONResponse(
            {"resourceType": "CapabilityStatement", "rest": [{"mode": "server", "security": security}]}
        )

    async def jwks(self, request: Request) -> Response:
        self._note(request)
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    # Consent

    async def authorize(self, request: Request) -> Response:
        self._note(request)
        asked = dict(request.query_params)
        self.authorizations.append(asked)
        fault = self._fault(asked)
        if fault:
            return JSONResponse({"error": "invalid_request", "error_description": fault}, 400)
        name = secrets.token_hex(8)
        self._waiting[name] = asked
        return HTMLResponse(
            f"<!doctype html><title>Consent</title><p>{escape(asked['client_id'])} wants: "
            f"{escape(asked['scope'])}</p><form method=post action=/authorize/answer>"
            f'<input type=hidden name=request value="{name}">'
            "<button id=allow name=answer value=allow>Allow</button>"
            "<button id=deny name=answer value=deny>Deny</button></form>"
        )

    def _fault(self, asked: dict[str, str]) -> str:
        if asked.get("client_id") not in CLIENTS:
            return "unknown client"
        if asked.get("redirect_uri") not in self.redirects:
            return "unknown redirect"
        if asked.get("response_type") != "code" or not asked.get("state"):
            return "not a code flow with a state"
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            return "no PKCE"
        smart = "/" in asked.get("scope", "")
        if smart and asked.get("aud") != self.iss:
            return "wrong aud"
        if "launch" in asked and asked["launch"] not in self.launches:
            return "unknown launch"
        return ""

    async def answer(self, request: Request) -> Response:
        form = await request.form()
        asked = self._waiting.pop(str(form["request"]))
        back = {"state": asked["state"]}
        if form["answer"] == "allow":
            back["code"] = secrets.token_hex(16)
            self._codes[back["code"]] = asked
        else:
            back["error"] = "access_denied"
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 303)

    # Tokens

    async def token(self, request: Request) -> Response:
        self._note(request)
        form = {name: str(value) for name, value in (await request.form()).items()}
        client = self._client(request, form)
        if client is None:
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = self._redeem(form, client)
        if asked is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(self._granted(asked), headers={"cache-control": "no-store"})

    def _client(self, request: Request, form: dict[str, str]) -> str | None:
        given = request.headers.get("authorization", "")
        if given.startswith("Basic "):
            name, _, secret = b64decode(given[6:]).decode().partition(":")
            name, secret = unquote(name), unquote(secret)
            return name if CLIENTS.get(name) is not None and CLIENTS[name] == secret else None
        name = form.get("client_id", "")
        return name if name in CLIENTS and CLIENTS[name] is None else None

    def _redeem(self, form: dict[str, str], client: str) -> dict[str, str] | None:
        if form.get("grant_type") == "refresh_token":
            return self._refresh.pop(form.get("refresh_token", ""), None)
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or asked["client_id"] != client or asked["redirect_uri"] != form.get("redirect_uri"):
            return None
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        fits = urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        return asked if fits else None

    def _granted(self, asked: dict[str, str]) -> dict[str, Any]:
        scopes = asked["scope"].split()
        access = secrets.token_hex(16)
        patient = self.launches.get(asked.get("launch", ""))
        if patient is None and "launch/patient" in scopes:
            patient = self.context
        self._access[access] = {
            "until": time.time() + self.lifetime,
            "left": self.uses,
            "patient": patient if any(each.startswith("patient/") for each in scopes) else None,
        }
        granted: dict[str, Any] = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": int(self.lifetime),
            "scope": asked["scope"],
        }
        if patient is not None:
            granted["patient"] = patient
            if self.banner is not None:
                granted["need_patient_banner"] = self.banner
        if "offline_access" in scopes:
            granted["refresh_token"] = secrets.token_hex(16)
            self._refresh[granted["refresh_token"]] = {**asked, "patient": patient or ""}
        if "openid" in scopes:
            granted["id_token"] = self._id_token(asked)
        return granted

    def _id_token(self, asked: dict[str, str]) -> str:
        claims = {
            "iss": self.url,
            "sub": self.user.replace("/", "-"),
            "aud": asked["client_id"],
            "nonce": asked.get("nonce"),
            "iat": int(time.time()),
            "exp": int(time.time()) + 300,
            "fhirUser": f"{self.iss}/{self.user}",
            **self.claims,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": "k1"}, kept, self.signing_key)

    # The record

    async def resource(self, request: Request) -> Response:
        self._note(request)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        grant = self._access.get(token)
        if grant is None or grant["until"] < time.time() or grant["left"] <= 0:
            return JSONResponse({"resourceType": "OperationOutcome"}, 401)
        grant["left"] -= 1
        await asyncio.sleep(self.pause)
        rest = request.path_params["rest"]
        kind, _, name = rest.partition("/")
        patient = request.query_params.get("patient", name if kind == "Patient" else "")
        patient = patient.removeprefix("Patient/")
        if kind in self.forbidden or (
            grant["patient"] and kind != "Medication" and patient != grant["patient"]
        ):
            return JSONResponse({"resourceType": "OperationOutcome"}, 403)
        async with httpx2.AsyncClient() as client:
            given = await client.get(
                f"{self.fhir}/{rest}?{request.url.query}", headers={"x-base": self.next_base or self.iss}
            )
        return Response(given.content, given.status_code, media_type="application/fhir+json")

    def _note(self, request: Request) -> None:
        self.asked.append(f"{request.method} {request.url.path}")
