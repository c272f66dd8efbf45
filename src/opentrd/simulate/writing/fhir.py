"""A block of persons as FHIR R4 resources, one a line: what a bulk export of a server holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import numpy as np

from opentrd.simulate.chance import Ints
from opentrd.simulate.course.persons import Persons
from opentrd.simulate.course.visiting import THERAPIES
from opentrd.simulate.keeping.lines import CLAIM, OPEN
from opentrd.simulate.keeping.record import DIAGNOSES, Kept
from opentrd.simulate.people import People, wanted
from opentrd.simulate.products import Medicines
from opentrd.simulate.writing.columns import turns
from opentrd.simulate.writing.texts import STOP_TEXTS, dose_texts
from opentrd.simulate.writing.vocabulary import Concepts

Resource = dict[str, Any]

#: Vocabularies of the concepts to the addresses by which FHIR names them.
_SYSTEMS: Final = {
    "SNOMED": "http://snomed.info/sct",
    "LOINC": "http://loinc.org",
    "CPT4": "http://www.ama-assn.org/go/cpt",
    "RxNorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
}
_STATES: Final = "http://terminology.hl7.org/CodeSystem/condition-"
_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
_DAYS: Final = {"unit": "days", "system": "http://unitsofmeasure.org", "code": "d"}


def fhir_lines(
    kept: Kept, persons: Persons, who: People, m: Medicines, c: Concepts
) -> dict[str, tuple[bytes, int]]:
    """Return the resources of a block by type: lines of JSON, and how many."""
    encoder = msgspec.json.Encoder()
    medicines = list(_medicines(kept, who, m))
    found = {
        "Patient": list(_patients(kept, persons, who)),
        "Condition": list(_conditions(kept, who, c)),
        "MedicationRequest": [one for one in medicines if one["resourceType"] == "MedicationRequest"],
        "MedicationDispense": [one for one in medicines if one["resourceType"] == "MedicationDispense"],
        "Observation": list(_observations(kept, who, c)),
        "Procedure": list(_procedures(kept, who, c)),
    }
    return {kind: (encoder.encode_lines(rows), len(rows)) for kind, rows in found.items()}


def _patients(kept: Kept, persons: Persons, who: People) -> Iterator[Resource]:
    places = np.arange(who.wanted)
    columns = (who.ids(places), persons.woman[places], _days(persons.born[places], who))
    deaths = _days(kept.death[places], who)
    for person, woman, born, death, dead in zip(
        columns[0].tolist(), columns[1].tolist(), columns[2], deaths, kept.death.tolist(), strict=False
    ):
        patient: Resource = {
            "resourceType": "Patient",
            "id": str(person),
            "gender": "female" if woman else "male",
            "birthDate": born,
        }
        if dead >= 0:
            patient["deceasedDateTime"] = death
        yield patient


def _medicines(kept: Kept, who: People, m: Medicines) -> Iterator[Resource]:
    lines = kept.lines.take(kept.lines.person < who.wanted)
    products = [_code("RxNorm", product.code, product.name) for product in m.products]
    texts = dose_texts(m)
    for person, turn, day, product, quantity, supply, kind, text, stop in zip(
        who.ids(lines.person).tolist(),
        turns(lines.person).tolist(),
        _days(lines.day, who),
        lines.product.tolist(),
        lines.quantity.tolist(),
        lines.supply.tolist(),
        lines.kind.tolist(),
        lines.text.tolist(),
        lines.stop.tolist(),
        strict=True,
    ):
        claim = kind == CLAIM
        stopped = None if claim else STOP_TEXTS[stop]
        resource: Resource = {
            "resourceType": "MedicationDispense" if claim else "MedicationRequest",
            "id": f"{person}-{turn}",
            "status": "stopped" if stopped else "active" if kind == OPEN else "completed",
            "medicationCodeableConcept": products[product],
            "subject": {"reference": f"Patient/{person}"},
        }
        if texts[text] is not None:
            resource["dosageInstruction"] = [{"text": texts[text]}]
        amounts: Resource = {}
        if quantity == quantity:  # NaN is not recorded
            amounts["quantity"] = {"value": quantity}
        if supply >= 0:
            amounts["daysSupply" if claim else "expectedSupplyDuration"] = {"value": supply, **_DAYS}
        if claim:
            resource |= {"whenHandedOver": day, **amounts}
        else:
            resource |= {"intent": "order", "authoredOn": day}
            if stopped:
                resource["statusReason"] = {"text": stopped}
            if amounts:
                resource["dispenseRequest"] = amounts
        yield resource


def _conditions(kept: Kept, who: People, c: Concepts) -> Iterator[Resource]:
    codes = [_code(c.systems[use], c.codes[use], c.names[use]) for use in DIAGNOSES]
    for person, turn, day, what in _rows(kept.diagnoses, "diagnosis", who):
        yield {
            "resourceType": "Condition",
            "id": f"{person}-{turn}",
            "clinicalStatus": {"coding": [{"system": f"{_STATES}clinical", "code": "active"}]},
            "verificationStatus": {"coding": [{"system": f"{_STATES}ver-status", "code": "confirmed"}]},
            "code": codes[what],
            "subject": {"reference": f"Patient/{person}"},
            "onsetDateTime": day,
            "recordedDate": day,
        }


def _observations(kept: Kept, who: People, c: Concepts) -> Iterator[Resource]:
    code = _code(c.systems["phq9"], c.codes["phq9"], c.names["phq9"])
    for person, turn, day, total in _rows(kept.scores, "total", who):
        yield {
            "resourceType": "Observation",
            "id": f"{person}-{turn}",
            "status": "final",
            "category": [{"coding": [{"system": _CATEGORY, "code": "survey"}]}],
            "code": code,
            "subject": {"reference": f"Patient/{person}"},
            "effectiveDateTime": day,
            "valueInteger": total,
        }


def _procedures(kept: Kept, who: People, c: Concepts) -> Iterator[Resource]:
    codes = [_code(c.systems[use], c.codes[use], c.names[use]) for use in THERAPIES]
    for person, turn, day, what in _rows(kept.therapies, "therapy", who):
        yield {
            "resourceType": "Procedure",
            "id": f"{person}-{turn}",
            "status": "completed",
            "code": codes[what],
            "subject": {"reference": f"Patient/{person}"},
            "performedDateTime": day,
        }


def _rows(rows: dict[str, Ints], column: str, who: People) -> Iterator[tuple[int, int, str, int]]:
    """Return the rows of the wanted persons: person, turn, day, and one more column."""
    rows = wanted(rows, who)
    person = rows["person"]
    return zip(
        who.ids(person).tolist(),
        turns(person).tolist(),
        _days(rows["day"], who),
        rows[column].tolist(),
        strict=True,
    )


def _days(days: Ints, who: People) -> list[str]:
    """Return days as FHIR writes them."""
    found: list[str] = who.days(days).astype("datetime64[D]").astype(str).tolist()
    return found


def _code(vocabulary: str, code: str, name: str) -> Resource:
    return {"coding": [{"system": _SYSTEMS[vocabulary], "code": code, "display": name}], "text": name}
