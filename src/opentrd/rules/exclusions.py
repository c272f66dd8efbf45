"""Exclusions of a definition: conditions that put a person outside it.

What is recorded excludes; a diagnosis that is only suspected leaves the verdict open; what is not recorded
counts as absent by assumption, or must be stated, as the definition's policy says. A kind of a condition is
the condition (bipolar II is bipolar); to deny a kind is not to deny the whole.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.records.model import Condition, Observation
from opentrd.rules.rulebook import RuleBook
from opentrd.statement import Statement

SUSPECTED = ("provisional", "differential", "unconfirmed")
PSYCHOSIS = "psychosis"


class Excluded(msgspec.Struct, gc=False):
    """Whether an exclusion is present, which one, and what was assumed."""

    present: Tri
    name: str | None
    statement: Statement | None
    assumptions: tuple[Statement, ...]


class Exclusions:
    """Looks up conditions by concept, group or parent, each name once for a person."""

    def __init__(self, conditions: list[Condition], observations: list[Observation], book: RuleBook) -> None:
        self._book = book
        self._rows: dict[str, list[Condition]] = {}
        for condition in conditions:
            if condition.concept is None or condition.family_member:
                continue
            for name in names_of(condition.concept, book):
                self._rows.setdefault(name, []).append(condition)
        self._denied: dict[str, set[str]] = {}
        for observation in observations:
            if observation.kind == "stated" and observation.negated == YES and observation.concept:
                self._denied.setdefault(observation.concept, set()).update(observation.source_ids)
        self._found: dict[str, tuple[Tri, Statement]] = {}
        self._checked: dict[tuple[tuple[str, ...], bool], Excluded] = {}

    def find(self, name: str) -> tuple[Tri, Statement]:
        """Tell whether a condition (concept or group) is recorded, and the statement that says so."""
        if name not in self._found:
            self._found[name] = self._look(name)
        return self._found[name]

    def _look(self, name: str) -> tuple[Tri, Statement]:
        rows = self._rows.get(name, [])
        sure = [c for c in rows if c.verification not in SUSPECTED]
        said = sorted({source for c in sure or rows for source in c.source_ids})
        if rows:
            present: Tri = YES if sure else UNKNOWN
            key = "exclusion.recorded" if sure else "exclusion.suspected"
            return present, Statement(key, {"condition": name}, tuple(said))
        denied = self._denials(name)
        if denied:
            return NO, Statement("exclusion.denied", {"condition": name}, denied)
        return NO, Statement("assumption.none_recorded", {"condition": name}, searched=("condition",))

    def _denials(self, name: str) -> tuple[str, ...]:
        """Return the rows that deny a condition as a whole; empty where none or only a part is denied.

        A concept is denied by itself or by what it is a kind of; a group by the concept that names it (the
        one that has kinds of its own) or by all of its members.
        """
        if not self._denied:
            return ()
        concepts = self._book.conditions
        if name in concepts:
            return tuple(
                sorted({s for each in _lineage(name, self._book) for s in self._denied.get(each, ())})
            )
        members = [concept for concept, row in concepts.items() if row.group == name]
        parents = {row.parent for row in concepts.values() if row.parent is not None}
        naming = [c for c in members if concepts[c].parent is None and c in parents and c in self._denied]
        found = [self._denied.get(c) for c in (naming or members)]
        if not found or None in found:
            return ()
        return tuple(sorted({source for sources in found if sources is not None for source in sources}))

    def check(self, names: tuple[str, ...], *, must_be_stated: bool) -> Excluded:
        """Check all exclusions of a definition, once for all that have the same."""
        found = self._checked.get((names, must_be_stated))
        if found is None:
            found = self._checked[names, must_be_stated] = self._check(names, must_be_stated)
        return found

    def _check(self, names: tuple[str, ...], must_be_stated: bool) -> Excluded:
        assumptions = []
        open_name: str | None = None
        open_statement: Statement | None = None
        for name in names:
            present, statement = self.find(name)
            if present == YES:
                return Excluded(YES, name, statement, ())
            if present == UNKNOWN or (must_be_stated and statement.key == "assumption.none_recorded"):
                open_name, open_statement = open_name or name, open_statement or statement
            elif statement.key == "assumption.none_recorded":
                assumptions.append(statement)
        if open_name is not None:
            return Excluded(UNKNOWN, open_name, open_statement, tuple(assumptions))
        return Excluded(NO, None, None, tuple(assumptions))


@lru_cache(maxsize=10_000)
def names_of(concept: str, book: RuleBook) -> frozenset[str]:
    """Return every name under which a concept excludes: itself, what it is a kind of, and their groups."""
    names: set[str] = set()
    for each in _lineage(concept, book):
        names.add(each)
        row = book.conditions.get(each)
        if row is not None:
            names.add(row.group)
            if row.psychotic == "yes":
                names.add(PSYCHOSIS)
    return frozenset(names)


def _lineage(concept: str, book: RuleBook) -> list[str]:
    """Return a concept and what it is a kind of, upwards."""
    found = [concept]
    row = book.conditions.get(concept)
    while row is not None and row.parent is not None and row.parent not in found:
        found.append(row.parent)
        row = book.conditions.get(row.parent)
    return found
