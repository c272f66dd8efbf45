# ruff: noqa: D101
"""The forms in which FHIR R4 comes: a Bundle of any type, one resource, lines of resources.

Gives the resources one by one as raw text with their place, and what is no resource as a reason. Bundles in
bundles are opened. Nothing is decoded beyond what finding the resources needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from msgspec import Raw

from opentrd.errors import InputError
from opentrd.records.fhir.resources import Fhir

NOT_FHIR: Final = "give a FHIR R4 Bundle, one resource, or NDJSON (one resource a line)"


class Request(Fhir):
    method: str | None = None
    url: str | None = None


class Response(Fhir):
    last_modified: str | None = None


class Link(Fhir):
    relation: str | None = None


class BundleEntry(Fhir):
    full_url: str | None = None
    resource: Raw = Raw()
    request: Request | None = None
    response: Response | None = None


class Bundle(Fhir):
    resource_type: str | None = None
    id: str | None = None
    type: str | None = None
    link: tuple[Link, ...] = ()
    entry: tuple[BundleEntry, ...] = ()


class Kind(Fhir):
    resource_type: str | None = None
    transaction_time: str | None = None


class Found(msgspec.Struct, gc=False):
    """One resource as raw text and where it stands; ``reason`` where there is no resource to read.

    ``deletes`` is the reference that an entry of a history or transaction deletes, ``deleted_at`` when.
    """

    raw: Raw | bytes
    file: str
    place: str
    full_url: str | None = None
    reason: str = ""
    deletes: str | None = None
    deleted_at: str = ""


_bundles: Final = msgspec.json.Decoder(Bundle)
_kinds: Final = msgspec.json.Decoder(Kind)
_IS_BUNDLE: Final = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"(\w+)"')
_PATH: Final = re.compile(r"^(.*?)(?: - at `(?:key in )?\$\.?(.*)`)?$", re.DOTALL)
_PLAIN: Final = (
    ("`str | null`", "text"),
    ("`str`", "text"),
    ("`int | null`", "a whole number"),
    ("`int`", "a whole number"),
    ("`float | null`", "a number"),
    ("`float`", "a number"),
    ("`bool | null`", "true or false"),
    ("`bool`", "true or false"),
    ("`array`", "a list"),
    ("`object | null`", "an object"),
    ("`object | str | null`", "an object"),
    ("`object`", "an object"),
    ("`null`", "null"),
)


def explain(error: Exception) -> tuple[str, str]:
    """Return the field and, in plain words, what is wrong with it, from an error of the decoder."""
    if isinstance(error, RecursionError):
        return "", "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "", "it is not UTF-8 text"
    match = _PATH.match(str(error))
    what, field = (match[1], match[2] or "") if match else (str(error), "")
    for code, words in _PLAIN:
        what = what.replace(code, words)
    what = what.replace("Expected ", "expected ").replace(", got ", ", found ")
    if what == "Input data was truncated":
        what = "the JSON ends in the middle: it was cut off"
    return field, what


def _broken(error: Exception, file: str, place: str, size: int) -> InputError:
    field, what = explain(error)
    if isinstance(error, msgspec.ValidationError):
        return InputError(file, ", ".join(x for x in (place, field) if x), what, NOT_FHIR)
    advice = "export it again" if "cut off" in what else "repair or export it again"
    where = place or f"in {size} bytes"
    return InputError(file, where, what, advice)


def resources(data: bytes | Raw, file: str, place: str = "", full_url: str | None = None) -> Iterator[Found]:
    """Give the resources of one JSON text: those of a Bundle, or the resource itself.

    Raises ``InputError`` for anything that is not a JSON object with a resource type.
    """
    try:
        match = _IS_BUNDLE.match(data)
        name = match[1].decode() if match else None
        if name is None:
            kind = _kinds.decode(data)
            name = kind.resource_type
            if name is None and kind.transaction_time is not None:
                yield Found(b"", file, place, reason="export_manifest")
                return
        if name != "Bundle":
            if not place:
                _whole(data)
            yield Found(data, file, place, full_url)
            return
        bundle = _bundles.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise _broken(error, file, place, len(bytes(data))) from None
    if any(link.relation == "next" for link in bundle.link):
        yield Found(b"", file, place or "link next", reason="more_pages")
    for number, entry in enumerate(bundle.entry, start=1):
        here = f"{place}, entry {number}" if place else f"entry {number}"
        request = entry.request
        deletes = request.url if request and request.method == "DELETE" else None
        at = entry.response.last_modified if entry.response else None
        raw = entry.resource
        if not bytes(raw) or bytes(raw) == b"null":
            yield Found(b"", file, here, entry.full_url, "no_resource", deletes, at or "")
        elif (match := _IS_BUNDLE.match(raw)) is not None and match[1] == b"Bundle":
            yield from resources(raw, file, here)
        else:
            yield Found(raw, file, here, entry.full_url)


def _whole(data: bytes | Raw) -> None:
    """Decode a text that stands alone once, so that text after it or a cut end is an error of the file."""
    _kinds.decode(data)


def lines(stream: Iterable[bytes], file: str) -> Iterator[Found]:
    """Give the resources of NDJSON, one a line, without holding more than a line."""
    for number, line in enumerate(stream, start=1):
        text = line.strip()
        if number == 1:
            text = text.removeprefix(b"\xef\xbb\xbf")
        if text:
            yield from resources(text, file, f"line {number}")


def is_lines(first: bytes, second: bytes) -> bool:
    """Say whether a file's first two lines that are not empty show NDJSON, also where one of them is broken.

    One text over several lines is open where its first line ends, or goes on with what cannot begin a line.
    """
    first, second = first.strip().removeprefix(b"\xef\xbb\xbf"), second.strip()
    if not first.startswith(b"{") or not second:
        return False
    if second.startswith(b"{"):
        return not first.endswith((b"{", b"[", b",", b":"))
    return first.endswith(b"}") and not second.startswith((b"}", b"]", b","))
