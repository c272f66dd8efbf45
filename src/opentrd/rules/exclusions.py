"""Exclusions of a definition: conditions that put a person outside it.

What is recorded excludes; a diagnosis that is only suspected leaves the verdict open; what is not recorded counts as
absent by assumption, or must be stated, as the definition's policy says.
"""

from __future__ import annotations

import msgspec

from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.records.model import Condition, Record
from opentrd.rules.rulebook import RuleBook
from opentrd.statement import Statement

SUSPECTED = ("provisional", "differential", "unconfirmed")


class Excluded(msgspec.Struct):
    """Whether an exclusion is present, which one, and what was assumed."""

    present: Tri
    name: str | None
    statement: Statement | None
    assumptions: tuple[Statement, ...]


class Exclusions:
    """Looks up conditions by concept, group or parent, each name once for a person."""

    def __init__(self, record: Record, book: RuleBook) -> None:
        self._book = book
        self._rows: dict[str, list[Condition]] = {}
        for condition in record.conditions:
            if condition.concept is None or condition.family_member:
                continue
            for name in self._names(condition.concept):
                self._rows.setdefault(name, []).append(condition)
        self._denied: dict[str, tuple[str, ...]] = {}
        for observation in record.observations:
            if observation.kind == "stated" and observation.negated == YES and observation.concept:
                for name in self._names(observation.concept):
                    self._denied.setdefault(name, observation.source_ids)
        self._found: dict[str, tuple[Tri, Statement]] = {}

    def _names(self, concept: str) -> set[str]:
        names = {concept}
        row = self._book.conditions.get(concept)
        while row is not None:
            names.add(row.group)
            if row.psychotic == "yes":
                names.add("psychosis")
            if row.parent is None or row.parent in names:
                break
            names.add(row.parent)
            row = self._book.conditions.get(row.parent)
        return names

    def find(self, name: str) -> tuple[Tri, Statement]:
        """Tell whether a condition (concept or group) is recorded, and the statement that says so."""
        if name not in self._found:
            self._found[name] = self._look(name)
        return self._found[name]

    def _look(self, name: str) -> tuple[Tri, Statement]:
        rows = self._rows.get(name, [])
        sure = [c for c in rows if c.verification not in SUSPECTED]
        if sure:
            sources = tuple(s for c in sure for s in c.source_ids)
            return YES, Statement("exclusion.recorded", {"condition": name}, sources)
        if rows:
            sources = tuple(s for c in rows for s in c.source_ids)
            return UNKNOWN, Statement("exclusion.suspected", {"condition": name}, sources)
        if name in self._denied:
            return NO, Statement("exclusion.denied", {"condition": name}, self._denied[name])
        return NO, Statement("assumption.none_recorded", {"condition": name}, searched=("condition",))

    def check(self, names: tuple[str, ...], *, must_be_stated: bool) -> Excluded:
        """Check all exclusions of a definition."""
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
