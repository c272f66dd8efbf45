"""What became of cards: accepted or set aside, and why. Nothing that a user wrote is kept."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from opentrd.service.hooks.cards import OVERRIDES, REASONS, kind_of
from opentrd.service.hooks.refusals import HookRefusedError
from opentrd.service.store import tables as t
from opentrd.service.store.store import now

_KNOWN: Final = frozenset(reason for reasons in REASONS.values() for reason in reasons)
#: Stands for a reason of the client's own list: its code might say anything.
OTHER: Final = "other"
#: Rows of one call that are kept.
MOST: Final = 100


class Reason(msgspec.Struct, frozen=True):
    """The coded reason of a user."""

    code: str = ""
    system: str | None = None


class Override(msgspec.Struct, rename="camel", frozen=True):
    """Why a card was set aside; a comment is not read."""

    reason: Reason | None = None


class Accepted(msgspec.Struct, frozen=True):
    """A suggestion that was taken."""

    id: str


class Entry(msgspec.Struct, rename="camel", frozen=True):
    """What became of one card."""

    card: str
    outcome: Literal["accepted", "overridden"]
    outcome_timestamp: str
    accepted_suggestions: tuple[Accepted, ...] = ()
    override_reason: Override | None = None


class Feedback(msgspec.Struct, frozen=True):
    """The body of a feedback call."""

    feedback: tuple[Entry, ...]


_bodies: Final = msgspec.json.Decoder(Feedback)


def read_feedback(body: bytes, service: str) -> list[t.Feedback]:
    """Return the rows to keep. Raises ``HookRefusedError`` (400) with the field that is wrong."""
    try:
        given = _bodies.decode(body).feedback
    except msgspec.ValidationError as error:
        raise HookRefusedError(400, f"the feedback is not as CDS Hooks 2.0 has it: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise HookRefusedError(400, "the body is not JSON") from None
    if len(given) > MOST:
        raise HookRefusedError(400, f"more than {MOST} cards in one call")
    return [_row(entry, service) for entry in given]


def _row(entry: Entry, service: str) -> t.Feedback:
    kind = kind_of(entry.card)
    if kind is None:
        raise HookRefusedError(400, "feedback.card is not the id of a card from here")
    if entry.outcome == "accepted" and not entry.accepted_suggestions:
        raise HookRefusedError(400, "feedback.acceptedSuggestions is missing")
    chosen = entry.override_reason.reason if entry.override_reason else None
    reasons = [] if chosen is None else [_code(chosen)]
    return t.Feedback(
        moment=now(),
        service=service,
        card=entry.card.lower(),
        outcome=entry.outcome,
        reasons=[kind, *reasons],
    )


def _code(reason: Reason) -> str:
    ours = reason.system in (None, OVERRIDES) and reason.code in _KNOWN
    return reason.code if ours else OTHER
