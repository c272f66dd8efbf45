"""Drawn tables to a record, and what each stage gives back to rows.

Dates may be a day, a month (``2026-03``) or a year; an empty one is unknown. Doses are milligrams a day:
``100``, ``50-100`` or empty for unknown. Counts of sessions likewise. ``?`` or empty in a result is unknown.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from opentrd.kleene import NO, UNKNOWN, YES, Tri, to_bool
from opentrd.knowledge.loader import load
from opentrd.records.model import Condition, Exposure, Observation, Person, Record, Score
from opentrd.rules.model import Judged
from opentrd.rules.rulebook import RuleBook
from tests.spec.harness import Case, Row

KNOWLEDGE = load()
BOOK = RuleBook(KNOWLEDGE)
PERSON = "person-1"
Days = tuple[int | None, int | None]
TRI: Mapping[str | None, Tri] = {"yes": YES, "no": NO, "?": UNKNOWN, None: UNKNOWN}


def record_of(case: Case) -> Record:
    """Make the record that a case draws."""
    unknown = set(case.tables) - {"person", "exposures", "scores", "conditions", "observations"}
    assert not unknown, f"{case.path}: {case.title}: unknown tables {unknown}"
    people = case.tables.get("person", [{}])
    return Record(
        person=_person(people[0]),
        exposures=[_exposure(n, row) for n, row in enumerate(case.tables.get("exposures", []), 1)],
        scores=[_score(n, row) for n, row in enumerate(case.tables.get("scores", []), 1)],
        conditions=[_condition(n, row) for n, row in enumerate(case.tables.get("conditions", []), 1)],
        observations=[_observation(n, row) for n, row in enumerate(case.tables.get("observations", []), 1)],
    )


def as_of(case: Case) -> int:
    """The day of the assessment."""
    return date.fromisoformat(case.settings.get("as_of", "2026-07-01")).toordinal()


def days(text: str | None) -> Days:
    """Return the earliest and latest day of a drawn date."""
    if text is None or text == "?":
        return None, None
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 3:
        day = date(*parts).toordinal()
        return day, day
    if len(parts) == 2:
        year, month = parts
        after = date(year + month // 12, month % 12 + 1, 1)
        return date(year, month, 1).toordinal(), after.toordinal() - 1
    return date(parts[0], 1, 1).toordinal(), date(parts[0], 12, 31).toordinal()


def numbers(text: str | None) -> tuple[float | None, float | None]:
    """Return low and high of a drawn amount."""
    if text is None or text == "?":
        return None, None
    low, _, high = text.partition("-")
    return float(low) if low else None, float(high or low)


def _person(row: Row) -> Person:
    born, died = days(row.get("birth", "1980-01-01")), days(row.get("death"))
    return Person(
        person_id=PERSON,
        source_ids=("Patient/1",),
        birth_earliest=born[0],
        birth_latest=born[1],
        sex=row.get("sex"),
        death_earliest=died[0],
        death_latest=died[1],
        observed_start=days(row.get("seen_from"))[0],
        observed_end=days(row.get("seen_to"))[1],
    )


def _exposure(number: int, row: Row) -> Exposure:
    known = {
        "treatment", "start", "end", "mg", "origin", "id", "supply", "sessions", "taken", "response", "stop",
        "strength",
        "formulation", "indication", "ongoing", "doubt", "collected", "detail", "status", "unit",
        "order",
    }  # fmt: skip
    assert set(row) <= known, f"unknown columns {set(row) - known}"
    treatment = row["treatment"]
    assert treatment is not None
    kind = KNOWLEDGE.treatments[treatment].kind if treatment in KNOWLEDGE.treatments else "comedication"
    start, end, dose = days(row.get("start")), days(row.get("end")), numbers(row.get("mg"))
    sessions, taken = numbers(row.get("sessions")), numbers(row.get("taken"))
    supply = row.get("supply")
    return Exposure(
        person_id=PERSON,
        source_ids=(row.get("id") or f"line-{number}",),
        treatment=treatment if treatment in KNOWLEDGE.treatments else None,
        product_text=treatment,
        kind=kind,
        origin=row.get("origin") or "statement",
        formulation=row.get("formulation"),
        strength=float(s) if (s := row.get("strength")) else None,
        start_earliest=start[0],
        start_latest=start[1],
        end_earliest=end[0],
        end_latest=end[1],
        ongoing=TRI[row.get("ongoing")],
        dose_low=dose[0],
        dose_high=dose[1],
        dose_unit=row.get("unit") or ("mg/d" if kind == "medicine" else None),
        supply_days=int(supply) if supply else None,
        sessions_low=None if sessions[0] is None else int(sessions[0]),
        sessions_high=None if sessions[1] is None else int(sessions[1]),
        session_detail=row.get("detail"),
        taken_low=taken[0],
        taken_high=taken[1],
        collected=TRI[row.get("collected")],
        reported_response=row.get("response"),
        stop_reasons=tuple(s.split(", ")) if (s := row.get("stop")) else (),
        indication=row.get("indication"),
        status=row.get("status") or "unknown",
        doubt=row.get("doubt"),
        order_id=row.get("order"),
    )


def _score(number: int, row: Row) -> Score:
    day, value = days(row["day"]), row.get("value")
    assert day[0] is not None and day[1] is not None
    item, answers = row.get("item9"), row.get("answers")
    return Score(
        person_id=PERSON,
        source_ids=(row.get("id") or f"score-{number}",),
        scale=row.get("scale") or "PHQ-9",
        day_earliest=day[0],
        day_latest=day[1],
        value=float(value) if value else None,
        items={int(n): int(a) for n, _, a in (part.partition("=") for part in (answers or "").split())},
        suicide_item=int(item) if item else None,
    )


def _condition(number: int, row: Row) -> Condition:
    onset, end = days(row.get("onset")), days(row.get("end"))
    return Condition(
        person_id=PERSON,
        source_ids=(row.get("id") or f"condition-{number}",),
        concept=row["concept"],
        onset_earliest=onset[0],
        onset_latest=onset[1],
        end_earliest=end[0],
        end_latest=end[1],
        clinical_status=row.get("status") or "active",
        verification=row.get("verification") or "confirmed",
        severity=row.get("severity"),
        family_member=row.get("family"),
    )


def _observation(number: int, row: Row) -> Observation:
    day = days(row.get("day"))
    return Observation(
        person_id=PERSON,
        source_ids=(row.get("id") or f"observation-{number}",),
        concept=row["concept"],
        kind=row.get("kind") or "stated",
        day_earliest=day[0],
        day_latest=day[1],
        value_text=row.get("told"),
        negated=TRI[row.get("negated")],
    )


# What comes out


def iso(day: int | None) -> str | None:
    """A day as a date, unknown as nothing."""
    return None if day is None else date.fromordinal(day).isoformat()


def span(low: float | None, high: float | None) -> str | None:
    """A pair as ``50``, ``50-100``, ``50-`` (no upper limit known) or ``-100``."""
    if low is None and high is None:
        return None
    if low == high:
        return f"{low:g}"
    return f"{'' if low is None else format(low, 'g')}-{'' if high is None else format(high, 'g')}"


def rows_of(
    judged: Judged, steps: Sequence[Mapping[str, object]], eras: Sequence[Mapping[str, object]]
) -> dict[str, Sequence[Mapping[str, object]]]:
    """Every stage's results as rows, by the name of the stage."""
    outcomes = [
        {
            "trial": t.id,
            "result": t.outcome.result,
            "basis": t.outcome.basis,
            "scale": t.outcome.scale,
            "baseline": t.outcome.baseline,
            "last": t.outcome.last,
            "percent": None if t.outcome.percent_change is None else round(t.outcome.percent_change, 1),
            "remission": to_bool(t.outcome.remission),
            "lost": to_bool(t.outcome.lost_response),
        }
        for t in judged.trials
    ]
    return {
        "dose_step": steps,
        "era": eras,
        "episode": [
            {
                "id": e.id,
                "start": iso(e.start),
                "end": iso(e.end),
                "ended_by": e.end_reason,
                "begun_by": e.why[0].key.rpartition(".")[2],
                "assumed_one": any(w.key == "episode.assumed_one" for w in e.why),
            }
            for e in judged.episodes
        ],
        "trial": [
            {
                "trial": t.id,
                "treatment": t.treatment,
                "role": t.role,
                "base": t.base,
                "episode": t.episode,
                "start": iso(t.start),
                "end": iso(t.era.end),
                "judged_end": iso(t.judged_end),
                "days": span(t.days_low, t.days_high),
                "other_use": t.other_use if t.other_use_certain != NO else None,
                "other_use_certain": to_bool(t.other_use_certain),
                "adult": to_bool(t.adult),
                "age": None if t.age is None else int(t.age),
                "ongoing": to_bool(t.ongoing),
            }
            for t in judged.trials
        ],
        "outcome": outcomes,
        "status": [
            {
                "definition": s.definition,
                "episode": s.episode,
                "verdict": s.verdict,
                "certain": s.certain,
                "possible": s.possible,
                "first_met": iso(s.first_met),
                "exclusion": s.exclusion,
                "questions": s.questions,
                "assumed": tuple(dict.fromkeys(a.key.removeprefix("assumption.") for a in s.assumptions)),
                "open": tuple(str(o.params["parameter"]) for o in s.opened),
            }
            for s in judged.status
        ],
        "staging": [
            {
                "model": s.model,
                "episode": s.episode,
                "applies": s.applies,
                "low": s.low,
                "high": s.high,
                "level": s.level_low if s.level_low == s.level_high else f"{s.level_low} to {s.level_high}",
                "band": s.band_low if s.band_low == s.band_high else f"{s.band_low} to {s.band_high}",
            }
            for s in judged.staging
        ],
        "staging_item": [
            {
                "model": s.model,
                "episode": s.episode,
                "item": i.item,
                "low": i.low,
                "high": i.high,
                "level": span_text(i.level_low, i.level_high),
            }
            for s in judged.staging
            for i in s.items
        ],
        "question": [{"question": q.id, "type": q.type, "settles": q.settles} for q in judged.questions],
    }


def span_text(low: str, high: str) -> str:
    """Two words as one where they agree."""
    return low if low == high else f"{low} to {high}"


def policy_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a case that belong to the policy by which it judges."""
    known = {"as_of", "definitions", "models", "why"}
    return {name: tuple(v) if isinstance(v, list) else v for name, v in settings.items() if name not in known}
