"""The next steps on paper: what is suggested with why and cautions, then names of the rest in a line each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from opentrd.present.pdf.density import Density
from opentrd.present.pdf.notes import Notes, Said
from opentrd.present.review import YOURSELF, Card, Care, ask_today, by_fit, cards, cares, held
from opentrd.present.terminal_review import best_evidence, named, reasons
from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

_SUGGESTED: Final = "suggested"
_FOR_YOURSELF: Final = ("suggested", "possible")


class Steps:
    """Gathers the next steps of one assessment; questions that several share are asked once, by letter."""

    def __init__(self, a: Assessment, words: Words, notes: Notes, density: Density) -> None:
        self._a = a
        self._words = words
        self._notes = notes
        self._density = density
        self._patient = words.audience == "patient"
        self._asks: dict[str, Said] = {}

    def data(self) -> dict[str, Any]:
        """Return what the template shows; the questions come last, as the cards collect them."""
        shown = cards(self._a, self._words)
        own = [card for card in shown if self._is_own(card)] if self._patient else []
        groups = dict(by_fit([card for card in shown if card not in own]))
        best = groups.pop(_SUGGESTED, [])
        most = self._density.cards
        rest = [self._names("suggested_too", best[most:])] if best[most:] else []
        rest += [self._names(fit, group) for fit, group in groups.items()]
        return {
            "now": self.cautions(cares(self._a.cautions, self._words)),
            "ask_today": ask_today(self._a.cautions, self._words),
            "cards": [self._card(card) for card in best[:most]],
            "rest": rest,
            "yourself": [self._own(card) for card in own],
            "asks": [{"letter": _letter(n), **said} for n, said in enumerate(self._asks.values())],
        }

    def cautions(self, shown: Iterable[Care]) -> list[Said]:
        """Return the cautions that hold, the gravest first."""
        return [{"mark": care.mark, **self._notes.said(said)} for care, said in held(list(shown))]

    @staticmethod
    def _is_own(card: Card) -> bool:
        return card.option.category in YOURSELF and card.option.fit in _FOR_YOURSELF

    def _card(self, card: Card) -> dict[str, Any]:
        notes, density = self._notes, self._density
        more = [] if self._patient else [*card.standing, *best_evidence(card)[: density.evidence]]
        more += [*card.practice] if density.practice else []
        return {
            "name": _capital(named(card, self._words)),
            "what": card.what,
            "why": notes.all_said(reasons(card, None)),
            "more": notes.all_said(more),
            "cautions": self.cautions(card.cautions),
            "asks": ", ".join(self._ask(statement) for statement in card.asks),
            "unconfirmed": self._unconfirmed(card),
        }

    def _unconfirmed(self, card: Card) -> list[Said]:
        """Say that a part was not yet confirmed in its source; which part, the notes' rows tell."""
        text = self._words.text("pdf.unconfirmed")
        return [] if self._patient else [self._notes.said(said, text) for said in card.unconfirmed[:1]]

    def _own(self, card: Card) -> dict[str, Any]:
        said = {"marks": self._notes.marks(card.place.citations, card.place.sources)}
        return {"name": _capital(card.name), "text": card.what, **said}

    def _ask(self, statement: Statement) -> str:
        """Return the letter of a question."""
        text = self._words.say(statement)
        if text not in self._asks:
            self._asks[text] = self._notes.said(statement)
        return _letter(list(self._asks).index(text))

    def _names(self, fit: str, group: list[Card]) -> dict[str, Any]:
        """Return the names of a group in a line, with the rows that placed them."""
        refs = [ref for card in group for ref in card.place.citations if ref.startswith("option_order:")]
        return {
            "title": self._words.text(f"pdf.fit.{fit}", n=len(group)),
            "text": ", ".join(card.name for card in group),
            "marks": self._notes.together(refs),
        }


def _letter(number: int) -> str:
    return chr(ord("A") + number % 26) + (str(number // 26) if number >= 26 else "")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
