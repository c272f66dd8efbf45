"""``opentrd.assess``: the one public entry. A record goes in, an assessment comes out.

The command line, the pages, CDS Hooks and a population run all call it. Nothing in it reads files, clocks or
the environment, but for the default of the day and of the knowledge.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from opentrd.assessment import Assessment
from opentrd.errors import InputError
from opentrd.knowledge.loader import Knowledge, load
from opentrd.records.model import Record
from opentrd.review.preferences import preference_names
from opentrd.rules.answers import apply_answers
from opentrd.rules.judge import judge_record
from opentrd.rules.model import Settings
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.safety import find_safety


@lru_cache(maxsize=4)
def rule_book(knowledge: Knowledge) -> RuleBook:
    """Arrange a knowledge for the rules, once."""
    return RuleBook(knowledge)


def assess(
    record: Record,
    *,
    as_of: date | int | None = None,
    knowledge: Knowledge | None = None,
    instrument: str | None = None,
    region: str | None = None,
    language: str = "en",
    audience: str = "clinician",
    answers: Mapping[str, object] | None = None,
    preferences: Mapping[str, float] | None = None,
) -> Assessment:
    """Assess one person's record.

    ``as_of`` is the day of the assessment (today where not given), ``instrument`` fills in what a definition
    leaves open (the default instrument of the knowledge where not given), ``answers`` maps question ids to
    values, ``preferences`` what matters to the person (a row of the table ``preference``, or an effect) to
    its weight. Raises ``InputError`` for an unknown instrument or preference, or an answer that does not fit.
    """
    known = knowledge if knowledge is not None else load()
    book = rule_book(known)
    chosen = instrument if instrument is not None else book.default_instrument
    if chosen not in book.instruments:
        known_ones = "use one of: " + ", ".join(book.instruments)
        raise InputError("settings", "instrument", f"unknown: {chosen}", known_ones)
    day = as_of.toordinal() if isinstance(as_of, date) else as_of
    today = day if day is not None else date.today().toordinal()  # noqa: DTZ011 (the day where the user is)
    judged = judge_record(record, book, today, chosen)
    if answers:
        record = apply_answers(record, judged.trials, answers, book, today)
        judged = judge_record(record, book, today, chosen)
    return Assessment(
        record=record,
        settings=Settings(
            as_of=today,
            instrument=chosen,
            region=region,
            language=language,
            audience=audience,
            preferences=_preferences(preferences or {}, known),
        ),
        judged=judged,
        safety=find_safety(record, judged.trials, book, today),
        knowledge=known,
    )


def _preferences(given: Mapping[str, float], known: Knowledge) -> tuple[tuple[str, float], ...]:
    """Return preferences that are known, in order of their names."""
    names = preference_names(known)
    for name, weight in given.items():
        if name not in names:
            raise InputError("settings", "preferences", f"unknown: {name}", "use one of: " + ", ".join(names))
        if not math.isfinite(weight):
            raise InputError(
                "settings", f"preferences.{name}", f"not a number: {weight}", "use one such as 1"
            )
    return tuple(sorted((name, float(weight)) for name, weight in given.items()))
