-- Results and facts of life that the tables know. ``known`` is the row of observation_known.sql that says which.
SELECT
  person_id,
  [origin || '/' || line] AS source_ids,
  known,
  day AS day_earliest,
  day AS day_latest,
  NULL::DATE AS end_earliest,
  NULL::DATE AS end_latest,
  value,
  said AS value_text,
  value_code,
  comparator,
  unit,
  range_low,
  range_high,
  negated,
  NULL::VARCHAR AS substance
FROM result_line
WHERE reason IS NULL AND role = 'observation'
