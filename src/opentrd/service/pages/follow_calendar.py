"""A reminder as a calendar file (RFC 5545): one event of one whole day, with an alarm in the morning.

A calendar is read over shoulders and synchronised to other machines: what is written here names no illness.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

#: A line of a calendar file holds at most so many bytes; longer ones go on in the next line after a space.
LINE: Final = 75
#: From the first moment of the day on: nine in the morning.
_ALARM: Final = "PT9H"


def calendar(chart: str, day: int, summary: str, description: str, made: datetime) -> str:
    """Return the file of the next look at a chart. ``made`` is the moment in UTC.

    The event of a chart always has the same UID, so that a newer file moves it and does not add another.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//opentrd//reminder//EN",
        "CALSCALE:GREGORIAN",
        "BEGIN:VEVENT",
        f"UID:{uid(chart)}",
        f"DTSTAMP:{made:%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{date.fromordinal(day):%Y%m%d}",
        f"SUMMARY:{_text(summary)}",
        f"DESCRIPTION:{_text(description)}",
        "CLASS:PRIVATE",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(summary)}",
        f"TRIGGER:{_ALARM}",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def uid(chart: str) -> str:
    """Return the id of the event of a chart, which tells nothing of it."""
    return f"{hashlib.sha256(f'reminder/{chart}'.encode()).hexdigest()[:32]}@opentrd.invalid"


def _text(text: str) -> str:
    """Return a text with the signs escaped that have a meaning in the file."""
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return "\\n".join(text.splitlines())


def _folded(line: str) -> Iterator[str]:
    """Give the lines that a long line becomes; no sign of several bytes is torn apart."""
    part, size = "", 0
    for sign in line:
        width = len(sign.encode())
        if size + width > LINE:
            yield part
            part, size = " ", 1
        part, size = part + sign, size + width
    yield part
