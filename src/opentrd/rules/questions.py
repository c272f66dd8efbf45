"""Stage 9, questions: for each open verdict the smallest set of facts whose answers could settle it.

A verdict can be settled by showing that enough attempts count (all missing facts of those attempts) or that too
many do not (one fact of each); the smaller set is asked, at most ``questions_at_once`` of the table ``convention``.
Among equals, facts that bear on more open verdicts come first.
"""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from opentrd.kleene import UNKNOWN
from opentrd.knowledge.definition import Definition
from opentrd.records.model import RESPONSES, STOP_REASONS
from opentrd.rules.case import Case
from opentrd.rules.judgements import policy_of
from opentrd.rules.model import Judgement, Question, Status, Trial
from opentrd.rules.rulebook import RuleBook
from opentrd.rules.staging import staging_policy
from opentrd.rules.status import UNDETERMINED
from opentrd.statement import Statement

Fact = tuple[str, str]
"""Field and trial id, or ``condition`` and its name."""

ASKABLE = ("dose", "sessions", "duration", "outcome", "intake", "stop_reason", "treatment")


def ask(status: list[Status], case: Case, instrument: str) -> tuple[list[Question], list[Status]]:
    """Return the questions, those that settle most first, and the verdicts with the ids of their questions."""
    wanted: dict[int, list[list[Fact]]] = {}
    for n, row in enumerate(status):
        if row.verdict == UNDETERMINED:
            wanted[n] = _ways(row, case, instrument)
    popular = Counter(fact for ways in wanted.values() for fact in {f for way in ways for f in way})
    chosen: dict[int, list[Fact]] = {}
    for n, ways in wanted.items():
        ranked = [sorted(way, key=lambda f: (-popular[f], f)) for way in ways if way]
        if ranked:
            best = min(ranked, key=lambda way: (len(way), -sum(popular[f] for f in way), way))
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


def _ways(row: Status, case: Case, instrument: str) -> list[list[Fact]]:
    """Return the sets of facts that could settle one verdict, one for each way of settling it."""
    if row.exclusion is not None:
        return [[("condition", row.exclusion)]]
    definition = case.book.definitions[row.definition]
    ways: list[list[Fact]] = []
    for part in _parts(definition, case):
        ways += _part_ways(part, row, case, instrument)
    return ways


def _parts(definition: Definition, case: Case) -> list[Definition]:
    if definition.kind != "any_of":
        return [definition]
    return [part for name in definition.any_of for part in _parts(case.book.definitions[name], case)]


def _part_ways(definition: Definition, row: Status, case: Case, instrument: str) -> list[list[Fact]]:
    if definition.kind == "failed_trials":
        judged = case.judge(policy_of(definition, instrument))
    elif definition.kind == "staging_at_least" and definition.model is not None:
        judged = case.judge(staging_policy(case.book.models[definition.model], instrument))
    else:
        return [[fact] for fact in _open_courses(case, row.episode)]
    pairs = [
        (t, j)
        for t, j in zip(case.trials, judged, strict=True)
        if j.counts == UNKNOWN and (row.episode is None or t.episode == row.episode)
    ]
    if definition.kind == "staging_at_least":
        return [way for t, j in pairs if (way := _facts(t, j))]
    short = max(1, round(definition.number - row.certain))
    spare = max(1, round(row.possible - definition.number + 1))
    by_effort = sorted((facts for t, j in pairs if (facts := _facts(t, j))), key=lambda f: (len(f), f))
    for_it = [fact for facts in by_effort[:short] for fact in facts] if len(by_effort) >= short else []
    against = [facts[0] for facts in by_effort[:spare]] if len(by_effort) >= spare else []
    return [way for way in (for_it, against) if way]


def _facts(trial: Trial, judgement: Judgement) -> list[Fact]:
    """The missing facts that a person can be asked for, empty where one cannot be asked for."""
    if any(field not in ASKABLE for field in judgement.missing):
        return []
    return [(field, trial.id) for field in ASKABLE if field in judgement.missing]


def _open_courses(case: Case, episode: str | None) -> list[Fact]:
    """Courses whose end is unknown: what keeps rules on supplies open."""
    return [
        ("duration", t.id)
        for t in case.trials
        if t.kind == "medicine" and t.days_low != t.days_high and (episode is None or t.episode == episode)
    ]


def _id(fact: Fact) -> str:
    return f"{fact[0]}:{fact[1]}"


def _question(fact: Fact, trials: dict[str, Trial], settles: tuple[str, ...], book: RuleBook) -> Question:
    field, about = fact
    if field == "condition":
        said = Statement("question.condition", {"condition": about}, searched=("condition",))
        return Question(
            id=_id(fact),
            about="person",
            field=field,
            type="choice",
            choices=("yes", "no"),
            text=said,
            settles=settles,
        )
    trial = trials[about]
    kind, choices = {
        "dose": ("number", ()),
        "sessions": ("number", ()),
        "duration": ("date", ()),
        "outcome": ("choice", RESPONSES),
        "intake": ("choice", tuple(book.shares_taken)),
        "stop_reason": ("choice", STOP_REASONS),
        "treatment": ("choice", (trial.treatment, trial.era.doubt or "")),
    }[field]
    said = Statement(
        f"question.{field}",
        {
            "treatment": trial.treatment,
            "other": trial.era.doubt,
            "start": trial.start,
            "end": None if trial.open_end else trial.era.end,
            "unit": trial.dose_unit,
        },
        trial.sources,
    )
    return Question(
        id=_id(fact), about=about, field=field, type=kind, choices=choices, text=said, settles=settles
    )
