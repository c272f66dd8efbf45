"""Assessments made by hand: a small set of realistic persons to show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from opentrd.assessment import Assessment
from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.records.model import Person, Record, Score, Unused
from opentrd.rules.model import (
    DoseStep,
    Episode,
    Era,
    Judged,
    Judgement,
    Outcome,
    Question,
    SafetyFinding,
    Settings,
    Staging,
    StagingItem,
    Status,
    Trial,
)
from opentrd.statement import Param, Statement

AS_OF = "2026-07-01"


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def step(treatment: str, start: str, end: str, dose: float | None, **changes: Any) -> DoseStep:
    first, last = day(start), day(end)
    values: dict[str, Any] = {
        "treatment": treatment,
        "formulation": None,
        "start": first,
        "start_earliest": first,
        "start_latest": first,
        "end": last,
        "end_earliest": last,
        "end_latest": last,
        "dose_low": dose,
        "dose_high": dose,
        "dose_unit": "mg/d" if dose is not None else None,
        "origin": "dispense",
        "certain": True,
        "open_end": False,
        "ongoing": NO,
        "sessions_low": None,
        "sessions_high": None,
        "sources": (f"MedicationDispense/{treatment}-{start}",),
    }
    return DoseStep(**(values | changes))


def trial(
    treatment: str,
    steps: list[DoseStep],
    outcome: Outcome | None = None,
    role: str = "first",
    class_: str = "SSRI",
    kind: str = "medicine",
    ongoing: Tri = NO,
    taken: float | None = None,
    sessions: int | None = None,
    **changes: Any,
) -> Trial:
    first, last = steps[0], steps[-1]
    sources = tuple(source for s in steps for source in s.sources)
    doses = [s.dose_low for s in steps if s.dose_low is not None]
    era = Era(
        treatment=treatment,
        start=first.start,
        start_earliest=first.start_earliest,
        start_latest=first.start_latest,
        end=last.end,
        end_earliest=last.end_earliest,
        end_latest=last.end_latest,
        ongoing=ongoing,
        open_end=last.open_end,
        steps=steps,
        covered_days=last.end - first.start,
        taken_low=taken,
        taken_high=taken,
        reported_response=None,
        stop_reasons=(),
        indications=(),
        doubt=None,
        session_detail=None,
        sessions_low=sessions,
        sessions_high=sessions,
        sources=sources,
    )
    values: dict[str, Any] = {
        "id": f"{treatment}-{date.fromordinal(first.start):%Y-%m}",
        "treatment": treatment,
        "class_": class_,
        "kind": kind,
        "episode": "episode-1",
        "role": role,
        "base": None,
        "era": era,
        "start": first.start,
        "judged_end": last.end,
        "judged_end_low": last.end_earliest,
        "judged_end_high": last.end_latest,
        "days_low": last.end_earliest - first.start_latest,
        "days_high": last.end_latest - first.start_earliest,
        "age": 46.0,
        "ongoing": ongoing,
        "open_end": last.open_end,
        "other_use": None,
        "other_use_certain": NO,
        "adult": YES,
        "taken_low": taken,
        "taken_high": taken,
        "pdc_low": None,
        "pdc_high": None,
        "dose_max_low": max(doses, default=None) if len(doses) == len(steps) else None,
        "dose_max_high": max(doses, default=None) if len(doses) == len(steps) else None,
        "dose_unit": "mg/d" if doses else None,
        "uncertain_dates": False,
        "stopped_for": (),
        "outcome": outcome or unknown_outcome(),
        "next_start": None,
        "augmented_by": (),
        "why": (
            Statement(
                f"trial.role.{role}", {"treatment": treatment, "start": first.start, "base": None}, sources
            ),
        ),
        "sources": sources,
    }
    return Trial(**(values | changes))


def unknown_outcome() -> Outcome:
    return Outcome(
        result=None,
        basis="none",
        improvement_low=-1000,
        improvement_high=100,
        remission=UNKNOWN,
        lost_response=UNKNOWN,
        why=(Statement("outcome.unknown", {"treatment": "sertraline"}, searched=("score", "report")),),
    )


def scored(result: str, baseline: float, last: float, first_day: str, last_day: str) -> Outcome:
    percent = 100 * (baseline - last) / baseline
    params: dict[str, Param] = {
        "scale": "PHQ-9",
        "baseline": baseline,
        "baseline_day": day(first_day),
        "last": last,
        "last_day": day(last_day),
        "percent": round(percent, 1),
    }
    sources = (f"Observation/phq9-{first_day}", f"Observation/phq9-{last_day}")
    return Outcome(
        result=result,
        basis="score",
        improvement_low=percent,
        improvement_high=percent,
        remission=YES if result == "remission" else NO,
        lost_response=NO,
        scale="PHQ-9",
        baseline=baseline,
        baseline_day=day(first_day),
        last=last,
        last_day=day(last_day),
        percent_change=percent,
        why=(Statement("outcome.score", params, sources, ("scale:PHQ-9",)),),
        sources=sources,
    )


def judgement(
    of: Trial, counts: Tri, dose: Tri = YES, duration: Tri = YES, intake: Tri = YES, **changes: Any
) -> Judgement:
    adequate: Tri = min(dose, duration, intake)
    words: dict[Tri, str] = {YES: "yes", NO: "no", UNKNOWN: "unknown"}
    params: dict[str, Param] = {
        "treatment": of.treatment,
        "need": 50.0,
        "unit": "mg/d",
        "dose_low": of.dose_max_low,
        "dose_high": of.dose_max_high,
        "low": of.days_low,
        "high": of.days_high,
        "need_days": 42,
    }
    why = (
        Statement(
            f"judgement.dose.{words[dose]}", params, of.sources, (f"adequacy:MGH-ATRQ/{of.treatment}",)
        ),
        Statement(f"judgement.duration.{words[duration]}", params, of.sources, ("convention:era_gap_days",)),
    )
    values: dict[str, Any] = {
        "trial": of.id,
        "counts": counts,
        "dose": dose,
        "duration": duration,
        "intake": intake,
        "adequate": adequate,
        "outcome": counts,
        "settled_on": of.judged_end,
        "missing": (),
        "assumptions": (),
        "why": why,
    }
    return Judgement(**(values | changes))


DEFINITIONS = (
    ("sforzini_2022", "EU-PEARL Delphi consensus (2022)"),
    ("us_label_esketamine", "Esketamine label, United States"),
    ("ema_2013", "European Medicines Agency (2013)"),
    ("kim_2020", "Karolinska Institutet model (2020)"),
    ("nice_ta854", "NICE TA854"),
    ("canmat_2023", "CANMAT (2023)"),
)


def status(
    definition: str, name: str, verdict: str, certain: float, possible: float, **changes: Any
) -> Status:
    values: dict[str, Any] = {
        "definition": definition,
        "name": name,
        "episode": "episode-1",
        "headline": True,
        "verdict": verdict,
        "certain": certain,
        "possible": possible,
        "needed": 2,
        "first_met": day("2026-06-20") if verdict == "met" else None,
        "exclusion": None,
        "assumptions": (Statement("assumption.no_bipolar", {}, searched=("condition",)),),
        "questions": (),
        "why": (),
        "opened": (),
        "decisive": (),
        "citation": f"definition:{definition}",
    }
    return Status(**(values | changes))


def assessment(
    person: str,
    trials: list[Trial],
    judgements: list[Judgement],
    verdicts: list[Status],
    scores: Mapping[str, float] | None = None,
    safety: list[SafetyFinding] | None = None,
    questions: list[Question] | None = None,
    staging: list[Staging] | None = None,
    applicable: Statement | None = None,
    audience: str = "clinician",
    region: str | None = "us",
    unused: int = 2,
) -> Assessment:
    episode = Episode(
        id="episode-1",
        start=min((t.start for t in trials), default=day("2026-01-01")),
        start_earliest=min((t.start for t in trials), default=day("2026-01-01")),
        start_latest=min((t.start for t in trials), default=day("2026-01-01")),
        end=None,
        end_reason=None,
        why=(Statement("episode.start.treatment", {"day": trials[0].start if trials else day(AS_OF)}),),
        sources=(),
    )
    return Assessment(
        record=Record(
            person=Person(
                person_id=person,
                birth_earliest=day("1980-03-02"),
                birth_latest=day("1980-03-02"),
                sex="female",
            ),
            scores=[
                Score(
                    person_id=person,
                    source_ids=(f"Observation/phq9-{when}",),
                    scale="PHQ-9",
                    day_earliest=day(when),
                    day_latest=day(when),
                    value=value,
                )
                for when, value in (scores or {}).items()
            ],
            used=[source for t in trials for source in t.sources],
            unused=[
                Unused(
                    source_id=f"MedicationRequest/{n}",
                    resource="MedicationRequest",
                    reason="entered_in_error",
                )
                for n in range(unused)
            ],
        ),
        settings=Settings(as_of=day(AS_OF), instrument="MGH-ATRQ", region=region, audience=audience),
        judged=Judged(
            applicable=applicable,
            trials=trials,
            episodes=[episode] if applicable is None else [],
            judgements={definition: judgements for definition, _ in DEFINITIONS},
            adequacy={j.trial: j for j in judgements},
            status=verdicts,
            staging=staging or [],
            questions=questions or [],
            set_aside=[],
        ),
        safety=safety or [],
        knowledge_version="test",
        local_rows=0,
    )


def maudsley(low: float = 6, high: float = 6) -> Staging:
    items = [("duration_months", "acute", 1), ("severity", "severe", 4), ("failures", "1-2", 1)]
    return Staging(
        model="MSM",
        name="Maudsley Staging Method",
        episode="episode-1",
        applies=True,
        low=low,
        high=high,
        level_low=None,
        level_high=None,
        band_low="mild",
        band_high="mild",
        items=tuple(
            StagingItem(item=i, level_low=level, level_high=level, low=p, high=p, why=(), sources=())
            for i, level, p in items
        ),
        why=(),
        citation="staging_model:MSM",
    )


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
                {"scale": "PHQ-9", "day": day("2026-06-20"), "value": 1},
                ("Observation/phq9-2026-06-20",),
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
