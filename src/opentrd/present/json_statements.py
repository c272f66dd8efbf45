"""Statements as the contract has them, each written once; those that stand for all persons are kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Final

from opentrd.present import contract as out
from opentrd.statement import Standing, Statement

if TYPE_CHECKING:
    from opentrd.present.words import Words

_FIRST_DAY, _LAST_DAY = date(1900, 1, 1).toordinal(), date(2400, 1, 1).toordinal()
#: So many are kept: more than all tables give.
_MOST: Final = 50_000


class StatementWriter:
    """Writes the statements of one assessment; one that many verdicts share is written once."""

    def __init__(self, words: Words, texts: bool) -> None:
        self._words = words
        self._texts = texts
        #: By identity, with the statement itself: an id must not be given to another meanwhile.
        self._seen: dict[int, tuple[Statement, out.StatementOut]] = {}
        self._kept = words.written[texts]
        self._days: dict[int, str] = {}

    def day(self, ordinal: int) -> str:
        """Return a day as ISO text."""
        found = self._days.get(ordinal)
        if found is None:
            found = self._days[ordinal] = date.fromordinal(ordinal).isoformat()
        return found

    def statement(self, statement: Statement) -> out.StatementOut:
        """Return a statement with its words, its days as ISO dates."""
        known = self._kept if isinstance(statement, Standing) else self._seen
        seen = known.get(id(statement))
        if seen is None:
            if len(known) >= _MOST:
                known.clear()
            seen = known[id(statement)] = (statement, self._written(statement))
        return seen[1]

    def statements(self, statements: Iterable[Statement]) -> list[out.StatementOut]:
        """Return statements, each once."""
        return list({id(s): self.statement(s) for s in statements}.values())

    def _written(self, statement: Statement) -> out.StatementOut:
        template = self._words.template(statement.key)
        days = template.days if template else ()
        params: dict[str, str | int | float | list[str] | None] = {}
        for name, value in statement.params.items():
            if isinstance(value, int) and (name in days or _is_day(name, value)):
                params[name] = self.day(value)
            else:
                params[name] = list(value) if isinstance(value, tuple) else value
        return out.StatementOut(
            key=statement.key,
            params=params,
            text=self._words.say(statement) if self._texts and template else None,
            sources=statement.sources,
            citations=statement.citations,
            searched=statement.searched,
        )


def _is_day(name: str, value: int) -> bool:
    """Say whether an integer of a statement is a day, by its size and name (no template told)."""
    return _FIRST_DAY <= value <= _LAST_DAY and not name.endswith(("days", "count", "number", "value"))
