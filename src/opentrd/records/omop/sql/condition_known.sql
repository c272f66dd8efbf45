-- What a condition can be: those of condition_occurrence, after them those that are noted in observation.
SELECT * EXCLUDE (part, number)
FROM (
  SELECT 1 AS part, rowid AS number, condition AS concept, text, codes, severity, family_member FROM map_condition
  UNION ALL
  SELECT 2, rowid, condition, text, codes, severity, family_member FROM map_noted
)
ORDER BY part, number
