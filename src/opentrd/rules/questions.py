"""Stage 9, questions: for each open verdict the smallest set of facts whose answers could settle it.

A verdict can be settled by showing that enough attempts count (all missing facts of those attempts) or that
too many do not (one fact of each); the smaller set is asked, at most ``questions_at_once`` of the table
``convention``. Among equals, facts that bear on more open verdicts come first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from msgspec.structs import replace

from opentrd.kleene import UNKNOWN, YES
from opentrd.knowledge.definition import Definition
from opentrd.records.model import RESPONSES, STOP_REASONS
from opentrd.rules.askable import PERSON, Fact, Way, missing_facts, refuting, showing
from opentrd.rules.case import WAYS, Case, Pair
from opentrd.rules.definitions.failed_trials import failing, key_of
from opentrd.rules.model import Episode, Question, Status, Trial
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.status import NOT_MET, UNDETERMINED, count_of, verdict_of
from opentrd.statement import Param, Statement

Weight = Callable[[Fact], int]


def ask(status: list[Status], case: Case, instrument: str) -> tuple[list[Question], list[Status]]:
    """Return the questions, those that settle most first, and the verdicts with their questions' ids."""
    asked = [n for n, row in enumerate(status) if row.verdict == UNDETERMINED]
    weight = Counter(
        fact for n in asked for fact in set(_open_facts(status[n], case, instrument))
    ).__getitem__
    chosen: dict[int, Way] = {}
    for n in asked:
        ways = [
            tuple(sorted(set(way), key=lambda f: (-weight(f), f)))
            for way in _ways(status[n], case, instrument, weight)
        ]
        if ways:
            best = min(ways, key=lambda way: (len(way), -sum(map(weight, way)), way))
            chosen[n] = best[: case.book.conventions.questions_at_once]
    settles: dict[Fact, list[str]] = {}
    for n, facts in chosen.items():
        for fact in facts:
            settles.setdefault(fact, []).append(status[n].definition)
    trials = {t.id: t for t in case.trials}
    questions = [
        _question(fact, trials, tuple(dict.fromkeys(definitions)), case.book)
        for fact, definitions in sorted(settles.items(), key=lambda s: (-len(set(s[1])), s[0]))
    ]
    rows = [
        replace(row, questions=tuple(_id(fact) for fact in chosen[n])) if n in chosen else row
        for n, row in enumerate(status)
    ]
    return questions, rows


def _open_facts(row: Status, case: Case, instrument: str) -> Iterable[Fact]:
    """Every fact that bears on an open verdict."""
    if row.exclusion is not None:
        return [("condition", row.exclusion)]
    found: list[Fact] = []
    episode = _episode(row, case)
    for part in _parts(case.book.definitions[row.definition], case):
        if part.kind == "failed_trials":
            for trial, judgement in _unknown(part, episode, case, instrument):
                found += missing_facts(trial, judgement, case.trials)
        else:
            found += [f for way in count_of(part, episode, case, instrument, WAYS).ways for f in way]
    return found


def _ways(row: Status, case: Case, instrument: str, weight: Weight) -> list[Way]:
    """Return the sets of facts that could settle one verdict, one for each way of settling it."""
    if row.exclusion is not None:
        return [(("condition", row.exclusion),)]
    ways: list[Way] = []
    against: list[Way] = []
    episode = _episode(row, case)
    for part in _parts(case.book.definitions[row.definition], case):
        count = count_of(part, episode, case, instrument, WAYS)
        if verdict_of(count) == NOT_MET:
            continue
        if part.kind != "failed_trials":
            ways += count.ways
            against.append(())
            continue
        unknown = _unknown(part, episode, case, instrument)
        ways.append(_enough(part, unknown, case.trials, round(count.needed - count.certain), weight))
        against.append(_too_few(part, unknown, case.trials, round(count.possible - count.needed) + 1, weight))
    if all(against):
        ways.append(tuple(fact for way in against for fact in way))
    return [way for way in ways if way]


def _episode(row: Status, case: Case) -> Episode | None:
    return next((e for e in case.episodes if e.id == row.episode), None)


def _parts(definition: Definition, case: Case) -> list[Definition]:
    if definition.kind != "any_of":
        return [definition]
    return [part for name in definition.any_of for part in _parts(case.book.definitions[name], case)]


def _unknown(definition: Definition, episode: Episode | None, case: Case, instrument: str) -> list[Pair]:
    """Return the open trials that would add to the count: not those of a medicine that counts already."""
    counted = episode if definition.scope == "episode" else None
    pairs = failing(definition, counted, case, instrument)
    certain = {key_of(definition, t) for t, j in pairs if j.counts == YES}
    return [(t, j) for t, j in pairs if j.counts == UNKNOWN and key_of(definition, t) not in certain]


def _enough(
    definition: Definition, unknown: list[Pair], trials: list[Trial], short: int, weight: Weight
) -> Way:
    """Return the facts that would show that ``short`` more medicines (or classes) failed."""
    easiest: dict[str, Way] = {}
    for trial, judgement in unknown:
        facts, key = showing(trial, judgement, trials, weight), key_of(definition, trial)
        if facts and (key not in easiest or _effort(facts, weight) < _effort(easiest[key], weight)):
            easiest[key] = facts
    return _take(easiest, short, weight)


def _too_few(
    definition: Definition, unknown: list[Pair], trials: list[Trial], spare: int, weight: Weight
) -> Way:
    """Return the facts that would show that ``spare`` medicines did not fail: one of each of their trials."""
    against: dict[str, Way] = {}
    for trial, judgement in unknown:
        key, facts = key_of(definition, trial), refuting(trial, judgement, trials, weight)
        if not facts or against.get(key) == ():
            against[key] = ()
        else:
            against[key] = (*against.get(key, ()), *facts)
    return _take({key: facts for key, facts in against.items() if facts}, spare, weight)


def _take(facts: dict[str, Way], number: int, weight: Weight) -> Way:
    if len(facts) < number:
        return ()
    ranked = sorted(facts.values(), key=lambda way: _effort(way, weight))
    return tuple(fact for way in ranked[:number] for fact in way)


def _effort(way: Way, weight: Weight) -> tuple[int, int, Way]:
    """Few facts first, then those that bear on much, then by name."""
    return len(way), -sum(map(weight, way)), way


def _id(fact: Fact) -> str:
    return f"{fact[0]}:{fact[1]}"


def _question(fact: Fact, trials: dict[str, Trial], settles: tuple[str, ...], book: RuleBook) -> Question:
    field, about = fact
    kind: str
    choices: tuple[str, ...]
    if field == "birth_date":
        kind, choices = "date", ()
        said = Statement("question.birth_date", searched=("birth_date",))
    elif field == "condition":
        kind, choices = "choice", ("yes", "no")
        said = Statement("question.condition", {"condition": about}, searched=("condition",))
    else:
        trial = trials[about]
        kind, choices = {
            "dose": ("number", ()),
            "sessions": ("number", ()),
            "duration": ("date", ()),
            "start": ("date", ()),
            "outcome": ("choice", RESPONSES),
            "intake": ("choice", tuple(book.shares_taken)),
            "stop_reason": ("choice", STOP_REASONS),
            "treatment": ("choice", (trial.treatment, trial.era.doubt or "")),
        }[field]
        params: dict[str, Param] = {
            "treatment": trial.treatment,
            "other": trial.era.doubt,
            "start": trial.start,
            "end": None if trial.open_end else trial.era.end,
            "unit": trial.dose_unit,
        }
        said = Statement(f"question.{field}", params, trial.sources)
    return Question(
        id=_id(fact),
        about=PERSON if field == "condition" else about,
        field=field,
        type=kind,
        choices=choices,
        text=said,
        settles=settles,
    )
