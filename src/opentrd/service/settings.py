"""What a service is started with: where it keeps, for whom it is open, whom it trusts, what it refuses."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final, Literal

import msgspec

from opentrd.errors import InputError

LOCAL_HOSTS: Final = ("127.0.0.1", "localhost", "::1")


class Limits(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What is refused: bytes of one request, files of one upload, requests of one address in a minute.

    What was packed is counted as it comes out: ``unpacked_bytes`` of one upload together, and ``ratio`` times
    the size that one packed file had.
    """

    body_bytes: int = 60_000_000
    files: int = 200
    unpacked_bytes: int = 200_000_000
    ratio: int = 200
    requests_per_minute: int = 1200


class CdsIssuer(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A CDS client whose signed calls are taken: its ``iss`` and where its keys are, or the keys.

    ``fhir_servers`` may be asked for what its calls do not bring, with the token that they hand over.
    """

    iss: str
    jwks_url: str | None = None
    jwks: str | None = None
    fhir_servers: tuple[str, ...] = ()


class SmartServer(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A FHIR server at which this app is registered.

    ``panel``: in a clinic, practitioners who come from this server see all charts, as if they had signed in.
    """

    iss: str
    client_id: str
    client_secret: str | None = None
    scopes: str = "launch openid fhirUser patient/*.rs offline_access"
    name: str = ""
    panel: bool = False

    @property
    def label(self) -> str:
        """What it is called on a page."""
        return self.name or self.iss.rstrip("/")


class SignIn(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The OpenID Connect provider of a clinic; ``role_claim`` holds the roles, ``clinician`` is one."""

    issuer: str
    client_id: str
    client_secret: str | None = None
    role_claim: str = "roles"
    clinician: str = "clinician"


class ServiceSettings(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """All settings of a service. ``database`` is an address for SQLAlchemy, else SQLite in ``folder``.

    ``base_url`` is how browsers reach it (behind a proxy another than where it listens). ``cds_open`` lets
    CDS Hooks calls in without a signature: for the local mode and sandboxes.
    """

    folder: str = ""
    database: str = ""
    mode: Literal["local", "clinic"] = "local"
    host: str = "127.0.0.1"
    port: int = 8321
    base_url: str = ""
    language: str = "en"
    region: str | None = None
    knowledge: str | None = None
    cds_open: bool = True
    cds_issuers: tuple[CdsIssuer, ...] = ()
    smart: tuple[SmartServer, ...] = ()
    sign_in: SignIn | None = None
    limits: Limits = Limits()

    @property
    def url(self) -> str:
        """How browsers reach the service, without a slash at the end."""
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")

    def smart_server(self, iss: str) -> SmartServer | None:
        """Return the registered FHIR server with an address, where there is one."""
        return next((each for each in self.smart if each.iss.rstrip("/") == iss.rstrip("/")), None)

    @property
    def database_url(self) -> str:
        """The address of the database."""
        return self.database or f"sqlite:///{Path(self.folder) / 'opentrd.sqlite'}"


def read_settings(path: Path) -> ServiceSettings:
    """Read settings from a TOML file. Raises ``InputError`` naming the file and the field."""
    try:
        return check(
            msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), ServiceSettings), str(path)
        )
    except OSError as error:
        raise InputError(str(path), "", "the file can't be read", error.strerror or "") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(str(path), "", "this is not TOML", str(error)) from error
    except msgspec.ValidationError as error:
        raise InputError(str(path), "", "a setting is not understood", str(error)) from error


def check(settings: ServiceSettings, place: str) -> ServiceSettings:
    """Refuse settings that would open the service by accident."""
    if settings.mode == "local" and settings.host not in LOCAL_HOSTS:
        what_to_do = 'use mode = "clinic" with sign_in, or listen on 127.0.0.1'
        raise InputError(
            place, "host", "without accounts only the local address may be listened on", what_to_do
        )
    if settings.mode == "clinic" and settings.sign_in is None:
        raise InputError(place, "sign_in", "a clinic needs sign-in", "name its OpenID Connect provider")
    return settings
