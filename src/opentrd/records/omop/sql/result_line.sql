-- Each row of measurement and observation that is part of a score, or a result of the tables; or why it is not used.
-- ``known`` is the row of the map: what it says is joined where it is needed, so that lines stay narrow to sort.
WITH meant AS (
  SELECT
    o.* EXCLUDE (concept),
    m.rowid AS known, m.role, m.scale, m.item, m.item_max, m.low, m.high,
    p.person_id IS NOT NULL AS known_person,
    c.meaning AS comparator,
    u.unit,
    coalesce(u.of_score, true) AS of_score,
    coalesce(o.number, a.number, v.number) AS told,
    v.said, v.value_code, v.negated
  FROM result_row o
  JOIN map_result m
    ON m.concept = o.concept AND m.source_concept = o.source_concept AND m.source_value = o.source_value
  LEFT JOIN person p ON p.person_id = o.person_id
  LEFT JOIN map_concept c ON c.concept_id = o.operator_concept_id AND c.sort = 'operator'
  LEFT JOIN map_unit u ON u.unit_concept = o.unit_concept AND u.unit_text = o.unit_text
  LEFT JOIN map_answer a
    ON o.number IS NULL AND a.scale = m.scale AND a.role = m.role
    AND a.value_concept = o.value_concept AND a.value_text = o.value_text
  LEFT JOIN map_value v
    ON m.role = 'observation' AND o.number IS NULL
    AND v.value_concept = o.value_concept AND v.value_text = o.value_text
)
SELECT
  origin, line, person_id, day, known, role, scale, item,
  told AS value, said, value_code, negated, nullif(comparator, '=') AS comparator, unit, range_low, range_high,
  CASE
    WHEN NOT known_person THEN 'unknown_person'
    WHEN role = 'not_score' THEN 'not_score'
    WHEN role = 'disagree' THEN 'code_and_name_disagree'
    WHEN role = 'observation' THEN CASE WHEN told IS NULL AND said IS NULL THEN 'no_value' END
    WHEN day IS NULL THEN 'no_date'
    WHEN told IS NULL AND value_text = '' AND value_concept = 0 THEN 'no_value'
    WHEN told IS NULL THEN CASE role WHEN 'item' THEN 'unreadable_answers' ELSE 'not_a_number' END
    WHEN role = 'item' AND (told <> floor(told) OR told < 0 OR told > item_max) THEN 'unreadable_answers'
    WHEN role = 'item' THEN NULL
    WHEN NOT of_score THEN 'wrong_unit'
    WHEN comparator <> '=' THEN 'not_a_number'
    WHEN told < low OR told > high THEN 'out_of_range'
  END AS reason
FROM meant
