"""Statements to words: by audience and language, from gettext files, when somebody reads them.

``Words("en", "patient", knowledge).say(statement)`` gives the sentence. A message stands in a file of the
folder ``<language>`` under its key; its context says for whom (``clinician``, ``patient`` or ``any``).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from opentrd.present.words.formats import Formats
from opentrd.present.words.template import Template
from opentrd.statement import Param, Statement

if TYPE_CHECKING:
    import msgspec

    from opentrd.assessment import Assessment
    from opentrd.knowledge.loader import Knowledge

#: What was written as JSON, by the identity of the statement that stands beside it.
Written: TypeAlias = "dict[int, tuple[Statement, msgspec.Raw]]"
#: The values and the words of a statement as JSON.
Told: TypeAlias = "tuple[msgspec.Raw, msgspec.Raw]"
AUDIENCES: Final = ("clinician", "patient")
_FOLDER: Final = Path(__file__).parent
#: So many sentences are remembered.
_SAID: Final = 20_000


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that have message files."""
    return tuple(sorted({path.parent.name for path in _FOLDER.glob("*/*.po")}))


@cache
def messages(language: str) -> dict[tuple[str, str], str]:
    """Return the messages of a language by context and key."""
    from babel.messages.pofile import read_po

    found: dict[tuple[str, str], str] = {}
    for path in sorted((_FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            catalog = read_po(file, locale=language)
        found |= {(str(m.context), str(m.id)): str(m.string) for m in catalog if m.id and m.string}
    return found


@cache
def _template(language: str, context: str, key: str) -> Template | None:
    text = messages(language).get((context, key))
    return None if text is None else Template(text)


def capital(text: str) -> str:
    """Return a text with its first letter upper case, as a sentence begins; a name such as eGFR stays."""
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]


def mark_of(statement: Statement) -> tuple[object, ...]:
    """Return what two statements share that have the same words: the key, and values of the same types."""
    params = statement.params
    return (statement.key, *params, *params.values(), *map(type, params.values()))


class Words:
    """The words for one audience in one language. ``strict``: a message that is missing is an error."""

    def __init__(self, language: str, audience: str, knowledge: Knowledge, strict: bool = False) -> None:
        if language not in languages():
            raise ValueError(f"no words in the language {language!r}; there are: {', '.join(languages())}")
        if audience not in AUDIENCES:
            raise ValueError(f"no such audience: {audience!r}; there are: {', '.join(AUDIENCES)}")
        self.language = language
        self.audience = audience
        self.knowledge = knowledge
        self.strict = strict
        self._templates: dict[str, Template] = {}
        self.formats = Formats(self)
        self._said: dict[tuple[object, ...], str] = {}
        #: What was written of statements that stand for all persons, with the words and without.
        self.written: tuple[Written, Written] = ({}, {})
        #: The same of all that is said with equal values of one person after another.
        self.told: tuple[dict[object, Told], dict[object, Told]] = ({}, {})

    def template(self, key: str) -> Template | None:
        """Return the message of a key for this audience, or for any."""
        if key not in self._templates:
            found = _template(self.language, self.audience, key) or _template(self.language, "any", key)
            if found is None:
                return None
            self._templates[key] = found
        return self._templates[key]

    def tells(self, statement: Statement) -> bool:
        """Say whether this audience is told a statement; some serve clinicians or patients alone."""
        return self.template(statement.key) is not None

    def find(self, key: str) -> str | None:
        """Return a message without slots, or ``None`` where there is none."""
        found = self.template(key)
        return found.text if found else None

    def text(self, key: str, /, **params: Param) -> str:
        """Return the text of a key with its values."""
        return self._fill(key, params)

    def say(self, statement: Statement) -> str:
        """Return the sentence of a statement. Many are said of one person after another: they are kept."""
        mark = mark_of(statement)
        found = self._said.get(mark)
        if found is None:
            text = self._fill(statement.key, statement.params)
            if len(self._said) >= _SAID:
                self._said.clear()
            found = self._said[mark] = capital(text)
        return found

    def day(self, ordinal: int) -> str:
        """Return a day in words."""
        return self.formats.one("date", ordinal)

    def write(self, form: str, value: Param, high: Param = None) -> str:
        """Write a value in one of the formats."""
        return self.formats.write(form, "", value, high)

    def _fill(self, key: str, params: dict[str, Param]) -> str:
        found = self.template(key)
        if found is None:
            if self.strict:
                raise KeyError(f"no words for {key!r} ({self.audience}, {self.language})")
            values = ", ".join(
                f"{name} {self.formats.write('text', '', value)}" for name, value in params.items()
            )
            return f"{key.replace('.', ': ').replace('_', ' ')}" + (f" ({values})" if values else "")
        return found.fill(params, self.formats.write)


def default_words(a: Assessment) -> Words:
    """Return the words for an assessment's own audience and language."""
    return Words(a.settings.language, a.settings.audience, a.knowledge)
