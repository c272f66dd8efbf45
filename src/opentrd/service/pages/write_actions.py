"""What the buttons of the form do to a draft: they work by plain submits, and save on the way."""

from __future__ import annotations

from typing import Final

from opentrd.service.form_fields import ASKED, NO, PREGNANCY, ROWS, Draft, cleaned, is_empty, tidy

#: Where the page goes on when nothing else is said.
_TOP: Final = "state"
_PROBLEMS: Final = "problems"


def apply(button: str, draft: Draft) -> tuple[Draft, str, str]:
    """Return the draft after a button, the place on the page to go to, and what its address asks for."""
    verb, _, rest = button.partition(":")
    if verb == "add" and rest in ROWS:
        count = sum(not is_empty(row) for row in draft[rest])
        return draft, f"f-{rest}-{count}", f"add={rest}"
    if verb == "remove":
        return _remove(draft, rest)
    if verb == "restore":
        return _restore(draft)
    if verb == "none" and rest in {asked.group for asked in ASKED}:
        return _deny(draft, rest), f"g-{rest}", ""
    if verb == "use":
        return _use(draft, rest)
    return draft, _PROBLEMS if verb == "answer" else _TOP, ""


def _remove(draft: Draft, row: str) -> tuple[Draft, str, str]:
    """Take a row out; it can be put back until the next one is."""
    section, _, number = row.partition(".")
    rows = draft.get(section) if section in ROWS else None
    if rows is None or not _is_index(number, len(rows)):
        return draft, _TOP, ""
    index = int(number)
    kept = {"section": section, "row": rows[index]}
    made = {**draft, section: [*rows[:index], *rows[index + 1 :]]}
    return {**made, "removed": draft["removed"] if is_empty(rows[index]) else kept}, f"s-{section}", ""


def _restore(draft: Draft) -> tuple[Draft, str, str]:
    kept = draft["removed"]
    if not kept:
        return draft, _TOP, ""
    section = kept["section"]
    made = tidy({**draft, section: [*draft[section], kept["row"]], "removed": None})
    return made, f"f-{section}-{len(made[section]) - 1}", ""


def _deny(draft: Draft, group: str) -> Draft:
    """Answer no to all that is not answered yet in a group; of pregnancy only where it was asked."""
    asked = [a.key for a in ASKED if a.group == group and a.key not in PREGNANCY]
    return {**draft, "conditions": {**dict.fromkeys(asked, NO), **draft["conditions"]}}


def _use(draft: Draft, rest: str) -> tuple[Draft, str, str]:
    """Put a name in place of a misspelt one: ``treatments.0.name:sertraline``."""
    field, _, name = rest.partition(":")
    section, _, tail = field.partition(".")
    number, _, column = tail.partition(".")
    rows = draft.get(section) if section in ROWS else None
    if rows is None or column != "name" or not _is_index(number, len(rows)):
        return draft, _TOP, ""
    index = int(number)
    made = [{**row, "name": cleaned(name)} if place == index else row for place, row in enumerate(rows)]
    return {**draft, section: made}, f"f-{section}-{index}", ""


def _is_index(text: str, count: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 4 and int(text) < count
