"""The columns of the tables of the OMOP CDM 5.4 that are written (ohdsi.github.io/CommonDataModel)."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

_TYPES: Final = {
    "int": pa.int64(),
    "date": pa.date32(),
    "time": pa.timestamp("us"),
    "real": pa.float64(),
    "text": pa.string(),
}


def _columns(text: str) -> pa.Schema:
    """Read ``type: names`` lines into a schema, in the order of the names."""
    parts = (line.split(":") for line in text.strip().splitlines())
    return pa.schema([(name, _TYPES[kind.strip()]) for kind, names in parts for name in names.split()])


#: Table to its columns.
CDM: Final[dict[str, pa.Schema]] = {
    "person": _columns("""
        int: person_id gender_concept_id year_of_birth month_of_birth day_of_birth
        time: birth_datetime
        int: race_concept_id ethnicity_concept_id location_id provider_id care_site_id
        text: person_source_value gender_source_value
        int: gender_source_concept_id
        text: race_source_value
        int: race_source_concept_id
        text: ethnicity_source_value
        int: ethnicity_source_concept_id"""),
    "observation_period": _columns("""
        int: observation_period_id person_id
        date: observation_period_start_date observation_period_end_date
        int: period_type_concept_id"""),
    "visit_occurrence": _columns("""
        int: visit_occurrence_id person_id visit_concept_id
        date: visit_start_date
        time: visit_start_datetime
        date: visit_end_date
        time: visit_end_datetime
        int: visit_type_concept_id provider_id care_site_id
        text: visit_source_value
        int: visit_source_concept_id"""),
    "condition_occurrence": _columns("""
        int: condition_occurrence_id person_id condition_concept_id
        date: condition_start_date
        time: condition_start_datetime
        date: condition_end_date
        time: condition_end_datetime
        int: condition_type_concept_id condition_status_concept_id
        text: stop_reason
        int: provider_id visit_occurrence_id visit_detail_id
        text: condition_source_value
        int: condition_source_concept_id
        text: condition_status_source_value"""),
    "drug_exposure": _columns("""
        int: drug_exposure_id person_id drug_concept_id
        date: drug_exposure_start_date
        time: drug_exposure_start_datetime
        date: drug_exposure_end_date
        time: drug_exposure_end_datetime
        date: verbatim_end_date
        int: drug_type_concept_id
        text: stop_reason
        int: refills
        real: quantity
        int: days_supply
        text: sig
        int: route_concept_id
        text: lot_number
        int: provider_id visit_occurrence_id visit_detail_id
        text: drug_source_value
        int: drug_source_concept_id
        text: route_source_value dose_unit_source_value"""),
    "procedure_occurrence": _columns("""
        int: procedure_occurrence_id person_id procedure_concept_id
        date: procedure_date
        time: procedure_datetime
        date: procedure_end_date
        time: procedure_end_datetime
        int: procedure_type_concept_id modifier_concept_id quantity provider_id visit_occurrence_id
        int: visit_detail_id
        text: procedure_source_value
        int: procedure_source_concept_id
        text: modifier_source_value"""),
    "measurement": _columns("""
        int: measurement_id person_id measurement_concept_id
        date: measurement_date
        time: measurement_datetime
        text: measurement_time
        int: measurement_type_concept_id operator_concept_id
        real: value_as_number
        int: value_as_concept_id unit_concept_id
        real: range_low range_high
        int: provider_id visit_occurrence_id visit_detail_id
        text: measurement_source_value
        int: measurement_source_concept_id
        text: unit_source_value
        int: unit_source_concept_id
        text: value_source_value
        int: measurement_event_id meas_event_field_concept_id"""),
    "death": _columns("""
        int: person_id
        date: death_date
        time: death_datetime
        int: death_type_concept_id cause_concept_id
        text: cause_source_value
        int: cause_source_concept_id"""),
    "drug_strength": _columns("""
        int: drug_concept_id ingredient_concept_id
        real: amount_value
        int: amount_unit_concept_id
        real: numerator_value
        int: numerator_unit_concept_id
        real: denominator_value
        int: denominator_unit_concept_id box_size
        date: valid_start_date valid_end_date
        text: invalid_reason"""),
    "concept": _columns("""
        int: concept_id
        text: concept_name domain_id vocabulary_id concept_class_id standard_concept concept_code
        date: valid_start_date valid_end_date
        text: invalid_reason"""),
    "concept_ancestor": _columns("""
        int: ancestor_concept_id descendant_concept_id min_levels_of_separation max_levels_of_separation"""),
    "concept_relationship": _columns("""
        int: concept_id_1 concept_id_2
        text: relationship_id
        date: valid_start_date valid_end_date
        text: invalid_reason"""),
    "cdm_source": _columns("""
        text: cdm_source_name cdm_source_abbreviation cdm_holder source_description
        text: source_documentation_reference cdm_etl_reference
        date: source_release_date cdm_release_date
        text: cdm_version
        int: cdm_version_concept_id
        text: vocabulary_version"""),
}
