-- The rows of measurement and observation, in the same columns.
SELECT
  'measurement' AS origin, measurement_id AS line, person_id, measurement_date AS day,
  measurement_concept_id AS concept, measurement_source_concept_id AS source_concept,
  measurement_source_value AS source_value, value_as_number AS number,
  coalesce(value_as_concept_id, 0) AS value_concept, coalesce(value_source_value, '') AS value_text,
  operator_concept_id, coalesce(unit_concept_id, 0) AS unit_concept, coalesce(unit_source_value, '') AS unit_text,
  range_low, range_high
FROM measurement
UNION ALL
SELECT
  'observation', observation_id, person_id, observation_date,
  observation_concept_id, observation_source_concept_id,
  observation_source_value, value_as_number,
  coalesce(value_as_concept_id, 0), coalesce(nullif(value_as_string, ''), value_source_value, ''),
  NULL, coalesce(unit_concept_id, 0), coalesce(unit_source_value, ''),
  NULL, NULL
FROM observation
