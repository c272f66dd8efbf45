"""Made-up patients of the measures, drawn at the edges: a day before or after a limit, zones, bare days."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from tests.measures.people import bundle

Row = dict[str, str | None]

MEDICINE = "antidepressant_medication"
#: One clock for all times of a patient; those of other zones are told apart in what is printed.
ZONES = ("Z", "Z", "Z", "Z", "-05:00", "+09:00")


class Maker:
    """Makes patients of a measure from a seed."""

    def __init__(self, measure: str, seed: int) -> None:
        self._random = random.Random(seed)
        self._zone = ZONES[0]
        self._make = {"CMS128": self._cms128, "CMS159": self._cms159, "CMS2": self._cms2}[measure]

    def patient(self) -> bytes:
        """Return the Bundle of another patient."""
        self._zone = self._zone
        rows, settings = self._make()
        return bundle(rows, settings)

    def _pick(self, *choices: str | None) -> str | None:
        return self._random.choice(choices)

    def _near(self, year: int, month: int, day: int, *days: int) -> datetime:
        """Return a moment on a day, or some days from it, perhaps a day off."""
        shift = self._random.choice(days or (0,)) + self._random.choice((0, 0, 0, -1, 1))
        minutes = self._random.choice((0, 30, 480, 485, 1380, 1439))
        return datetime(year, month, day, tzinfo=UTC) + timedelta(days=shift, minutes=minutes)

    def _written(self, when: datetime, *, whole: float = 0.0) -> str:
        """Write a moment, sometimes only its day."""
        if self._random.random() < whole:
            return when.date().isoformat()
        return when.strftime("%Y-%m-%dT%H:%M:%S.000") + self._zone

    def _born(self, *years: int) -> dict[str, str]:
        year = self._random.choice((1980, 1980, *years))
        leap = "02-29" if year % 4 == 0 else "03-01"
        return {"born": f"{year}-{self._random.choice(('01-01', '01-02', '06-15', leap))}"}

    def _visit(self, code: str, start: datetime, status: str | None = None) -> Row:
        end = start + timedelta(minutes=self._random.choice((15, 60, 1440)))
        zone = self._zone
        form = "%Y-%m-%dT%H:%M:%S.000"
        return {
            "what": "visit",
            "code": code,
            "from": start.strftime(form) + zone,
            "to": end.strftime(form) + zone,
            "status": status or self._pick(None, None, None, None, "planned"),
        }

    def _cms128(self) -> tuple[list[Row], dict[str, str]]:
        rows: list[Row] = []
        start = self._near(2025, 1, 1, 0, 0, 0, -245, 119)
        day = (start.year, start.month, start.day)
        for _ in range(self._random.randint(1, 4)):
            row: Row = {
                "what": "dispense",
                "code": self._random.choice((MEDICINE, MEDICINE, MEDICINE, "other")),
                "status": self._pick(None, None, None, "on-hold", "unknown", "cancelled"),
                "from": self._written(self._near(*day, 0, 28, 60, 84, 113, 115, 150, 231)),
            }
            if self._random.random() < 0.6:
                row["days"] = self._pick("30 d", "83 d", "84 d", "56 d", "180 d", "12 wk", "28 d")
            else:
                row["quantity"] = self._pick("30 {tbl}", "84 {tbl}", "168 {tbl}", "28 {tbl}")
                row["dose"] = self._pick("1 {tbl}", "2 {tbl}", "1 {tbl}")
                row["often"] = self._pick("1", "2", "1 in 2 d", "1 in 1 wk")
            rows.append(row)
        rows.append(
            {
                "what": "diagnosis",
                "code": self._random.choice(("major_depression", "major_depression", "dysthymia")),
                "from": self._written(self._near(*day, 0, 60, -60, 0)),
                "status": self._pick(None, None, "resolved"),
            }
        )
        rows.append(self._visit("office_visit", self._near(*day, 0, 0, 60, -60)))
        if self._random.random() < 0.4:
            rows.append(
                {
                    "what": "order",
                    "code": MEDICINE,
                    "status": self._pick(None, None, "stopped"),
                    "from": self._written(self._near(*day, -105, -135, -195, -30)),
                    "days": self._pick("30 d", "90 d", "1 d"),
                    "refills": self._pick(None, "2"),
                }
            )
        if self._random.random() < 0.2:
            rows.append(self._visit("hospice_encounter", self._near(2025, 1, 1, 0, -1, 364), "finished"))
        if self._random.random() < 0.1:
            rows.append(
                self._visit("encounter_inpatient", self._near(2024, 12, 31, 0))
                | {"left_for": "discharge_for_hospice_care"}
            )
        return rows, self._born(2006, 2007)

    def _cms159(self) -> tuple[list[Row], dict[str, str]]:
        start = self._near(2024, 2, 25, 0, 0, 0, 249, -116)
        day = (start.year, start.month, start.day)
        rows: list[Row] = [self._visit("contact_or_office_visit", start)]
        rows.append(
            {
                "what": "diagnosis",
                "code": self._random.choice(("dysthymia", "major_depression_including_remission")),
                "from": self._written(self._near(*day, 0, -30)),
                "certainty": self._pick(None, None, None, "provisional"),
            }
        )
        later = (day[0] + 1, day[1], min(day[2], 28))
        firsts, seconds = ("9", "10", "10", "20", "300"), ("3", "4", "5", "12")
        rows += [self._score(self._near(*day, 0, 0, -7), *firsts) for _ in range(self._random.randint(1, 2))]
        rows += [
            self._score(self._near(*later, 0, 60, -60, 30), *seconds)
            for _ in range(self._random.randint(0, 3))
        ]
        rows += [
            {"what": "diagnosis", "code": code, "from": self._written(self._near(*later, 60))}
            for code in ("bipolar_disorder", "palliative_care_diagnosis", "hospice_diagnosis")
            if self._random.random() < 0.15
        ]
        if self._random.random() < 0.15:
            rows.append(
                {
                    "what": "done",
                    "code": "palliative_care_intervention",
                    "from": self._written(self._near(*later, 60)),
                    "status": self._pick(None, "unknown"),
                }
            )
        if self._random.random() < 0.15:
            rows.append(
                {
                    "what": "referral",
                    "code": "hospice_care_ambulatory",
                    "from": self._written(self._near(*later, 60)),
                    "forbids": self._pick(None, "yes"),
                }
            )
        settings = self._born(2011, 2012)
        if self._random.random() < 0.1:
            settings["died"] = self._written(self._near(*later, 60))
        return rows, settings

    def _score(self, when: datetime, *values: str) -> Row:
        return {
            "what": "result",
            "code": "phq_9_and_phq_9m_tools",
            "from": self._written(when, whole=0.1) if self._random.random() < 0.95 else None,
            "value": self._random.choice(values),
            "status": self._pick(None, None, None, "amended", "unknown"),
        }

    def _cms2(self) -> tuple[list[Row], dict[str, str]]:
        rows: list[Row] = []
        start = self._near(2025, 6, 21, 0, 0, 0, 193, -171)
        day = (start.year, start.month, start.day)
        visits, screenings = self._random.randint(1, 2), self._random.randint(0, 3)
        rows += [
            self._visit("encounter_to_screen_for_depression", self._near(*day, 0, 3)) for _ in range(visits)
        ]
        rows += [
            {
                "what": "result",
                "code": self._pick("adult_screening", "adult_screening", "adolescent_screening"),
                "from": self._written(self._near(*day, 0, 0, -14), whole=0.1),
                "answer": self._pick("screening_negative", "screening_positive", "screening_positive"),
                "status": self._pick(None, None, None, "amended"),
            }
            for _ in range(screenings)
        ]
        if self._random.random() < 0.5:
            rows.append(
                {
                    "what": "order",
                    "code": "adult_depression_medications",
                    "from": self._written(self._near(*day, 0, 2, 5), whole=0.2),
                    "status": self._pick(None, "completed", "draft"),
                }
            )
        if self._random.random() < 0.3:
            rows.append(
                {
                    "what": "done",
                    "code": "follow_up_for_adult_depression",
                    "from": self._written(self._near(*day, 0), whole=0.2),
                }
            )
        if self._random.random() < 0.2:
            rows.append(
                {
                    "what": "referral",
                    "code": "referral_for_adult_depression",
                    "from": self._written(self._near(*day, 0, 2)),
                }
            )
        if self._random.random() < 0.2:
            rows.append(
                {
                    "what": "diagnosis",
                    "code": "bipolar_disorder",
                    "from": self._written(self._near(*day, 0)),
                    "list": self._pick(None, "encounter-diagnosis"),
                }
            )
        if self._random.random() < 0.3:
            rows.append(
                {
                    "what": "result",
                    "code": self._pick("adult_screening", "adolescent_screening"),
                    "status": "cancelled",
                    "reason": self._pick("screening_declined", "medical_reason"),
                    "issued": self._written(self._near(*day, 0)),
                }
            )
        return rows, self._born(2006, 2007, 2008, 2012, 2013)
