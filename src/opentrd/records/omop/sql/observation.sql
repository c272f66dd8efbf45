-- Results and facts of life that the tables know.
SELECT
  person_id::VARCHAR AS person_id,
  [source] AS source_ids,
  meaning AS concept,
  kind,
  day AS day_earliest,
  day AS day_latest,
  NULL::DATE AS end_earliest,
  NULL::DATE AS end_latest,
  value,
  said AS value_text,
  value_code,
  comparator,
  unit,
  codes,
  range_low,
  range_high,
  negated,
  NULL::VARCHAR AS substance
FROM result_line
WHERE reason IS NULL AND role = 'observation'
ORDER BY person_id::VARCHAR, day_earliest, source_ids
