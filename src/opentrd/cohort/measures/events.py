"""FHIR resources to the events that measures look at: one function a resource type.

Statuses, categories and verification are kept as the record has them; which of them count is for each
measure to say.
"""

from __future__ import annotations

from typing import Final

from opentrd.cohort.measures import record as m
from opentrd.cohort.measures import resources as f
from opentrd.cohort.measures.supply import Reckoning
from opentrd.cohort.measures.times import ALWAYS, GOES_ON, Moment, Stretch, moment
from opentrd.cohort.measures.value_sets import ValueSets
from opentrd.records.fhir import resources as r
from opentrd.records.fhir.codes import codings
from opentrd.records.fhir.values import score_value

#: Clinical statuses of a condition that is there (QICoreCommon 2.1.000, isActive).
ACTIVE: Final = frozenset({"active", "recurrence", "relapse"})
_AGE_UNITS: Final = {"a": 12, "year": 12, "years": 12, "mo": 1, "month": 1, "months": 1}


class Events:
    """Makes events of one person's resources."""

    def __init__(self, sets: ValueSets, reckoning: Reckoning) -> None:
        self._sets = sets
        self._reckoning = reckoning

    def concepts(self, body: r.Fhir, medicine: r.CodeableConcept | None) -> frozenset[str]:
        """Return the value sets of what a resource is about; ``medicine`` is what an order names."""
        if isinstance(body, f.Encounter):
            return self._sets.of(*body.type)
        if isinstance(body, (r.MedicationRequest, r.MedicationDispense)):
            return self._sets.of(medicine)
        if isinstance(body, (r.Condition, r.Observation, r.Procedure, r.ServiceRequest)):
            return self._sets.of(body.code)
        return frozenset()

    def add(
        self, out: m.MeasureRecord, body: r.Fhir, source: str, sets: frozenset[str], born: Moment | None
    ) -> None:
        """Add the event of a resource to its person. ``BadValueError`` for a date that is none."""
        if isinstance(body, f.Encounter):
            out.encounters.append(self._encounter(body, source, sets))
        elif isinstance(body, f.Condition):
            out.conditions.append(_condition(body, source, sets, born))
        elif isinstance(body, f.Observation):
            out.observations.append(self._observation(body, source, sets))
        elif isinstance(body, r.Procedure):
            time = _time(body.performed_date_time, body.performed_period, "performed")
            out.procedures.append(m.Procedure(source=source, sets=sets, status=_word(body.status), time=time))
        elif isinstance(body, r.ServiceRequest):
            out.services.append(_order(body, source, sets, None))
        elif isinstance(body, r.MedicationRequest):
            out.medicines.append(_order(body, source, sets, self._reckoning.ordered(body)))
        elif isinstance(body, r.MedicationDispense):
            supply = self._reckoning.dispensed(body)
            out.dispenses.append(
                m.Dispense(source=source, sets=sets, status=_word(body.status), supply=supply)
            )

    def _encounter(self, body: f.Encounter, source: str, sets: frozenset[str]) -> m.Encounter:
        stay = body.hospitalization
        return m.Encounter(
            source=source,
            sets=sets,
            status=_word(body.status),
            period=_period(body.period, "period"),
            discharged=self._sets.of(stay.discharge_disposition if stay else None),
        )

    def _observation(self, body: f.Observation, source: str, sets: frozenset[str]) -> m.Observation:
        reasons = [
            extension.value_codeable_concept
            for extension in (*body.extension, *body.modifier_extension)
            if extension.url == f.NOT_DONE_REASON
        ]
        answer = body.value_codeable_concept
        value = score_value(body)[0] if answer is None and body.value_boolean is None else None
        return m.Observation(
            source=source,
            sets=sets,
            status=_word(body.status),
            categories=_codes(*body.category),
            time=_time(
                body.effective_date_time or body.effective_instant, body.effective_period, "effective"
            ),
            issued=moment(body.issued, "issued"),
            value=value,
            has_value=_has_value(body),
            answers=self._sets.of(answer),
            not_done=self._sets.of(*reasons) if reasons else None,
        )


def _condition(body: f.Condition, source: str, sets: frozenset[str], born: Moment | None) -> m.Condition:
    clinical, verification = body.clinical_status, body.verification_status
    status = sorted(_codes(clinical)) if isinstance(clinical, r.CodeableConcept) else []
    verified = _codes(verification) if isinstance(verification, r.CodeableConcept) else frozenset()
    word = next((word for word in status if word in ACTIVE), status[0] if status else None)
    return m.Condition(
        source=source,
        sets=sets,
        status=word,
        confirmed="confirmed" in verified,
        categories=_codes(*body.category),
        present=_present(body, born, active=word in ACTIVE),
    )


def _present(body: r.Condition, born: Moment | None, *, active: bool) -> Stretch | None:
    """Return from when to when a condition was there (QICoreCommon 2.1.000, prevalenceInterval).

    Without an onset it was always there. Without an abatement one that is active goes on; of another it is
    not known when it was there, ``None``: so the measure's text is run, though its comment says otherwise.
    """
    start: Moment | None = ALWAYS
    if body.onset_date_time is not None:
        start = moment(body.onset_date_time, "onsetDateTime")
    elif body.onset_period is not None:
        start = moment(body.onset_period.start, "onsetPeriod.start") or ALWAYS
    elif (age := body.onset_age or (body.onset_range.low if body.onset_range else None)) is not None:
        start = _at_age(born, age) or ALWAYS
    end: Moment | None = None
    if body.abatement_date_time is not None:
        end = moment(body.abatement_date_time, "abatementDateTime")
    elif body.abatement_period is not None:
        last = moment(body.abatement_period.end, "abatementPeriod.end")
        end = last.plus(milliseconds=-1) if last is not None else None
    elif (
        age := body.abatement_age or (body.abatement_range.high if body.abatement_range else None)
    ) is not None:
        turned = _at_age(born, age)
        after = turned.plus(months=12) if turned else None
        end = after.plus(milliseconds=-1) if after else None
    if end is None and not active:
        return None
    return Stretch(start, GOES_ON if end is None else end)


def _at_age(born: Moment | None, age: r.Quantity) -> Moment | None:
    """Return when somebody turned an age."""
    months = _AGE_UNITS.get((age.code or age.unit or "").strip().lower())
    if born is None or months is None or age.value is None:
        return None
    turned = born.plus(months=int(age.value * months))
    return turned.midnight if turned else None


def _order(
    body: r.ServiceRequest | r.MedicationRequest, source: str, sets: frozenset[str], supply: Stretch | None
) -> m.Order:
    return m.Order(
        source=source,
        sets=sets,
        status=_word(body.status),
        intent=_word(body.intent),
        forbids=bool(body.do_not_perform),
        written=moment(body.authored_on, "authoredOn"),
        supply=supply,
    )


def _time(at: str | None, period: r.Period | None, field: str) -> Stretch | None:
    """Return the stretch of something at a moment or over a period."""
    point = moment(at, f"{field}DateTime")
    return Stretch(point, point) if point is not None else _period(period, f"{field}Period")


def _period(period: r.Period | None, field: str) -> Stretch | None:
    """Return the stretch of a period: without an end it goes on; without a start nobody knows it."""
    if period is None:
        return None
    end = moment(period.end, f"{field}.end")
    return Stretch(moment(period.start, f"{field}.start"), GOES_ON if end is None else end)


def _has_value(body: r.Valued) -> bool:
    return any(
        value is not None
        for value in (
            body.value_quantity,
            body.value_codeable_concept,
            body.value_string,
            body.value_boolean,
            body.value_integer,
            body.value_decimal,
            body.value_range,
            body.value_date_time,
        )
    )


def _codes(*concepts: r.CodeableConcept | None) -> frozenset[str]:
    return frozenset(c.code.strip() for concept in concepts for c in codings(concept) if c.code)


def _word(text: str | None) -> str | None:
    return text.strip().lower() if text else None
