"""Assessments made by hand: a small set of realistic persons to show."""

from __future__ import annotations

from typing import Any

from opentrd.assessment import Assessment
from opentrd.kleene import NO, UNKNOWN, YES
from opentrd.rules.model import Question, SafetyFinding
from opentrd.statement import Statement
from tests.present.parts import (
    DEFINITIONS,
    assessment,
    day,
    judgement,
    maudsley,
    scored,
    status,
    step,
    trial,
)

__all__ = ["ALL", "day", "excluded", "not_applicable", "relapse", "two_failures", "undetermined"]


def two_failures(**changes: Any) -> Assessment:
    """Two clear failures, a positive suicide item, CBT of four sessions."""
    sertraline = trial(
        "sertraline",
        [
            step("sertraline", "2026-01-05", "2026-01-19", 50),
            step("sertraline", "2026-01-19", "2026-03-16", 150),
        ],
        scored("none", 23, 22, "2026-01-03", "2026-03-14"),
        taken=0.96,
    )
    venlafaxine = trial(
        "venlafaxine",
        [
            step("venlafaxine", "2026-03-16", "2026-04-06", 37.5),
            step("venlafaxine", "2026-04-06", "2026-06-24", 225),
        ],
        scored("none", 22, 21, "2026-03-14", "2026-06-20"),
        role="switch",
        class_="SNRI",
        taken=0.91,
    )
    cbt = trial(
        "cbt",
        [step("cbt", "2026-02-02", "2026-03-02", None, sessions_low=4, sessions_high=4)],
        role="psychotherapy",
        class_="psychotherapy",
        kind="psychotherapy",
        sessions=4,
    )
    judged = [
        judgement(sertraline, YES),
        judgement(
            cbt,
            NO,
            duration=NO,
            why=(
                Statement(
                    "judgement.sessions.no",
                    {"treatment": "cbt", "low": 4, "high": 4, "need": 12},
                    cbt.sources,
                    searched=(),
                ),
            ),
        ),
        judgement(venlafaxine, YES),
    ]
    verdicts = [status(d, n, "met", 2, 2) for d, n in DEFINITIONS[:4]]
    verdicts.append(status(*DEFINITIONS[4], "not_met", 2, 2, needed=3))
    verdicts.append(
        status(*DEFINITIONS[5], "undetermined", 1, 2, questions=("stop_reason.sertraline-2026-01",))
    )
    safety = [
        SafetyFinding(
            rule="phq9_item9",
            level="ask",
            day=day("2026-06-20"),
            statement=Statement(
                "safety.suicide_item",
                {"scale": "PHQ-9", "item": 9, "day": day("2026-06-20"), "value": 1, "ago": 11},
                ("Observation/phq9-2026-06-20",),
                ("safety:phq9_item9",),
            ),
        )
    ]
    question = Question(
        id="stop_reason.sertraline-2026-01",
        about=sertraline.id,
        field="stop_reason",
        type="choice",
        choices=("no_effect", "adverse", "other"),
        text=Statement("question.stop_reason", {"treatment": "sertraline", "start": sertraline.start}),
        settles=("canmat_2023",),
    )
    values: dict[str, Any] = {
        "scores": {"2026-01-03": 23, "2026-02-20": 22, "2026-03-14": 22, "2026-06-20": 21},
        "safety": safety,
        "questions": [question],
        "staging": [maudsley()],
    }
    return assessment("Ana", [sertraline, cbt, venlafaxine], judged, verdicts, **(values | changes))


def undetermined(**changes: Any) -> Assessment:
    """Doses are missing: questions."""
    citalopram = trial("citalopram", [step("citalopram", "2024-03-01", "2024-06-20", None)])
    mirtazapine = trial(
        "mirtazapine",
        [step("mirtazapine", "2025-01-10", "2026-06-30", 30, open_end=True, ongoing=UNKNOWN)],
        role="switch",
        class_="NaSSA",
        ongoing=UNKNOWN,
    )
    questions = [
        Question(
            id=f"dose.{t.id}",
            about=t.id,
            field="dose",
            type="number",
            choices=(),
            text=Statement("question.dose", {"treatment": t.treatment, "start": t.start, "end": t.era.end}),
            settles=tuple(d for d, _ in DEFINITIONS),
        )
        for t in (citalopram, mirtazapine)
    ]
    verdicts = [
        status(d, n, "undetermined", 0, 2, questions=tuple(q.id for q in questions)) for d, n in DEFINITIONS
    ]
    judged = [judgement(t, UNKNOWN, dose=UNKNOWN) for t in (citalopram, mirtazapine)]
    return assessment("Ben", [citalopram, mirtazapine], judged, verdicts, questions=questions, **changes)


def not_applicable(**changes: Any) -> Assessment:
    """Sertraline for another disorder."""
    sertraline = trial("sertraline", [step("sertraline", "2025-01-05", "2026-03-16", 100)])
    applicable = Statement("not_applicable.no_depression", {}, searched=("condition", "score", "indication"))
    return assessment("Cem", [sertraline], [judgement(sertraline, NO)], [], applicable=applicable, **changes)


def excluded(**changes: Any) -> Assessment:
    """Bipolar disorder in the record."""
    trials = [
        trial("fluoxetine", [step("fluoxetine", "2025-01-05", "2025-04-16", 40)], taken=0.9),
        trial("sertraline", [step("sertraline", "2025-05-05", "2025-09-16", 100)], role="switch"),
    ]
    verdicts = [status(d, n, "excluded", 2, 2, exclusion="bipolar") for d, n in DEFINITIONS]
    return assessment("Dee", trials, [judgement(t, YES) for t in trials], verdicts, region=None, **changes)


def relapse(**changes: Any) -> Assessment:
    """A good response, kept up."""
    sertraline = trial(
        "sertraline",
        [step("sertraline", "2025-01-05", "2026-06-30", 100, ongoing=YES)],
        scored("remission", 19, 3, "2025-01-03", "2025-05-01"),
        ongoing=YES,
        taken=0.97,
    )
    verdicts = [status(d, n, "not_met", 0, 0) for d, n in DEFINITIONS]
    scores = {"2025-01-03": 19, "2025-03-01": 9, "2025-05-01": 3, "2026-05-01": 4}
    return assessment("Eva", [sertraline], [judgement(sertraline, NO)], verdicts, scores=scores, **changes)


ALL = (two_failures, undetermined, not_applicable, excluded, relapse)
