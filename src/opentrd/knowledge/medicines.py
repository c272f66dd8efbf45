"""Medicines by what matters beside others: their classes, and the selectors of the tables that name them.

A medicine of the record is found by its treatment key, its codes (ATC, RxNorm) or the words of the product;
a product of several substances is all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from opentrd.knowledge.lookup import Names
from opentrd.knowledge.schema import Name
from opentrd.knowledge.systems import code_key, system_name

if TYPE_CHECKING:
    from opentrd.knowledge.loader import Knowledge

#: Strengths that say that a medicine was looked at and found without the effect.
NO_EFFECT: Final = "none"
NOTHING: Final = "-"


class Medicine:
    """What the selectors see of one medicine or product.

    ``keys``: its own and its parts' keys; ``classes``: classes of the table ``treatment``; ``groups``:
    interaction classes with their strengths and citations; ``options``: rows of the options table.
    """

    __slots__ = ("atc", "classes", "groups", "key", "keys", "kind", "options")

    def __init__(self, key: str) -> None:
        self.key = key
        self.kind = ""
        self.keys: set[str] = {key}
        self.classes: set[str] = set()
        self.groups: dict[str, dict[str, str]] = {}
        self.atc: set[str] = set()
        self.options: set[str] = set()

    def take_in(self, part: Medicine) -> None:
        """Take in what holds for a part of the product."""
        self.keys |= part.keys
        self.classes |= part.classes
        self.atc |= part.atc
        for group, strengths in part.groups.items():
            self.groups.setdefault(group, {}).update(strengths)


class Selector:
    """Whom a row concerns; the language is described in ``knowledge/schema/cautioning.py``."""

    __slots__ = ("_has", "_not", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        tokens = [token.strip() for token in text.split(";") if token.strip()]
        self._has = [_token(token) for token in tokens if not token.startswith(NOTHING)]
        self._not = [_token(token[1:]) for token in tokens if token.startswith(NOTHING)]

    @property
    def tokens(self) -> list[tuple[str, str, frozenset[str]]]:
        """All tokens, those taken out too: sort, name, strengths."""
        return [*self._has, *self._not]

    def matches(self, medicine: Medicine) -> bool:
        """Say whether a medicine is among those meant."""
        return any(_fits(token, medicine) for token in self._has) and not any(
            _fits(token, medicine) for token in self._not
        )

    def citations(self, medicine: Medicine) -> tuple[str, ...]:
        """Return the rows of ``interaction_class`` by which a medicine is among those meant."""
        found = []
        for sort, name, wanted in self._has:
            for strength, reference in medicine.groups.get(name, {}).items() if sort == "group" else ():
                if _counts(strength, wanted):
                    found.append(reference)
        return tuple(dict.fromkeys(found))


def _token(text: str) -> tuple[str, str, frozenset[str]]:
    sort, colon, name = text.partition(":")
    if not colon or sort not in ("class", "group", "atc", "option"):
        return ("any" if text == "*" else "key"), text, frozenset()
    name, _, strengths = name.partition("=") if sort == "group" else (name, "", "")
    return sort, name, frozenset(strengths.split("|")) if strengths else frozenset()


def _counts(strength: str, wanted: frozenset[str]) -> bool:
    return strength in wanted if wanted else strength != NO_EFFECT


def _fits(token: tuple[str, str, frozenset[str]], medicine: Medicine) -> bool:
    sort, name, wanted = token
    if sort == "key":
        return name in medicine.keys
    if sort == "class":
        return name in medicine.classes
    if sort == "group":
        return any(_counts(strength, wanted) for strength in medicine.groups.get(name, ()))
    if sort == "atc":
        return any(code.startswith(name) for code in medicine.atc)
    if sort == "option":
        return name in medicine.options
    return medicine.kind in ("medicine", "comedication")


class Medicines:
    """All medicines that the tables know, and what a line of the record is."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._of_product = lru_cache(maxsize=4096)(self._make_product)
        self._of_text = lru_cache(maxsize=4096)(self._read_text)
        self._known: dict[str, Medicine] = {}
        self._by_code: dict[tuple[str, str], str] = {}
        for row in knowledge.interaction_classes.values():
            known = self._known.setdefault(row.medicine, Medicine(row.medicine))
            known.kind = "comedication"
            strengths = known.groups.setdefault(row.class_, {})
            strengths[row.strength] = knowledge.row_ref("interaction_class", row)
            if row.atc:
                known.atc.add(row.atc)
                self._by_code.setdefault(("ATC", row.atc), row.medicine)
            if row.rxnorm:
                self._by_code.setdefault(("RxNorm", row.rxnorm), row.medicine)
        for key, treatment in knowledge.treatments.items():
            known = self._known.setdefault(key, Medicine(key))
            known.kind = treatment.kind
            known.classes.add(treatment.class_)
        for system, code in knowledge.table("treatment_code"):
            if system == "ATC":
                found = knowledge.by_code(system, code)
                if found is not None:
                    self._known[found.treatment].atc.add(code)
        for key, treatment in knowledge.treatments.items():
            for part in treatment.parts.split("+") if treatment.parts else ():
                self._known[key].take_in(self._known[part])
        self._names = Names(
            Name(
                name=row.name,
                treatment=row.medicine,
                sort="abbreviation" if row.sort == "exact" else "generic",
                source=row.source,
                status=row.status,
                checked=row.checked,
            )
            for row in knowledge.comedication_names.values()
        )
        self._of_option: dict[str, list[Medicine]] = {}
        for option, step in knowledge.options.items():
            for key in (part.strip() for part in (step.treatments or "").split(";")):
                if key in self._known:
                    self._known[key].options.add(option)
                    self._of_option.setdefault(option, []).append(self._known[key])

    @property
    def keys(self) -> frozenset[str]:
        """The keys of all medicines and treatments."""
        return frozenset(self._known)

    def get(self, key: str) -> Medicine:
        """Return a medicine by its key; one that no table knows has no classes."""
        found = self._known.get(key)
        if found is None:
            found = Medicine(key)
            found.kind = "medicine"
        return found

    def of_option(self, option: str) -> list[Medicine]:
        """Return the treatments that an option may mean."""
        return self._of_option.get(option, [])

    def of_text(self, text: str) -> frozenset[str]:
        """Return the keys of the medicines that a text names."""
        return self._of_text(text)

    def _read_text(self, text: str) -> frozenset[str]:
        names = {row.treatment for row in self._names.find(text) or self._names.within(text)}
        return frozenset(names | {row.treatment for row in self._knowledge.names.within(text)})

    def recognises(self, text: str, codes: Iterable[tuple[str, str]]) -> bool:
        """Say whether the tables know the product of a line: by its words, a code, or an ATC class."""
        written = [(name, code_key(name, code)) for s, code in codes for name in (system_name(s),)]
        known = any(name == "ATC" or (name, code) in self._by_code for name, code in written)
        return known or bool(self.of_text(text))

    def of_product(
        self, treatment: str | None, text: str, codes: Iterable[tuple[str, str]] = (), kind: str = ""
    ) -> Medicine:
        """Return what a line of the record is, by its key, its codes and the words of the product."""
        if treatment is not None:
            return self.get(treatment)
        return self._of_product(text, tuple(codes), kind)

    def _make_product(self, text: str, codes: tuple[tuple[str, str], ...], kind: str) -> Medicine:
        written = [(name, code_key(name, code)) for s, code in codes for name in (system_name(s),)]
        keys = {key for pair in written if (key := self._by_code.get(pair))}
        found = Medicine(text)
        found.kind = kind
        found.atc |= {code for name, code in written if name == "ATC"}
        for key in sorted(keys | self.of_text(text)):
            found.take_in(self.get(key))
        return found


@lru_cache(maxsize=4)
def medicines_of(knowledge: Knowledge) -> Medicines:
    """Return the medicines of a knowledge, made once."""
    return Medicines(knowledge)


@lru_cache(maxsize=4096)
def selector(text: str) -> Selector:
    """Return a selector, parsed once."""
    return Selector(text)


def unknown_tokens(text: str, knowledge: Knowledge) -> list[str]:
    """Return the parts of a selector that name nothing the tables know."""
    known = medicines_of(knowledge)
    classes = {row.class_ for row in knowledge.treatments.values()}
    groups = {row.class_ for row in knowledge.interaction_classes.values()}
    strengths: dict[str, set[str]] = {}
    for row in knowledge.interaction_classes.values():
        strengths.setdefault(row.class_, set()).add(row.strength)
    wrong = []
    for sort, name, wanted in selector(text).tokens:
        there: Iterable[str] = {"class": classes, "group": groups, "key": known.keys}.get(sort, (name,))
        if name not in there or wanted - strengths.get(name, set()):
            wrong.append(f"{sort}:{name}" + (f"={'|'.join(sorted(wanted))}" if wanted else ""))
    return wrong
