"""YAML text to lines: the sections person, treatments, scores, conditions, family, allergies, life, tests.

Read from the parser's events, so that every value keeps its own writing ("no", 2024-03, 0.5) and its line.
References (``&``, ``*``), tags and deep nesting have no place in a sheet and are refused at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

import yaml

from opentrd.errors import InputError
from opentrd.knowledge.lookup import plain
from opentrd.records.sheet.lines import MAX_CELL, MAX_DEPTH, MAX_LINES, Cell, Line, Sheet
from opentrd.records.sheet.problems import Problems, shown
from opentrd.records.sheet.words import closest, meaning

_ITEM = re.compile(r"(?:item|question|pregunta|q)\s*(\d{1,2})", re.ASCII)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SECTIONS = "person, treatments, other medicines, scores, conditions, family, allergies, life, tests, notes"


class Scalar:
    """A value as it is written, and its line."""

    __slots__ = ("line", "text")

    def __init__(self, text: str, line: int) -> None:
        self.text = text
        self.line = line


class Mapping:
    """Pairs of key and value, in order."""

    __slots__ = ("line", "pairs")

    def __init__(self, line: int) -> None:
        self.line = line
        self.pairs: list[tuple[Scalar, Node]] = []


class Sequence:
    """A list."""

    __slots__ = ("items", "line")

    def __init__(self, line: int) -> None:
        self.line = line
        self.items: list[Node] = []


Node: TypeAlias = Scalar | Mapping | Sequence


def read_yaml(text: str, file: str, label: str) -> Sheet:
    """Return the lines of a text; several persons are several documents (``---``). Raises ``InputError``."""
    problems = Problems(file)
    documents = [node for node in _documents(text, file) if not (isinstance(node, Scalar) and not node.text)]
    lines: list[Line] = []
    for index, node in enumerate(documents, start=1):
        person = str(index) if len(documents) > 1 else ""
        start = f"{label}#{person}:" if person else f"{label}#"
        lines.extend(_sections(node, start, person, problems))
        if len(lines) > MAX_LINES:
            problems.add("", f"more than {MAX_LINES} lines", "split the sheet")
            break
    problems.stop()
    if not lines:
        raise InputError(
            file, "line 1", "nothing is filled in", "opentrd template --format yaml shows an example"
        )
    return Sheet(lines, [])


def _documents(text: str, file: str) -> list[Node]:
    """Parse the text into plain nodes."""
    found: list[Node] = []
    stack: list[Mapping | Sequence] = []
    keys: list[Scalar | None] = []
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise InputError(
                    file, f"line {line}", "references (& and *) are not read in a sheet", "write it out"
                )
            if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None) not in (None, "!"):
                raise InputError(
                    file, f"line {line}", "tags (!) are not read in a sheet", "put the text in quotes"
                )
            if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                stack.pop()
                keys.pop()
                continue
            node = _node(event, line)
            if node is None:
                continue
            if not stack:
                found.append(node)
            elif isinstance(top := stack[-1], Sequence):
                top.items.append(node)
            elif keys[-1] is None:
                if not isinstance(node, Scalar):
                    raise InputError(
                        file, f"line {line}", "a list stands where a word is expected", "see the template"
                    )
                keys[-1] = node
            else:
                top.pairs.append((keys[-1], node))
                keys[-1] = None
            if not isinstance(node, Scalar):
                stack.append(node)
                keys.append(None)
                if len(stack) > MAX_DEPTH:
                    raise InputError(
                        file, f"line {line}", "lists within lists are too deep", "see the template"
                    )
    except yaml.YAMLError as error:
        raise InputError(file, *_explain(error)) from None
    return found


def _node(event: yaml.Event, line: int) -> Node | None:
    if isinstance(event, yaml.ScalarEvent):
        empty = event.implicit[0] and event.value in ("~", "null", "Null", "NULL")
        return Scalar("" if empty else event.value, line)
    if isinstance(event, yaml.MappingStartEvent):
        return Mapping(line)
    return Sequence(line) if isinstance(event, yaml.SequenceStartEvent) else None


def _explain(error: yaml.YAMLError) -> tuple[str, str, str]:
    """Return place, problem and advice of what the parser says."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "line 1"
    said = " ".join(
        str(getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML").split()
    )
    if "\\t" in said or "cannot start any token" in said:
        return (
            place,
            "a tab or a sign stands where YAML has none",
            "use spaces to indent; put the text in quotes",
        )
    return place, f"this is not YAML: {said}", "put texts with : or # in quotes, and keep the indentation"


def _sections(node: Node, start: str, person: str, problems: Problems) -> Iterator[Line]:
    if not isinstance(node, Mapping):
        problems.add(f"line {node.line}", "the sheet has no sections", f"sections are {_SECTIONS}")
        return
    seen: set[str] = set()
    for key, value in node.pairs:
        what = meaning("what", key.text)
        if what is None:
            close = closest("what", key.text)
            advice = f"did you mean {close}?" if close else f"sections are {_SECTIONS}"
            problems.add(f"line {key.line}", f"there is no section {shown(key.text)}", advice)
            continue
        name = "_".join(plain(key.text).split())
        if name in seen:
            problems.add(
                f"line {key.line}", f"the section {shown(key.text)} is there twice", "put them together"
            )
            continue
        seen.add(name)
        if what.meaning == "person":
            yield from _facts(value, f"{start}{name}", person, problems)
        else:
            yield from _list(value, what.meaning, f"{start}{name}", person, problems)


def _facts(node: Node, start: str, person: str, problems: Problems) -> Iterator[Line]:
    if isinstance(node, Scalar) and not node.text:
        return
    if not isinstance(node, Mapping):
        problems.add(f"line {node.line}, person", "this is no list of facts", "write such as born: 1980")
        return
    for key, value in node.pairs:
        place = f"line {key.line}, person.{key.text}"
        if not isinstance(value, Scalar):
            problems.add(place, "one value is expected here", "write such as born: 1980")
        elif value.text:
            cells = {"name": Cell(key.text, place), "value": Cell(value.text, place)}
            ref = f"{start}.{'_'.join(plain(key.text).split())}"
            yield Line(ref=ref, place=place, person=person, what="person", cells=cells)


def _list(node: Node, what: str, start: str, person: str, problems: Problems) -> Iterator[Line]:
    if isinstance(node, Scalar | Mapping):
        if isinstance(node, Scalar) and not node.text:
            return
        node_list: list[Node] = [node]
    else:
        node_list = node.items
    for index, entry in enumerate(node_list, start=1):
        ref = f"{start}[{index}]"
        name = ref.rpartition("#")[2]
        line = Line(ref=ref, place=f"line {entry.line}, {name}", person=person, what=what, cells={})
        if isinstance(entry, Scalar):
            if not entry.text:
                continue
            line.cells = {"name": Cell(entry.text, line.place)}
        elif isinstance(entry, Sequence):
            problems.add(
                line.place, "a list stands where one line is expected", "begin each with '- name: ...'"
            )
            continue
        else:
            _fill(line, entry, name, problems)
        if any(len(cell.text) > MAX_CELL for cell in line.cells.values()):
            problems.add(line.place, f"more than {MAX_CELL} letters in one value", "shorten it")
        elif line.cells:
            yield line


def _fill(line: Line, entry: Mapping, name: str, problems: Problems) -> None:
    """Fill the cells of a line from the pairs of key and value."""
    items: dict[int, Cell] = {}
    for key, value in entry.pairs:
        place = f"line {key.line}, {name}.{' '.join(key.text.split())[:40]}"
        item, found = _ITEM.fullmatch(plain(key.text)), meaning("header", key.text)
        if item is None and (found is None or found.meaning in ("what", "person")):
            close = closest("header", key.text)
            advice = f"did you mean {close}?" if close and not found else "opentrd template shows the words"
            problems.add(place, "there is no such field", advice)
            continue
        column = found.meaning if found else ""
        if isinstance(value, Mapping) or (
            isinstance(value, Sequence) and any(not isinstance(part, Scalar) for part in value.items)
        ):
            problems.add(place, "a text is expected here", "opentrd template shows the words")
            continue
        parts = (
            [part.text for part in value.items if isinstance(part, Scalar)]
            if isinstance(value, Sequence)
            else []
        )
        text = value.text if isinstance(value, Scalar) else "; ".join(parts)
        if item is not None:
            if int(item[1]) in items:
                problems.add(place, "this field is there twice", "keep one of them")
            items[int(item[1])] = Cell(text.strip(), place)
        elif column in line.cells:
            problems.add(place, "this field is there twice", "keep one of them")
        elif text.strip():
            line.cells[column] = Cell(text.strip(), place)
    line.items = items
