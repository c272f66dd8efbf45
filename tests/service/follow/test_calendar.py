"""The reminder: a calendar file that programs read, that names no illness and always is the same event."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from opentrd.service.pages.follow_calendar import LINE, calendar, uid
from tests.service.follow.parts import ago, browser, chart, note, sheet

MADE = datetime(2026, 11, 23, 9, 30, 5, tzinfo=UTC)
DAY = date(2026, 12, 1).toordinal()
TEXTS = (
    "A look at how things are going",
    "commas, semicolons; backslashes \\ and \\n",
    "two\nlines\r\nof text",
    "BEGIN:VEVENT\r\nSUMMARY:another",
    "ñ" * 100,
    "🌱" * 60,
    "x" * 500,
)


def unfolded(text: str) -> list[str]:
    """The content lines of a file (RFC 5545, 3.1)."""
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", "")
    return text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def value_of(lines: list[str], name: str) -> str:
    """The value of the first line of a name, read back (RFC 5545, 3.3.11)."""
    raw = next(line.partition(":")[2] for line in lines if line.partition(":")[0].split(";")[0] == name)
    out, signs = [], iter(raw)
    for sign in signs:
        if sign == "\\":
            following = next(signs)
            out.append("\n" if following in "nN" else following)
        else:
            assert sign not in ";,", "a sign that is not escaped"
            out.append(sign)
    return "".join(out)


@pytest.mark.parametrize("text", TEXTS)
def test_texts_come_back_as_they_were(text: str) -> None:
    made = calendar("chart", DAY, text, text[::-1], MADE)
    assert all(len(line.encode()) <= LINE for line in made.split("\r\n"))
    lines = unfolded(made)
    assert value_of(lines, "SUMMARY").splitlines() == text.splitlines()
    assert value_of(lines, "DESCRIPTION").splitlines() == text[::-1].splitlines()
    assert [line for line in lines if line.startswith(("BEGIN", "END"))] == [
        *("BEGIN:VCALENDAR", "BEGIN:VEVENT", "BEGIN:VALARM"),
        *("END:VALARM", "END:VEVENT", "END:VCALENDAR"),
    ]


def test_what_the_standard_asks_for() -> None:
    lines = unfolded(calendar("chart", DAY, "title", "more", MADE))
    assert {"VERSION:2.0", "DTSTAMP:20261123T093005Z", "DTSTART;VALUE=DATE:20261201"} <= set(lines)
    for name in ("PRODID", "UID", "ACTION", "TRIGGER"):
        assert sum(line.startswith(f"{name}:") for line in lines) == 1, name


def test_the_event_stays_the_same_and_tells_nothing_of_the_chart() -> None:
    assert uid("a") == uid("a") != uid("b")
    assert "secret-chart" not in calendar("secret-chart", DAY, "title", "more", MADE)


@pytest.mark.parametrize(
    ("language", "title"), (("en", "A look at how things are going"), ("es", "Ver cómo van las cosas"))
)
def test_the_reminder_of_a_chart(tmp_path: Path, language: str, title: str) -> None:
    with browser(tmp_path) as client:
        where = chart(client, sheet(("sertraline", 40, None), scores={10: 15}))
        note(client, where, plan="Ask about depression, and; the dose", next=ago(-9))
        answer = client.get(f"/chart/{where}/follow.ics?language={language}")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="reminder.ics"'
    lines = unfolded(answer.content.decode())
    assert value_of(lines, "SUMMARY") == title
    assert f"DTSTART;VALUE=DATE:{ago(-9).replace('-', '')}" in lines
    assert not any(
        word in answer.text.lower() for word in ("depres", "phq", "sertraline", "ana", where.lower())
    )
