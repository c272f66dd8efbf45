"""What is known, listed and searched, with its sources: the command ``opentrd knowledge``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from opentrd.knowledge.definition import Definition
from opentrd.knowledge.schema import TABLES, Row
from opentrd.present.words.formats import clean

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

DEFINITION: Final = "definition"
_MOST: Final = 60
_INDENT: Final = (0, 0, 0, 2)
_BASIS: Final = frozenset({"source", "status", "checked", "local"})


class NotFoundError(Exception):
    """Nothing of that name."""


def lookup(knowledge: Knowledge, what: tuple[str, ...], checked: bool = False) -> RenderableType:
    """Return the list of tables, a table, a row or what a search finds."""
    if not what:
        listed = tables(knowledge)
        return (
            Group(listed, Text("all tables and definitions hold together", style="green"))
            if checked
            else listed
        )
    verb, rest = what[0], " ".join(what[1:])
    if verb == "search" and rest:
        return search(knowledge, rest)
    asked = rest if verb == "show" and rest else " ".join(what)
    if asked in TABLES or asked == DEFINITION:
        return show_table(knowledge, asked)
    try:
        return show_row(knowledge, asked)
    except KeyError:
        pass
    found = knowledge.search(asked)
    if not found:
        raise NotFoundError(f"nothing is called {asked!r}; tables are: {', '.join((*TABLES, DEFINITION))}")
    return search(knowledge, asked)


def tables(knowledge: Knowledge) -> Table:
    """Return the tables with how many rows they have and how many of them are not yet confirmed."""
    made = _table("table", "rows", "not yet confirmed", "what it holds")
    for name, (cls, _) in TABLES.items():
        rows = list(knowledge.table(name).values())
        memory = sum(row.status == "from_memory" for row in rows)
        made.add_row(name, str(len(rows)), str(memory or ""), (cls.__doc__ or "").split(".")[0])
    definitions = knowledge.definitions.values()
    memory = sum(row.status == "from_memory" for row in definitions)
    what = "Definitions of treatment-resistant depression"
    made.add_row(DEFINITION, str(len(definitions)), str(memory or ""), what)
    return made


def show_table(knowledge: Knowledge, name: str) -> RenderableType:
    """Return the rows of a table: what it says, and its source."""
    rows: list[Row | Definition] = (
        list(knowledge.definitions.values()) if name == DEFINITION else list(knowledge.table(name).values())
    )
    lines = [line for row in rows[:_MOST] for line in _lines(knowledge, name, row)]
    return Group(*lines, _rest(len(rows)))


def search(knowledge: Knowledge, text: str) -> RenderableType:
    """Return the rows in which all words of a text occur."""
    found = knowledge.search(text)
    if not found:
        raise NotFoundError(f"nothing holds {text!r}")
    lines = [line for table, _, row in found[:_MOST] for line in _lines(knowledge, table, row)]
    return Group(*lines, _rest(len(found)))


def show_row(knowledge: Knowledge, ref: str) -> Table:
    """Return all fields of a row. ``KeyError`` where there is none."""
    row = knowledge.definitions[ref] if ref in knowledge.definitions else knowledge.row(ref)
    made = _table("field", "value")
    for name, value in _fields(row):
        if value not in (None, (), ""):
            made.add_row(name, Text(clean(_text(value))))
    return made


def _lines(knowledge: Knowledge, table: str, row: Row | Definition) -> list[RenderableType]:
    """Return a row in three parts: its name, what it says, its source."""
    if isinstance(row, Definition):
        said = f"{row.name}: {row.note}"
    else:
        said = ", ".join(
            f"{name} {_text(value)}"
            for name, value in _fields(row)
            if name not in _BASIS and value is not None
        )
    marks = {"from_memory": " (not yet confirmed)", "ours": " (our choice)"}
    mark = marks.get(row.status, "") + (" (local)" if getattr(row, "local", False) else "")
    return [
        Text(clean(knowledge.row_ref(table, row)), style="bold"),
        Padding(Text(clean(said)), _INDENT),
        Padding(Text(clean(row.source) + mark, style="dim"), _INDENT),
    ]


def _fields(row: Row | Definition) -> list[tuple[str, Any]]:
    return [(field.encode_name, getattr(row, field.name)) for field in msgspec.structs.fields(row)]


def _text(value: object) -> str:
    if isinstance(value, msgspec.Struct):
        found = {field: getattr(value, field) for field in value.__struct_fields__}
        return ", ".join(
            f"{name} {_text(item)}" for name, item in found.items() if item not in (None, "", ())
        )
    if isinstance(value, tuple):
        return "; ".join(map(_text, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _rest(count: int) -> Text:
    return Text(f"and {count - _MOST} more; search for fewer" if count > _MOST else "", style="dim")


def _table(*columns: str) -> Table:
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for name in columns:
        made.add_column(name, overflow="fold")
    return made
