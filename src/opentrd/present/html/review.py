"""The part of the report about what comes next: the specialist's review, cautions, next steps, help.

It only arranges what ``present.review`` holds, so that the page says what every other output says.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import msgspec

from opentrd.assessing import rule_book
from opentrd.present.answer import merged
from opentrd.present.citations import Citation
from opentrd.present.html.basis import Basis, Reply, Said
from opentrd.present.review import (
    YOURSELF,
    Card,
    Care,
    Domain,
    ask_today,
    by_fit,
    cards,
    cares,
    domains,
    grave_of,
)
from opentrd.present.safety import contacts
from opentrd.present.terminal_review import preferences_line
from opentrd.review.model import ReviewLine
from opentrd.rules.measured import VALUE, measured, unit_of
from opentrd.rules.told import CAUTION, CAUTION_ASK, CHECK, caution_choices, check_choices
from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

#: Reasons of a card that are about medicines which it does not name.
_LEFT_OUT: Final = ("option.left_out_tried", "option.left_out_caution", "option.ask_first")
#: Says no more than that something is not recorded; its question says that too.
_OPEN: Final = "caution.open"
#: So many possible steps are shown in full where none is suggested.
_FEW: Final = 4
#: What the person prefers orders the steps; it never keeps one back.
_WISHED: Final = "preference."
#: How many reasons stand with the name of a step that is not for now.
_MOST_REASONS: Final = 2
_LATER: Final = "later"
_NOT_NOW: Final = (_LATER, "avoid")
#: Contacts that hold everywhere.
_WORLD: Final = "world"


class CareLine(msgspec.Struct, kw_only=True):
    """A reason for care; ``mark`` is its severity in a word."""

    severity: str
    mark: str
    said: Said


class Found(msgspec.Struct, kw_only=True):
    """Something that the review found, with what it is about and what to ask."""

    name: str
    why: list[Said]
    asks: list[Said]


class Part(msgspec.Struct, kw_only=True):
    """One domain of the review."""

    title: str
    found: list[Found]
    asks: list[Said]
    absent: list[Said]


class Step(msgspec.Struct, kw_only=True):
    """A next step; ``reason`` says why it is not simply suggested, ``asks`` what must be known first.

    ``held_by`` names those questions whose answer may rule it out; ``even_then`` is the gravest that speaks
    against a step that must wait. ``general`` is what holds for everybody
    (guidelines, practice), with a heading each; all of it rests on ``general_from``.
    """

    key: str
    name: str
    what: str
    medicines: str
    reason: Said
    why: list[Said]
    left_out: list[Said]
    cares: list[CareLine]
    asks: list[CareLine]
    held_by: str
    even_then: str
    evidence: list[Said]
    general: list[tuple[str, str]]
    general_from: list[Citation]
    placed_by: Citation


class Group(msgspec.Struct, kw_only=True):
    """Steps of one fit. ``waiting``: those of them that have the same reason, together."""

    fit: str
    title: str
    steps: list[Step]
    waiting: list[tuple[Said, list[Step]]]


class Review(msgspec.Struct, kw_only=True):
    """What the page shows beside the history; ``first`` are the steps of the fit ``lead``, shown in full."""

    parts: list[Part]
    cautions: list[CareLine]
    current_asks: list[CareLine]
    ask_today: str
    groups: list[Group]
    lead: str
    first: list[Step]
    yourself: list[Step]
    asks: list[Said]
    wishes: str
    hope: Said | None
    background: list[Said]


class Help(msgspec.Struct, kw_only=True):
    """Where help is: what to show at once, and by region what is folded away."""

    near: list[str]
    regions: list[tuple[str, list[str]]]


def gather(a: Assessment, words: Words, basis: Basis) -> Review:
    """Return what a specialist looks at, cautions and next steps, for the page."""
    return _Gatherer(words, basis).review(a)


def find_help(a: Assessment, words: Words) -> Help:
    """Return contacts: those of the region and of the world at once, else all others by region."""
    near: list[str] = []
    regions: dict[str, list[str]] = {}
    for row in contacts(words.knowledge, a.settings.region):
        line = words.text("safety.contact", contact=f"{row.contact}/{row.region}")
        if row.region in (a.settings.region, _WORLD):
            near.append(line)
        else:
            regions.setdefault(words.write("region", row.region), []).append(line)
    return Help(near=near, regions=list(regions.items()))


class _Gatherer:
    def __init__(self, words: Words, basis: Basis) -> None:
        self._words = words
        self._basis = basis
        self._clinician = words.audience == "clinician"

    def review(self, a: Assessment) -> Review:
        shown = cards(a, self._words)
        groups = [self.group(fit, group) for fit, group in by_fit(shown)]
        open_now = [card for card in shown if card.option.fit not in _NOT_NOW]
        lead = _lead(groups)
        first = [card for card in shown if card.option.fit == lead]
        current = cares(a.cautions, self._words)
        told = [said for said in a.background if self._words.tells(said)]
        return Review(
            parts=[self.part(domain) for domain in domains(a, self._words)],
            cautions=self.certain(current),
            current_asks=self.open(current, questions=True),
            ask_today=ask_today(a.cautions, self._words),
            groups=groups,
            lead=lead,
            first=[self.step(card) for card in first if not self.alone(card)],
            yourself=[self.step(card) for card in open_now if self.alone(card)],
            asks=self.asks(first),
            wishes=preferences_line(a, self._words),
            hope=self._basis.said(told[0]) if told else None,
            background=self._basis.all_said(told[1:]),
        )

    def alone(self, card: Card) -> bool:
        """Say whether a person can begin with a step alone; the page of a person shows those apart."""
        return not self._clinician and card.option.category in YOURSELF

    # the review

    def part(self, domain: Domain) -> Part:
        """Return one domain: what was found, what to ask, what speaks against."""
        unsure = [line for line in domain.unknown if line.sources and line.why]
        asked = [line for line in domain.unknown if line not in unsure and line.ask is not None]
        return Part(
            title=domain.title,
            found=self.found([*domain.present, *unsure]),
            asks=[said for line in asked if (said := self.asked(line))],
            absent=self._basis.each_text(
                self.cited(said, line) for line in domain.absent for said in line.why
            ),
        )

    def found(self, lines: list[ReviewLine]) -> list[Found]:
        """Return lines with their reasons, those of one check together."""
        checks: dict[str, list[ReviewLine]] = {}
        for line in lines:
            checks.setdefault(line.check, []).append(line)
        return [
            Found(
                name=self._words.write("check", check),
                why=self._basis.each_text(self.cited(said, line) for line in same for said in line.why),
                asks=[said for line in same if (said := self.asked(line))],
            )
            for check, same in checks.items()
        ]

    def asked(self, line: ReviewLine) -> Said | None:
        """Return the question of a line; behind it stands what was looked for."""
        if line.ask is None:
            return None
        told = [] if line.sources else [self._words.say(said) for said in line.why]
        group = [self.cited(said, line) for said in (line.ask, *line.why)]
        said = self._basis.joined(group, self._words.say(line.ask), told)
        check = self._words.knowledge.checks.get(line.check)
        if check is not None and (choices := check_choices(check)):
            about = self._words.write("check", line.check)
            said.reply = Reply(id=f"{CHECK}{line.check}", about=about, choices=choices)
        return said

    def cited(self, said: Statement, line: ReviewLine) -> Statement:
        """Return a statement that names the row of the review it answers."""
        citations = tuple(dict.fromkeys((*said.citations, line.citation)))
        searched = said.searched or (() if said.sources else line.searched)
        return msgspec.structs.replace(said, citations=citations, searched=searched)

    # the next steps

    def group(self, fit: str, shown: list[Card]) -> Group:
        """Return the steps of one fit; those that wait for the same are put together."""
        made = [(self.step(card), card) for card in shown if not self.alone(card) or fit in _NOT_NOW]
        waiting: dict[str, list[Step]] = {}
        for step, _ in made:
            waiting.setdefault(step.reason.text, []).append(step)
        return Group(
            fit=fit,
            title=self._words.text(f"page.fit.{fit}"),
            steps=[step for step, _ in made],
            waiting=[(same[0].reason, same) for same in waiting.values()],
        )

    def step(self, card: Card) -> Step:
        """Return a step with all that is said of it."""
        own, left_out = _split(card.person)
        fit = card.option.fit
        asks = self.open(card.cautions)
        grave = tuple(line.said.text for line in asks if line.severity == "avoid")
        return Step(
            key=card.option.option,
            name=card.name,
            what=card.what,
            medicines=self.medicines(card),
            reason=self.reason(card, own),
            why=self._basis.each_text((card.place, *own)),
            left_out=self._basis.each_text(left_out),
            cares=self.certain(card.cautions),
            asks=asks,
            held_by=self._words.text("page.held_by", topics=grave) if grave else "",
            even_then=" ".join(map(self._words.say, _alike(grave_of(card))[:1])) if fit == _LATER else "",
            evidence=self._basis.each_text(card.evidence),
            general=[
                (self._words.text(f"page.{label}"), " ".join(map(self._words.say, said)))
                for label, said in (
                    ("standing", card.standing),
                    ("practice", card.practice),
                    ("unconfirmed", card.unconfirmed),
                )
                if said
            ],
            general_from=self.cited_by((*card.standing, *card.practice, *card.unconfirmed)),
            placed_by=self._basis.cite(card.option.placed_by),
        )

    def medicines(self, card: Card) -> str:
        """Return the medicines of a step that its name does not name already."""
        others = [name for name in card.medicines if name not in card.name]
        return self._words.formats.join(others) if others else ""

    def cited_by(self, statements: Iterable[Statement]) -> list[Citation]:
        """Return the rows that several statements rest on, each once."""
        refs = dict.fromkeys(ref for said in statements for ref in said.citations)
        return [self._basis.cite(ref) for ref in refs]

    def reason(self, card: Card, own: list[Statement]) -> Said:
        """Return why a step is not simply suggested: cautions that hold, else what the record says."""
        grave = [care for care in card.cautions if not care.open and care.caution.severity == "avoid"]
        some = [care for care in card.cautions if not care.open and care.caution.severity == "caution"]
        held = {"avoid": grave, "caution": grave + some}.get(card.option.fit, [])
        said = _alike(held) or [said for said in own if not said.key.startswith(_WISHED)] or _alike(grave)
        return self._basis.joined(said[:_MOST_REASONS] or [card.place])

    def certain(self, found: Iterable[Care]) -> list[CareLine]:
        """Return cautions that hold, the gravest first; what holds of several medicines is said once."""
        groups: dict[str, list[Care]] = {}
        for care in found:
            if not care.open:
                groups.setdefault(care.caution.severity, []).append(care)
        return [
            self.line(same, said) for same in groups.values() for said in self._basis.each_text(_alike(same))
        ]

    def open(self, found: Iterable[Care], questions: bool = False) -> list[CareLine]:
        """Return cautions that wait for an answer, by what they are about, or by their questions."""
        groups: dict[str, list[Care]] = {}
        for care in found:
            if care.open:
                topic = self.question(care) if questions else self.topic(care)
                groups.setdefault(topic, []).append(care)
        made = []
        for topic, same in groups.items():
            asks = [care.caution.ask for care in same if care.caution.ask is not None]
            told = [care.caution.statement for care in same]
            more = [said for said in told if said.key != _OPEN]
            notes = [text for said in (*asks, *more) if (text := self._words.say(said)) != topic]
            shown = self._basis.joined([*asks, *told], topic, notes)
            shown.reply = self.reply(asks)
            made.append(self.line(same, shown))
        return made

    def reply(self, asks: list[Statement]) -> Reply | None:
        """Return how the question of cautions is answered, where they all wait for the same one."""
        keys = {said.key for said in asks}
        topic = keys.pop().removeprefix(CAUTION_ASK) if len(keys) == 1 else ""
        words = self._words
        book = rule_book(words.knowledge)
        choices = caution_choices(topic, book)
        values = tuple(
            (
                f"{VALUE}{concept}",
                words.write("measured", concept),
                words.write("unit", unit_of(concept, book)),
            )
            for concept in measured(topic, book)
        )
        if not choices and not values:
            return None
        return Reply(
            id=f"{CAUTION}{topic}", about=words.write("topic", topic), choices=choices, values=values
        )

    def line(self, same: list[Care], said: Said) -> CareLine:
        """Return what several cautions say alike, with the gravest of their marks."""
        return CareLine(severity=same[0].caution.severity, mark=same[0].mark, said=said)

    def topic(self, care: Care) -> str:
        """Return what an open caution is about, in a word or two; else its question."""
        about = care.caution.statement.params.get("about")
        if about is not None:
            return self._words.write("topic", about)
        return self.question(care)

    def question(self, care: Care) -> str:
        """Return the question that an open caution waits for."""
        return self._words.say(care.caution.ask or care.caution.statement)

    def asks(self, shown: list[Card]) -> list[Said]:
        """Return the questions of all suggested steps, each once, with the steps that wait for the answer."""
        groups: dict[str, tuple[list[Statement], list[str]]] = {}
        for card in shown:
            for care in card.cautions:
                if care.open and care.caution.ask is not None:
                    said, names = groups.setdefault(self._words.say(care.caution.ask), ([], []))
                    said.append(care.caution.ask)
                    names.append(card.name)
        made = []
        for text, (said, names) in groups.items():
            decides = self._words.text("page.decides", options=tuple(dict.fromkeys(names)))
            made.append(self._basis.joined(said, text, [decides]))
            made[-1].reply = self.reply(said)
        return made


def _lead(groups: list[Group]) -> str:
    """Return the fit whose steps are shown in full: suggested, else possible where those are few."""
    sizes = {group.fit: len(group.steps) for group in groups}
    few = 0 < sizes.get("possible", 0) <= _FEW
    return "possible" if few and not sizes.get("suggested") else "suggested"


def _alike(found: list[Care]) -> list[Statement]:
    """Return the statements of cautions; those that differ in the medicine alone are one."""
    return merged((care.caution.statement for care in found), over=("subject",))


def _split(person: list[Statement]) -> tuple[list[Statement], list[Statement]]:
    """Return what the record says of a step, and apart from it what it says of medicines not named."""
    place = next((n for n, said in enumerate(person) if said.key.startswith(_LEFT_OUT)), len(person))
    return person[:place], person[place:]
