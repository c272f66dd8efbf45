"""Folders of results made by hand: who has what, as rows of the result tables."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from opentrd.cohort.tables import FILES, RESULTS

AS_OF = date(2026, 7, 1)
TWO, OTHER = "ema_2013", "us_label_esketamine"
BEGIN = date(2025, 1, 6)
KINDS_OF_TRIAL: list[dict[str, Any]] = [{}, {"adequate": False, "adequate_dose": False}, {"adequate": None}]


class Population:
    """Rows by table; ``write`` makes the folder."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {table: [] for table in RESULTS}
        self.people: dict[str, dict[str, Any]] = {}
        self.number = 0

    def person(self, applicable: str | None = None, **more: Any) -> str:
        self.number += 1
        person = f"p{self.number:05d}"
        row = {"person_id": person, "applicable": applicable, "as_of": AS_OF, "scores": 2, "exposures": 1}
        self.people[person] = row | {"treated": False} | more
        self.rows["person"].append(self.people[person])
        if applicable is None:
            self.rows["episode"].append({"person_id": person, "episode": "episode-1", "start": BEGIN})
        return person

    def trial(self, person: str, treatment: str, week: int, **more: Any) -> str:
        trial = f"{treatment}-{week}"
        row = {
            "person_id": person,
            "trial": trial,
            "episode": "episode-1",
            "treatment": treatment,
            "class": "SSRI",
            "kind": "medicine",
            "role": "first",
            "start": BEGIN + timedelta(weeks=week),
            "adequate_dose": True,
            "adequate_duration": True,
            "adequate_adherence": True,
            "adequate": True,
            "result": "none",
            "stopped_for": [],
            "sources": [],
        }
        self.rows["trial"].append(row | more)
        self.people[person]["treated"] = True
        return trial

    def judged(self, person: str, trial: str, definition: str, counts: bool | None, **more: Any) -> None:
        row = {"dose": True, "duration": True, "intake": True, "adequate": True, "outcome": counts}
        self.rows["judgement"].append(
            {"person_id": person, "trial": trial, "definition": definition, "counts": counts, "missing": []}
            | row
            | more
        )

    def status(
        self, person: str, definition: str, verdict: str, week: int | None = None, **more: Any
    ) -> None:
        first = None if week is None else BEGIN + timedelta(weeks=week)
        row = {
            "person_id": person,
            "definition": definition,
            "episode": "episode-1",
            "verdict": verdict,
            "certain": 0.0,
            "possible": 2.0,
            "needed": 2.0,
            "first_met": first,
        }
        self.rows["status"].append(row | more)

    def line(self, person: str, number: int, category: str, end: date | None) -> None:
        self.rows["line"].append(
            {
                "person_id": person,
                "episode": "episode-1",
                "line": number,
                "category": category,
                "start": BEGIN + timedelta(weeks=10 * number),
                "end": end,
            }
        )

    def gap(self, person: str, gap: str, finding: str) -> None:
        self.rows["gap"].append({"person_id": person, "gap": gap, "finding": finding, "sources": ["line-1"]})

    def stage(self, person: str, model: str, low: str, high: str) -> None:
        row = {"person_id": person, "model": model, "episode": "episode-1", "applies": True}
        self.rows["staging"].append(row | {"band_low": low, "band_high": high})

    def twin(self, definition: str, other: str) -> Population:
        """Let another definition say what one says."""
        for table in ("status", "judgement"):
            own = [row for row in self.rows[table] if row["definition"] == definition]
            self.rows[table] += [row | {"definition": other} for row in own]
        return self

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for table, rows in self.rows.items():
            pq.write_table(pa.Table.from_pylist(rows, RESULTS[table]), folder / FILES[table])
        return folder


def at_random(seed: int, persons: int) -> Population:
    """Return persons of all kinds, many of them in small groups."""
    draw = random.Random(seed)
    made = Population()
    for _ in range(persons):
        applicable = draw.choices([None, "not_applicable.no_depression"], [9, 1])[0]
        person = made.person(applicable)
        for definition in (TWO, OTHER):
            if applicable is not None:
                made.status(person, definition, "not_applicable", episode=None)
        if applicable is not None:
            continue
        trials = [
            made.trial(
                person,
                draw.choices(["sertraline", "venlafaxine", "lithium"], [8, 4, 1])[0],
                10 * n,
                **draw.choice(KINDS_OF_TRIAL),
                kind=draw.choices(["medicine", "psychotherapy"], [9, 1])[0],
            )
            for n in range(draw.randint(0, 4))
        ]
        for definition in (TWO, OTHER):
            verdicts = ["met", "undetermined", "not_met", "excluded"]
            verdict = draw.choices(verdicts, [5, 3, 9, 1])[0] if trials else "not_met"
            for trial in trials:
                made.judged(person, trial, definition, draw.choice([True, False, None]))
            week = draw.randint(5, 150) if verdict == "met" else None
            made.status(
                person, definition, verdict, week, exclusion="bipolar" if verdict == "excluded" else None
            )
        for number in range(1, draw.choice([1, 2, 3, 6]) + 1 if trials else 1):
            end = draw.choice([None, date(2026, 1, 1)])
            made.line(person, number, draw.choices(["SSRI", "SNRI", "ECT"], [6, 3, 1])[0], end)
        if draw.random() < 0.1:
            made.gap(person, draw.choice(["no_score", "no_psychotherapy"]), draw.choice(["yes", "unknown"]))
        if trials:
            made.stage(
                person, "MSM", *draw.choice([("mild", "mild"), ("mild", "severe"), ("severe", "severe")])
            )
    return made
