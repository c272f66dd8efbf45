"""What outputs show of the review and the options: domains with their lines, cards in their order.

Every output (terminal, page, PDF, letter) shows these; none looks at the review on its own. What a card shows
of an option is sorted by what it is about, so that a patient's page can leave out what only a clinician uses.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

import msgspec

from opentrd.kleene import UNKNOWN, YES
from opentrd.present.answer import merged
from opentrd.review.cautions import questions
from opentrd.review.model import Caution, Option, ReviewLine
from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

#: Fits in the order in which a list is read: what to weigh now, what waits, what is not for now.
FITS: Final = ("suggested", "possible", "caution", "later", "avoid")
#: Statements of an option that hold for everybody: where it stands, and how it is given.
STANDING: Final = ("option.guideline.", "option.approval")
PRACTICE: Final = (
    "option.time_to_effect",
    "option.course",
    "option.monitoring",
    "option.harms",
    "option.investigational",
)
#: Severities that limit how well an option fits.
GRAVE: Final = ("avoid", "caution")
UNCONFIRMED: Final = "option.not_confirmed"
#: Categories that a person can begin alone.
YOURSELF: Final = ("lifestyle",)


class Domain(msgspec.Struct, kw_only=True):
    """One part of what a specialist looks at: what was found, what nobody wrote down, what is ruled out."""

    domain: str
    title: str
    present: list[ReviewLine]
    unknown: list[ReviewLine]
    absent: list[ReviewLine]


class Care(msgspec.Struct, kw_only=True):
    """A caution as it is shown. ``open``: it waits for an answer; ``mark`` is its severity in a word."""

    caution: Caution
    mark: str
    open: bool


class Card(msgspec.Struct, kw_only=True):
    """An option as it is shown.

    ``place`` says why it stands where it stands, ``person`` what the record says for or against it,
    ``standing`` guidelines and approvals, ``practice`` how it is given, ``asks`` what would settle it.
    """

    option: Option
    name: str
    what: str
    fit: str
    medicines: list[str]
    place: Statement
    person: list[Statement]
    standing: list[Statement]
    practice: list[Statement]
    unconfirmed: list[Statement]
    cautions: list[Care]
    asks: list[Statement]
    evidence: list[Statement]


def domains(a: Assessment, words: Words) -> list[Domain]:
    """Return what a specialist looks at, by domain, in the order of the table ``review``.

    A line of which this audience is told nothing is left out.
    """
    made: dict[str, Domain] = {}
    for line in _told(a.review, words):
        found = made.get(line.domain)
        if found is None:
            title = words.text(f"review_domain.{line.domain}")
            found = made[line.domain] = Domain(
                domain=line.domain, title=title, present=[], unknown=[], absent=[]
            )
        {"present": found.present, "unknown": found.unknown, "absent": found.absent}[line.finding].append(
            line
        )
    return list(made.values())


def _told(lines: list[ReviewLine], words: Words) -> list[ReviewLine]:
    """Return the lines with what this audience is told of them; patients are told each thing once."""
    said: set[tuple[str, str]] = set()
    made = []
    for line in lines:
        why = [each for each in line.why if words.tells(each)]
        if words.audience == "patient":
            why = [each for each in why if (line.domain, words.say(each)) not in said]
            said |= {(line.domain, words.say(each)) for each in why}
        if why or line.ask is not None:
            made.append(msgspec.structs.replace(line, why=tuple(why)))
    return made


def found_in(domain: Domain) -> list[Statement]:
    """Return what was found in a domain, then what is suspected, each with the question that settles it."""
    made = [said for line in domain.present for said in line.why]
    for line in domain.unknown:
        if line.sources:
            made += [said for said in line.why if said.sources] + ([line.ask] if line.ask else [])
    return made


def unrecorded_in(domain: Domain) -> list[ReviewLine]:
    """Return the lines of a domain on which nothing is recorded."""
    return [line for line in domain.unknown if not line.sources]


def cards(a: Assessment, words: Words) -> list[Card]:
    """Return the options as cards, in their order."""
    return [_card(option, words) for option in a.options]


def by_fit(shown: list[Card]) -> list[tuple[str, list[Card]]]:
    """Return cards in groups by fit, each in its order; groups without a card are left out."""
    groups = [(fit, [card for card in shown if card.option.fit == fit]) for fit in FITS]
    return [(fit, group) for fit, group in groups if group]


def cares(cautions: tuple[Caution, ...], words: Words) -> list[Care]:
    """Return cautions as they are shown."""
    return [
        Care(caution=caution, mark=_mark(caution, words), open=caution.applies == UNKNOWN)
        for caution in cautions
    ]


def _mark(caution: Caution, words: Words) -> str:
    """Return how grave a caution is; patients are told to ask first while it waits for an answer."""
    asks = words.find("severity_open.ask") if caution.applies == UNKNOWN else None
    return asks or words.text(f"severity.{caution.severity}")


def ask_today(cautions: tuple[Caution, ...], words: Words) -> str:
    """Tell a person to call today where something taken now is to be avoided for certain, else nothing."""
    dangerous = any(each.severity == "avoid" and each.applies == YES for each in cautions)
    return words.text("current.ask_today") if dangerous and words.audience == "patient" else ""


def held(given: list[Care]) -> list[tuple[Care, Statement]]:
    """Return the cautions that hold, with what they say; what is said alike of several medicines is one."""
    made = []
    sure = [care for care in given if not care.open]
    for _, group in groupby(sure, key=lambda care: care.mark):
        same = list(group)
        said = merged((care.caution.statement for care in same), over=("subject",))
        made += [(same[0], statement) for statement in said]
    return made


def grave_of(card: Card) -> list[Care]:
    """Return what is certain against a step for as long as it lasts, not only while another one ends."""
    return [
        care
        for care in card.cautions
        if not care.open
        and care.caution.until is None
        and care.caution.severity in GRAVE
        and care.caution.statement.params.get("replaced") is None
    ]


def _card(option: Option, words: Words) -> Card:
    place, *rest = option.why
    shown = [said for said in rest if words.tells(said)]
    standing = [said for said in shown if said.key.startswith(STANDING)]
    practice = [said for said in shown if said.key in PRACTICE]
    unconfirmed = [said for said in shown if said.key == UNCONFIRMED]
    general = {id(said) for said in (*standing, *practice, *unconfirmed)}
    return Card(
        option=option,
        name=words.write("option_name", option.option),
        what=words.write("option_what", option.option),
        fit=words.text(f"fit.{option.fit}"),
        medicines=[words.write("name", medicine) for medicine in option.medicines],
        place=place,
        person=[said for said in shown if id(said) not in general],
        standing=standing,
        practice=practice,
        unconfirmed=unconfirmed,
        cautions=cares(option.cautions, words),
        asks=list(questions(option.cautions)),
        evidence=[said for said in option.evidence if words.tells(said)],
    )
