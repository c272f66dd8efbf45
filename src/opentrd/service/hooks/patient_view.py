"""What is worth a card when a record is opened: an alarm, a verdict that is met or likely, a score overdue.

A function returns its finding, or why it is silent: a word for the log, without anything of the person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opentrd.kleene import NO
from opentrd.knowledge.schema import ScoreCode
from opentrd.present.answer import Answer, answer, asked, headline_status
from opentrd.present.safety import ALARMS, contacts, do_now
from opentrd.present.safety import level as pressing
from opentrd.service.hooks.cards import Finding, Suggestion
from opentrd.statement import Statement

if TYPE_CHECKING:
    from opentrd.assessment import Assessment
    from opentrd.present.words import Words
    from opentrd.records.model import Score
    from opentrd.statement import Param

#: Levels that are critical on a card; the other alarms are warnings.
CRITICAL: Final = ("crisis", "high")
#: Answers of a history that meets a definition, and of one that may once more is known.
MET: Final = ("resistant", "failed_not_met")
OPEN: Final = ("unclear", "failed_one", "failed_one_met")
DEPRESSION: Final = "depression"
#: How long after the last score the next is due: the same row as on the page of the follow-up.
RECENT: Final = "look_every_days"
#: The instrument that is suggested where a score is due: its text is free to use.
PHQ9: Final = "PHQ-9"


def view_findings(a: Assessment, words: Words, patient: str) -> tuple[list[Finding], list[str]]:
    """Return what is worth a card, and the reasons why the rest is silent."""
    made = (safety(a, words), resistant(a, words), follow_up(a, patient))
    return [each for each in made if isinstance(each, Finding)], [e for e in made if isinstance(e, str)]


def safety(a: Assessment, words: Words) -> Finding | str:
    """Return the alarm of a record, with what to do now and where help is."""
    level = pressing(a.safety)
    now = do_now(a)
    if level not in ALARMS or now is None:
        return "no_alarm"
    first = next(finding for finding in a.safety if finding.level == level)
    rest = [finding.statement for finding in a.safety if finding is not first and finding.level in ALARMS]
    numbers = help_lines(a)
    return Finding(
        kind="safety",
        indicator="critical" if level in CRITICAL else "warning",
        summary=first.statement,
        lines=[now, *rest],
        extra=[words.text("hooks.help", numbers=numbers)] if numbers else [],
        reasons="view",
    )


def help_lines(a: Assessment) -> str:
    """Return where help is: of the region; without one the crisis lines of each, named by its letters."""
    region = a.settings.region
    rows = [row for row in contacts(a.knowledge, region) if row.sort != "index"]
    if region is not None:
        return "; ".join(f"{row.name}: {row.number}" for row in rows)
    lines = [row for row in rows if row.sort == "crisis_line"]
    return "; ".join(f"{row.region.upper()} {row.name}: {row.number}" for row in lines)


def resistant(a: Assessment, words: Words) -> Finding | str:
    """Return that the history meets definitions of TRD, or may once questions are answered."""
    found = answer(a, words)
    met, needs = found.counts["met"], found.counts["undetermined"]
    against = found.counts["not_met"] + found.counts["excluded"]
    if found.kind in MET and met:
        sort = "met"
    elif found.kind in OPEN and needs and met + needs > against:
        sort = "likely"
    else:
        return f"not_resistant.{found.kind}"
    trials = found.failed or found.possible
    questions = asked(a)
    summary = Statement(
        f"hooks.summary.{sort}",
        {
            "n": len(trials),
            "met": met,
            "needs": needs,
            "total": met + needs + against,
            "questions": len(questions) or None,
        },
        tuple(dict.fromkeys(source for trial in trials for source in trial.sources)),
        tuple(status.citation for status in headline_status(a) if status.verdict == sort),
    )
    return Finding(
        kind="resistant",
        indicator="info",
        summary=summary,
        lines=[_text(found.headline), *_next_lines(found, [q.text for q in questions])],
        reasons="view",
    )


def _next_lines(found: Answer, questions: list[Statement]) -> list[Statement]:
    """Return how the definitions add up, and the first question or the usual next step."""
    return [_text(found.verdicts), questions[0] if questions else _text(found.next_line)]


def _text(text: str) -> Statement:
    """Return a sentence that the shared answer wrote already."""
    return Statement("hooks.said", {"text": text})


def follow_up(a: Assessment, patient: str) -> Finding | str:
    """Return that a treatment goes on without a recent score."""
    if a.judged.applicable is not None:
        return "no_depression"
    going = [trial for trial in a.context.trials_now if trial.ongoing != NO or trial.open_end]
    if not going:
        return "no_treatment_now"
    recent = int(a.context.convention(RECENT))
    last = latest_score(a)
    age = None if last is None else a.settings.as_of - last.day_latest
    if age is not None and age <= recent:
        return "score_recent"
    if age is None and a.settings.as_of - min(trial.start for trial in going) <= recent:
        return "treatment_new"
    treatments = tuple(dict.fromkeys(trial.treatment for trial in going))
    sources = tuple(dict.fromkeys(source for trial in going for source in trial.sources))
    params: dict[str, Param] = {"treatments": treatments, "recent": recent}
    cited = (f"convention:{RECENT}",)
    if last is None:
        summary = Statement("hooks.summary.no_score", params, sources, cited, ("score",))
    else:
        shown: dict[str, Param] = {
            "scale": last.scale,
            "value": last.value,
            "day": last.day_latest,
            "days": age,
        }
        summary = Statement(
            "hooks.summary.old_score", {**params, **shown}, (*last.source_ids, *sources), cited
        )
    return Finding(
        kind="follow_up",
        indicator="info",
        summary=summary,
        lines=[
            Statement("hooks.line.going", params, sources, cited),
            Statement("hooks.line.due", params, sources, cited),
        ],
        suggestions=ask_for_score(a, patient, "follow_up", cited),
        reasons="view",
    )


def latest_score(a: Assessment) -> Score | None:
    """Return the latest score of depression with a value, up to the day of the assessment."""
    scales = a.knowledge.scales
    rows = [
        score
        for score in a.record.scores
        if score.value is not None
        and score.day_latest <= a.settings.as_of
        and score.scale in scales
        and scales[score.scale].measures == DEPRESSION
    ]
    return max(rows, key=lambda score: score.day_latest, default=None)


def ask_for_score(a: Assessment, patient: str, purpose: str, cited: tuple[str, ...]) -> list[Suggestion]:
    """Suggest an order of the questionnaire, by the code that the tables have for it."""
    code = next(
        (
            code
            for (system, code, *_), row in a.knowledge.table("score_code").items()
            if system == "LOINC" and isinstance(row, ScoreCode) and (row.scale, row.part) == (PHQ9, "panel")
        ),
        None,
    )
    if code is None:
        return []
    resource: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": PHQ9}], "text": PHQ9},
        "subject": {"reference": f"Patient/{patient}"},
    }
    label = Statement(f"hooks.suggestion.{purpose}", {"scale": PHQ9}, (), cited)
    return [Suggestion(label=label, actions=[{"type": "create", "resource": resource}])]
