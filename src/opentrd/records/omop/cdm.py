"""The tables and columns of the OMOP CDM that are read, and under which name each is seen by the SQL.

Other tables and columns of a source are never touched. What a source lacks reads as ``NULL``; what it must
have says ``NEEDED``. CDM 5.3 and 5.4 differ only in columns that may be missing.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Column(NamedTuple):
    """A column: its type in the SQL, and the columns of a source of which the first filled one is taken."""

    type: str
    names: tuple[str, ...]


def _columns(**types: str) -> dict[str, Column]:
    return {name: Column(type_, (name,)) for name, type_ in types.items()}


def _day(*names: str) -> dict[str, Column]:
    """A date, or the day of the timestamp beside it."""
    return {name: Column("DATE", (name, f"{name}time")) for name in names}


_ID, _KEY, _TEXT, _NUMBER, _WHOLE = "ID", "BIGINT", "VARCHAR", "DOUBLE", "INTEGER"

#: Table to its columns. An ``ID`` is a whole number where the source has one, else text.
TABLES: Final[dict[str, dict[str, Column]]] = {
    "person": _columns(
        person_id=_ID,
        gender_concept_id=_KEY,
        year_of_birth=_WHOLE,
        month_of_birth=_WHOLE,
        day_of_birth=_WHOLE,
        birth_datetime="DATE",
        death_datetime="DATE",
    ),
    "observation_period": _columns(observation_period_id=_ID, person_id=_ID)
    | _day("observation_period_start_date", "observation_period_end_date"),
    "death": _columns(person_id=_ID) | _day("death_date"),
    "drug_exposure": _columns(drug_exposure_id=_ID, person_id=_ID, drug_concept_id=_KEY)
    | _day("drug_exposure_start_date", "drug_exposure_end_date")
    | _columns(
        verbatim_end_date="DATE",
        drug_type_concept_id=_KEY,
        stop_reason=_TEXT,
        refills=_WHOLE,
        quantity=_NUMBER,
        days_supply=_WHOLE,
        sig=_TEXT,
        route_source_value=_TEXT,
        drug_source_value=_TEXT,
        drug_source_concept_id=_KEY,
    ),
    "procedure_occurrence": _columns(procedure_occurrence_id=_ID, person_id=_ID, procedure_concept_id=_KEY)
    | _day("procedure_date", "procedure_end_date")
    | _columns(quantity=_WHOLE, procedure_source_value=_TEXT, procedure_source_concept_id=_KEY),
    "condition_occurrence": _columns(condition_occurrence_id=_ID, person_id=_ID, condition_concept_id=_KEY)
    | _day("condition_start_date", "condition_end_date")
    | _columns(
        condition_type_concept_id=_KEY,
        condition_status_concept_id=_KEY,
        condition_source_value=_TEXT,
        condition_source_concept_id=_KEY,
    ),
    "measurement": _columns(measurement_id=_ID, person_id=_ID, measurement_concept_id=_KEY)
    | _day("measurement_date")
    | _columns(
        operator_concept_id=_KEY,
        value_as_number=_NUMBER,
        value_as_concept_id=_KEY,
        unit_concept_id=_KEY,
        range_low=_NUMBER,
        range_high=_NUMBER,
        measurement_source_value=_TEXT,
        measurement_source_concept_id=_KEY,
        unit_source_value=_TEXT,
        value_source_value=_TEXT,
    ),
    "observation": _columns(observation_id=_ID, person_id=_ID, observation_concept_id=_KEY)
    | _day("observation_date")
    | _columns(
        value_as_number=_NUMBER,
        value_as_string=_TEXT,
        value_as_concept_id=_KEY,
        unit_concept_id=_KEY,
        observation_source_value=_TEXT,
        observation_source_concept_id=_KEY,
        unit_source_value=_TEXT,
        value_source_value=_TEXT,
    ),
    "concept": _columns(
        concept_id=_KEY, concept_name=_TEXT, vocabulary_id=_TEXT, concept_class_id=_TEXT, concept_code=_TEXT
    ),
    "concept_ancestor": _columns(
        ancestor_concept_id=_KEY, descendant_concept_id=_KEY, min_levels_of_separation=_WHOLE
    ),
    "concept_relationship": _columns(
        concept_id_1=_KEY, concept_id_2=_KEY, relationship_id=_TEXT, invalid_reason=_TEXT
    ),
    "drug_strength": _columns(
        drug_concept_id=_KEY,
        ingredient_concept_id=_KEY,
        amount_value=_NUMBER,
        amount_unit_concept_id=_KEY,
        numerator_value=_NUMBER,
        numerator_unit_concept_id=_KEY,
        denominator_value=_NUMBER,
        denominator_unit_concept_id=_KEY,
        invalid_reason=_TEXT,
    ),
    "cdm_source": _columns(source_release_date="DATE", cdm_version=_TEXT),
}

#: Which rows of a table of the vocabulary are still valid; of a source without the column all are.
VALID: Final = "trim(coalesce(invalid_reason, '')) = ''"

#: Tables whose rows belong to persons: what ``map_slice`` takes. The others say what concepts mean.
OF_PERSONS: Final = (
    "person",
    "observation_period",
    "death",
    "drug_exposure",
    "procedure_occurrence",
    "condition_occurrence",
    "measurement",
    "observation",
)

#: What a source cannot be read without.
NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "person": ("person_id",),
    "drug_exposure": ("drug_exposure_id", "person_id", "drug_concept_id", "drug_exposure_start_date"),
}


class Event(NamedTuple):
    """Where a table of events keeps its row number, its concepts and its day."""

    table: str
    line: str
    concept: str
    source_concept: str
    source_value: str
    day: str


#: The tables of events, each with its columns of the same meaning.
EVENTS: Final = (
    Event(
        "drug_exposure",
        "drug_exposure_id",
        "drug_concept_id",
        "drug_source_concept_id",
        "drug_source_value",
        "drug_exposure_start_date",
    ),
    Event(
        "procedure_occurrence",
        "procedure_occurrence_id",
        "procedure_concept_id",
        "procedure_source_concept_id",
        "procedure_source_value",
        "procedure_date",
    ),
    Event(
        "condition_occurrence",
        "condition_occurrence_id",
        "condition_concept_id",
        "condition_source_concept_id",
        "condition_source_value",
        "condition_start_date",
    ),
    Event(
        "measurement",
        "measurement_id",
        "measurement_concept_id",
        "measurement_source_concept_id",
        "measurement_source_value",
        "measurement_date",
    ),
    Event(
        "observation",
        "observation_id",
        "observation_concept_id",
        "observation_source_concept_id",
        "observation_source_value",
        "observation_date",
    ),
)
EVENT: Final = {event.table: event for event in EVENTS}
