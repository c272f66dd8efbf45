"""Reads one person's record from a FHIR server: every page of every resource type that OpenTRD uses.

The token goes to the server's own origin alone. What the server did not give is said, never left out
in silence.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import quote, urljoin

import httpx2
import msgspec
from msgspec import Raw

from opentrd.records.fhir.entry import READ
from opentrd.service.outward import OutwardError, body_of, client, same_origin
from opentrd.service.smart.refusal import Refusal

#: Types searched by the person; the person is read by id, medicines by the references to them.
SEARCHED: Final = tuple(name for name in READ if name not in ("Patient", "Medication"))
#: Resources asked for on one page; pages of one type and bytes of one record that are read.
PAGE_SIZE: Final = 200
MOST_PAGES: Final = 500
MOST_BYTES: Final = 300_000_000
MOST_MEDICATIONS: Final = 1000
#: How often a server that is busy is asked, and the longest pause (seconds) that it may ask for.
TRIES: Final = 3
LONGEST_PAUSE: Final = 10
_BUSY: Final = (429, 502, 503, 504)
_MAY_NOT: Final = (401, 403)
#: Statuses of a server that does not know a type or a search.
_UNKNOWN: Final = (400, 404, 405, 410, 501)


class Progress(msgspec.Struct):
    """How far a reading is: the type that is read, how many types are done, resources, pages."""

    type: str = "Patient"
    done: int = 0
    of: int = len(SEARCHED) + 1
    resources: int = 0
    pages: int = 0
    bytes: int = 0


class Taken(msgspec.Struct, kw_only=True):
    """A record that was read. ``missing`` tells of each type that was not read, or not whole, why."""

    label: str
    sources: dict[str, bytes]
    missing: dict[str, str]


class _Link(msgspec.Struct):
    relation: str = ""
    url: str = ""


class _Mode(msgspec.Struct):
    mode: str = "match"


class _Entry(msgspec.Struct, rename="camel"):
    resource: Raw = Raw()
    full_url: str | None = None
    search: _Mode = msgspec.field(default_factory=_Mode)


class _Page(msgspec.Struct, rename="camel"):
    resource_type: str = ""
    link: tuple[_Link, ...] = ()
    entry: tuple[_Entry, ...] = ()


class _Reference(msgspec.Struct):
    reference: str | None = None


class _Kind(msgspec.Struct, rename="camel"):
    resource_type: str = ""
    id: str = ""
    medication_reference: _Reference | None = None


class Access:
    """A server with a token. ``renew`` gives a new token when the old one is over, or ``None``."""

    def __init__(self, base: str, token: str, renew: Callable[[], str | None]) -> None:
        self.base = base
        self._client = client(accept="application/fhir+json", authorization=f"Bearer {token}")
        self._renew = renew
        self._renewed = False

    def close(self) -> None:
        """Let go of the connection and the token."""
        self._client.close()

    def get(self, url: str) -> bytes:
        """Return what stands at an address of this server. Raises ``OutwardError``, ``Refusal``."""
        if not same_origin(url, self.base):
            raise Refusal("hostile_link", 502)
        for attempt in range(1, TRIES + 1):
            try:
                return body_of(self._client, url)
            except OutwardError as error:
                if error.status == httpx2.codes.UNAUTHORIZED and not self._renewed:
                    self._take_new_token()
                elif error.status not in _BUSY or attempt == TRIES:
                    raise
                else:
                    time.sleep(min(2**attempt, LONGEST_PAUSE))
        raise OutwardError

    def _take_new_token(self) -> None:
        token = self._renew()
        if token is None:
            raise Refusal("expired", 401)
        self._renewed = True
        self._client.headers["authorization"] = f"Bearer {token}"

    def pages(self, url: str) -> Iterator[tuple[bytes, tuple[_Entry, ...]]]:
        """Give the pages of a search. Raises ``Refusal`` where one leads to another server or in circles."""
        seen = set()
        following: str | None = url
        while following is not None:
            if following in seen:
                raise Refusal("hostile_link", 502)
            seen.add(following)
            body = self.get(following)
            page = _decoded(body, _Page)
            if page.resource_type != "Bundle":
                raise Refusal("not_fhir", 502)
            yield body, page.entry
            link = next((each.url for each in page.link if each.relation == "next" and each.url), None)
            following = urljoin(f"{self.base}/", link) if link else None


def read_record(access: Access, patient: str, progress: Progress) -> Taken:
    """Read a person's record. Raises ``Refusal`` where it cannot be read at all."""
    person = _person(access, patient)
    found: dict[str, dict[str, bytes]] = {"Patient": {f"{access.base}/Patient/{patient}": person}}
    missing: dict[str, str] = {}
    progress.done, progress.resources = 1, 1
    for name in SEARCHED:
        progress.type = name
        reason = _read_type(access, name, patient, found.setdefault(name, {}), progress)
        if reason:
            missing[name] = reason
        progress.done += 1
    progress.type = "Medication"
    if reason := _medications(access, found, progress):
        missing["Medication"] = reason
    sources = {f"{name}.fhir": _bundle(entries) for name, entries in found.items() if entries}
    return Taken(label=label_of(person), sources=sources, missing=missing)


def find_persons(access: Access, text: str) -> list[dict[str, Any]]:
    """Return persons whose name or identifier is ``text``: the first page alone, to choose from."""
    found: dict[str, dict[str, Any]] = {}
    failed: OutwardError | None = None
    for parameter in ("identifier", "name"):
        try:
            url = f"{access.base}/Patient?{parameter}={quote(text, safe='')}&_count=20"
            for entry in _decoded(access.get(url), _Page).entry:
                person = _decoded(entry.resource, dict[str, Any])
                if person.get("resourceType") == "Patient" and isinstance(person.get("id"), str):
                    found[person["id"]] = person
        except OutwardError as error:
            failed = error
    if not found and failed is not None:
        raise Refusal("no_search", 502) from failed
    return list(found.values())


def label_of(person: bytes) -> str:
    """Return what a chart is called: the person's name, else the id."""
    read = _decoded(person, dict[str, Any])
    return name_of(read) or str(read.get("id", ""))


def name_of(person: dict[str, Any]) -> str:
    """Return the name of a person as the record writes it."""
    for name in person.get("name") or []:
        if isinstance(name, dict) and name.get("use") != "old":
            given = name.get("given") or []
            parts = [*(given if isinstance(given, list) else []), name.get("family") or ""]
            whole = str(name.get("text") or " ".join(str(part) for part in parts))
            if whole.strip():
                return " ".join(whole.split())
    return ""


def _person(access: Access, patient: str) -> bytes:
    try:
        body = access.get(f"{access.base}/Patient/{quote(patient, safe='')}")
    except OutwardError as error:
        raise Refusal("no_person", 502) from error
    kind = _decoded(body, _Kind)
    if kind.resource_type != "Patient" or kind.id != patient:
        raise Refusal("no_person", 502)
    return body


def _read_type(
    access: Access, name: str, patient: str, into: dict[str, bytes], progress: Progress
) -> str | None:
    """Read all pages of a type; return why it is not whole."""
    url = f"{access.base}/{name}?patient={quote(patient, safe='')}&_count={PAGE_SIZE}"
    try:
        for number, (body, entries) in enumerate(access.pages(url), 1):
            progress.pages += 1
            progress.bytes += len(body)
            for entry in entries:
                _take(access, entry, into, progress)
            if number >= MOST_PAGES or progress.bytes > MOST_BYTES:
                return "too_many"
    except OutwardError as error:
        return _reason(error.status)
    return None


def _take(access: Access, entry: _Entry, into: dict[str, bytes], progress: Progress) -> None:
    if not bytes(entry.resource) or entry.search.mode == "outcome":
        return
    kind = _decoded(entry.resource, _Kind)
    if kind.resource_type != "OperationOutcome":
        into[f"{access.base}/{kind.resource_type}/{kind.id}"] = bytes(entry.resource)
        progress.resources += 1


def _medications(access: Access, found: dict[str, dict[str, bytes]], progress: Progress) -> str | None:
    """Read the medicines that orders and supplies refer to, each once; return why not all."""
    there = {url for entries in found.values() for url in entries}
    wanted: dict[str, None] = {}
    for name, entries in found.items():
        if name.startswith("Medication"):
            for body in entries.values():
                reference = _decoded(body, _Kind).medication_reference
                if reference is not None and "Medication/" in (reference.reference or ""):
                    wanted[urljoin(f"{access.base}/", reference.reference)] = None
    medicines = found.setdefault("Medication", {})
    reason = "too_many" if len(wanted) > MOST_MEDICATIONS else None
    for url in list(wanted)[:MOST_MEDICATIONS]:
        if url in there:
            continue
        if not same_origin(url, access.base):
            reason = "elsewhere"
            continue
        try:
            body = access.get(url)
            if _decoded(body, _Kind).resource_type == "Medication":
                medicines[url] = body
                progress.resources += 1
        except OutwardError as error:
            reason = _reason(error.status)
    return reason


def _reason(status: int) -> str:
    if status in _MAY_NOT:
        return "not_allowed"
    return "not_offered" if status in _UNKNOWN else "failed"


def _bundle(entries: dict[str, bytes]) -> bytes:
    made = [{"fullUrl": url, "resource": Raw(body)} for url, body in entries.items()]
    return msgspec.json.encode({"resourceType": "Bundle", "type": "collection", "entry": made})


def _decoded(body: bytes | Raw, kind: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("not_fhir", 502) from error
