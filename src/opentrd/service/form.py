"""The form "write it down" as a history sheet: a draft in, the text that the one reader judges out.

Every value is written between quotes on a line of its own, so that no text of a person can be taken for the
structure of the sheet, and what the reader says of a line finds its way back to the field. What is not sure
is left out or written as ``?``: unknown, as everywhere. docs/history-sheet.md describes the sheet.
"""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Final, NamedTuple

from opentrd.service.form_fields import (
    ANSWERS,
    ASKED,
    CHOICES,
    NO,
    SCALES,
    UNSURE,
    Asked,
    Draft,
    Row,
    is_empty,
)

#: The name of the source that the form makes.
SHEET: Final = "history.yaml"
_UNKNOWN: Final = "?"
_YEAR: Final = re.compile(r"\d{4}", re.ASCII)
#: How many questions the scales have that are filled in question by question.
ITEMS: Final = {"phq9": 9, "gad7": 7}


class Written(NamedTuple):
    """A sheet. ``fields``: line number to field; ``rows``: entry as the reader names it to its field."""

    text: str
    fields: dict[int, str]
    rows: dict[str, str]


class _Pen:
    """Writes line by line, and remembers from which field each line comes."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.fields: dict[int, str] = {}
        self.rows: dict[str, str] = {}
        self._section = ""
        self._count = 0

    def section(self, name: str) -> None:
        """Begin a section; its heading is written with its first entry."""
        self._section, self._count = name, 0

    def fact(self, name: str, value: str, field: str) -> None:
        """Write a fact of the person."""
        self._head()
        self._line(f"  {name}: {_quoted(value)}", field)

    def entry(self, field: str, cells: list[tuple[str, str, str]]) -> None:
        """Write an entry: column, text and field of each cell; empty cells are left out but for the name."""
        self._head()
        self._count += 1
        self.rows[f"{'_'.join(self._section.split())}[{self._count}]"] = field
        start = "  - "
        for column, text, of in cells:
            if text or start == "  - ":
                self._line(f"{start}{column}: {_quoted(text)}", of)
                start = "    "

    def _head(self) -> None:
        if self._section and self._count == 0 and f"{self._section}:" not in self.lines:
            self.lines.append(f"{self._section}:")

    def _line(self, text: str, field: str) -> None:
        self.lines.append(text)
        self.fields[len(self.lines)] = field


def sheet(draft: Draft, day: int) -> Written | None:
    """Return the sheet of a draft as of a day; ``None`` where nothing is filled in."""
    pen = _Pen()
    _person(draft, pen)
    pen.section("treatments")
    for index, row in enumerate(draft["treatments"]):
        _treatment(f"treatments.{index}", row, draft, day, pen)
    pen.section("other medicines")
    for index, row in enumerate(draft["others"]):
        _other(f"others.{index}", row, draft, day, pen)
    _illnesses(draft, pen)
    _devices(draft, pen)
    _allergies(draft, pen)
    _scores(draft, pen)
    if not pen.lines:
        return None
    return Written("\n".join(pen.lines) + "\n", pen.fields, pen.rows)


def _person(draft: Draft, pen: _Pen) -> None:
    pen.section("person")
    for name in ("born", "sex"):
        if draft["person"][name]:
            pen.fact(name, draft["person"][name], f"person.{name}")


def _treatment(field: str, row: Row, draft: Draft, day: int, pen: _Pen) -> None:
    if is_empty(row):
        return
    stopped = "; ".join(CHOICES["stopped"][reason] for reason in row["stopped"])
    pen.entry(
        f"{field}.name",
        [
            ("name", row["name"], f"{field}.name"),
            ("dose", row["dose"], f"{field}.dose"),
            ("from", when(row["from_month"], row["from_year"]), f"{field}.from_year"),
            ("to", until(row, draft["person"]["born"], day), f"{field}.to_year"),
            ("sessions", row["sessions"], f"{field}.sessions"),
            ("taken", _chosen("taken", row), f"{field}.taken"),
            ("helped", _chosen("helped", row), f"{field}.helped"),
            ("stopped because", stopped, f"{field}.stopped"),
            ("for", _chosen("for", row), f"{field}.for"),
            ("note", _chosen("kind", row), f"{field}.kind"),
        ],
    )


def _other(field: str, row: Row, draft: Draft, day: int, pen: _Pen) -> None:
    if is_empty(row):
        return
    pen.entry(
        f"{field}.name",
        [
            ("name", row["name"], f"{field}.name"),
            ("dose", row["dose"], f"{field}.dose"),
            ("from", when(row["from_month"], row["from_year"]), f"{field}.from_year"),
            ("to", until(row, draft["person"]["born"], day), f"{field}.still"),
        ],
    )


def _chosen(column: str, row: Row) -> str:
    return CHOICES[column].get(row[column], "")


def when(month: str, year: str) -> str:
    """Return a month and a year as a sheet has them; without a year nothing is known.

    The year may be any text that a sheet takes for a date, such as "about 2019"; it then stands alone.
    """
    return f"{year}-{month}" if month and _YEAR.fullmatch(year) else year


def until(row: Row, born: str, day: int) -> str:
    """Return until when something was taken, as a sheet has it.

    It is over, and nobody remembers when: some day between its start (or birth) and today.
    """
    written = when(row.get("to_month", ""), row.get("to_year", ""))
    if row["still"] == "yes":
        return CHOICES["still"]["yes"]
    if written or row["still"] != NO:
        return written or CHOICES["still"].get(row["still"], "")
    first = next((text for text in (row["from_year"], born) if _YEAR.fullmatch(text)), None)
    if first is None:
        return _UNKNOWN
    if first == row["from_year"]:
        first = when(row["from_month"], first)
    return f"{first} or {date.fromordinal(day).isoformat()}"


def _illnesses(draft: Draft, pen: _Pen) -> None:
    pen.section("conditions")
    told = draft["depression"]
    since = when(told["month"], told["year"])
    if told["told"] in ("yes", "think") or since:
        pen.entry(
            "depression.told",
            [
                ("name", "depression", "depression.told"),
                ("from", since, "depression.year"),
                ("value", CHOICES["told"].get(told["told"], ""), "depression.told"),
            ],
        )
    for asked, answer in _answered(draft, device=False):
        field = f"conditions.{asked.key}"
        if answer == NO:
            for concept in (*asked.kinds, *asked.denies):
                pen.entry(field, [("name", f"no {_words(concept)}", field)])
        else:
            pen.entry(field, [("name", _words(_concept(asked, answer)), field)])
    for index, row in enumerate(draft["illnesses"]):
        if row["name"]:
            pen.entry(f"illnesses.{index}.name", [("name", row["name"], f"illnesses.{index}.name")])


def _devices(draft: Draft, pen: _Pen) -> None:
    pen.section("tests")
    for asked, answer in _answered(draft, device=True):
        field = f"conditions.{asked.key}"
        concepts = asked.kinds if answer == NO else (_concept(asked, answer),)
        for concept in concepts:
            value = NO if answer == NO else "yes"
            pen.entry(field, [("name", _words(concept), field), ("value", value, field)])


def _answered(draft: Draft, *, device: bool) -> list[tuple[Asked, str]]:
    """Return the questions that were answered with more than "not sure"."""
    pairs = [(asked, draft["conditions"].get(asked.key, "")) for asked in ASKED if asked.device == device]
    return [(asked, answer) for asked, answer in pairs if answer not in ("", UNSURE)]


def _concept(asked: Asked, answer: str) -> str:
    return answer if answer in asked.kinds else asked.kinds[0]


def _words(concept: str) -> str:
    return concept.replace("_", " ")


def _allergies(draft: Draft, pen: _Pen) -> None:
    pen.section("allergies")
    rows = [(index, row) for index, row in enumerate(draft["allergies"]) if not is_empty(row)]
    if draft["allergy"] == "none" and not rows:
        pen.entry("allergy", [("name", CHOICES["allergy"]["none"], "allergy")])
    for index, row in rows:
        field = f"allergies.{index}"
        pen.entry(
            f"{field}.name",
            [("name", row["name"], f"{field}.name"), ("value", row["reaction"], f"{field}.reaction")],
        )


def _scores(draft: Draft, pen: _Pen) -> None:
    pen.section("scores")
    for scale in SCALES:
        given = answers(draft, scale.key)
        if given:
            told = " ".join(str(given.get(item, _UNKNOWN)) for item in range(1, ITEMS[scale.key] + 1))
            pen.entry(
                f"{scale.key}.day",
                [
                    ("name", scale.name, f"{scale.key}.day"),
                    ("from", draft[scale.key].get("day", ""), f"{scale.key}.day"),
                    ("items", told, f"{scale.key}.1"),
                ],
            )
    for index, row in enumerate(draft["scores"]):
        if not is_empty(row):
            field = f"scores.{index}"
            pen.entry(
                f"{field}.scale",
                [
                    ("name", row["scale"], f"{field}.scale"),
                    ("from", when(row["month"], row["year"]), f"{field}.year"),
                    ("value", row["value"], f"{field}.value"),
                ],
            )


def answers(draft: Draft, scale: str) -> dict[int, int]:
    """Return the answers given to a scale by the number of the question."""
    told = draft[scale]
    return {
        item: int(told[str(item)]) for item in range(1, ITEMS[scale] + 1) if told.get(str(item)) in ANSWERS
    }


def dated(draft: Draft, day: int) -> Draft:
    """Return the draft with the day on which a scale was first filled in, where none was written."""
    made = dict(draft)
    for scale in SCALES:
        if answers(draft, scale.key) and not draft[scale.key].get("day"):
            made[scale.key] = {**draft[scale.key], "day": date.fromordinal(day).isoformat()}
    return made


def _quoted(text: str) -> str:
    """Return a text between quotes, as JSON and YAML both read it."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False)
