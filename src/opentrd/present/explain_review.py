"""The review, the cautions and the next steps, step by step: each sentence down to its lines and rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from opentrd.present.explain_parts import add_citations, add_statement
from opentrd.present.review import Card, Care, by_fit, cards, cares, domains
from opentrd.review.model import ReviewLine
from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

REVIEW: Final = "review"
OPTIONS: Final = "options"
CAUTIONS: Final = "cautions"
BACKGROUND: Final = "background"
#: What may stand before a key, to say of which table it is.
_OPTION: Final = "option:"
_CHECK: Final = "review:"


def explain_review_subject(a: Assessment, subject: str, words: Words) -> RenderableType | None:
    """Return what is said of a check, an option or a row of cautions; ``None`` where there is none.

    A key that names a check and an option (alcohol) shows both.
    """
    whole = {
        REVIEW: explain_review,
        OPTIONS: explain_options,
        CAUTIONS: explain_cautions,
        BACKGROUND: explain_background,
    }
    if subject in whole:
        return whole[subject](a, words)
    made: list[RenderableType] = []
    if not subject.startswith(_OPTION):
        check = subject.removeprefix(_CHECK)
        made += [_check(line, words) for line in a.review if line.check == check]
    if not subject.startswith(_CHECK):
        option = subject.removeprefix(_OPTION)
        made += [explain_option(card, words) for card in cards(a, words) if card.option.option == option]
    if not made:
        made = _row(a, subject, words)
    return Group(*made) if made else None


def review_subjects(a: Assessment, tree: Tree, words: Words) -> None:
    """Add what can be explained of the review and the options."""
    looked = tree.add(Text(f"{REVIEW}  {words.text('review.title')}"))
    for domain in domains(a, words):
        checks = dict.fromkeys(line.check for line in (*domain.present, *domain.unknown, *domain.absent))
        looked.add(Text(f"{domain.title}: {', '.join(checks)}"))
    if a.cautions:
        tree.add(Text(f"{CAUTIONS}  {words.text('current.title')}"))
    steps = tree.add(Text(f"{OPTIONS}  {words.text('next.title')}"))
    for fit, group in by_fit(cards(a, words)):
        steps.add(Text(f"{words.text(f'fit.{fit}')}: {', '.join(card.option.option for card in group)}"))
    tree.add(Text(f"{BACKGROUND}  {words.text('explain.background')}"))


def explain_review(a: Assessment, words: Words) -> RenderableType:
    """Return every line of the review by domain, with what to ask."""
    tree = Tree(Text(words.text("review.title"), style="bold"), guide_style="dim")
    for domain in domains(a, words):
        branch = tree.add(Text(domain.title, style="bold"))
        for line in (*domain.present, *domain.unknown, *domain.absent):
            said = words.text("explain.check", check=line.check, finding=line.finding)
            each = branch.add(Text(said))
            for why in line.why:
                each.add(Text(words.say(why)))
            if line.ask is not None:
                each.add(Text(words.text("explain.ask", ask=words.say(line.ask)), style="dim"))
    return tree


def _check(line: ReviewLine, words: Words) -> Tree:
    said = words.text("explain.check", check=line.check, finding=line.finding)
    tree = Tree(Text(said, style="bold"), guide_style="dim")
    for why in line.why:
        if words.tells(why):
            add_statement(tree, why, words)
    if line.ask is not None:
        add_statement(tree.add(words.text("explain.to_ask")), line.ask, words)
    add_citations(tree.add(words.text("explain.row")), (line.citation,), words)
    return tree


def explain_options(a: Assessment, words: Words) -> RenderableType:
    """Return all options in their order, each with the key that explains it and the row that placed it."""
    tree = Tree(Text(words.text("next.title"), style="bold"), guide_style="dim")
    for fit, group in by_fit(cards(a, words)):
        branch = tree.add(Text(words.text(f"fit.{fit}"), style="bold"))
        for card in group:
            said = words.text(
                "explain.option",
                rank=card.option.rank,
                name=card.name,
                option=card.option.option,
                medicines=tuple(card.medicines) or None,
            )
            each = branch.add(Text(said))
            each.add(Text(f"{words.say(card.place)} [{card.option.placed_by}]", style="dim"))
    return tree


def explain_option(card: Card, words: Words) -> Tree:
    """Return all that is said of an option: its place, what speaks for and against it, what studies found."""
    tree = Tree(Text(f"{card.name}: {card.fit}", style="bold"), guide_style="dim")
    tree.add(Text(card.what))
    if card.medicines:
        tree.add(Text(words.text("explain.medicines", medicines=tuple(card.medicines))))
    placed = tree.add(words.text("explain.placed", rank=card.option.rank))
    add_statement(placed, card.place, words)
    _statements(tree, "explain.person", card.person, words)
    if card.cautions:
        branch = tree.add(words.text("explain.cautions"))
        for care in card.cautions:
            _care(branch, care, words)
    row = f"{_OPTION}{card.option.option}"
    _statements(tree, "explain.standing", card.standing, words, row)
    _statements(tree, "explain.practice", card.practice, words, row)
    _statements(tree, "explain.evidence", [*card.evidence, *card.unconfirmed], words, row)
    return tree


def _statements(tree: Tree, title: str, said: list[Statement], words: Words, shared: str = "") -> None:
    """Add sentences under a title; the row that stands behind all of them is named once, after them."""
    if not said:
        return
    branch = tree.add(words.text(title))
    for each in said:
        rest = tuple(ref for ref in each.citations if ref != shared)
        add_statement(branch, msgspec.structs.replace(each, citations=rest), words)
    if any(shared in each.citations for each in said):
        add_citations(branch, (shared,), words)


def _care(tree: Tree, care: Care, words: Words) -> None:
    """Add a caution with its word of severity, and the question that would settle it."""
    mark = words.text("care.open" if care.open else "care.certain", mark=care.mark)
    branch = tree.add(Text(f"{mark} {care.caution.caution}"))
    add_statement(branch, care.caution.statement, words)
    rest = [ref for ref in care.caution.citations if ref not in care.caution.statement.citations]
    add_citations(branch, rest, words)
    if care.caution.ask is not None:
        add_statement(branch.add(words.text("explain.to_ask")), care.caution.ask, words)


def explain_cautions(a: Assessment, words: Words) -> RenderableType:
    """Return what asks for care with what is taken now."""
    tree = Tree(Text(words.text("current.title"), style="bold"), guide_style="dim")
    for care in cares(a.cautions, words):
        _care(tree, care, words)
    return tree


def explain_background(a: Assessment, words: Words) -> RenderableType:
    """Return what gives hope and what is known of many people, with the sources of each figure."""
    tree = Tree(Text(words.text("explain.background"), style="bold"), guide_style="dim")
    for said in a.background:
        if words.tells(said):
            add_statement(tree, said, words)
    return tree


def _row(a: Assessment, ref: str, words: Words) -> list[RenderableType]:
    """Return all that a row of knowledge did here: cautions that it gave, options that it placed."""
    tree = Tree(Text(ref, style="bold"), guide_style="dim")
    for care in cares(a.cautions, words):
        if ref in care.caution.citations:
            _care(tree, care, words)
    for card in cards(a, words):
        found = [care for care in card.cautions if ref in care.caution.citations]
        if found or card.option.placed_by == ref:
            branch = tree.add(Text(f"{card.name} ({card.option.option}): {card.fit}"))
            if card.option.placed_by == ref:
                add_statement(branch, card.place, words)
            for care in found:
                _care(branch, care, words)
    return [tree] if tree.children else []
