"""What a body brings: FHIR, a history sheet, or JSON that holds one of both with answers beside it.

A body is read where it stands and forgotten. A compressed one is refused: what it would unpack to is not
known before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from fastapi import Request

from opentrd.errors import InputError
from opentrd.records.read import Records, read_files
from opentrd.records.sheet import read_sheet
from opentrd.run import single
from opentrd.service.api.refusals import CallRefusedError

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

JSON: Final = ("application/json", "application/fhir+json")
LINES: Final = (
    "application/fhir+ndjson",
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
)
CSV: Final = ("text/csv", "text/tab-separated-values")
YAML: Final = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")
#: How a body of each kind is called in messages and in the ids of its lines.
NAMES: Final = {
    **dict.fromkeys(JSON, "record.json"),
    **dict.fromkeys(LINES, "record.ndjson"),
    **dict.fromkeys(CSV, "sheet.csv"),
    **dict.fromkeys(YAML, "sheet.yaml"),
}
#: A sheet is a list of lines of values, each perhaps a list.
_DEPTH: Final = 6
_PACKED: Final = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
_WRAPPED: Final = (
    'send {"record": a FHIR resource} or {"sheet": ...}, with "answers" beside it if there are any'
)

_NONE: Final = msgspec.Raw()


class Given(msgspec.Struct, frozen=True):
    """The record files of a body or its sheet, and what was said beside them."""

    files: dict[str, bytes]
    sheet: dict[str, bytes] = {}
    answers: dict[str, Any] = {}
    preferences: dict[str, float] = {}

    def records(self, knowledge: Knowledge) -> Records:
        """Read the records. Raises ``InputError`` that names file and place."""
        for name, text in self.sheet.items():
            return Records(read_sheet(text, knowledge, name), [])
        return single(read_files(self.files, knowledge))


class _Kind(msgspec.Struct, rename={"resource_type": "resourceType"}):
    resource_type: msgspec.Raw = _NONE


class _Wrapped(msgspec.Struct, forbid_unknown_fields=True):
    record: msgspec.Raw = _NONE
    sheet: dict[str, Any] | str | None = None
    answers: dict[str, Any] = {}
    preferences: dict[str, float] = {}


_kinds: Final = msgspec.json.Decoder(_Kind)
_wrapped: Final = msgspec.json.Decoder(_Wrapped)


def media_type(request: Request, known: tuple[str, ...]) -> str:
    """Return what a body calls itself. Refuses (415) what is not known, and what is packed."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in known:
        what = "the content type is missing" if not kind else "this content type is not read here"
        raise CallRefusedError(415, what, "send one of: " + ", ".join(known))
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise CallRefusedError(415, "the body is compressed", "send it as it is")
    return kind


async def given(request: Request) -> Given:
    """Return what a body brings. Raises ``CallRefusedError`` (400, 415) for what cannot be taken apart."""
    kind = media_type(request, tuple(NAMES))
    return taken_apart(await request.body(), kind)


def taken_apart(body: bytes, kind: str) -> Given:
    """Return what a text of a kind brings."""
    if body.startswith(_PACKED):
        raise CallRefusedError(415, "the body is compressed", "send it as it is")
    if not body.strip():
        raise CallRefusedError(400, "the body is empty", "send a record")
    if kind not in JSON:
        return Given({NAMES[kind]: body})
    return opened(body, NAMES[kind])


def opened(text: bytes | msgspec.Raw, name: str) -> Given:
    """Return what a JSON object brings: a FHIR resource, or a record or sheet with answers."""
    try:
        if bytes(_kinds.decode(text).resource_type):
            return Given({name: bytes(text)})
        return _unwrapped(_wrapped.decode(text))
    except msgspec.ValidationError as error:
        raise InputError(name, "", str(error), _WRAPPED) from None
    except RecursionError:
        raise CallRefusedError(400, "it is nested too deeply", "send a FHIR resource", file=name) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise CallRefusedError(400, "it is not JSON", "repair it, or send it anew", file=name) from None


def _unwrapped(found: _Wrapped) -> Given:
    record = bytes(found.record)
    if bool(record) != (found.sheet is None):
        raise InputError("record.json", "", "either record or sheet is needed", _WRAPPED)
    if found.sheet is None:
        return Given({"record.json": record}, {}, found.answers, found.preferences)
    if isinstance(found.sheet, str):
        sheet = {"sheet": found.sheet.encode("utf-8", "replace")}
    else:
        sheet = {"sheet.yaml": _as_yaml(found.sheet)}
    return Given({}, sheet, found.answers, found.preferences)


def _as_yaml(sheet: Any) -> bytes:
    """Return a sheet that came as JSON in the form in which sheets are read: JSON is YAML, but for words."""
    return msgspec.json.encode(_in_words(sheet, 0))


def _in_words(value: Any, depth: int) -> Any:
    if depth > _DEPTH:
        raise InputError("sheet", "", "lists within lists are too deep", "see docs/history-sheet.md")
    if isinstance(value, dict):
        return {str(key): _in_words(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list):
        return [_in_words(each, depth + 1) for each in value]
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value
