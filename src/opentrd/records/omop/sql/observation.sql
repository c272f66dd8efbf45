-- Results and facts of life that the tables know.
SELECT
  person_id::VARCHAR AS person_id,
  [origin || '/' || line] AS source_ids,
  m.meaning AS concept,
  m.kind,
  day AS day_earliest,
  day AS day_latest,
  NULL::DATE AS end_earliest,
  NULL::DATE AS end_latest,
  value,
  said AS value_text,
  value_code,
  comparator,
  unit,
  m.codes,
  l.range_low,
  l.range_high,
  negated,
  NULL::VARCHAR AS substance
FROM result_line l
JOIN map_result m ON m.rowid = l.known
WHERE l.reason IS NULL AND l.role = 'observation'
