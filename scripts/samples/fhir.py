"""Builds one person's FHIR R4 bundle, resource by resource, the same bytes every time.

Ids are made from the sample, the type and a counter; nothing depends on a clock or on chance.
"""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any, Final, Literal

from scripts.samples.codes import (
    ANSWERS,
    CPT,
    CVX,
    DIAGNOSES,
    LOINC,
    PHQ9_ITEMS,
    SNOMED,
    TERMINOLOGY,
    UCUM,
    Product,
)

Resource = dict[str, Any]
ScoreShape = Literal["integer", "quantity", "bare quantity", "string", "component", "panel", "questionnaire"]

_NAMESPACE: Final = uuid.UUID("6f1c2a52-7d0e-5b7e-9a35-0f6c5d3b8e21")


def day(text: str) -> date:
    """Read a date."""
    return date.fromisoformat(text)


def after(start: str, days: int) -> str:
    """Return the day that many days after another."""
    return (day(start) + timedelta(days=days)).isoformat()


def concept(*codings: tuple[str, str, str | None], text: str | None = None) -> Resource:
    """Make a CodeableConcept. SNOMED CT stays a reference: its descriptions are not ours to ship."""
    made: Resource = {}
    if codings:
        made["coding"] = [
            {"system": system, "code": code} | ({"display": display} if display and system != SNOMED else {})
            for system, code, display in codings
        ]
    if text is not None:
        made["text"] = text
    return made


def term(system: str, code: str) -> Resource:
    """Make a CodeableConcept of one of the standard's own codes."""
    return concept((f"{TERMINOLOGY}/{system}", code, None))


def product_concept(product: Product, text: str | None = None) -> Resource:
    """Make the CodeableConcept of a product."""
    return concept((product.system, product.code, product.display), text=text or product.display)


class Story:
    """A person's bundle in the making. ``short`` references (``Patient/x``) or ``urn:uuid`` ones."""

    def __init__(
        self,
        sample: str,
        given: str,
        family: str,
        *,
        born: str,
        gender: str,
        country: str = "US",
        bundle: Literal["collection", "transaction", "searchset"] = "collection",
        short: bool = False,
    ) -> None:
        self.sample = sample
        self.bundle = bundle
        self.short = short
        self._count: dict[str, int] = {}
        self._entries: list[Resource] = []
        self.patient = self.add(
            "Patient",
            active=True,
            name=[{"use": "official", "family": family, "given": given.split()}],
            gender=gender,
            birthDate=born,
            address=[{"use": "home", "country": country}],
        )

    def add(self, kind: str, **fields: Any) -> Resource:
        """Add a resource and return the reference to it. Fields that are ``None`` are left out."""
        number = self._count[kind] = self._count.get(kind, 0) + 1
        made_id = str(uuid.uuid5(_NAMESPACE, f"{self.sample}/{kind}/{number}"))
        resource = {"resourceType": kind, "id": made_id}
        resource |= {name.rstrip("_"): value for name, value in fields.items() if value is not None}
        entry: Resource = {"fullUrl": f"urn:uuid:{made_id}", "resource": resource}
        if self.bundle == "transaction":
            entry["request"] = {"method": "POST", "url": kind}
        elif self.bundle == "searchset":
            entry["search"] = {"mode": "match"}
        self._entries.append(entry)
        return {"reference": f"{kind}/{made_id}" if self.short else f"urn:uuid:{made_id}"}

    def finished(self) -> Resource:
        """Return the bundle."""
        bundle: Resource = {"resourceType": "Bundle", "id": self.sample, "type": self.bundle}
        if self.bundle == "searchset":
            bundle["total"] = len(self._entries)
        return bundle | {"entry": self._entries}

    def condition(
        self,
        diagnosis: str,
        *,
        onset: str | None = None,
        recorded: str | None = None,
        end: str | None = None,
        text: str | None = None,
        category: str = "problem-list-item",
        verification: str = "confirmed",
    ) -> Resource:
        """Add a diagnosis of ``DIAGNOSES``."""
        return self.add(
            "Condition",
            clinicalStatus=term("condition-clinical", "resolved" if end else "active"),
            verificationStatus=term("condition-ver-status", verification),
            category=[term("condition-category", category)],
            code=concept(*DIAGNOSES[diagnosis], text=text or DIAGNOSES[diagnosis][0][2]),
            subject=self.patient,
            onsetDateTime=onset,
            abatementDateTime=end,
            recordedDate=recorded or onset,
        )

    def observation(
        self, code: Resource, when: str, *, category: str = "laboratory", status: str = "final", **value: Any
    ) -> Resource:
        """Add an observation; ``value`` is its ``valueX`` and what else it holds."""
        return self.add(
            "Observation",
            status=status,
            category=[term("observation-category", category)],
            code=code,
            subject=self.patient,
            effectiveDateTime=when,
            **value,
        )

    def measured(self, loinc: str, name: str, when: str, value: float, unit: str, **fields: Any) -> Resource:
        """Add a laboratory value or vital sign."""
        quantity = {"value": value, "unit": unit, "system": UCUM, "code": unit}
        return self.observation(
            concept((LOINC, loinc, name), text=name), when, valueQuantity=quantity, **fields
        )

    def phq9(self, when: str, total: int, *, shape: ScoreShape = "integer", item9: int = 0) -> None:
        """Add a PHQ-9 in one of the shapes in which records hold it."""
        code = concept(
            (LOINC, "44261-6", "Patient Health Questionnaire 9 item (PHQ-9) total score [Reported]")
        )
        if shape == "questionnaire":
            self._phq9_questionnaire(when, total, item9)
        elif shape == "panel":
            self._phq9_panel(when, total, item9)
        elif shape == "component":
            panel = concept((LOINC, "44249-1", "PHQ-9 quick depression assessment panel [Reported.PHQ]"))
            parts = [{"code": code, "valueInteger": total}]
            self.observation(panel, when, category="survey", component=parts)
        else:
            values: dict[str, Resource] = {
                "integer": {"valueInteger": total},
                "quantity": {
                    "valueQuantity": {"value": total, "unit": "{score}", "system": UCUM, "code": "{score}"}
                },
                "bare quantity": {"valueQuantity": {"value": total}},
                "string": {"valueString": str(total)},
            }
            self.observation(code, when, category="survey", **values[shape])

    def _phq9_panel(self, when: str, total: int, item9: int) -> None:
        members = []
        for (loinc, text), score in zip(PHQ9_ITEMS, items_of(total, item9), strict=True):
            answer, words = ANSWERS[score]
            members.append(
                self.observation(
                    concept((LOINC, loinc, text)),
                    when,
                    category="survey",
                    valueCodeableConcept=concept((LOINC, answer, words)),
                )
            )
        panel = concept((LOINC, "44249-1", "PHQ-9 quick depression assessment panel [Reported.PHQ]"))
        self.phq9(when, total)
        self.observation(panel, when, category="survey", hasMember=members)

    def _phq9_questionnaire(self, when: str, total: int, item9: int) -> None:
        items = []
        for (loinc, text), score in zip(PHQ9_ITEMS, items_of(total, item9), strict=True):
            answer, words = ANSWERS[score]
            coding = {"system": LOINC, "code": answer, "display": words}
            items.append({"linkId": f"/{loinc}", "text": text, "answer": [{"valueCoding": coding}]})
        self.add(
            "QuestionnaireResponse",
            questionnaire="http://loinc.org/q/44249-1",
            status="completed",
            subject=self.patient,
            authored=f"{when}T09:30:00Z",
            item=items,
        )

    def score_in_words(self, name: str, when: str, value: int) -> None:
        """Add a score that only its text names."""
        self.observation(concept(text=name), when, category="survey", valueInteger=value)

    def sessions(
        self,
        days: list[str],
        codings: tuple[tuple[str, str, str | None], ...],
        text: str,
        *,
        status: str = "completed",
    ) -> None:
        """Add a Procedure for each session of a therapy or stimulation."""
        for when in days:
            self.add(
                "Procedure",
                status=status,
                code=concept(*codings, text=text),
                subject=self.patient,
                performedDateTime=when,
            )

    def cbt(self, days: list[str]) -> None:
        """Add sessions of cognitive behavioural therapy."""
        codings = ((SNOMED, "304891004", None),)
        self.sessions(days, codings, "Cognitive behavioural therapy, individual session")

    def ect(self, days: list[str], placement: str) -> None:
        """Add treatments of electroconvulsive therapy."""
        codings = ((SNOMED, "23835007", None), (CPT, "90870", None))
        self.sessions(days, codings, f"Electroconvulsive therapy, {placement}")

    def rtms(self, days: list[str]) -> None:
        """Add sessions of rTMS: the first with mapping, the others without."""
        text = "Repetitive transcranial magnetic stimulation, 10 Hz, left dorsolateral prefrontal cortex"
        self.sessions(days[:1], ((CPT, "90867", None),), text)
        self.sessions(days[1:], ((CPT, "90868", None),), text)

    def background(
        self, visit: str, *, systolic: int = 124, diastolic: int = 78, weight: float = 72.0
    ) -> None:
        """Add what every record holds beside the story: a visit, a vaccination, vital signs, a clinic."""
        clinic = self.add("Organization", name="Riverside Community Clinic")
        encounter = self.add(
            "Encounter",
            status="finished",
            class_={"system": f"{TERMINOLOGY}/v3-ActCode", "code": "AMB", "display": "ambulatory"},
            type=[concept(text="Office visit")],
            subject=self.patient,
            period={"start": f"{visit}T08:30:00+02:00", "end": f"{visit}T08:50:00+02:00"},
            serviceProvider=clinic,
        )
        self.add(
            "Immunization",
            status="completed",
            vaccineCode=concept((CVX, "140", "Influenza, seasonal, injectable, preservative free")),
            patient=self.patient,
            encounter=encounter,
            occurrenceDateTime=visit,
        )
        pressures = (
            ("8480-6", "Systolic blood pressure", systolic),
            ("8462-4", "Diastolic blood pressure", diastolic),
        )
        parts = [
            {
                "code": concept((LOINC, loinc, name)),
                "valueQuantity": {"value": value, "unit": "mmHg", "system": UCUM, "code": "mm[Hg]"},
            }
            for loinc, name, value in pressures
        ]
        panel = concept((LOINC, "85354-9", "Blood pressure panel with all children optional"))
        self.observation(panel, visit, category="vital-signs", component=parts)
        self.measured("29463-7", "Body weight", visit, weight, "kg", category="vital-signs")


def items_of(total: int, item9: int) -> list[int]:
    """Spread a PHQ-9 total over its first eight items, the ninth given."""
    rest = total - item9
    assert 0 <= rest <= 24
    assert 0 <= item9 <= 3
    return [rest // 8 + (1 if number < rest % 8 else 0) for number in range(8)] + [item9]


def every(start: str, count: int, step: int = 7) -> list[str]:
    """Return ``count`` days, ``step`` days apart."""
    return [after(start, step * number) for number in range(count)]


def weekdays(start: str, count: int) -> list[str]:
    """Return ``count`` working days in a row."""
    days: list[str] = []
    when = day(start)
    while len(days) < count:
        if when.weekday() < 5:
            days.append(when.isoformat())
        when += timedelta(days=1)
    return days
