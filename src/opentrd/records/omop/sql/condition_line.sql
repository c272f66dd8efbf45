-- Each row that tells of a condition in the tables, from condition_occurrence or observation.
-- ``known`` is the row of the map: what it says is joined where it is needed, so that lines stay narrow to sort.
SELECT
  'condition_occurrence' AS origin,
  o.condition_occurrence_id AS line,
  o.person_id,
  m.rowid AS known,
  o.condition_start_date AS start,
  -- The end of a claim is the end of the bill; an end on the first day is the end of the visit.
  CASE WHEN t.meaning IS DISTINCT FROM 'claim' AND o.condition_end_date <> o.condition_start_date
    THEN o.condition_end_date END AS stated,
  coalesce(s.meaning, 'unknown') AS verification,
  CASE
    WHEN p.person_id IS NULL THEN 'unknown_person'
    WHEN o.condition_end_date < o.condition_start_date THEN 'end_before_start'
  END AS reason
FROM condition_occurrence o
JOIN map_condition m
  ON m.concept = o.condition_concept_id
  AND m.source_concept = o.condition_source_concept_id
  AND m.source_value = o.condition_source_value
LEFT JOIN map_concept t ON t.concept_id = o.condition_type_concept_id AND t.sort = 'type'
LEFT JOIN map_concept s ON s.concept_id = o.condition_status_concept_id AND s.sort = 'condition_status'
LEFT JOIN person p ON p.person_id = o.person_id
UNION ALL
SELECT
  'observation' AS origin,
  o.observation_id AS line,
  o.person_id,
  m.rowid AS known,
  o.observation_date AS start,
  NULL AS stated,
  'unknown' AS verification,
  CASE WHEN p.person_id IS NULL THEN 'unknown_person' END AS reason
FROM observation o
JOIN map_noted m
  ON m.concept = o.observation_concept_id
  AND m.source_concept = o.observation_source_concept_id
  AND m.source_value = o.observation_source_value
LEFT JOIN person p ON p.person_id = o.person_id
