"""What a citation names: the row's source, and a mark where it is not confirmed, our own choice or local."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import msgspec

from opentrd.knowledge.definition import Definition
from opentrd.knowledge.schema import Preference, SideEffect

if TYPE_CHECKING:
    from opentrd.present.words import Words


class Citation(msgspec.Struct, kw_only=True):
    """A cited row in words. ``mark`` is empty for rows that were seen in their source."""

    ref: str
    title: str
    source: str
    mark: str


#: Citations do not depend on a person: each is made once for some words.
_MADE: Final[WeakKeyDictionary[Words, dict[str, Citation]]] = WeakKeyDictionary()


def cite(ref: str, words: Words) -> Citation:
    """Return what a citation names; the bare reference where the row is not there."""
    made = _MADE.setdefault(words, {})
    found = made.get(ref)
    if found is None:
        found = made[ref] = _cite(ref, words)
    return found


def _in_words(row: object, words: Words) -> str:
    """Return what a row is about, in words, where its key would be names that nobody reads."""
    if isinstance(row, Preference):
        target = ("effect", row.target) if row.sort == "effect" else ("name", row.target)
        parts = [("wish", row.preference), target, ("level", row.level)]
    elif isinstance(row, SideEffect):
        parts = [("name", row.treatment), ("effect", row.effect), ("level", row.level)]
    else:
        return ""
    return ", ".join(dict.fromkeys(words.write(form, value) for form, value in parts if value))


def _cite(ref: str, words: Words) -> Citation:
    from opentrd.present.words.formats import clean

    try:
        row = words.knowledge.row(ref)
        local = words.knowledge.is_local(ref)
    except KeyError:
        return Citation(ref=ref, title=ref, source="", mark="")
    table, _, key = ref.partition(":")
    title = (
        words.write("definition", row.definition)
        if isinstance(row, Definition)
        else words.text("cite.row", table=table, key=_in_words(row, words) or key.replace("/", ", "))
    )
    meaning = getattr(row, "meaning", None)
    if meaning is not None:
        title = words.formats.write("cell", f"{table}.meaning", key)
    marks = [words.text(f"cite.{row.status}")] if row.status in ("from_memory", "ours") else []
    if local:
        marks.append(words.text("cite.local"))
    return Citation(ref=ref, title=clean(title), source=clean(row.source), mark=", ".join(marks))
