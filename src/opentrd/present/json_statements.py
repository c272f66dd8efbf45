"""Statements as JSON, each written and encoded once; those that stand for all persons are kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import msgspec

from opentrd.present import contract as out
from opentrd.present.words import mark_of
from opentrd.statement import Standing, Statement

if TYPE_CHECKING:
    from opentrd.present.words import Words, Written

Values: TypeAlias = "dict[str, str | int | float | list[str] | None]"
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1).toordinal(), date(2400, 1, 1).toordinal()
#: So many are kept: more than all tables give.
_MOST: Final = 50_000
#: So many values and words are kept of what is said of one person after another.
_MOST_TOLD: Final = 20_000
_ENCODE: Final = msgspec.json.Encoder().encode


class StatementWriter:
    """Writes the statements of one assessment; one that many verdicts share is written once.

    What ``statement`` and ``statements`` return is JSON already (``msgspec.Raw``), under the type of the
    contract that it holds: it is for the encoder alone, which puts it where it belongs as it is.
    """

    def __init__(self, words: Words, texts: bool) -> None:
        self._words = words
        self._texts = texts
        #: By identity, with the statement itself: an id must not be given to another meanwhile.
        self._seen: Written = {}
        self._kept, self._told = words.written[texts], words.told[texts]
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
            seen = known[id(statement)] = (statement, msgspec.Raw(_ENCODE(self.written(statement))))
        return cast("out.StatementOut", seen[1])

    def statements(self, statements: Iterable[Statement]) -> list[out.StatementOut]:
        """Return statements, each once."""
        return list({id(s): self.statement(s) for s in statements}.values())

    def shared(self, statements: Iterable[Statement]) -> list[out.StatementOut]:
        """Return statements, each once, that will stand in many places."""
        return cast("list[out.StatementOut]", msgspec.Raw(_ENCODE(self.statements(statements))))

    def written(self, statement: Statement) -> out.StatementOut:
        """Return a statement in the structure of the contract, its values and words as JSON already."""
        mark = mark_of(statement)
        told = self._told.get(mark)
        if told is None:
            if len(self._told) >= _MOST_TOLD:
                self._told.clear()
            params, text = self.values(statement)
            told = self._told[mark] = msgspec.Raw(_ENCODE(params)), msgspec.Raw(_ENCODE(text))
        return out.StatementOut(
            key=statement.key,
            params=cast("Values", told[0]),
            text=cast("str | None", told[1]),
            sources=statement.sources,
            citations=statement.citations,
            searched=statement.searched,
        )

    def values(self, statement: Statement) -> tuple[Values, str | None]:
        """Return the values, days as ISO dates, and the words of a statement."""
        template = self._words.template(statement.key)
        days = template.days if template else ()
        params: Values = {}
        for name, value in statement.params.items():
            if isinstance(value, int) and (name in days or _is_day(name, value)):
                params[name] = self.day(value)
            else:
                params[name] = list(value) if isinstance(value, tuple) else value
        text = self._words.say(statement) if self._texts and template else None
        return params, text


def _is_day(name: str, value: int) -> bool:
    """Say whether an integer of a statement is a day, by its size and name (no template told)."""
    return _FIRST_DAY <= value <= _LAST_DAY and not name.endswith(("days", "count", "number", "value"))
