"""Message templates: text with slots, parsed once and kept.

``{start:date}`` is a slot: the parameter ``start`` written as a date. ``{low~high:number}`` writes a range,
or one value where both are equal. ``[ at up to {dose:number} {unit}]`` is left out where one of its slots has
no value. ``{n:plural week|weeks}`` chooses a form by the number. A format that is no built-in one names a
group of messages: ``{role:role}`` with the value ``switch`` writes the message ``role.switch``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from opentrd.statement import Param

#: Writes a value, or a range where ``high`` is another slot: format, its argument, value, high value.
Write: TypeAlias = Callable[[str, str, Param, Param], str]
#: Formats whose values are days.
DAY_FORMATS: Final = frozenset({"date", "short", "day_month", "month", "month_short", "month_name"})

_TOKEN: Final = re.compile(r"\[|\]|\{([a-z_0-9]+)(?:~([a-z_0-9]+))?(?::([a-z_0-9]+)(?: ([^{}]*))?)?\}")


class Slot:
    """A place for a parameter (or two, a range) and how it is written."""

    __slots__ = ("argument", "format", "high", "name")

    def __init__(self, name: str, high: str | None, format_: str, argument: str) -> None:
        self.name = name
        self.high = high
        self.format = format_
        self.argument = argument


class Template:
    """A parsed message.

    ``groups`` are runs of text and slots; an optional one is left out when a value lacks.
    """

    __slots__ = ("days", "groups", "names", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.groups: list[tuple[bool, list[str | Slot]]] = []
        self.names: set[str] = set()
        self.days: set[str] = set()
        run: list[str | Slot] = []
        optional = False
        place = 0
        for token in _TOKEN.finditer(text):
            if token.start() > place:
                run.append(text[place : token.start()])
            place = token.end()
            if token.group() in "[]":
                if run:
                    self.groups.append((optional, run))
                run, optional = [], token.group() == "["
            else:
                run.append(self._slot(token))
        if place < len(text):
            run.append(text[place:])
        if run:
            self.groups.append((optional, run))

    def _slot(self, token: re.Match[str]) -> Slot:
        slot = Slot(token[1], token[2], token[3] or "text", token[4] or "")
        named = {name for name in (slot.name, slot.high) if name}
        self.names |= named
        if slot.format in DAY_FORMATS:
            self.days |= named
        return slot

    def fill(self, params: Mapping[str, Param], write: Write) -> str:
        """Return the text with its values."""
        out: list[str] = []
        for optional, run in self.groups:
            if optional and any(isinstance(part, Slot) and _lacks(part, params) for part in run):
                continue
            for part in run:
                if isinstance(part, str):
                    out.append(part)
                else:
                    high = params.get(part.high) if part.high else None
                    out.append(write(part.format, part.argument, params.get(part.name), high))
        return "".join(out)


def _lacks(slot: Slot, params: Mapping[str, Param]) -> bool:
    """Say whether a slot has nothing to show."""
    values = [params.get(name) for name in (slot.name, slot.high) if name]
    return all(value is None or value == () or value == "" for value in values)
