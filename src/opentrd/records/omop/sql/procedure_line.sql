-- Each row of procedure_occurrence that is a treatment: which, on which days, or why it is not used.
-- ``known`` is the row of the map: what it says is joined where it is needed, so that lines stay narrow to sort.
SELECT
  o.procedure_occurrence_id AS line,
  o.person_id,
  m.rowid AS known, m.treatment, m.implant, m.removal,
  o.procedure_date AS start,
  coalesce(o.procedure_end_date, o.procedure_date) AS stated,
  CASE WHEN o.quantity > 1 THEN o.quantity ELSE 1 END AS quantity,
  CASE
    WHEN p.person_id IS NULL THEN 'unknown_person'
    WHEN o.procedure_end_date < o.procedure_date THEN 'end_before_start'
  END AS reason
FROM procedure_occurrence o
JOIN map_procedure m
  ON m.concept = o.procedure_concept_id
  AND m.source_concept = o.procedure_source_concept_id
  AND m.source_value = o.procedure_source_value
LEFT JOIN person p ON p.person_id = o.person_id
