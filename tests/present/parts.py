"""What assessments made by hand are made of: steps, trials, outcomes, judgements, verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from opentrd.assessment import Assessment
from opentrd.kleene import NO, UNKNOWN, YES, Tri
from opentrd.knowledge.loader import load
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
    ("ema_2013", "EMA guideline on depression (2013)"),
    ("kim_2020", "Karolinska Institutet model (2020)"),
    ("nice_ta854", "NICE TA854 (esketamine appraisal)"),
    ("canmat_2023", "CANMAT 2023, most used definition"),
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
        knowledge=load(),
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
