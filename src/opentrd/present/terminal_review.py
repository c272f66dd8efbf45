"""The review and the next steps in the terminal, for clinicians: short, with the way down to the reasons."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Final

import msgspec
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from opentrd.present.answer import merged
from opentrd.present.review import Card, Care, Domain, by_fit, cards, cares, domains, grave_of
from opentrd.review.cautions import OPEN
from opentrd.review.model import ReviewLine
from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

SEVERITY_STYLE: Final = {"avoid": "bold red", "caution": "yellow", "monitor": ""}
#: Fits whose options stand in the table, with the most rows of each.
_ROWS: Final = {"suggested": 8, "possible": 3}
#: Options with caution that are shown with what asks for it; the others by name.
_MOST_CAUTIOUS: Final = 3
_MOST_CARES: Final = 2
_MOST_NAMES: Final = 12
#: From these widths on a table can be read, and a column of its own for what asks for care.
_TABLE_FROM: Final = 90
_FOUR_FROM: Final = 116
_GAP: Final = 2
_INDENT: Final = (0, 0, 0, 3)
_GROUP: Final = "bold underline"
#: What is said of an option elsewhere, or only where it is explained.
_ASK_FIRST: Final = "option.ask_first"
_LEFT_OUT: Final = ("option.left_out_tried", "option.left_out_caution", _ASK_FIRST)
_MET: Final = "option.failures_met"
_LABEL: Final = "label"
#: What a label asks for is told from two failed treatments on; one alone says little more than the place.
_TOLD_FROM: Final = 2
_NEEDED: Final = "option.failures_needed"
_APPROVAL: Final = "option.approval"
_FIGURE: Final = "option.figure"
_NO_FIGURE: Final = "option.no_figure"


class Row(msgspec.Struct, kw_only=True):
    """Options that stand in one row, as the same is said of them: why, and what asks for care."""

    cards: list[Card]
    why: list[str]
    cares: list[Text]


def review_lines(a: Assessment, words: Words, width: int) -> Iterator[RenderableType]:
    """Return what a specialist looks at: what was found by domain, then the names of what is to ask."""
    yield Text(words.text("review.title"), style="bold")
    shown = domains(a, words)
    table = Table(box=None, padding=(0, _GAP, 0, 0), show_header=False, pad_edge=False)
    table.add_column(width=min(32, width // 4))
    table.add_column(overflow="fold")
    for domain in shown:
        found = list(_found(domain, words))
        if found:
            table.add_row(domain.title, Group(*found))
    if table.row_count:
        yield table
    yield Text(words.text("review.unrecorded"))
    for domain in shown:
        names = tuple(dict.fromkeys(line.check for line in domain.unknown if not line.sources))
        if names:
            said = words.text("review.names", domain=domain.title, checks=names)
            yield Padding(Text(said, style="dim"), (0, 0, 0, 1))
    yield Text(words.text("review.how"), style="dim")


def _found(domain: Domain, words: Words) -> Iterator[RenderableType]:
    """Return the lines of a domain: found, perhaps (with the question); where all was looked at, no sign."""
    for line in domain.present:
        yield hanging("●", _said(line, list(line.why), words))
    perhaps = [line for line in domain.unknown if line.sources]
    for line in perhaps:
        said = _said(line, [why for why in line.why if why.sources], words)
        ask = words.say(line.ask) if line.ask else None
        yield hanging("?", words.text("review.perhaps", text=said, ask=ask))
    if not domain.present and not domain.unknown:
        names = tuple(dict.fromkeys(line.check for line in domain.absent))
        yield Text(words.text("review.no_sign", checks=names), style="dim")


def _said(line: ReviewLine, why: list[Statement], words: Words) -> str:
    """Return what was found; an answer to an item of a scale with the name of what it is about."""
    text = " ".join(map(words.say, why))
    if any(said.params.get("item") is not None for said in why):
        return words.text("review.about", check=line.check, text=text)
    return text


def current_lines(a: Assessment, words: Words) -> Iterator[RenderableType]:
    """Return what asks for care with what is taken now; nothing where nothing does."""
    if not a.cautions:
        return
    yield Text(words.text("current.title"), style="bold")
    for care, said in gathered(cares(a.cautions, words), words):
        yield _care(care, said, words)


def gathered(given: list[Care], words: Words) -> list[tuple[Care, str]]:
    """Return cautions with what they say; of several medicines it is said once, with the others named."""
    made = []
    for _, group in groupby(given, key=lambda care: (care.mark, care.open)):
        same = list(group)
        said = merged((care.caution.statement for care in same), over=("subject",))
        made += [(same[0], _of_the_first(statement, words)) for statement in said]
    return made


def _of_the_first(statement: Statement, words: Words) -> str:
    subjects = statement.params.get("subject")
    if not isinstance(subjects, tuple):
        return words.say(statement)
    first, *others = subjects
    one = msgspec.structs.replace(statement, params={**statement.params, "subject": first})
    return words.text("care.said", text=words.say(one), others=tuple(others) or None)


def hanging(mark: str, text: str) -> RenderableType:
    """Return a text with a mark before it, its further lines under the first."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_row(mark, Text(text))
    return grid


def _care(care: Care, said: str, words: Words) -> Text:
    text = Text(words.text("care.open" if care.open else "care.certain", mark=care.mark) + " ")
    text.stylize(SEVERITY_STYLE[care.caution.severity])
    text.append(said, style="default")
    return text


def steps_lines(a: Assessment, words: Words, width: int) -> Iterator[RenderableType]:
    """Return the next steps to weigh: a table of the first, the others by name, what waits, what to avoid."""
    yield Text(words.text("next.title"), style="bold")
    wished = preferences_line(a, words)
    if wished:
        yield Text(wished)
    groups = dict(by_fit(cards(a, words)))
    shown = 0
    for fit, most in _most_rows(a, groups).items():
        rows = _rows(groups.get(fit, []), a, words)
        if rows:
            yield Text(words.text(f"next.{fit}"), style=_GROUP)
        if rows[:most]:
            yield _table(rows[:most], words, width, header=not shown)
        shown += len(rows[:most])
        left = [card for row in rows[most:] for card in row.cards]
        if left:
            names = tuple(named(card, words) for card in left[:_MOST_NAMES])
            more = max(0, len(left) - _MOST_NAMES) or None
            key = "next.by_name" if rows[:most] else "next.only_named"
            yield _wrapped(words.text(key, options=names, more=more))
    yield from _against("caution", groups.get("caution", []), words)
    yield from _later(groups.get("later", []) if a.judged.applicable is None else [], words)
    yield from _against("avoid", groups.get("avoid", []), words)
    if a.background:
        yield Text(words.say(a.background[0]))
    unsure = any(card.unconfirmed for group in groups.values() for card in group)
    yield Text(words.text("next.how", unconfirmed="°" if unsure else None), style="dim")


def preferences_line(a: Assessment, words: Words) -> str:
    """Say what was said to matter, and that it ordered the list; nothing where nothing was."""
    wishes = tuple(
        words.text("next.wish", wish=_wish(name, words), weight=None if weight == 1 else weight)
        for name, weight in dict(a.settings.preferences).items()
    )
    return words.text("next.preferences", wishes=wishes) if wishes else ""


def _wish(name: str, words: Words) -> str:
    return words.find(f"wish.{name}") or words.write("effect", name)


def named(card: Card, words: Words) -> str:
    """Return an option's name with the medicines that it does not name itself."""
    others = [medicine for medicine in card.medicines if medicine not in card.name]
    return words.text("next.named", name=card.name, medicines=tuple(others) or None)


def _most_rows(a: Assessment, groups: dict[str, list[Card]]) -> dict[str, int]:
    """Return how many rows of each fit are shown; of the adult steps few where they hardly apply."""
    if a.judged.applicable is None or "suggested" not in groups:
        return _ROWS
    return {fit: most if fit == "suggested" else 0 for fit, most in _ROWS.items()}


def _rows(group: list[Card], a: Assessment, words: Words) -> list[Row]:
    """Return the rows of a group; neighbours of which the same is said share one."""
    rows: list[Row] = []
    for card in group:
        why = [words.say(said) for said in reasons(card, a.settings.region)]
        row = Row(cards=[card], why=why, cares=list(_cares(card, words)))
        last = rows[-1] if rows else None
        if last is not None and (last.why, last.cares) == (row.why, row.cares):
            last.cards.append(card)
        else:
            rows.append(row)
    return rows


def reasons(card: Card, region: str | None) -> list[Statement]:
    """Return why an option stands where it stands, in short; what was left out is told by ``explain``."""
    made = [card.place]
    for said in card.person:
        if said.key in _LEFT_OUT:
            break
        if said.key != _MET or _label_asks(said):
            made.append(said)
    made += [said for said in card.person if said.key.startswith("preference.") and said not in made]
    made += [*_after_a_question(card), *washing_out(card)]
    if region is not None:
        made += [said for said in card.standing if said.key == _APPROVAL]
    return made


def _after_a_question(card: Card) -> list[Statement]:
    """Return which other medicines of an option a question would open."""
    return [
        msgspec.structs.replace(said, key="next.after_question")
        for said in card.person
        if said.key == _ASK_FIRST
    ][:1]


def washing_out(card: Card) -> list[Statement]:
    """Return the wash-out for which medicines of an option were left out: one of them, where there is one."""
    return [said for said in card.person if said.key.startswith("washout.")][:1]


def _label_asks(met: Statement) -> bool:
    needed = met.params.get("needed")
    return met.params.get("by") == _LABEL and isinstance(needed, int) and needed >= _TOLD_FROM


def best_evidence(card: Card) -> list[Statement]:
    """Return the level of the evidence, then the main effect, or the first figure in short."""
    figures = [each for each in card.evidence if each.key == _FIGURE]
    said = [each for each in card.evidence if each.key not in (_FIGURE, _NO_FIGURE)]
    if figures and not any(each.key == "option.effect" for each in said):
        first = figures[0]
        said.append(Statement("next.figure", first.params, first.sources, first.citations, first.searched))
    return said


def _evidence(row: Row, words: Words) -> Text:
    """Return the evidence of a row's options, each by its key where it differs."""
    found: dict[str, list[str]] = {}
    for card in row.cards:
        found.setdefault(" ".join(map(words.say, best_evidence(card))), []).append(card.option.option)
    if len(found) == 1:
        return Text(next(iter(found)), style="dim")
    each = (f"{', '.join(options)}: {text}" for text, options in found.items() if text)
    return Text("\n".join(each), style="dim")


def _cares(card: Card, words: Words) -> Iterator[Text]:
    """Return what asks for care: the gravest in words, then the names of what is to ask."""
    plain = [care for care in card.cautions if care.caution.statement.key != OPEN]
    said = gathered(plain, words)
    for care, text in said[:_MOST_CARES]:
        yield _care(care, text, words)
    if len(said) > _MOST_CARES:
        yield Text(words.text("page.more", n=len(said) - _MOST_CARES), style="dim")
    yield from _asks(card, words)


def _asks(card: Card, words: Words) -> Iterator[Text]:
    asked: dict[str, str] = {}
    for care in card.cautions:
        if care.caution.statement.key == OPEN:
            asked.setdefault(str(care.caution.statement.params["about"]), care.mark)
    if asked:
        topics = tuple(
            words.text("next.topic", topic=words.write("topic", about), mark=mark)
            for about, mark in asked.items()
        )
        yield Text(words.text("next.ask", topics=topics))


def _table(rows: list[Row], words: Words, width: int, header: bool) -> RenderableType:
    """Return rows as a table, or one under the other where it would be too narrow to read."""
    if width < _TABLE_FROM:
        return Group(*(line for row in rows for line in _stacked(row, words)))
    four = width >= _FOUR_FROM
    shares = {"option": 23, "why": 26, "care": 26} if four else {"option": 27, "why": 37}
    widths = {name: width * share // 100 for name, share in shares.items()}
    widths["evidence"] = width - sum(widths.values()) - _GAP * len(shares)
    table = Table(box=None, padding=(0, _GAP, 0, 0), header_style="dim", pad_edge=False, show_header=header)
    for name, size in widths.items():
        table.add_column(words.text(f"column.{name}"), width=size, overflow="fold")
    for row in rows:
        why = Text(" ".join(row.why))
        middle = (why, Group(*row.cares)) if four else (Group(why, *row.cares),)
        table.add_row(Group(*_names(row)), *middle, _evidence(row, words))
    return table


def _names(row: Row) -> Iterator[Text]:
    for card in row.cards:
        text = Text()
        text.append(card.name, style="bold")
        text.append("° " if card.unconfirmed else " ", style="dim")
        text.append(f"({card.option.option})", style="dim")
        others = [medicine for medicine in card.medicines if medicine not in card.name]
        if others:
            text.append("\n" + ", ".join(others))
        yield text


def _stacked(row: Row, words: Words) -> Iterator[RenderableType]:
    yield from (Padding(name, (0, 0, 0, 1)) for name in _names(row))
    said = (Text(" ".join(row.why)), *row.cares, _evidence(row, words))
    yield from (Padding(line, _INDENT) for line in said if line)


def _wrapped(text: str) -> RenderableType:
    return Padding(Text(text), (0, 0, 0, 1))


def _later(group: list[Card], words: Words) -> Iterator[RenderableType]:
    """Return what waits, in a line for each reason; what then speaks against an option is under it."""
    if not group:
        return
    yield Text(words.text("next.later"), style=_GROUP)
    waits: dict[str, list[Card]] = {}
    given: dict[str, list[Statement]] = {}
    for card in group:
        reason = _waits_for(card)
        kind = f"{reason.key} {reason.params.get('needed')}" if reason.key == _NEEDED else words.say(reason)
        waits.setdefault(kind, []).append(card)
        given.setdefault(kind, []).append(reason)
    for kind, waiting in waits.items():
        reason = merged(given[kind], over=("by",))[0]
        names = tuple(card.name for card in waiting)
        yield _wrapped(words.text("next.waits", reason=words.say(reason).rstrip("."), options=names))
        yield from (line for card in waiting for line in _even_then(card, words))


def _even_then(card: Card, words: Words) -> Iterator[RenderableType]:
    """Return the gravest that is certain against an option that waits."""
    for care, said in gathered(grave_of(card), words)[:1]:
        name = Text(words.text("next.against", option=card.name, reason=""))
        yield Padding(name.append_text(_care(care, said, words)), _INDENT)


def _waits_for(card: Card) -> Statement:
    """Return what an option waits for: what lacks, what was tried, a wash-out; else its place."""
    aside = (_MET, *_LEFT_OUT)
    said = [each for each in card.person if each.key not in aside and not each.key.startswith("preference.")]
    washing = [care.caution.statement for care in card.cautions if care.caution.until is not None]
    return next(iter([*said, *washing]), card.place)


def _against(fit: str, group: list[Card], words: Words) -> Iterator[RenderableType]:
    """Return what needs caution or is to be avoided now, each with what speaks against it."""
    if not group:
        return
    yield Text(words.text(f"next.{fit}"), style=_GROUP)
    most = len(group) if fit == "avoid" else _MOST_CAUTIOUS
    for card in group[:most]:
        grave = [care for care in card.cautions if not care.open and care.caution.severity == fit]
        said = [text for _, text in gathered(grave, words)[:_MOST_CARES]]
        reason = " ".join(said) or " ".join(words.say(each) for each in (card.place, *card.person))
        yield _wrapped(words.text("next.against", option=named(card, words), reason=reason))
    if group[most:]:
        names = tuple(named(card, words) for card in group[most:])
        yield _wrapped(words.text("next.by_name", options=names))


__all__ = ["current_lines", "review_lines", "steps_lines"]
