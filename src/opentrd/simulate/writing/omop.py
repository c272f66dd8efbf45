"""A block of persons as rows of the OMOP CDM."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from opentrd.simulate.chance import Ints
from opentrd.simulate.course.persons import Persons
from opentrd.simulate.course.visiting import THERAPIES
from opentrd.simulate.keeping.lines import CLAIM
from opentrd.simulate.keeping.record import DIAGNOSES, Kept
from opentrd.simulate.people import ROWS_OF_A_PERSON, People, wanted
from opentrd.simulate.products import Medicines
from opentrd.simulate.writing.columns import days, table, turns, whole, words
from opentrd.simulate.writing.omop_columns import CDM
from opentrd.simulate.writing.texts import STOP_TEXTS, dose_texts
from opentrd.simulate.writing.vocabulary import Concepts


def omop_rows(kept: Kept, persons: Persons, who: People, m: Medicines, c: Concepts) -> dict[str, pa.Table]:
    """Return the rows of a block by table, by person in each."""
    return {
        **_persons(kept, persons, who, c),
        "drug_exposure": _drugs(kept, who, m, c),
        "condition_occurrence": _conditions(kept, who, c),
        "measurement": _measurements(kept, who, c),
        "procedure_occurrence": _procedures(kept, who, c),
        "visit_occurrence": _visits(kept, who, c),
    }


def row_ids(person: Ints, who: People) -> Ints:
    """Return the ids of rows that go by person."""
    return who.ids(person) * ROWS_OF_A_PERSON + turns(person)


def _persons(kept: Kept, persons: Persons, who: People, c: Concepts) -> dict[str, pa.Table]:
    places = np.arange(who.wanted)
    ids = who.ids(places)
    born = who.days(persons.born[places])
    stamp = born.astype("datetime64[D]")
    year = stamp.astype("datetime64[Y]").astype(np.int64) + 1970
    month = stamp.astype("datetime64[M]").astype(np.int64) % 12 + 1
    day = (stamp - stamp.astype("datetime64[M]")).astype(np.int64) + 1
    woman = persons.woman[places] == 1
    dead = np.flatnonzero(kept.death[places] >= 0)
    return {
        "person": table(
            CDM["person"],
            len(ids),
            {
                "person_id": ids,
                "gender_concept_id": np.where(woman, c.ids["female"], c.ids["male"]),
                "year_of_birth": year,
                "month_of_birth": month,
                "day_of_birth": day,
                "birth_datetime": days(born),
                "race_concept_id": 0,
                "ethnicity_concept_id": 0,
                "person_source_value": pa.array(ids).cast(pa.string()),
                "gender_source_value": words(["M", "F"], woman.astype(np.int64)),
                "gender_source_concept_id": 0,
            },
        ),
        "observation_period": table(
            CDM["observation_period"],
            len(ids),
            {
                "observation_period_id": ids,
                "person_id": ids,
                "observation_period_start_date": days(who.days(kept.observed_start[places])),
                "observation_period_end_date": days(who.days(kept.observed_end[places])),
                "period_type_concept_id": c.ids["ehr"],
            },
        ),
        "death": table(
            CDM["death"],
            len(dead),
            {
                "person_id": who.ids(dead),
                "death_date": days(who.days(kept.death[dead])),
                "death_type_concept_id": c.ids["ehr"],
            },
        ),
    }


def _drugs(kept: Kept, who: People, m: Medicines, c: Concepts) -> pa.Table:
    lines = kept.lines.take(kept.lines.person < who.wanted)
    products = np.array([product.concept for product in m.products])
    start = who.days(lines.day)
    end = start + np.maximum(lines.supply - 1, 0)
    unknown = np.isnan(lines.quantity)
    return table(
        CDM["drug_exposure"],
        len(lines),
        {
            "drug_exposure_id": row_ids(lines.person, who),
            "person_id": who.ids(lines.person),
            "drug_concept_id": products[lines.product],
            "drug_exposure_start_date": days(start),
            "drug_exposure_end_date": days(end),
            "drug_type_concept_id": np.where(lines.kind == CLAIM, c.ids["claim"], c.ids["prescription"]),
            "stop_reason": words(STOP_TEXTS, lines.stop),
            "quantity": pa.array(lines.quantity, mask=unknown),
            "days_supply": whole(lines.supply, lines.supply < 0),
            "sig": words(dose_texts(m), lines.text),
            "route_concept_id": 0,
            "drug_source_value": words([product.code for product in m.products], lines.product),
            "drug_source_concept_id": products[lines.product],
        },
    )


def _conditions(kept: Kept, who: People, c: Concepts) -> pa.Table:
    rows = wanted(kept.diagnoses, who)
    ids = np.array([c.ids[use] for use in DIAGNOSES])[rows["diagnosis"]]
    return table(
        CDM["condition_occurrence"],
        len(ids),
        {
            "condition_occurrence_id": row_ids(rows["person"], who),
            "person_id": who.ids(rows["person"]),
            "condition_concept_id": ids,
            "condition_start_date": days(who.days(rows["day"])),
            "condition_type_concept_id": c.ids["ehr"],
            "condition_status_concept_id": 0,
            "condition_source_value": words([c.codes[use] for use in DIAGNOSES], rows["diagnosis"]),
            "condition_source_concept_id": ids,
        },
    )


def _measurements(kept: Kept, who: People, c: Concepts) -> pa.Table:
    rows = wanted(kept.scores, who)
    return table(
        CDM["measurement"],
        len(rows["person"]),
        {
            "measurement_id": row_ids(rows["person"], who),
            "person_id": who.ids(rows["person"]),
            "measurement_concept_id": c.ids["phq9"],
            "measurement_date": days(who.days(rows["day"])),
            "measurement_type_concept_id": c.ids["ehr"],
            "value_as_number": rows["total"].astype(np.float64),
            "measurement_source_value": c.codes["phq9"],
            "measurement_source_concept_id": c.ids["phq9"],
            "value_source_value": pa.array(rows["total"]).cast(pa.string()),
        },
    )


def _procedures(kept: Kept, who: People, c: Concepts) -> pa.Table:
    rows = wanted(kept.therapies, who)
    ids = np.array([c.ids[use] for use in THERAPIES])[rows["therapy"]]
    return table(
        CDM["procedure_occurrence"],
        len(ids),
        {
            "procedure_occurrence_id": row_ids(rows["person"], who),
            "person_id": who.ids(rows["person"]),
            "procedure_concept_id": ids,
            "procedure_date": days(who.days(rows["day"])),
            "procedure_type_concept_id": c.ids["ehr"],
            "procedure_source_value": words([c.codes[use] for use in THERAPIES], rows["therapy"]),
            "procedure_source_concept_id": ids,
        },
    )


def _visits(kept: Kept, who: People, c: Concepts) -> pa.Table:
    rows = wanted(kept.visits, who)
    start = who.days(rows["day"])
    return table(
        CDM["visit_occurrence"],
        len(start),
        {
            "visit_occurrence_id": row_ids(rows["person"], who),
            "person_id": who.ids(rows["person"]),
            "visit_concept_id": np.where(rows["days"] > 0, c.ids["inpatient"], c.ids["outpatient"]),
            "visit_start_date": days(start),
            "visit_end_date": days(start + rows["days"]),
            "visit_type_concept_id": c.ids["ehr"],
        },
    )
