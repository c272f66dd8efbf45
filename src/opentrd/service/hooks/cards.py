"""A finding becomes a card: short words first, three lines below, where it comes from, what to open.

Texts of records may hold anything, and clients show the detail as Markdown: what would be markup in it is
written so that it is shown as it stands.
"""

from __future__ import annotations

import re
import secrets
import uuid
from typing import TYPE_CHECKING, Any, Final

import msgspec

from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.present.words import Words
    from opentrd.service.settings import ServiceSettings

#: The specification asks for fewer than 140 characters.
SUMMARY: Final = 139
LINES: Final = 3
AT_MOST: Final = 2
INDICATORS: Final = ("critical", "warning", "info")
#: What a card is about, in the order in which cards stand; the place is part of a card's id.
KINDS: Final = ("safety", "care", "bipolar", "failed", "inadequate", "resistant", "follow_up")
#: Reasons to set a card aside, by what it asks for.
REASONS: Final = {
    "order": ("benefit", "watched", "known", "record_wrong"),
    "view": ("known", "later", "declined", "record_wrong"),
}
TOPICS: Final = "https://opentrd.invalid/fhir/CodeSystem/card-topic"
OVERRIDES: Final = "https://opentrd.invalid/fhir/CodeSystem/override-reason"
BASIS: Final = "org.opentrd.basis"

_MARKUP: Final = re.compile(r"([\\`*_\[\]|~])")
_UUID_VERSION: Final = 0x80


class Suggestion(msgspec.Struct, kw_only=True):
    """Something that one click may do: a label, and the actions of the specification."""

    label: Statement
    actions: list[dict[str, Any]]


class Finding(msgspec.Struct, kw_only=True):
    """Something worth a card. ``extra`` are lines that are made already (help lines, what was not read)."""

    kind: str
    indicator: str
    summary: Statement
    lines: list[Statement]
    extra: list[str] = []
    suggestions: list[Suggestion] = []
    reasons: str = "order"


def chosen(found: list[Finding]) -> list[Finding]:
    """Return the findings that become cards: the most pressing first, at most two."""
    order = sorted(found, key=lambda f: (INDICATORS.index(f.indicator), KINDS.index(f.kind)))
    return order[:AT_MOST]


def card(finding: Finding, words: Words, settings: ServiceSettings, *, launch: bool) -> dict[str, Any]:
    """Return the card of a finding. ``launch``: the record of the caller can launch the SMART app."""
    said = [words.say(line) for line in finding.lines if words.tells(line)]
    lines = [*dict.fromkeys(line for line in said if line)][:LINES] + finding.extra
    made: dict[str, Any] = {
        "uuid": card_id(finding.kind),
        "summary": short(words.say(finding.summary)),
        "indicator": finding.indicator,
        "detail": "\n".join(f"- {markdown(line)}" for line in lines),
        "source": {
            "label": "OpenTRD",
            "url": f"{settings.url}/",
            "topic": {
                "system": TOPICS,
                "code": finding.kind,
                "display": words.text(f"hooks.topic.{finding.kind}"),
            },
        },
        "links": [_app(words, settings, launch), _link(words, "learn", f"{settings.url}/learn", "absolute")],
        "overrideReasons": [
            {"system": OVERRIDES, "code": reason, "display": words.text(f"hooks.reason.{reason}")}
            for reason in REASONS[finding.reasons]
        ],
        "extension": {BASIS: _basis(finding)},
    }
    if finding.suggestions:
        made["suggestions"] = [_suggestion(each, words) for each in finding.suggestions]
        made["selectionBehavior"] = "at-most-one"
    return made


def _app(words: Words, settings: ServiceSettings, launch: bool) -> dict[str, str]:
    """Return the link to the app: by a launch where that leads somewhere, else to its own start page."""
    if launch:
        return _link(words, "open", f"{settings.url}/smart/launch", "smart")
    return _link(words, "start", f"{settings.url}/", "absolute")


def _link(words: Words, what: str, url: str, kind: str) -> dict[str, str]:
    return {"label": words.text(f"hooks.link.{what}"), "url": url, "type": kind}


def _suggestion(suggestion: Suggestion, words: Words) -> dict[str, Any]:
    label = words.say(suggestion.label)
    actions = [{"description": label, **action} for action in suggestion.actions]
    return {"label": label, "uuid": str(uuid.uuid4()), "actions": actions}


def _basis(finding: Finding) -> dict[str, list[str]]:
    """Return the lines of the record and the rows of the tables behind a card."""
    said = (finding.summary, *finding.lines)
    return {
        "sources": sorted({source for each in said for source in each.sources}),
        "citations": sorted({citation for each in said for citation in each.citations}),
    }


def card_id(kind: str) -> str:
    """Return a new id that nobody can guess; its first byte tells what kind of card it was (version 8)."""
    octets = bytearray(secrets.token_bytes(16))
    octets[0] = KINDS.index(kind)
    octets[6] = _UUID_VERSION | (octets[6] & 0x0F)
    octets[8] = 0x80 | (octets[8] & 0x3F)
    return str(uuid.UUID(bytes=bytes(octets)))


def kind_of(card_uuid: str) -> str | None:
    """Return what kind of card an id was given to; ``None`` for an id that was not made here."""
    try:
        octets = uuid.UUID(card_uuid).bytes
    except ValueError:
        return None
    ours = octets[6] & 0xF0 == _UUID_VERSION and octets[0] < len(KINDS)
    return KINDS[octets[0]] if ours else None


def short(text: str) -> str:
    """Return a text that is short enough for a summary, cut between words."""
    if len(text) <= SUMMARY:
        return text
    return text[: SUMMARY - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def markdown(text: str) -> str:
    """Return a text that Markdown shows as it stands, on one line."""
    line = " ".join(text.split())
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = _MARKUP.sub(r"\\\1", line)
    return line.replace("://", ":\\//").replace("www.", "www\\.")
