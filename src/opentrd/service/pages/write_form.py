"""What the template of the form needs beside the draft: names to choose from, sums, what is shown to whom."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import Any, Final, NamedTuple

from opentrd.knowledge import schema
from opentrd.knowledge.loader import Knowledge
from opentrd.present.words import Words
from opentrd.service.form import ITEMS, answers
from opentrd.service.form_fields import (
    ANSWERS,
    ASKED,
    CHOICES,
    MONTHS,
    PREGNANCY,
    ROWS,
    SCALES,
    UNSURE,
    Draft,
    choices_of,
    empty_row,
    tidy,
)
from opentrd.service.pages.write_judged import Judged

#: Scales that a person filled in or was told a result of; of these only totals are taken.
_RATERS: Final = ("self", "any", "clinician")
#: The question of the PHQ-9 about thoughts of death, a positive answer to which shows help at once.
_DANGER: Final = 9
_YEAR: Final = re.compile(r"\d{4}", re.ASCII)


class Suggestion(NamedTuple):
    """A name to choose, and what it is: the treatment that a brand stands for."""

    name: str
    means: str


def suggestions(text: str, words: Words, limit: int = 8) -> list[Suggestion]:
    """Return names of treatments that a text may become: by its beginning, else the closest ones."""
    names = words.knowledge.names
    rows = list(names.beginning(text, limit))
    if not rows and len(text.strip()) > 2:
        rows = [row for name in names.suggest(text, limit) for row in names.find(name)[:1]]
    found = {row.name: words.write("name", row.treatment) for row in rows}
    return [
        Suggestion(name, means if means.casefold() != name.casefold() else "")
        for name, means in found.items()
    ]


@cache
def all_names(words: Words) -> tuple[str, ...]:
    """Return the names that a browser offers without asking: of treatments in the language, and brands."""
    knowledge = words.knowledge
    rows = [row for row in knowledge.table("name").values() if isinstance(row, schema.Name)]
    listed = [row.name for row in rows if row.sort in ("generic", "brand")]
    known = [row.name for row in knowledge.treatments.values()]
    said = [name for key in knowledge.treatments if knowledge.names.find(name := words.write("name", key))]
    once = {
        name.casefold(): name for name in (*listed, *known, *said)
    }  # as it is said where it differs in case
    return tuple(once[name] for name in sorted(once))


@cache
def other_names(knowledge: Knowledge) -> tuple[str, ...]:
    """Return names of medicines for other things."""
    return tuple(sorted({row.name for row in knowledge.comedication_names.values()}, key=str.casefold))


def asks_pregnancy(draft: Draft, day: int, knowledge: Knowledge) -> bool:
    """Say whether a pregnancy may be asked about: not from men, not beyond the age of the convention."""
    if draft["person"]["sex"] == "male":
        return False
    born = draft["person"]["born"]
    if not _YEAR.fullmatch(born):
        return True
    oldest = knowledge.conventions["pregnancy_age_to"].value
    return date.fromordinal(day).year - int(born) <= oldest


def positive(draft: Draft) -> bool:
    """Say whether the question about thoughts of death was answered with more than "not at all"."""
    return answers(draft, "phq9").get(_DANGER, 0) > 0


def totals(draft: Draft, words: Words) -> dict[str, str]:
    """Return for each scale its total, or how many questions are answered so far."""
    found = {}
    for scale in SCALES:
        given = answers(draft, scale.key)
        of = ITEMS[scale.key]
        if len(given) == of:
            most = words.knowledge.scales[scale.name].max_score
            found[scale.key] = words.text("form.total", total=sum(given.values()), most=most)
        else:
            found[scale.key] = words.text("form.answered", n=len(given), of=of) if given else ""
    return found


def saved_at(saved: int | None, words: Words) -> str:
    """Return when the form was last saved, in words."""
    from datetime import datetime

    if saved is None:
        return words.text("form.not_yet")
    return words.text("form.saved", time=f"{datetime.fromtimestamp(saved).astimezone():%H:%M}")


def shown(draft: Draft, add: str | None) -> Draft:
    """Return the draft as the page shows it: an empty row to begin with, and one where it was asked for."""
    made = tidy(draft)
    for section in ROWS:
        if section == add or (section == "treatments" and not made[section]):
            made[section] = [*made[section], empty_row(section)]
    return made


def context(draft: Draft, day: int, judged: Judged, words: Words) -> dict[str, Any]:
    """Return what the template shows of a draft."""
    knowledge = words.knowledge
    return {
        "draft": draft,
        "judged": judged,
        "today": date.fromordinal(day).isoformat(),
        "months": [(m, words.write("month_name", date(2000, int(m), 1).toordinal())) for m in MONTHS],
        "choices": CHOICES,
        "asked": [a for a in ASKED if a.key not in PREGNANCY or asks_pregnancy(draft, day, knowledge)],
        "hidden": [a for a in PREGNANCY if not asks_pregnancy(draft, day, knowledge)],
        "choices_of": choices_of,
        "unsure": UNSURE,
        "scales": [(scale, range(1, ITEMS[scale.key] + 1)) for scale in SCALES],
        "answers": (*ANSWERS, UNSURE),
        "danger": _DANGER,
        "other_scales": [
            row.scale for rater in _RATERS for row in knowledge.scales.values() if row.rater == rater
        ],
        "totals": totals(draft, words),
        "positive": positive(draft),
        "names": all_names(words),
        "other_names": other_names(knowledge),
        "empty_row": empty_row,
    }
