-- Conditions that the tables know.
SELECT
  person_id::VARCHAR AS person_id,
  [origin || '/' || line] AS source_ids,
  condition AS concept,
  text,
  codes,
  start AS onset_earliest,
  start AS onset_latest,
  stated + 1 AS end_earliest,
  stated + 1 AS end_latest,
  'unknown' AS clinical_status,
  verification,
  severity,
  family_member
FROM condition_line
WHERE reason IS NULL
ORDER BY person_id::VARCHAR, onset_earliest, source_ids
