-- Conditions that the tables know. ``known`` is the row of condition_known.sql that says which.
SELECT
  person_id,
  [origin || '/' || line] AS source_ids,
  CASE origin WHEN 'observation' THEN (SELECT count(*) FROM map_condition) ELSE 0 END + known AS known,
  start AS onset_earliest,
  start AS onset_latest,
  stated + 1 AS end_earliest,
  stated + 1 AS end_latest,
  'unknown' AS clinical_status,
  verification
FROM condition_line
WHERE reason IS NULL
