"""What the one reader says of a form, brought back to the fields it speaks of."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from opentrd.errors import InputError, SeveralInputsError
from opentrd.knowledge.loader import Knowledge
from opentrd.present.unused import unused_text
from opentrd.present.words import Words
from opentrd.present.words.formats import clean
from opentrd.records.model import Record
from opentrd.records.read import read_files
from opentrd.service.form import SHEET, Written, sheet
from opentrd.service.form_fields import Draft

_LINE: Final = re.compile(r"line (\d+)", re.ASCII)
_MEANT: Final = re.compile(r"did you mean ([^?]+)\?")
#: Which words of the page explain a field that cannot be read.
_KINDS: Final = {
    **dict.fromkeys(("year", "from_year", "to_year", "day", "born"), "date"),
    **dict.fromkeys(("dose", "sessions", "value"), None),
}
#: Reasons of the reader for leaving a line out that the person can do something about.
_TELLING: Final = ("end_before_start", "no_date", "no_value", "duplicate")


class Problem(NamedTuple):
    """Something to look at: where, in words of the page, in the reader's own words, and names that fit."""

    field: str
    text: str
    detail: str = ""
    names: tuple[str, ...] = ()


class Judged(NamedTuple):
    """A form as the reader sees it. ``record`` is there where all of it could be read."""

    written: Written | None
    record: Record | None
    problems: tuple[Problem, ...]

    @property
    def body(self) -> bytes | None:
        """The sheet as it is kept; nothing where nothing is filled in."""
        return self.written.text.encode() if self.written else None

    def at(self, field: str) -> list[Problem]:
        """Return the problems of a field."""
        return [problem for problem in self.problems if problem.field == field]

    def within(self, prefix: str) -> list[Problem]:
        """Return the problems of a section or a row."""
        return [p for p in self.problems if p.field == prefix or p.field.startswith(f"{prefix}.")]


def judge(draft: Draft, day: int, knowledge: Knowledge, words: Words) -> Judged:
    """Write the sheet of a draft, have it read, and say what is to be looked at."""
    written = sheet(draft, day)
    clashes = _clashes(draft, words)
    if written is None:
        return Judged(None, None, tuple(clashes))
    try:
        record = read_files({SHEET: written.text.encode()}, knowledge).one()
    except InputError as error:
        found = error.problems if isinstance(error, SeveralInputsError) else (error,)
        return Judged(written, None, (*clashes, *(_problem(one, written, words) for one in found)))
    return Judged(written, record, (*clashes, *_left_out(record, written, words)))


def _problem(error: InputError, written: Written, words: Words) -> Problem:
    line = _LINE.search(error.place)
    field = written.fields.get(int(line[1]), "") if line else ""
    meant = _MEANT.search(error.what_to_do)
    detail = clean(f"{error.what}: {error.what_to_do}" if error.what_to_do else error.what)
    if meant and field.endswith("name"):
        names = tuple(name.strip(" '") for name in meant[1].split(" or "))
        return Problem(field, words.text("form.mean"), "", names)
    column = field.rpartition(".")[2]
    kind = _KINDS.get(column, "other") or column
    return Problem(field, words.text(f"form.problem.{kind}"), detail)


def _left_out(record: Record, written: Written, words: Words) -> list[Problem]:
    """Return the lines that were read and can't be used, where the person can mend that."""
    found = []
    for line in record.unused:
        field = written.rows.get(line.source_id.partition("#")[2])
        if field is not None and line.reason in _TELLING:
            found.append(Problem(field, words.text("form.left_out"), unused_text(line.reason, "", words)))
    return found


def _clashes(draft: Draft, words: Words) -> list[Problem]:
    """Return answers of one row that cannot both hold, and months without a year."""
    found = []
    for index, row in enumerate(draft["treatments"]):
        if row["still"] == "yes" and (row["to_year"] or row["to_month"]):
            found.append(Problem(f"treatments.{index}.to_year", words.text("form.clash.still")))
        elif row["to_month"] and not row["to_year"]:
            found.append(Problem(f"treatments.{index}.to_year", words.text("form.clash.year")))
    months = [
        (f"{section}.{index}", row, prefix)
        for section, prefix in (("treatments", "from_"), ("others", "from_"), ("scores", ""))
        for index, row in enumerate(draft[section])
    ]
    for field, row, prefix in [*months, ("depression", draft["depression"], "")]:
        if row[f"{prefix}month"] and not row[f"{prefix}year"]:
            found.append(Problem(f"{field}.{prefix}year", words.text("form.clash.year")))
    if draft["allergy"] == "none" and any(row["name"] for row in draft["allergies"]):
        found.append(Problem("allergy", words.text("form.clash.allergy")))
    return found
