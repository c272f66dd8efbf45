"""The review and the next steps in the terminal, for the person: short, plain, and ending with a way on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from opentrd.present.answer import sentence
from opentrd.present.review import YOURSELF, Card, Domain, ask_today, by_fit, cards, cares, domains
from opentrd.present.terminal_review import gathered, hanging, named, preferences_line, washing_out
from opentrd.review.cautions import questions
from opentrd.review.options import REFER
from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

_MOST_FOUND: Final = 6
_MOST_ASKED: Final = 6
_MOST_STEPS: Final = 7
_MOST_NAMES: Final = 8
_MOST_CARES: Final = 3
_OPEN_NOW: Final = ("suggested", "possible", "caution")
_INDENT: Final = (0, 0, 0, 3)


def together_lines(a: Assessment, words: Words) -> Iterator[RenderableType]:
    """Return what a specialist would look at with the person: what was found, and what to think about."""
    yield Text(words.text("review.title"), style="bold")
    parts = domains(a, words)
    found = list(
        dict.fromkeys(words.say(said) for each in parts for line in each.present for said in line.why)
    )
    if found:
        yield Text(words.text("together.found"))
        yield from _listed(found[:_MOST_FOUND])
    asked = [said for each in parts if (said := _question(each, words))]
    if asked:
        yield Text(words.text("together.think"))
        yield from _listed(asked[:_MOST_ASKED])
        left = sum(len(each.unknown) for each in parts) - len(asked[:_MOST_ASKED])
        yield Text(words.text("together.more", n=max(0, left) or None), style="dim")


def _question(domain: Domain, words: Words) -> str:
    """Return the first question of a domain."""
    return next((words.say(line.ask) for line in domain.unknown if line.ask), "")


def taking_lines(a: Assessment, words: Words) -> Iterator[RenderableType]:
    """Return what to know about what is taken now, and what to tell the doctor; nothing where nothing is."""
    if not a.cautions:
        return
    yield Text(words.text("current.title"), style="bold")
    certain = [care for care in cares(a.cautions, words) if not care.open]
    told = gathered(certain, words)
    grave = [(care, text) for care, text in told if care.caution.severity != "monitor"]
    shown = grave + [each for each in told if each not in grave][: max(0, _MOST_CARES - len(grave))]
    yield from _listed([f"{care.mark}: {text}" for care, text in shown])
    today = ask_today(a.cautions, words)
    if today:
        yield Text(today, style="bold")
    asks = [words.say(ask) for ask in questions(a.cautions)]
    if asks:
        yield Text(words.text("current.tell"))
        yield from _listed(asks[:_MOST_CARES])
    yield Text(words.text("current.never_alone"))


def next_lines(a: Assessment, words: Words) -> Iterator[RenderableType]:
    """Return what can come next, what the person can do, and a true closing word with the referral."""
    groups = {fit: _apart(group) for fit, group in by_fit(cards(a, words))}
    groups = {fit: group for fit, group in groups.items() if group}
    yield Text(words.text("next.title"), style="bold")
    if groups:
        yield from _steps(a, groups, words)
        yield ""
    own = [card for card in cards(a, words) if _can_begin(card)]
    if own:
        yield Text(words.text("yourself.title"), style="bold")
        yield from _listed([words.text("next.step", name=card.name, what=card.what) for card in own])
        yield ""
    yield from _closing(a, groups, words)


def _can_begin(card: Card) -> bool:
    return card.option.category in YOURSELF and card.option.fit in _OPEN_NOW


def _apart(group: list[Card]) -> list[Card]:
    """Return a group without what has a place of its own: what one does oneself, and the referral."""
    return [card for card in group if card.option.category not in YOURSELF and card.option.option != REFER]


def _steps(a: Assessment, groups: dict[str, list[Card]], words: Words) -> Iterator[RenderableType]:
    wished = preferences_line(a, words)
    if wished:
        yield Text(wished)
    shown = groups.get("suggested", [])[:_MOST_STEPS]
    why = ""
    for card in shown:
        name = named(card, words)
        yield from _listed([words.text("next.step", name=name, what=card.what)])
        said = " ".join(words.say(each) for each in _why(card))
        if said != why:
            yield Padding(Text(said, style="dim"), _INDENT)
        why = said
    left = groups.get("suggested", [])[_MOST_STEPS:]
    others = {"suggested": left, **{fit: group for fit, group in groups.items() if fit != "suggested"}}
    if a.judged.applicable is not None:
        others = {}
    for fit, group in others.items():
        if group and fit != "avoid":
            yield Text(words.text(f"next.{fit}", options=_names(group), more=_more(group)))
    waits = (said for fit in _OPEN_NOW for card in groups.get(fit, []) for said in washing_out(card))
    yield from (Text(said) for said in dict.fromkeys(map(words.say, waits)))
    for card in groups.get("avoid", []):
        yield Text(words.text("next.against", option=card.name, reason=_against(card, words)))


def _why(card: Card) -> list[Statement]:
    """Return why a step is named: its place, and what was asked for."""
    return [card.place, *(said for said in card.person if said.key.startswith("preference."))]


def _names(group: list[Card]) -> tuple[str, ...]:
    return tuple(card.name for card in group[:_MOST_NAMES])


def _more(group: list[Card]) -> int | None:
    return max(0, len(group) - _MOST_NAMES) or None


def _against(card: Card, words: Words) -> str:
    """Return what speaks against a step now."""
    certain = [care for care in card.cautions if not care.open and care.caution.severity == "avoid"]
    return next((text for _, text in gathered(certain, words)), words.say(card.place))


def _closing(a: Assessment, groups: dict[str, list[Card]], words: Words) -> Iterator[RenderableType]:
    """Return what gives hope, how many steps there are, and the referral as the last of them."""
    if a.background:
        yield Text(words.say(a.background[0]), style="bold")
    named_now = [card for fit in _OPEN_NOW for card in groups.get(fit, [])]
    waiting = groups.get("later", [])
    if named_now and a.judged.applicable is None:
        counted = Statement(
            "next.hope",
            {"n": len(named_now), "later": len(waiting) or None},
            citations=tuple(f"option:{card.option.option}" for card in (*named_now, *waiting)),
        )
        yield Text(words.say(counted))
    for card in cards(a, words):
        if card.option.option == REFER:
            yield Text(words.text("next.always", name=card.name, what=card.what))
            yield from (Text(words.say(said)) for said in card.person)


def _listed(lines: list[str]) -> Iterator[RenderableType]:
    """Return lines with a mark before each, wrapped under themselves."""
    return (Padding(hanging("•", sentence(line)), (0, 0, 0, 1)) for line in lines)
