-- Conditions that the tables know.
WITH known AS (
  SELECT 'condition_occurrence' AS origin, rowid AS known, * FROM map_condition
  UNION ALL SELECT 'observation', rowid, * FROM map_noted
)
SELECT
  person_id::VARCHAR AS person_id,
  [l.origin || '/' || l.line] AS source_ids,
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
FROM condition_line l
JOIN known m ON m.origin = l.origin AND m.known = l.known
WHERE reason IS NULL
