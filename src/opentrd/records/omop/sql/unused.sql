-- Lines that were meant for a table and have something wrong. What is of no use here is only counted.
SELECT
  table_name || '/' || line AS source_id, table_name AS resource, reason, '' AS detail,
  person_id
FROM (
  SELECT 'drug_exposure' AS table_name, line::VARCHAR AS line, reason, person_id FROM drug_line
  UNION ALL SELECT 'procedure_occurrence', line::VARCHAR, reason, person_id FROM procedure_line
  UNION ALL SELECT origin, line::VARCHAR, reason, person_id FROM condition_line
  UNION ALL SELECT origin, line::VARCHAR, reason, person_id FROM result_line WHERE role IN ('total', 'item', 'disagree')
)
WHERE reason IS NOT NULL
