"""The answer first: what the history shows, in one or two sentences, and how the verdicts add up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import msgspec

from opentrd.kleene import NO, UNKNOWN, YES
from opentrd.present.course import HELPED, goes_on, helped, holds, shortfall, shortfalls
from opentrd.present.words import capital
from opentrd.rules.model import Episode, Question, Staging, Status, Trial
from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words

VERDICTS: Final = ("met", "not_met", "undetermined", "excluded", "not_applicable")
#: Roles that are no attempt against the depression of this person.
NO_ATTEMPT: Final = frozenset({"not_for_depression"})
_HELPED_KINDS: Final = frozenset({"helped_now", "helped_after"})
_MERGED: Final = ("treatment", "condition")
#: Said of a product that no table knows: it may be anything, and is no trial that lacks a date.
NOT_RECOGNISED: Final = "set_aside.not_recognised"
#: Outcomes by which a definition takes the start of the next treatment for failure.
_BY_STARTS: Final = frozenset({"ignored", "next_treatment"})
#: Answers beside which it is told what was short of a full trial.
_WITH_SHORT: Final = frozenset(
    {"resistant", "failed_not_met", "failed_one", "failed_one_met", "unclear", "no_full_chance", "too_early"}
)


#: The rows behind the next step that an answer names, and behind the questions to bring.
NEXT_ROWS: Final = {
    "resistant": "option:refer",
    "failed_not_met": "option:refer",
    "failed_one": "option:med_plus_psy",
    "failed_one_met": "option:med_plus_psy",
    "excluded": "option:check_diagnosis",
    "no_full_chance": "option:optimise_dose",
    "not_tolerated": "option:switch_between",
    "too_early": "option:extend_trial",
}
BRING_ROWS: Final = {
    "specialist": "option:refer",
    "next_fits": "review:best_so_far",
    "diagnosis": "option:check_diagnosis",
    "combine": "option:med_plus_psy",
    "look_together": "review:trial_course",
    "which_treatment": "option:treat_cooccurring",
    "current_fits": "option:check_diagnosis",
    "dose_time": "option:optimise_dose",
    "side_effects": "review:stopped_for_harm",
    "therapy": "option:cbt",
    "how_long": "option:extend_trial",
    "if_not": "option:switch_between",
    "how_long_on": "review:relapse",
    "early_signs": "review:relapse",
    "come_back": "review:best_so_far",
    "what_is_it": "option:check_diagnosis",
    "who_helps": "option:refer",
}


class Answer(msgspec.Struct, kw_only=True):
    """What is said first.

    ``failed`` and ``possible`` are trials of the current episode, ``short`` says which were no full ones;
    ``basis`` is what all these sentences rest on.
    """

    kind: str
    headline: str
    short: str
    next_line: str
    verdicts: str
    counts: dict[str, int]
    failed: list[Trial]
    possible: list[Trial]
    assumptions: list[Statement]
    staging: list[Staging]
    basis: Statement


def current_episode(a: Assessment) -> Episode | None:
    """Return the latest episode."""
    return a.judged.episodes[-1] if a.judged.episodes else None


def headline_status(a: Assessment) -> list[Status]:
    """Return the verdicts that summaries count: headline definitions, current episode or whole life."""
    return [status for status in current_status(a) if status.headline]


def current_status(a: Assessment) -> list[Status]:
    """Return one verdict for each definition: the current episode's, or the one over the whole life."""
    episode = current_episode(a)
    now = episode.id if episode else None
    latest: dict[str, Status] = {}
    for status in a.judged.status:
        if status.episode in (None, now) or status.definition not in latest:
            latest[status.definition] = status
    return list(latest.values())


def current_staging(a: Assessment) -> list[Staging]:
    """Return the staging of the current episode."""
    episode = current_episode(a)
    return [staging for staging in a.judged.staging if episode is None or staging.episode == episode.id]


def current_trials(a: Assessment) -> list[Trial]:
    """Return the attempts of the current episode."""
    episode = current_episode(a)
    return [
        trial
        for trial in a.judged.trials
        if (episode is None or trial.episode == episode.id) and trial.role not in NO_ATTEMPT
    ]


def answer(a: Assessment, words: Words) -> Answer:
    """Say what the history shows."""
    trials = current_trials(a)
    failed = [t for t in trials if _counts(a, t) == YES]
    possible = [t for t in trials if _counts(a, t) == UNKNOWN]
    status = headline_status(a)
    counts = {verdict: sum(s.verdict == verdict for s in status) for verdict in VERDICTS}
    kind = _kind(a, trials, failed, possible, counts)
    names = tuple(t.treatment for t in failed or possible)
    good = (
        next((t for t in reversed(trials) if helped(t) and holds(a, t)), None)
        if kind in _HELPED_KINDS
        else None
    )
    last = good.treatment if good else trials[-1].treatment if trials else None
    exclusion = next((s.exclusion for s in status if s.verdict == "excluded" and s.exclusion), None)
    if kind == "not_applicable" and a.judged.applicable is not None:
        headline = words.say(a.judged.applicable)
    else:
        headline = words.text(
            f"answer.{kind}" if good is None or goes_on(good, a.settings.as_of) else f"answer.{kind}.ended",
            result=good.outcome.result if good else None,
            n=len(failed),
            possible=len(possible),
            treatments=names,
            treatment=last,
            exclusion=exclusion,
        )
    return Answer(
        kind=kind,
        headline=sentence(headline),
        short=_short(a, trials, kind, words) if kind in _WITH_SHORT else "",
        next_line=words.text(f"answer.next.{_next(kind, good, status)}"),
        verdicts=verdict_line(status, words) if a.judged.applicable is None and status else "",
        counts=counts,
        failed=failed,
        possible=possible,
        assumptions=shared_assumptions(status),
        staging=current_staging(a),
        basis=_basis(a, kind, trials, status),
    )


def _basis(a: Assessment, kind: str, trials: list[Trial], status: list[Status]) -> Statement:
    """Return what the answer rests on: the trials, how they were judged, the definitions counted."""
    applicable = a.judged.applicable
    sources = [source for trial in trials for source in trial.sources]
    rows = [f"instrument:{a.settings.instrument}", *(row.citation for row in status)]
    if kind in NEXT_ROWS:
        rows.append(NEXT_ROWS[kind])
    if applicable is not None:
        sources, rows = [*applicable.sources, *sources], [*applicable.citations, *rows]
    return Statement(
        "answer.basis",
        {
            "treatments": tuple(dict.fromkeys(trial.treatment for trial in trials)),
            "instrument": a.settings.instrument,
            "definitions": len(status) or None,
        },
        tuple(dict.fromkeys(sources)),
        tuple(dict.fromkeys(rows)),
        () if sources else ("treatment",),
    )


def _next(kind: str, good: Trial | None, status: list[Status]) -> str:
    """Return which next step is named: after remission to keep it, without questions to ask freely."""
    if good is not None and good.outcome.result == "remission":
        return "remission"
    if kind == "unclear" and not any(row.questions for row in status):
        return "unclear_unasked"
    return kind


def _short(a: Assessment, trials: list[Trial], kind: str, words: Words) -> str:
    """Say which trials were no full ones; the last is named already where it is too early to judge it."""
    return shortfalls(a, trials[:-1] if kind == "too_early" else trials, words)


def _counts(a: Assessment, trial: Trial) -> int:
    judgement = a.judged.adequacy.get(trial.id)
    return NO if judgement is None else judgement.counts


def _kind(
    a: Assessment, trials: list[Trial], failed: list[Trial], possible: list[Trial], counts: dict[str, int]
) -> str:
    """Return which answer is given: one of the messages ``answer.<kind>``."""
    if a.judged.applicable is not None:
        return "not_applicable"
    if not trials:
        earlier = any(t.role not in NO_ATTEMPT for t in a.judged.trials)
        undated = any(said.key != NOT_RECOGNISED for said in a.judged.set_aside)
        return "no_trials_now" if earlier else "no_trials_usable" if undated else "no_trials"
    if (
        counts["excluded"]
        and counts["excluded"] >= counts["met"] + counts["not_met"] + counts["undetermined"]
    ):
        return "excluded"
    present = [t for t in trials if goes_on(t, a.settings.as_of)]
    if any(helped(t) and holds(a, t) for t in (*present, trials[-1])):
        return "helped_after" if failed else "helped_now"
    mostly = counts["met"] > counts["not_met"] + counts["undetermined"]
    if len(failed) > 1:
        return "resistant" if mostly else "failed_not_met"
    if failed:
        return "failed_one_met" if mostly else "failed_one"
    if possible:
        return "unclear"
    if any(t.outcome.result in HELPED for t in trials):
        return "helped"
    if any(too_early(a, t) for t in trials[-1:]):
        return "too_early"
    if all(shortfall(a, t) == "adverse" for t in trials):
        return "not_tolerated"
    return "no_full_chance"


def too_early(a: Assessment, trial: Trial) -> bool:
    """Say whether a trial that goes on is still too short to judge."""
    judgement = a.judged.adequacy.get(trial.id)
    if judgement is None or judgement.duration != NO or trial.outcome.result is not None:
        return False
    return goes_on(trial, a.settings.as_of) or any("too_early" in s.key for s in judgement.why)


def verdict_line(status: list[Status], words: Words) -> str:
    """Say how many definitions give which verdict, and whether those met count starts alone."""
    counts = {verdict: sum(s.verdict == verdict for s in status) for verdict in VERDICTS}
    total = sum(counts.values()) - counts["not_applicable"]
    known = words.knowledge.definitions
    met = [known[s.definition] for s in status if s.verdict == "met" and s.definition in known]
    starts = bool(met) and all(definition.policy.outcome in _BY_STARTS for definition in met)
    key = f"answer.verdicts.{'starts' if starts else 'met' if counts['met'] else 'none'}"
    parts = [words.text(key, met=counts["met"], total=total)]
    parts += [
        words.text(f"answer.verdicts.{verdict}", n=counts[verdict])
        for verdict in ("not_met", "undetermined", "excluded")
        if counts[verdict]
    ]
    return words.text("answer.verdicts", parts="; ".join(parts))


def shared_assumptions(status: list[Status]) -> list[Statement]:
    """Return the assumptions that headline verdicts rest on, each once, the most shared first."""
    return merged(s for row in status for s in row.assumptions)


def merged(statements: Iterable[Statement], over: tuple[str, ...] = _MERGED) -> list[Statement]:
    """Return statements each once; those that differ in ``over`` alone (treatment, condition) become one."""
    groups: dict[tuple[str, str], list[Statement]] = {}
    for statement in statements:
        rest = sorted((name, repr(value)) for name, value in statement.params.items() if name not in over)
        groups.setdefault((statement.key, repr(rest)), []).append(statement)
    made = []
    for same in sorted(groups.values(), key=len, reverse=True):
        first = same[0]
        several = {
            name: tuple(dict.fromkeys(str(s.params[name]) for s in same if s.params.get(name)))
            for name in over
            if first.params.get(name)
        }
        made.append(
            Statement(
                first.key,
                {**first.params, **several},
                tuple(dict.fromkeys(source for s in same for source in s.sources)),
                tuple(dict.fromkeys(citation for s in same for citation in s.citations)),
                first.searched,
            )
        )
    return made


def asked(a: Assessment) -> list[Question]:
    """Return the questions in the order in which they are numbered: those that settle most first."""
    counted = {status.definition for status in headline_status(a)}
    return sorted(a.judged.questions, key=lambda q: (-len(counted.intersection(q.settles)), -len(q.settles)))


def headline_settled(question: Question, words: Words) -> int:
    """Return how many of the verdicts that summaries count a question could settle."""
    rows = [words.knowledge.definitions.get(name) for name in question.settles]
    return sum(row is None or row.headline for row in rows)


def to_bring(found: Answer) -> list[Statement]:
    """Return three questions that a person can bring to their doctor."""
    keys = {
        "resistant": ("specialist", "next_fits", "diagnosis"),
        "failed_not_met": ("next_fits", "specialist", "diagnosis"),
        "failed_one_met": ("next_fits", "combine", "specialist"),
        "failed_one": ("next_fits", "combine", "diagnosis"),
        "unclear": ("look_together", "next_fits", "specialist"),
        "excluded": ("which_treatment", "specialist", "current_fits"),
        "not_tolerated": ("side_effects", "next_fits", "therapy"),
        "no_full_chance": ("dose_time", "side_effects", "therapy"),
        "too_early": ("how_long", "side_effects", "if_not"),
        "helped_now": ("how_long_on", "early_signs", "therapy"),
        "helped_after": ("how_long_on", "early_signs", "therapy"),
        "helped": ("come_back", "early_signs", "therapy"),
    }.get(found.kind, ("what_is_it", "who_helps", "therapy"))
    return [Statement(f"bring.{key}", {}, (), (BRING_ROWS[key],)) for key in keys]


def sentence(text: str) -> str:
    """Return a text as a sentence begins."""
    return capital(text)
